"""When a request is due, row by row as on a wall calendar. July 2026 begins on a Wednesday."""

from __future__ import annotations

from datetime import date, datetime, time

import numpy as np
import pytest

from db.rules.calendar import Calendar
from db.rules.clock import (
    beyond_table,
    check_goal,
    counts_as_made,
    due_at,
    due_at_many,
    elapsed_business_hours_many,
)

WEEK = frozenset(range(5))
CALENDARS = {
    "around the clock": Calendar("around the clock"),
    # The holiday stands on its own day, a Saturday, and is not moved to the Friday before.
    "office": Calendar("office", WEEK, time(8), time(17), frozenset({date(2026, 7, 4), date(2026, 9, 7)})),
    "opening": Calendar("opening", WEEK, time(8), time(17), after_hours="next_opening"),
    "by close": Calendar("by close", WEEK, time(8), time(17), end_of_day="close"),
    "routes": Calendar("routes", frozenset(range(6)), time(6), time(15), frozenset({date(2026, 12, 25)})),
    "boston": Calendar("boston", WEEK, time(8), time(17), arrival_cutoff=time(17), arrival_counts_as=time(8, 30)),
    "weekend at eight": Calendar("weekend at eight", WEEK, time(8), time(17), weekend_keeps_clock=False),
}


def moment(text: str) -> datetime:
    """A moment written as `Fri 2026-07-03 16:59`; a wrong weekday is an error in the row."""
    found = datetime.strptime(text, "%a %Y-%m-%d %H:%M")
    assert f"{found:%a}" == text[:3], f"{text} is a {found:%a}"
    return found


