"""When a request is due, and how much working time has passed.

`due_at` is the reference, in plain Python, one request at a time; `due_at_many` is the same for
millions in numpy, and the tests hold the two together. Moments are the city's own clock on the
wall: the hour around a clock change is counted as the wall shows it, so a deadline across one
may be an hour off in elapsed time, and the promise is kept or broken by what the wall says.

What a goal counts from, and how it is added (`Calendar` has the settings):

- `hours`, `calendar_days`: elapsed time from when the request was made.
- `business_hours`: working time only, from when the request counts as made. An amount that runs
  out at closing time is due at that closing, not at the next opening.
- `business_days`: whole working days are added to the day the request counts as made and the clock
  time is kept; part of a day is that part of the opening hours, as business hours.

Boston's rule (weekend to Monday at the same clock time, then 17:00 to 08:30 of the next business
day, holidays not known) was found by fitting the city's own due dates, see tests/real/test_boston_due.py.
"""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from db.rules.calendar import (
    ONE_DAY,
    Calendar,
    is_working_day,
    next_opening,
    next_working_day,
    working_window,
)
from db.rules.errors import DeskError
from db.rules.vocabulary import BUSINESS_UNITS, Unit, known

UNITS = known(Unit)
LONGEST_DAYS = 3660  # ten years: no promise is longer, so a larger amount is a slip of the pen

Moments = NDArray[np.datetime64]
Floats = NDArray[np.float64]

_HOUR_US = 3_600_000_000
_DAY_US = 24 * _HOUR_US
_MICROSECOND = timedelta(microseconds=1)


def check_goal(amount: float, unit: str) -> None:
    """Raise DeskError that names the amount or unit unless a due date can be computed from them."""
    if unit not in UNITS:
        raise DeskError(f'unit "{unit}" is not one of {", ".join(UNITS)}')
    longest = LONGEST_DAYS * (24 if unit.endswith("hours") else 1)
    if not 0 < amount <= longest:
        raise DeskError(f"amount {amount} {unit} must be more than 0 and at most {longest} (ten years)")


def counts_as_made(created: datetime, unit: str, calendar: Calendar) -> datetime:
    """The moment from which a request made at `created` is counted, by the calendar's rules of arrival."""
    moment = next_opening(created, calendar) if calendar.after_hours == "next_opening" else created
    if unit not in BUSINESS_UNITS:
        return moment
    if not is_working_day(moment.date(), calendar):
        keeps_clock = unit == "business_days" and calendar.weekend_keeps_clock
        clock = moment.time() if keeps_clock else calendar.arrives_at
        moment = datetime.combine(next_working_day(moment.date(), calendar), clock)
    if calendar.arrival_cutoff is not None and moment.time() >= calendar.arrival_cutoff:
        moment = datetime.combine(next_working_day(moment.date(), calendar), calendar.arrives_at)
    return moment


def due_at(created: datetime, amount: float, unit: str, calendar: Calendar) -> datetime:
    """When a request made at `created` is due under a goal of `amount` `unit`: the reference.

    `created` is the wall clock without zone, and so is the result. Raises DeskError for a unit that is
    not one of `UNITS` and for an amount that is not above 0 and at most ten years.
    """
    check_goal(amount, unit)
    moment = counts_as_made(created, unit, calendar)
    if unit == "hours":
        return moment + _us(amount * _HOUR_US)
    if unit == "business_hours":
        return _add_business_time(moment, _us(amount * _HOUR_US), calendar)
    if calendar.end_of_day == "close":
        return datetime.combine(_add_days(moment.date(), math.ceil(amount), unit, calendar), calendar.closes)
    if unit == "calendar_days":
        return moment + _us(amount * _DAY_US)
    whole = math.floor(amount)
    moment = datetime.combine(_add_days(moment.date(), whole, unit, calendar), moment.time())
    part = _us((amount - whole) * (calendar.day_length / _MICROSECOND))
    return _add_business_time(moment, part, calendar) if part else moment


def due_at_many(created: Moments, amount: float, unit: str, calendar: Calendar) -> Moments:
    """`due_at` for many requests under one goal: shape (n,) in, datetime64[us] of shape (n,) out; NaT stays NaT.

    Raises as `due_at` does.
    """
    check_goal(amount, unit)
    created = np.asarray(created).astype("datetime64[us]")
    due = np.full(created.shape, np.datetime64("NaT"), dtype="datetime64[us]")
    known = ~np.isnat(created)
    if known.any():
        due[known] = _due_at_known(_counts_as_made_many(created[known], unit, calendar), amount, unit, calendar)
    return due


def elapsed_business_hours_many(start: Moments, end: Moments, calendar: Calendar) -> Floats:
    """`business_hours_between` for many: shapes (n,) in, hours of shape (n,) out, nan where either moment is NaT."""
    start, end = (np.asarray(moments).astype("datetime64[us]") for moments in (start, end))
    hours = np.full(np.broadcast(start, end).shape, np.nan)
    start, end = np.broadcast_to(start, hours.shape), np.broadcast_to(end, hours.shape)
    known = ~(np.isnat(start) | np.isnat(end))
    if known.any():
        start, end = start[known], end[known]
        first = _first_working_day(min(start.min(), end.min()), calendar)
        hours[known] = (_worked_us(end, first, calendar) - _worked_us(start, first, calendar)) / _HOUR_US
    return hours


