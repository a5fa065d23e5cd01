"""How much a day holds, from what was shown: the stops that each unit ended by work on a working day."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Date, and_, case, cast, func, select

from db.model import expressions
from db.model.filters import RequestFilter
from db.model.schema import requests, service_types
from db.queries.examples import each, example, given, of_filters, working_day
from db.queries.queue.learned import ENDED_BY_WORK, swept_days
from db.rules.calendar import Calendar, is_working_day
from db.rules.triage.plan import room_shown
from db.storage.frames import fetch

WEEKS = 8
UNKNOWN_FROM = 0.5  # where over so much of the closings have no known outcome, those count as work

_r = requests.c


@example(each(given(of_filters, calendar=working_day), by_yard=(False, True)))
def shown(
    connection: Connection, filters: RequestFilter, *, as_of: datetime, calendar: Calendar, by_yard: bool = False
) -> pd.DataFrame:
    """Room for a day of each department of the filter, from the 8 weeks before the day of `as_of`.

    Columns: department, yard (text; yard empty unless `by_yard`), room (int64: the median over working days of the
    stops, one type at one place, that city crews ended as work done or nothing found; at least 1 where anything was),
    day_count (int64, working days looked at: those on record), stop_count (int64, in all). Mass closures, proactive
    requests and contractors are left out; where most closings have no known outcome, those count as work. By
    department, then yard. Empty case: no rows, all columns.
    """
    midnight = datetime.combine(as_of.date(), time.min)
    start = midnight - timedelta(weeks=WEEKS)
    first = connection.scalar(expressions.first_created_at())
    days = (
        []
        if first is None
        else [
            day
            for day in (start.date() + timedelta(days=number) for number in range(7 * WEEKS))
            if is_working_day(day, calendar) and day >= first.date()
        ]
    )
    done = _done(connection, filters, start, midnight, by_yard)
    rows = []
    for (department, yard), group in done.groupby(["department", "yard"], sort=True):
        counts = _stops_a_day(group).reindex(pd.to_datetime(days), fill_value=0)
        room = room_shown(counts.to_numpy("int64"))
        rows.append((department, yard, max(room, 1) if counts.sum() else 0, len(days), int(counts.sum())))
    frame = pd.DataFrame(rows, columns=["department", "yard", "room", "day_count", "stop_count"])
    return frame.astype(dict.fromkeys(("room", "day_count", "stop_count"), "int64"))


def _stops_a_day(group: pd.DataFrame) -> pd.Series:
    """Distinct stops by day, mass closures left out."""
    day = group["day"].to_numpy("datetime64[D]").astype(np.int64)
    kept = group[~swept_days(day, pd.factorize(group["resolution_code"])[0])]
    is_unknown = kept["outcome"].isna() | (kept["outcome"] == "unknown")
    if is_unknown.mean() <= UNKNOWN_FROM:
        kept = kept[kept["outcome"].isin(ENDED_BY_WORK)]
    else:
        kept = kept[kept["outcome"].isin(ENDED_BY_WORK) | is_unknown]
    return kept.groupby("day")["stop"].nunique()


def _done(
    connection: Connection, filters: RequestFilter, start: datetime, end: datetime, by_yard: bool
) -> pd.DataFrame:
    joined = requests.outerjoin(service_types, service_types.c.service_type == _r.service_type)
    stop = _r.service_type + " @ " + func.coalesce(_r.place_id, _r.source_system + ":" + _r.sr_number)
    statement = (
        select(
            _r.department,
            (func.coalesce(_r.assigned_to, "") if by_yard else case((_r.department.is_(None), ""), else_="")).label(
                "yard"
            ),
            cast(_r.closed_at, Date).label("day"),
            func.coalesce(_r.resolution_code, "").label("resolution_code"),
            expressions.outcome_at(end).label("outcome"),
            stop.label("stop"),
        )
        .select_from(joined)
        .where(
            and_(_r.closed_at >= start, _r.closed_at < end),
            expressions.is_closed(end),
            expressions.in_population("residents", end),
            case((service_types.c.is_contracted, False), else_=True),
            *([_r.department.in_(filters.departments)] if filters.departments else []),
        )
    )
    return fetch(connection, statement).astype({"day": "datetime64[us]"})
