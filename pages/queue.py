"""Open requests in the order to work them: overdue by multiples of their goal, then nearest due, then oldest."""

import math

import streamlit as st

from components import filters, notices, state, tables, tiles
from components.cache import ask

PAGE_ROWS = 100
LANES = {"all": "All open", "keepable": "Can still be kept", "overdue": "Already overdue"}

view = state.current()
lane = state.param("lane", "all")
if lane not in LANES:
    notices.problems([f'lane "{lane}" is not one of {", ".join(LANES)}; it was left out.'])
    lane = "all"

st.title("Queue")
st.caption(notices.plain(filters.sentence(view)))

state.seed("choose_lane", lane)
st.segmented_control(
    "Which",
    list(LANES),
    format_func=LANES.get,
    key="choose_lane",
    required=True,
    label_visibility="collapsed",
    on_change=lambda: state.set_params(lane=state.value("choose_lane"), page=None),
)
count = ask("backlog.open_count", view.filters, as_of=view.as_of, lane=lane)
if not count:
    names = [f"{name} {value}" for name, value in view.filters.without_period().names().items()]
    notices.nothing("open requests in this list", [LANES[lane], *names])
    st.stop()

last_page = math.ceil(count / PAGE_ROWS)
asked = state.param("page", "1")
number = min(max(int(asked), 1), last_page) if asked.isdecimal() else 1
first = (number - 1) * PAGE_ROWS
rows = ask("backlog.open_requests", view.filters, as_of=view.as_of, lane=lane, limit=PAGE_ROWS, offset=first)
labels = {
    "sr_number": "Request",
    "service_type": "Type",
    "due_at": "Due",
    "goal_multiple": "Times its goal",
    "age_days": "Age",
    "address": "Address",
    "department": "Department",
    "council_district": "District",
    "channel": "Channel",
    "assigned_to": "Yard",
    "created_at": "Created",
}
st.caption(
    f"{tiles.number(count)} requests; rows {first + 1:,} to {first + len(rows):,}. Overdue first, by multiples of "
    "their goal, then nearest due, then oldest. Choose a row to open the request."
)
chosen = tables.opening_table(
    rows,
    labels,
    key="queue",
    alt="Open requests in the order to work them",
    pinned="sr_number",
    height=620,
)
if chosen is not None:
    state.go("request", sr=chosen["sr_number"], system=chosen["source_system"])

with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    if last_page > 1:
        key = f"choose_page_{number}"  # a key of its own, so that it starts at the page shown
        st.pagination(
            last_page, default=number, key=key, on_change=lambda: state.set_params(page=str(state.value(key)))
        )
    tables.download(
        "queue",
        lambda: ask("backlog.open_requests", view.filters, as_of=view.as_of, lane=lane, limit=None),
        tables.header(f"Queue: {LANES[lane]}", view, labels),
    )
