"""What came in, what went out and what waits, by department and type, as the workload rules want it.

Population: residents' and proactive requests, for the same crews do both. Weeks are runs of seven
days that end with the last midnight before `as_of`, so that no week is cut short.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
from sqlalchemy import Connection, not_, select

from db.model import expressions
from db.model.filters import RequestFilter
from db.model.schema import service_types
from db.queries.examples import example, given, of_filters
from db.queries.workload import counts
from db.queries.workload.counts import HORIZON_WEEKS, RECENT_WEEKS
from db.rules.workload import Standing, mass_closures
from db.rules.workload.posts import ratio
from db.storage.frames import fetch

HISTORY_WEEKS = 130
EXIT_WEEKS = 8
SHARE_WEEKS = 13

_NUMBERS = ("count", "late", "lag", "week", "goal_weeks")
_NO_ROWS = {name: np.zeros(0, int) for name in ("kind", "day", "code", *_NUMBERS)}


@dataclass(frozen=True)
class Flows:
    """One department's flows in requests (or effort hours, see `unit`), complete weeks, oldest first.

    `inflow`, `throughput` (sweeps included) and `swept` (closings in a sweep) have shape (weeks, types);
    `closed_by_lag` (lags,) counts closings by whole weeks waited, types of contractors left out;
    `backlog_at_start` (weeks,) is what waited when each week began. `open_count`, `overdue_count` (types,) are
    requests at `as_of`; `due_by` (14, types), cumulative, and `goal_weeks` (types,) are as in `Standing`. `fell_due`,
    `was_late` (weeks,): requests that became overdue, and overdue ones that were closed; a sweep counts as no closing.
    `came_in` (weeks,): requests created, with those ended at an unknown time, as `flow` counts them.
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
    fell_due: np.ndarray
    was_late: np.ndarray
    came_in: np.ndarray

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


