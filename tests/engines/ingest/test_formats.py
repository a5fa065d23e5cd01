"""Workbooks, Parquet, JSON and XML as cities and their portals give them: each is read as the table it holds."""

from __future__ import annotations

import json
import shutil
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter

from db.ingest.requests import files
from db.ingest.requests.documents import as_delimited
from db.rules.errors import DeskError
from tests.engines.ingest.loading import case, database_in, load, stored, write_cases
from tests.fuzz.test_hostile_files import OLDER

INPUTS = Path(__file__).with_name("inputs")  # locked.xlsx: a workbook of two rows, encrypted with a password
ROWS = [
    ["SRNumber", "CreatedDate", "ClosedDate", "RequestType", "Status", "Owner", "Latitude", "Longitude"],
    ["8-1", datetime(2026, 1, 5, 9), datetime(2026, 1, 6, 12), "Graffiti Removal", "Closed", "OCB", 34.05, -118.25],
    ["8-2", datetime(2026, 1, 6, 9), None, "Graffiti Removal", "Open", "OCB", 34.05, -118.25],
]


def book(path: Path, *sheets: tuple[str, list[list[Any]]]) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm"}) as workbook:
        for name, rows in sheets:
            sheet = workbook.add_worksheet(name)
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, ["" if value is None else value for value in row])
    return path


def text_of(path: Path, folder: Path, sheet: str | None = None) -> list[str]:
    folder.mkdir(exist_ok=True)
    (staged,) = files.stage(path, folder)
    return as_delimited(staged, sheet).path.read_text().splitlines()


def written(path: Path, text: str | object) -> Path:
    path.write_text(text if isinstance(text, str) else json.dumps(text))
    return path


def test_a_workbook_with_a_title_is_loaded_from_its_first_sheet(tmp_path: Path) -> None:
    path = book(tmp_path / "report.xlsx", ("Report", [["Weekly report"], [], *ROWS]), ("Notes", [["by hand"]]))
    database = database_in(tmp_path)
    report = load(database, path)
    assert (report.inserted, report.rejected) == (2, 0)
    assert report.notes == ('the sheet "Report" was read; not read: Notes',)
    found = stored(database).set_index("sr_number")
    assert found["created_at"].to_dict() == {"8-1": datetime(2026, 1, 5, 9), "8-2": datetime(2026, 1, 6, 9)}
    assert found["status"].to_dict() == {"8-1": "closed", "8-2": "open"}


def test_a_sheet_can_be_chosen_and_an_unknown_one_is_told_with_those_there_are(tmp_path: Path) -> None:
    path = book(tmp_path / "report.xlsx", ("Cover", [["a"], ["b"], ["c"]]), ("Data", ROWS))
    assert load(database_in(tmp_path), path, sheet="Data").inserted == 2
    with pytest.raises(DeskError, match='no sheet "Data2"; it has Cover, Data'):
        load(database_in(tmp_path), path, sheet="Data2")
    with pytest.raises(DeskError, match="is no workbook"):
        load(database_in(tmp_path), write_cases(tmp_path / "cases.csv", case(1)), sheet="Data")


def test_cells_are_written_as_they_are_meant(tmp_path: Path) -> None:
    moment = datetime(2026, 1, 5, 8, 59, 59, 999_000)
    rows = [["a", "b", "c", "d", "e"], [101000000001, 7.5, moment, "00123", True]]
    found = text_of(book(tmp_path / "cells.xlsx", ("S", rows)), tmp_path / "work")
    assert found[1] == '"101000000001","7.5","2026-01-05 09:00:00","00123","true"'


def test_of_forty_sheets_the_first_that_holds_a_table_is_read(tmp_path: Path) -> None:
    path = book(tmp_path / "many.xlsx", *((f"S{n}", ROWS if n == 30 else []) for n in range(40)))
    report = load(database_in(tmp_path), path)
    assert report.inserted == 2
    assert report.notes == ('the sheet "S30" was read; not read: S0, S1, S2, S3, S4 and 34 more',)


def test_of_a_formula_its_value_is_read_and_of_a_failed_one_nothing(tmp_path: Path) -> None:
    path = tmp_path / "formulas.xlsm"  # the name of a workbook with macros
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm"}) as workbook:
        sheet = workbook.add_worksheet()
        for place, row in enumerate(ROWS[:2]):
            sheet.write_row(place, 0, row)
        sheet.write_formula("A2", '="8-"&(1+6)', None, "8-7")
        sheet.write_formula("C2", "=1/0", None, "#DIV/0!")
        sheet.write_formula("E2", '=WEBSERVICE("http://example.invalid")', None, "Open")
    database = database_in(tmp_path)
    load(database, path)
    row = stored(database).iloc[0]
    assert (row["sr_number"], row["status"], row["flags"]) == ("8-7", "open", 0)


