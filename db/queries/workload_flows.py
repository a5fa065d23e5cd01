"""What came in, what went out and what waits, by department and type, as the workload rules want it.

Population: residents' and proactive requests, for the same crews do both. Weeks are runs of seven
days that end with the last midnight before `as_of`, so that no week is cut short.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Date, Integer, and_, case, cast, func, literal, not_, select

from db import measures
from db.filters import RequestFilter
from db.frames import bytes_order, fetch
from db.rules.workload import Standing, mass_closures
from db.schema import requests, service_types

HISTORY_WEEKS = 130
HORIZON_WEEKS = 13
RECENT_WEEKS = 26
EXIT_WEEKS = 8
SHARE_WEEKS = 13

_r = requests.c


@dataclass(frozen=True)
class Flows:
    """One department's flows in requests (or effort hours, see `unit`), complete weeks, oldest first.

    `inflow`, `throughput` (sweeps included) and `swept` (closings in a sweep) have shape (weeks, types);
    `closed_by_lag` (lags,) counts closings by whole weeks waited, types of contractors left out;
    `backlog_at_start` (weeks,) is what waited when each week began. `open_count`, `overdue_count` (types,) are
    requests at `as_of`; `due_by` (14, types), cumulative, and `goal_weeks` (types,) are as in `Standing`.
    """

    department: str
    types: tuple[str, ...]
    first_week: date
    inflow: np.ndarray
    throughput: np.ndarray
    swept: np.ndarray
    closed_by_lag: np.ndarray
    open_count: np.ndarray
    overdue_count: np.ndarray
    due_by: np.ndarray
    goal_weeks: np.ndarray
    weight: np.ndarray  # unit of work a request, shape (types,)
    is_contracted: np.ndarray  # shape (types,)
    unit: str  # effort_hours | requests
    backlog_at_start: np.ndarray

    @property
    def weeks(self) -> int:
        return len(self.inflow)

    def own(self, weekly: np.ndarray) -> np.ndarray:
        """The work of the city's own posts, summed over types, shape (weeks,)."""
        return weekly[:, ~self.is_contracted].sum(axis=1)

    def standing(self) -> Standing:
        """The queue now, in the unit of work."""
        lately = (self.throughput - self.swept)[-SHARE_WEEKS:].sum(axis=0)
        total = lately.sum()
        share = lately / total if total > 0 else np.full(len(self.types), 1 / max(1, len(self.types)))
        return Standing(
            self.open_count * self.weight, self.due_by * self.weight, self.goal_weeks, share, self._exit_rate()
        )

    def exit_factors(self) -> np.ndarray:
        """Closings of each of the last 26 weeks over those at the rates of `standing`, shape (weeks,); NaN if none."""
        went, exposed = self.throughput[-RECENT_WEEKS:].sum(axis=1), self._exposed(RECENT_WEEKS)
        usual = (exposed * self._exit_rate()).sum(axis=1)
        return np.divide(went, usual, out=np.full(len(went), np.nan), where=usual > 0)

    def _exit_rate(self) -> np.ndarray:
        """Share of each type's open requests that left in a week, over the last 8 weeks, 0 to 1; shape (types,)."""
        went, exposed = self.throughput[-EXIT_WEEKS:].sum(axis=0), self._exposed(EXIT_WEEKS).sum(axis=0)
        return np.clip(np.divide(went, exposed, out=np.zeros(len(went)), where=exposed > 0), 0.0, 1.0)

    def _exposed(self, weeks: int) -> np.ndarray:
        """Work that could have left in each of the last `weeks`: waiting at its start or new; shape (weeks, types)."""
        came, net = self.inflow[-weeks:], (self.inflow - self.throughput)[-weeks:]
        start = self.open_count * self.weight - np.cumsum(net[::-1], axis=0)[::-1]
        return np.maximum(start, 0) + came


