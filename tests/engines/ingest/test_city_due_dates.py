"""A source that gives due dates promised nothing where it leaves one empty."""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from db.cities.profile import load as load_profile
from db.ingest.reference import goals
from db.ingest.requests.load import load_files
from db.model import schema
from db.settings import Settings
from db.storage import frames
from db.storage.database import Database, open_database

NOW = datetime(2026, 7, 1, 12)
BULK = "Schedule a Bulk Item Pickup"  # its goal in the profile: two business days
ROW = {
    **{"case_enquiry_id": "1", "open_dt": "2011-07-05 10:00:00", "target_dt": "2011-07-07 10:00:00", "closed_dt": ""},
    **{"ontime": "ONTIME", "case_status": "Open", "closure_reason": " ", "case_title": BULK, "subject": "Public Works"},
    **{"reason": "Sanitation", "type": BULK, "queue": "PWDx", "department": "PWDx", "location": "1 Main St"},
    **{"latitude": "42.3", "longitude": "-71.1", "source": "Constituent Call"},
}


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return open_database(Settings(tmp_path / "data"))


def load(database: Database, path: Path, *targets: str, recompute_due: bool = False) -> pd.Series:
    """Load a file with one request a target, numbered by the file's name; gives due_source of every stored request."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(ROW))
        writer.writeheader()
        writer.writerows(
            ROW | {"case_enquiry_id": f"{path.stem}{number}", "target_dt": target}
            for number, target in enumerate(targets)
        )
    load_files(database, [path], city="boston", now=NOW, recompute_due=recompute_due)
    return due_sources(database)


def due_sources(database: Database) -> pd.Series:
    with database.reader().connect() as connection:
        found = frames.fetch(connection, schema.requests.select())
    return found.set_index("sr_number")["due_source"].sort_index()


def test_an_empty_due_date_beside_a_given_one_is_none(database: Database, tmp_path: Path) -> None:
    assert load(database, tmp_path / "a.csv", "2011-07-07 10:00:00", "").to_dict() == {"a0": "city", "a1": None}


def test_a_later_file_without_any_due_date_promises_nothing_either(database: Database, tmp_path: Path) -> None:
    load(database, tmp_path / "a.csv", "2011-07-07 10:00:00")
    assert load(database, tmp_path / "b.csv", "").to_dict() == {"a0": "city", "b0": None}


def test_a_source_that_never_gave_one_is_judged_by_the_goal(database: Database, tmp_path: Path) -> None:
    assert load(database, tmp_path / "a.csv", "").tolist() == ["computed"]


def test_every_due_date_is_computed_where_that_is_asked_for(database: Database, tmp_path: Path) -> None:
    found = load(database, tmp_path / "a.csv", "2011-07-09 10:00:00", "", recompute_due=True)
    assert found.tolist() == ["computed", "computed"]


def test_a_goal_adopted_at_the_desk_holds_where_the_city_gave_none(database: Database, tmp_path: Path) -> None:
    load(database, tmp_path / "a.csv", "2011-07-07 10:00:00", "")
    path = tmp_path / "goals.csv"
    path.write_text(
        f"service_type,amount,unit,calendar,effective_on,basis\n{BULK},3,business_days,business,2011-07-01,draft\n",
        encoding="utf-8",
    )
    with database.write(NOW) as connection:
        profile = load_profile("boston")
        goals.load(connection, path, profile, today=date(2026, 7, 1), adopted_by="Me", in_the_past=True)
    assert due_sources(database).tolist() == ["city", "computed"]
    assert load(database, tmp_path / "b.csv", "").tolist() == ["city", "computed", "computed"]
