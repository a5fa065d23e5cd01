"""What to work first, and why: a list that stays still while it is read, with counters that renew beside it."""

import streamlit as st

from components import filter_bar, state
from components.drawing import notices
from components.queue import crew_list, listing, morning, outlook, snapshot, table

VIEWS = {"": "Queue", "morning": "The morning", "crew": "Crew list"}
CHOICES = {"lane": snapshot.LANES, "order": listing.ORDERS, "group": {"": "", **listing.GROUPS}, "view": VIEWS}

view = state.current()
chosen, wrong = {}, []
for name, known in CHOICES.items():
    usual = next(iter(known))
    chosen[name] = state.param(name, usual)
    if chosen[name] not in known:
        wrong.append(listing.problem(name, chosen[name], known))
        chosen[name] = usual
notices.problems(wrong)
lane, order, group = chosen["lane"], chosen["order"], chosen["group"]

kept = snapshot.held(view)
with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
    st.title(VIEWS[chosen["view"]], anchor=False)
    if chosen["view"] != "crew":
        listing.views(chosen["view"])
st.caption(notices.plain(filter_bar.sentence(view)))
if chosen["view"] == "crew":
    crew_list.show(kept)
    st.stop()
snapshot.counters(chosen["view"] != "morning")
if chosen["view"] == "morning":
    morning.show(kept)
    st.stop()

listing.switches(kept, lane, order, group)
count = snapshot.count(kept, lane)
if not count:
    notices.nothing("open requests in this list", [snapshot.LANES[lane], *filter_bar.chosen(view)])
    st.stop()
if group:
    listing.groups(view, group)
    st.stop()

number, last_page = snapshot.page_number(state.param("page", "1"), count, table.PAGE_ROWS)
first = (number - 1) * table.PAGE_ROWS
rows = listing.page(kept, lane, order, first)
opened = state.param("sr")
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
        listing.panel(rows, opened, state.param("system"), kept.view)

outlook.ageing_strip(kept.view)
outlook.came_true(kept.view)
outlook.silence(kept.view)
