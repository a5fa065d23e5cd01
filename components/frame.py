"""The frame around every page: menu, search, filter bar, header, notices; and the script that Streamlit runs."""

from __future__ import annotations

import os
import sys

# Streamlit puts the folder of its script first in the path, where `queue/` would hide the standard module of that name.
# It has to leave before anything else is imported.
sys.path[:] = [entry for entry in sys.path if entry != os.path.dirname(os.path.abspath(__file__))]

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Literal

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from components import access, cache, filter_bar, menu, saved_views, state, watch
from components.data import loads
from components.drawing import notices, trouble
from components.links import NO_PAGE, Options, View
from components.options import options_of
from components.paper import button as print_button
from components.run import Run, minute
from components.run import current as current_run
from db.cities.of_database import City
from db.queries.data import coverage
from db.queries.goals import in_force

DELAYED_FEED = timedelta(minutes=30)
DELAYED_FILE = timedelta(days=2)
Badge = tuple[str, str, Literal["orange", "gray"]]  # words, icon, colour
STYLE = Path(__file__).with_name("static") / "desk.css"


def draw() -> None:
    """Draw the frame and the page in it."""
    st.set_page_config(page_title="Operations desk", page_icon=menu.ICON, layout="wide")
    st.logo(menu.ICON, size="large")
    st.html(STYLE)
    pages = menu.pages(access.roles())
    state.register(pages)
    page = st.navigation(list(pages.values()), position="hidden")
    run, entry = current_run(), menu.entry_of(page)
    try:
        with trouble.told(), watch.page(run, holds_list=entry.holds_its_list) as drawn:
            if cache.is_empty():
                notices.no_data()
                loads.attempts_notice()
            else:
                _desk(page, pages, run, None if entry.stays_while_read else drawn)
    except cache.DatabaseAwayError:
        notices.away()
    except cache.DatabaseUnusableError as error:
        notices.cannot_open(str(error))


def _desk(page: StreamlitPage, pages: Mapping[str, StreamlitPage], run: Run, follows: watch.Drawn | None) -> None:
    city = cache.city()
    options = options_of(city, state.now(city.profile.time_zone))
    view = state.begin(options, menu.OWN_NAMES)
    if follows is not None and view.is_live:
        follows.follow_clock(city.source_kind)
    with st.sidebar:
        _search_box()
        menu.draw(pages)
        saved_views.draw(pages, menu.entry_of(page).name)
    if text := state.submitted("search"):
        state.go("request", find=text)
    _header(city, view, options, menu.entry_of(page))
    if run.trouble is not None:
        reason = str(run.trouble) if isinstance(run.trouble, cache.DatabaseUnusableError) else ""
        notices.old_figures(view.as_of, minute() - run.moment, reason)
    notices.uncovered(cache.made(_uncovered, view, options.default_as_of))
    wrong = [*no_such_page(), *view.problems]
    problems = st.empty()
    with problems:
        notices.problems(wrong)
    filter_bar.bar(view, options)
    try:
        with trouble.told(), suppress(state.PageEnded):
            page.run()
    finally:  # also where the page could not be drawn
        if own := state.page_params().problems:
            with problems:
                notices.problems([*wrong, *own])


def _uncovered(view: View, newest: datetime) -> str:
    return coverage.note(cache.ask(coverage.gaps), as_of=view.as_of, newest=newest, period=view.filters.period)


def no_such_page() -> list[str]:
    """What a reader is told who asked for a page that is not here, once."""
    asked = state.param(NO_PAGE)
    state.set_params(**{NO_PAGE: None})
    return [f'there is no page "{asked}"; this is the overview.'] if asked else []


def _search_box() -> None:
    st.text_input(
        "Find a request",
        key="search",
        placeholder="Number or address",
        icon=":material/search:",
        on_change=state.submit,
        args=("search",),
    )


def _header(city: City, view: View, options: Options, entry: menu.Entry) -> None:
    sheet = entry.sheets.get(state.param("view"), entry.sheets[""]) if entry.sheets else ""
    address = print_button.address(sheet, view) if sheet else ""
    cache.drawn(_draw_header, city.name, city.source_kind, view, _freshness(city, view, options), address)


def _draw_header(name: str, source_kind: str, view: View, fresh: Badge, print_address: str) -> None:
    with st.container(horizontal=True, key="desk_header", vertical_alignment="center", gap="small"):
        st.markdown(f"**{notices.plain(name)}** · as of {notices.moment(view.as_of)}", width="content")
        words, icon, colour = fresh
        st.badge(words, icon=icon, color=colour)
        _goals_badge(view)
        if source_kind == "demo":
            st.badge(
                "Generated data",
                icon=":material/science:",
                color="blue",
                help=f"This {notices.plain(name)} is made up. The Data page says how to load your own requests.",
            )
        if print_address:
            print_button.draw(print_address)


def _goals_badge(view: View) -> None:
    """Which goals the figures count; for promises alone how many types have one, the others have no target at all."""
    if view.filters.goals == "working":
        meaning = "Drafts and budget averages count too; they are no promise."
        st.badge("All working goals", icon=":material/flag:", color="violet", help=meaning)
    else:
        goals = cache.ask(in_force.in_force, as_of=datetime.combine(view.as_of.date(), time.max))
        promised = int((goals["basis"] == "published").sum())
        text = f"Promises only: {promised} of {len(goals)} types" if len(goals) else "Promises only"
        meaning = (
            "Only published goals count. A type without one has no published target: nothing of it is ever overdue."
        )
        st.badge(text, icon=":material/flag:", color="green", help=meaning)


def _freshness(city: City, view: View, options: Options) -> Badge:
    """The age of the data; "delayed" in words and colour when it is too old for how they come in."""
    if not view.is_live:
        return "A past moment, chosen", ":material/history:", "orange"
    age = options.now - options.default_as_of
    limit = DELAYED_FILE if city.source_kind == "file" else DELAYED_FEED
    if age > limit:
        return f"Delayed: data end {notices.length(age)} ago", ":material/warning:", "orange"
    words = f"Data {notices.length(age)} old" if age >= timedelta(minutes=1) else "Data up to date"
    return words, ":material/schedule:", "gray"


draw()
