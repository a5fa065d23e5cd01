"""What stands out by type and district: a few lines, each with its figures and the way to where it is shown."""

from __future__ import annotations

from datetime import datetime, time

import streamlit as st

from components import state
from components.cache import ask
from components.drawing.notices import plain
from components.links import View
from components.overview import wording
from db.queries.overview import changed
from db.queries.overview.changed import WEEKS_BEFORE
from db.rules.coverage import is_beyond
from db.rules.stretches import monday

MOST = 3
NAMES = {"service_type": "type", "district": "district"}


def asked_at(view: View) -> datetime:
    """The midnight with which the last whole week was over: the same all week long, so that the answer is kept."""
    return datetime.combine(monday(view.as_of.date()), time.min)


def draw(view: View) -> None:
    """The largest differences of `changed.changed`; that nothing is beyond chance is said, too."""
    found = ask(changed.changed, view.filters.without_period(), as_of=asked_at(view))
    first_day, newest = state.options().first_day, state.options().default_as_of
    st.header("What stands out by type and district")
    if found.empty:
        if is_beyond(asked_at(view), newest):
            st.caption("The data end before that week: what came in cannot be told.")
            return
        weeks = 0 if first_day is None else (view.as_of.date() - first_day).days // 7
        st.caption(
            "Nothing beyond what weeks, years and districts differ by themselves."
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
    more = f" {len(found) - MOST} more stand out." if len(found) > MOST else ""
    st.caption(f"Last week against the 13 before; 13 weeks against a year ago; beyond chance only.{more}")
