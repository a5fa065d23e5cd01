"""A working calendar: what it refuses, and which minutes it calls working time."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from db.rules.calendar import (
    Calendar,
    business_hours_between,
    end_of_working_day,
    is_working_day,
    next_opening,
    next_working_day,
)

WEEK = frozenset(range(5))
OFFICE = Calendar("office", WEEK, time(8), time(17), frozenset({date(2026, 9, 7)}))
ROUND_THE_CLOCK = Calendar("around the clock")
WHOLE_YEAR = frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(365))

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"weekdays": frozenset()}, r'"yard": weekdays \[\] needs at least one working weekday'),
    ({"weekdays": frozenset({7})}, "weekdays 7 must be"),
    ({"weekdays": frozenset({True})}, "weekdays True must be"),
    ({"opens": time(17), "closes": time(8)}, "closes 08:00:00 must be at least an hour after opens"),
    ({"opens": time(8), "closes": time(8)}, "closes 08:00:00"),
    ({"opens": time(8), "closes": time(8, 59)}, "closes 08:59:00"),
    ({"opens": "08:00"}, "opens 08:00 must be a clock time"),
    ({"holidays": frozenset({datetime(2026, 7, 4)})}, "holidays 2026-07-04 00:00:00 must be days"),
    ({"holidays": frozenset({date(2026, 7, 4)}), "holidays_until": date(2026, 7, 3)}, "holidays_until 2026-07-03"),
    ({"holidays": WHOLE_YEAR}, "holidays 2026 leave no working day"),
    ({"weekdays": frozenset({0}), "holidays": WHOLE_YEAR}, "holidays 2026 leave no working day"),
    ({"after_hours": "later"}, "after_hours later must be one of same, next_opening"),
    ({"end_of_day": "noon"}, "end_of_day noon must be one of clock, close"),
    ({"arrival_cutoff": time(8), "arrival_counts_as": time(9)}, "arrival_cutoff 08:00:00 must be after"),
    ({"arrival_cutoff": time.min}, "arrival_cutoff 00:00:00 must be after"),
]


@pytest.mark.parametrize(("settings", "named"), REFUSED)
def test_a_calendar_that_cannot_be_meant_is_refused_by_field_and_value(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Calendar("yard", **settings)


def test_a_year_with_one_working_day_left_is_a_calendar() -> None:
    calendar = Calendar("seasonal", holidays=WHOLE_YEAR - {date(2026, 5, 1)}, holidays_until=date(2026, 12, 31))
    assert next_working_day(date(2025, 12, 31), calendar) == date(2026, 5, 1)
    assert next_working_day(date(2026, 5, 1), calendar) == date(2027, 1, 1)


def test_two_calendars_alike_are_equal_and_hash_alike() -> None:
    assert len({OFFICE, Calendar("office", WEEK, time(8), time(17), frozenset({date(2026, 9, 7)}))}) == 1


@pytest.mark.parametrize(
    ("day", "works"),
    [("Fri 2026-09-04", True), ("Sat 2026-09-05", False), ("Mon 2026-09-07", False), ("Tue 2026-09-08", True)],
)
def test_weekends_and_holidays_are_no_working_days(day: str, works: bool) -> None:
    assert is_working_day(date.fromisoformat(day[4:]), OFFICE) is works


def test_the_next_working_day_is_never_the_day_itself() -> None:
    assert next_working_day(date(2026, 9, 3), OFFICE) == date(2026, 9, 4)
    assert next_working_day(date(2026, 9, 4), OFFICE) == date(2026, 9, 8)


@pytest.mark.parametrize(
    ("moment", "opening", "closing"),
    [
        ("2026-09-04T07:59", "2026-09-04T08:00", "2026-09-04T17:00"),
        ("2026-09-04T08:00", "2026-09-04T08:00", "2026-09-04T17:00"),
        ("2026-09-04T16:59", "2026-09-04T16:59", "2026-09-04T17:00"),
        ("2026-09-04T17:00", "2026-09-08T08:00", "2026-09-08T17:00"),
        ("2026-09-07T12:00", "2026-09-08T08:00", "2026-09-08T17:00"),
    ],
)
def test_out_of_hours_the_next_opening_and_its_closing_count(moment: str, opening: str, closing: str) -> None:
    assert next_opening(datetime.fromisoformat(moment), OFFICE) == datetime.fromisoformat(opening)
    assert end_of_working_day(datetime.fromisoformat(moment), OFFICE) == datetime.fromisoformat(closing)


def test_around_the_clock_a_day_ends_at_midnight_and_every_hour_is_worked() -> None:
    night = datetime(2026, 12, 31, 23, 59)
    assert next_opening(night, ROUND_THE_CLOCK) == night
    assert end_of_working_day(night, ROUND_THE_CLOCK) == datetime(2027, 1, 1)
    assert business_hours_between(datetime(2028, 2, 28), datetime(2028, 3, 1), ROUND_THE_CLOCK) == 48.0


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-09-04T16:00", "2026-09-08T09:00", 2.0),
        ("2026-09-04T17:00", "2026-09-08T08:00", 0.0),
        ("2026-09-04T09:00", "2026-09-04T09:30", 0.5),
        ("2026-09-04T00:00", "2026-09-05T00:00", 9.0),
        ("2026-09-08T09:00", "2026-09-04T16:00", -2.0),
    ],
)
def test_only_opening_hours_of_working_days_count(start: str, end: str, hours: float) -> None:
    assert business_hours_between(datetime.fromisoformat(start), datetime.fromisoformat(end), OFFICE) == hours


def test_the_holiday_table_ends_where_it_says_or_with_its_last_holiday() -> None:
    assert OFFICE.table_ends == date(2026, 9, 7)
    assert ROUND_THE_CLOCK.table_ends is None
    assert Calendar("office", WEEK, holidays_until=date(2027, 6, 30)).table_ends == date(2027, 6, 30)
