"""What each person carries, what vacancies explain of a missed promise, and where the next hire helps most."""

import streamlit as st

from components import filter_bar, state
from components.cache import ask, drawn, made
from components.drawing import notices, wording
from components.workload import department
from components.workload import departments as workload_departments
from db.queries.workload import load as workload_load

view = state.current()
title = st.container(horizontal=True, vertical_alignment="center", gap="small")
title.title("Workload", width="content")
st.caption(
    "Work of residents and of the city's own crews counts together, for the same people do both. "
    f"{notices.plain(f'Kept and missed are of {wording.described(view.filters)}.')}"
)
with st.skeleton(600):
    raw = made(workload_departments.raw, view)

if raw.empty:
    notices.nothing("departments to show", filter_bar.chosen(view, uses_period=True))
    state.end_page()

frame = made(workload_departments.ready, view)
with title:
    workload_departments.badges(raw)
for warning in made(workload_departments.warnings, view):
    st.info(notices.plain(warning), icon=":material/info:")

if len(view.filters.departments) == 1:
    row = frame.iloc[0]
    department.back()
    st.header(notices.plain(row["name"]))
    department.explanation(row)
    department.figures(row, view)
    department.miss(row)
    departments = ask(workload_load.staffed, view.filters.without_period(), as_of=view.as_of)
    if row["department"] in departments:
        staffed = departments[row["department"]]
        department.ahead(staffed, row, view)
        department.by_week(staffed, row)
        department.service_types(staffed, view)
    else:
        st.caption("No request of this department is in the data, so there is nothing to draw.")
    drawn(workload_departments.notes, view)
    state.end_page()

drawn(workload_departments.figures, view)
st.subheader("Where help is needed most")
workload_departments.sentences(frame)
if raw["fte_filled"].notna().any():
    load, miss = st.columns(2, gap="large")
    with load:
        drawn(workload_departments.load, view)
    with miss:
        drawn(workload_departments.miss, view)
    drawn(workload_departments.hires, view)
else:
    drawn(workload_departments.miss, view)
st.subheader("Every figure")
workload_departments.table(view)
drawn(workload_departments.notes, view)
