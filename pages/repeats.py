"""Asked again: what was closed and was not done, by department, by type and by place."""

import streamlit as st

from components import filter_bar, state
from components.cache import ask
from components.drawing import charts, notices, tables
from components.repeats import figures as repeats_figures
from db.queries.repeats import calls
from db.queries.repeats import chronic as repeats_chronic

BY = {"department": "By department", "service_type": "By type"}

view = state.current()
by = state.page_params().choice("by", BY, "department")

st.title("Asked again")
st.caption(notices.plain(filter_bar.sentence(view)))

if view.filters.place is not None:
    story = ask(repeats_chronic.story, view.filters.place, as_of=view.as_of)
    if story.empty:
        notices.nothing("requests at this place", [f"place {view.filters.place}"])
    else:
        repeats_figures.place(view.filters.place, story, view)
    state.end_page()

counts = ask(calls.counts, view.filters, as_of=view.as_of)
rate = ask(calls.rate, view.filters, using=counts, as_of=view.as_of).iloc[0]
chronic = ask(repeats_chronic.chronic, view.filters, as_of=view.as_of)
repeats_figures.figures(rate, len(chronic), view)
st.caption(repeats_figures.rate_caption(rate, view))

st.subheader("How often, and of what")
filter_bar.switch(
    "by",
    "Group",
    BY,
    by,
    lambda name: state.set_params(by=state.value(f"choose_{name}")),
    label_visibility="collapsed",
)
rates = ask(calls.by, view.filters, by=by, using=counts, as_of=view.as_of)
if rates.empty:
    st.caption("Nothing was closed in this period that could be judged.")
else:
    shown, labels = repeats_figures.rates(rates)
    tables.table(shown, labels, alt=f"Asked again {BY[by].lower()}", helps=repeats_figures.RATE_HELPS, pinned="name")
    st.caption("Most asked again first. Fewer than 30 calls: no rate is shown, and they stand last.")
    figures = ("asked_again_share", "chaser_count", "without_place_share")
    tables.download("asked_again", lambda: rates, tables.header("Asked again", view, figures, uses_period=True))

st.subheader("Fast, but it comes back")
fast = ask(calls.fast_but_comes_back, view.filters, by=by, using=counts, as_of=view.as_of)
fast = fast[~fast["is_small"]]
if fast.empty:
    st.caption("Nothing has both 30 requests due and 30 closed calls with a place in this period.")
else:
    charts.show(
        repeats_figures.comes_back(fast),
        fast,
        repeats_figures.FAST_LABELS,
        alt_text="Share that kept its due date against share asked again",
        caption="Upper right: closed in time, and asked for again. Only where there are at least 30 of both.",
        key="fast",
    )

st.subheader("Chronic places")
if chronic.empty:
    st.caption("No place has four or more chasers or asked-agains in the last 180 days.")
else:
    st.caption(
        f"{len(chronic)} places with four or more chasers or asked-agains in the 180 days before this moment, worst "
        "first, at most 200. Choose a row for the whole story."
    )
    chosen = tables.opening_table(
        chronic,
        repeats_figures.CHRONIC_LABELS,
        key="chronic",
        alt="Chronic places, worst first",
        helps={"repeat_count": "repeat_count", "chaser_count": "chaser_count"},
        pinned="place_id",
    )
    if chosen is not None:
        state.go("repeats", {"place": chosen["place_id"]})
    tables.download("chronic_places", lambda: chronic, tables.header("Chronic places", view, ["repeat_count"]))

st.subheader("Closed as “nothing found” or by the office, and asked again")
weak = ask(calls.closures_asked_again, view.filters, as_of=view.as_of)
if weak.empty:
    st.caption("None in this period.")
else:
    repeats_figures.open_request(
        tables.opening_table(
            repeats_figures.weak_closures(weak),
            repeats_figures.WEAK_LABELS,
            key="weak",
            alt="Weak closures that were asked again",
        )
    )
    st.caption("Newest first, at most 200. Choose a row to open the request.")
