"""Whole weeks and months of whole weeks: what a briefing is about.

A week runs from Monday to Sunday and belongs to the month that its Thursday lies in, so a month has four or five
weeks and no day belongs to two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from db.rules.errors import DeskError

WEEK = timedelta(weeks=1)
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
EARLIEST_YEAR, LATEST_YEAR = 1950, 2200


@dataclass(frozen=True)
class Stretch:
    """`key`: 2026-W46 or 2026-11. `start`: a Monday; `end`: the Monday after its last Sunday."""

    key: str
    start: date
    end: date

    @property
    def weeks(self) -> int:
        return (self.end - self.start).days // 7

    @property
    def is_week(self) -> bool:
        return "W" in self.key

    @property
    def ends_at(self) -> datetime:
        """The midnight after its last Sunday."""
        return datetime.combine(self.end, time.min)

    def words(self) -> str:
        """ "week of 9 to 15 November 2026", or "November 2026 (2 to 29 November)"."""
        last = self.end - timedelta(days=1)
        first = f"{self.start.day}"
        if (self.start.year, self.start.month) != (last.year, last.month):
            first = f"{self.start.day} {self.start:%B}" + (
                f" {self.start.year}" if self.start.year != last.year else ""
            )
        days = f"{first} to {last.day} {last:%B}"
        if self.is_week:
            return f"week of {days} {last.year}"
        return f"{date.fromisoformat(self.key + '-01'):%B %Y} ({days}, whole weeks)"


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def week_of(day: date) -> Stretch:
    """The week that holds a day."""
    start = monday(day)
    year, week, _ = start.isocalendar()
    return Stretch(f"{year}-W{week:02d}", start, start + WEEK)


def month_of(day: date) -> Stretch:
    """The month of whole weeks that holds a day."""
    thursday = monday(day) + timedelta(days=3)
    first = thursday.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return Stretch(f"{first:%Y-%m}", _first_monday(first), _first_monday(following))


def parse_week(text: str) -> Stretch:
    """The week written as 2026-W46. Raises DeskError."""
    match = _WEEK.fullmatch(text)
    try:
        if match is None or not EARLIEST_YEAR <= int(match[1]) <= LATEST_YEAR:
            raise ValueError
        return week_of(date.fromisocalendar(int(match[1]), int(match[2]), 1))
    except ValueError:
        raise DeskError(f'week "{text}" is not a week like 2026-W46') from None


def parse_month(text: str) -> Stretch:
    """The month written as 2026-11. Raises DeskError."""
    match = _MONTH.fullmatch(text)
    try:
        if match is None or not EARLIEST_YEAR <= int(match[1]) <= LATEST_YEAR:
            raise ValueError
        return month_of(date(int(match[1]), int(match[2]), 15))
    except ValueError:
        raise DeskError(f'month "{text}" is not a month like 2026-11') from None


def newest(as_of: datetime, first_day: date | None, *, is_week: bool = True) -> Stretch:
    """The last complete week or month before `as_of`; the one that holds `as_of` where the data begin later."""
    stretch_of = week_of if is_week else month_of
    now = stretch_of(as_of.date())
    before = stretch_of(now.start - timedelta(days=1))
    return before if first_day is None or before.end > first_day else now


def earlier(stretch: Stretch, first_day: date | None, most: int) -> list[Stretch]:
    """The stretch and those of its kind before it, newest first, down to the one with the first day of the data."""
    stretch_of = week_of if stretch.is_week else month_of
    stretches = [stretch]
    while len(stretches) < most and (first_day is None or stretches[-1].start > first_day):
        stretches.append(stretch_of(stretches[-1].start - timedelta(days=1)))
    return stretches


def _first_monday(first: date) -> date:
    """The Monday of the week whose Thursday is the first Thursday of the month that begins on `first`."""
    thursday = first + timedelta(days=(3 - first.weekday()) % 7)
    return thursday - timedelta(days=3)
