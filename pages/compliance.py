"""Who keeps the promise and who does not, what the figure leaves out, and what changed."""

import streamlit as st

from components import filter_bar, state
from components.cache import ask, drawn
from components.compliance import charts as compliance_charts
from components.compliance import figures, ranking, times
from components.data import loads
from components.drawing import charts, notices, tables
from db.queries.compliance import rates
from db.queries.data import freshness

view = state.current()
counts = ask(rates.counts, view.filters, as_of=view.as_of)
found = ask(rates.summary, view.filters, using=counts, as_of=view.as_of).iloc[0]
target = ranking.target()

with st.container(horizontal=True, vertical_alignment="center", gap="small"):
    st.title("Compliance", width="content")
    figures.warnings(found)
st.caption(notices.plain(filter_bar.sentence(view)))

if not found[["due_count", "closed_count", "eligible_count", "overdue_count"]].any():
    notices.nothing("requests due or made in this period", filter_bar.chosen(view, uses_period=True))
    state.end_page()

outcomes = ask(rates.outcomes, view.filters, as_of=view.as_of)
before = figures.earlier(figures.parts(view, counts, "previous"))
drawn(figures.figures, view, found, before, figures.unknown_outcomes(outcomes))
st.caption(figures.caption(view, found))

by = ranking.grouping(view)
standings = ranking.standings(view, counts, by)
heading, choice = st.columns([4, 1], vertical_alignment="bottom")
heading.header(ranking.heading(by, view))
with choice:
    ranking.target_choice(target)
if found["due_count"]:
    charts.draw(
        ranking.chart(standings, found["compliance"], target),
        alt_text=f"Share of due requests closed in time, by {ranking.WORDS[by]}, with 95% intervals",
        key="league",
    )
else:
    st.info("Nothing was due in this period: no data, which is not 100%.", icon=":material/event_busy:")
ranking.table(standings, view, by)
st.caption(ranking.explanation(by, standings))
tables.download(
    "compliance",
    lambda: ask(rates.by, view.filters, as_of=view.as_of, by=by),
    tables.header("Compliance", view, ["compliance", "closed_only_share", "left_after_due_count"], uses_period=True),
)

st.header("By week")
weeks = compliance_charts.by_week(ask(rates.by, view.filters, by="week", as_of=view.as_of), view)
compliance_charts.weekly(weeks, found["gap_points"])

st.header("Against earlier")
figures.change_table(figures.changes(view, counts, found))

ages, closings = st.columns(2, gap="large")
with ages:
    st.header("Age of what is open")
    bands = ask(rates.ageing_multiples, view.filters, by=by, as_of=view.as_of)
    if bands.empty:
        st.caption("Nothing is open that has a goal.")
    else:
        bands = bands.assign(name=bands["key"].map(dict(zip(standings["key"], standings["name"], strict=True))))
        charts.show(
            compliance_charts.ageing(bands),
            bands,
            {"name": ranking.WORDS[by].capitalize(), "band": "Times its goal", "open_count": "Open", "share": "Share"},
            alt_text="Open requests in multiples of their goal",
            caption="Time open over time promised: blue is within the goal, red is past it. The largest backlogs.",
            key="ageing",
        )
with closings:
    st.header("What closings were")
    if outcomes.empty:
        st.caption("Nothing was closed in this period.")
    else:
        charts.show(
            compliance_charts.closings(compliance_charts.outcome_classes(outcomes)),
            outcomes,
            {"service_type": "Service type", "outcome": "Outcome", "closed_count": "Closed", "share": "Share"},
            alt_text="Outcome of the closings of each service type",
            caption="A closing is not a fix: outcomes follow from the city's own words. The types closed most.",
            key="outcomes",
        )

drawn(times.to_close, view)
st.header("Which requests count")
steps = loads.steps(ask(freshness.waterfall, view.filters, as_of=view.as_of))
charts.show(
    loads.waterfall_chart(steps),
    steps,
    loads.STEP_LABELS,
    alt_text="From all rows to the requests that count",
    caption=f"Requests created {view.period.describe()}; each bar begins where the one before it ended. "
    + figures.oddities(view.as_of),
    key="waterfall",
)
