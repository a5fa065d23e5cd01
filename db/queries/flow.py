"""What came in, what went out, and what was left, day by day and week by week.

Inflow = created, throughput = closed with a usable closing time, both of the filter's population as it
stands at `as_of`. The backlog at the end of a day is the one `backlog.totals` gives for that moment: it
holds requests that were cancelled only later, so it can differ a little from the running net change.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Date, Select, cast, func, literal, select, union_all

from db.model import expressions
from db.model.filters import RequestFilter
from db.model.schema import requests
from db.queries.data.freshness import default_as_of
from db.queries.examples import example, of_filters
from db.rules.stretches import monday
from db.storage.frames import fetch

Step = Literal["day", "week"]
Stream = tuple[str, ColumnElement[Any], list[ColumnElement[bool]]]
EVENTS = ("opened", "closed", "entered", "left", "fell_due", "was_late")

_r = requests.c


@example(of_filters)
def by_day(connection: Connection, filters: RequestFilter, *, as_of: datetime, days: int = 28) -> pd.DataFrame:
    """The last `days` days up to that of `as_of`, one row a day, oldest first; for sparklines.

    Columns: day (datetime64, midnight), opened, closed (int64, on that day), open_count, overdue_count (int64, at the
    end of the day; for the last day at `as_of`). The filter's period is not used. Empty case: zeros on every day.
    Raises ValueError for days under 1.
    """
    if days < 1:
        raise ValueError(f"days {days} is under 1")
    last = as_of.date()
    steps = pd.date_range(last - timedelta(days=days - 1), last, freq="D")
    frame = _series(connection, filters, as_of, "day", steps)
    return frame.rename(columns={"step": "day"})


@example(of_filters)
def by_week(connection: Connection, filters: RequestFilter, *, as_of: datetime, weeks: int = 26) -> pd.DataFrame:
    """Inflow against throughput by week, oldest first; weeks start on Monday.

    The weeks that touch the filter's period, else the last `weeks` up to that of `as_of`, and none before the
    first request or after the data's last day. Columns: week_start (datetime64, a Monday), inflow, throughput,
    net_change (int64, requests created, closed, and the difference), open_at_end, overdue_at_end (int64, at the end
    of Sunday or at `as_of`), is_complete (bool, false for the week of `as_of` and for those in which the data begin
    and end). Empty case: no rows, all columns.
    """
    first = connection.scalar(expressions.first_created_at())
    last = _last_day(connection, as_of)
    steps = _weeks(filters, last, weeks, first)
    frame = _series(connection, filters, as_of, "week", steps).rename(
        columns={
            "step": "week_start",
            "opened": "inflow",
            "closed": "throughput",
            "open_count": "open_at_end",
            "overdue_count": "overdue_at_end",
        }
    )
    return _weekly(frame, as_of, last, first)


@example(of_filters)
def in_and_out(connection: Connection, filters: RequestFilter, *, as_of: datetime, weeks: int = 26) -> pd.DataFrame:
    """The columns week_start, inflow, throughput, net_change and is_complete of `by_week`, the same rows, in a
    quarter of its time: what was left at the end of each week is not counted.
    """
    first = connection.scalar(expressions.first_created_at())
    last = _last_day(connection, as_of)
    steps = _weeks(filters, last, weeks, first)
    table = _happened(connection, _moves(filters, as_of, _start(steps, as_of)), "week", ("opened", "closed"))
    frame = table.reindex(steps, fill_value=0).astype("int64").rename_axis("week_start").reset_index()
    frame = frame.rename(columns={"opened": "inflow", "closed": "throughput"}).astype({"week_start": "datetime64[us]"})
    return _weekly(frame, as_of, last, first)


def _weekly(frame: pd.DataFrame, as_of: datetime, last: date, first: datetime | None) -> pd.DataFrame:
    frame.insert(3, "net_change", frame["inflow"] - frame["throughput"])
    ended = min(as_of, datetime.combine(last + timedelta(days=1), time.min))
    began = pd.Timestamp(first.date()) if first is not None else pd.Timestamp.max
    frame["is_complete"] = (frame["week_start"] >= began) & (frame["week_start"] + pd.Timedelta(days=7) <= ended)
    return frame


def _last_day(connection: Connection, as_of: datetime) -> date:
    """The day of `as_of`, or the data's last one where that was before."""
    return min(as_of, default_as_of(connection, as_of)).date()