@pytest.mark.slow
def test_a_sheet_of_as_many_rows_as_a_workbook_holds_is_read_whole(tmp_path: Path) -> None:
    path, most = tmp_path / "full.xlsx", 1_048_576
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["SRNumber", "CreatedDate", "RequestType", "Status"])
        for place in range(1, most):
            sheet.write_row(place, 0, [f"9-{place}", "01/05/2026 09:00:00 AM", "Graffiti Removal", "Open"])
    assert load(database_in(tmp_path), path).inserted == most - 1


def test_day_numbers_of_a_spreadsheet_are_moments(tmp_path: Path) -> None:
    rows = [ROWS[0], ["8-1", 46027.375, 46028.5, *ROWS[1][3:]]]
    database = database_in(tmp_path)
    load(database, book(tmp_path / "numbers.xlsx", ("S", rows)))
    row = stored(database).iloc[0]
    assert (row["created_at"], row["closed_at"]) == (datetime(2026, 1, 5, 9), datetime(2026, 1, 6, 12))


def test_a_workbook_that_would_unpack_to_much_more_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (64 << 20))
    with pytest.raises(DeskError, match="refused as a bomb"):
        load(database_in(tmp_path), path)


@pytest.mark.parametrize("name", ["locked.xlsx", "renamed.csv"])
def test_a_workbook_that_was_encrypted_is_told_to_have_a_password(tmp_path: Path, name: str) -> None:
    path = shutil.copy(INPUTS / "locked.xlsx", tmp_path / name)
    with pytest.raises(DeskError, match="locked with a password; save it without one"):
        load(database_in(tmp_path), path)


def test_a_sheet_of_open_document_with_a_password_is_told_to_have_one(tmp_path: Path) -> None:
    path = tmp_path / "locked.ods"
    names = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    entry = '<m:file-entry m:full-path="content.xml"><m:encryption-data/></m:file-entry>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", b"\x8f\x01\xfe")
        archive.writestr("META-INF/manifest.xml", f'<m:manifest xmlns:m="{names}">{entry}</m:manifest>')
    with pytest.raises(DeskError, match="locked with a password"):
        load(database_in(tmp_path), path)


def test_a_workbook_with_macros_gives_its_rows_and_runs_none(tmp_path: Path) -> None:
    path = tmp_path / "macros.xlsm"
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm"}) as workbook:
        workbook.add_vba_project(str(OLDER))  # any older container: what is in it is never opened
        sheet = workbook.add_worksheet()
        for place, row in enumerate(ROWS):
            sheet.write_row(place, 0, row)
    with zipfile.ZipFile(path) as archive:
        assert "xl/vbaProject.bin" in archive.namelist()
    assert load(database_in(tmp_path), path).inserted == 2


@pytest.mark.parametrize("damage", ["cut", "no workbook", "container"])
def test_a_workbook_that_cannot_be_read_is_told_in_one_line(tmp_path: Path, damage: str) -> None:
    path = book(tmp_path / "report.xlsx", ("S", ROWS))
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-200])
    elif damage == "no workbook":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("[Content_Types].xml", "<Types/>")
    else:  # an older container of which nothing else is left
        path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2_000)
    with pytest.raises(DeskError) as refused:
        load(database_in(tmp_path), path)
    assert len(str(refused.value).splitlines()) == 1
    assert str(path) in str(refused.value)


def test_a_workbook_in_an_archive_and_in_a_folder_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    path = book(folder / "report.xlsx", ("S", ROWS))
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.write(path, "report.xlsx")
    database = database_in(tmp_path)
    assert load(database, folder).inserted == 2
    assert load(database, tmp_path / "packed.zip").unchanged == 2


def test_a_file_named_for_a_workbook_that_is_a_page_without_a_table_is_told_as_a_page(tmp_path: Path) -> None:
    path = written(tmp_path / "report.xls", "<html><table><tr><td>Sign in</td></tr></table></html>")
    with pytest.raises(DeskError, match="it is a web page without a table of requests"):
        load(database_in(tmp_path), path)


def endless(path: Path, end: str) -> Path:
    head = f"<html><table><tr>{''.join(f'<td>{title}' for title in ROWS[0])}"
    rows = "<tr>".join("".join(f"<td>{cell or ''}" for cell in row) for row in ROWS[1:])
    return written(path, f"{head}<tr>{rows}<tr><td>{end}")


def test_a_cell_of_a_page_that_never_ends_costs_only_its_row(tmp_path: Path) -> None:
    assert load(database_in(tmp_path), endless(tmp_path / "page.xls", "x" * 3_000_000)).inserted == 2


