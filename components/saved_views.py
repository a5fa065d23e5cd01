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
    """Draw the views saved so far and, where the desk may write, a form for this one. `page`: the one that is open.

    Draws nothing where there is no view to open and none may be saved. The list is drawn only while it is open.
    """
    no_views: list[SavedView] = []
    saved, trouble = records.read(views.listing, no_views)
    reason = trouble or records.why_not()
    if not saved and reason and not trouble:
        return
    label = f"Saved views ({len(saved)})" if saved else "Saved views"
    state.seed(OPENED, bool(state.value(OPENED)))  # it stays open while its label changes
    expander = st.expander(label, key="saved_views", on_change="rerun")
    if not expander.open:
        return
    with expander:
        for number, view in enumerate(saved):
            _saved_view(pages, view, number, may_remove=not reason)
        if reason:
            st.caption(plain(reason))
        else:
            _save_form(saved, page)
        if save_trouble := state.value(TROUBLE):
            st.warning(plain(save_trouble))


def _saved_view(pages: Mapping[str, StreamlitPage], view: SavedView, number: int, *, may_remove: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        if view.page in pages:
            help_text = f"Saved by {plain(view.written_by)} on {view.written_at:%Y-%m-%d}"
            st.page_link(pages[view.page], label=plain(view.name), query_params=parse_qs(view.link), help=help_text)
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


def _save_form(saved: Sequence[SavedView], page: str) -> None:
    with st.form("save_view", border=False, enter_to_submit=True):
        st.text_input("Name for this view", key=NAME, max_chars=120)
        st.text_input("Your name", key=records.WRITER, max_chars=120)
        link = urlencode(state.params(), doseq=True)
        st.form_submit_button("Save this view", on_click=_save, args=(saved, page, link))


def _save(saved: Sequence[SavedView], page: str, link: str) -> None:
    name = str(state.value(NAME) or "")
    seen = next((view.revision for view in saved if view.name.casefold() == " ".join(name.split()).casefold()), 0)
    trouble = records.write(views.save, name=name, page=page, link=link, seen=seen)
    state.seed(TROUBLE, trouble)
    if not trouble:
        state.seed(NAME, "")


def _remove(view: SavedView) -> None:
    state.seed(TROUBLE, records.write(views.remove, name=view.name, seen=view.revision))
