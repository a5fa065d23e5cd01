"""What a request's row does not say by itself: its place, its map cell, when it is due and whether it was on time.

Works on the rows of `incoming` whose `seq` is in `chosen`, in the scratch database, and leaves
the temporary table `derived`, one row each. Rules: "when a request is due" and "on time" in docs/glossary.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import duckdb
import numpy as np
import pyarrow as pa
from h3.api import basic_int

from db.model.expressions import CLOSED_ON_TIME, H3_STORED_RESOLUTION, TURNING_POINTS
from db.rules import address
from db.rules.calendar import Calendar
from db.rules.clock import due_at_many
from db.rules.errors import DeskError

SINCE_EVER = date(1, 1, 1)
FOR_EVER = date(9999, 12, 31)


@dataclass(frozen=True)
class Goal:
    """A stored goal: from its first day (empty: from the first request on) until it is withdrawn.

    `is_adopted`: people adopted it at the desk; else it comes from the city's profile.
    """

    goal_id: int
    service_type: str
    amount: float
    unit: str
    calendar: str
    basis: str
    effective_on: date | None = None
    withdrawn_on: date | None = None
    is_adopted: bool = False


def derive(
    scratch: duckdb.DuckDBPyConnection,
    goals: Sequence[Goal],
    calendars: Mapping[str, Calendar],
    *,
    recompute_due: bool,
    city_sets_due: bool = False,
    keep_locality: bool = False,
) -> None:
    """Make `derived`: seq, address_norm, place_id, h3_cell, due_at, due_source, goal_id, goal_basis, due_by_day,
    closed_on_time, and the `TURNING_POINTS`.

    A due date that the city gives wins, unless `recompute_due`. `city_sets_due`: this source has given due
    dates before; where it, or these rows, did, a request without one was promised nothing by the city,
    and only a goal adopted at the desk gives it a due date. `keep_locality`: street names repeat within the
    city, see `db/rules/address.py`. Raises DeskError for a goal in a calendar that the profile does not have.
    """
    _places(scratch, keep_locality=keep_locality)
    _cells(scratch)
    _due(scratch, goals, calendars, recompute_due=recompute_due, city_sets_due=city_sets_due)
    scratch.execute(f"create or replace temp table derived as {_DERIVED}")


def _places(scratch: duckdb.DuckDBPyConnection, *, keep_locality: bool) -> None:
    """`place`: each distinct address in the spelling that equal addresses share, NULL where it is no usable place.

    A located request without a usable address is at its point, see docs/places.md.
    """
    found = scratch.execute(
        "select distinct address from incoming semi join chosen using (seq) where address is not null"
    ).fetchall()
    texts = [text for (text,) in found]
    normalised = [address.normalise(text, keep_locality=keep_locality) for text in texts]
    norms = [place.norm if place else None for place in normalised]
    _keep(scratch, "place", pa.table({"address": pa.array(texts, pa.string()), "norm": pa.array(norms, pa.string())}))


def _cells(scratch: duckdb.DuckDBPyConnection) -> None:
    """`cell`: the map cell of each distinct point inside the city's bounds."""
    points = scratch.execute(
        "select distinct latitude, longitude from incoming semi join chosen using (seq)"
        " where location_quality = 'point'"
    ).fetchnumpy()
    pairs = zip(points["latitude"].tolist(), points["longitude"].tolist(), strict=True)
    cells = [basic_int.latlng_to_cell(latitude, longitude, H3_STORED_RESOLUTION) for latitude, longitude in pairs]
    found = pa.table(
        {
            "latitude": pa.array(np.asarray(points["latitude"])),
            "longitude": pa.array(np.asarray(points["longitude"])),
            "h3_cell": pa.array(cells, pa.int64()),
        }
    )
    _keep(scratch, "cell", found)


