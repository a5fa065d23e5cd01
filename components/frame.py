"""The frame around every page: menu, search, filter bar, header, notices; and the script that Streamlit runs."""

from __future__ import annotations

import os
import sys

# Streamlit puts the folder of its script first in the path, where `queue/` would hide the standard module of that name.
# It has to leave before anything else is imported.
sys.path[:] = [entry for entry in sys.path if entry != os.path.dirname(os.path.abspath(__file__))]

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.navigation.page import StreamlitPage

from components import cache, filter_bar, menu, state
from components.drawing import notices, trouble
from components.links import NO_PAGE, Options, View
from db.cities.of_database import City
from db.queries.data import freshness

DELAYED_FEED = timedelta(minutes=30)
DELAYED_FILE = timedelta(days=2)
WATCH_SECONDS = 5
STYLE = Path(__file__).with_name("static") / "desk.css"
LIST_NAMES = {
    "department": "department",
    "service_type": "type",
    "council_district": "district",
    "neighborhood_council": "neighborhood",
    "channel": "channel",
}


def run() -> None:
    """Draw the frame and the page in it."""
    st.set_page_config(page_title="Operations desk", page_icon=menu.ICON, layout="wide")
    st.logo(menu.ICON, size="large")
    st.html(STYLE)
    pages = menu.pages()
    state.register(pages)
    page = st.navigation(list(pages.values()), position="hidden")
    entry = menu.entry_of(page)
    _watch(_version(), _minute(), entry.stays_while_read, entry.holds_its_list)
    try:
        with trouble.told():
            if cache.is_empty():
                notices.no_data()
            else:
                _desk(page, pages)
    except cache.DatabaseAwayError:
        notices.away()
    except cache.DatabaseUnusableError as error:
        notices.cannot_open(str(error))


def _desk(page: StreamlitPage, pages: Mapping[str, StreamlitPage]) -> None:
    city = cache.city()
    options = _options(city)
    view = state.begin(options, menu.OWN_NAMES)
    with st.sidebar:
        _search_box()
        menu.draw(pages)
    if text := state.submitted("search"):
        state.go("request", find=text)
    _header(city, view, options)
    above = st.container()
    wrong = [*no_such_page(), *view.problems]
    problems = st.empty()
    with problems:
        notices.problems(wrong)
    if city.source_kind == "demo":
        notices.demo_banner(city.name)
    filter_bar.bar(view, options)
    try:
        with trouble.told(), suppress(state.PageEnded):
            page.run()
    finally:  # also where the page could not be drawn
        if own := state.page_params().problems:
            with problems:
                notices.problems([*wrong, *own])
        reason, as_of = cache.trouble()
        if reason:
            with above:
                notices.old_figures(as_of, options.now)


def no_such_page() -> list[str]:
    """What a reader is told who asked for a page that is not here, once."""
    asked = state.param(NO_PAGE)
    state.set_params(**{NO_PAGE: None})
    return [f'there is no page "{asked}"; this is the overview.'] if asked else []


def _options(city: City) -> Options:
    now = state.now(city.profile.time_zone)
    first, newest = cache.ask(freshness.first_created_at), cache.ask(freshness.default_as_of, now)
    return Options(
        lists=_lists(cache.options(max(now, newest))),
        default_goals=city.profile.default_goals,
        fiscal_year_starts=city.profile.fiscal_year_starts,
        district_label=city.profile.district_label,
        first_day=None if first is None else first.date(),
        default_as_of=newest,
        now=now,
    )


def _lists(frame: pd.DataFrame) -> dict[str, dict[str, str]]:
    known = frame[frame["kind"].isin(list(LIST_NAMES))]
    return {
        LIST_NAMES[str(kind)]: dict(zip(rows["value"], rows["name"], strict=True))
        for kind, rows in known.groupby("kind")
    }


def _search_box() -> None:
    st.text_input(
        "Find a request",
        key="search",
        placeholder="Number or address",
        icon=":material/search:",
        on_change=state.submit,
        args=("search",),
    )


def _header(city: City, view: View, options: Options) -> None:
    with st.container(horizontal=True, key="desk_header", vertical_alignment="center", gap="small"):
        st.markdown(f"**{notices.plain(city.name)}** · as of {notices.moment(view.as_of)}", width="content")
        _freshness(city, view, options)
        if view.filters.goals == "working":
            st.badge(
                "All working goals",
                icon=":material/flag:",
                color="violet",
                help="Drafts and budget averages count too; they are no promise.",
            )


def _freshness(city: City, view: View, options: Options) -> None:
    """The age of the data; "delayed" in words and colour when it is too old for how they come in."""
    if not view.is_live:
        st.badge("A past moment, chosen", icon=":material/history:", color="orange")
        return
    age = options.now - options.default_as_of
    limit = DELAYED_FILE if city.source_kind == "file" else DELAYED_FEED
    if age > limit:
        st.badge(f"Delayed: data end {notices.length(age)} ago", icon=":material/warning:", color="orange")
    else:
        words = f"Data {notices.length(age)} old" if age >= timedelta(minutes=1) else "Data up to date"
        st.badge(words, icon=":material/schedule:", color="gray")


def _version() -> int | None:
    """The version on screen, None while it cannot be told."""
    try:
        return cache.version()
    except cache.DatabaseAwayError:
        return None


def _minute() -> datetime:
    return state.now("UTC")


@st.fragment(run_every=WATCH_SECONDS)
def _watch(seen: int | None, drawn_at: datetime, stays: bool, holds: bool) -> None:
    """Draw anew when there are new data or the clock has moved on; a list that is being read does not jump.

    A page that holds its list is drawn anew only where there were no data to hold.
    """
    is_new = not seen if holds else True
    if (is_new and _version() != seen) or (not stays and _minute() > drawn_at):
        st.rerun()


run()