def everyones(filters: RequestFilter, now: Mapping[str, str]) -> RequestFilter:
    """The filter on residents' and proactive requests, without its period, and with the departments taken over."""
    named = filters.departments
    taken_over = tuple(old for old, new in now.items() if new in named and old not in named)
    return replace(filters, population="eligible", period=None, departments=named + taken_over)


def read(
    connection: Connection, filters: RequestFilter, *, as_of: datetime, now: Mapping[str, str]
) -> dict[str, Flows]:
    """Every department's flows by its present name; `now` gives the successor of one that has ended.

    Departments without a request in the population are absent.
    """
    chosen = everyones(filters, now)
    midnight = datetime.combine(as_of.date(), time.min)
    conditions = [*chosen.clauses(as_of), not_(measures.is_unknown_closing())]
    first = connection.scalar(measures.first_created_at(*conditions))
    if first is None:
        return {}
    weeks = min(HISTORY_WEEKS, max(0, (midnight - datetime.combine(first.date(), time.min)).days // 7))
    start = midnight - timedelta(weeks=weeks)
    frames = {
        "inflow": _inflow(connection, conditions, start, midnight),
        "closings": _closings(connection, [*conditions, measures.is_closed(as_of)], start, midnight),
        "lags": _lags(connection, [*conditions, measures.is_closed(as_of)], start),
        "waiting": _waiting(connection, conditions, as_of, filters.goals),
        "goals": _goals(connection, conditions, as_of, filters.goals),
    }
    for frame in frames.values():
        frame["department"] = frame["department"].map(lambda name: now.get(name, name))
    kinds = fetch(connection, select(service_types)).set_index("service_type")
    names = sorted(set().union(*(frame["department"] for frame in frames.values())))
    return {name: _flows(name, _of(frames, name), kinds, start.date(), weeks) for name in names}


def _of(frames: Mapping[str, pd.DataFrame], department: str) -> dict[str, pd.DataFrame]:
    return {key: frame[frame["department"] == department] for key, frame in frames.items()}


def _inflow(connection: Connection, conditions: list, start: datetime, end: datetime) -> pd.DataFrame:
    keys = [_r.department, _r.service_type, cast(_r.created_at, Date).label("day")]
    inside = [_r.created_at >= start, _r.created_at < end]
    return fetch(connection, select(*keys, func.count().label("count")).where(*conditions, *inside).group_by(*keys))


def _closings(connection: Connection, conditions: list, start: datetime, end: datetime) -> pd.DataFrame:
    keys = [_r.department, _r.service_type, _r.resolution_code, cast(_r.closed_at, Date).label("day")]
    inside = [_r.closed_at >= start, _r.closed_at < end]
    return fetch(connection, select(*keys, func.count().label("count")).where(*conditions, *inside).group_by(*keys))


def _lags(connection: Connection, conditions: list, start: datetime) -> pd.DataFrame:
    waited = cast(func.floor(measures.elapsed_days(_r.created_at, _r.closed_at) / 7), Integer)
    keys = [_r.department, _r.service_type, func.greatest(waited, 0, type_=Integer()).label("lag")]
    statement = select(*keys, func.count().label("count")).where(*conditions, _r.closed_at >= start).group_by(*keys)
    return fetch(connection, statement)


def _waiting(connection: Connection, conditions: list, as_of: datetime, goals: str) -> pd.DataFrame:
    """Open requests by the week they are due in: 0 overdue, 1 within seven days, ...; -1 without a goal or later."""
    ahead = cast(func.floor(measures.elapsed_days(literal(as_of), measures.overdue_from(goals)) / 7), Integer) + 1
    week = case(
        (measures.is_overdue(as_of, goals), 0),
        (and_(ahead >= 1, ahead <= HORIZON_WEEKS), ahead),
        else_=-1,
    ).label("week")
    keys = [_r.department, _r.service_type, week]
    statement = select(*keys, func.count().label("count")).where(*conditions, measures.is_open(as_of)).group_by(*keys)
    return fetch(connection, statement)


def _goals(connection: Connection, conditions: list, as_of: datetime, goals: str) -> pd.DataFrame:
    due = measures.due_at(goals)
    keys = [_r.department, _r.service_type]
    recent = [_r.created_at >= as_of - timedelta(weeks=RECENT_WEEKS), due.is_not(None)]
    promised = func.avg(measures.elapsed_days(_r.created_at, due) / 7).label("goal_weeks")
    statement = select(*keys, promised).where(*conditions, *recent).group_by(*keys)
    return fetch(connection, statement.order_by(bytes_order(_r.department), bytes_order(_r.service_type)))


def _flows(department: str, frames: Mapping[str, pd.DataFrame], kinds: pd.DataFrame, start: date, weeks: int) -> Flows:
    types = tuple(sorted(set().union(*(frame["service_type"] for frame in frames.values()))))
    place = {name: code for code, name in enumerate(types)}
    weight, unit = _weights(types, kinds)
    closings = frames["closings"].reset_index(drop=True)
    is_swept = _swept(closings, start, weeks)
    contracted = kinds["is_contracted"].reindex(types).fillna(False).to_numpy(bool)
    waiting = np.zeros((HORIZON_WEEKS + 2, len(types)))  # the last row, -1, is not due within the horizon
    rows = frames["waiting"]
    np.add.at(waiting, (rows["week"].to_numpy(int), rows["service_type"].map(place).to_numpy(int)), rows["count"])
    inflow = _by_week(frames["inflow"], place, start, weeks) * weight
    throughput = _by_week(closings, place, start, weeks) * weight
    goals = frames["goals"].groupby("service_type")["goal_weeks"].mean()
    net = (inflow - throughput).sum(axis=1)
    now_waiting = float((waiting.sum(axis=0) * weight).sum())
    return Flows(
        department,
        types,
        start,
        inflow,
        throughput,
        _by_week(closings[is_swept], place, start, weeks) * weight,
        _lag_counts(frames["lags"], types, contracted),
        waiting.sum(axis=0),
        waiting[0],
        np.cumsum(waiting[:-1], axis=0),
        goals.reindex(types).to_numpy(float),
        weight,
        contracted,
        unit,
        np.maximum(now_waiting - np.cumsum(net[::-1])[::-1], 0),
    )


def _weights(types: tuple[str, ...], kinds: pd.DataFrame) -> tuple[np.ndarray, str]:
    """Effort hours where every type of the department has them; hours and requests cannot be added up."""
    effort = kinds["effort_hours"].reindex(types).to_numpy(float)
    if len(types) and np.all(np.isfinite(effort)):
        return effort, "effort_hours"
    return np.ones(len(types)), "requests"


def _by_week(rows: pd.DataFrame, place: Mapping[str, int], start: date, weeks: int) -> np.ndarray:
    table = np.zeros((weeks, len(place)))
    week = ((rows["day"] - pd.Timestamp(start)).dt.days // 7).to_numpy(int)
    np.add.at(table, (week, rows["service_type"].map(place).to_numpy(int)), rows["count"].to_numpy(float))
    return table


def _swept(closings: pd.DataFrame, start: date, weeks: int) -> np.ndarray:
    """Which rows (department, type, code, day) belong to a sweep of their code on that day, shape (rows,)."""
    if closings.empty:
        return np.zeros(0, bool)
    day = (closings["day"] - pd.Timestamp(start)).dt.days.to_numpy(int)
    code, names = pd.factorize(closings["resolution_code"].fillna(""))
    daily = np.zeros((weeks * 7, len(names)), np.int64)
    np.add.at(daily, (day, code), closings["count"].to_numpy(np.int64))
    return mass_closures(daily)[day, code]


def _lag_counts(lags: pd.DataFrame, types: tuple[str, ...], contracted: np.ndarray) -> np.ndarray:
    own = lags[~lags["service_type"].isin([name for name, out in zip(types, contracted, strict=True) if out])]
    return np.bincount(own["lag"].to_numpy(int), weights=own["count"].to_numpy(float), minlength=1)
