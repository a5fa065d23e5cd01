"""The parts of the data page, each made once for a version of the data and a view."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from components import filter_bar
from components.cache import ask, made
from components.data import loads
from components.drawing import charts, notices, tables, tiles
from components.drawing.charts import Figure
from components.links import View
from db.queries.data import freshness, revisions


def top(view: View) -> None:
    """The title, what is chosen, and which source systems cover the same days."""
    st.title("Data")
    st.caption(notices.plain(filter_bar.sentence(view)))
    loads.overlap_notice(ask(revisions.overlaps))


def figures(view: View) -> None:
    """Rows, loads, rows refused and reported late; and from when to when."""
    every, late = loaded(view), by_week(view)
    span = ask(freshness.data_span, until=view.as_of).iloc[0]
    rows = int(span["request_count"])
    with st.grid(4, min_column_width=150, gap="small"):
        tiles.tile("raw_count", rows, view, behind=rows)
        tiles.tile("load_count", len(every), view)
        tiles.tile("rejected", int(every["rejected"].sum()), view, behind=int(every["read"].sum()))
        tiles.tile("late_count", int(late["late_count"].sum()), view)
    if rows:
        st.caption(
            f"Requests from {notices.moment(span['first_created_at'])} to {notices.moment(span['last_created_at'])}; "
            "the badge at the top says how old the newest one is."
        )
    st.header("From every row to those that count")


def steps(view: View) -> Figure | str:
    """Which rows are left out, step by step."""
    found = loads.steps(ask(freshness.waterfall, view.filters.without_period(), as_of=view.as_of))
    if not found["request_count"].any():
        return "No row is of this choice."
    return Figure(
        loads.waterfall_chart(found),
        found,
        loads.STEP_LABELS,
        alt_text="Rows left out step by step, from all rows to residents' requests",
        caption="Each bar begins where the one before it ended; the steps add up exactly. The filters apply, the "
        "population does not: it is what is shown.",
        key="waterfall",
    )


def loaded(view: View) -> pd.DataFrame:
    """Every load, to read."""
    return loads.shown_loads(ask(freshness.loads), view.as_of)


def load_table(view: View) -> None:
    """Every load with what became of its rows."""
    rows = int(ask(freshness.data_span, until=view.as_of).iloc[0]["request_count"])
    stored = int(ask(freshness.loads)["inserted"].sum())
    st.header("Loads")
    tables.table(loaded(view), loads.LOAD_LABELS, alt="Every load with what became of its rows", pinned="load_id")
    st.caption(
        "Newest first. In each row: read = new + changed + as before + older than what is stored + twice in the file + "
        "rejected." + loads.ahead(stored, rows)
    )


def has_rejects(view: View) -> bool:
    """Whether any row was rejected."""
    return not ask(freshness.rejects, limit=100).empty


def reject_table(view: View) -> None:
    """The rows that are no request."""
    found = ask(freshness.rejects, limit=100)
    st.header("Rejected rows")
    if found.empty:
        st.caption("No row was rejected.")
        return
    tables.table(found, loads.REJECT_LABELS, alt="Rows that are no request, with their reason")
    st.caption("The newest 100. The download has them all; line 1 is the header of the file.")


def stored(view: View) -> View:
    """The view of every row stored, whether or not it counts as a request."""
    return replace(view, filters=replace(view.filters.without_period(), population="raw"))


def flags(view: View) -> pd.DataFrame:
    """The oddities of what is stored."""
    found: pd.DataFrame = ask(freshness.flags, stored(view).filters, as_of=view.as_of)
    return found


def flag_table(view: View) -> None:
    """The oddities with their counts."""
    found = made(flags, view)
    st.header("Flagged and kept")
    if found.empty:
        st.caption("No request of this choice carries a flag.")
        return
    tables.table(
        loads.flagged(found),
        loads.FLAG_LABELS,
        alt="Oddities with their counts and the newest examples",
        helps={"request_count": "flag"},
    )
    st.caption(f"Of {int(found['population_count'].iloc[0]):,} rows stored, whether or not they count as requests.")


def by_week(view: View) -> pd.DataFrame:
    """What was known first, and what is known now, by week."""
    found: pd.DataFrame = ask(revisions.by_week, view.filters.without_period(), as_of=view.as_of)
    return found


def weeks(view: View) -> Figure | str:
    """Requests by week as first published and as now known."""
    late = by_week(view)
    if late.empty:
        return "No week can be compared yet: it takes a load that reaches past the end of a week."
    return Figure(
        charts.lines(late, "week_start", loads.WEEK_SERIES, unit="requests"),
        late,
        loads.WEEK_LABELS,
        alt_text="Requests that came in and were closed, by week, as first published and as now known",
        caption="A week is first published by the first load that reaches its end. What came in later was reported "
        "late; closings that appear or vanish later are corrections. Where lines lie on each other, nothing changed.",
        key="revisions",
    )


def unknowns(view: View) -> pd.DataFrame:
    """Words of the city that its profile does not know."""
    found: pd.DataFrame = ask(freshness.unknowns, until=view.as_of)
    return found


def unknown_table(view: View) -> None:
    """Words of the city that its profile does not know, with counts."""
    found = made(unknowns, view)
    st.header("What the profile does not know yet")
    if found.empty:
        st.caption("Every owner, type and code of the city is known.")
        return
    tables.table(
        loads.readable_unknowns(found),
        loads.UNKNOWN_LABELS,
        alt="Words of the city that the profile does not know, with counts",
    )
    st.caption("Add them to the city's profile; the next load of the same files brings them in.")
