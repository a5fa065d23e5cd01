"""Chronic places: where people chase and ask again and again, and the whole story of one place.

Definitions: "asked again" in docs/glossary.md.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import CTE, ColumnElement, Connection, FromClause, Select, and_, case, func, select

from db.model import expressions
from db.model.filters import RequestFilter
from db.model.schema import requests
from db.queries.examples import a_moment, a_place, example, given, of_filters
from db.rules.vocabulary import REPEATS
from db.storage.frames import bytes_order, fetch

CHRONIC_WINDOW = timedelta(days=180)
CHRONIC_COUNT = 4

_r = requests.c


@example(of_filters)
def chronic(connection: Connection, filters: RequestFilter, *, as_of: datetime, limit: int = 200) -> pd.DataFrame:
    """Places with four or more chasers or asked-agains in the 180 days before `as_of`, worst first.

    The filter's choices apply to these repeats; its period does not. Columns: place_id (text), repeat_count,
    chaser_count, asked_again_count (int64), open_count (int64, open requests at the place, whatever was
    chosen), last_created_at (datetime64), last_service_type, last_department (text), latitude, longitude
    (float64, of the newest located repeat there). Order: repeat_count, then newest, then place_id.
    """
    recent = _repeats(filters, as_of).cte("recent")
    worst = _counted(recent.c, recent).cte("worst")
    lines = _lines(recent, worst).cte("lines")
    newest, located = lines.alias("newest"), lines.alias("located")
    still_open = (
        select(_r.place_id, func.count().label("open_count"))
        .where(_r.place_id.in_(select(worst.c.place_id)), expressions.is_open(as_of), ~expressions.is_excluded_always())
        .group_by(_r.place_id)
        .subquery()
    )
    is_point = and_(located.c.place_id == worst.c.place_id, located.c.located_line == 1, located.c.is_located)
    statement = (
        select(
            *(worst.c.place_id, worst.c.repeat_count, worst.c.chaser_count, worst.c.asked_again_count),
            func.coalesce(still_open.c.open_count, 0).label("open_count"),
            newest.c.created_at.label("last_created_at"),
            newest.c.service_type.label("last_service_type"),
            newest.c.department.label("last_department"),
            located.c.latitude,
            located.c.longitude,
        )
        .select_from(
            worst.join(newest, and_(newest.c.place_id == worst.c.place_id, newest.c.line == 1))
            .outerjoin(located, is_point)
            .outerjoin(still_open, still_open.c.place_id == worst.c.place_id)
        )
        .order_by(worst.c.repeat_count.desc(), newest.c.created_at.desc(), bytes_order(worst.c.place_id))
        .limit(limit)
    )
    return fetch(connection, statement)


@example(given(a_moment, place_id=a_place))
def story(connection: Connection, place_id: str, *, as_of: datetime, limit: int = 500) -> pd.DataFrame:
    """Everything asked for at one place up to `as_of`, oldest first; of more than `limit`, the newest.

    Columns: sr_number, source_system, service_type, department, channel (text), created_at, closed_at
    (datetime64, empty while open at `as_of`), status, outcome (text, as they stood), repeat_kind,
    repeat_of_system, repeat_of (text), is_proactive (boolean). Unknown place: no rows, all columns.
    """
    closed_at = case((_r.closed_at > as_of, None), else_=_r.closed_at)
    columns = (_r.sr_number, _r.source_system, _r.service_type, _r.department, _r.channel, _r.created_at)
    statement = (
        select(
            *columns,
            closed_at.label("closed_at"),
            expressions.status_at(as_of).label("status"),
            expressions.outcome_at(as_of).label("outcome"),
            _r.repeat_kind,
            _r.repeat_of_system,
            _r.repeat_of,
            _r.is_proactive,
        )
        .where(expressions.exists(as_of), _r.place_id == place_id)
        .order_by(_r.created_at.desc(), bytes_order(_r.sr_number, descending=True), bytes_order(_r.source_system))
        .limit(limit)
    )
    return fetch(connection, statement, {"closed_at": "moment"}).iloc[::-1].reset_index(drop=True)


def chronic_places(filters: RequestFilter, as_of: datetime) -> Select[Any]:
    """The places of `chronic` as a statement: place_id, repeat_count, chaser_count, asked_again_count."""
    return _counted(_r, requests).where(*recent_repeats(filters, as_of))


def recent_repeats(filters: RequestFilter, as_of: datetime) -> list[ColumnElement[bool]]:
    """Chasers and asked-agains of the last 180 days; a chaser counts also when it was merged later."""
    return [
        expressions.exists(as_of),
        ~expressions.is_excluded_always(),
        *filters.choices(),
        _r.place_id.is_not(None),
        _r.repeat_kind.in_(REPEATS),
        _r.created_at > as_of - CHRONIC_WINDOW,
    ]


def _repeats(filters: RequestFilter, as_of: datetime) -> Select[Any]:
    """The repeats of the last 180 days with what is told of a place, so that the table is read once for all of it."""
    columns = (_r.place_id, _r.repeat_kind, _r.created_at, _r.sr_number, _r.source_system, _r.service_type)
    is_located = (_r.location_quality == "point").label("is_located")
    return select(*columns, _r.department, _r.latitude, _r.longitude, is_located).where(*recent_repeats(filters, as_of))


def _counted(row: Any, source: FromClause) -> Select[Any]:
    return (
        select(
            row.place_id,
            func.count().label("repeat_count"),
            expressions.counted(row.repeat_kind == "chaser").label("chaser_count"),
            expressions.counted(row.repeat_kind == "asked_again").label("asked_again_count"),
        )
        .select_from(source)
        .group_by(row.place_id)
        .having(func.count() >= CHRONIC_COUNT)
    )


def _lines(recent: CTE, worst: CTE) -> Select[Any]:
    """The repeats of the places of `worst`, each with its place in line: newest first, and by point first."""
    newest_first = (recent.c.created_at.desc(), bytes_order(recent.c.sr_number), bytes_order(recent.c.source_system))
    located_first = (recent.c.is_located.desc(), *newest_first)
    at_place = recent.c.place_id
    return select(
        *recent.c,
        func.row_number().over(partition_by=at_place, order_by=newest_first).label("line"),
        func.row_number().over(partition_by=at_place, order_by=located_first).label("located_line"),
    ).where(at_place.in_(select(worst.c.place_id)))
