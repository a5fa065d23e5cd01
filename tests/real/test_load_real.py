"""Every row of the real files of Los Angeles and Boston is accounted for, with exact counts."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from db.ingest.requests.load import load_files
from db.settings import Settings
from db.storage.database import open_database

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not os.environ.get("DESK_REAL_DATA"), reason="DESK_REAL_DATA names no folder of real files"),
]
NOW = datetime(2026, 7, 7)

LOS_ANGELES = {
    "myla311_legacy/myla311_2017-12-27_to_31.csv.gz": (9_999, {"closed_before_created": 12, "no_coordinates": 1_753}),
    "myla311_legacy/myla311_2018-01-01_to_04.csv.gz": (10_000, {"closed_before_created": 13, "no_coordinates": 1_102}),
    "myla311_legacy/myla311_2020-01-01_to_03_iso_dates.csv.gz": (
        10_000,
        {"closed_without_date": 18, "no_coordinates": 11},
    ),
    "myla311_legacy/myla311_2022-09-19_to_23_api_fields.csv.gz": (20_000, {}),
    "myla311_cases_2026/myla311_cases_2026_3_rows.csv": (3, {}),
}
BOSTON = {
    "boston_311/boston_2011_jul_to_dec.csv.gz": (
        58_251,
        {"district_0": 35, "due_before_created": 3, "due_far_away": 18, "no_coordinates": 4_775},
    ),
    "boston_311/boston_2015_animal_and_pest_types.csv.gz": (
        8_887,
        {"clock_shifted": 8_887, "closed_before_created": 3, "district_0": 16, "no_coordinates": 43},
    ),
    "boston_311/boston_2017_animal_and_pest_types.csv.gz": (
        7_760,
        {"clock_shifted": 7_760, "closed_before_created": 2, "district_0": 6, "no_coordinates": 10},
    ),
    "boston_311/boston_2019_animal_and_pest_types.csv.gz": (
        8_928,
        {"clock_shifted": 8_928, "district_0": 4, "no_coordinates": 8},
    ),
    "boston_311/boston311-100.csv": (100, {"no_coordinates": 19}),
}


@pytest.mark.parametrize("files", [LOS_ANGELES, BOSTON], ids=["los_angeles", "boston"])
def test_every_row_of_the_real_files_is_inserted_once(
    tmp_path: Path, files: dict[str, tuple[int, dict[str, int]]]
) -> None:
    folder = Path(os.environ["DESK_REAL_DATA"])
    database = open_database(Settings(tmp_path))
    reports = load_files(database, [folder / name for name in files], city=None, now=NOW)
    for report, (rows, flags) in zip(reports, files.values(), strict=True):
        assert (report.read, report.inserted) == (rows, rows), report.file
        assert report.flags == flags, report.file
    version = database.version()
    again = load_files(database, [folder / name for name in files], city=None, now=NOW)
    assert [report.unchanged for report in again] == [rows for rows, _ in files.values()]
    assert database.version() == version


def test_the_same_rows_with_dates_written_otherwise_are_unchanged(tmp_path: Path) -> None:
    folder = Path(os.environ["DESK_REAL_DATA"]) / "boston_311"
    names = ["boston311-100.csv", "boston311-dmy-100.csv"]
    database = open_database(Settings(tmp_path))
    first, second = load_files(database, [folder / name for name in names], city=None, now=NOW)
    assert (first.inserted, second.unchanged) == (100, 100)


@pytest.mark.parametrize(
    "name", ["myla311_2016_type_source_hour_duration.csv.gz", "myla311_2020_open_requests.json.gz"]
)
def test_a_file_that_is_no_request_file_is_refused_with_its_reason(tmp_path: Path, name: str) -> None:
    path = Path(os.environ["DESK_REAL_DATA"]) / "myla311_legacy" / name
    with pytest.raises(ValueError, match="not a file of requests"):
        load_files(open_database(Settings(tmp_path)), [path], city=None, now=NOW)
