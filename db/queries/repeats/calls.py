"""People who asked again: how often, of whom, and after which closures.

A call is the run of requests that `db/model/links.py` found to be one, whichever source systems hold them; it counts
once, by that of its requests in the population that was closed last, and is not closed while one of them is open.
Asked again = a later request of residents, within 14 days after the call was closed.
Definitions: "asked again" in docs/glossary.md.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import (
    Connection,
    Date,
    Select,
    Subquery,
    and_,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.sql.elements import KeyedColumnElement

from db.model import expressions
from db.model.filters import RequestFilter
from db.model.schema import departments, requests, service_types
from db.queries.compliance import rates
from db.queries.examples import each, example, of_filters
from db.queries.periods import required, within
from db.queries.shares import divided
from db.rules.proportions import SMALL, wilson
from db.storage.frames import bytes_order, fetch

SETTLED = timedelta(days=14)  # a closing can be judged once everybody had this long to ask again
GROUPS = ("department", "service_type")
WEAK_OUTCOMES = ("nothing_found", "administrative")
COUNTS = ("closed_count", "with_place_count", "asked_again_count", "chaser_count")

_r = requests.c
_OF_CALL = (
    *(_r.sr_number, _r.source_system, _r.service_type, _r.department, _r.address, _r.place_id),
    *(_r.closed_at, _r.outcome, _r.resolution_code, _r.asked_again_at),
    *(_r.asked_again_by_system, _r.asked_again_by),
)


@example(of_filters, in_order=False)
def counts(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """What `rate`, `by` and `fast_but_comes_back` are made of, so that a screen with all of them counts once.

    Columns: department, service_type (text), closed_count, with_place_count, asked_again_count, chaser_count (int64,
    as in `rate`), repeat_means (text, "problem" | "new_need"). In no order. Empty case: no rows, all columns.
    """
    frame = fetch(connection, _closed_calls(filters, as_of)).merge(
        fetch(connection, _chasers(filters, as_of)), how="outer", on=["department", "service_type"]
    )
    meanings = select(service_types.c.service_type, service_types.c.repeat_means)
    frame = frame.merge(fetch(connection, meanings), how="left", on="service_type")
    frame["repeat_means"] = frame["repeat_means"].fillna("problem")
    return frame.fillna(dict.fromkeys(COUNTS, 0)).astype(dict.fromkeys(COUNTS, "int64"))


@example(of_filters)
def rate(
    connection: Connection, filters: RequestFilter, *, as_of: datetime, using: pd.DataFrame | None = None
) -> pd.DataFrame:
    """How often people asked again of the calls closed in the period, always one row.

    Only types whose repeat means the problem is still there, and calls closed at least 14 days before
    `as_of`. Columns: closed_count, with_place_count (of these, at a usable place), asked_again_count (of
    these, followed by an asked-again), chaser_count (requests made in the period while an earlier one was
    open): int64; asked_again_share (of with_place_count), low, high (95% Wilson), without_place_share (of
    closed_count): float64, NaN of nothing; is_small (bool, under 30 with a place). `using`: the answer of `counts`,
    made here where left out.
    """
    found = counts(connection, filters, as_of=as_of) if using is None else using
    total = found[found["repeat_means"] == "problem"][list(COUNTS)].sum()
    return _with_shares(total.to_frame().T.astype("int64"))


@example(each(of_filters, by=GROUPS))
def by(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    by: str = "department",
    using: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The columns of `rate` for each department or service type, preceded by key and name (text).

    For service types also repeat_means ("problem" | "new_need"), and types of both kinds are listed;
    departments count problems only. Order: asked_again_share, highest first, those with few last, then
    key. Empty case: no rows, all columns. `using` as in `rate`. Raises ValueError for another `by`.
    """
    return _ranked(connection, filters, as_of, by, using)


