"""What later loads changed: each week as it was first published against as it is known now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Date, Integer, Select, and_, cast, func, null, select, union_all

from db import measures, overlap
from db.filters import RequestFilter
from db.frames import fetch
from db.schema import load_runs, requests, status_history

WEEKS = 26

_r, _h = requests.c, status_history.c
_SAME = and_(_h.source_system == _r.source_system, _h.sr_number == _r.sr_number)


def overlaps(connection: Connection) -> pd.DataFrame:
    """Source systems that cover the same days: the columns and order of `db.overlap.overlaps`."""
    return overlap.overlaps(connection)


def by_week(connection: Connection, filters: RequestFilter, *, as_of: datetime, weeks: int = WEEKS) -> pd.DataFrame:
    """Each whole week of the last `weeks` as the first load that reached its end had it, and as it is known now.

    Columns: week_start (datetime64, a Monday), published_load (int64), created_first, created_now, closed_first,
    closed_now (int64, requests created and closed in the week), late_count (int64, created_now - created_first:
    what was reported only after the week was published), correction_count (int64, closed_now - closed_first). The
    filter's period is not used; the population is the one of today. Order: upwards. Weeks that no load has reached
    the end of are left out; none: no rows, all columns.
    """
    monday = datetime.combine(as_of.date(), datetime.min.time()) - timedelta(days=as_of.weekday())
    start = monday - timedelta(weeks=weeks)
    created = fetch(connection, _created(filters, as_of, start), {"until_load": "count"})
    closed = fetch(connection, _closed(filters, as_of, start), {"until_load": "count"})
    reached = fetch(connection, select(load_runs.c.load_id, load_runs.c.created_max).order_by(load_runs.c.load_id))
    rows = []
    for week in pd.date_range(start, monday - timedelta(weeks=1), freq="7D"):
        loads = reached.loc[reached["created_max"] >= week + pd.Timedelta(days=7), "load_id"]
        if len(loads) and ((created["week"] == week).any() or (closed["week"] == week).any()):
            load = int(loads.iloc[0])
            counts = [*_at(created, week, load), *_at(closed, week, load)]
            rows.append((week, load, *counts, counts[1] - counts[0], counts[3] - counts[2]))
    columns = ["week_start", "published_load", "created_first", "created_now", "closed_first", "closed_now"]
    columns += ["late_count", "correction_count"]
    kinds = dict.fromkeys(columns, "int64") | {"week_start": "datetime64[us]"}
    return pd.DataFrame(rows, columns=columns).astype(kinds)


def _at(spans: pd.DataFrame, week: pd.Timestamp, load: int) -> tuple[int, int]:
    """How many fell in `week` as of that load, and as of now."""
    mine = spans[spans["week"] == week]
    until = mine["until_load"].astype("Float64")
    then = (mine["from_load"] <= load) & (until.isna() | (until > load))
    return int(mine.loc[then, "n"].sum()), int(mine.loc[until.isna(), "n"].sum())


def _created(filters: RequestFilter, as_of: datetime, start: datetime) -> Select[Any]:
    until = cast(null(), Integer).label("until_load")
    return _per_week(
        select(_week(_r.created_at), _r.first_load.label("from_load"), until).where(
            *filters.clauses(as_of), _r.created_at >= start
        )
    )


def _closed(filters: RequestFilter, as_of: datetime, start: datetime) -> Select[Any]:
    """Every closing time a request ever had, with the loads between which it was the known one."""
    chosen = filters.clauses(as_of)
    order = (_h.load_id,)
    key = (_h.source_system, _h.sr_number)
    following = func.lead(_h.load_id).over(partition_by=key, order_by=order).label("until_load")
    place = func.row_number().over(partition_by=key, order_by=order).label("place")
    changes = (
        select(_h.closed_at_before, _h.closed_at_after, _h.load_id, following, place, _r.first_load)
        .join(requests, _SAME)
        .where(*chosen)
        .subquery()
    )
    unchanged = select(_week(_r.closed_at), _r.first_load.label("from_load"), cast(null(), Integer)).where(
        *chosen,
        measures.is_closed(as_of),
        _r.closed_at >= start,
        ~select(_h.load_id).where(_SAME).correlate(requests).exists(),
    )
    at_first = select(_week(changes.c.closed_at_before), changes.c.first_load, changes.c.load_id).where(
        changes.c.place == 1, changes.c.closed_at_before >= start, changes.c.closed_at_before <= as_of
    )
    later = select(_week(changes.c.closed_at_after), changes.c.load_id, changes.c.until_load).where(
        changes.c.closed_at_after >= start, changes.c.closed_at_after <= as_of
    )
    every = union_all(unchanged, at_first, later).subquery()
    names = list(every.c)
    return _per_week(select(names[0].label("week"), names[1].label("from_load"), names[2].label("until_load")))


def _week(moment: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(func.date_trunc("week", moment), Date).label("week")


def _per_week(rows: Select[Any]) -> Select[Any]:
    found = rows.subquery()
    keys = (found.c.week, found.c.from_load, found.c.until_load)
    return select(*keys, func.count().label("n")).group_by(*keys).order_by(found.c.week, found.c.from_load)
