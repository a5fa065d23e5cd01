"""The one line above the list: the lanes with their counts as links, the room of the day, and the trucks."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from components import cache, filter_bar, state
from components.queue import snapshot
from components.queue.snapshot import MOST_ROOM, Held
from db.queries.queue import stops
from db.rules.triage.plan import Lane

TODAY = "today"
LANES: dict[str, str] = {
    TODAY: "Today",
    Lane.DANGER: "Danger",
    Lane.CAN_BE_KEPT: "Can still be kept",
    Lane.LATE: "Late",
    Lane.CHECK_EXISTS: "Still there?",
}
MEANINGS = {
    TODAY: "What fits into today, and below the line what comes after it.",
    Lane.DANGER: "What can hurt somebody tonight, graver and younger first.",
    Lane.CAN_BE_KEPT: "Not yet overdue: by working day due, then by how often such ones are late.",
    Lane.LATE: "Overdue, or without a goal: most over its usual time first, every fifth to the longest overdue.",
    Lane.CHECK_EXISTS: "So old that hardly any is closed any more: somebody should look whether it is still there.",
}
TRUCKS = (1, 2, 3, 4, 5, 6, 8, 10)


def line(kept: Held, lane: str) -> None:
    """The title, the lanes, and what changes today."""
    own = {name: state.param(name) for name in ("lane", "room", "stops")}
    with st.container(horizontal=True, key="queue_line", gap="small", vertical_alignment="center"):
        cache.drawn(_lanes, kept, lane, own)
        _today(kept)


def _lanes(kept: Held, lane: str, own: Mapping[str, str]) -> None:
    """The title and the lanes; `own`: the queue's own names as they stand in the link."""
    counts = {TODAY: kept.today_count, **stops.lane_counts(kept.ranked)}
    st.title("Queue", anchor=False, width="content")
    for name in LANES:
        if name == lane:
            with st.container(key="queue_lane_chosen", width="content"):
                _link(name, counts[name], own)
        else:
            _link(name, counts[name], own)


def _link(name: str, count: int, own: Mapping[str, str]) -> None:
    others = {key: value for key, value in own.items() if value and key != "lane"}
    st.page_link(
        state.page("queue"),
        label=f"{LANES[name]} {count:,}",
        help=MEANINGS[name],
        query_params=state.link({}, **others | ({} if name == TODAY else {"lane": str(name)})),
        width="content",
    )


@st.fragment
def _today(kept: Held) -> None:
    """What changes today, sent once it is opened."""
    state.draw_page_if_due()
    with st.container(horizontal=True, key="queue_today", gap="small", horizontal_alignment="right"):
        _room(kept)
        _trucks()


def _room(kept: Held) -> None:
    """How much fits into today: shown of one department, where it can be changed, and of several only said."""
    shown = cache.made(snapshot.rooms, kept.view)
    is_one = len(kept.view.filters.departments) == 1
    choice = filter_bar.popover("queue_room", f"Room {_room_now(kept, shown):,}")
    if not choice.open:
        return
    with choice:
        st.markdown(_room_words(shown))
        if not is_one:
            st.caption("Choose one department to set the room of its day.")
            return
        state.seed("choose_room", _room_now(kept, shown))
        st.number_input(
            "Stops that fit into today", 0, MOST_ROOM, step=1, key="choose_room", on_change=_take_room, width=220
        )
        if kept.room is not None:
            st.button("Back to what was shown", key="room_back", on_click=_set, kwargs={"room": None})


def _room_now(kept: Held, shown: pd.DataFrame) -> int:
    return kept.room if kept.room is not None else int(shown["room"].sum())


def _room_words(shown: pd.DataFrame) -> str:
    if shown.empty:
        return "Nothing was ended by work in the last 8 weeks, so that nothing is known of a day's room."
    days = int(shown["day_count"].iloc[0])
    return (
        f"Half of the last {days:,} working days had at least so many stops ended by the city's own crews, as done or "
        f"nothing found: {int(shown['room'].sum()):,}. Mass closures and contractors are left out."
    )


def _take_room() -> None:
    _set(room=str(int(state.value("choose_room"))), page=None)


def _set(**names: str | None) -> None:
    state.set_params(**names)
    state.need_page()


def _trucks() -> None:
    """Crew lists of today's plan, or of the rows ticked, in two taps."""
    choice = filter_bar.popover("queue_trucks", "Trucks", ":material/local_shipping:")
    if not choice.open:
        return
    with choice:
        st.markdown("Divide today's plan among how many trucks?")
        with st.container(horizontal=True, gap="small"):
            for number in TRUCKS:
                st.button(
                    str(number),
                    key=f"trucks_{number}",
                    on_click=_set,
                    kwargs={"view": "trucks", "trucks": str(number), "sr": None, "system": None},
                )
