"""What later loads changed: each week as it was first published against as it is known now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Date, Integer, Select, and_, cast, func, null, select, union_all

from db.model import expressions, overlap
from db.model.filters import RequestFilter
from db.model.schema import load_runs, requests, status_history
from db.queries.examples import example, nothing, of_filters
from db.rules.stretches import monday
from db.storage.frames import fetch

WEEKS = 26

_r, _h = requests.c, status_history.c
_SAME = and_(_h.source_system == _r.source_system, _h.sr_number == _r.sr_number)


@example(nothing)
def overlaps(connection: Connection) -> pd.DataFrame:
    """Source systems that cover the same days: the columns and order of `db.model.overlap.overlaps`."""
    return overlap.overlaps(connection)


@example(of_filters)
def by_week(connection: Connection, filters: RequestFilter, *, as_of: datetime, weeks: int = WEEKS) -> pd.DataFrame:
    """Each whole week of the last `weeks` as the first load that reached its end had it, and as it is known now.

    Columns: week_start (datetime64, a Monday), published_load (int64), created_first, created_now, closed_first,
    closed_now (int64, requests created and closed in the week), late_count (int64, created_now - created_first:
    what was reported only after the week was published), correction_count (int64, closed_now - closed_first). The
    filter's period is not used; the population is the one of today. Order: upwards. Weeks that no load has reached
    the end of are left out; none: no rows, all columns.
    """
    this_week = datetime.combine(monday(as_of.date()), datetime.min.time())
    start = this_week - timedelta(weeks=weeks)
    created = fetch(connection, _created(filters, as_of, start), {"until_load": "count"})
    closed = fetch(connection, _closed(filters, as_of, start), {"until_load": "count"})
    reached = fetch(connection, select(load_runs.c.load_id, load_runs.c.created_max).order_by(load_runs.c.load_id))
    weeks_ago = pd.date_range(start, this_week - timedelta(weeks=1), freq="7D", unit="us")
    first = [reached.loc[reached["created_max"] >= week + timedelta(weeks=1), "load_id"].min() for week in weeks_ago]
    published = pd.Series(first, index=weeks_ago, dtype="float64").dropna().astype("int64")
    parts = [_counts(created, published, "created"), _counts(closed, published, "closed")]
    frame = pd.concat(parts, axis=1).fillna(0).astype("int64").sort_index()
    frame.insert(0, "published_load", published.reindex(frame.index))
    frame["late_count"] = frame["created_now"] - frame["created_first"]
    frame["correction_count"] = frame["closed_now"] - frame["closed_first"]
    return frame.rename_axis("week_start").reset_index().astype({"week_start": "datetime64[us]"})


def _counts(spans: pd.DataFrame, published: pd.Series, name: str) -> pd.DataFrame:
    """How many fell in each week as of the load that published it (`{name}_first`), and as of now (`{name}_now`).

    `published`: the load of each week, by its Monday. Weeks with neither are absent.
    """
    mine = spans[spans["week"].isin(published.index)]
    load, until = mine["week"].map(published), mine["until_load"].astype("Float64")
    counts = pd.DataFrame(
        {
            f"{name}_first": mine["n"].where((mine["from_load"] <= load) & (until.isna() | (until > load)), 0),
            f"{name}_now": mine["n"].where(until.isna(), 0),
        }
    )
    return counts.groupby(mine["week"]).sum()


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
    changed = select(*key).distinct().subquery()
    is_changed = and_(changed.c.source_system == _r.source_system, changed.c.sr_number == _r.sr_number)
    # `open_until` is their closing time: rows lie in its order, so an engine skips most of them.
    unchanged = (
        select(_week(_r.closed_at), _r.first_load.label("from_load"), cast(null(), Integer))
        .select_from(requests.outerjoin(changed, is_changed))
        .where(*chosen, expressions.is_closed(as_of), _r.open_until >= start, changed.c.sr_number.is_(None))
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
