"""Districts: whether service is equal, given a report; their outlines; and whether boundaries and files agree.

Definition: "places" in docs/glossary.md.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, and_, func, literal, select
from sqlalchemy.sql.elements import KeyedColumnElement

from db.model import expressions
from db.model.filters import RequestFilter
from db.model.schema import boundaries, requests
from db.queries.examples import each, example, nothing, of_filters
from db.queries.map.cells import LEVELS
from db.queries.periods import required, within
from db.queries.shares import divided
from db.rules.errors import DeskError
from db.rules.proportions import SMALL
from db.storage.frames import bytes_order, fetch

SPEED_DAYS = 7
SMALL_GROUP = 10  # a type with fewer requests in a district says nothing about its speed there

_r = requests.c


@example(each(of_filters, level=LEVELS))
def speed(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    level: str = "council_district",
    days: int = SPEED_DAYS,
) -> pd.DataFrame:
    """Is service equal, given a report? The share closed within `days`, standardised to the city's mix of types.

    Direct standardisation: each district's share per type, weighed with the type's part in the whole city, over
    the types with at least 10 requests there. Counts requests created in the period and at least `days` before
    `as_of`, so that each had its time. Columns: key (text), request_count, closed_within_count (int64),
    closed_within_share, standardised_share (float64), mix_covered_share (float64, the part of the city's mix
    that could be compared), city_share (float64, of the whole city), is_small (bool, under 30 requests). Order:
    standardised_share, slowest first, those with few last, then key. Raises DeskError for an unknown level.
    """
    return _standardised(speed_counts(connection, filters, as_of=as_of, level=level, days=days))


@example(each(of_filters, level=LEVELS), in_order=False)
def speed_counts(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    level: str = "council_district",
    days: int = SPEED_DAYS,
) -> pd.DataFrame:
    """What `speed` and `against_same_mix` are made of: key, service_type (text), request_count and
    closed_within_count (int64); requests of the period, created at least `days` before `as_of`. In no order.
    """
    if level not in LEVELS:
        raise DeskError(f'level "{level}" is not one of {", ".join(LEVELS)}')
    column: KeyedColumnElement[Any] = _r[level]
    in_time = and_(expressions.is_closed(as_of), _r.closed_at <= _r.created_at + literal(timedelta(days=days)))
    statement = (
        select(
            column.label("key"),
            _r.service_type,
            func.count().label("request_count"),
            expressions.counted(in_time).label("closed_within_count"),
        )
        .where(
            *filters.clauses(as_of),
            *within(_r.created_at, required(filters.period)),
            _r.created_at <= as_of - timedelta(days=days),
            ~expressions.is_unknown_closing(),
        )
        .group_by(column, _r.service_type)
    )
    return fetch(connection, statement)


def against_same_mix(counts: pd.DataFrame, shown: pd.Series) -> pd.DataFrame:
    """The share closed in time in each district, and what the same mix of types has in the whole city.

    `counts`: the answer of `speed_counts`. `shown`: bool, which of its rows count for their district; the city's
    rate of a type is over all rows. Columns: key (text), request_count, closed_within_count (int64),
    closed_within_share, same_mix_share (float64). Order: key. Requests without a district: no row.
    """
    sums = counts.groupby("service_type")[["request_count", "closed_within_count"]].sum()
    rate = counts["service_type"].map(divided(sums["closed_within_count"], sums["request_count"]))
    rows = counts.assign(expected=rate * counts["request_count"])[shown]
    frame = rows.groupby("key")[["request_count", "closed_within_count", "expected"]].sum().reset_index()
    frame["closed_within_share"] = divided(frame["closed_within_count"], frame["request_count"])
    frame["same_mix_share"] = divided(frame["expected"], frame["request_count"])
    return frame.drop(columns="expected")


@example(each(of_filters, level=LEVELS))
def district_agreement(
    connection: Connection, filters: RequestFilter, *, as_of: datetime, level: str = "council_district"
) -> pd.DataFrame:
    """Whether the boundaries say what the city's file says, always one row.

    Columns: compared (int64, located requests that both name a district of), agree_count (int64), agree_share
    (float64, NaN of nothing), by_boundary_only (int64, requests whose district only the boundaries know).
    Raises DeskError for an unknown level.
    """
    if level not in LEVELS:
        raise DeskError(f'level "{level}" is not one of {", ".join(LEVELS)}')
    by_file: KeyedColumnElement[Any] = _r[f"{level}_by_file"]
    by_boundary: KeyedColumnElement[Any] = _r[f"{level}_by_boundary"]
    both = and_(by_file.is_not(None), by_boundary.is_not(None))
    statement = select(
        expressions.counted(both).label("compared"),
        expressions.counted(and_(both, by_file == by_boundary)).label("agree_count"),
        expressions.counted(and_(by_file.is_(None), by_boundary.is_not(None))).label("by_boundary_only"),
    ).where(*filters.clauses(as_of))
    frame = fetch(connection, statement)
    frame.insert(2, "agree_share", divided(frame["agree_count"], frame["compared"]))
    return frame


@example(each(nothing, level=LEVELS))
def outlines(connection: Connection, *, level: str = "council_district") -> pd.DataFrame:
    """The boundaries of one level as they are drawn.

    Columns: key, name, geometry (text, GeoJSON in degrees, simplified). Order: key by bytes. None loaded: no rows.
    """
    statement = (
        select(boundaries.c.key, boundaries.c.name, boundaries.c.geometry_screen.label("geometry"))
        .where(boundaries.c.level == level)
        .order_by(bytes_order(boundaries.c.key))
    )
    return fetch(connection, statement)


@example(each(nothing, level=LEVELS))
def cell_districts(connection: Connection, *, level: str = "council_district", resolution: int = 8) -> pd.DataFrame:
    """The district that most requests of each map cell name: an approximate map where no boundaries are loaded.

    Columns: cell (text, H3 index in hexadecimal), key (text), request_count (int64, that name it). Ties go to the
    first key by bytes. Order: cell. Raises DeskError for an unknown level.
    """
    if level not in LEVELS:
        raise DeskError(f'level "{level}" is not one of {", ".join(LEVELS)}')
    column: KeyedColumnElement[Any] = _r[f"{level}_by_file"]
    cell = expressions.cell_at(resolution)
    named = (
        select(cell.label("cell"), column.label("key"), func.count().label("request_count"))
        .where(expressions.is_on_map(), column.is_not(None))
        .group_by(cell, column)
        .subquery()
    )
    line = (named.c.request_count.desc(), named.c.key.collate("C"))
    position = func.row_number().over(partition_by=named.c.cell, order_by=line).label("place_in_line")
    ranked = select(named, position).subquery()
    statement = (
        select(ranked.c.cell, ranked.c.key, ranked.c.request_count)
        .where(ranked.c.place_in_line == 1)
        .order_by(ranked.c.cell)
    )
    frame = fetch(connection, statement)
    return frame.assign(cell=frame["cell"].map(lambda index: f"{int(index):x}").astype(object))


def _standardised(counts: pd.DataFrame) -> pd.DataFrame:
    """`speed` from counts by key and service_type."""
    sums = ["request_count", "closed_within_count"]
    city = counts[sums].sum()
    of_type = counts.groupby("service_type")["request_count"].transform("sum")
    enough = counts["request_count"] >= SMALL_GROUP
    weight = (of_type / max(city["request_count"], 1)).where(enough, 0.0)
    part = divided(counts["closed_within_count"], counts["request_count"])
    parts = counts.assign(weight=weight, weighed=weight * part)
    frame = parts.groupby("key")[[*sums, "weight", "weighed"]].sum().reset_index()
    frame["closed_within_share"] = divided(frame["closed_within_count"], frame["request_count"])
    frame["standardised_share"] = divided(frame["weighed"], frame["weight"])
    frame["mix_covered_share"] = frame["weight"].astype("float64")
    frame["city_share"] = city["closed_within_count"] / city["request_count"] if city["request_count"] else np.nan
    frame["is_small"] = frame["request_count"] < SMALL
    shares = ["closed_within_share", "standardised_share", "mix_covered_share", "city_share", "is_small"]
    order = ["is_small", "standardised_share", "key"]
    return frame.sort_values(order, ignore_index=True)[["key", *sums, *shares]]
