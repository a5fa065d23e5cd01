"""The queue in the right order: every open request with its points, their parts and why, a page at a time.

`ranking` orders all open requests of a filter once; `page_of`, `radar`, `changes` and `lane_counts` read from it, so
that a screen asks the database for no more than the rows it shows. The points are those of `db/rules/triage.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection, Subquery, and_, case, false, func, select

from db.model import expressions
from db.model.filters import RequestFilter
from db.model.schema import requests, service_types
from db.queries.queue import risk
from db.queries.queue.backlog import LANES
from db.rules.clock import Moments
from db.rules.errors import DeskError
from db.rules.triage.points import Weights, points, why
from db.storage.frames import bytes_order, fetch

ORDERS = ("points", "plain", "oldest")
REPEATS = ("chaser", "asked_again")
REPEATS_WITHIN = timedelta(days=180)
PARTS = ("points_safety", "points_clock", "points_asked_again", "points_waiting")
DETAILS = (
    *("address", "neighborhood_council", "channel", "assigned_to", "goal_basis", "source_status"),
    *("place_id", "latitude", "longitude", "flags"),
)
TRIAGED = ("breach_risk", "points", *PARTS, "asked_count")
_FIRST = ("sr_number", "points", "why", "service_type", "department")
_REASONED = (
    *("due_at", "is_overdue", "is_day_only", "breach_risk", "goal_multiple"),
    *("asked_count", "safety_points", "age_days", "address"),
)
_ONE_BY_ONE = 2000  # up to so many rows are looked up by number; beyond, reading them all is faster

Key = tuple[str, str]
"""A request's number and source system."""

_r = requests.c


class Changes(NamedTuple):
    """Between two rankings: requests that are in the second only, and in the first only."""

    new_count: int
    gone_count: int


def ranking(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    weights: Weights | None = None,
    using: risk.Curves | None = None,
) -> pd.DataFrame:
    """Every open request of the filter at `as_of`, most points first, then oldest, then by number.

    Columns: sr_number, source_system, department, service_type, council_district (text), created_at, due_at
    (datetime64, due_at under the filter's goals), breach_at (datetime64, from when it is overdue), is_overdue,
    is_day_only (boolean; only the day is promised), repeat_kind (text), age_days (float64, elapsed), goal_multiple
    (float64, NaN without a goal or with one not after creation), breach_risk (float64, NaN where none is shown or
    overdue), risk_level (int64, see `risk.of_open`), asked_count (int64: chasers and asked-agains of residents at this
    place for this type in 180 days; 0 for types where a repeat is a new need), safety_points, points (float64, 0 to
    100), points_safety, points_clock, points_asked_again, points_waiting (float64, adding up to points), age_rank
    (int64, its place by age alone, from 0).
    `using`: the curves, made here where left out. Empty case: no rows, all columns.
    """
    using = using or risk.curves(connection, as_of=risk.curves_moment(as_of), population=filters.population)
    frame = _open(connection, filters, as_of)
    created: Moments = frame["created_at"].to_numpy("datetime64[us]")
    due: Moments = frame["due_at"].to_numpy("datetime64[us]")
    now, day = np.datetime64(as_of, "us"), np.timedelta64(1, "D")
    frame["age_days"] = (now - created) / day
    promised = (due - created) / day
    has_length = promised > 0  # NaT compares as false
    frame["goal_multiple"] = np.divide(frame["age_days"], promised, out=np.full(len(frame), np.nan), where=has_length)
    found = risk.risks(using, frame, as_of)
    frame["breach_risk"], frame["risk_level"] = found.risk, found.level.astype("int64")
    given = points(
        weights or Weights(),
        safety_points=frame["safety_points"],
        breach_risk=found.risk,
        multiple=frame["goal_multiple"],
        is_overdue=frame["is_overdue"].to_numpy(bool),
        asked_count=frame["asked_count"],
        age_days=frame["age_days"],
    )
    frame["points"] = given.total
    for name, part in zip(PARTS, given[1:], strict=True):
        frame[name] = part
    frame["age_rank"] = np.arange(len(frame), dtype="int64")
    ordered = frame.take(np.argsort(-given.total, kind="stable"))
    ordered.index = pd.RangeIndex(len(ordered))
    return ordered


