"""Whatever a file holds, loading it does not crash, accounts for every row, and tells a refusal in one line."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import resource
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from random import Random
from xml.sax.saxutils import escape

import duckdb
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.cities.profile import available, load
from db.ingest.requests import files, merge
from db.ingest.requests.documents import as_delimited
from db.ingest.requests.normalise import normalise
from db.ingest.requests.readers import read
from db.ingest.requests.recognition import only_the_table, recognise
from db.ingest.requests.rejects import Misread, reject
from db.ingest.requests.report import LoadReport
from tests.engines.ingest.loading import CASE, case, database_in, write_cases
from tests.engines.ingest.loading import load as load_cases
from tests.fuzz.mutations import HOSTILE, mutate

NOW = datetime(2026, 7, 7)
QUICK, ALL = range(60), range(250, 5_250)  # seeds
FOUND = (994, 1606, 3089, 3250, 3487)  # with the real files: broke the strict reader of DuckDB 1.5, or misled it
HEAVY = (504, 1453, 3589, 4817)  # with the real files: took 1.6 to 5.8 GB when the strict reader noted every fault
ROWS_OF_A_FILE = 40
OLDER = Path(__file__).with_name("requests.xls")  # the made rows as Excel 97 writes them
MEMORY = 2_000_000_000  # bytes that one process may grow to over a whole run
LITTLE = 400_000_000  # bytes that one file may take, whatever is in it
PROFILES = [load(key) for key in available()]
REAL = (
    *("myla311_legacy/myla311_2017-12-27_to_31.csv.gz", "myla311_legacy/myla311_2020-01-01_to_03_iso_dates.csv.gz"),
    *("myla311_legacy/myla311_2022-09-19_to_23_api_fields.csv.gz", "myla311_cases_2026/myla311_cases_2026_3_rows.csv"),
    *("boston_311/boston_2011_jul_to_dec.csv.gz", "boston_311/boston311-dmy-100.csv"),
    *("nyc_311/nyc_2015-12_nypd_20000.csv.gz", "san_antonio_311/san_antonio_311_rows.csv"),
)


def corpus(tmp_path: Path, *, forms: bool) -> list[bytes]:
    """The beginnings of real files where they are given, and a file made by hand always; `forms`: in each form too."""
    made = write_cases(tmp_path / "made.csv", *(case(number) for number in range(ROWS_OF_A_FILE)))
    found = [made.read_bytes(), *(in_other_forms(made) if forms else [])]
    folder = os.environ.get("DESK_REAL_DATA")
    for name in REAL if folder else ():
        path = Path(folder or "", name)
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            found.append(b"".join(file.readline() for _ in range(ROWS_OF_A_FILE)))
    return found


def in_other_forms(made: Path) -> list[bytes]:
    """The same rows as GeoJSON, ArcGIS, `rows.json`, CKAN, lines of objects, XML, pages, workbooks, Parquet."""
    with made.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    point = {"type": "Point", "coordinates": [-118.25, 34.05]}
    features = [{"type": "Feature", "geometry": point, "properties": row} for row in rows]
    arcgis = [{"attributes": row, "geometry": {"x": -118.25, "y": 34.05}} for row in rows]
    columns = {"view": {"columns": [{"name": name} for name in CASE]}}
    documents = (
        {"type": "FeatureCollection", "features": features},
        {"spatialReference": {"wkid": 4326}, "features": arcgis, "exceededTransferLimit": True},
        {"meta": columns, "data": [list(row.values()) for row in rows]},
        {"success": True, "result": {"records": rows}},
    )
    texts = [json.dumps(document) for document in documents]
    texts.append("\n".join(map(json.dumps, rows)))
    parts = ("".join(f"<{name}>{escape(value)}</{name}>" for name, value in row.items()) for row in rows)
    texts.append(f"<response>{''.join(f'<row>{part}</row>' for part in parts)}</response>")
    lines = [list(CASE), *(list(row.values()) for row in rows)]
    texts += [page(lines), excel_2003(lines)]
    book, parquet = made.with_suffix(".xlsx"), made.with_suffix(".parquet")
    with xlsxwriter.Workbook(book) as workbook:
        sheet = workbook.add_worksheet()
        for place, cells in enumerate(lines):
            sheet.write_row(place, 0, cells)
    duckdb.sql(f"copy (from read_csv('{made}', all_varchar=true)) to '{parquet}' (format parquet)")
    return [*(text.encode() for text in texts), book.read_bytes(), ods(lines), OLDER.read_bytes(), parquet.read_bytes()]


def marked(lines: list[list[str]], row: str, cell: str) -> str:
    """The cells of a table in the marks of some language."""
    return "".join(row.format("".join(cell.format(escape(value)) for value in line)) for line in lines)


def page(lines: list[list[str]]) -> str:
    return f"<html><table>{marked(lines, '<tr>{}</tr>', '<td>{}</td>')}</table></html>"


def excel_2003(lines: list[list[str]]) -> str:
    name = "urn:schemas-microsoft-com:office:spreadsheet"
    rows = marked(lines, "<Row>{}</Row>", "<Cell><Data>{}</Data></Cell>")
    return f'<?xml version="1.0"?><Workbook xmlns="{name}"><Worksheet><Table>{rows}</Table></Worksheet></Workbook>'


def ods(lines: list[list[str]]) -> bytes:
    """An OpenDocument sheet, which is XML in an archive."""
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    body = marked(lines, "<table:table-row>{}</table:table-row>", cell)
    names = "urn:oasis:names:tc:opendocument:xmlns"
    spaces = " ".join(f'xmlns:{name}="{names}:{name}:1.0"' for name in ("office", "table", "text"))
    content = f'<office:spreadsheet><table:table table:name="S">{body}</table:table></office:spreadsheet>'
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    parts = {
        "mimetype": kind,
        "content.xml": f"<office:document {spaces}><office:body>{content}</office:body></office:document>",
        "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{names}:manifest:1.0"/>',
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part, zipfile.ZIP_STORED if part == kind else zipfile.ZIP_DEFLATED)
    return file.getvalue()


def test_every_form_is_read_whole_before_it_is_spoiled(tmp_path: Path) -> None:
    for place, content in enumerate(corpus(tmp_path, forms=True)[:13]):
        path = tmp_path / f"{place}.csv"
        path.write_bytes(content)
        report = accounted(path)
        assert report is not None
        assert report.inserted == ROWS_OF_A_FILE


def accounted(path: Path) -> LoadReport | None:
    """Read a file up to where the database begins; None where it is refused. Fails where a row is not accounted for."""
    try:
        return _accounted(path, carefully=False)
    except (duckdb.FatalException, Misread):  # as `load_files` does
        return _accounted(path, carefully=True)


def _accounted(path: Path, *, carefully: bool) -> LoadReport | None:
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as scratch:
        try:
            staged = as_delimited(files.stage(path, Path(folder))[0])
            recognised = recognise(staged, PROFILES)
            staged = only_the_table(staged, recognised)
            count = read(scratch, staged, recognised, carefully=carefully)
            bad = normalise(scratch, recognised.profile, recognised.layout, latest=NOW)
        except ValueError as error:
            return _refused_in_one_line(error)
        reject(scratch, staged, recognised, bad)
        repeated = merge.drop_repeated(scratch)
        kept, rejected = (scratch.table(name).count("*").fetchall()[0][0] for name in ("incoming", "rejects"))
        found = {"inserted": kept, "repeated": repeated, "rejected": rejected}
        return LoadReport(path.name, recognised.profile.key, recognised.layout.name, count, **found)


def _refused_in_one_line(error: ValueError) -> None:
    assert len(str(error).splitlines()) == 1, error


def spoiled(whole: bytes, chance: Random) -> bytes:
    """`whole` mutated; of a packed workbook more often its largest part, for a spoiled archive is not even opened."""
    if not whole.startswith(b"PK") or chance.random() < 0.3:
        return mutate(whole, chance)
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as good, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bad:
        largest = max(good.infolist(), key=lambda entry: entry.file_size)
        for entry in good.infolist():
            part = good.read(entry)
            bad.writestr(entry, mutate(part, chance) if entry is largest else part)
    return file.getvalue()


def run(tmp_path: Path, seeds: range, *, forms: bool = False) -> dict[str, int]:
    wholes, path = corpus(tmp_path, forms=forms), tmp_path / "spoiled.csv"
    counts = {"files": len(seeds), "refused": 0, "rows": 0, "rejected": 0}
    for seed in seeds:
        chance = Random(seed)
        path.write_bytes(spoiled(chance.choice(wholes), chance))
        try:
            report = accounted(path)
        except Exception as error:
            raise AssertionError(f"seed {seed}: {type(error).__name__}: {error}") from error
        counts["refused"] += report is None
        counts["rows"] += report.read if report else 0
        counts["rejected"] += report.rejected if report else 0
    return counts


def test_mutated_files_are_accounted_for(tmp_path: Path) -> None:
    counts = run(tmp_path, QUICK, forms=True)
    assert counts["rows"] > 0
    assert 0 < counts["refused"] < len(QUICK)


@pytest.mark.real
@pytest.mark.parametrize("seed", FOUND)
def test_what_once_broke_the_strict_reader_is_read_record_by_record(real_data: Path, tmp_path: Path, seed: int) -> None:
    assert run(tmp_path, range(seed, seed + 1))["rows"] > 0


@pytest.mark.real
def test_a_wide_header_over_short_rows_costs_no_more_memory_than_others(real_data: Path, tmp_path: Path) -> None:
    with memory_bound(LITTLE):
        for seed in HEAVY:
            run(tmp_path, range(seed, seed + 1))


def test_short_rows_below_many_columns_are_rejected_in_little_memory(tmp_path: Path) -> None:
    path = write_cases(tmp_path / "short.csv", case(1))
    header, row = path.read_text().splitlines()
    spare = ",".join(f"Spare{number}" for number in range(900))
    path.write_text(f"{header},{spare}\n{row}{',' * 900}\n" + "1\n" * 2_000)
    with memory_bound(LITTLE):
        report = accounted(path)
    assert report is not None
    assert (report.inserted, report.rejected) == (1, 2_000)


@pytest.mark.parametrize("kind", ["columns", "names", "first line", "entry", "gzip", "zip of many"])
def test_what_grows_without_bound_is_refused_in_little_memory(tmp_path: Path, kind: str) -> None:
    path = grown(tmp_path, kind)
    with memory_bound(LITTLE):
        assert accounted(path) is None


def grown(tmp_path: Path, kind: str) -> Path:
    """A file that is small on the disk or all in one place, and huge for whoever takes it whole."""
    path = write_cases(tmp_path / "grown.csv", case(1))
    if kind == "columns":
        path.write_text(path.read_text().replace("NCName", "NCName" + ",a" * 2_000))
    elif kind == "names":
        path.write_text("[" + ",".join(f'{{"name{number}": 1}}' for number in range(5_000)) + "]")
    elif kind == "first line":
        path.write_bytes(b"a," * (10 << 20))
    elif kind == "entry":
        path.write_bytes(b'[{"CaseNumber": [' + b"1," * (10 << 20) + b"1]}]")
    elif kind == "gzip":
        with gzip.open(path, "wb", compresslevel=1) as file:
            file.writelines(b"\0" * (1 << 20) for _ in range(300))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for number in range(3):  # each below the bound, not all together
                archive.writestr(f"{number}.csv", b"a\n" * (50 << 20))
    return path


@contextmanager
def memory_bound(most: int) -> Iterator[None]:
    """Fails where the process grows by more than `most` bytes meanwhile; measures nothing where Linux is not."""
    peaks = Path("/proc/self/clear_refs")
    if not peaks.exists():
        yield
        return
    peaks.write_text("5")  # the highest so far is now what is in use
    before = highest()
    yield
    assert highest() - before < most


def highest() -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


@pytest.mark.slow
def test_thousands_of_mutated_files_are_accounted_for_in_bounded_memory(tmp_path: Path) -> None:
    print(run(tmp_path, ALL, forms=True))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"{most / 1e6:.0f} MB at most")
    assert most < MEMORY


cells = st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), st.sampled_from(HOSTILE).map(repr))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(cells, min_size=len(CASE), max_size=len(CASE)), min_size=1, max_size=6))
def test_rows_of_any_text_written_as_csv_are_each_counted_once(tmp_path: Path, rows: list[list[str]]) -> None:
    path = tmp_path / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(CASE)
        writer.writerows(rows)
    report = accounted(path)
    # A file that holds nothing but white space has no rows at all, and a row of nothing but commas is none.
    assert report is None or report.read in (len(rows), sum(any(cell.strip() for cell in row) for row in rows))


@pytest.mark.parametrize("size", [1 << 20, 100 << 20])
def test_a_line_that_never_ends_costs_only_itself(tmp_path: Path, size: int) -> None:
    path = write_cases(tmp_path / "long.csv", case(1), case(2))
    with path.open("ab") as file:
        file.write(b"x" * size + b"\n")
    with memory_bound(LITTLE):
        report = accounted(path)
    assert report is not None
    assert (report.read, report.inserted, report.rejected) == (3, 2, 1)


def test_what_looks_like_a_formula_or_markup_is_stored_as_it_is(tmp_path: Path) -> None:
    words = [word.decode() for word in HOSTILE if word.isascii() and word and b"\\" not in word]
    path = write_cases(tmp_path / "words.csv", *(case(number, Address=word) for number, word in enumerate(words)))
    assert load_cases(database_in(tmp_path), path).inserted == len(words)