def _weeks(filters: RequestFilter, last: date, weeks: int, first: datetime | None) -> pd.DatetimeIndex:
    if first is None:
        return pd.DatetimeIndex([])
    start = monday(last) - timedelta(weeks=weeks - 1)
    if filters.period is not None:
        start = monday(filters.period.start)
        last = min(last, filters.period.end - timedelta(days=1))
    return pd.date_range(max(start, monday(first.date())), last, freq="7D")


def _series(
    connection: Connection, filters: RequestFilter, as_of: datetime, step: Step, steps: pd.DatetimeIndex
) -> pd.DataFrame:
    """One row a step: step, opened, closed, and open_count and overdue_count at its end; int64.

    The backlogs are counted at `as_of` and followed backwards, so that only what happened since the first step
    is read.
    """
    table = _happened(connection, _events(filters, as_of, _start(steps, as_of)), step, EVENTS)
    moved = pd.DataFrame(
        {"open_count": table["entered"] - table["left"], "overdue_count": table["fell_due"] - table["was_late"]}
    )
    moved = moved.reindex(moved.index.union(steps), fill_value=0)
    after = moved[::-1].cumsum()[::-1].shift(-1, fill_value=0).loc[steps]
    now = _backlog(connection, filters, as_of)
    happened = table[["opened", "closed"]].reindex(steps, fill_value=0)
    frame = happened.assign(open_count=now[0] - after["open_count"], overdue_count=now[1] - after["overdue_count"])
    return frame.astype("int64").rename_axis("step").reset_index().astype({"step": "datetime64[us]"})


def _backlog(connection: Connection, filters: RequestFilter, as_of: datetime) -> tuple[int, int]:
    overdue = expressions.counted(expressions.is_overdue(as_of, filters.goals))
    statement = select(func.count(), overdue).where(*filters.clauses(as_of), expressions.is_open(as_of))
    row = connection.execute(statement).one()
    return int(row[0]), int(row[1])


def _start(steps: pd.DatetimeIndex, as_of: datetime) -> datetime:
    return datetime.combine(steps[0].date(), time.min) if len(steps) else as_of


def _happened(connection: Connection, streams: Sequence[Stream], step: Step, names: Sequence[str]) -> pd.DataFrame:
    """How often each of `names` happened, by step; float64, zeros where one never did."""
    events = union_all(*(_stream(*stream, step) for stream in streams)).subquery()
    columns: list[ColumnElement[Any]] = [*events.c]
    counts = fetch(connection, select(*columns).order_by(events.c.event, events.c.step))
    table = counts.pivot_table(index="step", columns="event", values="happened", aggfunc="sum")
    return table.reindex(columns=list(names)).fillna(0)


def _moves(filters: RequestFilter, as_of: datetime, start: datetime) -> list[Stream]:
    """What came in and what was closed from `start` to `as_of`."""
    now = filters.clauses(as_of)
    return [
        ("opened", _r.created_at, [*now, _r.created_at >= start]),
        ("closed", _r.closed_at, [*now, expressions.is_closed(as_of), _r.closed_from >= start]),
    ]


def _events(filters: RequestFilter, as_of: datetime, start: datetime) -> list[Stream]:
    """What happened from `start` to `as_of`.

    `entered` and `left` move the backlog, `fell_due` and `was_late` the overdue part of it. Every condition is on
    bare columns, so that an engine can skip what lies before `start`.
    """
    ever = [*filters.ever_clauses(as_of), expressions.was_ever_open()]
    ended = [_r.open_until >= start, _r.open_until <= as_of]
    late = [*ever, expressions.has_due(filters.goals), _r.overdue_from <= as_of, _r.open_until > _r.overdue_from]
    return [
        *_moves(filters, as_of, start),
        ("entered", _r.created_at, [*ever, _r.created_at >= start]),
        ("left", _r.open_until, [*ever, *ended]),
        ("fell_due", _r.overdue_from, [*late, _r.overdue_from >= start]),
        ("was_late", _r.open_until, [*late, *ended]),
    ]


def _stream(event: str, moment: ColumnElement[Any], clauses: list[ColumnElement[bool]], step: Step) -> Select[Any]:
    column = cast(func.date_trunc(step, moment), Date).label("step")
    columns: list[ColumnElement[Any]] = [literal(event).label("event"), column, func.count().label("happened")]
    return select(*columns).where(*clauses).group_by(column)
