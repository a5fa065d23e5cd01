"""The moments of a plan, in July 2026: an office open Monday to Friday from 8 to 17, with Friday 3 July off."""

from __future__ import annotations

from datetime import date, datetime, time

import numpy as np
import pytest

from db.rules.calendar import Calendar
from db.rules.triage.moments import due_by, due_days, evening_before, horizons

OFFICE = Calendar("office", frozenset(range(5)), time(8), time(17), frozenset({date(2026, 7, 3)}))


@pytest.mark.parametrize(
    ("as_of", "tonight", "third", "seventh"),
    [
        (datetime(2026, 7, 10, 12), datetime(2026, 7, 10, 17), datetime(2026, 7, 15, 17), datetime(2026, 7, 21, 17)),
        (datetime(2026, 7, 11, 12), datetime(2026, 7, 13, 17), datetime(2026, 7, 16, 17), datetime(2026, 7, 22, 17)),
        (datetime(2026, 7, 1, 9), datetime(2026, 7, 1, 17), datetime(2026, 7, 7, 17), datetime(2026, 7, 13, 17)),
    ],
    ids=["Friday noon", "Saturday", "Wednesday before a holiday"],
)
def test_working_days_ahead_leave_out_weekends_and_holidays(
    as_of: datetime, tonight: datetime, third: datetime, seventh: datetime
) -> None:
    assert horizons(as_of, OFFICE) == {"tonight": tonight, "3": third, "7": seventh}


@pytest.mark.parametrize(
    ("as_of", "evening"),
    [
        (datetime(2026, 7, 14, 7), datetime(2026, 7, 13, 17)),
        (datetime(2026, 7, 13, 7), datetime(2026, 7, 10, 17)),
        (datetime(2026, 7, 6, 7), datetime(2026, 7, 2, 17)),
    ],
    ids=["Tuesday", "Monday", "Monday after a Friday off"],
)
def test_yesterday_evening_is_that_of_the_last_working_day(as_of: datetime, evening: datetime) -> None:
    assert evening_before(as_of, OFFICE) == evening


@pytest.mark.parametrize(
    ("overdue_from", "day"),
    [
        ("2026-07-10T17:00", "2026-07-10"),  # Friday at closing time
        ("2026-07-11T00:00", "2026-07-10"),  # the end of Friday
        ("2026-07-11T00:00:00.000001", "2026-07-10"),  # Saturday, one microsecond in
        ("2026-07-13T00:00", "2026-07-10"),  # the end of Sunday
        ("2026-07-13T00:00:00.000001", "2026-07-13"),  # Monday
        ("2026-07-03T12:00", "2026-07-02"),  # the Friday off
        ("NaT", "NaT"),
    ],
)
def test_what_is_due_on_a_day_off_must_be_done_the_working_day_before(overdue_from: str, day: str) -> None:
    found = due_days(np.array([overdue_from], "datetime64[us]"), OFFICE)
    assert str(found[0]) == day


def test_the_end_of_the_day_is_named_by_the_day_it_belongs_to() -> None:
    assert due_by(datetime(2026, 7, 10, 17), datetime(2026, 7, 10, 12)) == "today"
    assert due_by(datetime(2026, 7, 11, 0), datetime(2026, 7, 10, 12)) == "today"
    assert due_by(datetime(2026, 7, 13, 17), datetime(2026, 7, 10, 18)) == "by Mon 17:00"
