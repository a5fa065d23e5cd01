"""Who breaks the promise, why, and what would mend it; what changed since last week; and the counts of the moment."""

from datetime import timedelta

import streamlit as st

from components import filter_bar, state
from components.cache import ask, drawn, made
from components.drawing import notices
from components.overview import changes, counts, departments, weekly, wording
from db.model.filters import PERIODS
from db.queries.overview import changed
from db.queries.queue import backlog

view = state.current()
rows = made(departments.rows, view)

if not rows:
    st.title("Overview")
    st.caption(notices.plain(filter_bar.sentence(view)))
    notices.nothing("requests to show", filter_bar.chosen(view))
    state.end_page()

named = PERIODS.get(view.period_key)
stretch = f"in the {named.lower()}" if named and named.startswith("Last") else view.period.describe()
with st.container(key="overview_headline"):
    promises, chosen = view.filters.goals == "promises", view.filters.departments
    st.title(notices.plain(wording.headline(rows, promises=promises, period=stretch, chosen=chosen)))
st.caption(notices.plain(f"{wording.city(rows)} {filter_bar.sentence(view)}"))

shown, others = departments.listed(rows, view)
before = f"the {named.lower()[5:]} before" if named and named.startswith("Last") else "the time before"
drawn(departments.draw, shown, before, promises=promises)
first_day = state.options().first_day
with st.container(key="overview_below", gap="small"):
    left, right = st.columns((1, 1))
    with left:
        if others:
            folded = wording.folded(others)
            with st.expander(folded if shown else f"All {len(others)} departments: {folded}"):
                departments.table(others, view)
    with right:
        weekly.draw(view)
    left, right = st.columns((1, 2))
    with left:
        drawn(
            changes.draw,
            ask(changed.changed, view.filters.without_period(), as_of=changes.asked_at(view)),
            view,
            first_day,
            state.options().default_as_of,
        )
    with right:
        drawn(
            counts.draw,
            ask(backlog.totals, view.filters, as_of=view.as_of).iloc[0],
            ask(backlog.totals, view.filters, as_of=view.as_of - timedelta(days=7)).iloc[0],
            counts.due(view),
            view,
            first_day,
        )
