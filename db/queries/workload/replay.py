"""The requests that a replay of past days needs, and what each department's miss is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Connection, and_, case, func, not_, or_, select

from db.model import expressions
from db.model.filters import RequestFilter
from db.model.schema import requests, service_types
from db.queries.compliance import cohorts
from db.queries.periods import required
from db.queries.workload import staffing
from db.queries.workload.flows import everyones
from db.rules import workload as rules
from db.rules.vocabulary import DayKnown
from db.storage.frames import fetch

LEAD_WEEKS = 26
"""The replay starts so long before the period: what vacancies cost is also the backlog they let grow."""

_r = requests.c


def is_judged(filters: RequestFilter, as_of: datetime) -> ColumnElement[bool]:
    """Counts for compliance: of the filter's population, due in its period and by `as_of`, met or missed."""
    return and_(expressions.in_population(filters.population, as_of), *cohorts.is_judged(filters, as_of))


def misses(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    verdicts: Mapping[str, rules.Verdict],
    first_day: date,
    now: Mapping[str, str],
    figures: pd.DataFrame,
) -> dict[str, rules.Miss]:
    """The miss of each staff-limited department in its three parts, or why they cannot be told.

    `verdicts` by present name, those of staff-limited departments. The replay starts 26 weeks before
    the filter's period, but not before `first_day` (of the data) or the department's first
    staffing figure. `now`: the successor of each department that has ended; `figures` as `staffing.history` gives them.
    """
    earliest = max(first_day, required(filters.period).start - timedelta(weeks=LEAD_WEEKS))
    rows = _rows(connection, filters, as_of, list(verdicts), earliest, now)
    contracted = set(connection.scalars(select(service_types.c.service_type).where(service_types.c.is_contracted)))
    found = {}
    for name, verdict in verdicts.items():
        mine = rows[rows["department"] == name]
        found[name] = _miss(name, verdict, mine, figures, contracted, earliest, as_of.date())
    return found


def _miss(
    name: str,
    verdict: rules.Verdict,
    rows: pd.DataFrame,
    figures: pd.DataFrame,
    contracted: set[str],
    earliest: date,
    today: date,
) -> rules.Miss:
    known = figures.loc[figures["current"] == name, "as_of_on"].min()
    start = max(earliest, known.date())
    days = (today - start).days + 1
    authorised, filled = staffing.posts_by_day(figures, name, start, days)
    if reason := rules.no_one(authorised, filled):
        nan = float("nan")
        return rules.Miss(nan, nan, nan, nan, reason)
    begin = _seconds(pd.Series([pd.Timestamp(start)]))[0]
    played = rules.replay(_queue(rows, contracted), rules.staff_factor(authorised, filled), int(begin))
    return rules.explain_miss(played, verdict.answer, verdict.reason)


def _rows(
    connection: Connection,
    filters: RequestFilter,
    as_of: datetime,
    departments: Sequence[str],
    start: date,
    now: Mapping[str, str],
) -> pd.DataFrame:
    """Requests open at some moment since `start`, or judged; department by its present name."""
    chosen = everyones(replace(filters, departments=tuple(departments)), now)
    judged, closed = is_judged(filters, as_of), expressions.is_closed(as_of)
    statement = select(
        _r.department,
        _r.service_type,
        func.coalesce(_r.resolution_code, "").label("resolution_code"),
        _r.created_at,
        case((closed, _r.closed_at)).label("closed_at"),
        expressions.overdue_from(filters.goals).label("overdue_from"),
        case((expressions.is_day_known(DayKnown.DUE), True), else_=False).label("is_day"),
        case((judged, True), else_=False).label("is_judged"),
        case((and_(expressions.has_due(filters.goals), expressions.is_met(as_of)), True), else_=False).label("is_met"),
    ).where(
        *(chosen.clauses(as_of) if departments else [_r.department.in_(())]),
        not_(expressions.is_unknown_closing()),
        or_(expressions.is_open(as_of), _r.closed_at >= datetime.combine(start, time.min), judged),
    )
    frame = fetch(connection, statement, dict.fromkeys(("department", "service_type", "resolution_code"), "category"))
    frame["department"] = frame["department"].map(lambda name: now.get(name, name))
    return frame


def _queue(rows: pd.DataFrame, contracted: set[str]) -> rules.Queue:
    code, types = pd.factorize(rows["service_type"])
    closed = _seconds(rows["closed_at"])
    # A due day has gone by when the day is over; a due moment may still be met at that moment.
    due = _seconds(rows["overdue_from"])
    due = np.where(due == rules.NEVER, due, due - rows["is_day"].to_numpy(bool))
    return rules.Queue(
        _seconds(rows["created_at"]),
        due,
        closed,
        code.astype(np.int64),
        _swept(rows, closed),
        rows["is_judged"].to_numpy(bool),
        rows["is_met"].to_numpy(bool),
        np.array([name in contracted for name in types], bool),
    )


def _seconds(moments: pd.Series) -> np.ndarray:
    """Seconds since 1970 on the wall clock, NEVER where empty; shape (rows,)."""
    whole = moments.to_numpy("datetime64[s]")
    return np.where(np.isnat(whole), rules.NEVER, whole.astype(np.int64))


def _swept(rows: pd.DataFrame, closed: np.ndarray) -> np.ndarray:
    """Which requests were closed in a sweep of their code, shape (rows,)."""
    swept = np.zeros(len(rows), bool)
    done = closed != rules.NEVER
    if not done.any():
        return swept
    day = closed[done] // 86400
    day = day - day.min()
    code, names = pd.factorize(rows["resolution_code"][done])
    daily = np.zeros((int(day.max()) + 1, len(names)), np.int64)
    np.add.at(daily, (day, code), 1)
    swept[done] = rules.mass_closures(daily)[day, code]
    return swept