def queue(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    lane: str = "all",
    order: str = "points",
    limit: int | None = 100,
    offset: int = 0,
    weights: Weights | None = None,
) -> pd.DataFrame:
    """A page of the queue at `as_of`: sr_number, points, why (text), the columns of `ranking`, and `DETAILS`.

    `lane`: all, keepable or overdue; `order`: "points", "plain" for that of `backlog.open_requests`, or "oldest".
    Empty case: no rows, all columns. Raises DeskError for an unknown lane or order.
    """
    ranked = ranking(connection, filters, as_of=as_of, weights=weights)
    rows = page_of(ranked, lane=lane, order=order, limit=limit, offset=offset)
    keys = keys_of(rows) if len(rows) <= _ONE_BY_ONE else None
    return detailed(rows, details(connection, keys, as_of=as_of), as_of)


def page_of(
    ranked: pd.DataFrame, *, lane: str = "all", order: str = "points", limit: int | None = 100, offset: int = 0
) -> pd.DataFrame:
    """Rows of a ranking: one lane, in one order, from `offset` on. Raises DeskError for an unknown lane or order."""
    rows = in_lane(ranked, lane)
    if order not in ORDERS:
        raise DeskError(f'order "{order}" is not one of {", ".join(ORDERS)}')
    if order == "plain":
        rows = rows.take(_plain_order(rows))
    elif order == "oldest":
        rows = rows.take(np.argsort(rows["age_rank"].to_numpy(), kind="stable"))
    return rows.iloc[offset : None if limit is None else offset + limit].reset_index(drop=True)


def in_lane(ranked: pd.DataFrame, lane: str) -> pd.DataFrame:
    """The rows of one lane: all, keepable (has a goal and is not yet overdue) or overdue."""
    return ranked if lane == "all" else ranked[_is_in_lane(ranked, lane)]


def lane_counts(ranked: pd.DataFrame) -> dict[str, int]:
    """How many requests each lane has; those without a goal are in `all` alone."""
    return {lane: int(_is_in_lane(ranked, lane).sum()) for lane in LANES}


def keys_of(rows: pd.DataFrame) -> tuple[Key, ...]:
    """The keys of the rows of a ranking, as `details` wants them."""
    return tuple(zip(rows["sr_number"], rows["source_system"], strict=True))


def details(connection: Connection, keys: tuple[Key, ...] | None, *, as_of: datetime) -> pd.DataFrame:
    """`DETAILS` as they stood, beside sr_number and source_system, of the requests of `keys`; None: of all open ones.

    In no order; another request of the same number may be among them. No keys: no rows, all columns.
    """
    then = expressions.as_it_stood(as_of)
    wanted = select(_r.sr_number, _r.source_system, *(then.get(name, _r[name]).label(name) for name in DETAILS))
    is_open = expressions.is_open(as_of)
    if keys is None:
        return fetch(connection, wanted.where(is_open))
    by_number = _r.sr_number.in_([number for number, _ in keys])
    # Among the open ones first, for these lie together; a list that is held may name what a later load has closed.
    found = fetch(connection, wanted.where(is_open, by_number))
    return found if set(keys) <= set(keys_of(found)) else fetch(connection, wanted.where(by_number))


