"""The one line above the list: the lanes with their counts as links, the room of the day, and the trucks."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import state
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
    counts = {TODAY: kept.today_count, **stops.lane_counts(kept.ranked)}
    with st.container(horizontal=True, key="queue_line", gap="small", vertical_alignment="center"):
        st.title("Queue", anchor=False, width="content")
        for name in LANES:
            if name == lane:
                with st.container(key="queue_lane_chosen", width="content"):
                    _link(name, counts[name])
            else:
                _link(name, counts[name])
        st.space("stretch")
        _room(kept)
        _trucks()


def _link(name: str, count: int) -> None:
    st.page_link(
        state.page("queue"),
        label=f"{LANES[name]} {count:,}",
        help=MEANINGS[name],
        query_params=state.link({}, **_own(lane=None if name == TODAY else str(name))),
        width="content",
    )


def _own(**changes: str | None) -> dict[str, str]:
    """The queue's own names as they stand with these changes, from the first page on."""
    names = {name: state.param(name) for name in ("lane", "room", "stops")} | changes
    return {name: value for name, value in names.items() if value}


def _room(kept: Held) -> None:
    """How much fits into today: shown of one department, where it can be changed, and of several only said."""
    shown = snapshot.rooms(kept.view)
    is_one = len(kept.view.filters.departments) == 1
    with st.popover(f"Room {_room_now(kept, shown):,}", key="queue_room", width="content"):
        st.markdown(_room_words(shown))
        if not is_one:
            st.caption("Choose one department to set the room of its day.")
            return
        state.seed("choose_room", _room_now(kept, shown))
        st.number_input(
            "Stops that fit into today", 0, MOST_ROOM, step=1, key="choose_room", on_change=_take_room, width=220
        )
        if kept.room is not None:
            st.button("Back to what was shown", key="room_back", on_click=state.set_params, kwargs={"room": None})


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
    state.set_params(room=str(int(state.value("choose_room"))), page=None)


def _trucks() -> None:
    """Crew lists of today's plan, or of the rows ticked, in two taps."""
    with st.popover("Trucks", key="queue_trucks", icon=":material/local_shipping:", width="content"):
        st.markdown("Divide today's plan among how many trucks?")
        with st.container(horizontal=True, gap="small"):
            for number in TRUCKS:
                st.button(
                    str(number),
                    key=f"trucks_{number}",
                    on_click=state.set_params,
                    kwargs={"view": "trucks", "trucks": str(number), "sr": None, "system": None},
                )
