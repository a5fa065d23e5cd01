"""How each group kept the promise week by week: the lines beside a ranking."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
from sqlalchemy import Connection, func, select

from db.model import expressions
from db.model.filters import RequestFilter
from db.model.schema import requests
from db.queries.compliance.cohorts import is_judged
from db.queries.examples import each, example, of_filters
from db.queries.shares import divided
from db.storage.frames import bytes_order, fetch

_r = requests.c
_COLUMNS = {"department": _r.department, "service_type": _r.service_type}


@example(each(of_filters, by=("department", "service_type")))
def weekly(connection: Connection, filters: RequestFilter, *, as_of: datetime, by: str = "department") -> pd.DataFrame:
    """Compliance of each department or service type by the week in which requests were due, weeks from Monday.

    Columns: key (text), week_start (datetime64), due_count, met_count (int64), compliance (float64). Weeks in which
    nothing was due are left out. Order: key, week_start. Empty case: no rows, all columns. Raises ValueError for
    another `by` and for a filter without period. Definition: "on time" in docs/glossary.md.
    """
    if by not in _COLUMNS:
        raise ValueError(f'by "{by}" is not one of {", ".join(_COLUMNS)}')
    week = func.date_trunc("week", _r.due_at).label("week_start")
    statement = (
        select(
            _COLUMNS[by].label("key"),
            week,
            func.count().label("due_count"),
            expressions.counted(expressions.is_met(as_of)).label("met_count"),
        )
        .where(*filters.clauses(as_of), *is_judged(filters, as_of))
        .group_by(_COLUMNS[by], week)
        .order_by(bytes_order(_COLUMNS[by]), week)
    )
    frame = fetch(connection, statement)
    return frame.assign(compliance=divided(frame["met_count"], frame["due_count"]))
