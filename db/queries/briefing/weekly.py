"""Everything that findings are made of, counted by whole weeks from Monday: by department and type, and by district.

A request counts as due in the week of its due date, as inflow in that of its creation, as throughput in that of its
closing, as asked again in the week in which its call was closed. As it stands at `as_of`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import BigInteger, ColumnElement, Connection, Date, Select, cast, func, literal, select, union_all

from db.model import expressions
from db.model.filters import RequestFilter
from db.model.schema import requests
from db.queries.examples import between_mondays, example
from db.storage.frames import bytes_order, fetch

COUNTS = ("due", "met", "inflow", "throughput", "became_overdue", "overdue_ended")

_r = requests.c


@example(between_mondays)
def by_type(
    connection: Connection, filters: RequestFilter, *, as_of: datetime, first: date, last: date
) -> pd.DataFrame:
    """Counts of each department, type and week, of the weeks from Monday `first` to before Monday `last`.

    Columns: department, service_type (text), week_start (datetime64, a Monday); due, met (of what was due that week and
    by `as_of`), inflow (created), throughput (closed), became_overdue (became overdue while open), overdue_ended
    (overdue ones that were closed or left): int64. The filter's period is not used. Order: department, type, week;
    weeks without any are absent. Empty case: no rows, all columns.
    """
    return _counted(connection, filters, as_of, (first, last), [_r.department, _r.service_type])


@example(between_mondays)
def by_district(
    connection: Connection, filters: RequestFilter, *, as_of: datetime, first: date, last: date
) -> pd.DataFrame:
    """As `by_type`, of each department, type, council district (text, empty where none is known) and week."""
    return _counted(connection, filters, as_of, (first, last), [_r.department, _r.service_type, _r.council_district])


def _counted(
    connection: Connection,
    filters: RequestFilter,
    as_of: datetime,
    days: tuple[date, date],
    keys: Sequence[ColumnElement[Any]],
) -> pd.DataFrame:
    events = union_all(*_streams(filters, as_of, days, keys)).subquery()
    names = [*(key.name for key in keys), "week_start"]
    sums = [cast(func.sum(events.c[name]), BigInteger).label(name) for name in COUNTS]
    groups = [events.c[name] for name in names]
    order = [*(bytes_order(events.c[key.name]) for key in keys), events.c.week_start]
    statement = select(*groups, *sums).group_by(*groups).order_by(*order)
    return fetch(connection, statement, {"week_start": "day"})


def _streams(
    filters: RequestFilter, as_of: datetime, days: tuple[date, date], keys: Sequence[ColumnElement[Any]]
) -> list[Select[Any]]:
    start, end = (datetime.combine(day, time.min) for day in days)
    now, ever = filters.clauses(as_of), [*filters.ever_clauses(as_of), expressions.was_ever_open()]
    has_due, is_late = expressions.has_due(filters.goals), _r.open_until > _r.overdue_from

    def within(moment: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        return [moment >= start, moment < end]

    def stream(moment: ColumnElement[Any], counts: dict[str, Any], clauses: list[ColumnElement[bool]]) -> Select[Any]:
        week = cast(func.date_trunc("week", moment), Date).label("week_start")
        columns = [cast(counts.get(name, literal(0)), BigInteger).label(name) for name in COUNTS]
        return select(*keys, week, *columns).where(*within(moment), *clauses).group_by(*keys, week)

    judged = {
        "due": expressions.counted(~expressions.is_unknown_closing()),
        "met": expressions.counted(expressions.is_met(as_of)),
    }
    return [
        stream(_r.due_at, judged, [*now, has_due, expressions.is_past(as_of)]),
        stream(_r.created_at, {"inflow": func.count()}, now),
        stream(_r.closed_at, {"throughput": func.count()}, [*now, expressions.is_closed(as_of)]),
        stream(
            _r.overdue_from, {"became_overdue": func.count()}, [*ever, has_due, is_late, expressions.is_past(as_of)]
        ),
        stream(_r.open_until, {"overdue_ended": func.count()}, [*ever, has_due, is_late, _r.open_until <= as_of]),
    ]


@example(between_mondays)
def by_day(connection: Connection, filters: RequestFilter, *, as_of: datetime, first: date, last: date) -> pd.DataFrame:
    """How many requests were made on each day from `first` to before `last`: whether a week was loaded whole.

    Columns: day (datetime64, midnight), made_count (int64), every day in it. The filter's period is not used.
    """
    start, end = (datetime.combine(day, time.min) for day in (first, last))
    day = cast(_r.created_at, Date).label("day")
    statement = (
        select(day, func.count().label("made_count"))
        .where(*filters.clauses(as_of), _r.created_at >= start, _r.created_at < end)
        .group_by(day)
        .order_by(day)
    )
    found = fetch(connection, statement, {"day": "day"}).set_index("day")["made_count"]
    days = pd.date_range(first, last - timedelta(days=1), freq="D").astype("datetime64[us]")
    return found.reindex(days, fill_value=0).astype("int64").rename_axis("day").reset_index()


@example(between_mondays)
def closed_count(connection: Connection, filters: RequestFilter, *, as_of: datetime, first: date, last: date) -> int:
    """How many requests were closed from `first` to before `last`. The filter's period is not used."""
    start, end = (datetime.combine(day, time.min) for day in (first, last))
    closed = [expressions.is_closed(as_of), _r.closed_at >= start, _r.closed_at < end]
    return int(connection.scalar(select(func.count()).where(*filters.clauses(as_of), *closed)) or 0)
