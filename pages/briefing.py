"""Ten minutes for a deputy mayor: what moved, why, who keeps what, what was promised, and what to ask."""

import streamlit as st

from components import filter_bar, state
from components.briefing import content, present, register, sections, wording
from components.drawing import notices

VIEWS = {"": "Briefing", "present": "Presenting"}

view = state.current()
shows = state.page_params().choice("view", VIEWS, "")
with st.skeleton(600):
    found = content.build(view)

if shows == "present":
    present.show(found)
    state.end_page()

st.title(notices.plain(wording.title(found.scope)))
st.caption(
    notices.plain(f"{filter_bar.sentence(view)} As things stood on {notices.moment(found.as_of)}; the week or month ")
    + "chosen here counts, not the period above."
)
sections.choice(found.scope.stretch, state.options().first_day, view)
sections.lead(found)
if found.is_nothing:
    register.draw(found, view)
    state.end_page()

sections.figures(found)
sections.moved(found)
sections.questions(found)
sections.standing(found)
sections.backlog(found)
sections.vacancies(found)
register.draw(found, view)
sections.about(found, f"The data end {notices.moment(state.options().default_as_of)}.")
