"""Goals tried on history, for one service type or for many: what compliance would have been, and what to propose.

A *try* is a service type with an amount, a unit and a calendar. Each is computed by `closing.what_if_goal` on the
last 400 days; nothing is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from sqlalchemy import Connection

from db.model.filters import RequestFilter
from db.queries.compliance import time_to_close
from db.queries.examples import a_type, always, example, given, of_filters
from db.queries.shares import divided
from db.rules.calendar import Calendar

COUNTS = ("due_count", "met_count", "missed_count", "today_due_count", "today_met_count")


@dataclass(frozen=True)
class Try:
    """One goal to try on history; `today`: amount and unit of the goal in force, None where there is none on file."""

    service_type: str
    amount: float
    unit: str
    calendar: Calendar
    today: tuple[float, str] | None = None


def _a_try(connection: Connection, as_of: datetime) -> tuple[Try, ...]:
    return (Try(a_type(connection, as_of), 3, "calendar_days", always(connection, as_of)),)


def _a_calendar(connection: Connection, as_of: datetime) -> tuple[tuple[str, Calendar], ...]:
    return ((a_type(connection, as_of), always(connection, as_of)),)


@example(given(of_filters, share=0.8, unit="hours", calendars=_a_calendar))
def quantile_goals(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    share: float,
    unit: str,
    calendars: Sequence[tuple[str, Calendar]],
) -> pd.DataFrame:
    """For each (service type, its calendar) the smallest whole goal that `share` of the last 364 days would have met.

    Columns and errors as `closing.quantile_goal`, one row a type, in the order given. Empty case: no rows, all columns.
    """
    parts = [
        time_to_close.quantile_goal(
            connection, filters, as_of=as_of, service_type=name, share=share, unit=unit, calendar=calendar
        )
        for name, calendar in calendars
    ]
    names = ["service_type", "unit", "share", "amount", "due_count", "met_count"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)


@example(given(of_filters, tries=_a_try))
def tried(connection: Connection, filters: RequestFilter, *, as_of: datetime, tries: Sequence[Try]) -> pd.DataFrame:
    """What compliance would have been by service type and month under `tries`, over the 400 days before `as_of`.

    Columns: service_type (text), month (datetime64, first day), due_count, met_count, missed_count,
    today_due_count, today_met_count (int64), is_complete (bool), as of `closing.what_if_goal`. Order: as tried,
    then month. Empty case: no rows, all columns. Raises ValueError for an impossible goal. `added_up` has the sums.
    """
    parts = [
        time_to_close.what_if_goal(
            connection,
            filters,
            as_of=as_of,
            service_type=one.service_type,
            amount=one.amount,
            unit=one.unit,
            calendar=one.calendar,
            today=one.today,
        ).assign(service_type=one.service_type)
        for one in tries
    ]
    columns = ["service_type", "month", *COUNTS, "is_complete"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else _nothing()[columns]


@example(given(of_filters, tries=_a_try))
def dates_differ(
    connection: Connection, filters: RequestFilter, *, as_of: datetime, tries: Sequence[Try]
) -> pd.DataFrame:
    """On how many requests the city's own due date is another than its goal in force would give, over the 400 days.

    One row a try with a goal in force. Columns: service_type (text), dated_count (int64, requests with a due date of
    the city's own), differ_count (int64, of these, more than a minute off, or on another day where only the day is
    known), differ_share (float64). Order: as tried. Empty case: no rows, all columns.
    """
    rows = []
    for one in tries:
        if one.today is not None:
            counts = time_to_close.city_dates(
                connection, filters, as_of=as_of, service_type=one.service_type, goal=one.today, calendar=one.calendar
            )
            rows.append((one.service_type, *counts))
    frame = pd.DataFrame(rows, columns=["service_type", "dated_count", "differ_count"])
    frame = frame.astype({"service_type": object, "dated_count": "int64", "differ_count": "int64"})
    return frame.assign(differ_share=divided(frame["differ_count"], frame["dated_count"]))


def added_up(found: pd.DataFrame, by: str) -> pd.DataFrame:
    """The rows of `tried` added up by "month" or by "service_type"; by type, only complete months count.

    Columns: the key, the counts of `tried`, today_missed_count, more_missed_count (int64, missed_count -
    today_missed_count), compliance, today_compliance (float64), and by month is_complete (bool, for every try).
    Order: the key. Raises ValueError for another `by`.
    """
    if by not in ("month", "service_type"):
        raise ValueError(f'by "{by}" is not one of month, service_type')
    if by == "service_type":
        found = found[found["is_complete"]]
    frame = found.groupby(by)[list(COUNTS)].sum().reset_index().astype(dict.fromkeys(COUNTS, "int64"))
    frame["today_missed_count"] = frame["today_due_count"] - frame["today_met_count"]
    frame["more_missed_count"] = frame["missed_count"] - frame["today_missed_count"]
    frame["compliance"] = divided(frame["met_count"], frame["due_count"])
    frame["today_compliance"] = divided(frame["today_met_count"], frame["today_due_count"])
    if by == "month":
        frame["is_complete"] = found.groupby(by)["is_complete"].all().to_numpy(bool)
    return frame


def _nothing() -> pd.DataFrame:
    empty = {name: pd.Series(dtype="int64") for name in COUNTS}
    keys = {"month": pd.Series(dtype="datetime64[us]"), "service_type": pd.Series(dtype=object)}
    return pd.DataFrame(keys | empty | {"is_complete": pd.Series(dtype=bool)})
