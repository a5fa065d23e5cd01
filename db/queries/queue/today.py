"""Today's plan and the lists beside it, ready to read: rows of the ranking, their addresses, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, select

from db.model import expressions
from db.model.filters import RequestFilter
from db.model.schema import requests
from db.queries.examples import a_moment, each, example, given, of_filters, triage_rules, working_day
from db.queries.queue import stops
from db.queries.queue.learned import Learned
from db.queries.queue.stops import Key, keys_of
from db.rules.calendar import Calendar
from db.rules.errors import DeskError
from db.rules.triage.plan import LANES
from db.rules.triage.setting import TriageRules
from db.rules.triage.why import Standing, why
from db.storage.frames import fetch

DETAILS = (
    *("address", "neighborhood_council", "channel", "assigned_to", "goal_basis", "source_status"),
    *("place_id", "latitude", "longitude", "flags"),
)
_FIRST = ("rank", "is_in_plan", "lane", "why", "sr_number", "source_system")
_ONE_BY_ONE = 2000  # up to so many rows are looked up by number; beyond, reading them all is faster

_r = requests.c


def _first_keys(connection: Connection, as_of: datetime) -> tuple[Key, ...]:
    calendar = working_day(connection, as_of)
    return keys_of(stops.ranking(connection, RequestFilter(), as_of=as_of, calendar=calendar).head(20))


@example(each(given(of_filters, calendar=working_day, rules=triage_rules, limit=None), lane=(None, *map(str, LANES))))
def queue(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    calendar: Calendar,
    rules: TriageRules | None = None,
    room: int | None = None,
    lane: str | None = None,
    limit: int | None = 100,
    offset: int = 0,
    using: Learned | None = None,
) -> pd.DataFrame:
    """The stops of the filter in the order to work them, those of one `lane` where it is named.

    Columns: rank, is_in_plan, lane, why (text, at most 60 characters), sr_number, source_system, the other columns of
    `stops.ranking`, and `DETAILS` of the request that the stop is named by. `room`: stops a day of each department;
    what was shown where left out. Empty case: no rows, all columns. Raises DeskError for an unknown lane.
    """
    rules = rules or TriageRules()
    ranked = stops.ranking(connection, filters, as_of=as_of, calendar=calendar, rules=rules, room=room, using=using)
    rows = (ranked if lane is None else stops.in_lane(ranked, lane)).iloc[offset:]
    rows = (rows if limit is None else rows.iloc[:limit]).reset_index(drop=True)
    keys = keys_of(rows) if len(rows) <= _ONE_BY_ONE else None
    return detailed(rows, details(connection, keys, as_of=as_of), rules, as_of)


@example(given(of_filters, calendar=working_day, rules=triage_rules))
def plan(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    calendar: Calendar,
    rules: TriageRules | None = None,
    room: int | None = None,
    limit: int | None = None,
    using: Learned | None = None,
) -> pd.DataFrame:
    """Today's plan of each department of the filter, and what comes after it; the columns of `queue`.

    Rows with `is_in_plan` come first: today ends after them. `room`: stops of the day, which needs a single
    department; what was shown in the 8 weeks before where left out. Raises DeskError for a room under 0, and for one
    without a single department.
    """
    if room is not None and room < 0:
        raise DeskError(f"--room {room} is under 0; expected how many stops fit into the day")
    if room is not None and len(filters.departments) != 1:
        raise DeskError("--room is the room of one department: name it with --department")
    return queue(connection, filters, as_of=as_of, calendar=calendar, rules=rules, room=room, limit=limit, using=using)


@example(given(a_moment, keys=_first_keys), in_order=False)
def details(connection: Connection, keys: tuple[Key, ...] | None, *, as_of: datetime) -> pd.DataFrame:
    """`DETAILS` as they stood, beside sr_number and source_system, of the requests of `keys`; None: of all open ones.

    In no order; another request of the same number may be among them. No keys: no rows, all columns.
    """
    then = {"flags": expressions.flag_words()} | expressions.as_it_stood(as_of)
    wanted = select(_r.sr_number, _r.source_system, *(then.get(name, _r[name]).label(name) for name in DETAILS))
    is_open = expressions.is_open(as_of)
    if keys is None:
        return fetch(connection, wanted.where(is_open))
    by_number = _r.sr_number.in_([number for number, _ in keys])
    # Among the open ones first, for these lie together; a list that is held may name what a later load has closed.
    found = fetch(connection, wanted.where(is_open, by_number))
    return found if set(keys) <= set(keys_of(found)) else fetch(connection, wanted.where(by_number))


def detailed(rows: pd.DataFrame, found: pd.DataFrame, rules: TriageRules, as_of: datetime) -> pd.DataFrame:
    """Rows of a ranking with what `details` found of them and `why` (text), in order; numbers become a text."""
    answer = rows.merge(found, on=["sr_number", "source_system"], how="left", sort=False)
    answer["numbers"] = answer["numbers"].map(", ".join).astype(object)
    answer["why"] = reasons(answer, rules, as_of)
    return answer[[*_FIRST, *(name for name in answer.columns if name not in _FIRST)]]


def reasons(rows: pd.DataFrame, rules: TriageRules, as_of: datetime) -> pd.Series:
    """Why each row of a ranking stands where it does, in words."""
    places = {str(lane): place for place, lane in enumerate(LANES)}
    said = []
    row: Any
    for row in rows.itertuples():
        danger = rules.danger(row.service_type, row.department)
        standing = Standing(
            lane=places[row.lane],
            created=row.created_at,
            reported=row.reported_at,
            due=None if pd.isna(row.due_at) else row.due_at,
            overdue_from=None if pd.isna(row.overdue_from) else row.overdue_from,
            is_day_only=bool(row.is_day_only),
            usual_days=row.usual_days,
            breach_risk=row.breach_risk,
            is_asked_again=bool(row.is_asked_again),
            danger=danger.reason if danger else "",
            stale_days=row.stale_days,
            request_count=row.request_count,
        )
        said.append(why(standing, as_of))
    return pd.Series(said, index=rows.index, dtype=object)
