"""The parts of the page "Asked again", each made once for a version of the data and a view."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import filter_bar
from components.cache import ask
from components.drawing import tables
from components.drawing.charts import Figure
from components.drawing.notices import plain
from components.links import View
from components.repeats import figures
from db.queries.repeats import calls
from db.queries.repeats import chronic as repeats_chronic

BY = {"department": "By department", "service_type": "By type"}


def top(view: View) -> None:
    """The title and what is chosen."""
    st.title("Asked again")
    st.caption(plain(filter_bar.sentence(view)))


def headline(view: View) -> None:
    """The rate, chasers and chronic places as tiles, and what the rate rests on."""
    counts = ask(calls.counts, view.filters, as_of=view.as_of)
    found = ask(calls.rate, view.filters, using=counts, as_of=view.as_of).iloc[0]
    chronic_count = len(ask(repeats_chronic.chronic, view.filters, as_of=view.as_of))
    figures.figures(found, chronic_count, view)
    st.caption(figures.rate_caption(found, view))
    st.subheader("How often, and of what")


def rates(view: View, by: str) -> pd.DataFrame:
    """`calls.by` of departments or service types."""
    counts = ask(calls.counts, view.filters, as_of=view.as_of)
    found: pd.DataFrame = ask(calls.by, view.filters, by=by, using=counts, as_of=view.as_of)
    return found


def rate_table(view: View, by: str) -> None:
    """The rates as a table; says so where nothing could be judged."""
    found = rates(view, by)
    if found.empty:
        st.caption("Nothing was closed in this period that could be judged.")
        return
    shown, labels = figures.rates(found)
    tables.table(shown, labels, alt=f"Asked again {BY[by].lower()}", helps=figures.RATE_HELPS, pinned="name")
    st.caption("Most asked again first. Fewer than 30 calls: no rate is shown, and they stand last.")


def fast(view: View, by: str) -> Figure | str:
    """What is closed in time, and comes back."""
    counts = ask(calls.counts, view.filters, as_of=view.as_of)
    found = ask(calls.fast_but_comes_back, view.filters, by=by, using=counts, as_of=view.as_of)
    found = found[~found["is_small"]]
    if found.empty:
        return "Nothing has both 30 requests due and 30 closed calls with a place in this period."
    return Figure(
        figures.comes_back(found),
        found,
        figures.FAST_LABELS,
        alt_text="Share that kept its due date against share asked again",
        caption="Upper right: closed in time, and asked for again. Only where there are at least 30 of both.",
        key="fast",
    )


def chronic(view: View) -> tables.Ready:
    """The chronic places, worst first."""
    found = ask(repeats_chronic.chronic, view.filters, as_of=view.as_of)
    helps = {"repeat_count": "repeat_count", "chaser_count": "chaser_count"}
    return tables.ready(found, figures.CHRONIC_LABELS, helps=helps, pinned="place_id")


def weak(view: View) -> tables.Ready:
    """Closings without work that were asked again, newest first."""
    found = ask(calls.closures_asked_again, view.filters, as_of=view.as_of)
    return tables.ready(figures.weak_closures(found), figures.WEAK_LABELS)
