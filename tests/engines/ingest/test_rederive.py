"""A new goal judges anew what was made since its first day, and nothing else; on both engines."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Connection, select

from db.cities.profile import load as load_profile
from db.ingest.reference import goals
from db.ingest.reference.csv_rows import RowsRefusedError
from db.model.schema import requests
from db.storage.frames import fetch
from tests.builders import closed_request, open_request

TODAY = date(2026, 7, 10)
PROFILE = load_profile("los_angeles")
TYPE = {"service_type": "Graffiti Removal"}
HEADER = "service_type,amount,unit,calendar,effective_on,basis,adopted_by\n"
OLD_GOAL = {
    **{"goal_id": 1, "service_type": "Graffiti Removal", "amount": 72.0, "unit": "hours", "calendar": "always"},
    "basis": "published",
}


def adopt(
    connection: Connection, folder: Path, effective_on: str, terms: str = "24,hours,always", **named: Any
) -> tuple[goals.Imported, pd.DataFrame]:
    path = folder / "goals.csv"
    path.write_text(f"{HEADER}Graffiti Removal,{terms},{effective_on},published,Committee\n", encoding="utf-8")
    done = goals.load(connection, path, PROFILE, today=TODAY, **named)
    names = ("sr_number", "due_at", "due_source", "goal_id", "closed_on_time", "due_by_day")
    statement = select(*(requests.c[name] for name in names)).order_by(requests.c.sr_number)
    return done, fetch(connection, statement).set_index("sr_number")


def imported(connection: Connection, *args: Any, **named: Any) -> pd.DataFrame:
    return adopt(connection, *args, **named)[1]


def counted(connection: Connection, *args: Any, **named: Any) -> goals.Imported:
    return adopt(connection, *args, **named)[0]


ROWS = [
    closed_request(
        "Thu 2026-07-09 23:59",
        "Sat 2026-07-11 12:00",
        due="Sun 2026-07-12 23:59",
        goal_id=1,
        sr_number="before",
        **TYPE,
    ),
    closed_request(
        "Fri 2026-07-10 00:00", "Sat 2026-07-11 12:00", due="Mon 2026-07-13 00:00", goal_id=1, sr_number="first", **TYPE
    ),
    open_request(
        "Fri 2026-07-10 09:00",
        due="Fri 2026-07-17 09:00",
        city_due_at="Fri 2026-07-17 09:00",
        due_source="city",
        source_system="other",
        sr_number="by-the-city",
        **TYPE,
    ),
    open_request("Fri 2026-07-10 09:00", sr_number="other-type"),
]


def test_requests_made_before_keep_their_verdict_and_later_ones_are_judged_by_the_new_goal(both, tmp_path):
    frame = both(ROWS, goals=[OLD_GOAL])(imported, tmp_path, "2026-07-10")
    assert frame.loc["before", "due_at"] == pd.Timestamp("2026-07-12 23:59")
    assert bool(frame.loc["before", "closed_on_time"])
    assert frame.loc["first", "due_at"] == pd.Timestamp("2026-07-11 00:00")
    assert not bool(frame.loc["first", "closed_on_time"])
    assert frame["goal_id"].fillna(0).tolist() == [1, 0, 2, 0]


def test_the_citys_own_due_date_and_other_types_are_left_alone(both, tmp_path):
    ask = both(ROWS, goals=[OLD_GOAL])
    frame = ask(imported, tmp_path, "2026-07-10")
    assert frame.loc["by-the-city", "due_at"] == pd.Timestamp("2026-07-17 09:00")
    assert frame.loc["by-the-city", "due_source"] == "city"
    assert pd.isna(frame.loc["other-type", "due_at"])
    done = ask(counted, tmp_path, "2026-07-10")
    assert (done.adopted, done.requests.judged, done.requests.changed) == (1, 1, 1)


def test_a_day_that_has_passed_needs_to_be_meant(both, tmp_path):
    ask = both(ROWS, goals=[OLD_GOAL])
    with pytest.raises(RowsRefusedError, match=r"2026-07-09 has passed and .* were made since \(2\);"):
        ask(imported, tmp_path, "2026-07-09")
    frame = ask(imported, tmp_path, "2026-07-09", in_the_past=True)
    assert frame.loc["before", "due_at"] == pd.Timestamp("2026-07-10 23:59")
    assert not bool(frame.loc["before", "closed_on_time"])


def test_a_future_goal_touches_no_request(both, tmp_path):
    done = both(ROWS, goals=[OLD_GOAL])(counted, tmp_path, "2026-08-01")
    assert (done.adopted, done.requests.judged) == (1, 0)


def test_due_dates_beyond_the_holiday_table_are_counted_and_warned_of(both, tmp_path):
    done = both(ROWS, goals=[OLD_GOAL])(counted, tmp_path, "2026-07-10", "1500,business_days,office")
    assert done.requests.beyond_table == {"office": 1}
    assert any("1 due dates lie after 2030-12-31" in notice for notice in done.notices)


def test_a_request_known_to_the_day_is_due_on_a_day(both, tmp_path):
    rows = [open_request("2026-07-10", created_by_day=True, sr_number="day", **TYPE)]
    frame = both(rows, goals=[OLD_GOAL])(imported, tmp_path, "2026-07-10")
    assert frame.loc["day", "due_by_day"]
