"""What has been overdue longest, by type."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
from sqlalchemy import Connection, func, literal, select

from db.model import expressions
from db.model.filters import RequestFilter
from db.model.schema import requests, service_types
from db.queries.examples import example, of_filters
from db.rules.proportions import SMALL
from db.storage.frames import bytes_order, fetch

_r = requests.c


@example(of_filters)
def longest(connection: Connection, filters: RequestFilter, *, as_of: datetime, limit: int | None = 6) -> pd.DataFrame:
    """The types whose overdue requests have been overdue longest, by the median.

    Columns: service_type, name, department (text, the city's own name of it where there is one), overdue_count (int64),
    median_overdue_days, longest_overdue_days (float64, days past due), is_small (bool, under 30 overdue). The filter's
    period is not used. Order: those with 30 and more first, then the median, longest first, then type and department.
    Empty case: no rows, all columns.
    """
    past = expressions.elapsed_days(expressions.overdue_from(filters.goals), literal(as_of))
    median = func.percentile_cont(0.5).within_group(past)
    few = (func.count() < SMALL).label("is_small")
    statement = (
        select(
            _r.service_type,
            func.coalesce(func.max(service_types.c.public_name), _r.service_type).label("name"),
            _r.department,
            func.count().label("overdue_count"),
            median.label("median_overdue_days"),
            func.max(past).label("longest_overdue_days"),
            few,
        )
        .select_from(requests.outerjoin(service_types, service_types.c.service_type == _r.service_type))
        .where(*filters.clauses(as_of), expressions.is_overdue(as_of, filters.goals))
        .group_by(_r.service_type, _r.department)
        .order_by(few, median.desc(), bytes_order(_r.service_type), bytes_order(_r.department))
        .limit(limit)
    )
    return fetch(connection, statement).astype({"is_small": "bool"})
