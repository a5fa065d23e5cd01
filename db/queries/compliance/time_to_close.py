"""How long a request takes: time to close per service type with open requests censored, and goals tried on
history.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from db.model import expressions
from db.model.filters import RequestFilter
from db.model.schema import requests
from db.queries.examples import a_type, always, example, given, of_filters
from db.queries.periods import within
from db.queries.shares import divided
from db.rules import on_time
from db.rules.calendar import Calendar
from db.rules.clock import check_goal, due_at_many
from db.rules.survival import Curve, cumulative_incidence, kaplan_meier, quantile
from db.storage.frames import bytes_order, fetch

WITHOUT_WORK = ("cancelled", "duplicate", "acknowledged", "referred", "administrative")
BY_WORK = ("work_done", "nothing_found")
TRIED_DAYS = 400
YEAR_DAYS = 364
LONGEST_AMOUNT = 365

EXACT_HOURS = 72.0  # up to here to the second
LONG_HOURS = 240.0  # by the hour up to here, by the day from here on

_r = requests.c
Flags = NDArray[np.bool_]


@example(of_filters)
def durations(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """Requests created in the period (or ever) by service type and binned time, for a survival estimate.

    Columns: service_type (text), hours (float64, to the second under three days, then the middle of the bin, which is
    an hour wide up to 10 days and a day after), done_count (int64, ended after so long by `BY_WORK`: done, or visited
    and nothing found), other_end_count (int64, ended otherwise, an unknown outcome among them), open_count (int64,
    still open at `as_of` at that age; censored). Requests without a usable closing time are left out; those that left
    the population count as ended otherwise. Order: service_type, hours.
    Empty case: no rows, all columns.
    """
    is_open, is_closed = expressions.is_open(as_of), expressions.is_closed(as_of)
    is_done = and_(is_closed, ~expressions.has_left(as_of), func.coalesce(_r.outcome, "unknown").in_(BY_WORK))
    ends = case((is_closed, _r.closed_at), else_=as_of)
    hours = _middle(func.greatest(24.0 * expressions.elapsed_days(_r.created_at, ends), 0.0)).label("hours")
    statement = (
        select(
            _r.service_type,
            hours,
            expressions.counted(is_done).label("done_count"),
            expressions.counted(and_(is_closed, ~is_done)).label("other_end_count"),
            expressions.counted(is_open).label("open_count"),
        )
        .where(*filters.ever_clauses(as_of), *within(_r.created_at, filters.period), or_(is_open, is_closed))
        .group_by(_r.service_type, hours)
        .order_by(bytes_order(_r.service_type), hours)
    )
    return fetch(connection, statement)


@example(of_filters)
def time_to_close(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """How long requests created in the period take, per service type, never pooled: until any end, and until work done.

    Columns: service_type (text); median_days, p90_days (float64, elapsed days from creation until any end, by
    Kaplan-Meier; it belongs beside compliance, which counts the same ends); work_median_days, work_p90_days (float64,
    until the work was done or a visit found nothing, other ends competing, by Aalen-Johansen). Exact to the second
    under three days. NaN where the curve does not reach it: "more than longest_days", or, where work_share_most
    (float64, the share done so far and of those still open) is less than it asks for, "fewer than half".
    longest_days (float64, the longest time seen), request_count, done_count, other_end_count, open_count (int64),
    other_end_share (float64, other_end_count / request_count). Order: service_type. Empty case: no rows, all columns.
    """
    found = durations(connection, filters, as_of=as_of)
    counts = ["done_count", "other_end_count", "open_count"]
    frame = found.groupby("service_type", sort=False)[counts].sum().reset_index()
    figures = [_quantiles(part) for _, part in found.groupby("service_type", sort=False)]
    names = ["median_days", "p90_days", "work_median_days", "work_p90_days", "work_share_most", "longest_days"]
    for place, name in enumerate(names):
        frame.insert(1 + place, name, pd.Series([row[place] for row in figures], dtype="float64"))
    frame.insert(1 + len(names), "request_count", frame[counts].sum(axis=1).astype("int64"))
    return frame.assign(other_end_share=divided(frame["other_end_count"], frame["request_count"]))


def _quantiles(part: pd.DataFrame) -> tuple[float, ...]:
    hours, done, others, still_open = (
        part[name].to_numpy() for name in ("hours", "done_count", "other_end_count", "open_count")
    )
    any_end = kaplan_meier(hours, done + others, still_open)
    work = cumulative_incidence(hours, done, others, still_open)
    most = 1 - work.survival[-1] + any_end.survival[-1]
    days = (_days(curve, share) for curve in (any_end, work) for share in (0.5, 0.9))
    return (*days, float(most), any_end.longest / 24)


@example(given(of_filters, service_type=a_type, amount=3, unit="calendar_days", calendar=always))
def what_if_goal(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    service_type: str,
    amount: float,
    unit: str,
    calendar: Calendar,
    today: tuple[float, str] | None = None,
) -> pd.DataFrame:
    """What compliance would have been by month with another goal for one type; at most the last 400 days before
    `as_of`.

    `today`: amount and unit of the goal in force, on the same `calendar`. It is put on the same requests as the goal
    tried, so that the two differ by the goal alone; without it the due dates stand as they are stored.

    Columns: month (datetime64, first day), due_count, met_count, missed_count (int64), compliance (float64),
    today_due_count, today_met_count (int64) and today_compliance (float64) under the goal in force. Requests count
    in the month of their due date, tried and today's alike; a request ended without a usable closing time in
    neither. Also is_complete (bool): false for months that the 400 days, the first request of all, the length of
    the goal tried or the usual one of that in force, or `as_of` cut short. Order: month. Raises ValueError for an
    amount that is not positive or an unknown unit.
    """
    check_goal(amount, unit)
    since = as_of - timedelta(days=TRIED_DAYS)
    made = _made(connection, filters, as_of, service_type, since)
    tried = due_at_many(made["created_at"].to_numpy(), amount, unit, calendar)
    if today is not None:
        made = made.assign(due_at=due_at_many(made["created_at"].to_numpy(), *today, calendar))
        made["due_by_day"] = made["created_by_day"]
    standing = _by_month(_judged(made, made["due_at"].to_numpy(), made["due_by_day"], as_of))
    frame = _by_month(_judged(made, tried, made["created_by_day"], as_of)).join(
        standing.add_prefix("today_"), how="outer"
    )
    counts = ["due_count", "met_count", "today_due_count", "today_met_count"]
    frame = frame.fillna(0).astype(dict.fromkeys(counts, "int64")).sort_index().rename_axis("month").reset_index()
    frame.insert(3, "missed_count", frame["due_count"] - frame["met_count"])
    frame.insert(4, "compliance", divided(frame["met_count"], frame["due_count"]))
    frame["today_compliance"] = divided(frame["today_met_count"], frame["today_due_count"])
    # The usual length of the goal in force: a single due date of the city may be a typing error.
    usual = (made["due_at"] - made["created_at"]).dropna()
    longest = max((tried - made["created_at"]).max(), usual.median() if len(usual) else pd.Timedelta(0))
    first = connection.scalar(expressions.first_created_at()) or since
    begins = pd.Timestamp(max(since, first)) + (longest if len(made) else pd.Timedelta(0))
    ends = frame["month"] + pd.offsets.MonthBegin(1)
    frame["is_complete"] = (frame["month"] >= begins) & (ends <= as_of)
    return frame


@example(given(of_filters, service_type=a_type, goal=(3.0, "calendar_days"), calendar=always))
def city_dates(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    service_type: str,
    goal: tuple[float, str],
    calendar: Calendar,
) -> tuple[int, int]:
    """Requests of a type of the last 400 days with a due date of the city's own, and those of them that the goal
    (amount and unit) on this calendar would give another: more than a minute off, or another day where only that is
    known.
    """
    made = _made(connection, filters, as_of, service_type, as_of - timedelta(days=TRIED_DAYS))
    made = made[made["is_by_city"] & made["due_at"].notna()]
    reckoned = due_at_many(made["created_at"].to_numpy(), *goal, calendar)
    stored = made["due_at"].to_numpy("datetime64[us]")
    is_off = np.abs(stored - reckoned) > np.timedelta64(1, "m")
    is_another_day = stored.astype("datetime64[D]") != reckoned.astype("datetime64[D]")
    return len(made), int(np.where(made["due_by_day"], is_another_day, is_off).sum())


@example(given(of_filters, service_type=a_type, share=0.8, unit="hours", calendar=always))
def quantile_goal(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    service_type: str,
    share: float,
    unit: str,
    calendar: Calendar,
) -> pd.DataFrame:
    """The smallest whole goal that at least `share` (0 to 1) of a type's requests of the last 364 days would
    have met.

    Columns, one row: service_type, unit (text), share, amount (float64, whole units; NaN where even 365 would
    not do or nothing was due yet), due_count (int64, due under that goal by `as_of`), met_count (int64). Raises
    ValueError for a share outside 0 to 1 or an unknown unit.
    """
    check_goal(1, unit)
    if not 0 < share < 1:
        raise ValueError(f"share {share} must be between 0 and 1")
    made = _made(connection, filters, as_of, service_type, as_of - timedelta(days=YEAR_DAYS))
    low, high = 1, LONGEST_AMOUNT + 1
    while low < high:
        amount = (low + high) // 2
        due_count, met_count = _met_under(made, amount, unit, calendar, as_of)
        low, high = (low, amount) if met_count >= share * due_count else (amount + 1, high)
    due_count, met_count = _met_under(made, min(low, LONGEST_AMOUNT), unit, calendar, as_of)
    amount_found = float(low) if low <= LONGEST_AMOUNT and due_count else float("nan")
    values = [service_type, unit, share, amount_found, due_count, met_count]
    return pd.DataFrame([values], columns=["service_type", "unit", "share", "amount", "due_count", "met_count"])


def _middle(hours: ColumnElement[Any]) -> ColumnElement[Any]:
    """So many hours to the second, from three days on the middle of the bin that holds them."""

    def of_bin(width: float) -> ColumnElement[Any]:
        return (func.floor(hours / width) + 0.5) * width

    exact = func.round(hours * 3600) / 3600.0
    return case((hours < EXACT_HOURS, exact), (hours < LONG_HOURS, of_bin(1.0)), else_=of_bin(24.0))


def _days(curve: Curve, share: float) -> float:
    hours = quantile(curve, share)
    return hours / 24 if hours is not None else float("nan")


def _made(
    connection: Connection, filters: RequestFilter, as_of: datetime, service_type: str, since: datetime
) -> pd.DataFrame:
    """Requests of a type made since then: created_at, closed_at (empty while open at `as_of`), due_at, and of each
    whether only its day is known (created_by_day, closed_by_day, due_by_day: bool), and whether the city set its due
    date (is_by_city); without unknowns.
    """
    moments = ("created", "closed", "due")
    statement = (
        select(
            _r.created_at,
            case((expressions.is_closed(as_of), _r.closed_at), else_=None).label("closed_at"),
            expressions.due_at(filters.goals).label("due_at"),
            *(_r[f"{name}_by_day"] for name in moments),
            (func.coalesce(_r.due_source, "") == "city").label("is_by_city"),
        )
        .where(
            *filters.clauses(as_of),
            _r.service_type == service_type,
            _r.created_at >= since,
            ~expressions.is_unknown_closing(),
        )
        .order_by(_r.created_at)
    )
    return fetch(connection, statement, {"closed_at": "moment", "due_at": "moment"})


def _judged(made: pd.DataFrame, due: NDArray[np.datetime64], due_by_day: pd.Series, as_of: datetime) -> pd.DataFrame:
    """Those due by `as_of`: month (datetime64, first day) of the due date and is_met (bool).

    `due_by_day`: whether only the day of the due date is known; it is then due when the day is over.
    """
    is_due = on_time.is_past(due, np.datetime64(as_of, "us"), due_by_day=due_by_day)
    closed = made["closed_at"].to_numpy()
    is_met = on_time.is_met(closed, due, closed_by_day=made["closed_by_day"], due_by_day=due_by_day)
    month = due.astype("datetime64[M]").astype("datetime64[us]")
    return pd.DataFrame({"month": month, "is_met": is_met})[is_due]


def _by_month(judged: pd.DataFrame) -> pd.DataFrame:
    grouped = judged.groupby("month")["is_met"]
    return pd.DataFrame({"due_count": grouped.size(), "met_count": grouped.sum()}).astype("int64")


def _met_under(made: pd.DataFrame, amount: float, unit: str, calendar: Calendar, as_of: datetime) -> tuple[int, int]:
    due = due_at_many(made["created_at"].to_numpy(), amount, unit, calendar)
    judged = _judged(made, due, made["created_by_day"], as_of)
    return len(judged), int(judged["is_met"].sum())
