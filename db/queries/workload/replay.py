"""The requests that a replay of past days needs, and what each department's miss is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Connection, and_, case, func, not_, or_, select

from db.model import expressions
from db.model.filters import Period, RequestFilter
from db.model.schema import requests, service_types
from db.queries.compliance import cohorts
from db.queries.compliance.time_to_close import WITHOUT_WORK
from db.queries.examples import QUARTER_DAYS, Given, example, of_filters
from db.queries.periods import required
from db.queries.workload import staffing
from db.queries.workload.flows import everyones
from db.rules import replay as rules
from db.rules import workload
from db.rules.replay.work import DAY
from db.rules.workload.posts import Floats
from db.storage.frames import fetch

LEAD_WEEKS = 26
"""The replay starts so long before the period: what vacancies cost is also the backlog they let grow."""
QUICK_SECONDS = 3600
DANGER_POINTS = 24.0
TEXTS = ("department", "service_type", "resolution_code", "outcome")

_r = requests.c


@dataclass(frozen=True)
class Since:
    """What vacancies would have kept had all posts been filled since `start`: points, NaN where not told."""

    start: date
    low: float
    high: float


@dataclass(frozen=True)
class Found:
    """A department's miss in the period, and what vacancies cost since its first staffing figure (None: no such)."""

    miss: rules.Miss
    since: Since | None = None


@dataclass(frozen=True, eq=False)
class _City:
    """What the replays of all departments share."""

    figures: pd.DataFrame
    contracted: frozenset[str]
    dangers: frozenset[str]
    period: Period
    first_day: date
    today: date

    @property
    def lead(self) -> date:
        return max(self.first_day, self.period.start - timedelta(weeks=LEAD_WEEKS))

    def first_figure(self, name: str) -> date | None:
        """The day of a department's first staffing figure."""
        known = self.figures.loc[self.figures["current"] == name, "as_of_on"].min()
        return None if pd.isna(known) else known.date()


def is_judged(filters: RequestFilter, as_of: datetime) -> ColumnElement[bool]:
    """Counts for compliance: of the filter's population, due in its period and by `as_of`, met or missed."""
    return and_(expressions.in_population(filters.population, as_of), *cohorts.is_judged(filters, as_of))


def _of_staff_limited(connection: Connection, as_of: datetime) -> list[Given]:
    """As if staff were the limit in every department with staffing figures, so that each is replayed."""
    return [_as_if_limited(connection, one) for one in of_filters(connection, as_of)]


def _as_if_limited(connection: Connection, one: Given) -> Given:
    names = connection.scalars(select(requests.c.department).distinct()).all()
    figures = staffing.history(connection, **one)
    staffed = set(figures["current"])
    limited, unknown = workload.Verdict(workload.YES, ""), workload.Verdict(workload.CANNOT_TELL, workload.NO_ONE)
    return {
        **one,
        "verdicts": {name: limited if name in staffed else unknown for name in names},
        "varied": dict.fromkeys(names, True),
        "first_day": one["as_of"].date() - timedelta(days=QUARTER_DAYS),
        "now": staffing.successors(connection, one["as_of"]),
        "figures": figures,
    }


@example(_of_staff_limited)
def misses(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    verdicts: Mapping[str, workload.Verdict],
    varied: Mapping[str, bool],
    first_day: date,
    now: Mapping[str, str],
    figures: pd.DataFrame,
) -> dict[str, Found]:
    """The miss of each department of `verdicts` in its parts, and why a part cannot be told.

    `verdicts` by present name, without departments of contractors; `varied`: whether the posts filled varied enough to
    tell them from a fixed supply. The replay starts 26 weeks before the filter's period, but not before `first_day` (of
    the data), nor, where staff is the limit, before the first staffing figure. `now`: the successor of each department
    that has ended; `figures` as `staffing.history` gives them. Departments of which nothing was due are absent.
    """
    types = connection.execute(
        select(service_types.c.service_type, service_types.c.is_contracted, service_types.c.safety_points)
    ).all()
    city = _City(
        figures,
        frozenset(row.service_type for row in types if row.is_contracted),
        frozenset(row.service_type for row in types if row.safety_points >= DANGER_POINTS),
        required(filters.period),
        first_day,
        as_of.date(),
    )
    starts = {name: _first_start(city, name, verdict) for name, verdict in verdicts.items()}
    rows = _rows(connection, filters, as_of, starts, city.lead, now)
    found = {}
    for name, mine in rows.groupby("department", observed=True, sort=True):
        if name in verdicts and mine["is_judged"].any():
            found[str(name)] = _miss(city, str(name), verdicts[str(name)], mine, varied[str(name)])
    return found