def beyond_table(due: Moments, calendar: Calendar) -> NDArray[np.bool_]:
    """Which due dates lie beyond the calendar's holiday table, and so may fall on an unknown holiday.

    Shape (n,) in and out; NaT is not beyond. Matters for business units only: elapsed time knows no holidays.
    """
    due = np.asarray(due).astype("datetime64[us]")
    if calendar.table_ends is None:
        return np.zeros(due.shape, dtype=bool)
    return due >= np.datetime64(calendar.table_ends + ONE_DAY, "us")


def _us(microseconds: float) -> timedelta:
    return timedelta(microseconds=round(microseconds))


def _add_days(day: date, count: int, unit: str, calendar: Calendar) -> date:
    if unit == "calendar_days":
        return day + count * ONE_DAY
    for _ in range(count):
        day = next_working_day(day, calendar)
    return day


def _add_business_time(moment: datetime, amount: timedelta, calendar: Calendar) -> datetime:
    moment = next_opening(moment, calendar)
    closes = working_window(moment.date(), calendar)[1]
    while moment + amount > closes:
        amount -= closes - moment
        moment, closes = working_window(next_working_day(moment.date(), calendar), calendar)
    return moment + amount


# The same in numpy. A moment is split into its day (datetime64[D]) and its clock (microseconds since midnight).


@lru_cache(maxsize=64)
def _working_days(calendar: Calendar) -> np.busdaycalendar:
    mask = [weekday in calendar.weekdays for weekday in range(7)]
    return np.busdaycalendar(mask, sorted(calendar.holidays))


def _clock_us(clock: time) -> int:
    return (datetime.combine(date.min, clock) - datetime.combine(date.min, time.min)) // _MICROSECOND


def _hours_us(calendar: Calendar) -> tuple[int, int]:
    opens = _clock_us(calendar.opens)
    return opens, opens + calendar.day_length // _MICROSECOND


def _split(moments: Moments) -> tuple[Moments, NDArray[np.int64]]:
    days = moments.astype("datetime64[D]")
    return days, (moments - days).astype(np.int64)


def _join(days: Moments, clock: NDArray[np.int64] | int) -> Moments:
    return days.astype("datetime64[us]") + np.asarray(clock).astype("timedelta64[us]")


def _later(days: Moments | np.datetime64, count: int | NDArray[np.int64], calendar: Calendar) -> Moments:
    """`count` working days after each day; 0 moves a day without work to the next working day."""
    return np.busday_offset(days, count, roll="forward", busdaycal=_working_days(calendar))


def _next_working_days(days: Moments, calendar: Calendar) -> Moments:
    return _later(days + np.timedelta64(1, "D"), 0, calendar)


def _counts_as_made_many(moments: Moments, unit: str, calendar: Calendar) -> Moments:
    days, clock = _split(moments)
    opens, closes = _hours_us(calendar)
    works = np.is_busday(days, busdaycal=_working_days(calendar))
    if calendar.after_hours == "next_opening":
        moved = ~works | (clock >= closes)
        days = np.where(moved, _next_working_days(days, calendar), days)
        clock = np.where(moved, opens, np.maximum(clock, opens))
    if unit in BUSINESS_UNITS:
        arrives = _clock_us(calendar.arrives_at)
        if not (unit == "business_days" and calendar.weekend_keeps_clock):
            clock = np.where(np.is_busday(days, busdaycal=_working_days(calendar)), clock, arrives)
        days = _later(days, 0, calendar)
        if calendar.arrival_cutoff is not None:
            late = clock >= _clock_us(calendar.arrival_cutoff)
            days = np.where(late, _next_working_days(days, calendar), days)
            clock = np.where(late, arrives, clock)
    return _join(days, clock)


def _due_at_known(moments: Moments, amount: float, unit: str, calendar: Calendar) -> Moments:
    if unit == "hours":
        return moments + np.timedelta64(round(amount * _HOUR_US), "us")
    if unit == "business_hours":
        return _add_business_time_many(moments, round(amount * _HOUR_US), calendar)
    days, clock = _split(moments)
    if calendar.end_of_day == "close":
        count = math.ceil(amount)
        last = _later(days, count, calendar) if unit == "business_days" else days + np.timedelta64(count, "D")
        return _join(last, _clock_us(calendar.closes))
    if unit == "calendar_days":
        return moments + np.timedelta64(round(amount * _DAY_US), "us")
    whole = math.floor(amount)
    moments = _join(_later(days, whole, calendar), clock)
    part = round((amount - whole) * (calendar.day_length / _MICROSECOND))
    return _add_business_time_many(moments, part, calendar) if part else moments


def _first_working_day(moment: np.datetime64, calendar: Calendar) -> np.datetime64:
    """The last working day not after `moment`: where counting working time starts, so that no count is negative."""
    return np.busday_offset(moment.astype("datetime64[D]"), 0, roll="backward", busdaycal=_working_days(calendar))


def _worked_us(moments: Moments, first: np.datetime64, calendar: Calendar) -> NDArray[np.int64]:
    """Working time in microseconds from the opening of `first` to each moment."""
    days, clock = _split(moments)
    opens, closes = _hours_us(calendar)
    today = np.where(np.is_busday(days, busdaycal=_working_days(calendar)), np.clip(clock, opens, closes) - opens, 0)
    return np.busday_count(first, days, busdaycal=_working_days(calendar)) * (closes - opens) + today


def _add_business_time_many(moments: Moments, amount: int, calendar: Calendar) -> Moments:
    opens, closes = _hours_us(calendar)
    first = _first_working_day(moments.min(), calendar)
    target = _worked_us(moments, first, calendar) + amount
    full_days = (target - 1) // (closes - opens)  # an amount that runs out at closing time stays on that day
    return _join(_later(first, full_days, calendar), opens + target - full_days * (closes - opens))
