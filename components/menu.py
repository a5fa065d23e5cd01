"""The pages of the desk in the order a person reads them. An entry says all that the frame and links need of a page."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from components import cache, state
from components.access import Role
from components.links import NO_PAGE

ROOT = Path(__file__).resolve().parent.parent
ICON = str(Path(__file__).with_name("static") / "icon.svg")  # Streamlit serves the folder beside its script


@dataclass(frozen=True)
class Entry:
    """One page: its file `pages/NAME.py` is served at `/NAME`. A page without group is reached by links only.

    `role`: whom it is for; nobody else finds it, in the menu or by its address.
    `own_names`: what the page keeps in the URL beside the view, see `components/page_params.py`.
    `stays_while_read`: it is not drawn anew each minute, only when there are new data.
    `sheets`: what it prints as (`components/paper/sheets`), by what the link says of `view`; the one of "" stands for
    any other, and a page without prints as nothing.
    `holds_its_list`: it is not drawn anew by itself; it says what is new, and shows it when asked to.
    """

    name: str
    title: str
    icon: str
    help: str
    group: str = ""
    role: Role = Role.READER
    own_names: tuple[str, ...] = ()
    stays_while_read: bool = False
    holds_its_list: bool = False
    sheets: Mapping[str, str] = field(default_factory=dict)


MENU: tuple[Entry, ...] = (
    Entry(
        "overview",
        "Overview",
        ":material/monitoring:",
        "How the desk stands right now, by department.",
        "Work",
        own_names=(NO_PAGE,),
        sheets={"": "overview"},
    ),
    Entry(
        "briefing",
        "Briefing",
        ":material/summarize:",
        "What moved, why, and what to ask: a week or a month on a sheet.",
        "Work",
        own_names=("week", "month", "view", "slide"),
        sheets={"": "brief"},
        stays_while_read=True,
    ),
    Entry(
        "queue",
        "Queue",
        ":material/list_alt:",
        "Open requests in the order to work them.",
        "Work",
        # `order` is of links of an earlier desk; there is one order now.
        own_names=("view", "lane", "order", "group", "page", "sr", "system", "room", "stops", "trucks", "truck"),
        stays_while_read=True,
        holds_its_list=True,
        sheets={"": "queue", "trucks": "crew"},
    ),
    Entry(
        "compliance",
        "Compliance",
        ":material/handshake:",
        "Who keeps the promise, and who does not.",
        "Promises",
        own_names=("target",),
        sheets={"": "compliance"},
    ),
    Entry(
        "goals",
        "Goals",
        ":material/flag:",
        "Every service type with its goal; try another one.",
        "Promises",
        own_names=("try", "amount", "unit", "share", "first"),
        sheets={"": "goals"},
    ),
    Entry(
        "workload",
        "Workload",
        ":material/groups:",
        "What each person carries, and what vacancies explain.",
        "Staff",
        own_names=("posts", "productive"),
        sheets={"": "workload"},
        stays_while_read=True,
    ),
    Entry(
        "map",
        "Map",
        ":material/map:",
        "How many, how late, how long, asked again: where.",
        "Places",
        own_names=("question", "level", "month"),
    ),
    Entry(
        "repeats",
        "Asked again",
        ":material/replay:",
        "What was closed and was not done.",
        "Places",
        own_names=("by",),
    ),
    Entry(
        "data",
        "Data",
        ":material/database:",
        "Where the figures come from, and what is wrong with it.",
        "Data",
        Role.ANALYST,
    ),
    Entry(
        "request",
        "Request",
        ":material/description:",
        "All that is known of one request.",
        own_names=("sr", "system", "find"),
        sheets={"": "request"},
    ),
)
OWN_NAMES = frozenset(name for entry in MENU for name in entry.own_names)


def pages(roles: Collection[Role]) -> Mapping[str, StreamlitPage]:
    """The pages for somebody with these roles, by name; the first one is at the root. Their icons stay in the menu: as
    a tab icon they would be fetched from a font host."""
    return {
        entry.name: st.Page(
            ROOT / "pages" / f"{entry.name}.py",
            title=entry.title,
            url_path=entry.name,
            default=position == 0,
            visibility="visible" if entry.group else "hidden",
            help=entry.help,
        )
        for position, entry in enumerate(entry for entry in MENU if entry.role in roles)
    }


def entry_of(page: StreamlitPage) -> Entry:
    """The entry of a page that `pages` gave; the first one is at the root and has no path."""
    return next((entry for entry in MENU if entry.name == page.url_path), MENU[0])


def draw(found: Mapping[str, StreamlitPage]) -> None:
    """The grouped menu. Its links carry the view, which the built-in menu would drop."""
    cache.drawn(_links, tuple(found))


def _links(found: Collection[str]) -> None:
    group = ""
    for entry in MENU:
        if not entry.group or entry.name not in found:
            continue
        if entry.group != group:
            group = entry.group
            st.markdown(f"**{group}**")
        st.page_link(state.page(entry.name), icon=entry.icon, query_params=state.link())