def _first_start(city: _City, name: str, verdict: workload.Verdict) -> date:
    """From when on the requests of a department are needed."""
    first = city.first_figure(name)
    if verdict.answer != workload.YES or first is None:
        return city.lead
    return min(city.lead, max(first, city.first_day))


def _miss(city: _City, name: str, verdict: workload.Verdict, rows: pd.DataFrame, is_varied: bool) -> Found:
    work = work_of(rows, city.contracted, city.dangers)
    due_count = int(work.is_judged.sum())
    if due_count < rules.FEW:
        return Found(rules.Miss(due_count=due_count, kept=work.kept(), reason=rules.TOO_FEW))
    if city.period.days < typical_days(work, city.today):
        return Found(rules.Miss(due_count=due_count, kept=work.kept(), reason=rules.TOO_SHORT))
    first = city.first_figure(name)
    answer, reason = verdict.answer, verdict.reason
    factor, start = _factor(city, name, city.lead), city.lead
    if answer == workload.YES and first is not None:
        start = max(city.lead, first)
        factor = _factor(city, name, start)
        if first > city.period.start:
            answer, reason = workload.CANNOT_TELL, "no staffing figure from before this period"
        elif not np.all(np.isfinite(factor)):
            answer, reason = workload.CANNOT_TELL, workload.NO_ONE
    miss = rules.explain(
        work, start=_midnight(start), factor=factor, staff_limited=answer, reason=reason, is_varied=is_varied
    )
    is_told = answer == workload.YES and not np.isnan(miss.vacancy)
    return Found(miss, _since(city, name, work, first, start, is_varied) if is_told else None)


def _since(city: _City, name: str, work: rules.Work, first: date | None, start: date, is_varied: bool) -> Since | None:
    """The second figure: all posts filled since the first staffing figure; None where that is the first one's start."""
    if first is None or max(first, city.first_day) >= start:
        return None
    begin = max(first, city.first_day)
    factor = _factor(city, name, begin)
    if not np.all(np.isfinite(factor)):
        return None
    hands = rules.hands_gain(work, _midnight(begin), factor, is_varied=is_varied)
    return Since(begin, hands.low, hands.high)


def _factor(city: _City, name: str, start: date) -> Floats:
    """Authorised over filled posts on each day from `start` to today; NaN where either is not known."""
    authorised, filled = staffing.posts_by_day(city.figures, name, start, (city.today - start).days + 1)
    return workload.staff_factor(authorised, filled)


def typical_days(work: rules.Work, today: date) -> float:
    """The median time from creation to closing of the judged requests, open ones counted up to today, in days."""
    until = np.minimum(work.closed, _midnight(today + timedelta(days=1)))
    return float(np.median((until - work.created)[work.is_judged])) / DAY


def _rows(
    connection: Connection,
    filters: RequestFilter,
    as_of: datetime,
    starts: Mapping[str, date],
    lead: date,
    now: Mapping[str, str],
) -> pd.DataFrame:
    """Requests open at some moment since the department's start, or judged; department by its present name."""
    early = tuple(name for name, start in starts.items() if start < lead)
    frames = [_since_start(connection, filters, as_of, tuple(n for n in starts if n not in early), lead, now)]
    for name in early:
        frames.append(_since_start(connection, filters, as_of, (name,), starts[name], now))
    return pd.concat([frame for frame in frames if len(frame)] or frames, ignore_index=True)


