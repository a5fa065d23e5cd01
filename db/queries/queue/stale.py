"""Which open requests may no longer exist: older than almost any that is still closed, and nobody asked since.

They stay open, overdue and missed in every figure; here they are counted beside. Definition: docs/triage.md.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection, Subquery, and_, case, false, func, select

from db.model import expressions
from db.model.filters import RequestFilter
from db.model.schema import requests, service_types
from db.queries.examples import example, of_filters
from db.queries.queue.learned import ages
from db.rules.clock import Moments
from db.rules.triage.stale import LEAST_DAYS
from db.storage.frames import bytes_order, fetch

LIVE_WITHIN = timedelta(days=90)  # a chaser so recent says that what was asked for is still there
COLUMNS = ("department", "stale_overdue_count")

_r = requests.c
_DAY = np.timedelta64(1, "D")
_PAIR = ["service_type", "department"]


@example(of_filters)
def overdue_by_department(
    connection: Connection, filters: RequestFilter, *, as_of: datetime, using: pd.DataFrame | None = None
) -> pd.DataFrame:
    """How many of each department's overdue requests at `as_of` perhaps no longer exist.

    Columns: department (text), stale_overdue_count (int64). The filter's period is not used. `using`: the answer of
    `learned.ages` for the month of `as_of`, asked here where left out. Order: department. Departments without one are
    absent. Empty case: no rows, all columns.
    """
    known = ages(connection, as_of=as_of, population=filters.population) if using is None else using
    chased = chased_at(as_of)
    joined = requests.outerjoin(service_types, service_types.c.service_type == _r.service_type).outerjoin(
        chased, and_(chased.c.place_id == _r.place_id, chased.c.service_type == _r.service_type)
    )
    is_new_need = service_types.c.repeat_means == "new_need"
    statement = (
        select(
            _r.service_type,
            _r.department,
            _r.created_at,
            case((is_new_need, None), else_=chased.c.chased_at).label("chased_at"),
        )
        .select_from(joined)
        .where(
            *filters.without_period().clauses(as_of),
            expressions.is_overdue(as_of, filters.goals),
            _r.created_at <= as_of - timedelta(days=LEAST_DAYS),  # nothing younger is stale
        )
        .order_by(bytes_order(_r.department))
    )
    frame = fetch(connection, statement, {"chased_at": "moment"})
    stale_days = frame[_PAIR].merge(known[[*_PAIR, "stale_days"]], on=_PAIR, how="left")["stale_days"]
    frame = frame[is_stale(frame, stale_days.to_numpy(float), as_of)]
    counts = frame.groupby("department", sort=False).size().rename("stale_overdue_count").reset_index()
    return counts.reindex(columns=list(COLUMNS)).astype({"department": "object", "stale_overdue_count": "int64"})


def is_stale(frame: pd.DataFrame, stale_days: NDArray[np.float64], as_of: datetime) -> NDArray[np.bool_]:
    """Which requests are as old as `stale_days` (NaN for no such age), unless one chased them within 90 days.

    `frame`: created_at, and chased_at, when a chaser of the same type last came to the same place.
    """
    created: Moments = frame["created_at"].to_numpy("datetime64[us]")
    is_live = has_chaser(frame) & (
        frame["chased_at"].to_numpy("datetime64[us]") > np.datetime64(as_of - LIVE_WITHIN, "us")
    )
    age: NDArray[np.float64] = (np.datetime64(as_of, "us") - created) / _DAY
    return np.asarray((age >= stale_days) & ~is_live)  # nan compares as false


def has_chaser(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Which requests were chased after they were made; `frame` as for `is_stale`."""
    chased: Moments = frame["chased_at"].to_numpy("datetime64[us]")
    return np.asarray(chased > frame["created_at"].to_numpy("datetime64[us]"))  # NaT compares as false


def chased_at(as_of: datetime) -> Subquery:
    """When a chaser of residents last came for each place and type."""
    return (
        select(_r.place_id, _r.service_type, func.max(_r.created_at).label("chased_at"))
        .where(
            expressions.exists(as_of),
            _r.repeat_kind.is_not(None),  # which lets an engine skip rows where the next condition alone does not
            _r.repeat_kind == "chaser",
            _r.is_proactive == false(),
            _r.place_id.is_not(None),
        )
        .group_by(_r.place_id, _r.service_type)
        .subquery("chased")
    )