DUE = [
    # elapsed time
    ("Fri 2026-07-03 16:59", "72 hours", "around the clock", "Mon 2026-07-06 16:59"),
    ("Fri 2026-07-03 16:59", "72 hours", "office", "Mon 2026-07-06 16:59"),
    ("Sat 2026-07-04 10:00", "1.5 hours", "office", "Sat 2026-07-04 11:30"),
    ("Mon 2028-02-28 12:00", "2 calendar_days", "around the clock", "Wed 2028-03-01 12:00"),
    ("Sun 2027-02-28 12:00", "1 calendar_days", "around the clock", "Mon 2027-03-01 12:00"),
    ("Thu 2026-12-31 23:59", "1 calendar_days", "office", "Fri 2027-01-01 23:59"),
    ("Wed 2026-07-01 00:00", "0.5 calendar_days", "office", "Wed 2026-07-01 12:00"),
    ("Sat 2026-07-04 10:00", "120 calendar_days", "boston", "Sun 2026-11-01 10:00"),
    # the hour around a clock change is what the wall shows
    ("Sat 2026-03-07 12:00", "24 hours", "around the clock", "Sun 2026-03-08 12:00"),
    ("Sun 2026-03-08 01:30", "1 hours", "around the clock", "Sun 2026-03-08 02:30"),
    ("Sat 2026-10-31 12:00", "24 hours", "around the clock", "Sun 2026-11-01 12:00"),
    # whole business days keep the clock
    ("Fri 2026-07-03 16:59", "2 business_days", "office", "Tue 2026-07-07 16:59"),
    ("Fri 2026-07-03 17:00", "2 business_days", "office", "Tue 2026-07-07 17:00"),
    ("Thu 2026-07-02 00:00", "1 business_days", "office", "Fri 2026-07-03 00:00"),
    ("Fri 2026-09-04 09:00", "1 business_days", "office", "Tue 2026-09-08 09:00"),
    ("Mon 2026-09-07 09:00", "1 business_days", "office", "Wed 2026-09-09 09:00"),
    ("Sat 2026-07-04 10:00", "1 business_days", "office", "Tue 2026-07-07 10:00"),
    ("Thu 2026-12-24 07:00", "1 business_days", "routes", "Sat 2026-12-26 07:00"),
    ("Mon 2028-02-28 09:00", "2 business_days", "office", "Wed 2028-03-01 09:00"),
    ("Thu 2026-12-31 16:00", "1 business_days", "office", "Fri 2027-01-01 16:00"),
    ("Wed 2026-07-01 12:30", "3 business_days", "around the clock", "Sat 2026-07-04 12:30"),
    # part of a day is that part of the opening hours
    ("Wed 2026-07-01 08:00", "1.5 business_days", "office", "Thu 2026-07-02 12:30"),
    ("Wed 2026-07-01 15:00", "0.5 business_days", "office", "Thu 2026-07-02 10:30"),
    ("Thu 2026-07-02 06:00", "1.5 business_days", "office", "Fri 2026-07-03 12:30"),
    # working hours only
    ("Wed 2026-07-01 09:00", "4 business_hours", "office", "Wed 2026-07-01 13:00"),
    ("Fri 2026-07-03 15:00", "2 business_hours", "office", "Fri 2026-07-03 17:00"),
    ("Fri 2026-07-03 15:00", "3 business_hours", "office", "Mon 2026-07-06 09:00"),
    ("Fri 2026-07-03 17:00", "1 business_hours", "office", "Mon 2026-07-06 09:00"),
    ("Sat 2026-07-04 10:00", "9 business_hours", "office", "Mon 2026-07-06 17:00"),
    ("Wed 2026-07-01 05:00", "0.25 business_hours", "office", "Wed 2026-07-01 08:15"),
    ("Fri 2026-09-04 16:00", "2 business_hours", "office", "Tue 2026-09-08 09:00"),
    ("Wed 2026-07-01 22:00", "72 business_hours", "around the clock", "Sat 2026-07-04 22:00"),
    # a request out of hours counts as made at the next opening, whatever the unit
    ("Fri 2026-07-03 16:59", "24 hours", "opening", "Sat 2026-07-04 16:59"),
    ("Fri 2026-07-03 17:00", "24 hours", "opening", "Tue 2026-07-07 08:00"),
    ("Sat 2026-07-04 10:00", "1 business_days", "opening", "Tue 2026-07-07 08:00"),
    ("Wed 2026-07-01 07:59", "1 calendar_days", "opening", "Thu 2026-07-02 08:00"),
    # days that end at closing time
    ("Wed 2026-07-01 09:12", "1 business_days", "by close", "Thu 2026-07-02 17:00"),
    ("Wed 2026-07-01 09:12", "0.5 business_days", "by close", "Thu 2026-07-02 17:00"),
    ("Thu 2026-07-02 09:12", "2 calendar_days", "by close", "Sat 2026-07-04 17:00"),
    ("Wed 2026-07-01 09:12", "2 hours", "by close", "Wed 2026-07-01 11:12"),
    # Boston: weekend first, then the cutoff
    ("Fri 2026-07-03 16:59", "2 business_days", "boston", "Tue 2026-07-07 16:59"),
    ("Fri 2026-07-03 17:00", "2 business_days", "boston", "Wed 2026-07-08 08:30"),
    ("Sat 2026-07-04 16:59", "2 business_days", "boston", "Wed 2026-07-08 16:59"),
    ("Sat 2026-07-04 17:00", "2 business_days", "boston", "Thu 2026-07-09 08:30"),
    ("Sun 2026-07-05 23:59", "2 business_days", "boston", "Thu 2026-07-09 08:30"),
    ("Mon 2026-07-06 00:00", "2 business_days", "boston", "Wed 2026-07-08 00:00"),
    ("Mon 2026-07-06 17:00", "1 business_hours", "boston", "Tue 2026-07-07 09:30"),
    ("Sat 2026-07-04 10:00", "1 business_days", "weekend at eight", "Tue 2026-07-07 08:00"),
]


@pytest.mark.parametrize(("created", "goal", "calendar", "due"), DUE)
def test_is_due(created: str, goal: str, calendar: str, due: str) -> None:
    amount, unit = goal.split()
    assert due_at(moment(created), float(amount), unit, CALENDARS[calendar]) == moment(due)


@pytest.mark.parametrize(("created", "goal", "calendar", "due"), DUE)
def test_is_due_for_many_as_for_one(created: str, goal: str, calendar: str, due: str) -> None:
    amount, unit = goal.split()
    found = due_at_many(np.array([moment(created)], "datetime64[us]"), float(amount), unit, CALENDARS[calendar])
    assert found.tolist() == [moment(due)]


def test_a_day_that_ends_at_midnight_ends_in_its_last_microsecond() -> None:
    until_midnight = Calendar("until midnight", end_of_day="close")
    assert due_at(datetime(2026, 7, 1, 9), 1, "business_days", until_midnight) == datetime(
        2026, 7, 2, 23, 59, 59, 999999
    )


def test_seconds_and_microseconds_are_kept() -> None:
    created = datetime(2026, 7, 3, 16, 59, 59, 123456)
    assert due_at(created, 1, "business_days", CALENDARS["office"]) == datetime(2026, 7, 6, 16, 59, 59, 123456)


def test_a_moment_that_is_missing_has_no_due_date() -> None:
    created = np.array(["NaT", "2026-07-01T09:00"], "datetime64[s]")
    due = due_at_many(created, 1, "business_days", CALENDARS["office"])
    assert np.isnat(due).tolist() == [True, False]
    assert due.dtype == np.dtype("datetime64[us]")


