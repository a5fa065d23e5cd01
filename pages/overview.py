"""Who breaks the promise, why, and what would mend it; what changed since last week; and the counts of the moment."""

import streamlit as st

from components import filter_bar, state
from components.cache import drawn, made
from components.drawing import notices
from components.overview import changes, counts, departments

view = state.current()

if not made(departments.rows, view):
    st.title("Overview")
    st.caption(notices.plain(filter_bar.sentence(view)))
    notices.nothing("requests to show", filter_bar.chosen(view))
    state.end_page()

drawn(departments.promise, view)
with st.container(key="overview_below", gap="small"):
    departments.folded(view)
    left, right = st.columns((1, 2))
    with left:
        drawn(changes.draw, view)
    with right:
        drawn(counts.draw, view)
