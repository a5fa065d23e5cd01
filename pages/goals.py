"""Every service type with its goal; a goal tried on history, and proposed."""

import streamlit as st

from components import cache, filter_bar, state
from components.cache import ask
from components.drawing import notices, tables
from components.goals import proposal, table, what_if
from db.queries.goals import what_if as goals_what_if

view = state.current()
profile = cache.city().profile
types = cache.made(table.goal_types, view)

st.title("Goals")
st.caption(notices.plain(filter_bar.sentence(view)))
if types.empty:
    notices.nothing("service types here", filter_bar.chosen(view, uses_period=True))
    state.end_page()

st.caption(notices.plain(table.counts(types)))
table.choose(types)
st.caption(
    notices.plain(
        f"Volume, time to close and kept: {view.period.describe()}. Kept is against the goal in force of each type, "
        "whose basis stands beside it: only a published one is a promise. Ended: by any end, as kept counts it. Done: "
        "by work or a visit. Open requests count as not ended yet; types are never pooled. Choose a row "
        "to try another goal for it."
    )
)
tables.download(
    "goals",
    lambda: types[[*table.LABELS]],
    tables.header("Service types and their goals", view, ["goal_basis", "compliance"], uses_period=True),
    table.LABELS,
)

st.header("Try a goal")
chosen = what_if.scenario(types)
what_if.inputs(chosen, types)
trial = what_if.trial_view(view)
with st.spinner("Trying it on history"):
    tried = what_if.tries(chosen, types, trial, profile)
    results = ask(goals_what_if.tried, trial.filters, as_of=trial.as_of, tries=tried)
months, by_type = what_if.by_month(results), what_if.by_type(results)
differing = what_if.differing(ask(goals_what_if.dates_differ, trial.filters, as_of=trial.as_of, tries=tried))
what_if.own_dates(differing)
if is_apart := bool(len(differing)):
    months = what_if.without_today(months)
if months.empty:
    st.info(
        "Nothing of the last 400 days would have been due under this goal yet: no data.", icon=":material/event_busy:"
    )
else:
    what_if.results(tried, trial, months, is_compared=not is_apart)
    what_if.history(
        months,
        "On the requests of the last 400 days, open ones past due counted as missed. Today's goal is reckoned anew for "
        "each of them, as the goal tried is, whatever due date the city set; a type without a goal on file stands by "
        "its due dates as they are.",
    )
if len(tried) > 1:
    tables.table(
        by_type.assign(goal=by_type["service_type"].map(what_if.in_words(tried))),
        {
            "service_type": "Service type",
            "goal": "Goal tried",
            "due_count": "Due",
            "compliance": "Would have kept it",
            "today_compliance": "With today's goal",
            "more_missed_count": "More misses",
        },
        alt="What each goal tried would have meant",
        helps={"compliance": "tried_compliance"},
        units={"today_compliance": "share"},
        pinned="service_type",
        height=420,
    )

st.header("Propose")
if tried:
    proposal.propose(tried, by_type, trial)
else:
    st.caption("The history gives no goal to propose: too few of these requests are closed.")
