"""The list that stays still while it is read: a ranking held for the reader, and word of what came and went since.

What is listed is the ranking of the moment the reader opened the queue or last asked for the newer one. Every figure
around the list is of that ranking.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from components import cache, state
from components.digest import digest
from components.drawing import trouble
from components.drawing.notices import moment, plain
from components.links import View
from db.cities.profile import Profile
from db.model.filters import RequestFilter
from db.queries.data import freshness
from db.queries.queue import learned, risk, stops
from db.rules.calendar import Calendar

RENEW_SECONDS = 15
MOST_ROOM = 10_000
HELD = "queue_held"


@dataclass(frozen=True, eq=False)
class Held:
    """The ranking on screen, and what it was made for. `room`: chosen by the reader, None for what was shown.

    Two of the same ranking, view and room have the same name and are equal: what is made or drawn of one is kept for
    both (`cache.made`, `cache.drawn`).
    """

    made_for: Any
    view: View
    room: int | None
    ranked: pd.DataFrame
    name: bytes = b""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Held) and bool(self.name) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)

    @property
    def today_count(self) -> int:
        """How many stops of the list are in today's plan; they come first."""
        return int(self.ranked["is_in_plan"].sum())


def profile() -> Profile:
    """The profile of the city on screen."""
    return cache.city().profile


def working_day() -> Calendar:
    """The calendar whose closing hour is "tonight"."""
    city = profile()
    return city.calendars[city.working_day_calendar]


def room_asked(view: View) -> int | None:
    """The room for today that the link names; only a single department has one."""
    if len(view.filters.departments) != 1:
        return None
    expected = f"a whole number of stops from 0 to {MOST_ROOM:,}"
    return state.page_params().whole("room", None, least=0, most=MOST_ROOM, expected=expected)


def ranking(view: View, room: int | None) -> pd.DataFrame:
    """Every open stop of the view at its moment, in the order to work them; shared, so never change it."""
    population, city = view.filters.population, profile()
    past = cache.ask_without_copy(learned.learn, as_of=risk.curves_moment(view.as_of), population=population)
    # The switch of goals changes no rank, so that both its sides read one ranking.
    filters = replace(view.filters, goals=stops.GOALS, period=None)
    found: pd.DataFrame = cache.ask_without_copy(
        stops.ranking, filters, as_of=view.as_of, calendar=working_day(), rules=city.triage, room=room, using=past
    )
    return found


def rooms(view: View) -> pd.DataFrame:
    """What each department of the view was shown to end in a day."""
    filters = RequestFilter(departments=view.filters.departments)
    as_of = risk.curves_moment(view.as_of)
    found: pd.DataFrame = cache.ask(stops.rooms, filters, as_of=as_of, calendar=working_day())
    return found


def held(view: View) -> Held:
    """The ranking to list: the one held for this reader, or a new one when something else was chosen."""
    kept: Held | None = state.value(HELD)
    if kept is None or kept.made_for != _made_for(view):
        kept = made(view)
        state.seed(HELD, kept)
    return kept


def made(view: View) -> Held:
    """The ranking of the view as the link asks for it, held for nobody."""
    room = room_asked(view)
    ranked = ranking(view, room)
    return Held(_made_for(view), view, room, ranked, digest(view, room, cache.name_of(ranked)))


def _made_for(view: View) -> Any:
    return view.filters.without_period(), None if view.is_live else view.as_of, room_asked(view)


def let_go() -> None:
    """List the newest ranking from the next run on."""
    state.seed(HELD, None)


def newest(view: View) -> View:
    """The view at this very moment, where it follows the data."""
    if not view.is_live:
        return view
    now = state.now(profile().time_zone)
    return replace(view, as_of=cache.ask(freshness.default_as_of, now))


@st.fragment(run_every=RENEW_SECONDS)
@trouble.told()
def news() -> None:
    """What came and went since the list was made, in sight wherever the list is scrolled to."""
    view = newest(state.current())
    kept = held(state.current())
    now = ranking(view, kept.room)
    if kept.ranked is now:
        return
    found = stops.changes(kept.ranked, now)
    if not (found.new_count or found.gone_count):
        return
    with st.container(horizontal=True, key="queue_news", vertical_alignment="center", gap="small", width="content"):
        st.markdown(
            f":material/sync: **{found.new_count:,} new, {found.gone_count:,} closed** since the list of "
            f"{plain(clock(kept.view.as_of, view.as_of))}",
            width="content",
        )
        # A rerun of the whole page, where a button of a fragment would only draw the fragment anew.
        if st.button("Show", key="show_newest", type="primary"):
            let_go()
            st.rerun()


def page_number(text: str, count: int, size: int) -> tuple[int, int]:
    """The page that a link asks for, brought within the pages there are, and the last page."""
    last = max(math.ceil(count / size), 1)
    return min(max(int(text) if text.isdecimal() else 1, 1), last), last


def clock(then: datetime, now: datetime) -> str:
    """A moment beside another: only the time on the same day."""
    return f"{then:%H:%M}" if then.date() == now.date() else moment(then)
