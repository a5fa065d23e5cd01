"""The briefing on screen, section by section; few elements each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import pandas as pd
import streamlit as st

from components import state
from components.briefing.content import MOVED, Briefing, Told
from components.drawing.notices import plain
from components.links import View
from db.model.definitions import definition
from db.rules.stretches import Stretch, earlier, newest

MOST_OFFERED = 27
LEAGUE = {
    "name": "Department",
    "kept": "Kept",
    "change": "Against before",
    "overdue": "Overdue",
    "why": "Why it misses",
}
OVERDUE = {"name": "Type", "count": "Overdue", "median": "Half of them over", "longest": "Longest"}
AGAIN = {"name": "Type", "again": "Asked again"}
DEFINED = ("compliance", "overdue_count", "asked_again_share", "vacancy_points", "order_points")
WHICH = "choose_stretch"


def choice(chosen: Stretch, first_day: date | None, view: View) -> None:
    """Week or month, and which; both go into the link."""
    last = newest(view.as_of, first_day, is_week=chosen.is_week)
    offered = earlier(last, first_day, MOST_OFFERED)
    if chosen not in offered:
        offered = [chosen, *offered]
    kinds = {"week": "Weeks", "month": "Months"}
    kind = "week" if chosen.is_week else "month"
    state.seed("choose_kind", kind)
    state.seed(WHICH, chosen.key)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.segmented_control(
            "Week or month",
            list(kinds),
            format_func=kinds.__getitem__,
            key="choose_kind",
            required=True,
            label_visibility="collapsed",
            on_change=_set_kind,
            args=(chosen, view, first_day),
        )
        words = {stretch.key: stretch.words() for stretch in offered}
        st.selectbox(
            "Which",
            [stretch.key for stretch in offered],
            format_func=lambda key: words[key][:1].upper() + words[key][1:],
            key=WHICH,
            label_visibility="collapsed",
            width=420,
            on_change=_set_stretch,
        )
        if st.button(
            "Present", icon=":material/slideshow:", key="present", help="One finding a screen, for a projector"
        ):
            state.set_params(view="present", slide=None)
            st.rerun()


def _set_kind(chosen: Stretch, view: View, first_day: date | None) -> None:
    is_week = state.value("choose_kind") != "month"
    if is_week != chosen.is_week:
        key = newest(view.as_of, first_day, is_week=is_week).key
        state.set_params(week=key if is_week else None, month=None if is_week else key)


def _set_stretch() -> None:
    key = str(state.value(WHICH))
    state.set_params(week=key if "W" in key else None, month=None if "W" in key else key)


def figures(found: Briefing) -> None:
    """The five figures, each with its target, what is usual and a year ago."""
    with st.grid(5, min_column_width=180, gap="small"):
        for figure in found.figures:
            with st.container(border=True, height="stretch", gap="xsmall"):
                st.caption(figure.name, help=definition(figure.key).sentence)
                st.markdown(f"### {plain(figure.value)}")
                if figure.second:
                    st.caption(plain(figure.second))
    if not any(figure.has_target for figure in found.figures):
        st.caption("None of these has a target on the register of promises.")


def moved(found: Briefing) -> None:
    """The first three things that moved, then what stands below the others."""
    st.header("What moved")
    for told in found.moved[:MOVED]:
        finding(told)
    if found.few:
        st.caption(plain(found.few))
    if len(found.moved) > MOVED:
        with st.expander(f"{len(found.moved) - MOVED} more moved"):
            for told in found.moved[MOVED:]:
                finding(told)
    if found.standing:
        st.header("Below the others")
        for told in found.standing:
            finding(told)


def finding(told: Told) -> None:
    """One finding: its sentence, its reason, how sure it is, and the view that shows it."""
    icon = "vertical_align_bottom" if not told.has_moved else "trending_up" if told.has_risen else "trending_down"
    with st.container(border=True, gap="xsmall"):
        lines = [plain(told.reason), *([plain(told.also)] if told.also else []), f":small[{plain(told.certainty)}]"]
        st.markdown("  \n".join([f":material/{icon}: **{plain(told.sentence)}**", *lines]))
        st.page_link(
            state.page(told.page),
            label="Show what it is made of",
            icon=":material/arrow_forward:",
            query_params=state.link(told.link),
        )


def standing(found: Briefing) -> None:
    """Who keeps what: the ranking of departments."""
    if found.league.empty:
        return
    st.header("Who keeps what")
    with st.container(key="briefing_league"):
        _table(found.league, LEAGUE)


def _table(frame: pd.DataFrame, labels: Mapping[str, str]) -> None:
    """A short table whose texts wrap; every cell is text of the data, never markup."""
    shown = frame[list(labels)].astype(str).map(plain).rename(columns=labels)
    st.table(shown.set_index(shown.columns[0]))


def backlog(found: Briefing) -> None:
    """What is overdue longest, and of what people ask again."""
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Overdue longest")
        if found.overdue.empty:
            st.caption("Nothing is overdue.")
        else:
            _table(found.overdue, OVERDUE)
    with right:
        st.header("Asked again")
        if found.again.empty:
            st.caption("Fewer than 30 calls of any type can be judged.")
        else:
            _table(found.again, AGAIN)
            st.caption("Of the calls closed in 13 weeks at a usable place.")


def vacancies(found: Briefing) -> None:
    """What vacancies explain, and where the next hires help."""
    st.header("Vacancies and the next hires")
    if not found.vacancies:
        st.caption("No department is shown to miss for want of people.")
    lines(f"**{plain(name)}**: {plain(sentence)}" for name, sentence in found.vacancies)


def questions(found: Briefing) -> None:
    st.header("Questions to ask")
    if not found.questions:
        st.caption("No finding, so no question from it.")
    lines(plain(question) for question in found.questions)


def about(found: Briefing, age: str) -> None:
    """What is illustrative or no promise, how old the data are, and what the figures mean."""
    st.header("About these figures")
    st.caption("  \n".join(plain(line) for line in [*found.caveats, age]))
    with st.expander("Definitions"):
        lines([*(plain(definition(key).line()) for key in DEFINED), plain(METHOD)])


METHOD = (
    "What moved: the stretch against the 13 weeks before, and the 13 weeks that end with it against the same weeks a "
    "year before; how far weeks differ by themselves is taken from blocks of whole weeks; all comparisons of one "
    "briefing are one family, of which at most 5 in 100 findings are expected to be chance."
)


def lines(texts: Iterable[str]) -> None:
    """A list, its texts Markdown already."""
    st.markdown("\n".join(f"- {text}" for text in texts))


def lead(found: Briefing) -> None:
    """What the data do not cover, before anything else is said."""
    if found.uncovered:
        st.info(plain(" ".join(found.uncovered)), icon=":material/event_busy:")
