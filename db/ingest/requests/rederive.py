"""New due dates for stored requests after goals were adopted: in bulk, by the very rules of loading.

Only requests of the types that have a new goal, made on or after its first day, and whose due date is not the
city's own are touched. Everything else keeps its due date and its verdict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from sqlalchemy import Connection, Select, and_, func, or_, select, text

from db.ingest.reference.goals_in_force import city_sets_due, goals_of
from db.ingest.requests.derive import Goal, derive
from db.model.schema import requests
from db.rules.calendar import Calendar
from db.rules.clock import beyond_table
from db.rules.vocabulary import BUSINESS_UNITS
from db.storage.frames import fetch
from db.storage.transfer import hand_over

SET = ("due_at", "due_source", "goal_id", "goal_basis", "due_by_day", "closed_on_time", "overdue_from")
SHAPE = (
    "source_system text, sr_number text, due_at timestamp, due_source text, goal_id integer, goal_basis text, "
    "due_by_day boolean, closed_on_time boolean, overdue_from timestamp"
)

_r = requests.c


@dataclass(frozen=True)
class Rederived:
    """How many requests were `judged` anew and `changed`; `beyond_table`: calendar to due dates that lie after its
    last known holiday year."""

    judged: int = 0
    changed: int = 0
    beyond_table: Mapping[str, int] = field(default_factory=dict)


def rederive(connection: Connection, calendars: Mapping[str, Calendar], first_days: Mapping[str, date]) -> Rederived:
    """Judge anew the requests of each type in `first_days` made since its day, inside the caller's transaction.

    Raises ValueError for a stored goal in a calendar that is not in `calendars`.
    """
    kinds = dict.fromkeys(("closed_at", "city_due_at", "due_before"), "moment") | {"goal_before": "count"}
    found = fetch(connection, _affected(first_days), kinds)
    goals = [goal for goal in goals_of(connection) if goal.service_type in first_days]
    changed, beyond = 0, dict.fromkeys(calendars, 0)
    for source_system, rows in found.groupby("source_system"):
        with duckdb.connect() as scratch:
            _stage(scratch, rows)
            recomputed = bool(rows["city_due_at"].notna().any())  # loaded so, for else the city's date had won
            by_city = city_sets_due(connection, str(source_system))
            derive(scratch, goals, calendars, recompute_due=recomputed, city_sets_due=by_city)
            changed += _write_back(connection, scratch)
            for name, count in _beyond(scratch, goals, calendars):
                beyond[name] += count
    return Rederived(len(found), changed, {name: count for name, count in beyond.items() if count})


def _affected(first_days: Mapping[str, date]) -> Select[Any]:
    since = [
        and_(_r.service_type == service_type, _r.created_at >= datetime.combine(day, time.min))
        for service_type, day in first_days.items()
    ]
    names = (
        *("source_system", "sr_number", "service_type", "status", "created_at", "closed_at"),
        *("created_by_day", "closed_by_day", "city_due_at"),
    )
    before = (_r.due_at.label("due_before"), _r.goal_id.label("goal_before"))
    by_us = func.coalesce(_r.due_source, "computed") != "city"
    return select(*(_r[name] for name in names), *before).where(by_us, or_(*since))


def _stage(scratch: duckdb.DuckDBPyConnection, rows: pd.DataFrame) -> None:
    """The tables that `derive` reads, without place, and without what an earlier goal wrote into the row."""
    scratch.register("stored", rows.assign(seq=np.arange(len(rows))))
    scratch.execute(
        """create table incoming as select * replace (null::timestamp as city_due_at),
            false as due_by_day, null::varchar as address, null::double as latitude, null::double as longitude,
            'none' as location_quality, null::varchar as exclusion_reason
        from stored"""
    )
    scratch.execute("create table chosen as select seq, 'update' as action from incoming")
    scratch.unregister("stored")


def _write_back(connection: Connection, scratch: duckdb.DuckDBPyConnection) -> int:
    """Store what has changed; gives how many requests."""
    names = ", ".join(f"derived.{name}" for name in SET)
    scratch.execute(
        f"""create table changed as select source_system, sr_number, {names}
            from incoming join derived using (seq)
            where due_before is distinct from derived.due_at or goal_before is distinct from derived.goal_id"""
    )
    counted = scratch.execute("select count(*) from changed").fetchone()
    hand_over(connection, scratch, "rederived", "select * from changed", SHAPE)
    settings = ", ".join(f"{name} = n.{name}" for name in SET)
    same = "n.source_system = r.source_system and n.sr_number = r.sr_number"
    connection.execute(text(f"update requests r set {settings} from rederived n where {same}"))
    connection.execute(text("drop table rederived"))
    return int(counted[0]) if counted else 0


def _beyond(
    scratch: duckdb.DuckDBPyConnection, goals: Sequence[Goal], calendars: Mapping[str, Calendar]
) -> list[tuple[str, int]]:
    due = scratch.execute("select goal_id, due_at from derived where goal_id is not null").fetchnumpy()
    ids, moments = np.asarray(due["goal_id"]), np.asarray(due["due_at"])
    return [
        (goal.calendar, int(beyond_table(moments[ids == goal.goal_id], calendars[goal.calendar]).sum()))
        for goal in goals
        if goal.unit in BUSINESS_UNITS
    ]
