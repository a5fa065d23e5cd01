"""Reading: what a file is, and that each of its records is either a row or a reject."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.cities import profile
from db.ingest.requests import files
from db.ingest.requests.recognition import recognise
from db.ingest.requests.records import records
from db.model import schema
from tests.engines.ingest.loading import case, database_in, load, stored, write_cases


def values(tmp_path: Path, text: str, columns: int = 3) -> list[tuple[int, list[str] | None]]:
    path = tmp_path / "text.csv"
    path.write_bytes(("a,b,c\n" + text).encode())
    return [(record.line, record.values) for record in records(path, ",", columns)]


def test_a_quote_that_is_never_closed_costs_only_its_own_line(tmp_path: Path) -> None:
    found = values(tmp_path, '1,"open,x\n2,b,c\n3,"q, r",c\n')
    assert found == [(2, None), (3, ["2", "b", "c"]), (4, ["3", "q, r", "c"])]


def test_a_quoted_value_may_run_over_lines(tmp_path: Path) -> None:
    assert values(tmp_path, '1,"two\nlines",x\n2,b,c\n') == [(2, ["1", "two\nlines", "x"]), (4, ["2", "b", "c"])]


def test_blank_lines_are_no_records(tmp_path: Path) -> None:
    assert values(tmp_path, "1,b,c\n\n\r\n2,b,c") == [(2, ["1", "b", "c"]), (5, ["2", "b", "c"])]


@pytest.mark.parametrize("line", ["1,b", "1,b,c,d", '1,"un"quoted,c', "1," + "x" * 1_000_001 + ",c"])
def test_a_line_of_another_shape_is_given_with_a_reason(tmp_path: Path, line: str) -> None:
    (record,) = list(records(_written(tmp_path, f"a,b,c\n{line}\n"), ",", 3))
    assert record.values is None
    assert record.reason


def test_empty_values_beyond_the_last_column_are_left_out_as_the_strict_reader_does(tmp_path: Path) -> None:
    assert values(tmp_path, "1,b,c,,\n") == [(2, ["1", "b", "c"])]
    path = write_cases(tmp_path / "cases.csv", case(1), case(2, CreatedDate="never"), case(3))
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1] + ",,", *lines[2:]]) + "\n")
    database = database_in(tmp_path)
    report = load(database, path)
    assert (report.read, report.inserted, report.rejected) == (3, 2, 1)
    assert stored(database, schema.rejected_rows)["line"].tolist() == [3]


def _written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "text.csv"
    path.write_text(text)
    return path


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet='ab,"\n', max_size=60))
def test_no_line_goes_missing_whatever_the_quotes(tmp_path: Path, text: str) -> None:
    lines = [line for line in text.split("\n") if line]
    found = list(records(_written(tmp_path, f"a,b,c\n{text}"), ",", 3))
    covered = sum(len([part for part in record.raw.split("\n") if part]) for record in found)
    assert covered == len(lines)


def test_torn_rows_are_rejected_with_line_and_reason(tmp_path: Path) -> None:
    path = write_cases(tmp_path / "cases.csv", case(1), case(2), case(3))
    lines = path.read_text().splitlines()
    lines[2] = '2,"never closed' + "," * 18
    path.write_text("\n".join(lines) + "\n4,too few\n")
    database = database_in(tmp_path)
    report = load(database, path)
    assert (report.read, report.inserted, report.rejected) == (4, 2, 2)
    rejected = stored(database, schema.rejected_rows).sort_values("line")
    assert rejected["line"].tolist() == [3, 5]
    assert rejected["reason"].tolist() == ["a quote is opened and never closed", "has 2 columns; expected 20"]
    assert set(rejected["raw"]) == {"(not kept: the row does not have the columns of its file)"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    path = write_cases(tmp_path / "cases.csv", case(1), case(2), delimiter=delimiter)
    assert load(database_in(tmp_path), path).inserted == 2


def test_header_order_and_case_do_not_matter(tmp_path: Path) -> None:
    names = "closed date,RESOLUTIONCODE,reasoncode,status,request_type,createddate,case number"
    path = tmp_path / "cases.csv"
    path.write_text(names + "\n,,,New,Item Pickups,2026-04-02T12:00:00,7\n")
    database = database_in(tmp_path)
    load(database, path)
    assert stored(database)["sr_number"].tolist() == ["7"]


@pytest.mark.parametrize("packed", ["csv.gz", "zip", "json", "jsonl", "utf-16"])
def test_each_packing_gives_the_same_rows(tmp_path: Path, packed: str) -> None:
    rows = [case(1), case(2, Status="New", ClosedDate="", ResolutionCode="")]
    plain = write_cases(tmp_path / "plain.csv", *rows)
    path = tmp_path / f"cases.{packed}"
    if packed == "csv.gz":
        path.write_bytes(gzip.compress(plain.read_bytes()))
    elif packed == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(plain, "inside.csv")
    elif packed == "utf-16":
        path.write_text(plain.read_text(), encoding="utf-16")
    elif packed == "json":
        path.write_text(json.dumps(rows))
    else:
        path.write_text("\n".join(json.dumps(row) for row in rows))
    database = database_in(tmp_path)
    load(database, plain)
    assert load(database, path).unchanged == 2


def test_a_broken_json_line_is_rejected_and_the_rest_kept(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps(case(1)) + '\n{"CaseNumber": \n' + json.dumps(case(2)) + "\n")
    report = load(database_in(tmp_path), path)
    assert (report.read, report.inserted, report.rejected) == (3, 2, 1)


def test_latin_1_and_nul_bytes_are_read_and_told(tmp_path: Path) -> None:
    path = write_cases(tmp_path / "cases.csv", case(1, Address="1 CAF\u00c9 ST"))
    path.write_bytes(path.read_text().encode("latin-1").replace(b"LUCILE", b"LUC\0ILE"))
    database = database_in(tmp_path)
    report = load(database, path)
    assert stored(database)["address"].tolist() == ["1 CAF\u00c9 ST"]
    assert stored(database)["street_name"].tolist() == ["LUCILE"]
    assert len(report.notes) == 2


def _bad_file(tmp_path: Path, kind: str) -> Path:
    path = tmp_path / "bad.csv"
    whole = gzip.compress(write_cases(tmp_path / "good.csv", case(1)).read_bytes())
    content = {
        "empty": b"",
        "header only": (tmp_path / "good.csv").read_bytes().splitlines()[0] + b"\n",
        "unknown header": b"when,what\n1,2\n",
        "truncated gzip": whole[: len(whole) // 2],
        "broken json": b'[{"CaseNumber": 1',
        "zip without csv": b"",
        "bomb": b"",
        "binary": bytes(range(256)) * 40,
        "missing": b"",
    }[kind]
    path.write_bytes(content)
    if kind == "zip without csv":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("readme.md", "hello")
    if kind == "bomb":
        with gzip.open(path, "wb") as file:
            file.writelines(b"\0" * (1 << 20) for _ in range(300))
    if kind == "missing":
        path.unlink()
    return path


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("empty", "the file is empty"),
        ("header only", "a header and no rows"),
        ("unknown header", "a request's creation"),
        ("truncated gzip", "broken or cut off"),
        ("broken json", "broken or cut off"),
        ("zip without csv", "holds no file that ends in"),
        ("bomb", "refused as a bomb"),
        ("binary", "is not a table of text"),
        ("missing", "no such file"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_refused_in_one_line_and_nothing_is_lost(
    tmp_path: Path, kind: str, words: str
) -> None:
    database = database_in(tmp_path)
    load(database, write_cases(tmp_path / "before.csv", case(99)))
    with pytest.raises(ValueError, match=words) as error:
        load(database, _bad_file(tmp_path, kind))
    assert "\n" not in str(error.value)
    assert stored(database)["sr_number"].tolist() == ["99"]


def test_a_column_that_an_unknown_header_lacks_is_named_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing looks like") as error:
        load(database_in(tmp_path), _bad_file(tmp_path, "unknown header"))
    assert str(error.value).count("sr_number") == 1


def test_every_layout_of_every_profile_is_recognised_by_its_own_headers(tmp_path: Path) -> None:
    profiles = [profile.load(key) for key in profile.available()]
    for owner in profiles:
        for layout in owner.layouts:
            if layout.refuse is not None:
                continue
            headers = list(layout.recognised_by) + [names[0] for names in layout.columns.values()]
            path = _written(tmp_path, ",".join(dict.fromkeys(headers)) + "\nx\n")
            (staged,) = files.stage(path, tmp_path)
            found = recognise(staged, profiles)
            assert (found.profile.key, found.layout.name) == (owner.key, layout.name)


def test_rows_of_nothing_but_commas_are_no_records(tmp_path: Path) -> None:
    path = write_cases(tmp_path / "cases.csv", case(1), case(2, CaseNumber=""))
    path.write_text(path.read_text() + "," * (len(case(1)) - 1) + "\n" + "," * (len(case(1)) - 1) + "\n")
    report = load(database_in(tmp_path), path)
    assert (report.read, report.inserted, report.rejected) == (2, 1, 1)
