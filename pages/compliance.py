"""Who keeps the promise and who does not, what the figure leaves out, and what changed."""

import streamlit as st

from components import filter_bar, state
from components.cache import ask, drawn, made
from components.compliance import charts as compliance_charts
from components.compliance import figures, ranking, times
from components.drawing import charts, notices, tables
from db.queries.compliance import rates

view = state.current()
target = ranking.target()
by = ranking.grouping(view)

drawn(figures.top, view)
if not made(figures.has_any, view):
    notices.nothing("requests due or made in this period", filter_bar.chosen(view, uses_period=True))
    state.end_page()
drawn(figures.draw, view)

heading, choice = st.columns([4, 1], vertical_alignment="bottom")
heading.header(ranking.heading(by, view))
with choice:
    ranking.target_choice(target)
drawn(ranking.draw, view, by, target)
ranking.table(view, by)
tables.download(
    "compliance",
    lambda: ask(rates.by, view.filters, as_of=view.as_of, by=by),
    tables.header("Compliance", view, ["compliance", "closed_only_share", "left_after_due_count"], uses_period=True),
)

st.header("By week")
charts.made(compliance_charts.weekly, view)

drawn(figures.change_table, view)

ages, closings = st.columns(2, gap="large")
with ages:
    st.header("Age of what is open")
    charts.made(compliance_charts.ages, view, by)
with closings:
    st.header("What closings were")
    charts.made(compliance_charts.endings, view)

drawn(times.to_close, view)
st.header("Which requests count")
charts.made(compliance_charts.steps, view)
