"""The time grid of the public tables: months of whole weeks, each published once.

A week runs from Monday to Sunday and belongs to the month that its Thursday lies in, so a month has four or five
weeks and no day belongs to two. Every count is published on this one grid: the differences
between two grids of one count would give away what each of them hides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from db.model.filters import Period
from db.rules import stretches
from db.rules.stretches import monday

SETTLED_AFTER = timedelta(days=8)  # from the end of a week to its publication
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Month:
    """One month of whole weeks: `name` is YYYY-MM, `start` a Monday, `end` the Monday after it."""

    name: str
    start: date
    end: date

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Month:
        """The month of a row of the table `months`."""
        return cls(row["month"], date.fromisoformat(row["first_on"]), date.fromisoformat(row["last_on"]) + WEEK / 7)

    @property
    def weeks(self) -> int:
        return (self.end - self.start).days // 7

    def period(self) -> Period:
        return Period(self.name, self.start, self.end)

    def is_settled(self, as_of: datetime) -> bool:
        """Whether its last week ended 8 days or more before `as_of`, the moment that the data reach."""
        return as_of >= datetime.combine(self.end, datetime.min.time()) + SETTLED_AFTER


def month_of(day: date) -> Month:
    """The month of whole weeks that holds a day."""
    stretch = stretches.month_of(day)
    return Month(stretch.key, stretch.start, stretch.end)


def months_between(first: date, as_of: datetime) -> Iterator[Month]:
    """The settled months, oldest first, from the first that lies wholly after `first`."""
    month = month_of(first)
    while month.is_settled(as_of):
        if month.start >= first:
            yield month
        month = month_of(month.end)


def last_settled_week(as_of: datetime) -> date:
    """The Monday after the newest week that ended 8 days ago or more."""
    return monday((as_of - SETTLED_AFTER).date())
