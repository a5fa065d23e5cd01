"""The counts that compliance is made of: each request counted by the moment it was due, closed, created and left.

A *stream* is a SELECT that counts requests by one of these moments and gives every column of `COUNTS`, zero for the
others; streams are added up by `totals`. So each figure of a week counts in the week of its own moment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, cast, false, func, literal, select, true, union_all

from db.model import expressions
from db.model.filters import Period, RequestFilter
from db.model.schema import requests
from db.queries.periods import required, within

COUNTS = (
    "due_count",
    "met_count",
    "work_done_on_time_count",
    "unknown_count",
    "left_after_due_count",
    "closed_count",
    "closed_on_time_count",
    "eligible_count",
    "with_goal_count",
    "overdue_count",
)
Keys = Mapping[str, ColumnElement[Any]]  # the columns to group by, by name
KeysOf = Callable[[ColumnElement[Any]], Keys]  # gives the keys for the moment that a stream counts by

_r = requests.c


def totals(parts: Sequence[Select[Any]]) -> Select[Any]:
    """The sums of all streams: one row for each combination of their keys, one in all where they have none."""
    events = union_all(*parts).subquery()
    sums: list[ColumnElement[Any]] = [
        cast(func.coalesce(func.sum(events.c[name]), 0), BigInteger).label(name) for name in COUNTS
    ]
    keys = [column for column in events.c if column.name not in COUNTS]
    return select(*keys, *sums).group_by(*keys)


def streams(
    filters: RequestFilter, as_of: datetime, keys_of: KeysOf, *, overdue_of_period: bool = False
) -> list[Select[Any]]:
    """What is counted by the moment it was due, closed, created and left, and what is overdue at `as_of`.

    `overdue_of_period`: only the overdue requests that were due in the period; else all of them.
    """
    period = required(filters.period)
    clauses = filters.clauses(as_of)
    has_goal = expressions.has_due(filters.goals)
    on_time = _r.closed_on_time == true()
    return [
        due_stream(filters, as_of, keys_of),
        _stream(
            {"closed_count": func.count(), "closed_on_time_count": expressions.counted(on_time)},
            [*within(_r.closed_at, period), expressions.is_closed(as_of), has_goal, *clauses],
            keys_of(_r.closed_at),
        ),
        _stream(
            {"eligible_count": func.count(), "with_goal_count": expressions.counted(has_goal)},
            [*within(_r.created_at, period), *clauses],
            keys_of(_r.created_at),
        ),
        _stream({"left_after_due_count": func.count()}, _left_late(filters, as_of), keys_of(_r.due_at)),
        _stream(
            {"overdue_count": func.count()},
            [
                expressions.is_overdue(as_of, filters.goals),
                *within(_r.due_at, period if overdue_of_period else None),
                *clauses,
            ],
            keys_of(_r.due_at),
        ),
    ]


def due_stream(filters: RequestFilter, as_of: datetime, keys_of: KeysOf) -> Select[Any]:
    """Only the counts of what was due in the period and by `as_of`."""
    # What is past its due date is met, missed or unknown; only the unknown are not judged (see `is_judged`).
    unknown, met = expressions.is_unknown_closing(), expressions.is_met(as_of)
    counts = {
        "due_count": expressions.counted(~unknown),
        "met_count": expressions.counted(met),
        "work_done_on_time_count": expressions.counted(met & (_r.outcome == "work_done")),
        "unknown_count": expressions.counted(unknown),
    }
    clauses = [*is_due(filters), expressions.is_past(as_of), *filters.clauses(as_of)]
    return _stream(counts, clauses, keys_of(_r.due_at))


def due_in(filters: RequestFilter, as_of: datetime, keys: Keys, periods: Mapping[str, Period]) -> Select[Any]:
    """What was due in each of several periods, in one query: the keys, and for each period X due_X and met_X."""
    counts = []
    for name, period in periods.items():
        inside = and_(*within(_r.due_at, period))
        counts.append(expressions.counted(and_(inside, ~expressions.is_unknown_closing())).label(f"due_{name}"))
        counts.append(expressions.counted(and_(inside, expressions.is_met(as_of))).label(f"met_{name}"))
    start, end = min(period.start for period in periods.values()), max(period.end for period in periods.values())
    in_any_period = is_due(replace(filters, period=Period("around", start, end)))
    return _grouped(keys, counts).where(*in_any_period, expressions.is_past(as_of), *filters.clauses(as_of))


def is_due(filters: RequestFilter) -> list[ColumnElement[bool]]:
    """Due in the filter's period under its goals, at any `as_of`."""
    return [expressions.has_due(filters.goals), *within(_r.due_at, filters.period)]


def is_judged(filters: RequestFilter, as_of: datetime) -> list[ColumnElement[bool]]:
    """Due in the filter's period and by `as_of`, and met or missed: what compliance is a share of.

    Raises DeskError for a filter without period.
    """
    required(filters.period)
    return [*is_due(filters), expressions.is_past(as_of), ~expressions.is_unknown_closing()]


def _left_late(filters: RequestFilter, as_of: datetime) -> list[ColumnElement[bool]]:
    """Due in the filter's period, and left the population after the due date."""
    if filters.population == "raw":  # nothing leaves the raw count
        return [false()]
    late = _r.closed_on_time == false()
    return [*is_due(filters), expressions.has_left(as_of), late, *filters.ever_clauses(as_of)]


def _stream(
    counts: Mapping[str, ColumnElement[Any]], clauses: Sequence[ColumnElement[bool]], keys: Keys
) -> Select[Any]:
    columns: list[ColumnElement[Any]] = [counts.get(name, literal(0)).label(name) for name in COUNTS]
    return _grouped(keys, columns).where(*clauses)


def _grouped(keys: Keys, counts: Sequence[ColumnElement[Any]]) -> Select[Any]:
    key_columns = [column.label(name) for name, column in keys.items()]
    return select(*key_columns, *counts).group_by(*key_columns)
