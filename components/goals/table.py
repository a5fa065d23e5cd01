"""Every service type with its goal, what the goal rests on, and how it was kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from components import state
from components.cache import ask
from components.drawing import tables, wording
from components.links import View
from components.request.detail import goal_words
from db.queries.compliance import rates, time_to_close
from db.queries.goals import in_force

NO_TARGET = "no published target"
BASIS_WORDS = {
    "published": "published",
    "budget_average": "budget average",
    "draft": "draft",
    "none": NO_TARGET,
    "city": "the city's own due dates",
}
LABELS = {
    "service_type": "Service type",
    "goal": "Goal",
    "basis_words": "Basis",
    "compliance": "Kept",
    "due_count": "Due",
    "eligible_count": "Volume",
    "median": "Half ended in",
    "p90": "Nine in ten ended in",
    "work_median": "Half done in",
    "department_name": "Department",
    "since": "In force",
}
HELPS = {
    "basis_words": "goal_basis",
    "median": "median_days_to_close",
    "p90": "p90_days_to_close",
    "work_median": "work_median_days_to_close",
}


def goal_types(view: View) -> pd.DataFrame:
    """One row a service type, by volume, largest first: goals in force, volume, time to close, compliance.

    Compliance is against each type's own goal in force, whatever its basis, which stands beside it. Types of the
    profile without requests are there; so are types in the data that the profile does not know.
    """
    filters = replace(view.filters, goals="working")
    goals = ask(in_force.in_force, as_of=view.as_of)
    rates_by_type = ask(rates.by, filters, as_of=view.as_of, by="service_type")
    times = ask(time_to_close.time_to_close, view.filters, as_of=view.as_of)
    rates_by_type = rates_by_type[["key", "due_count", "compliance", "eligible_count"]].rename(
        columns={"key": "service_type"}
    )
    frame = goals.merge(rates_by_type, on="service_type", how="outer").merge(times, on="service_type", how="left")
    return _in_words(_of_the_view(frame, view))


def _of_the_view(frame: pd.DataFrame, view: View) -> pd.DataFrame:
    """The types of the departments and types chosen; one with requests in the view is always among them."""
    has_requests = frame["eligible_count"].notna()
    is_shown = pd.Series(True, index=frame.index)
    if view.filters.departments:
        is_shown &= frame["department"].isin(view.filters.departments) | has_requests
    if view.filters.service_types:
        is_shown &= frame["service_type"].isin(view.filters.service_types)
    return frame[is_shown]


def _in_words(frame: pd.DataFrame) -> pd.DataFrame:
    counts = ["eligible_count", "due_count"]
    frame = frame.assign(**{name: frame[name].fillna(0).astype("int64") for name in counts})
    basis = frame["basis"].fillna("none")
    basis = basis.where((basis != "none") | (frame["due_count"] == 0), "city")
    names = state.options().lists.get("department", {})
    longest = frame["longest_days"]
    return (
        frame.assign(
            department_name=frame["department"].map(lambda key: names.get(key, key), na_action="ignore"),
            goal=_texts(map(goal_words, frame["amount"], frame["unit"])),
            basis_words=basis.map(BASIS_WORDS),
            median=_texts(map(wording.days_taken, frame["median_days"], longest)),
            p90=_texts(map(wording.days_taken, frame["p90_days"], longest)),
            work_median=_texts(
                map(wording.days_until_done, frame["work_median_days"], longest, frame["work_share_most"])
            ),
            since=_texts(_in_force_words(row) for _, row in frame.iterrows()),
        )
        .sort_values(["eligible_count", "service_type"], ascending=[False, True])
        .reset_index(drop=True)
    )


def _texts(values: Iterable[str | None]) -> NDArray[np.object_]:
    return np.array(list(values), dtype=object)


def _in_force_words(row: pd.Series) -> str | None:
    """Since when the goal is in force, and who adopted it when."""
    if pd.isna(row["amount"]):
        return None
    since = "since ever" if pd.isna(row["effective_on"]) else f"from {row['effective_on']:%Y-%m-%d}"
    if pd.isna(row["adopted_by"]):
        return since
    day = "" if pd.isna(row["adopted_on"]) else f" on {row['adopted_on']:%Y-%m-%d}"
    return f"{since}, adopted by {row['adopted_by']}{day}"


def counts(frame: pd.DataFrame) -> str:
    """How many types have a goal, by what it rests on."""
    type_counts = frame["basis_words"].value_counts()
    parts = [f"{type_counts[words]} {words}" for words in BASIS_WORDS.values() if words in type_counts]
    return f"{len(frame)} service types: {', '.join(parts)}."


def choose(frame: pd.DataFrame) -> None:
    """The table; a row chosen is the type to try a goal for."""
    chosen = tables.opening_table(
        frame,
        LABELS,
        key="goals",
        alt="Every service type with its goal and how it was kept",
        helps=HELPS,
        pinned="service_type",
        height=520,
    )
    if chosen is not None:
        state.set_params(**{"try": chosen["service_type"], "amount": None, "unit": None, "share": None})