def detailed(rows: pd.DataFrame, found: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """Rows of a ranking with what `details` found of them, and `why` (text), in the same order."""
    answer = rows.merge(found, on=["sr_number", "source_system"], how="left", sort=False)
    answer["why"] = reasons(answer, as_of)
    return answer[[*_FIRST, *(name for name in answer.columns if name not in _FIRST)]]


def reasons(rows: pd.DataFrame, as_of: datetime) -> pd.Series:
    """Why each row of a ranking, with its address, stands where it does, in a few words."""
    said = [
        why(
            due_at=None if pd.isna(due) else due,
            as_of=as_of,
            is_overdue=bool(late),
            is_day_only=bool(day_only),
            breach_risk=chance,
            multiple=multiple,
            asked_count=asked,
            safety_points=safety,
            age_days=age,
            has_address=isinstance(address, str),
        )
        for due, late, day_only, chance, multiple, asked, safety, age, address in zip(
            *(rows[name].tolist() for name in _REASONED), strict=True
        )
    ]
    return pd.Series(said, index=rows.index, dtype=object)


def radar(ranked: pd.DataFrame, until: Mapping[str, datetime]) -> pd.DataFrame:
    """The breach radar: what falls due, and how much of it will probably be missed.

    `until`: horizon to moment, see `db.rules.triage.horizons`. Columns: horizon (text), until_at (datetime64),
    falling_due_count (int64: not yet overdue, due by then), expected_misses (float64: the sum of their risks),
    known_count (int64: those with a risk). In the order given.
    """
    breach = ranked["breach_at"].to_numpy("datetime64[us]")
    chance = ranked["breach_risk"].to_numpy(float)
    ahead = ~ranked["is_overdue"].to_numpy(bool)
    rows = []
    for horizon, moment in until.items():
        due = ahead & (breach <= np.datetime64(moment, "us"))
        known = due & ~np.isnan(chance)
        rows.append((horizon, moment, int(due.sum()), float(chance[known].sum()), int(known.sum())))
    frame = pd.DataFrame(rows, columns=["horizon", "until_at", "falling_due_count", "expected_misses", "known_count"])
    return frame.astype({"until_at": "datetime64[us]", "falling_due_count": "int64", "known_count": "int64"})


def changes(before: pd.DataFrame, after: pd.DataFrame) -> Changes:
    """What came and what went between two rankings of one filter, whichever of them is the later."""
    first, second = _keys(before), _keys(after)
    return Changes(int((~np.isin(second, first)).sum()), int((~np.isin(first, second)).sum()))


def _is_in_lane(ranked: pd.DataFrame, lane: str) -> NDArray[np.bool_]:
    if lane not in LANES:
        raise DeskError(f'lane "{lane}" is not one of {", ".join(LANES)}')
    if lane == "all":
        return np.ones(len(ranked), bool)
    late = ranked["is_overdue"].to_numpy(bool)
    return late if lane == "overdue" else ranked["due_at"].notna().to_numpy() & ~late


def _keys(ranked: pd.DataFrame) -> NDArray[Any]:
    """One number for each request: 64 bits of a hash, because comparing texts takes ten times as long."""
    return pd.util.hash_pandas_object(ranked[["source_system", "sr_number"]], index=False).to_numpy()


def _open(connection: Connection, filters: RequestFilter, as_of: datetime) -> pd.DataFrame:
    asked, is_new_need = _asked(as_of), service_types.c.repeat_means == "new_need"
    joined = requests.outerjoin(service_types, service_types.c.service_type == _r.service_type).outerjoin(
        asked, and_(asked.c.place_id == _r.place_id, asked.c.service_type == _r.service_type)
    )
    statement = (
        select(
            _r.sr_number,
            _r.source_system,
            *risk.risk_inputs(filters.goals),
            case((expressions.is_overdue(as_of, filters.goals), True), else_=False).label("is_overdue"),
            _r.time_precision.contains("due").label("is_day_only"),
            _r.repeat_kind,
            case((is_new_need, 0), else_=func.coalesce(asked.c.asked_count, 0)).label("asked_count"),
            func.coalesce(service_types.c.safety_points, 0.0).label("safety_points"),
        )
        .select_from(joined)
        .where(*filters.clauses(as_of), expressions.is_open(as_of))
        .order_by(_r.created_at, bytes_order(_r.sr_number), bytes_order(_r.source_system))
    )
    return fetch(connection, statement, {"due_at": "moment", "breach_at": "moment"})


def _asked(as_of: datetime) -> Subquery:
    """How often residents asked again at each place for each type; a call counts once, for only its first does so."""
    return (
        select(_r.place_id, _r.service_type, func.count().label("asked_count"))
        .where(
            expressions.exists(as_of),
            _r.created_at > as_of - REPEATS_WITHIN,
            _r.repeat_kind.is_not(None),  # which lets an engine skip rows where the list alone does not
            _r.repeat_kind.in_(REPEATS),
            _r.is_proactive == false(),
            _r.place_id.is_not(None),
        )
        .group_by(_r.place_id, _r.service_type)
        .subquery("asked")
    )


def _plain_order(rows: pd.DataFrame) -> NDArray[np.int64]:
    """Overdue ones by multiples of their goal, then nearest due, then oldest: as `backlog.open_requests`."""
    late = rows["is_overdue"].to_numpy(bool)
    multiple = np.where(late, rows["goal_multiple"], np.nan)
    due = rows["due_at"].to_numpy("datetime64[us]")
    far = np.datetime64("9999-12-31", "us") + np.timedelta64(1, "D")
    nearest = np.where(np.isnat(due), far, due)
    rank = rows["age_rank"].to_numpy()
    return np.lexsort((rank, nearest, np.where(np.isnan(multiple), np.inf, -multiple), ~late))
