"""What the past says of open requests: how likely each is late, what is usual for a type, from when on it may be gone.

Made once a day for a version of the data and shared: the ranking of any department reads from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select

from db.model import expressions
from db.model.schema import requests
from db.queries.examples import a_moment, example
from db.queries.queue import risk
from db.rules.survival import period_estimate, quantile
from db.rules.triage.stale import LEAST_GOALS, NEVER_STALE, WINDOW_DAYS, month_of, stale_age
from db.rules.workload import mass_closures
from db.storage.frames import fetch

ENDED_BY_WORK = ("work_done", "nothing_found")
ADMINISTRATIVE = ("administrative", "cancelled", "duplicate", "acknowledged")
_PAIR = ["service_type", "department"]
COARSER: tuple[list[str], ...] = (["service_type"], ["department"], [])  # before no age: of the type, department, city
AGE_COLUMNS = ("service_type", "department", "stale_days", "usual_days", "goal_days", "request_count")

_r = requests.c


@dataclass(frozen=True, eq=False)
class Learned:
    """The curves of breach risk (`risk.Curves`) and the ages of each type and department (`ages`)."""

    curves: risk.Curves
    ages: pd.DataFrame


@example(lambda connection, as_of: [{"as_of": risk.curves_moment(as_of)}])
def learn(connection: Connection, *, as_of: datetime, population: str = "residents") -> Learned:
    """What was known at `as_of`, the start of a day: the curves of that day and the ages of its month."""
    return Learned(
        risk.curves(connection, as_of=as_of, population=population),
        ages(connection, as_of=as_of, population=population),
    )


@example(a_moment)
def ages(connection: Connection, *, as_of: datetime, population: str = "residents") -> pd.DataFrame:
    """The stale age and the usual time of each type and department, fixed at the start of the month of `as_of`.

    Columns: service_type, department (text), stale_days (float64, the age from which a request may no longer exist,
    see `db.rules.triage.stale`; where too few of a type grew old, that of all such types together, else of those of
    the department or the city; NaN for none), usual_days (float64, the median time to any end over the year before;
    NaN where fewer than half ended), goal_days (float64, the median goal in elapsed days, NaN without one),
    request_count (int64, requests seen in that year). By type, then department. Empty case: no rows, all columns.
    """
    month = month_of(as_of)
    seen = _seen(connection, month, population)
    start = np.datetime64(month - timedelta(days=WINDOW_DAYS), "us")
    now, day = np.datetime64(month, "us"), np.timedelta64(1, "D")
    created, left = (seen[name].to_numpy("datetime64[us]") for name in ("created_at", "left_at"))
    leaves = np.minimum(left, now)
    seen["entry"], seen["exit"] = (np.maximum(created, start) - created) / day, (leaves - created) / day
    seen["ended"] = left <= now
    seen["worked"] = seen["ended"] & ~seen["outcome"].isin(ADMINISTRATIVE) & ~_swept(seen)
    seen["goal"] = (seen["due_at"].to_numpy("datetime64[us]") - created) / day
    of_pairs = [_of_pair(pair, group) for pair, group in seen.groupby(_PAIR, observed=True)]
    frame = pd.DataFrame(of_pairs, columns=list(AGE_COLUMNS))
    kinds = dict.fromkeys(("stale_days", "usual_days", "goal_days"), "float64") | {"request_count": "int64"}
    frame = frame.astype(kinds).sort_values(_PAIR, ignore_index=True)
    for columns in COARSER:
        _ask_coarser(frame, seen, columns)
    frame["stale_days"] = frame["stale_days"].replace(NEVER_STALE, np.nan)
    return frame


def _of_pair(pair: Any, group: pd.DataFrame) -> tuple[str, str, float, float, float, int]:
    goals = group["goal"].dropna()
    goal = float(goals.median()) if len(goals) else float("nan")
    usual = quantile(period_estimate(group["entry"], group["exit"], group["ended"]), 0.5)
    age = stale_age(group["entry"], group["exit"], group["worked"], goal_days=goal)
    return *pair, age, float("nan") if usual is None else usual, goal, len(group)


def _ask_coarser(frame: pd.DataFrame, seen: pd.DataFrame, columns: list[str]) -> None:
    """Give types of which too few grew old the age of all such ones with the same `columns`, three goals at least."""
    unknown = frame[frame["stale_days"].isna()]
    if unknown.empty:
        return
    rows = seen.merge(unknown[_PAIR], on=_PAIR)
    groups = unknown.groupby(columns, sort=False).indices if columns else {"": np.arange(len(unknown))}
    for name, places in groups.items():
        pool = rows[rows[columns[0]] == name] if columns else rows
        age = stale_age(pool["entry"], pool["exit"], pool["worked"], goal_days=float("nan"))
        where = unknown.index[places]
        least = LEAST_GOALS * frame.loc[where, "goal_days"].fillna(0.0)
        frame.loc[where, "stale_days"] = np.maximum(age, least)


def _seen(connection: Connection, month: datetime, population: str) -> pd.DataFrame:
    """Requests that were open at some moment of the year before `month`, ends without a usable time left out."""
    statement = select(
        _r.service_type,
        _r.department,
        func.coalesce(_r.resolution_code, "").label("resolution_code"),
        _r.outcome,
        _r.created_at,
        risk.left_at().label("left_at"),
        _r.due_at,
    ).where(
        _r.created_at < month,
        expressions.ever_in_population(population),
        _r.open_until > month - timedelta(days=WINDOW_DAYS),
        ~expressions.is_unknown_closing(),
    )
    kinds = dict.fromkeys(("service_type", "department", "resolution_code", "outcome"), "category")
    return fetch(connection, statement, kinds | {"due_at": "moment"})


def _swept(seen: pd.DataFrame) -> NDArray[np.bool_]:
    """Which requests ended in a mass closure of their department: its code more than three times its usual day."""
    found = np.zeros(len(seen), bool)
    day = seen["left_at"].to_numpy("datetime64[D]").astype(np.int64)
    for _, rows in seen[seen["ended"]].groupby("department", observed=True).indices.items():
        where = np.flatnonzero(seen["ended"].to_numpy(bool))[rows]
        _, code = np.unique(seen["resolution_code"].cat.codes.to_numpy()[where], return_inverse=True)
        found[where] = swept_days(day[where], code)
    return found


def swept_days(day: NDArray[np.int64], code: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which closings, each with its day and its code as numbers, belong to a mass closure; shape (n,) in and out."""
    if not len(day):
        return np.zeros(0, bool)
    since = day - day.min()
    daily = np.zeros((int(since.max()) + 1, int(code.max()) + 1), np.int64)
    np.add.at(daily, (since, code), 1)
    return mass_closures(daily)[since, code]
