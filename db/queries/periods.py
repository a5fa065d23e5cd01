"""Conditions that put a moment inside a period of whole days."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement

from db.model.filters import Period
from db.rules.errors import DeskError


def within(moment: ColumnElement[Any], period: Period | None) -> list[ColumnElement[bool]]:
    """`moment` is in `period`: from the first midnight on, and before the midnight after the last day."""
    if period is None:
        return []
    start, end = (datetime.combine(day, time.min) for day in (period.start, period.end))
    return [moment >= start, moment < end]


def required(period: Period | None) -> Period:
    """The period of a question that has no meaning without one; DeskError where there is none."""
    if period is None:
        raise DeskError("this question needs a period: set RequestFilter.period")
    return period


def whole_weeks(period: Period | None) -> Period:
    """The whole weeks, Monday to Sunday, within the period; DeskError where there is none."""
    period = required(period)
    start = period.start + timedelta(days=-period.start.weekday() % 7)
    end = period.end - timedelta(days=period.end.weekday())
    if end <= start:
        raise DeskError(f"{period.describe()}: there is no whole week from Monday to Sunday in it")
    return Period(period.key, start, end)