@example(each(of_filters, by=GROUPS))
def fast_but_comes_back(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    by: str = "service_type",
    using: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Compliance beside the asked-again rate: what is closed in time and yet asked for again.

    Columns: key, name (text), due_count (int64), compliance (float64), with_place_count, asked_again_count
    (int64), asked_again_share (float64), is_small (bool, under 30 due or under 30 closed with a place).
    Problems only. Order: asked_again_share, highest first, those with few last, then key. `using` as in
    `rate`. Raises ValueError for another `by` than department or service_type.
    """
    again = _ranked(connection, filters, as_of, by, using)
    if "repeat_means" in again:
        again = again[again["repeat_means"] == "problem"]
    kept = rates.by(connection, filters, as_of=as_of, by=by)[["key", "due_count", "compliance"]]
    frame = again[["key", "name", "with_place_count", "asked_again_count", "asked_again_share"]].merge(kept, on="key")
    frame["is_small"] = (frame["due_count"] < SMALL) | (frame["with_place_count"] < SMALL)
    order = ["is_small", "asked_again_share", "key"]
    names = ["key", "name", "due_count", "compliance", *COUNTS[1:3], "asked_again_share", "is_small"]
    return frame.sort_values(order, ascending=[True, False, True], ignore_index=True)[names]


@example(of_filters)
def closures_asked_again(
    connection: Connection, filters: RequestFilter, *, as_of: datetime, limit: int | None = 200
) -> pd.DataFrame:
    """Calls closed in the period as "nothing found" or administratively, of which people asked again, newest first.

    Columns: sr_number, source_system, service_type, department, address, outcome, resolution_code (text),
    closed_at, asked_again_at (datetime64), asked_again_by_system, asked_again_by (text, the first request that asked
    again). Order: asked_again_at, newest first, then sr_number. Empty case: no rows, all columns.
    """
    row = _ended(filters, as_of).c
    told = ("sr_number", "source_system", "service_type", "department", "address", "outcome", "resolution_code")
    statement = (
        select(*(row[name] for name in told), row.closed_at, row.asked_again_at)
        .add_columns(row.asked_again_by_system, row.asked_again_by)
        .where(row.outcome.in_(WEAK_OUTCOMES), *within(row.closed_at, required(filters.period)))
        .where(row.asked_again_at <= as_of)
        .order_by(row.asked_again_at.desc(), bytes_order(row.sr_number), bytes_order(row.source_system))
        .limit(limit)
    )
    return fetch(connection, statement)


@example(of_filters)
def by_week(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """Of the calls closed in each whole week of the period, how many people asked again; problems only.

    Columns: department, service_type (text), week_start (datetime64, a Monday), with_place_count, asked_again_count
    (int64, as in `rate`). Only calls closed at least 14 days before `as_of`. Order: department, type, week. Empty case:
    no rows, all columns.
    """
    ended = _ended(filters, as_of).c
    week = cast(func.date_trunc("week", ended.closed_at), Date).label("week_start")
    settled = [ended.closed_at <= as_of - SETTLED, *within(ended.closed_at, required(filters.period))]
    statement = (
        select(
            ended.department,
            ended.service_type,
            week,
            func.count().label("with_place_count"),
            expressions.counted(ended.asked_again_at <= as_of).label("asked_again_count"),
        )
        .where(*settled, ended.place_id.is_not(None))
        .group_by(ended.department, ended.service_type, week)
        .order_by(bytes_order(ended.department), bytes_order(ended.service_type), week)
    )
    frame = fetch(connection, statement, {"week_start": "day"})
    new_needs = select(service_types.c.service_type).where(service_types.c.repeat_means == "new_need")
    return frame[~frame["service_type"].isin(connection.scalars(new_needs).all())].reset_index(drop=True)


@example(each(of_filters, same=("address_norm", "address")))
def gaps(
    connection: Connection, filters: RequestFilter, *, as_of: datetime, same: str = "address_norm"
) -> pd.DataFrame:
    """How soon a request follows the one before it of the city's own type at the same address: why an hour is one call.

    `same`: "address_norm", or "address" for the address as the city wrote it. Always one row: repeat_count
    (int64, requests that have one before them), within_hour_count (int64, at most an hour after it),
    within_hour_share (float64). Like linking, it counts before anything is excluded; population "residents"
    leaves out the city's own reports. Raises ValueError for another `same`.
    """
    if same not in ("address_norm", "address"):
        raise ValueError(f'same "{same}" is not one of address_norm, address')
    place: KeyedColumnElement[str] = _r[same]
    rows = [expressions.exists(as_of), *filters.choices()]
    if filters.population == "residents":
        rows.append(_r.is_proactive == false())
    before = func.lag(_r.created_at).over(partition_by=(place, _r.source_service_type), order_by=_r.created_at)
    pairs = select((_r.created_at - before).label("gap")).where(*rows, place.is_not(None)).subquery()
    statement = select(
        func.count(pairs.c.gap).label("repeat_count"),
        expressions.counted(pairs.c.gap <= literal(timedelta(hours=1))).label("within_hour_count"),
    )
    frame = fetch(connection, statement)
    return frame.assign(within_hour_share=divided(frame["within_hour_count"], frame["repeat_count"]))


def _ranked(
    connection: Connection, filters: RequestFilter, as_of: datetime, by: str, using: pd.DataFrame | None
) -> pd.DataFrame:
    if by not in GROUPS:
        raise ValueError(f'by "{by}" is not one of {", ".join(GROUPS)}')
    found = counts(connection, filters, as_of=as_of) if using is None else using
    if by == "department":
        keys = ["key"]
        found = found[found["repeat_means"] == "problem"]
    else:
        keys = ["key", "repeat_means"]
    found = found.rename(columns={by: "key"})
    frame = _with_shares(found.groupby(keys, sort=True)[list(COUNTS)].sum().reset_index())
    frame.insert(1, "name", _names(connection, by, frame["key"]))
    order = ["is_small", "asked_again_share", "key"]
    return frame.sort_values(order, ascending=[True, False, True], ignore_index=True)


def _closed_calls(filters: RequestFilter, as_of: datetime) -> Select[Any]:
    ended = _ended(filters, as_of).c
    has_place = ended.place_id.is_not(None)
    return (
        select(
            ended.department,
            ended.service_type,
            func.count().label("closed_count"),
            expressions.counted(has_place).label("with_place_count"),
            expressions.counted(and_(has_place, ended.asked_again_at <= as_of)).label("asked_again_count"),
        )
        .where(ended.closed_at <= as_of - SETTLED, *within(ended.closed_at, required(filters.period)))
        .group_by(ended.department, ended.service_type)
    )


def _ended(filters: RequestFilter, as_of: datetime) -> Subquery:
    """Each call that is over, with what stands in its row of the population closed last: the columns of `_OF_CALL`.

    Only calls that ended since the period began: rows closed before cannot be the last ones of these.
    """
    since = datetime.combine(required(filters.period).start, time.min)
    # By this moment, in whose order the rows lie, an engine skips most of them.
    rows = [*filters.clauses(as_of), _r.is_proactive == false(), _r.open_until >= since]
    is_open, is_closed = expressions.is_open(as_of), expressions.is_closed(as_of)
    # Nineteen of twenty are a call of their own; only the others need to be put in line.
    alone = select(*_OF_CALL).where(*rows, is_closed, _r.shares_call.is_not(true()))
    # An open row comes before every closed one, and so keeps its call from being over.
    line = (is_open.desc(), _r.closed_at.desc(), bytes_order(_r.sr_number), bytes_order(_r.source_system))
    position = func.row_number().over(partition_by=(_r.call_system, _r.call_id), order_by=line)
    members = (
        select(*_OF_CALL, is_open.label("is_open"), position.label("place_in_line"))
        .where(*rows, or_(is_open, is_closed), _r.shares_call.is_(true()))
        .subquery()
    )
    last = select(*(members.c[column.name] for column in _OF_CALL))
    return union_all(alone, last.where(members.c.place_in_line == 1, ~members.c.is_open)).subquery()


def _chasers(filters: RequestFilter, as_of: datetime) -> Select[Any]:
    made = within(_r.created_at, required(filters.period))
    still = [expressions.exists(as_of), ~expressions.is_excluded_always(), *filters.choices()]
    return (
        select(_r.department, _r.service_type, func.count().label("chaser_count"))
        .where(*still, _r.repeat_kind == "chaser", *made)
        .group_by(_r.department, _r.service_type)
    )


def _with_shares(frame: pd.DataFrame) -> pd.DataFrame:
    low, high = wilson(frame["asked_again_count"], frame["with_place_count"])
    without = frame["closed_count"] - frame["with_place_count"]
    return frame.assign(
        asked_again_share=divided(frame["asked_again_count"], frame["with_place_count"]),
        low=low,
        high=high,
        without_place_share=divided(without, frame["closed_count"]),
        is_small=frame["with_place_count"] < SMALL,
    )


def _names(connection: Connection, by: str, keys: pd.Series) -> pd.Series:
    column, label = {
        "department": (departments.c.department, departments.c.name),
        "service_type": (service_types.c.service_type, service_types.c.public_name),
    }[by]
    names = {row[0]: row[1] for row in connection.execute(select(column, label))}
    return keys.map(lambda key: names.get(key, key)).astype(object)
