"""The service types and the goal in force for each."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pandas as pd
from sqlalchemy import Connection, and_, false, func, or_, select

from db.model import expressions
from db.model.schema import goals, requests, service_types
from db.queries.examples import a_moment, example, nothing
from db.rules.vocabulary import BUSINESS_UNITS, Flag
from db.storage.frames import bytes_order, fetch

ODD_DUE_DATES = {
    "due_before_created": "the city's due date lies before the request was made",
    "due_far_away": "the city's due date lies more than ten years after the request was made",
    "beyond_holidays": "the computed due date lies after the last known holiday, so it may fall on one",
}

_g = goals.c
_r = requests.c


@example(a_moment)
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


@example(nothing)
def versions(connection: Connection) -> pd.DataFrame:
    """Every goal ever adopted, as stored: the columns of table `goals`; by service_type, then effective_on with
    "since ever" first.
    """
    statement = select(goals).order_by(bytes_order(_g.service_type), _g.effective_on.asc().nulls_first(), _g.goal_id)
    return fetch(connection, statement)


@example(lambda connection, as_of: ({}, {"as_of": as_of}))
def odd_due_dates(
    connection: Connection, *, calendar_ends: tuple[tuple[str, date], ...] = (), as_of: datetime | None = None
) -> pd.DataFrame:
    """Due dates not to be trusted as they stand, always three rows.

    `calendar_ends`: for each calendar with holidays the last day that they are known for. Columns: oddity, meaning
    (text, a clause), request_count (int64). Counted over every request made by `as_of`, for None over all that are
    stored; `beyond_holidays` counts computed due dates in business time only, for elapsed time knows no holidays.
    """
    made = [] if as_of is None else [expressions.exists(as_of)]
    beyond = [
        and_(_g.calendar == name, _r.due_at >= datetime.combine(day + timedelta(days=1), time.min))
        for name, day in calendar_ends
    ]
    computed = and_(_r.goal_id == _g.goal_id, _g.unit.in_(BUSINESS_UNITS), or_(false(), *beyond))
    counts = {
        "due_before_created": select(func.count()).where(expressions.has_flag(Flag.DUE_BEFORE_CREATED)),
        "due_far_away": select(func.count()).where(expressions.has_flag(Flag.DUE_FAR_AWAY)),
        "beyond_holidays": select(func.count()).select_from(requests.join(goals, computed)),
    }
    frame = pd.DataFrame({"oddity": list(counts), "meaning": [ODD_DUE_DATES[name] for name in counts]}, dtype=object)
    return frame.assign(request_count=[int(connection.scalar(query.where(*made)) or 0) for query in counts.values()])
