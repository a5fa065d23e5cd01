"""The register of promises on the page: each with its figure and state, and a form where the desk may write."""

from __future__ import annotations

import math
from datetime import date, timedelta

import streamlit as st

from components import cache, records, state
from components.briefing import wording
from components.briefing.content import Briefing, PromiseTold
from components.drawing.notices import plain
from components.links import View
from db.queries.briefing.promises import measured
from db.records import promises
from db.records.promises import Promise
from db.rules.errors import DeskError
from db.rules.promises import figure_of, value_of
from db.rules.vocabulary import PromiseFigure, PromiseState

TROUBLE = "promise_trouble"
NAME = "promise_name"
WHO = "promise_who"
FIGURE = "promise_figure"
TYPE = "promise_type"
TARGET = "promise_to"
UNTIL = "promise_until"
BY = "promise_by"
COLOURS = {
    PromiseState.RUNNING: "blue",
    PromiseState.KEPT: "green",
    PromiseState.MISSED: "red",
    PromiseState.UNTOLD: "gray",
}


def draw(found: Briefing, view: View) -> None:
    """Draw the promises, then the form for a new one, or why this desk may not write any."""
    st.header("Promises made")
    reason = found.promises_trouble or records.why_not()
    if not found.promises:
        st.caption("No promise is on the register.")
    for number, told in enumerate(found.promises):
        _promise(told, number, may_close=not reason)
    if reason:
        st.caption(plain(reason))
    else:
        with st.expander("Add a promise"):
            _form(view)
    if trouble := state.value(TROUBLE):
        st.warning(plain(trouble))


def _promise(told: PromiseTold, number: int, *, may_close: bool) -> None:
    promise = told.promise
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(wording.STATES[told.state].capitalize(), color=COLOURS[told.state])  # type: ignore[arg-type]
        st.markdown(
            f"**{plain(promise.name)}** ({plain(promise.promised_by)}): {plain(told.what)}. {plain(told.today)}.",
            width="stretch",
        )
        if may_close:
            st.button(
                "Close",
                key=f"close_promise_{number}",
                type="tertiary",
                icon=":material/close:",
                help="Off the register; its history stays",
                on_click=_close,
                args=(promise,),
            )


def _form(view: View) -> None:
    types = state.options().lists.get("type", {})
    figures = {str(figure): words for figure, words in wording.PROMISE_FIGURES.items()}
    with st.form("add_promise", border=False):
        left, right = st.columns(2)
        left.text_input("What was promised", key=NAME, max_chars=120)
        right.text_input("Who promised it", key=WHO, max_chars=120)
        left.selectbox("Measured by", list(figures), format_func=figures.__getitem__, key=FIGURE)
        right.selectbox("Service type", ["", *types], format_func=lambda key: types.get(key, "All types"), key=TYPE)
        left.text_input("To what", key=TARGET, placeholder="60% or 120")
        state.seed(UNTIL, state.value(UNTIL) or view.as_of.date() + timedelta(days=91))
        right.date_input("By when", key=UNTIL)
        state.seed(BY, state.value(BY) or records.writer())
        left.text_input("Your name", key=BY, max_chars=120)
        whose = _whose(view)
        right.caption(f"Of {plain(whose)}, as chosen above. It starts from the figure of today.")
        st.form_submit_button("Put it on the register", on_click=_add, args=(view,))


def _whose(view: View) -> str:
    """Whose promise a new one will be: the one department chosen, else the whole city."""
    departments = view.filters.departments
    names = state.options().lists.get("department", {})
    return names.get(departments[0], departments[0]) if len(departments) == 1 else "the whole city"


def _add(view: View) -> None:
    """Put the promise of the form on the register; it starts from the figure of today."""
    state.seed(records.WRITER, str(state.value(BY) or ""))
    try:
        figure = figure_of(str(state.value(FIGURE)))
        target = value_of(str(state.value(TARGET) or ""), figure, "To what")
        department = view.filters.departments[0] if len(view.filters.departments) == 1 else ""
        service_type = str(state.value(TYPE) or "")
        start = _figure_of_today(view, figure, department, service_type)
    except DeskError as error:
        state.seed(TROUBLE, f"{error}.")
        return
    until = state.value(UNTIL)
    promise = Promise(
        name=str(state.value(NAME) or ""),
        promised_by=str(state.value(WHO) or ""),
        figure=figure,
        start_value=start,
        target_value=target,
        due_on=until if isinstance(until, date) else view.as_of.date(),
        department=department,
        service_type=service_type,
    )
    trouble = records.write(promises.add, promise=promise)
    state.seed(TROUBLE, f"{trouble}." if trouble else "")
    if not trouble:
        for key in (NAME, WHO, TARGET):
            state.seed(key, "")


def _figure_of_today(view: View, figure: PromiseFigure, department: str, service_type: str) -> float:
    frame = cache.ask(
        measured,
        figure=str(figure),
        department=department,
        service_type=service_type,
        goals=state.options().default_goals,
        as_of=view.as_of,
    )
    value = float(frame["value"].iloc[0])
    if math.isnan(value):
        raise DeskError("there is no figure of today to start from: nothing of it was due or closed in 13 weeks")
    return value


def _close(promise: Promise) -> None:
    state.seed(TROUBLE, records.write(promises.close, name=promise.name, seen=promise.revision))
