"""What to work first, and why: a list that stays still while it is read, with counters that renew beside it."""

import streamlit as st

from components import filter_bar, state
from components.drawing import notices
from components.queue import crew_list, listing, morning, outlook, snapshot, table

VIEWS = {"": "Queue", "morning": "The morning", "crew": "Crew list"}

view = state.current()
own = state.page_params()
lane = own.choice("lane", snapshot.LANES, listing.FIRST["lane"])
order = own.choice("order", listing.ORDERS, listing.FIRST["order"])
group = own.choice("group", listing.GROUPS, listing.FIRST["group"])
shows = own.choice("view", VIEWS, listing.FIRST["view"])

kept = snapshot.held(view)
with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
    st.title(VIEWS[shows], anchor=False)
    if shows != "crew":
        listing.views(shows)
st.caption(notices.plain(filter_bar.sentence(view)))
if shows == "crew":
    crew_list.show(kept)
    state.end_page()
snapshot.counters(shows != "morning")
if shows == "morning":
    morning.show(kept)
    state.end_page()

listing.switches(kept, lane, order, group)
count = snapshot.count(kept, lane)
if not count:
    notices.nothing("open requests in this list", [snapshot.LANES[lane], *filter_bar.chosen(view)])
    state.end_page()
if group:
    listing.groups(view, group)
    state.end_page()

number, last_page = snapshot.page_number(own.text("page", "1"), count, table.PAGE_ROWS)
first = (number - 1) * table.PAGE_ROWS
rows = listing.page(kept, lane, order, first)
opened = own.text("sr")
columns = st.columns([3, 2] if opened else 1, gap="medium")  # one column or two, so that the list stays the same one
with columns[0]:
    st.caption(listing.caption(kept, count, first, len(rows), order))
    above = st.container()
    ticked = table.show(rows, kept)
    with above:
        crew_list.add_button(ticked)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        listing.pages(number, last_page)
        listing.download(kept, lane, order)
if opened:
    with columns[1]:
        listing.panel(rows, opened, own.text("system"), kept.view)

outlook.ageing_strip(kept.view)
outlook.came_true(kept.view)
outlook.silence(kept.view)
