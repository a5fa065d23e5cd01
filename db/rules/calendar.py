"""Named working calendars: which minutes of a city's year are working time.

A calendar is built once, from the profile, and never asks the clock. The functions here are
the plain reading of it, one moment at a time; `db.rules.clock` has the same for millions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from db.rules.errors import DeskError

AFTER_HOURS = ("same", "next_opening")
ENDS_OF_DAY = ("clock", "close")
ONE_DAY = timedelta(days=1)
ONE_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Calendar:
    """Working weekdays, opening hours, holidays, and what happens at the edges.

    `weekdays`: the working ones, 0 is Monday.
    `opens`, `closes`: working hours of a working day, at least an hour; `time.max` is midnight.
    `holidays`: days without work. `holidays_until`: the last day the table is known for; a date
    computed beyond it deserves a warning (`clock.beyond_table`). Where it is empty, the last holiday.
    `after_hours`: what a request made outside working hours counts as, whatever the unit of its
    goal: `same` (as made) or `next_opening` (made at the next opening).
    `weekend_keeps_clock`: a request made on a day without work counts as made on the next working
    day, at the same clock time or else at `arrival_counts_as`. Business days only.
    `arrival_cutoff`: a request made at or after it counts as made on the next working day at
    `arrival_counts_as` (empty: `opens`). Business days and business hours only; comes after the rule above.
    `end_of_day`: goals in days end at the `clock` time the request counts as made, or at the
    `close` of the last day (part of a day is then a day).

    Raises DeskError that names the calendar, the field and the value.
    """

    name: str
    weekdays: frozenset[int] = frozenset(range(7))
    opens: time = time.min
    closes: time = time.max
    holidays: frozenset[date] = field(default_factory=frozenset)
    holidays_until: date | None = None
    after_hours: str = "same"
    arrival_cutoff: time | None = None
    arrival_counts_as: time | None = None
    weekend_keeps_clock: bool = True
    end_of_day: str = "clock"

    def __post_init__(self) -> None:
        self._check_days()
        self._check_hours()
        self._check_choice("after_hours", self.after_hours, AFTER_HOURS)
        self._check_choice("end_of_day", self.end_of_day, ENDS_OF_DAY)

    @property
    def table_ends(self) -> date | None:
        """The last day the holiday table is known for; empty for a calendar that has no holidays to know."""
        return self.holidays_until or max(self.holidays, default=None)

    @property
    def arrives_at(self) -> time:
        """The clock time that a request put off to the next working day counts as made at."""
        return self.opens if self.arrival_counts_as is None else self.arrival_counts_as

    @property
    def day_length(self) -> timedelta:
        """Working time in a working day."""
        opens, closes = working_window(date.min, self)
        return closes - opens

    def _check_days(self) -> None:
        if not self.weekdays:
            self._refuse("weekdays", "[]", "needs at least one working weekday, 0 (Monday) to 6 (Sunday)")
        for weekday in self.weekdays:
            if isinstance(weekday, bool) or not isinstance(weekday, int) or not 0 <= weekday <= 6:
                self._refuse("weekdays", weekday, "must be whole numbers from 0 (Monday) to 6 (Sunday)")
        days = [*self.holidays, self.holidays_until] if self.holidays_until else [*self.holidays]
        for day in days:
            if isinstance(day, datetime) or not isinstance(day, date):
                self._refuse("holidays", day, "must be days without a time")
        if self.holidays_until and self.holidays and self.holidays_until < max(self.holidays):
            self._refuse("holidays_until", self.holidays_until, f"is before the last holiday, {max(self.holidays)}")
        for year in sorted({day.year for day in self.holidays}):
            if not _has_working_day(year, self):
                self._refuse("holidays", year, "leave no working day in that year")

    def _check_hours(self) -> None:
        moments = {"opens": self.opens, "closes": self.closes}
        if self.arrival_cutoff is not None:
            moments["arrival_cutoff"] = self.arrival_cutoff
        if self.arrival_counts_as is not None:
            moments["arrival_counts_as"] = self.arrival_counts_as
        for key, moment in moments.items():
            if not isinstance(moment, time) or moment.tzinfo is not None:
                self._refuse(key, moment, "must be a clock time without zone")
        if self.day_length < ONE_HOUR:
            self._refuse("closes", self.closes, f"must be at least an hour after opens, {self.opens}")
        if self.arrival_cutoff is not None and self.arrives_at >= self.arrival_cutoff:
            self._refuse("arrival_cutoff", self.arrival_cutoff, f"must be after arrival_counts_as, {self.arrives_at}")

    def _check_choice(self, key: str, value: str, choices: tuple[str, ...]) -> None:
        if value not in choices:
            self._refuse(key, value, f"must be one of {', '.join(choices)}")

    def _refuse(self, key: str, value: object, why: str) -> None:
        raise DeskError(f'calendar "{self.name}": {key} {value} {why}')


def is_working_day(day: date, calendar: Calendar) -> bool:
    """Whether anybody works on `day`."""
    return day.weekday() in calendar.weekdays and day not in calendar.holidays


def next_working_day(day: date, calendar: Calendar) -> date:
    """The first working day after `day`. Ends, because a calendar's holidays are finite."""
    day += ONE_DAY
    while not is_working_day(day, calendar):
        day += ONE_DAY
    return day


def working_window(day: date, calendar: Calendar) -> tuple[datetime, datetime]:
    """Opening and closing on `day`, were it a working day; closing at midnight is the next day's first moment."""
    midnight = datetime.combine(day, time.min)
    closes = midnight + ONE_DAY if calendar.closes == time.max else datetime.combine(day, calendar.closes)
    return datetime.combine(day, calendar.opens), closes


def next_opening(moment: datetime, calendar: Calendar) -> datetime:
    """`moment` itself if it is working time, else the next moment that is; closing time no longer is."""
    day = moment.date()
    opens, closes = working_window(day, calendar)
    if is_working_day(day, calendar) and moment < closes:
        return max(moment, opens)
    return working_window(next_working_day(day, calendar), calendar)[0]


def end_of_working_day(moment: datetime, calendar: Calendar) -> datetime:
    """Closing time of the working day that `moment` is in or, outside working hours, of the next one: "tonight"."""
    return working_window(next_opening(moment, calendar).date(), calendar)[1]


def business_hours_between(start: datetime, end: datetime, calendar: Calendar) -> float:
    """Working hours from `start` to `end`; negative when `end` comes first."""
    if end < start:
        return -business_hours_between(end, start, calendar)
    total, day = timedelta(), start.date()
    while day <= end.date():
        if is_working_day(day, calendar):
            opens, closes = working_window(day, calendar)
            total += max(min(end, closes) - max(start, opens), timedelta())
        day += ONE_DAY
    return total / ONE_HOUR


def _has_working_day(year: int, calendar: Calendar) -> bool:
    days = (date(year, 1, 1) + n * ONE_DAY for n in range(365))
    return any(is_working_day(day, calendar) for day in days)
