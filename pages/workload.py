"""What each person carries, what vacancies explain of a missed promise, and where the next hire helps most."""

import streamlit as st

from components import filters, notices, state, wording, workload, workload_department, workload_view
from components.cache import ask

view = state.current()
names = workload_view.names()
title = st.container(horizontal=True, vertical_alignment="center", gap="small")
title.title("Workload", width="content")
st.caption(
    "Work of residents and of the city's own crews counts together, for the same people do both. "
    f"{notices.plain(f'Kept and missed are of {wording.described(view.filters)}.')}"
)
with st.skeleton(600):
    raw = ask("workload.workload", view.filters, as_of=view.as_of)

if raw.empty:
    notices.nothing("departments to show", filters.chosen(view, uses_period=True))
    st.stop()

frame = workload.ready(raw, names)
with title:
    workload_view.badges(raw)
for warning in workload.warnings(raw, view, names):
    st.info(notices.plain(warning), icon=":material/info:")

if len(view.filters.departments) == 1:
    row = frame.iloc[0]
    workload_department.back()
    st.header(notices.plain(row["name"]))
    workload_department.explanation(row)
    workload_department.figures(row, view)
    workload_department.miss(row)
    departments = ask("workload.staffed", view.filters.without_period(), as_of=view.as_of)
    if row["department"] in departments:
        found = departments[row["department"]]
        workload_department.ahead(found, row, view)
        workload_department.by_week(found, row)
        workload_department.service_types(found, view)
    else:
        st.caption("No request of this department is in the data, so there is nothing to draw.")
    workload_view.notes(raw)
    st.stop()

workload_view.figures(raw, view)
st.subheader("Where help is needed most")
workload_view.sentences(frame)
if raw["fte_filled"].notna().any():
    load, miss = st.columns(2, gap="large")
    with load:
        workload_view.load(frame)
    with miss:
        workload_view.miss(frame)
    workload_view.hires(frame)
else:
    workload_view.miss(frame)
st.subheader("Every figure")
workload_view.table(frame, raw, view)
workload_view.notes(raw)