@example(given(of_filters, now={}))
def read(
    connection: Connection, filters: RequestFilter, *, as_of: datetime, now: Mapping[str, str]
) -> dict[str, Flows]:
    """Every department's flows by its present name; `now` gives the successor of one that has ended.

    Departments without a request in the population are absent.
    """
    chosen = everyones(filters, now)
    midnight = datetime.combine(as_of.date(), time.min)
    conditions = [*chosen.clauses(as_of), not_(expressions.is_unknown_closing())]
    first = connection.scalar(expressions.first_created_at(*conditions))
    if first is None:
        return {}
    weeks = min(HISTORY_WEEKS, max(0, (midnight - datetime.combine(first.date(), time.min)).days // 7))
    start = midnight - timedelta(weeks=weeks)
    frames = {
        "inflow": counts.inflow(connection, conditions, start, midnight),
        "came_in": counts.inflow(connection, chosen.clauses(as_of), start, midnight),
        "fell_due": counts.fell_due(connection, conditions, start, midnight, filters.goals),
        "closings": counts.closings(
            connection, [*conditions, expressions.is_closed(as_of)], start, midnight, filters.goals
        ),
        "lags": counts.lags(connection, [*conditions, expressions.is_closed(as_of)], start),
        "waiting": counts.waiting(connection, conditions, as_of, filters.goals),
        "goals": counts.goals(connection, conditions, as_of, filters.goals),
    }
    kinds = _kinds(connection, sorted(set().union(*(frame["service_type"].unique() for frame in frames.values()))))
    tables = {key: _by_department(frame, kinds, start, now) for key, frame in frames.items()}
    names = sorted(set().union(*tables.values()))
    return {
        name: _flows(
            name, {key: table.get(name, _NO_ROWS) for key, table in tables.items()}, kinds, start.date(), weeks
        )
        for name in names
    }


@dataclass(frozen=True)
class _Kinds:
    """The service types that occur, in the order of their names; arrays of shape (kinds,)."""

    names: tuple[str, ...]
    effort: np.ndarray  # hours, NaN where not known
    is_contracted: np.ndarray


def _kinds(connection: Connection, names: list[str]) -> _Kinds:
    columns = (service_types.c.service_type, service_types.c.effort_hours, service_types.c.is_contracted)
    known = fetch(connection, select(*columns)).set_index("service_type").reindex(names)
    contracted = known["is_contracted"].fillna(False).to_numpy(bool)
    return _Kinds(tuple(names), known["effort_hours"].to_numpy(float), contracted)


def _by_department(
    frame: pd.DataFrame, kinds: _Kinds, start: datetime, now: Mapping[str, str]
) -> dict[str, dict[str, np.ndarray]]:
    """The rows of each department, by its present name, as arrays: what is in the frame, with numbers for its texts.

    `kind` is the place in `kinds`, `day` counts days since `start`, `code` numbers the resolution codes.
    """
    present = sorted({now.get(name, name) for name in frame["department"].unique()})
    owner = _places(frame["department"], present, now)
    columns = {name: frame[name].to_numpy() for name in frame if name in _NUMBERS}
    columns["kind"] = _places(frame["service_type"], kinds.names)
    if "day" in frame:
        columns["day"] = (frame["day"].to_numpy("datetime64[D]") - np.datetime64(start, "D")).astype(int)
    if "resolution_code" in frame:
        columns["code"] = pd.factorize(frame["resolution_code"])[0]
    order = np.argsort(owner, kind="stable")
    bounds = np.searchsorted(owner[order], np.arange(len(present) + 1))
    parts = [order[first:last] for first, last in pairwise(bounds)]
    return {
        name: {key: values[rows] for key, values in columns.items()} for name, rows in zip(present, parts, strict=True)
    }


def _places(texts: pd.Series, names: Sequence[str], now: Mapping[str, str] | None = None) -> np.ndarray:
    """The place of each text in `names`, of its successor where `now` gives one; shape (rows,)."""
    codes, found = pd.factorize(texts)
    place = {name: number for number, name in enumerate(names)}
    return np.array([place[(now or {}).get(name, name)] for name in found], int)[codes]


def _flows(
    department: str, tables: Mapping[str, Mapping[str, np.ndarray]], kinds: _Kinds, start: date, weeks: int
) -> Flows:
    used = np.unique(np.concatenate([table["kind"] for table in tables.values()]))
    types, contracted = tuple(kinds.names[kind] for kind in used), kinds.is_contracted[used]
    closings = tables["closings"]
    waiting = _counts(tables["waiting"], "week", HORIZON_WEEKS + 2, used)  # the last row is not due within the horizon
    weight, unit = _weights(kinds.effort[used])
    inflow = _by_week(tables["inflow"], weeks, used) * weight
    throughput = _by_week(closings, weeks, used) * weight
    net = (inflow - throughput).sum(axis=1)
    now_waiting = float((waiting.sum(axis=0) * weight).sum())
    return Flows(
        department,
        types,
        start,
        inflow,
        throughput,
        _by_week(_swept(closings, weeks), weeks, used) * weight,
        _lag_counts(tables["lags"], kinds.is_contracted),
        waiting.sum(axis=0),
        waiting[0],
        np.cumsum(waiting[:-1], axis=0),
        _goal_weeks(tables["goals"], used),
        weight,
        contracted,
        unit,
        np.maximum(now_waiting - np.cumsum(net[::-1])[::-1], 0),
        _by_week(tables["fell_due"], weeks, used).sum(axis=1),
        _by_week(_late(closings, weeks), weeks, used).sum(axis=1),
        (_by_week(tables["came_in"], weeks, used) * weight).sum(axis=1),
    )


def _weights(effort: np.ndarray) -> tuple[np.ndarray, str]:
    """Effort hours where every type of the department has them; hours and requests cannot be added up."""
    if len(effort) and np.all(np.isfinite(effort)):
        return effort, "effort_hours"
    return np.ones(len(effort)), "requests"


def _counts(rows: Mapping[str, np.ndarray], key: str, length: int, used: np.ndarray) -> np.ndarray:
    """Counts by `key`, which counts from 0 (from the end where negative), and kind, shape (length, kinds used)."""
    cell = rows[key] % length * len(used) + np.searchsorted(used, rows["kind"])
    counts = np.bincount(cell, weights=rows["count"], minlength=length * len(used))
    return counts.astype(float).reshape(length, len(used))  # of no rows it counts in whole numbers


def _by_week(rows: Mapping[str, np.ndarray], weeks: int, used: np.ndarray) -> np.ndarray:
    return _counts({**rows, "week": rows["day"] // 7}, "week", weeks, used) if weeks else np.zeros((0, len(used)))


def _goal_weeks(rows: Mapping[str, np.ndarray], used: np.ndarray) -> np.ndarray:
    """The mean of what departments that are one now promised for each kind, shape (kinds used,); NaN without a goal."""
    place = np.searchsorted(used, rows["kind"])
    total = np.bincount(place, weights=rows["goal_weeks"], minlength=len(used))
    return ratio(total, np.bincount(place, minlength=len(used)))


def _late(closings: Mapping[str, np.ndarray], weeks: int) -> dict[str, np.ndarray]:
    """The closings of overdue requests, without those in a sweep."""
    is_swept = _in_sweep(closings, weeks)
    return {**closings, "count": np.where(is_swept, 0, closings["late"])}


def _swept(closings: Mapping[str, np.ndarray], weeks: int) -> dict[str, np.ndarray]:
    """The rows (type, code, day) that belong to a sweep of their code on that day."""
    is_swept = _in_sweep(closings, weeks)
    return {key: values[is_swept] for key, values in closings.items()}


def _in_sweep(closings: Mapping[str, np.ndarray], weeks: int) -> np.ndarray:
    if not len(closings["day"]):
        return np.zeros(0, bool)
    names, code = np.unique(closings["code"], return_inverse=True)
    cell = closings["day"] * len(names) + code
    daily = np.bincount(cell, weights=closings["count"], minlength=weeks * 7 * len(names)).reshape(-1, len(names))
    return mass_closures(daily.astype(np.int64))[closings["day"], code]


def _lag_counts(lags: Mapping[str, np.ndarray], is_contracted: np.ndarray) -> np.ndarray:
    own = ~is_contracted[lags["kind"]]
    return np.bincount(lags["lag"][own], weights=lags["count"][own], minlength=1)
