"""Normalising: what the city's words, dates and places become, and which rows are flagged, set apart or rejected."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from db.cities import profile
from db.cities.profile import Profile
from db.ingest.requests import files
from db.ingest.requests.normalise import normalise
from db.ingest.requests.readers import read
from db.ingest.requests.recognition import recognise
from db.model import schema
from db.rules.vocabulary import BITS, Flag
from tests.engines.ingest.loading import NOW, case, database_in, load, one, stored, write_cases

BOSTON = (
    "case_enquiry_id,open_dt,sla_target_dt,closed_dt,on_time,case_status,closure_reason,case_title,type,department,"
    "location,city_council_district,latitude,longitude,source,location_zipcode"
)


@cache
def los_angeles() -> Profile:
    return profile.load("los_angeles")


def loaded(tmp_path: Path, **changes: str) -> dict[str, Any]:
    """One row of the export of 2026 as it is after normalising."""
    (staged,) = files.stage(write_cases(tmp_path / "cases.csv", case(1, **changes)), tmp_path)
    recognised = recognise(staged, [los_angeles()])
    with duckdb.connect() as scratch:
        read(scratch, staged, recognised)
        normalise(scratch, recognised.profile, recognised.layout, latest=NOW)
        (row,) = scratch.execute("from incoming").to_arrow_table().to_pylist()
    return row


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"ClosedDate": "04/01/2026 10:00:00 AM"}, "closed_before_created"),
        ({"ClosedDate": ""}, "closed_without_date"),
        ({"CD": "0"}, "district_0"),
        ({"CreatedDate": "07/01/2026 01:00:00 PM", "Status": "New", "ClosedDate": ""}, "future_date"),
        ({"Latitude": "", "Longitude": ""}, "no_coordinates"),
        ({"Latitude": "0", "Longitude": "0"}, "no_coordinates"),
        ({"Latitude": "north"}, "no_coordinates"),
        ({"CreatedDate": "12/31/1989 11:59:59 PM"}, "past_date"),
        ({"CreatedDate": "01/01/1990 12:00:00 AM"}, ""),
        ({"Status": "New"}, "open_with_closed_date"),
        ({"Latitude": "56.1", "Longitude": "174.7"}, "outside_bounds"),
        ({"RequestSource": "Pigeon"}, "unknown_channel"),
        ({"Owner": "Jane Doe"}, "unknown_owner"),
        ({"ResolutionCode": "ZZ-Something new"}, "unknown_resolution"),
        ({"Status": "Floating"}, "unknown_status"),
        ({"RequestType": "Moon Dust"}, "unknown_type"),
    ],
)
def test_an_odd_row_is_kept_and_flagged(tmp_path: Path, changes: dict[str, str], flag: str) -> None:
    assert loaded(tmp_path, **changes)["flags"] == (BITS[Flag(flag)] if flag else 0)


def test_a_clean_row_has_no_flag(tmp_path: Path) -> None:
    assert loaded(tmp_path)["flags"] == 0


def test_an_owner_who_may_be_a_person_is_not_stored_anywhere(tmp_path: Path) -> None:
    row = loaded(tmp_path, Owner="Jane Doe", AssignTo="Jane Doe")
    assert row["department"] == "Unknown"
    assert "Jane Doe" not in [value for value in row.values() if isinstance(value, str)]


@pytest.mark.parametrize(("word", "crew"), [("BSS - SMD", "BSS - SMD"), ("LEE", None)])
def test_a_crew_of_the_profile_is_kept_and_a_surname_is_not(tmp_path: Path, word: str, crew: str | None) -> None:
    assert loaded(tmp_path, AssignTo=word)["assigned_to"] == crew


@pytest.mark.parametrize("spelling", ["LSD", "lasan - lsd", "  LASAN   ", " LASAN", "LASAN\t"])
def test_spellings_of_one_owner_are_one_department(tmp_path: Path, spelling: str) -> None:
    assert loaded(tmp_path, Owner=spelling)["department"] == "LASAN"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("closed", "work_done", None)),
        ({"ResolutionCode": "QC-Item Not Out"}, ("closed", "nothing_found", None)),
        ({"ResolutionCode": ""}, ("closed", "unknown", None)),
        ({"Status": "New", "ClosedDate": ""}, ("open", None, None)),
        ({"Status": "Cancelled", "ResolutionCode": ""}, ("cancelled", "cancelled", "cancelled")),
        ({"ResolutionCode": "DUP-Duplicate"}, ("closed", "duplicate", "duplicate")),
        ({"Status": "Potential Duplicate", "ClosedDate": "", "ResolutionCode": ""}, ("open", None, None)),
        ({"Status": "Reported", "ResolutionCode": ""}, ("acknowledged", "acknowledged", "acknowledged")),
        ({"Status": "Closed Ext-Referred", "ResolutionCode": ""}, ("referred", "referred", None)),
        ({"RequestType": "Information-Only"}, ("closed", "work_done", "not_a_service")),
        ({"Owner": "TEST XX"}, ("closed", "work_done", "test")),
    ],
)
def test_status_outcome_and_exclusion(
    tmp_path: Path, changes: dict[str, str], expected: tuple[str, str | None, str | None]
) -> None:
    row = loaded(tmp_path, **changes)
    assert (row["status"], row["outcome"], row["exclusion_reason"]) == expected


@pytest.mark.parametrize("spelling", ["Driver Self Report", "Driver Self Reported"])
def test_the_crews_own_reports_are_proactive(tmp_path: Path, spelling: str) -> None:
    row = loaded(tmp_path, RequestSource=spelling)
    assert (row["channel"], row["is_proactive"]) == ("Driver Self Report", True)


@pytest.mark.parametrize(
    "written", ["04/02/2026 12:24:00 PM", "2026-04-02T12:24:00", "2026-04-02 12:24:00", "4/2/26 12:24"]
)
def test_each_way_to_write_a_date_is_the_same_moment(tmp_path: Path, written: str) -> None:
    assert loaded(tmp_path, CreatedDate=written)["created_at"] == datetime(2026, 4, 2, 12, 24)


@pytest.mark.parametrize("location", ["(34.096788, -118.271182)", "POINT (-118.271182 34.096788)"])
def test_both_forms_of_location_give_the_point(tmp_path: Path, location: str) -> None:
    row = loaded(tmp_path, Latitude="", Longitude="", Location=location)
    assert (row["latitude"], row["longitude"], row["location_quality"]) == (34.096788, -118.271182, "point")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"CaseNumber": ""}, "CaseNumber is empty"),
        ({"CreatedDate": ""}, "CreatedDate is empty"),
        ({"CreatedDate": "yesterday"}, 'CreatedDate "yesterday" is not a date'),
        ({"CaseNumber": "1.01E+11"}, 'CaseNumber "1.01E+11" was cut by a spreadsheet: '),
    ],
)
def test_a_row_that_is_no_request_is_rejected_with_its_line(
    tmp_path: Path, changes: dict[str, str], reason: str
) -> None:
    database = database_in(tmp_path)
    report = load(
        database, write_cases(tmp_path / "cases.csv", case(1, Address="1 A ST\nB"), case(2) | changes, case(3))
    )
    assert (report.inserted, report.rejected) == (2, 1)
    (row,) = stored(database, schema.rejected_rows).to_dict("records")
    assert row["line"] == 4
    assert row["reason"].startswith(reason)
    assert "LUCILE" in row["raw"]


def test_a_midnight_that_means_only_the_day_is_told_apart(tmp_path: Path) -> None:
    row = loaded(tmp_path, ClosedDate="04/09/2026 12:00:00 AM", CreatedDate="2026-04-02")
    assert [row[f"{name}_by_day"] for name in ("created", "closed", "due")] == [True, True, False]


def boston(tmp_path: Path, **changes: str) -> dict[str, Any]:
    row = {
        "case_enquiry_id": "1",
        "open_dt": "2015-07-01 08:00:00",
        "sla_target_dt": "2015-07-02 08:00:00",
        "closed_dt": "2015-07-01 12:00:00",
        "on_time": "ONTIME",
        "case_status": "Closed",
        "closure_reason": "Case Closed Case Noted seen by Officer Jane Doe",
        "type": "Pick up Dead Animal",
        "department": "PWDx",
        "location_zipcode": "2119.0",
        "latitude": "42.34",
        "longitude": "-71.15",
        **changes,
    }
    path = tmp_path / "boston.csv"
    path.write_text(BOSTON + "\n" + ",".join(row.get(name, "") for name in BOSTON.split(",")) + "\n")
    database = database_in(tmp_path)
    load(database, path, city="boston")
    return one(database)


def test_bostons_shifted_clock_is_put_right_in_summer_and_winter(tmp_path: Path) -> None:
    row = boston(tmp_path, closed_dt="2015-12-01 12:00:00")
    assert row["created_at"] == datetime(2015, 7, 1, 12, 0)
    assert row["closed_at"] == datetime(2015, 12, 1, 17, 0)
    assert row["flags"] & BITS[Flag.CLOCK_SHIFTED]


def test_the_closing_text_is_read_and_not_kept(tmp_path: Path) -> None:
    row = boston(tmp_path)
    assert row["outcome"] == "administrative"
    assert not any("Jane" in value for value in row.values() if isinstance(value, str))


def test_the_citys_due_date_and_verdict_win(tmp_path: Path) -> None:
    row = boston(tmp_path)
    assert (row["due_at"], row["due_source"], row["goal_basis"]) == (datetime(2015, 7, 2, 12), "city", "published")
    assert (row["city_verdict"], row["closed_on_time"], row["zip"]) == ("met", True, "02119")


def test_the_point_that_boston_writes_where_it_knows_no_place_is_none(tmp_path: Path) -> None:
    row = boston(tmp_path, latitude="42.3594", longitude="-71.0587")
    assert (row["location_quality"], row["place_id"], row["h3_cell"]) == ("none", None, None)
    assert row["flags"] & BITS[Flag.NO_COORDINATES]
