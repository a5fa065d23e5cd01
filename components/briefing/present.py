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
    made = [
        Slide(
            wording.title(found.scope),
            "  \n".join(f"{one.name}: **{plain(one.value)}**" for one in found.figures),
            tuple(plain(line) for line in (*found.uncovered, found.few) if line),
        )
    ]
    for told in found.findings:
        above = "What moved" if told.has_moved else "Below the others"
        made.append(Slide(above, plain(told.sentence), (plain(told.reason), plain(told.question))))
    if found.promises:
        lines = [f"{plain(one.promise.name)}: **{plain(one.today)}**" for one in found.promises[:6]]
        made.append(Slide("Promises made", "  \n".join(lines)))
    if found.questions:
        made.append(
            Slide(
                "Questions to ask",
                "  \n".join(f"{number}. {plain(one)}" for number, one in enumerate(found.questions[:5], start=1)),
            )
        )
    return made


def show(found: Briefing) -> None:
    """The slide that the link names, alone on the screen."""
    made = slides(found)
    own = state.page_params()
    number = own.whole("slide", 1, least=1, most=len(made), expected=f"a screen from 1 to {len(made)}")
    slide = made[number - 1]
    with st.container(key="briefing_slide"):
        st.markdown(plain(slide.above))
        with st.container(key="briefing_slide_sentence"):
            st.markdown(slide.sentence)
        for line in slide.below:
            st.markdown(line)
    with st.container(key="briefing_steps", horizontal=True, vertical_alignment="center", gap="small"):
        _step("Before", "Left", "left", number - 1, number > 1)
        _step("Page up", "PageUp", "page_up", number - 1, number > 1)
        _step("Next", "Right", "right", number + 1, number < len(made))
        _step("Page down", "PageDown", "page_down", number + 1, number < len(made))
        st.button("Back", key="slide_back", shortcut="Esc", icon=":material/close:", on_click=_end)
        st.caption(f"{number} of {len(made)}")


def _step(label: str, shortcut: str, key: str, to: int, is_there: bool) -> None:
    st.button(label, key=f"slide_{key}", shortcut=shortcut, disabled=not is_there, on_click=_go, args=(to,))


def _go(number: int) -> None:
    state.set_params(slide=str(number))


def _end() -> None:
    state.set_params(view=None, slide=None)
