"""Where the figures come from: loads, what was kept out and why, oddities, late news, and words nobody knows yet."""

from dataclasses import replace

import streamlit as st

from components import filter_bar, state
from components.cache import ask
from components.data import loads as data_loads
from components.drawing import charts, notices, tables, tiles
from db.queries.data import freshness, revisions

view = state.current()
every_load = ask(freshness.loads)
loads = data_loads.shown_loads(every_load, view.as_of)
span = ask(freshness.data_span, until=view.as_of).iloc[0]
late = ask(revisions.by_week, view.filters.without_period(), as_of=view.as_of)
waterfall = data_loads.steps(ask(freshness.waterfall, view.filters.without_period(), as_of=view.as_of))

st.title("Data")
st.caption(notices.plain(filter_bar.sentence(view)))
data_loads.overlap_notice(ask(revisions.overlaps))
data_loads.attempts_notice()
data_loads.profile_notice()
data_loads.generated_notice()

rows = int(span["request_count"])
with st.grid(4, min_column_width=150, gap="small"):
    tiles.tile("raw_count", rows, view, behind=rows)
    tiles.tile("load_count", len(loads), view)
    tiles.tile("rejected", int(loads["rejected"].sum()), view, behind=int(loads["read"].sum()))
    tiles.tile("late_count", int(late["late_count"].sum()), view)
if rows:
    st.caption(
        f"Requests from {notices.moment(span['first_created_at'])} to {notices.moment(span['last_created_at'])}; "
        "the badge at the top says how old the newest one is."
    )

st.header("From every row to those that count")
if not waterfall["request_count"].any():
    st.caption("No row is of this choice.")
else:
    charts.show(
        data_loads.waterfall_chart(waterfall),
        waterfall,
        data_loads.STEP_LABELS,
        alt_text="Rows left out step by step, from all rows to residents' requests",
        caption="Each bar begins where the one before it ended; the steps add up exactly. The filters apply, the "
        "population does not: it is what is shown.",
        key="waterfall",
    )

st.header("Loads")
tables.table(loads, data_loads.LOAD_LABELS, alt="Every load with what became of its rows", pinned="load_id")
st.caption(
    "Newest first. In each row: read = new + changed + as before + older than what is stored + twice in the file + "
    "rejected." + data_loads.ahead(int(every_load["inserted"].sum()), rows)
)
tables.download(
    "loads", lambda: loads, tables.header("Loads", view, ["load_count", "rejected"]), data_loads.LOAD_LABELS
)

st.header("Rejected rows")
rejected = ask(freshness.rejects, limit=100)
if rejected.empty:
    st.caption("No row was rejected.")
else:
    tables.table(rejected, data_loads.REJECT_LABELS, alt="Rows that are no request, with their reason")
    st.caption("The newest 100. The download has them all; line 1 is the header of the file.")
    tables.download(
        "rejects", lambda: ask(freshness.rejects, limit=None), tables.header("Rejected rows", view, ["rejected"])
    )

st.header("Flagged and kept")
stored = replace(view, filters=replace(view.filters.without_period(), population="raw"))
flags = ask(freshness.flags, stored.filters, as_of=view.as_of)
if flags.empty:
    st.caption("No request of this choice carries a flag.")
else:
    tables.table(
        data_loads.flagged(flags),
        data_loads.FLAG_LABELS,
        alt="Oddities with their counts and the newest examples",
        helps={"request_count": "flag"},
    )
    st.caption(f"Of {int(flags['population_count'].iloc[0]):,} rows stored, whether or not they count as requests.")
    tables.download("flags", lambda: flags, tables.header("Flagged and kept", stored, ["flag"]))

st.header("As first published, and as now known")
if late.empty:
    st.caption("No week can be compared yet: it takes a load that reaches past the end of a week.")
else:
    charts.show(
        charts.lines(late, "week_start", data_loads.WEEK_SERIES, unit="requests"),
        late,
        data_loads.WEEK_LABELS,
        alt_text="Requests that came in and were closed, by week, as first published and as now known",
        caption="A week is first published by the first load that reaches its end. What came in later was reported "
        "late; closings that appear or vanish later are corrections. Where lines lie on each other, nothing changed.",
        key="revisions",
    )
    tables.download("revisions", lambda: late, tables.header("By week", view, ["late_count", "correction_count"]))

st.header("What the profile does not know yet")
unknown = ask(freshness.unknowns, until=view.as_of)
if unknown.empty:
    st.caption("Every owner, type and code of the city is known.")
else:
    tables.table(
        data_loads.readable_unknowns(unknown),
        data_loads.UNKNOWN_LABELS,
        alt="Words of the city that the profile does not know, with counts",
    )
    st.caption("Add them to the city's profile; the next load of the same files brings them in.")
    tables.download("unknowns", lambda: unknown, tables.header("What the profile does not know yet", view))