@pytest.mark.parametrize("end", ["<a " + "x" * 3_000_000, "<td>x" * 5_000], ids=["tag", "row"])
def test_a_tag_or_row_of_a_page_that_never_ends_is_refused(tmp_path: Path, end: str) -> None:
    with pytest.raises(DeskError, match=r"web page is broken|more than 1,000 cells"):
        load(database_in(tmp_path), endless(tmp_path / "page.xls", end))


def test_parquet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "requests.parquet"
    csv = write_cases(tmp_path / "cases.csv", case(1), case(2, Status="New", ClosedDate=""))
    duckdb.sql(f"copy (from read_csv('{csv}')) to '{path}' (format parquet)")
    database = database_in(tmp_path)
    assert load(database, path).inserted == 2
    assert load(database, csv).unchanged == 2
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(DeskError, match="Parquet file is broken"):
        load(database, path)


PROPERTIES = {name: value for name, value in case(1).items() if name not in ("Latitude", "Longitude", "Location")}
POINT = {"type": "Point", "coordinates": [-118.25, 34.05]}
DEGREES = {"x": -118.25, "y": 34.05}
MERCATOR = {"x": -13163529.79, "y": 4035517.78}  # the same place on the grid of web maps
MADE = {
    "geojson": {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": POINT,
                "properties": PROPERTIES,
            }
        ],
    },
    "arcgis": {"features": [{"attributes": PROPERTIES, "geometry": DEGREES}], "exceededTransferLimit": True},
    "arcgis web map": {
        "spatialReference": {"wkid": 102100, "latestWkid": 3857},
        "features": [{"attributes": PROPERTIES, "geometry": MERCATOR}],
    },
    "rows.json": {
        "meta": {"view": {"columns": [{"name": name} for name in (*PROPERTIES, "Location")]}},
        "data": [[*PROPERTIES.values(), [None, "34.05", "-118.25", None, False]]],
    },
    "ckan": {"success": True, "result": {"records": [PROPERTIES | {"Latitude": 34.05, "Longitude": -118.25}]}},
}


@pytest.mark.parametrize("form", MADE)
def test_each_form_of_json_is_the_table_it_holds(tmp_path: Path, form: str) -> None:
    database = database_in(tmp_path)
    report = load(database, written(tmp_path / "requests.json", MADE[form]))
    assert report.inserted == 1
    assert bool(report.notes) == (form == "arcgis")
    row = stored(database).iloc[0]
    assert (round(row["latitude"], 5), round(row["longitude"], 5)) == (34.05, -118.25)
    assert (row["sr_number"], row["status"]) == ("1", "closed")


def test_moments_of_arcgis_in_milliseconds_are_the_citys_clock(tmp_path: Path) -> None:
    moments = {"CreatedDate": 1775157883000, "ClosedDate": 1775742463000}  # 2 April 2026 19:24:43 UTC
    database = database_in(tmp_path)
    load(database, written(tmp_path / "arcgis.json", {"features": [{"attributes": PROPERTIES | moments}]}))
    assert stored(database).iloc[0]["created_at"] == datetime(2026, 4, 2, 12, 24, 43)


def test_a_request_that_has_attributes_is_no_feature(tmp_path: Path) -> None:
    path = written(tmp_path / "requests.json", [case(1) | {"attributes": {"Status": "New"}}])
    assert load(database_in(tmp_path), path).inserted == 1


def test_xml_rows_are_records(tmp_path: Path) -> None:
    rows = "".join(f"<row>{''.join(f'<{k}>{v}</{k}>' for k, v in case(n).items())}</row>" for n in (1, 2))
    database = database_in(tmp_path)
    assert load(database, written(tmp_path / "rows.xml", f"<response>{rows}</response>")).inserted == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"error": {"code": 400, "message": "Invalid query"}}', "a server's error message"),
        ('{"message": "Row limit", "code": "x"}', "a server's error message"),
        ("<!DOCTYPE html><html><body>Sign in</body></html>", "a web page"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a><r><n>&b;</n></r></a>', "not allowed"),
        ("<a>" * 200, "nested deeper"),
        ("<a><b>", "broken"),
        ("[" * 10_000 + "]" * 10_000, "nested too deep"),
        ('[{"SRNumber": 1, "a":' + '{"a":' * 10_000 + "1" + "}" * 10_000 + "}]", "nested too deep"),
        ('{"features": [' + '{"a":' * 10_000, "nested too deep"),
        ('{"data": [{"a": 1}]} {"data": [{"a": 2}]}', "text follows"),
        ('{"features": []}', "no list of objects"),
    ],
)
def test_what_is_no_table_is_refused_in_one_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(DeskError, match=told) as refused:
        load(database_in(tmp_path), written(tmp_path / "odd", text))
    assert len(str(refused.value).splitlines()) == 1
