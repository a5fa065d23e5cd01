"""Saved views: a name for a link, below the menu."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, urlencode

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from components import records, state
from components.drawing.notices import plain
from db.records import views
from db.records.views import SavedView

TROUBLE, NAME, OPENED = "saved_view_trouble", "saved_view_name", "saved_views"


@st.fragment
def draw(pages: Mapping[str, StreamlitPage], page: str) -> None:
    """The views saved so far, and where it may be done a form that saves this one. `page`: the one that is open.

    Draws nothing where there is nothing to open and nothing may be saved; what is within, once it is opened.
    """
    nothing: list[SavedView] = []
    known, trouble = records.read(views.listing, nothing)
    reason = trouble or records.why_not()
    if not known and reason and not trouble:
        return
    label = f"Saved views ({len(known)})" if known else "Saved views"
    state.seed(OPENED, bool(state.value(OPENED)))  # it stays open while its label changes
    opened = st.expander(label, key="saved_views", on_change="rerun")
    if not opened.open:
        return
    with opened:
        for number, view in enumerate(known):
            _one(pages, view, number, may_remove=not reason)
        if reason:
            st.caption(plain(reason))
        else:
            _form(known, page)
        if told := state.value(TROUBLE):
            st.warning(plain(told))


def _one(pages: Mapping[str, StreamlitPage], view: SavedView, number: int, *, may_remove: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        if view.page in pages:
            said = f"Saved by {plain(view.written_by)} on {view.written_at:%Y-%m-%d}"
            st.page_link(pages[view.page], label=plain(view.name), query_params=parse_qs(view.link), help=said)
        else:
            st.caption(f"{plain(view.name)}: its page is no longer there")
        if may_remove:
            st.button(
                "",
                key=f"remove_view_{number}",
                icon=":material/close:",
                help=f"Remove {plain(view.name)}",
                type="tertiary",
                on_click=_remove,
                args=(view,),
            )


def _form(known: Sequence[SavedView], page: str) -> None:
    with st.form("save_view", border=False, enter_to_submit=True):
        st.text_input("Name for this view", key=NAME, max_chars=120)
        st.text_input("Your name", key=records.WRITER, max_chars=120)
        link = urlencode(state.params(), doseq=True)
        st.form_submit_button("Save this view", on_click=_save, args=(known, page, link))


def _save(known: Sequence[SavedView], page: str, link: str) -> None:
    name = str(state.value(NAME) or "")
    seen = next((view.revision for view in known if view.name.casefold() == " ".join(name.split()).casefold()), 0)
    trouble = records.write(views.save, name=name, page=page, link=link, seen=seen)
    state.seed(TROUBLE, trouble)
    if not trouble:
        state.seed(NAME, "")


def _remove(view: SavedView) -> None:
    state.seed(TROUBLE, records.write(views.remove, name=view.name, seen=view.revision))
