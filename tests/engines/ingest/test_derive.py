"""Deriving: which goal holds, when a request is due, whether it was on time, its place and its cell."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import duckdb
import h3
import pytest

from db.ingest.requests.derive import Goal, derive
from db.model.expressions import LONG_AGO, NEVER
from db.rules.calendar import Calendar

ALWAYS = {"always": Calendar("always")}
GRAFFITI = Goal(1, "Graffiti", 72, "hours", "always", "published")
MONDAY = datetime(2026, 6, 1, 9, 0)


def derived(
    *goals: Goal,
    created: datetime = MONDAY,
    closed: datetime | None = None,
    city_due: datetime | None = None,
    precision: str = "",
    recompute: bool = False,
    address: str | None = None,
    locality: bool = False,
    excluded: str | None = None,
) -> dict[str, Any]:
    """The derived columns of one request."""
    scratch = duckdb.connect()
    scratch.execute(
        "create table incoming (seq bigint, service_type text, created_at timestamp, closed_at timestamp, status text,"
        " city_due_at timestamp, created_by_day boolean, closed_by_day boolean, due_by_day boolean, latitude double,"
        " longitude double, location_quality text,"
        " address text, exclusion_reason text)"
    )
    status = "closed" if closed else "open"
    by_day = [name in precision for name in ("created", "closed", "due")]
    row = (0, "Graffiti", created, closed, status, city_due, *by_day, 34.05, -118.25, "point", address, excluded)
    scratch.execute("insert into incoming values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    scratch.execute("create table chosen as select 0::bigint as seq")
    derive(scratch, goals, ALWAYS, recompute_due=recompute, keep_locality=locality)
    found = scratch.execute("from derived").fetchall()
    assert len(found) == 1
    return dict(zip([column[0] for column in scratch.description or []], found[0], strict=True))


def test_a_goal_gives_the_due_date() -> None:
    row = derived(GRAFFITI)
    assert (row["due_at"], row["due_source"], row["goal_id"], row["goal_basis"]) == (
        datetime(2026, 6, 4, 9, 0),
        "computed",
        1,
        "published",
    )


def test_without_a_goal_nothing_is_due() -> None:
    row = derived(closed=datetime(2026, 6, 2))
    assert (row["due_at"], row["due_source"], row["goal_basis"], row["closed_on_time"]) == (None, None, None, None)


@pytest.mark.parametrize(
    ("created", "goal_id"),
    [
        (datetime(2026, 5, 31, 23, 59), 1),  # the last minute of the old goal
        (datetime(2026, 6, 1, 0, 0), 2),  # the first of the new one
        (datetime(2026, 6, 30, 23, 59), 2),
        (datetime(2026, 7, 1, 0, 0), None),  # withdrawn
    ],
)
def test_the_goal_in_force_on_the_day_of_creation_counts(created: datetime, goal_id: int | None) -> None:
    new = Goal(2, "Graffiti", 48, "hours", "always", "draft", date(2026, 6, 1), date(2026, 7, 1))
    assert derived(GRAFFITI, new, created=created)["goal_id"] == goal_id


def test_the_citys_due_date_wins_unless_recomputed() -> None:
    due = datetime(2026, 6, 20, 9, 0)
    assert derived(GRAFFITI, city_due=due)["due_at"] == due
    assert derived(GRAFFITI, city_due=due, recompute=True)["due_at"] == datetime(2026, 6, 4, 9, 0)


@pytest.mark.parametrize(
    ("closed", "precision", "on_time"),
    [
        (datetime(2026, 6, 4, 9, 0), "", True),  # the due minute itself
        (datetime(2026, 6, 4, 9, 1), "", False),
        (datetime(2026, 6, 4, 0, 0), "closed", True),
        (datetime(2026, 6, 5, 0, 0), "closed", False),
        (datetime(2026, 6, 4, 23, 0), "created", True),  # due on a day: until it is over
        (datetime(2026, 5, 31, 9, 0), "", None),  # before creation: no usable closing
        (datetime(2026, 6, 1, 0, 0), "closed", True),  # the day of creation, its hour unknown
        (None, "", None),
    ],
)
def test_closed_on_time(closed: datetime | None, precision: str, on_time: bool | None) -> None:
    assert derived(GRAFFITI, closed=closed, precision=precision)["closed_on_time"] is on_time


def test_a_due_date_known_to_the_day_makes_no_closing_before_creation_usable() -> None:
    early, due = datetime(2026, 6, 1, 8, 59), datetime(2026, 6, 4)
    assert derived(closed=early, city_due=due, precision="due")["closed_on_time"] is None
    assert derived(closed=MONDAY, city_due=due, precision="due")["closed_on_time"] is True


def test_a_due_date_counted_from_a_day_is_known_to_the_day() -> None:
    assert derived(GRAFFITI, precision="created")["due_by_day"] is True
    assert derived(GRAFFITI)["due_by_day"] is False


def test_the_cell_is_that_of_the_point() -> None:
    assert h3.int_to_str(derived()["h3_cell"]) == h3.latlng_to_cell(34.05, -118.25, 9)


def test_equal_addresses_are_one_place_and_towns_count_only_where_streets_repeat() -> None:
    one, other = "1721 South Kingsley Drive, 90006", "1721 S KINGSLEY DR"
    assert derived(address=one)["place_id"] == derived(address=other)["place_id"]
    assert derived(address=one, locality=True)["place_id"] != derived(address=other, locality=True)["place_id"]


def test_a_located_request_without_a_usable_address_is_at_its_point() -> None:
    row = derived(address="SOMEWHERE")
    assert (row["address_norm"], row["place_id"]) == (None, "@34.0500,-118.2500")


def test_a_goal_in_an_unknown_calendar_is_named() -> None:
    with pytest.raises(ValueError, match="moon"):
        derived(Goal(1, "Graffiti", 72, "hours", "moon", "draft"))


def turning_points(**given: Any) -> tuple[Any, ...]:
    row = derived(GRAFFITI, **given)
    return tuple(row[name] for name in ("open_until", "counts_until", "closed_from", "overdue_from"))


def test_the_moments_at_which_a_request_turns_follow_from_its_row() -> None:
    due, closed = datetime(2026, 6, 4, 9, 0), datetime(2026, 6, 2, 17, 0)
    assert turning_points() == (NEVER, NEVER, NEVER, due)
    assert turning_points(closed=closed) == (closed, NEVER, closed, due)
    assert turning_points(closed=closed, excluded="cancelled") == (closed, closed, closed, due)
    assert turning_points(closed=closed, excluded="test") == (closed, LONG_AGO, closed, due)
    assert turning_points(excluded="not_a_service") == (NEVER, LONG_AGO, NEVER, due)


def test_a_closing_before_creation_ends_a_request_and_is_no_closing() -> None:
    early, day = datetime(2026, 6, 1, 8, 59), datetime(2026, 6, 1)
    assert turning_points(closed=early) == (early, NEVER, NEVER, datetime(2026, 6, 4, 9, 0))
    assert turning_points(closed=day, precision="closed")[2] == day


def test_a_due_day_is_over_on_the_day_after_and_a_due_date_before_creation_at_creation() -> None:
    assert turning_points(city_due=datetime(2026, 6, 3), precision="due")[3] == datetime(2026, 6, 4)
    assert turning_points(city_due=datetime(2026, 5, 1))[3] == MONDAY
    assert derived()["overdue_from"] is None
