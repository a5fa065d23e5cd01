"""Who breaks its promise, why, and what would mend it: one row a department, for the first screen."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from db.model.filters import RequestFilter
from db.queries.examples import example, of_filters
from db.queries.queue import stale
from db.queries.workload import staffing
from db.queries.workload.load import workload
from db.queries.workload.missed import TOO_FEW
from db.rules.proportions import wilson
from db.rules.workload import causes as rules

ADDED = (
    *("met_count", "kept_share", "low", "high", "posts_vacant", "stale_overdue_count", "cause", "remedy"),
    *("remedy_size", "best_possible_share"),
)


@example(of_filters)
def why_missed(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """The columns of `load.workload` and what follows from them, one row a department with something due.

    Counted like `workload`: what was due and kept is of the filter's population in its period (the last 13 weeks
    without one). Added columns: met_count (of due_count); kept_share (the same as compliance), low, high (95% Wilson
    interval); posts_vacant (posts, NaN without figures); stale_overdue_count (of overdue_count, so old that they
    perhaps no longer exist); best_possible_share (the most that any order could keep, with all posts filled where staff
    is the limit, NaN where not told); cause, a word of `Cause`; remedy, the first word of `Remedy` that would mend it,
    empty where nothing is to be mended or said, and remedy_size, in the unit that `db.rules.workload.causes` gives it.
    The parts are remains_points, vacancy_points, order_points, together_points (below zero where either alone would do)
    and untold_points; they add up to 100 x (1 - kept_share) where miss_state is told or cannot_tell. Order: those with
    enough due by kept_share, lowest first, then the others; then by due_count, most first, and department. Empty case:
    no rows, all columns.
    """
    frame = workload(connection, filters, as_of=as_of)
    frame = frame[frame["due_count"] > 0].reset_index(drop=True)
    frame = frame.assign(stale_overdue_count=_stale_counts(connection, filters, as_of, frame["department"]))
    rows: list[dict[str, Any]] = [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]
    low, high = wilson(frame["compliance"] * frame["due_count"], frame["due_count"])
    found = [rules.remedies(row) for row in rows]
    frame = frame.assign(
        met_count=(frame["compliance"] * frame["due_count"]).round().astype("int64"),
        kept_share=frame["compliance"],
        low=low,
        high=high,
        posts_vacant=frame["fte_authorised"] - frame["fte_filled"],
        cause=pd.Series([rules.main_cause(row).value for row in rows], index=frame.index, dtype="object"),
        remedy=pd.Series(
            [first[0].code.value if first else None for first in found], index=frame.index, dtype="object"
        ),
        remedy_size=pd.Series(
            [first[0].size if first else np.nan for first in found], index=frame.index, dtype="float64"
        ),
        best_possible_share=pd.Series([rules.best_possible(row) for row in rows], index=frame.index, dtype="float64"),
    )
    is_few = frame["miss_state"] == TOO_FEW
    order = frame.assign(is_few=is_few).sort_values(
        ["is_few", "kept_share", "due_count", "department"], ascending=[True, True, False, True]
    )
    return frame.loc[order.index].reset_index(drop=True)


def _stale_counts(connection: Connection, filters: RequestFilter, as_of: datetime, departments: pd.Series) -> pd.Series:
    """The overdue requests of each department that perhaps no longer exist, those of its predecessors with them."""
    now = staffing.successors(connection, as_of)
    crews = replace(filters, population="eligible", departments=())
    found = stale.overdue_by_department(connection, crews, as_of=as_of)
    present = found["department"].map(lambda name: now.get(name, name))
    counts = found["stale_overdue_count"].groupby(present).sum()
    return departments.map(counts).fillna(0).astype("int64")
