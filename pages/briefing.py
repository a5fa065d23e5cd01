"""Ten minutes for a deputy mayor: what moved, why, who keeps what, what was promised, and what to ask."""

import streamlit as st

from components import filter_bar, state
from components.briefing import content, present, register, sections, wording
from components.drawing import notices

VIEWS = {"": "Briefing", "present": "Presenting"}

view = state.current()
shows = state.page_params().choice("view", VIEWS, "")
with st.skeleton(600):
    briefing = content.build(view)

if shows == "present":
    present.show(briefing)
    state.end_page()

st.title(notices.plain(wording.title(briefing.scope)))
st.caption(
    notices.plain(
        f"{filter_bar.sentence(view)} As things stood on {notices.moment(briefing.as_of)}; the week or month "
    )
    + "chosen here counts, not the period above."
)
sections.choice(briefing.scope.stretch, state.options().first_day, view)
sections.lead(briefing)
if briefing.is_nothing:
    register.draw(briefing, view)
    state.end_page()

sections.figures(briefing)
sections.moved(briefing)
sections.questions(briefing)
sections.standing(briefing)
sections.backlog(briefing)
sections.vacancies(briefing)
register.draw(briefing, view)
sections.about(briefing, f"The data end {notices.moment(state.options().default_as_of)}.")
