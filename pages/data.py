"""Where the figures come from: loads, what was kept out and why, oddities, late news, and words nobody knows yet."""

import streamlit as st

from components import state
from components.cache import ask, drawn, made
from components.data import loads as data_loads
from components.data import parts
from components.drawing import charts, tables
from db.queries.data import freshness

view = state.current()

drawn(parts.top, view)
data_loads.attempts_notice()
data_loads.profile_notice()
data_loads.generated_notice()
drawn(parts.figures, view)
charts.made(parts.steps, view)

drawn(parts.load_table, view)
loads = made(parts.loaded, view)
tables.download(
    "loads", lambda: loads, tables.header("Loads", view, ["load_count", "rejected"]), data_loads.LOAD_LABELS
)

drawn(parts.reject_table, view)
if made(parts.has_rejects, view):
    tables.download(
        "rejects", lambda: ask(freshness.rejects, limit=None), tables.header("Rejected rows", view, ["rejected"])
    )

drawn(parts.flag_table, view)
flags = made(parts.flags, view)
if len(flags):
    tables.download("flags", lambda: flags, tables.header("Flagged and kept", parts.stored(view), ["flag"]))

st.header("As first published, and as now known")
charts.made(parts.weeks, view)
late = made(parts.by_week, view)
if len(late):
    tables.download("revisions", lambda: late, tables.header("By week", view, ["late_count", "correction_count"]))

drawn(parts.unknown_table, view)
unknown = made(parts.unknowns, view)
if len(unknown):
    tables.download("unknowns", lambda: unknown, tables.header("What the profile does not know yet", view))
