"""Asked again: what was closed and was not done, by department, by type and by place."""

import streamlit as st

from components import filter_bar, state
from components.cache import ask, drawn, made
from components.drawing import charts, notices, tables
from components.repeats import figures as repeats_figures
from components.repeats import parts
from db.queries.repeats import chronic as repeats_chronic

view = state.current()
by = state.page_params().choice("by", parts.BY, "department")

drawn(parts.top, view)

if view.filters.place is not None:
    story = ask(repeats_chronic.story, view.filters.place, as_of=view.as_of)
    if story.empty:
        notices.nothing("requests at this place", [f"place {view.filters.place}"])
    else:
        repeats_figures.place(view.filters.place, story, view)
    state.end_page()

drawn(parts.headline, view)
filter_bar.switch(
    "by",
    "Group",
    parts.BY,
    by,
    lambda name: state.set_params(by=state.value(f"choose_{name}")),
    label_visibility="collapsed",
)
drawn(parts.rate_table, view, by)
rates = made(parts.rates, view, by)
if len(rates):
    figures = ("asked_again_share", "chaser_count", "without_place_share")
    tables.download("asked_again", lambda: rates, tables.header("Asked again", view, figures, uses_period=True))

st.subheader("Fast, but it comes back")
charts.made(parts.fast, view, by)

st.subheader("Chronic places")
chronic = made(parts.chronic, view)
if chronic.frame.empty:
    st.caption("No place has four or more chasers or asked-agains in the last 180 days.")
else:
    st.caption(
        f"{len(chronic.frame)} places with four or more chasers or asked-agains in the 180 days before this moment, "
        "worst first, at most 200. Choose a row for the whole story."
    )
    chosen = tables.opening(chronic, key="chronic", alt="Chronic places, worst first")
    if chosen is not None:
        state.go("repeats", {"place": chosen["place_id"]})
    lines = tables.header("Chronic places", view, ["repeat_count"])
    tables.download("chronic_places", lambda: chronic.frame, lines)

st.subheader("Closed as “nothing found” or by the office, and asked again")
weak = made(parts.weak, view)
if weak.frame.empty:
    st.caption("None in this period.")
else:
    repeats_figures.open_request(tables.opening(weak, key="weak", alt="Weak closures that were asked again"))
    st.caption("Newest first, at most 200. Choose a row to open the request.")
