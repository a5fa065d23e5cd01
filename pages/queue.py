"""What to work first, and why: a list that stays still while it is read, with counters that renew beside it."""

import streamlit as st

from components import crew, filters, morning, notices, queue_held, queue_list, queue_more, queue_table, state

VIEWS = {"": "Queue", "morning": "The morning", "crew": "Crew list"}
CHOICES = {"lane": queue_held.LANES, "order": queue_list.ORDERS, "group": {"": "", **queue_list.GROUPS}, "view": VIEWS}

view = state.current()
chosen, wrong = {}, []
for name, known in CHOICES.items():
    usual = next(iter(known))
    chosen[name] = state.param(name, usual)
    if chosen[name] not in known:
        wrong.append(queue_list.problem(name, chosen[name], known))
        chosen[name] = usual
notices.problems(wrong)
lane, order, group = chosen["lane"], chosen["order"], chosen["group"]

kept = queue_held.held(view)
with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
    st.title(VIEWS[chosen["view"]], anchor=False)
    if chosen["view"] != "crew":
        queue_list.views(chosen["view"])
st.caption(notices.plain(filters.sentence(view)))
if chosen["view"] == "crew":
    crew.show(kept)
    st.stop()
queue_held.counters(chosen["view"] != "morning")
if chosen["view"] == "morning":
    morning.show(kept)
    st.stop()

queue_list.switches(kept, lane, order, group)
count = queue_held.count(kept, lane)
if not count:
    notices.nothing("open requests in this list", [queue_held.LANES[lane], *filters.chosen(view)])
    st.stop()
if group:
    queue_list.groups(view, group)
    st.stop()

number, last_page = queue_held.page_number(state.param("page", "1"), count, queue_table.PAGE_ROWS)
first = (number - 1) * queue_table.PAGE_ROWS
rows = queue_list.page(kept, lane, order, first)
opened = state.param("sr")
columns = st.columns([3, 2] if opened else 1, gap="medium")  # one column or two, so that the list stays the same one
with columns[0]:
    st.caption(queue_list.caption(kept, count, first, len(rows), order))
    above = st.container()
    ticked = queue_table.show(rows, kept)
    with above:
        crew.add_button(ticked)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        queue_list.pages(number, last_page)
        queue_list.download(kept, lane, order)
if opened:
    with columns[1]:
        queue_list.panel(rows, opened, state.param("system"), kept.view)

queue_more.ageing_strip(kept.view)
queue_more.came_true(kept.view)
queue_more.silence(kept.view)
