"""The map: requests by cell and by district, answering one of four questions.

The questions of `QUESTIONS`, with the requests each counts (`request_count`) and its `value`:
- `how_many`: created in the period; the count itself.
- `how_late`: due in the period and by `as_of`; the share missed, overdue or late.
- `how_long`: created in the period, of one service type; median days to close by Kaplan-Meier.
- `asked_again`: chasers and asked-agains of the last 180 days at chronic places; how many chronic places.
Definitions: "places" in docs/glossary.md. Every frame counts requests that have no place on the map too.
What a place's value is, and how it is held against the city's: `values`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    case,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.sql.elements import KeyedColumnElement

from db.model import expressions
from db.model.filters import RequestFilter
from db.model.schema import boundaries, requests
from db.queries.compliance.cohorts import is_judged
from db.queries.examples import each, example, of_one_type
from db.queries.map.values import AGAINST_CITY, answered
from db.queries.periods import within
from db.queries.repeats.chronic import chronic_places, recent_repeats
from db.queries.shares import divided
from db.rules.errors import DeskError
from db.rules.proportions import SMALL
from db.storage.frames import bytes_order, fetch

QUESTIONS = ("how_many", "how_late", "how_long", "asked_again")
LEVELS = ("council_district", "neighborhood_council")
MOST_CELLS = 2000  # a browser could draw 5,000; of more than this a picture of the whole city shows specks
COARSEST = 5
COARSEST_TOLD = 6  # no coarser for the sake of numbers: a cell of 36 km2 is still finer than a council district
TOLD_BY_MANY = ("how_late", "how_long")

_r = requests.c
Counts = tuple[ColumnElement[Any], ...]


@example(each(of_one_type, shows=QUESTIONS))
def cells(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    shows: str = "how_many",
    finest: int = expressions.H3_STORED_RESOLUTION,
) -> pd.DataFrame:
    """The map cells that answer the question `shows`, at the finest resolution, `finest` at most, of which no more
    than 2,000 are filled; for shares and medians coarser, so that a cell has 30 requests on average.

    Columns: cell (text, the H3 index in hexadecimal, as in the link), resolution, request_count (int64), value
    (float64, see above; NaN where it cannot be told), is_small (bool, under 30 requests; never for counts), city_value
    (float64) and is_same (bool), see `values`, council_district, neighborhood_council (text, what most of the cell's
    requests name; None where none does). Order: cell. Their request_count adds up to `located`'s point_count. Empty
    case: no rows, all columns.
    Raises DeskError for an unknown question.
    """
    rows = _rows(filters, as_of, shows)
    resolution = _resolution(connection, rows, shows, finest, _coarsest(filters))
    key = expressions.cell_at(resolution)
    drawn = [*rows, expressions.is_on_map()]
    frame = answered(connection, as_of, shows, drawn, key).sort_values("key")
    for level in LEVELS:
        frame[level] = frame["key"].map(_named_most(connection, drawn, key, _r[level])).astype(object)
        frame[level] = frame[level].where(frame[level].notna(), None)
    cell = frame["key"].map(lambda index: f"{int(index):x}").astype(object)
    return frame.drop(columns="key").assign(resolution=resolution).pipe(_with_first, "cell", cell)


@example(each(of_one_type, shows=QUESTIONS, level=LEVELS))
def districts(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    shows: str = "how_many",
    level: str = "council_district",
) -> pd.DataFrame:
    """As `cells`, by council district or neighborhood council; requests without one are the last row.

    Columns: key (text, None for those without), name (text), request_count (int64), value (float64), is_small
    (bool), city_value (float64), is_same (bool), see `values`, population (Int64, empty where unknown), per_1000
    (float64, requests per 1,000 residents). Order: key; numbers by size. Raises DeskError for an unknown question or
    level.
    """
    if level not in LEVELS:
        raise DeskError(f'level "{level}" is not one of {", ".join(LEVELS)}')
    column: KeyedColumnElement[Any] = _r[level]
    frame = answered(connection, as_of, shows, _rows(filters, as_of, shows), column)
    known = fetch(connection, _known(level))
    frame = frame.merge(known, how="left", on="key")
    frame["name"] = frame["name"].where(frame["name"].notna(), frame["key"])
    frame["population"] = frame["population"].astype("Int64")
    frame["per_1000"] = 1000 * divided(frame["request_count"], frame["population"].astype("float64"))
    order = frame["key"].map(_by_number, na_action="ignore")
    names = ["key", "name", "request_count", "value", "is_small", *AGAINST_CITY, "population", "per_1000"]
    return frame.assign(order=order).sort_values("order", na_position="last", ignore_index=True)[names]


@example(each(of_one_type, shows=QUESTIONS))
def located(
    connection: Connection, filters: RequestFilter, *, as_of: datetime, shows: str = "how_many"
) -> pd.DataFrame:
    """How many of the requests that answer the question `shows` can be drawn, always one row.

    Columns: request_count, point_count (on the map), without_count (no coordinates, or 0 and 0), outside_count
    (beyond the city's bounds), int64, the last three adding up to the first; west, south, east, north (float64,
    degrees: what holds all points; NaN without any).
    """
    longitude, latitude = (
        case((expressions.is_on_map(), column), else_=None) for column in (_r.longitude, _r.latitude)
    )
    statement = select(
        func.count().label("request_count"),
        expressions.counted(expressions.is_on_map()).label("point_count"),
        expressions.counted(_r.location_quality.in_(("none", "zero"))).label("without_count"),
        expressions.counted(_r.location_quality == "outside").label("outside_count"),
        func.min(longitude).label("west"),
        func.min(latitude).label("south"),
        func.max(longitude).label("east"),
        func.max(latitude).label("north"),
    ).where(*_rows(filters, as_of, shows))
    return fetch(connection, statement)


@example(each(of_one_type, shows=QUESTIONS))
def points(
    connection: Connection, filters: RequestFilter, *, as_of: datetime, shows: str = "how_many", limit: int = 2000
) -> pd.DataFrame:
    """The single requests that answer the question `shows` and can be drawn, newest first, at most `limit`.

    Columns: sr_number, source_system, service_type, department, address, status (text, as it stood), created_at,
    closed_at, due_at (datetime64), latitude, longitude (float64, degrees). Empty case: no rows, all columns.
    """
    columns = (_r.sr_number, _r.source_system, _r.service_type, _r.department, _r.address)
    closed_at = case((_r.closed_at > as_of, None), else_=_r.closed_at).label("closed_at")
    due = expressions.due_at(filters.goals).label("due_at")
    statement = (
        select(
            *columns,
            expressions.status_at(as_of).label("status"),
            _r.created_at,
            closed_at,
            due,
            _r.latitude,
            _r.longitude,
        )
        .where(*_rows(filters, as_of, shows), expressions.is_on_map())
        .order_by(_r.created_at.desc(), bytes_order(_r.sr_number), bytes_order(_r.source_system))
        .limit(limit)
    )
    return fetch(connection, statement, {"closed_at": "moment", "due_at": "moment"})


def _rows(filters: RequestFilter, as_of: datetime, shows: str) -> list[ColumnElement[bool]]:
    """Which requests a question counts."""
    created = within(_r.created_at, filters.period)
    rows: dict[str, Callable[[], list[ColumnElement[bool]]]] = {
        "how_many": lambda: [*created, *filters.clauses(as_of)],
        "how_late": lambda: [*filters.clauses(as_of), *is_judged(filters, as_of)],
        "how_long": lambda: [
            *filters.ever_clauses(as_of),
            *created,
            or_(expressions.is_open(as_of), expressions.is_closed(as_of)),
        ],
        "asked_again": lambda: [
            *recent_repeats(filters, as_of),
            _r.place_id.in_(select(chronic_places(filters, as_of).subquery().c.place_id)),
        ],
    }
    if shows not in rows:
        raise DeskError(f'shows "{shows}" is not one of {", ".join(QUESTIONS)}')
    return rows[shows]()


def _resolution(connection: Connection, rows: list[ColumnElement[bool]], shows: str, finest: int, coarsest: int) -> int:
    """The finest at which few enough cells are filled; where small numbers tell nothing, with enough in each."""
    enough = SMALL if shows in TOLD_BY_MANY else 1
    for resolution in range(finest, coarsest, -1):
        filled = func.count(expressions.cell_at(resolution).distinct())
        statement = select(filled, func.count()).where(*rows, expressions.is_on_map())
        cell_count, request_count = connection.execute(statement).one()
        is_well_filled = request_count >= enough * cell_count or resolution <= COARSEST_TOLD
        if cell_count <= MOST_CELLS and is_well_filled:
            return resolution
    return coarsest


def _coarsest(filters: RequestFilter) -> int:
    """No coarser than the cell that was chosen, which holds no more than itself; its index states its resolution."""
    return COARSEST if filters.cell is None else max(COARSEST, (filters.cell >> 52) & 0xF)


def _named_most(
    connection: Connection, rows: list[ColumnElement[bool]], key: ColumnElement[Any], column: KeyedColumnElement[Any]
) -> pd.Series:
    """What most requests of each `key` say in `column`, by key; ties go to the first by bytes."""
    statement = (
        select(key.label("key"), column.label("name"), func.count().label("request_count"))
        .where(*rows, column.is_not(None))
        .group_by(key, column)
    )
    frame = fetch(connection, statement).sort_values(["request_count", "name"], ascending=[False, True])
    return frame.drop_duplicates("key").set_index("key")["name"]


def _known(level: str) -> Select[Any]:
    columns = (boundaries.c.key, boundaries.c.name, cast(boundaries.c.population, BigInteger).label("population"))
    return select(*columns).where(boundaries.c.level == level)


def _by_number(key: str) -> tuple[int, int, str]:
    return (0, int(key), "") if key.isdecimal() else (1, 0, key)


def _with_first(frame: pd.DataFrame, name: str, values: pd.Series) -> pd.DataFrame:
    names = ["resolution", "request_count", "value", "is_small", *AGAINST_CITY, *LEVELS]
    return frame.assign(**{name: values})[[name, *names]].reset_index(drop=True)