def _due(
    scratch: duckdb.DuckDBPyConnection,
    goals: Sequence[Goal],
    calendars: Mapping[str, Calendar],
    *,
    recompute_due: bool,
    city_sets_due: bool,
) -> None:
    """`due`: the computed due date of each row that has a goal in force and none from the city."""
    _keep(scratch, "goal", _periods(goals))
    by_city = city_sets_due or bool(_first(scratch, "select count(city_due_at) > 0 from incoming"))
    counts = "true" if recompute_due else f"city_due_at is null and {'is_adopted' if by_city else 'true'}"
    rows = scratch.execute(
        f"""select seq, created_at, goal_id from incoming semi join chosen using (seq) join goal
            on goal.service_type = incoming.service_type and created_at >= starts and created_at < ends
            where {counts} order by goal_id"""
    ).fetchnumpy()
    ids = np.asarray(rows["goal_id"])
    created = np.asarray(rows["created_at"]).astype("datetime64[us]")
    due = np.full(created.shape, np.datetime64("NaT"), dtype="datetime64[us]")
    for goal in goals:
        first, last = np.searchsorted(ids, [goal.goal_id, goal.goal_id + 1])
        if first < last:
            due[first:last] = due_at_many(created[first:last], goal.amount, goal.unit, _calendar(goal, calendars))
    _keep(scratch, "due", pa.table({"seq": np.asarray(rows["seq"]), "goal_id": ids, "due_at": due}))


def _calendar(goal: Goal, calendars: Mapping[str, Calendar]) -> Calendar:
    if goal.calendar not in calendars:
        raise DeskError(
            f'goal {goal.goal_id} of "{goal.service_type}" is in the calendar "{goal.calendar}"; '
            f"expected one of {', '.join(sorted(calendars))}"
        )
    return calendars[goal.calendar]


def _periods(goals: Sequence[Goal]) -> pa.Table:
    """Each goal with the days on which it is in force: from its first day to its successor's or its withdrawal."""
    columns: dict[str, list[object]] = {
        key: [] for key in ("goal_id", "service_type", "basis", "is_adopted", "starts", "ends")
    }
    by_type: dict[str, list[Goal]] = {}
    for goal in sorted(goals, key=lambda entry: (entry.effective_on or SINCE_EVER, entry.goal_id)):
        by_type.setdefault(goal.service_type, []).append(goal)
    for service_type, in_order in by_type.items():
        successors = [goal.effective_on or SINCE_EVER for goal in in_order[1:]] + [FOR_EVER]
        for goal, next_starts in zip(in_order, successors, strict=True):
            columns["goal_id"].append(goal.goal_id)
            columns["service_type"].append(service_type)
            columns["basis"].append(goal.basis)
            columns["is_adopted"].append(goal.is_adopted)
            columns["starts"].append(_midnight(goal.effective_on or SINCE_EVER))
            columns["ends"].append(_midnight(min(next_starts, goal.withdrawn_on or FOR_EVER)))
    kinds = [pa.int32(), pa.string(), pa.string(), pa.bool_(), pa.timestamp("us"), pa.timestamp("us")]
    return pa.table({key: pa.array(values, kind) for (key, values), kind in zip(columns.items(), kinds, strict=True)})


def _first(scratch: duckdb.DuckDBPyConnection, query: str) -> object:
    row = scratch.execute(query).fetchone()
    return row[0] if row else None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


def _keep(scratch: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    scratch.register("arriving", rows)
    scratch.execute(f"create or replace temp table {name} as from arriving")
    scratch.unregister("arriving")


_DERIVED = f"""
    with dated as (
        select seq, place.norm as address_norm, cell.h3_cell, status,
            coalesce(place.norm, case when location_quality = 'point'
                then printf('@%.4f,%.4f', latitude, longitude) end) as place_id,
            created_at, closed_at, exclusion_reason,
            coalesce(due.due_at, city_due_at) as due_at,
            case when due.due_at is not null then 'computed' when city_due_at is not null then 'city' end as due_source,
            due.goal_id, case when due.due_at is not null then goal.basis
                when city_due_at is not null then 'published' end as goal_basis,
            -- A due date counted from a day is known to the day as well.
            case when due.due_at is null then due_by_day else created_by_day end as due_by_day,
            created_by_day, closed_by_day
        from incoming semi join chosen using (seq)
            left join place using (address)
            left join cell using (latitude, longitude)
            left join due using (seq)
            left join goal on goal.goal_id = due.goal_id)
    select seq, address_norm, place_id, h3_cell, due_at, due_source, goal_id, goal_basis,
        due_by_day, {", ".join(f"{sql} as {name}" for name, sql in TURNING_POINTS.items())},
        {CLOSED_ON_TIME} as closed_on_time
    from dated"""
