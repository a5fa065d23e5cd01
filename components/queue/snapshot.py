"""The queue that stays still while it is read: a ranking held for the reader, and counters that renew beside it.

What is listed is the ranking of the moment the reader opened the queue or last asked for the newer one. The counters
renew by themselves and say how many requests came and went since.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from components import cache, state
from components.drawing import tiles, trouble
from components.drawing.notices import moment, plain
from components.links import View
from db.cities.profile import Profile
from db.queries.data import freshness
from db.queries.queue import risk, triage
from db.rules.calendar import Calendar
from db.rules.triage.moments import due_by, horizons

RENEW_SECONDS = 15
TILE_WIDTH = 172  # two beside each other on a phone
HELD = "queue_held"
LANES = {"all": "All open", "keepable": "Can still be kept", "overdue": "Already overdue"}
HORIZONS = {"3": "Due in 3 workdays", "7": "Due in 7 workdays"}


@dataclass(frozen=True, eq=False)
class Held:
    """The ranking on screen, and what it was made for."""

    made_for: Any
    view: View
    ranked: pd.DataFrame


def profile() -> Profile:
    """The profile of the city on screen."""
    return cache.city().profile


def working_day() -> Calendar:
    """The calendar whose closing hour is "tonight"."""
    city = profile()
    return city.calendars[city.working_day_calendar]


def ranking(view: View) -> pd.DataFrame:
    """Every open request of the view at its moment, in the order of their points; shared, so never change it."""
    population, filters = view.filters.population, view.filters.without_period()
    curves = cache.ask_without_copy(risk.curves, as_of=risk.curves_moment(view.as_of), population=population)
    found: pd.DataFrame = cache.ask_without_copy(
        triage.ranking, filters, as_of=view.as_of, weights=profile().triage, using=curves
    )
    return found


def held(view: View) -> Held:
    """The ranking to list: the one held for this reader, or a new one when something else was chosen."""
    made_for = (view.filters.without_period(), None if view.is_live else view.as_of)
    kept: Held | None = state.value(HELD)
    if kept is None or kept.made_for != made_for:
        kept = Held(made_for, view, ranking(view))
        state.seed(HELD, kept)
    return kept


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
def counters(with_radar: bool = True) -> None:
    """Open, overdue and the breach radar as of now; and what came and went since the list was made."""
    view = newest(state.current())
    now, kept = ranking(view), held(state.current())
    if with_radar:
        _tiles(now, view)
    if kept.ranked is not now:
        _news(triage.changes(kept.ranked, now), kept, view)


def lane_names(ranked: pd.DataFrame) -> dict[str, str]:
    """The lanes with how many requests each has in this ranking."""
    counts = triage.lane_counts(ranked)
    return {lane: f"{name} ({counts[lane]:,})" for lane, name in LANES.items()}


def without_goal(ranked: pd.DataFrame) -> str:
    """How many requests are in no lane but the first, in words; empty where every one has a goal."""
    counts = triage.lane_counts(ranked)
    rest = counts["all"] - counts["keepable"] - counts["overdue"]
    return f"{rest:,} {'has' if rest == 1 else 'have'} no goal" if rest else ""


def count(kept: Held, lane: str) -> int:
    """How many requests the lane has in the list held."""
    return triage.lane_counts(kept.ranked)[lane]


def page_number(asked: str, count: int, page_rows: int) -> tuple[int, int]:
    """The page to show, at most the last, and the last one."""
    last = max(math.ceil(count / page_rows), 1)
    return (min(max(int(asked), 1), last) if asked.isdecimal() else 1), last


def _tiles(now: pd.DataFrame, view: View) -> None:
    counts = triage.lane_counts(now)
    with st.container(horizontal=True, key="queue_counters", gap="small"):
        _counter("Open", counts["all"], "open_count", view)
        _counter("Overdue", counts["overdue"], "overdue_count", view)
        until = horizons(view.as_of, working_day())
        names = {"tonight": f"Due {due_by(until['tonight'], view.as_of)}"} | HORIZONS
        for row in triage.radar(now, until).itertuples():
            _radar(names[str(row.horizon)], row, view)


def _counter(label: str, value: int, key: str, view: View) -> None:
    st.metric(label, f"{value:,}", help=tiles.trace(key, view), border=True, width=TILE_WIDTH, height="stretch")


def _radar(label: str, row: Any, view: View) -> None:
    misses = (
        f"{row.expected_misses:,.0f} likely missed"
        if row.known_count
        else ("no risk known" if row.falling_due_count else None)
    )
    unknown = row.falling_due_count - row.known_count
    lines = [
        tiles.trace("falling_due_count", view),
        f"**Until** {moment(row.until_at)}",
        tiles.trace("expected_misses", view).split("  \n")[0],
    ]
    if unknown:
        lines.append(f"**Without a known risk** {unknown:,}")
    st.metric(
        label,
        f"{row.falling_due_count:,}",
        misses,
        delta_color="off",
        delta_arrow="off",
        help="  \n".join(lines),
        border=True,
        width=TILE_WIDTH,
        height="stretch",
    )


def _news(found: triage.Changes, kept: Held, view: View) -> None:
    if not (found.new_count or found.gone_count):
        return
    with st.container(horizontal=True, key="queue_news", vertical_alignment="center", gap="small"):
        st.markdown(
            f":material/sync: **{found.new_count:,} new, {found.gone_count:,} closed** since the list of "
            f"{plain(clock(kept.view.as_of, view.as_of))}",
            width="content",
        )
        # A rerun of the whole page, where a button of a fragment would only draw the fragment anew.
        if st.button("Show", key="show_newest", type="primary"):
            let_go()
            st.rerun()


def clock(then: datetime, now: datetime) -> str:
    """A moment beside another: only the time on the same day."""
    return f"{then:%H:%M}" if then.date() == now.date() else moment(then)
