"""Where two source systems of one city cover the same days: their requests are kept apart and never silently added.

Nothing says that a request of one system is the same as one of the other: the numbers differ, and a place and a day
are no proof. So it is told, by each load and on the data page.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations

import pandas as pd
from sqlalchemy import Connection, func, select

from db.model.expressions import has_flag
from db.model.schema import requests
from db.rules.vocabulary import Flag
from db.storage.frames import bytes_order, fetch

COLUMNS = ("system", "other_system", "first_on", "last_on", "request_count", "other_request_count")
_r = requests.c


def overlaps(connection: Connection) -> pd.DataFrame:
    """Each two source systems that have requests created in the same stretch of days.

    Columns: system, other_system (text), first_on, last_on (datetime64, days that both cover), request_count,
    other_request_count (int64, of each in these days). Order: system, other_system. No overlap: no rows.
    """
    span = select(_r.source_system, func.min(_r.created_at).label("first"), func.max(_r.created_at).label("last"))
    ordered = span.where(~has_flag(Flag.FUTURE_DATE, Flag.PAST_DATE)).group_by(_r.source_system)
    spans = fetch(connection, ordered.order_by(bytes_order(_r.source_system))).to_dict("records")
    rows = []
    for one, other in combinations(spans, 2):
        first, last = max(one["first"], other["first"]).normalize(), min(one["last"], other["last"]).normalize()
        if first <= last:
            within = (_r.created_at >= first.to_pydatetime(), _r.created_at < last.to_pydatetime() + timedelta(days=1))
            counts = [
                connection.scalar(select(func.count()).where(_r.source_system == span["source_system"], *within)) or 0
                for span in (one, other)
            ]
            rows.append((one["source_system"], other["source_system"], first, last, *counts))
    kinds = dict(zip(COLUMNS, ("object", "object", "datetime64[us]", "datetime64[us]", "int64", "int64"), strict=True))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(kinds)


def sentences(found: pd.DataFrame) -> tuple[str, ...]:
    """Each overlap in one sentence without its full stop."""
    return tuple(
        f"{row.system} ({row.request_count:,} requests) and {row.other_system} ({row.other_request_count:,}) both "
        f"cover {row.first_on:%Y-%m-%d} to {row.last_on:%Y-%m-%d}: a request in both would count twice"
        for row in found.itertuples()
    )
