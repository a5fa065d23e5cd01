"""Where the data have gaps: whole weeks without a request."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pandas as pd
from sqlalchemy import Connection, func, select

from db.model import expressions
from db.model.filters import Period
from db.model.schema import requests
from db.queries.data.freshness import default_as_of
from db.queries.examples import a_moment, example, nothing
from db.rules import coverage as rules
from db.rules.vocabulary import Flag
from db.storage.frames import fetch

LOOKED_BACK = timedelta(weeks=13)  # what is normal, trends, flows and capacity look back at least so far

_r = requests.c


@example(nothing)
def gaps(connection: Connection) -> pd.DataFrame:
    """Runs of whole weeks, from Monday, without a request made, where the usual week has 30 or more.

    Columns: first_day, last_day (datetime64, both in the gap). Order: first_day. Empty case: no rows, all columns.
    Definition: `as_of` in docs/glossary.md.
    """
    week = func.date_trunc("week", _r.created_at).label("week")
    counted = select(week, func.count().label("count")).where(~expressions.has_flag(Flag.PAST_DATE)).group_by(week)
    frame = fetch(connection, counted.order_by(week))
    weeks = [(day.date(), int(count)) for day, count in zip(frame["week"], frame["count"], strict=True)]
    found = pd.DataFrame(rules.gaps(weeks), columns=["first_day", "last_day"])
    return found.astype({"first_day": "datetime64[us]", "last_day": "datetime64[us]"})


@example(a_moment)
def is_beyond(connection: Connection, *, as_of: datetime) -> bool:
    """Whether nothing is known of requests made on the day of `as_of`: the data ended before."""
    return rules.is_beyond(as_of, default_as_of(connection, as_of))


def note(found: pd.DataFrame, *, as_of: datetime, newest: datetime, period: Period | None) -> str:
    """What figures of this period, the one before it and the last 13 weeks must be read with; '' where all is covered.

    `found`: the answer of `gaps`; `newest`: the moment up to which the data are known.
    """
    stretches = [(day.date(), last.date()) for day, last in zip(found["first_day"], found["last_day"], strict=True)]
    first = as_of.date() - LOOKED_BACK
    last = as_of.date()
    if period is not None:
        first, last = min(first, _before(period)), max(last, period.end)
    return rules.note(as_of, newest, stretches, (first, last))


def _before(period: Period) -> date:
    """The first day of the stretch that a period is compared with; of the period itself where there is no such day."""
    try:
        return period.previous().start
    except OverflowError:
        return period.start
