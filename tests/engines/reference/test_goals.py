"""Goals from a file: adopted whole or not at all, from their first day on, and never over what was promised before."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine

from db.cities.profile import Profile
from db.cities.profile import load as load_profile
from db.ingest.reference import goals, goals_file
from db.ingest.reference.csv_rows import RowsRefusedError
from db.model.schema import metadata

TODAY = date(2026, 7, 10)
HEADER = "service_type,amount,unit,calendar,effective_on,basis,citation,adopted_by,adopted_on\n"
GOOD = "Pothole Repair,3,business_days,office,2026-08-01,published,Minutes of 9 July,Steering committee,2026-07-09\n"


@pytest.fixture(scope="module")
def profile() -> Profile:
    return load_profile("los_angeles")


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    engine = create_engine(f"duckdb:///{tmp_path / 'goals.duckdb'}")
    metadata.create_all(engine)
    with engine.begin() as opened:
        yield opened
    engine.dispose()


def adopt(
    connection: Connection, profile: Profile, tmp_path: Path, text: str, header: str = HEADER, **named: Any
) -> goals.Imported:
    path = tmp_path / "goals.csv"
    path.write_text(header + text, encoding="utf-8")
    return goals.load(connection, path, profile, today=TODAY, **named)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (
            "Pothol Repair,3,business_days,office,2026-08-01,draft,,Me,",
            'service_type "Pothol Repair" is unknown; did you',
        ),
        (
            "Pothole Repair,-3,business_days,office,2026-08-01,draft,,Me,",
            "amount -3.0 business_days must be more than 0",
        ),
        ("Pothole Repair,0,business_days,office,2026-08-01,draft,,Me,", "must be more than 0"),
        ("Pothole Repair,99999,business_days,office,2026-08-01,draft,,Me,", "at most 3660 (ten years)"),
        ("Pothole Repair,nan,business_days,office,2026-08-01,draft,,Me,", "must be more than 0"),
        ("Pothole Repair,three,business_days,office,2026-08-01,draft,,Me,", 'amount "three" is not a number'),
        ("Pothole Repair,3,fortnights,office,2026-08-01,draft,,Me,", 'unit "fortnights" is not one of hours'),
        ("Pothole Repair,3,business_days,moon,2026-08-01,draft,,Me,", 'calendar "moon" is not one of'),
        ("Pothole Repair,3,business_days,office,2026-08-01,hope,,Me,", 'basis "hope" is not one of published'),
        ("Pothole Repair,3,business_days,office,2026-02-30,draft,,Me,", 'effective_on "2026-02-30" is not a date'),
        ("Pothole Repair,3,business_days,office,01/08/2026,draft,,Me,", 'effective_on "01/08/2026" is not a date'),
        ("Pothole Repair,3,business_days,office,,draft,,Me,", "effective_on is empty"),
        ("Pothole Repair,3,business_days,office,2026-09-01,draft,,,", "adopted_by is empty"),
        (
            "Pothole Repair,3,business_days,office,2026-08-01,draft,,Me,2027-01-01",
            "adopted_on 2027-01-01 is after today",
        ),
        (GOOD, "has a goal from 2026-08-01 in line 2 already"),
    ],
)
def test_a_wrong_row_is_told_with_its_line_and_nothing_is_adopted(
    connection: Connection, profile: Profile, tmp_path: Path, row: str, problem: str
) -> None:
    with pytest.raises(RowsRefusedError) as refused:
        adopt(connection, profile, tmp_path, GOOD + row)
    assert len(refused.value.problems) == 1
    assert refused.value.problems[0].startswith("line 3: ")
    assert problem in refused.value.problems[0]
    assert list(goals.stored_goals(connection)) == []


def test_a_file_that_is_no_file_of_goals_is_named_with_what_it_lacks(
    connection: Connection, profile: Profile, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="has no column amount, unit, calendar"):
        adopt(connection, profile, tmp_path, "Pothole Repair,2026-08-01,draft\n", "service_type,effective_on,basis\n")


def test_a_spelling_of_the_city_is_a_service_type_and_who_adopted_what_and_when_is_kept(
    connection: Connection, profile: Profile, tmp_path: Path
) -> None:
    text = GOOD + "graffiti removal,48,hours,always,2026-08-01,draft,,,\n"
    done = adopt(connection, profile, tmp_path, text, adopted_by="Deputy mayor")
    assert (done.adopted, done.unchanged) == (2, 0)
    kept = {goal.service_type: (goal.adopted_by, goal.adopted_on) for goal in goals.stored_goals(connection)}
    assert kept == {
        "Street Pavement Issues": ("Steering committee", date(2026, 7, 9)),
        "Graffiti Removal": ("Deputy mayor", TODAY),
    }


def test_what_was_exported_can_be_imported_and_changes_nothing(
    connection: Connection, profile: Profile, tmp_path: Path
) -> None:
    adopt(connection, profile, tmp_path, GOOD)
    file = io.StringIO()
    assert goals_file.write_csv(goals.stored_goals(connection), file) == 1
    again = adopt(connection, profile, tmp_path, file.getvalue(), header="# Goals in force\n")
    assert (again.adopted, again.unchanged) == (0, 1)


def test_a_stored_goal_is_never_rewritten(connection: Connection, profile: Profile, tmp_path: Path) -> None:
    adopt(connection, profile, tmp_path, GOOD)
    with pytest.raises(RowsRefusedError, match="is stored as 3 business_days on office, published"):
        adopt(connection, profile, tmp_path, GOOD.replace(",3,", ",4,"))
    later = adopt(connection, profile, tmp_path, GOOD.replace(",3,", ",4,").replace("2026-08-01", "2026-09-01"))
    assert later.adopted == 1
    assert len(list(goals.stored_goals(connection))) == 2


def test_a_first_day_after_the_last_known_holiday_is_warned_of(
    connection: Connection, profile: Profile, tmp_path: Path
) -> None:
    done = adopt(connection, profile, tmp_path, GOOD.replace("2026-08-01", "2031-01-01"))
    assert any("after the last known holiday year of the calendar office (2030-12-31)" in line for line in done.notices)
