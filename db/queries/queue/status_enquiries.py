"""Demand caused by silence: calls that only ask what became of a request."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
from sqlalchemy import Connection, func, select

from db.model import expressions
from db.model.filters import RequestFilter
from db.model.schema import departments, requests
from db.queries.examples import example, given, of_filters
from db.queries.periods import within
from db.queries.shares import divided
from db.storage.frames import bytes_order, fetch

_r = requests.c


@example(given(of_filters, words=("status provided",)))
def status_enquiries(
    connection: Connection, filters: RequestFilter, *, as_of: datetime, words: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Rows whose answer was only what became of a request, by department, most first, then by code.

    `words`: the city's own words for that action, in lower case (the profile's `status_enquiries`). Columns:
    department, name (text), enquiry_count (int64), contact_count (int64, every row of the department), enquiry_share
    (float64, enquiry_count / contact_count). The filter's period means created in it; its population is not used,
    because an enquiry is no service request and is in none. Departments without any are left out; no words: no rows.
    """
    asks = func.lower(func.trim(_r.action_taken)).in_(words)
    counts = (
        select(
            _r.department.label("department"),
            expressions.counted(asks).label("enquiry_count"),
            func.count().label("contact_count"),
        )
        .where(expressions.exists(as_of), *filters.choices(), *within(_r.created_at, filters.period))
        .group_by(_r.department)
        .subquery()
    )
    statement = (
        select(
            counts.c.department,
            func.coalesce(departments.c.name, counts.c.department).label("name"),
            counts.c.enquiry_count,
            counts.c.contact_count,
        )
        .select_from(counts.outerjoin(departments, departments.c.department == counts.c.department))
        .where(counts.c.enquiry_count > 0)
        .order_by(counts.c.enquiry_count.desc(), bytes_order(counts.c.department))
    )
    frame = fetch(connection, statement)
    frame["enquiry_share"] = divided(frame["enquiry_count"], frame["contact_count"])
    return frame
