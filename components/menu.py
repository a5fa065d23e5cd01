"""The pages of the desk in the order a person reads them. A page is added by one entry here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from components import state

ROOT = Path(__file__).resolve().parent.parent
ICON = str(Path(__file__).with_name("static") / "icon.svg")  # Streamlit serves the folder beside its script


@dataclass(frozen=True)
class Entry:
    """One page: its file `pages/NAME.py` is served at `/NAME`. A page without group is reached by links only."""

    name: str
    title: str
    icon: str
    help: str
    group: str = ""


MENU: tuple[Entry, ...] = (
    Entry("overview", "Overview", ":material/monitoring:", "How the desk stands right now, by department.", "Work"),
    Entry("queue", "Queue", ":material/list_alt:", "Open requests in the order to work them.", "Work"),
    Entry("compliance", "Compliance", ":material/handshake:", "Who keeps the promise, and who does not.", "Promises"),
    Entry("goals", "Goals", ":material/flag:", "Every service type with its goal; try another one.", "Promises"),
    Entry(
        "workload", "Workload", ":material/groups:", "What each person carries, and what vacancies explain.", "Staff"
    ),
    Entry("map", "Map", ":material/map:", "How many, how late, how long, asked again: where.", "Places"),
    Entry("repeats", "Asked again", ":material/replay:", "What was closed and was not done.", "Places"),
    Entry("data", "Data", ":material/database:", "Where the figures come from, and what is wrong with it.", "Data"),
    Entry("request", "Request", ":material/description:", "All that is known of one request."),
)


def pages() -> Mapping[str, StreamlitPage]:
    """The pages by name; the first one is at the root. Their icons stay in the menu: as a tab icon they would be
    fetched from a font host."""
    return {
        entry.name: st.Page(
            ROOT / "pages" / f"{entry.name}.py",
            title=entry.title,
            url_path=entry.name,
            default=position == 0,
            visibility="visible" if entry.group else "hidden",
            help=entry.help,
        )
        for position, entry in enumerate(MENU)
    }


def draw(found: Mapping[str, StreamlitPage]) -> None:
    """The grouped menu. Its links carry the view, which the built-in menu would drop."""
    group = ""
    for entry in MENU:
        if not entry.group:
            continue
        if entry.group != group:
            group = entry.group
            st.markdown(f"**{group}**")
        st.page_link(found[entry.name], icon=entry.icon, query_params=state.link())
