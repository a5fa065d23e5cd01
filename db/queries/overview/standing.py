"""How each department stands: what it kept of what was due, whether that changed beyond chance, and what is overdue."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select

from db.model import expressions
from db.model.filters import RequestFilter
from db.model.schema import requests
from db.queries.compliance import cohorts, rates
from db.queries.examples import example, of_filters
from db.queries.queue import backlog
from db.rules.proportions import SMALL, is_about_same
from db.rules.vocabulary import Basis
from db.storage.frames import fetch

WEEK = timedelta(days=7)
EARLIER = ("previous", "year_before")
_r = requests.c
_KEPT = ("due_count", "met_count", "compliance", "low", "high", "is_small", "with_goal_count")


@example(of_filters)
def by_department(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """One row a department: the promise over the filter's period, and the backlog at `as_of` beside a week ago.

    Columns: department, name (text); due_count, met_count (int64, due in the period and by `as_of`), compliance, low,
    high (float64, NaN without due ones), is_small (bool, under 30 due), basis (text, what the goals of those due rest
    on: a word of `Basis` where all have the same, else "mixed", empty without due ones), is_below_others (bool, under
    all other departments together beyond chance); for each X of "previous" (the stretch of equal length before)
    and "year_before": X_compliance (float64), X_points (float64, change in points) and X_is_same (bool, within
    chance; False where either has fewer than 30 due, see X_is_small); open_count, overdue_count (int64),
    overdue_week_change (float64, against seven days before, NaN where the data begin later), has_goal (bool: False
    where nothing due, open or made in the period has a goal under the filter's goals: "0 overdue" would say nothing).
    Order: compliance, lowest first, those with under 30 due after the others, NaN last, then department. Empty case:
    no rows, all columns. Raises ValueError for a filter without a period. Definition: "compliance", "about the same".
    """
    counts = rates.counts(connection, filters, as_of=as_of)
    kept = _compared(
        *(rates.by(connection, filters, as_of=as_of, by="department", against=name, using=counts) for name in EARLIER)
    )
    waiting = backlog.by_department(connection, filters, as_of=as_of)[
        ["department", "name", "open_count", "overdue_count", "no_goal_count"]
    ]
    frame = kept.merge(waiting, on="department", how="outer", suffixes=("", "_waiting"))
    frame["name"] = frame["name"].where(frame["name"].notna(), frame["name_waiting"])
    whole = ["due_count", "met_count", "with_goal_count", "open_count", "overdue_count", "no_goal_count"]
    frame[whole] = frame[whole].fillna(0).astype("int64")
    frame["is_small"] = frame["due_count"] < SMALL
    flags = ["is_below_others", *(f"{name}_{flag}" for name in EARLIER for flag in ("is_same", "is_small"))]
    frame[flags] = frame[flags].astype("boolean").fillna(False).astype(bool)
    has_goal = (
        (frame["due_count"] > 0) | (frame["open_count"] > frame["no_goal_count"]) | (frame["with_goal_count"] > 0)
    )
    frame = frame.assign(
        has_goal=has_goal,
        published_due_count=_published(connection, filters, as_of, frame["department"]),
        overdue_week_change=_week_change(connection, filters, as_of, frame[["department", "overdue_count"]]),
    )
    order = frame.assign(none=frame["compliance"].isna()).sort_values(["none", "is_small", "compliance", "department"])
    return order.drop(columns=["none", "name_waiting", "with_goal_count", "no_goal_count"]).reset_index(drop=True)


def _compared(previous: pd.DataFrame, year_before: pd.DataFrame) -> pd.DataFrame:
    """The compliance of each department with its two changes, and whether it lies under the others'."""
    frame = previous[["key", "name", *_KEPT]].rename(columns={"key": "department"})
    for name, found in zip(EARLIER, (previous, year_before), strict=True):
        earlier = found.set_index("key").reindex(frame["department"]).reset_index()
        met, due = (earlier[f"previous_{what}_count"].fillna(0).to_numpy() for what in ("met", "due"))
        frame[f"{name}_compliance"] = earlier["previous_compliance"]
        frame[f"{name}_points"] = earlier["change_points"]
        frame[f"{name}_is_small"] = (due < SMALL) | (frame["due_count"] < SMALL)
        same = is_about_same(frame["met_count"], frame["due_count"], met, due)
        frame[f"{name}_is_same"] = same & ~frame[f"{name}_is_small"]
    others_due, others_met = (frame[what].sum() - frame[what] for what in ("due_count", "met_count"))
    with np.errstate(divide="ignore", invalid="ignore"):
        is_lower = frame["compliance"] < (others_met / others_due)
    differs = ~is_about_same(frame["met_count"], frame["due_count"], others_met, others_due)
    return frame.assign(is_below_others=is_lower & differs & (frame["due_count"] >= SMALL))


def _published(connection: Connection, filters: RequestFilter, as_of: datetime, departments: pd.Series) -> pd.Series:
    """How many of each department's due requests were due by a published goal."""
    published = expressions.counted(_r.goal_basis == Basis.PUBLISHED.value).label("published")
    statement = (
        select(_r.department, published)
        .where(*cohorts.is_judged(filters, as_of), *filters.clauses(as_of))
        .group_by(_r.department)
    )
    found = fetch(connection, statement).set_index("department")["published"]
    return departments.map(found).fillna(0).astype("int64")


def _week_change(connection: Connection, filters: RequestFilter, as_of: datetime, now: pd.DataFrame) -> pd.Series:
    """How many more are overdue than seven days before; NaN where the data begin later than that."""
    first = connection.scalar(expressions.first_created_at())
    if first is None or first > as_of - WEEK:
        return pd.Series(np.nan, index=now.index)
    before = backlog.by_department(connection, filters, as_of=as_of - WEEK).set_index("department")["overdue_count"]
    return now["overdue_count"] - now["department"].map(before).fillna(0).astype("float64")
