"""What changed most in the last whole week: a few lines, each with its figures and the way to where it is shown."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import streamlit as st

from components import state
from components.cache import ask
from components.drawing.notices import plain
from components.links import View
from components.overview import wording
from db.queries.overview import changed
from db.queries.overview.changed import WEEKS_BEFORE

MOST = 3
NAMES = {"service_type": "type", "district": "district"}


def asked_at(view: View) -> datetime:
    """The midnight with which the last whole week was over: the same all week long, so that the answer is kept."""
    monday = view.as_of.date() - timedelta(days=view.as_of.weekday())
    return datetime.combine(monday, time.min)


def draw(view: View) -> None:
    """The largest changes of `changed.changed`; that nothing is beyond chance is said, too."""
    found = ask(changed.changed, view.filters.without_period(), as_of=asked_at(view))
    first_day = state.options().first_day
    st.header("Changed most in the last whole week")
    if found.empty:
        weeks = 0 if first_day is None else (view.as_of.date() - first_day).days // 7
        st.caption(
            "Nothing beyond what one week differs from another by itself."
            if weeks > WEEKS_BEFORE
            else f"The data begin too late to tell: {WEEKS_BEFORE} whole weeks must lie before the last one."
        )
        return
    for row in found.head(MOST).to_dict("records"):
        is_share = row["what"] == "compliance"
        st.page_link(
            state.page("compliance" if is_share else "queue"),
            label=plain(wording.change_line({str(name): value for name, value in row.items()})),
            icon=":material/trending_down:" if row["is_worse"] == is_share else ":material/trending_up:",
            query_params=state.link({NAMES[row["by"]]: [row["key"]]}),
        )
    more = f" {len(found) - MOST} more changed." if len(found) > MOST else ""
    st.caption(
        "Against the 13 weeks before, a district against what the others did; what weeks differ by themselves is left "
        f"out.{more}"
    )
