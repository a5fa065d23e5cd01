"""Moments a plan is made of: tonight, the next working days, yesterday evening, the working day something is due on."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np

from db.rules.calendar import ONE_DAY, Calendar, end_of_working_day, is_working_day, next_working_day, working_window
from db.rules.clock import Moments

RADAR_DAYS = (3, 7)


def horizons(as_of: datetime, calendar: Calendar) -> dict[str, datetime]:
    """Up to when the breach radar looks: `tonight` (the end of the working day), `3` and `7` working days after it."""
    tonight = end_of_working_day(as_of, calendar)
    ends = {"tonight": tonight}
    day = (tonight - timedelta(microseconds=1)).date()  # midnight still belongs to the day before
    for number in range(1, max(RADAR_DAYS) + 1):
        day = next_working_day(day, calendar)
        if number in RADAR_DAYS:
            ends[str(number)] = working_window(day, calendar)[1]
    return ends


def evening_before(as_of: datetime, calendar: Calendar) -> datetime:
    """Yesterday evening: when the last working day before the day of `as_of` closed."""
    day = as_of.date() - ONE_DAY
    while not is_working_day(day, calendar):
        day -= ONE_DAY
    return working_window(day, calendar)[1]


def due_by(until: datetime, as_of: datetime) -> str:
    """The end of the working day in a name: "today", or after hours, when it is another day's, "by Fri 17:00"."""
    last = until - timedelta(microseconds=1)  # midnight still belongs to the day before
    return "today" if last.date() == as_of.date() else f"by {last:%a} {until:%H:%M}"


def due_days(overdue_from: Moments, calendar: Calendar) -> Moments:
    """The working day on which each must be done, datetime64[D], NaT for none; on a day off, the working day before."""
    last = (np.asarray(overdue_from, "datetime64[us]") - np.timedelta64(1, "us")).astype("datetime64[D]")
    days, day_index = np.unique(last, return_inverse=True)
    return np.array([_working_day_by(day.item(), calendar) for day in days], "datetime64[D]")[day_index]


def _working_day_by(day: date | None, calendar: Calendar) -> date | None:
    while day is not None and not is_working_day(day, calendar):
        day -= ONE_DAY
    return day
