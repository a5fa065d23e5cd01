"""What came in against what was closed, whole weeks only, one press away."""

from __future__ import annotations

import streamlit as st

from components.cache import ask
from components.drawing import charts
from components.links import View
from db.queries import flow

NAME = "Came in against closed, by week"


def draw(view: View) -> None:
    """Draw the section; its figures are asked for and drawn only while it is open."""
    details = st.expander(NAME, key="overview_weeks", on_change="rerun")
    if not details.open:
        return
    with details:
        weeks = ask(flow.in_and_out, view.filters, as_of=view.as_of)
        whole = weeks[weeks["is_complete"]]
        if len(whole) < 2:
            st.caption(f"Fewer than two whole weeks touch {view.period.describe()}: nothing to draw.")
            return
        charts.show(
            charts.lines(
                whole,
                "week_start",
                {"inflow": ("Came in", "main"), "throughput": ("Closed", "good")},
                unit="requests",
            ),
            whole,
            {"week_start": "Week from", "inflow": "Came in", "throughput": "Closed", "net_change": "Net change"},
            alt_text="Requests that came in and requests that were closed, by week",
            caption=f"Whole weeks from Monday that touch {view.period.describe()}. Where closed runs below, more "
            "and more waits.",
            key="weekly",
        )