@pytest.mark.parametrize("rows", [np.array([], "datetime64[us]"), np.array(["NaT"], "datetime64[us]")])
def test_nothing_known_gives_nothing_due(rows: np.ndarray) -> None:
    assert np.isnat(due_at_many(rows, 2, "business_hours", CALENDARS["office"])).all()


@pytest.mark.parametrize(
    ("amount", "unit", "named"),
    [
        (0, "hours", "amount 0 hours"),
        (-2, "business_days", "amount -2 business_days"),
        (3661, "calendar_days", "at most 3660"),
        (float("nan"), "hours", "amount nan"),
        (float("inf"), "hours", "amount inf"),
        (1, "weeks", 'unit "weeks"'),
    ],
)
def test_an_absurd_goal_is_refused_by_name(amount: float, unit: str, named: str) -> None:
    for compute in (
        lambda: check_goal(amount, unit),
        lambda: due_at(datetime(2026, 7, 1), amount, unit, CALENDARS["office"]),
        lambda: due_at_many(np.array([], "datetime64[us]"), amount, unit, CALENDARS["office"]),
    ):
        with pytest.raises(ValueError, match=named):
            compute()


def test_ten_years_of_business_days_are_within_reach() -> None:
    due = due_at(datetime(2026, 7, 1, 9), 3660, "business_days", CALENDARS["office"])
    assert due == datetime(2040, 7, 12, 9)


def test_a_request_made_in_working_hours_counts_from_when_it_was_made() -> None:
    made = moment("Wed 2026-07-01 09:12")
    for name, calendar in CALENDARS.items():
        assert counts_as_made(made, "business_days", calendar) == made, name


def test_due_dates_beyond_the_holiday_table_are_told() -> None:
    calendar = Calendar("office", WEEK, holidays=frozenset({date(2026, 12, 25)}), holidays_until=date(2026, 12, 31))
    due = np.array(["2026-12-31T23:59", "2027-01-01T00:00", "NaT"], "datetime64[us]")
    assert beyond_table(due, calendar).tolist() == [False, True, False]


def test_a_table_without_an_end_ends_with_its_last_holiday() -> None:
    calendar = Calendar("office", WEEK, holidays=frozenset({date(2026, 12, 25)}))
    due = np.array(["2026-12-25T23:59", "2026-12-26T00:00"], "datetime64[us]")
    assert beyond_table(due, calendar).tolist() == [False, True]


def test_a_calendar_without_holidays_is_never_beyond_its_table() -> None:
    assert not beyond_table(np.array(["2059-01-01"], "datetime64[us]"), CALENDARS["around the clock"]).any()


def test_working_hours_of_many_are_nan_where_a_moment_is_missing() -> None:
    start = np.array(["2026-07-03T15:00", "NaT", "2026-07-06T09:00"], "datetime64[us]")
    end = np.array(["2026-07-06T09:00", "2026-07-06T09:00", "2026-07-03T15:00"], "datetime64[us]")
    hours = elapsed_business_hours_many(start, end, CALENDARS["office"])
    assert np.array_equal(hours, [3.0, np.nan, -3.0], equal_nan=True)


def test_working_hours_of_many_up_to_one_moment() -> None:
    start = np.array(["2026-07-03T15:00", "2026-07-05T15:00"], "datetime64[us]")
    hours = elapsed_business_hours_many(start, np.datetime64("2026-07-06T09:00"), CALENDARS["office"])
    assert hours.tolist() == [3.0, 1.0]


PAUSED = [
    ([], 13.0),
    ([("Fri 2026-07-03 16:00", "Fri 2026-07-03 17:00")], 12.0),
    ([("Fri 2026-07-03 16:00", "Mon 2026-07-06 09:00")], 11.0),  # the weekend was no working time anyway
    ([("Fri 2026-07-03 18:00", "Sun 2026-07-05 12:00")], 13.0),
    ([("Thu 2026-07-02 10:00", "Fri 2026-07-03 14:00")], 12.0),  # only what lies after the start
    ([("Mon 2026-07-06 12:00", None)], 8.0),  # still on hold
    ([("Fri 2026-07-03 14:00", "Fri 2026-07-03 16:00"), ("Fri 2026-07-03 15:00", "Fri 2026-07-03 17:00")], 10.0),
    ([("Fri 2026-07-03 13:00", "Mon 2026-07-06 17:00"), ("Fri 2026-07-03 14:00", "Fri 2026-07-03 15:00")], 0.0),
    ([("Tue 2026-07-07 09:00", None)], 13.0),  # begins after the end
]
