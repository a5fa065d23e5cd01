"""Goals that were tried, as drafts in a file that `goals import` reads."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import streamlit as st

from components import state
from components.drawing import tables
from components.links import View
from db.model.schema import GOAL_COLUMNS
from db.queries.goals.what_if import Try


def proposal(tried: tuple[Try, ...], types: pd.DataFrame, view: View, first_day: date) -> pd.DataFrame:
    """The goals tried as drafts, in the columns of `goals import`; who adopts them is left to the import.

    `types`: `what_if.tried` by service type, for what the trial found.
    """
    results = types.set_index("service_type")
    rows = []
    for goal in tried:
        result = "no whole month to judge it by"
        if goal.service_type in results.index:
            counts = results.loc[goal.service_type]
            result = f"{counts['met_count']:.0f} of {counts['due_count']:.0f} kept it"
        rows.append(
            {
                "service_type": goal.service_type,
                "amount": f"{goal.amount:g}",
                "unit": goal.unit,
                "calendar": goal.calendar.name,
                "effective_on": first_day.isoformat(),
                "basis": "draft",
                "citation": f"tried on history as of {view.as_of:%Y-%m-%d}: {result}",
                "adopted_by": None,
                "adopted_on": None,
            }
        )
    return pd.DataFrame(rows, columns=list(GOAL_COLUMNS))


def first_day() -> date:
    """The first day of the drafts: the one in the link, else the first of next month."""
    next_month = (state.options().now.date().replace(day=1) + timedelta(days=32)).replace(day=1)
    return state.page_params().day("first", next_month)


def propose(tried: tuple[Try, ...], types: pd.DataFrame, view: View) -> None:
    """The first day, and the drafts as a file."""
    day = first_day()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        state.seed("choose_first", day)
        st.date_input(
            "First day",
            key="choose_first",
            format="YYYY-MM-DD",
            width=200,
            on_change=lambda: state.set_params(first=str(state.value("choose_first"))),
        )
        lines = tables.header("Draft goals", view, ["goal_basis", "tried_compliance"])
        tables.download("goals_draft", lambda: proposal(tried, types, view, day), lines, as_stored=True)
    st.caption(
        "Drafts, not promises: they bind nobody until the file is handed in and adopted. A goal holds for "
        "requests made on or after its first day; earlier verdicts stay as they are."
    )
