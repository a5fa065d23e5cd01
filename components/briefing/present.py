"""The briefing on a projector: one thing a screen in large letters, stepped through by arrows or a clicker."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from components import state
from components.briefing import wording
from components.briefing.content import Briefing
from components.drawing.notices import plain


@dataclass(frozen=True)
class Slide:
    """One screen: what stands above, the sentence, and what stands below it."""

    above: str
    sentence: str
    below: tuple[str, ...] = ()


def slides(found: Briefing) -> list[Slide]:
    """The five figures, a finding a screen, the promises, and the questions."""
    screens = [
        Slide(
            wording.title(found.scope),
            "  \n".join(f"{figure.name}: **{plain(figure.value)}**" for figure in found.figures),
            tuple(plain(line) for line in (*found.uncovered, found.few) if line),
        )
    ]
    for finding in found.findings:
        above = "What moved" if finding.has_moved else "Below the others"
        screens.append(Slide(above, plain(finding.sentence), (plain(finding.reason), plain(finding.question))))
    if found.promises:
        lines = [f"{plain(told.promise.name)}: **{plain(told.today)}**" for told in found.promises[:6]]
        screens.append(Slide("Promises made", "  \n".join(lines)))
    if found.questions:
        screens.append(
            Slide(
                "Questions to ask",
                "  \n".join(
                    f"{number}. {plain(question)}" for number, question in enumerate(found.questions[:5], start=1)
                ),
            )
        )
    return screens


def show(found: Briefing) -> None:
    """The slide that the link names, alone on the screen."""
    screens = slides(found)
    own = state.page_params()
    number = own.whole("slide", 1, least=1, most=len(screens), expected=f"a screen from 1 to {len(screens)}")
    slide = screens[number - 1]
    with st.container(key="briefing_slide"):
        st.markdown(plain(slide.above))
        with st.container(key="briefing_slide_sentence"):
            st.markdown(slide.sentence)
        for line in slide.below:
            st.markdown(line)
    with st.container(key="briefing_steps", horizontal=True, vertical_alignment="center", gap="small"):
        _step_button("Before", "Left", "left", number - 1, number > 1)
        _step_button("Page up", "PageUp", "page_up", number - 1, number > 1)
        _step_button("Next", "Right", "right", number + 1, number < len(screens))
        _step_button("Page down", "PageDown", "page_down", number + 1, number < len(screens))
        st.button("Back", key="slide_back", shortcut="Esc", icon=":material/close:", on_click=_leave)
        st.caption(f"{number} of {len(screens)}")


def _step_button(label: str, shortcut: str, key: str, to: int, is_there: bool) -> None:
    st.button(label, key=f"slide_{key}", shortcut=shortcut, disabled=not is_there, on_click=_show_slide, args=(to,))


def _show_slide(number: int) -> None:
    state.set_params(slide=str(number))


def _leave() -> None:
    state.set_params(view=None, slide=None)
