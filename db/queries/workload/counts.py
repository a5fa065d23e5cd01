"""Requests counted by department, type and day (or week, or lag): what the weekly flows are made of.

Frames with text as categories. Every function takes the conditions of the population.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Date, Integer, Select, and_, case, cast, func, literal, select

from db.model import expressions
from db.model.schema import requests
from db.queries.examples import QUARTER_DAYS, Given, each, example
from db.rules.vocabulary import GoalChoice, known
from db.storage.frames import bytes_order, fetch

HORIZON_WEEKS = 13
RECENT_WEEKS = 26

_r = requests.c


def _in_time(connection: Connection, as_of: datetime) -> list[Given]:
    """Of all requests of the last quarter."""
    start = as_of - timedelta(days=QUARTER_DAYS)
    return [{"conditions": [expressions.exists(as_of)], "start": start, "end": as_of}]


def _since_then(connection: Connection, as_of: datetime) -> list[Given]:
    return [{name: value for name, value in one.items() if name != "end"} for one in _in_time(connection, as_of)]


def _at_the_moment(connection: Connection, as_of: datetime) -> list[Given]:
    return [{"conditions": [expressions.exists(as_of)], "as_of": as_of}]


@example(_in_time, in_order=False)
def inflow(connection: Connection, conditions: list[Any], start: datetime, end: datetime) -> pd.DataFrame:
    keys = [_r.department, _r.service_type, cast(_r.created_at, Date).label("day")]
    inside = [_r.created_at >= start, _r.created_at < end]
    return _fetch(connection, select(*keys, func.count().label("count")).where(*conditions, *inside).group_by(*keys))


@example(each(_in_time, goals=known(GoalChoice)), in_order=False)
def fell_due(connection: Connection, conditions: list[Any], start: datetime, end: datetime, goals: str) -> pd.DataFrame:
    """Requests that were still open when they became overdue, by the day of that."""
    keys = [_r.department, _r.service_type, cast(_r.overdue_from, Date).label("day")]
    inside = [_r.overdue_from >= start, _r.overdue_from < end, _r.open_until > _r.overdue_from]
    statement = select(*keys, func.count().label("count")).where(*conditions, expressions.has_due(goals), *inside)
    return _fetch(connection, statement.group_by(*keys))


@example(each(_in_time, goals=known(GoalChoice)), in_order=False)
def closings(connection: Connection, conditions: list[Any], start: datetime, end: datetime, goals: str) -> pd.DataFrame:
    """Closings by day and code, and how many of them were overdue by then."""
    late = expressions.counted(and_(expressions.has_due(goals), _r.closed_from > _r.overdue_from)).label("late")
    code = func.coalesce(_r.resolution_code, "").label("resolution_code")
    keys = [_r.department, _r.service_type, code, cast(_r.closed_at, Date).label("day")]
    inside = [_r.closed_at >= start, _r.closed_at < end]
    counts = [func.count().label("count"), late]
    return _fetch(connection, select(*keys, *counts).where(*conditions, *inside).group_by(*keys))


@example(_since_then, in_order=False)
def lags(connection: Connection, conditions: list[Any], start: datetime) -> pd.DataFrame:
    waited = cast(func.floor(expressions.elapsed_days(_r.created_at, _r.closed_at) / 7), Integer)
    keys = [_r.department, _r.service_type, func.greatest(waited, 0, type_=Integer()).label("lag")]
    statement = select(*keys, func.count().label("count")).where(*conditions, _r.closed_at >= start).group_by(*keys)
    return _fetch(connection, statement)


@example(each(_at_the_moment, goals=known(GoalChoice)), in_order=False)
def waiting(connection: Connection, conditions: list[Any], as_of: datetime, goals: str) -> pd.DataFrame:
    """Open requests by the week they are due in: 0 overdue, 1 within seven days, ...; -1 without a goal or later."""
    ahead = cast(func.floor(expressions.elapsed_days(literal(as_of), expressions.overdue_from(goals)) / 7), Integer) + 1
    week = case(
        (expressions.is_overdue(as_of, goals), 0),
        (and_(ahead >= 1, ahead <= HORIZON_WEEKS), ahead),
        else_=-1,
    ).label("week")
    keys = [_r.department, _r.service_type, week]
    statement = (
        select(*keys, func.count().label("count")).where(*conditions, expressions.is_open(as_of)).group_by(*keys)
    )
    return _fetch(connection, statement)


@example(each(_at_the_moment, goals=known(GoalChoice)), in_order=False)
def goals(connection: Connection, conditions: list[Any], as_of: datetime, goals: str) -> pd.DataFrame:
    due = expressions.due_at(goals)
    keys = [_r.department, _r.service_type]
    recent = [_r.created_at >= as_of - timedelta(weeks=RECENT_WEEKS), due.is_not(None)]
    promised = func.avg(expressions.elapsed_days(_r.created_at, due) / 7).label("goal_weeks")
    statement = select(*keys, promised).where(*conditions, *recent).group_by(*keys)
    return _fetch(connection, statement.order_by(bytes_order(_r.department), bytes_order(_r.service_type)))


def _fetch(connection: Connection, statement: Select[Any]) -> pd.DataFrame:
    kinds = dict.fromkeys(("department", "service_type", "resolution_code"), "category")
    return fetch(connection, statement, kinds)
