"""Who keeps the promise and who does not, what the figure leaves out, and what changed."""

import streamlit as st

from components import charts, data_view, filters, league, notices, promise, promise_charts, state, tables
from components.cache import ask

view = state.current()
moment = {"as_of": view.as_of}
counts = ask("compliance.counts", view.filters, **moment)
found = ask("compliance.summary", view.filters, using=counts, **moment).iloc[0]
asked_target, target = state.param("target"), league.target()
if asked_target and target is None:
    notices.problems([f'target "{asked_target}" is not a percentage from 1 to 100; it was left out.'])

with st.container(horizontal=True, vertical_alignment="center", gap="small"):
    st.title("Compliance", width="content")
    promise.warnings(found)
st.caption(notices.plain(filters.sentence(view)))

if not found[["due_count", "closed_count", "eligible_count", "overdue_count"]].any():
    notices.nothing("requests due or made in this period", filters.chosen(view, uses_period=True))
    st.stop()

outcomes = ask("compliance.outcomes", view.filters, **moment)
before = promise.earlier(promise.parts(view, counts, "previous"))
promise.figures(view, found, before, promise.unknown_outcomes(outcomes))
st.caption(promise.caption(view, found))

by = league.grouping(view)
standings = league.standings(view, counts, by)
heading, choice = st.columns([4, 1], vertical_alignment="bottom")
heading.header(league.heading(by, view))
with choice:
    league.target_choice(target)
if found["due_count"]:
    charts.draw(
        league.chart(standings, found["compliance"], target),
        alt_text=f"Share of due requests closed by their due date, by {league.WORDS[by]}, with 95% intervals",
        key="league",
    )
else:
    st.info("Nothing was due in this period: no data, which is not 100%.", icon=":material/event_busy:")
league.table(standings, view, by)
st.caption(league.explanation(by, standings))
tables.download(
    "compliance",
    lambda: ask("compliance.by", view.filters, as_of=view.as_of, by=by),
    tables.header("Compliance", view, ["compliance", "closed_only_share", "left_after_due_count"], uses_period=True),
)

st.header("By week")
weeks = promise_charts.by_week(ask("compliance.by", view.filters, by="week", **moment), view)
charts.show(
    promise_charts.trend(weeks, found["gap_points"]),
    weeks,
    {
        "week_start": "Week from",
        "kept": "Kept, %",
        "reported": "As most cities report it, %",
        "gap_points": "What open requests hide",
        "due_count": "Due",
        "closed_count": "Closed",
    },
    alt_text="Share closed by their due date by the week they were due, and share of closings on time, by week",
    caption="Kept counts by the week a request was due, the other line by the week it was closed, so an open overdue "
    "request pulls down the first and never the second. Hollow points are weeks that are not whole.",
    key="weekly",
)

st.header("Against earlier")
promise.change_table(promise.changes(view, counts, found))

ages, closings = st.columns(2, gap="large")
with ages:
    st.header("Age of what is open")
    bands = ask("compliance.ageing_multiples", view.filters, by=by, **moment)
    if bands.empty:
        st.caption("Nothing is open that has a goal.")
    else:
        bands = bands.assign(name=bands["key"].map(dict(zip(standings["key"], standings["name"], strict=True))))
        charts.show(
            promise_charts.ageing(bands),
            bands,
            {"name": league.WORDS[by].capitalize(), "band": "Times its goal", "open_count": "Open", "share": "Share"},
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
            promise_charts.closings(promise_charts.outcome_classes(outcomes)),
            outcomes,
            {"service_type": "Service type", "outcome": "Outcome", "closed_count": "Closed", "share": "Share"},
            alt_text="Outcome of the closings of each service type",
            caption="A closing is not a fix: outcomes follow from the city's resolution codes and closing texts. The "
            "types with the most closings.",
            key="outcomes",
        )

st.header("Which requests count")
steps = data_view.steps(ask("freshness.waterfall", view.filters, **moment))
charts.show(
    data_view.waterfall_chart(steps),
    steps,
    data_view.STEP_LABELS,
    alt_text="From all rows to the requests that count",
    caption=f"Requests created {view.period.describe()}; each bar begins where the one before it ended. "
    + promise.oddities(ask("freshness.city").iloc[0]["key"], view.as_of),
    key="waterfall",
)