def _since_start(
    connection: Connection,
    filters: RequestFilter,
    as_of: datetime,
    departments: Sequence[str],
    start: date,
    now: Mapping[str, str],
) -> pd.DataFrame:
    chosen = everyones(replace(filters, departments=tuple(departments)), now)
    judged, closed = is_judged(filters, as_of), expressions.is_closed(as_of)
    statement = select(
        _r.department,
        _r.service_type,
        func.coalesce(_r.resolution_code, "").label("resolution_code"),
        func.coalesce(_r.outcome, "").label("outcome"),
        _r.created_at,
        case((closed, _r.closed_at)).label("closed_at"),
        expressions.overdue_from("working").label("overdue_from"),
        _r.due_by_day.label("is_due_day"),
        _r.closed_by_day.label("is_closed_day"),
        _r.is_proactive,
        case((judged, True), else_=False).label("is_judged"),
        case((and_(expressions.has_due(filters.goals), expressions.is_met(as_of)), True), else_=False).label("is_met"),
    ).where(
        *(chosen.clauses(as_of) if departments else [_r.department.in_(())]),
        not_(expressions.is_unknown_closing()),
        or_(expressions.is_open(as_of), _r.closed_at >= datetime.combine(start, time.min), judged),
    )
    frame = fetch(connection, statement, dict.fromkeys(TEXTS, "category"))
    frame["department"] = frame["department"].astype(object).map(lambda name: now.get(name, name))
    return frame


def work_of(rows: pd.DataFrame, contracted: frozenset[str], dangers: frozenset[str]) -> rules.Work:
    """One department's rows as a replay takes them."""
    code, types = pd.factorize(rows["service_type"])
    created, closed = _seconds(rows["created_at"]), _seconds(rows["closed_at"])
    closed_day, due_day = (rows[name].to_numpy(bool) for name in ("is_closed_day", "is_due_day"))
    is_closed = closed != rules.NEVER
    # Where only the day of a closing is known, it counts with the end of its day, and so does every due moment.
    closed = np.where(is_closed & closed_day, _end_of_day(closed), closed)
    due = _seconds(rows["overdue_from"])
    due = np.where(due == rules.NEVER, due, due - due_day)
    if (closed_day & is_closed).any():
        due = np.where(due == rules.NEVER, due, _end_of_day(due))
    closed = np.where(is_closed, np.maximum(closed, created), closed)
    is_contracted = np.array([name in contracted for name in types], bool)
    by_staff = ~rows["outcome"].isin(WITHOUT_WORK).to_numpy(bool)
    fixed = rows["is_proactive"].to_numpy(bool) | is_contracted[code] | _swept(rows, closed)
    fixed |= is_closed & (~by_staff | (~closed_day & (closed - created < QUICK_SECONDS)))
    return rules.Work(
        created,
        due,
        closed,
        code.astype(np.int64),
        fixed,
        rows["is_judged"].to_numpy(bool),
        rows["is_met"].to_numpy(bool),
        _usual_seconds(created, due, closed, code, len(types)),
        np.array([name in dangers for name in types], np.int64),
    )


def _usual_seconds(created: np.ndarray, due: np.ndarray, closed: np.ndarray, code: np.ndarray, count: int) -> Floats:
    """Each type's goal, or its usual time to close where it has none; a month where neither is known."""
    found = np.full(count, 30.0 * DAY)
    for until in (closed, due):  # the goal last, so that it stands where there is one
        known = until != rules.NEVER
        medians = pd.Series((until - created)[known]).groupby(code[known]).median()
        found[medians.index] = medians.to_numpy(float)
    return found


def _midnight(day: date) -> int:
    return int(np.datetime64(day, "s").astype(np.int64))


def _end_of_day(moments: np.ndarray) -> np.ndarray:
    return np.asarray(moments // DAY * DAY + DAY - 1)


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
    day = closed[done] // DAY
    day = day - day.min()
    code, names = pd.factorize(rows["resolution_code"][done])
    daily = np.zeros((int(day.max()) + 1, len(names)), np.int64)
    np.add.at(daily, (day, code), 1)
    swept[done] = workload.mass_closures(daily)[day, code]
    return swept
