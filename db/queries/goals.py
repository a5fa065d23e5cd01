"""The service types and the goal in force for each."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
from sqlalchemy import Connection, func, or_, select

from db.frames import bytes_order, fetch
from db.schema import goals, service_types

_g = goals.c


def in_force(connection: Connection, *, as_of: datetime) -> pd.DataFrame:
    """Every service type with the goal in force on the day of `as_of`; also the ones that have none.

    Columns: service_type, public_name, category, department (text), is_contracted, is_sensitive (bool), goal_id
    (Int64, null without a goal), amount (float64), unit, calendar, basis (text: published | budget_average |
    draft | none), citation (text), effective_on, adopted_on (datetime64), adopted_by (text). Order:
    service_type. Empty case: no rows, all columns.
    """
    today = as_of.date()
    newest = func.row_number().over(
        partition_by=_g.service_type, order_by=[_g.effective_on.desc().nulls_last(), _g.goal_id.desc()]
    )
    begun = or_(_g.effective_on.is_(None), _g.effective_on <= today)
    standing = or_(_g.withdrawn_on.is_(None), _g.withdrawn_on > today)
    held = select(goals, newest.label("place")).where(begun, standing).subquery()
    types = service_types.c
    statement = (
        select(
            types.service_type,
            types.public_name,
            types.category,
            types.department,
            types.is_contracted,
            types.is_sensitive,
            held.c.goal_id,
            held.c.amount,
            held.c.unit,
            held.c.calendar,
            func.coalesce(held.c.basis, "none").label("basis"),
            held.c.citation,
            held.c.effective_on,
            held.c.adopted_on,
            held.c.adopted_by,
        )
        .select_from(service_types.outerjoin(held, (held.c.service_type == types.service_type) & (held.c.place == 1)))
        .order_by(bytes_order(types.service_type))
    )
    return fetch(connection, statement)


def versions(connection: Connection) -> pd.DataFrame:
    """Every goal ever adopted, as stored: the columns of table `goals`; by service_type, then effective_on with
    "since ever" first.
    """
    statement = select(goals).order_by(bytes_order(_g.service_type), _g.effective_on.asc().nulls_first(), _g.goal_id)
    return fetch(connection, statement)
