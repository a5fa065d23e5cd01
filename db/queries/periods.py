"""Conditions that put a moment inside a period of whole days."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from sqlalchemy import ColumnElement

from db.model.filters import Period
from db.rules.errors import DeskError


def within(moment: ColumnElement[Any], period: Period | None) -> list[ColumnElement[bool]]:
    """`moment` from the first midnight of `period` up to the one after its last day, that one excluded."""
    if period is None:
        return []
    start, end = (datetime.combine(day, time.min) for day in (period.start, period.end))
    return [moment >= start, moment < end]


def required(period: Period | None) -> Period:
    """The period of a question that has no meaning without one; ValueError where there is none."""
    if period is None:
        raise DeskError("this question needs a period: set RequestFilter.period")
    return period


def whole_weeks(period: Period | None) -> Period:
    """The period, which must be of whole weeks from Monday; DeskError where there is none, or it is not."""
    found = required(period)
    if found.start.weekday() or found.days % 7:
        raise DeskError(f"{found.describe()} are not whole weeks from Monday to Sunday")
    return found
