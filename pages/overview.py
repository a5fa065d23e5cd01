"""Who breaks the promise, why, and what would mend it; what changed since last week; and the counts of the moment."""

from datetime import timedelta

import streamlit as st

from components import filter_bar, state
from components.cache import ask, drawn, made
from components.drawing import charts, notices
from components.overview import changes, counts, departments, wording
from db.model.filters import PERIODS
from db.queries import flow
from db.queries.overview import changed
from db.queries.queue import backlog

view = state.current()
weeks = ask(flow.in_and_out, view.filters, as_of=view.as_of)
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
drawn(
    departments.draw,
    shown,
    f"the {named.lower()[5:]} before" if named and named.startswith("Last") else "the time before",
)
if others:
    with st.expander(wording.folded(others) if shown else f"All {len(others)} departments: {wording.folded(others)}"):
        departments.table(others, view)

first_day = state.options().first_day
drawn(
    changes.draw,
    ask(changed.changed, view.filters.without_period(), as_of=changes.asked_at(view)),
    view,
    first_day,
)

st.header("Right now")
drawn(
    counts.draw,
    ask(backlog.totals, view.filters, as_of=view.as_of).iloc[0],
    ask(backlog.totals, view.filters, as_of=view.as_of - timedelta(days=7)).iloc[0],
    counts.due(view),
    view,
    first_day,
)

st.header("Came in against closed, by week")
whole = weeks[weeks["is_complete"]]
if len(whole) < 2:
    st.caption(f"Fewer than two whole weeks touch {view.period.describe()}: nothing to draw.")
    state.end_page()
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
    caption=f"Whole weeks from Monday that touch {view.period.describe()}. Where closed runs below, the backlog grows.",
    key="weekly",
)
