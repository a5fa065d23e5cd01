"""Who breaks its promise, why, and what would mend it: one row a department, for the first screen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from db.model.filters import RequestFilter
from db.queries.examples import example, of_filters
from db.queries.workload.load import workload
from db.queries.workload.missed import CANNOT_TELL, NOTHING_DUE, TOLD, TOO_FEW, TOO_SHORT
from db.rules import workload as rules
from db.rules.proportions import wilson

NOTHING_MISSED = "nothing_missed"
CONTRACTORS, SHORT_OF_STAFF, ORDER, NOT_STAFF, UNTOLD = "contractors", "staff", "order", "not_staff", "cannot_tell"
POSTS, ORDER_OF_WORK, GOAL, ASK_CONTRACTOR, ASK_PARTS = "posts", "order", "goal", "ask_contractor", "ask_parts"
LEAST_POINTS = 1.0  # a remedy under a point is none
LEAST_AVOIDED = 5.0
BEST_UNDER = 0.80  # where even the best of all keeps less, the goal itself is in question
ADDED = ("met_count", "kept_share", "low", "high", "posts_vacant", "cause", "remedy", "best_possible_share")


@example(of_filters)
def why_missed(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """The columns of `load.workload` and what follows from them, one row a department with something due.

    Counted like `workload`: what was due and kept is of the filter's population in its period (the last 13 weeks
    without one). Added columns: met_count (of due_count); kept_share (the same as compliance), low, high (95% Wilson
    interval); posts_vacant (posts, NaN without figures); best_possible_share (the most that any order could keep, with
    all posts filled where staff is the limit, NaN where not told); cause, the largest part of the miss: staff |
    order | not_staff (throughput follows demand: it waits for something else, parts or permits say) | contractors |
    cannot_tell | too_few | too_short | nothing_missed; remedy, what would mend most of it: posts (its size is
    overdue_avoided_if_filled, at most vacancy_points of what was due) | order (its size is order_points) | goal (even
    the best keeps only best_possible_share) | ask_contractor | ask_parts | empty where nothing can be said. The parts
    are remains_points, vacancy_points, order_points, together_points (below zero where either alone would do) and
    untold_points; they add up to 100 x (1 - kept_share) where miss_state is told or cannot_tell. Order: those with
    enough due by kept_share, lowest first, then the others; then by due_count, most first, and department. Empty case:
    no rows, all columns.
    """
    frame = workload(connection, filters, as_of=as_of)
    frame = frame[frame["due_count"] > 0].reset_index(drop=True)
    rows: list[dict[str, Any]] = [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]
    low, high = wilson(frame["compliance"] * frame["due_count"], frame["due_count"])
    causes = [_cause(row) for row in rows]
    frame = frame.assign(
        met_count=(frame["compliance"] * frame["due_count"]).round().astype("int64"),
        kept_share=frame["compliance"],
        low=low,
        high=high,
        posts_vacant=frame["fte_authorised"] - frame["fte_filled"],
        cause=pd.Series(causes, index=frame.index, dtype="object"),
        remedy=pd.Series([_remedy(row) for row in rows], index=frame.index, dtype="object"),
        best_possible_share=pd.Series([_best(row) for row in rows], index=frame.index, dtype="float64"),
    )
    is_few = frame["miss_state"] == TOO_FEW
    order = frame.assign(is_few=is_few).sort_values(
        ["is_few", "kept_share", "due_count", "department"], ascending=[True, True, False, True]
    )
    return frame.loc[order.index].reset_index(drop=True)


def _cause(row: dict[str, Any]) -> str:
    if row["compliance"] == 1:
        return NOTHING_MISSED
    if row["miss_state"] in (TOO_FEW, TOO_SHORT, NOTHING_DUE):
        return str(row["miss_state"])
    if row["miss_state"] == CANNOT_TELL:
        return CONTRACTORS
    staff, order = (np.nan_to_num(row[name]) for name in ("vacancy_points", "order_points"))
    if max(staff, order) >= LEAST_POINTS and max(staff, order) >= np.nan_to_num(row["untold_points"]):
        if row["staff_limited"] == rules.NO:
            return NOT_STAFF
        return SHORT_OF_STAFF if staff > 0 and row["staff_limited"] == rules.YES else ORDER
    return NOT_STAFF if row["staff_limited"] == rules.NO else UNTOLD


def _remedy(row: dict[str, Any]) -> str | None:
    """What would mend most of the miss: what lies in the department's hands before what has to be asked."""
    if row["compliance"] == 1 or row["miss_state"] not in (TOLD, CANNOT_TELL):
        return None
    if row["miss_state"] == CANNOT_TELL:
        return ASK_CONTRACTOR
    if row["staff_limited"] == rules.YES and row["overdue_avoided_if_filled"] >= LEAST_AVOIDED:
        return POSTS if row["vacancy_points"] >= LEAST_POINTS or row["order_points"] < LEAST_POINTS else ORDER_OF_WORK
    if _best(row) < BEST_UNDER:
        return GOAL
    if row["staff_limited"] == rules.NO:
        return ASK_PARTS
    return ORDER_OF_WORK if row["order_points"] >= LEAST_POINTS else None


def _best(row: dict[str, Any]) -> float:
    """The most that could be kept, as `why_missed` says."""
    filled = row["best_share_filled"]
    return float(row["best_share_shared"] if np.isnan(filled) else filled)
