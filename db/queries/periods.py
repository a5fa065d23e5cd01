"""Conditions that put a moment inside a period of whole days."""

from __future__ import annotations

from datetime import datetime, time, timedelta
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
    """The whole weeks, Monday to Sunday, within the period; DeskError where there is none."""
    found = required(period)
    start = found.start + timedelta(days=-found.start.weekday() % 7)
    end = found.end - timedelta(days=found.end.weekday())
    if end <= start:
        raise DeskError(f"{found.describe()}: there is no whole week from Monday to Sunday in it")
    return Period(found.key, start, end)
