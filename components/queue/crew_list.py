"""A crew's list: requests chosen from the queue, in a sensible driving order, to print or to take away."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from components import cache, state
from components.drawing import notices, tables
from components.drawing.notices import plain
from components.queue import table
from components.queue.snapshot import Held
from db.queries.queue import triage
from db.rules.route import driving_order, length_km

MOST_STOPS = 60
LABELS = {
    "stop": "Stop",
    "sr_number": "Request",
    "service_type": "Type",
    "address": "Address",
    "why": "Why",
    "council_district": "District",
    "assigned_to": "Yard",
}


def stops() -> list[str]:
    """The numbers of the requests on the list, at most `MOST_STOPS`, in the order they were chosen."""
    return asked()[:MOST_STOPS]


def add_button(ticked: list[str]) -> None:
    """Puts the requests ticked on any page on the list, as many as it holds, unticks them, and opens the list."""
    listed = stops()
    new = [number for number in dict.fromkeys(ticked) if number not in listed]
    fitting = new[: MOST_STOPS - len(listed)]
    with st.container(horizontal=True, key="crew_buttons", gap="small", vertical_alignment="center"):
        st.button(
            _add_label(new, fitting),
            key="crew_add",
            icon=":material/playlist_add:",
            disabled=not fitting,
            on_click=_add,
            args=([*listed, *fitting], new[len(fitting) :]),
        )
        if ticked:
            st.button("Untick all", key="crew_untick", on_click=table.tick_only, args=([],), type="tertiary")
        if listed:
            st.button(
                f"Open the crew list ({len(listed)})",
                key="crew_open",
                icon=":material/route:",
                type="primary",
                on_click=lambda: state.set_params(view="crew"),
            )
    if len(fitting) < len(new):
        st.warning(_too_many(len(new), len(fitting)), icon=":material/playlist_remove:")


def show(kept: Held) -> None:
    """The list in driving order from the first one chosen, and a CSV; its sheet of paper is `components/paper`'s."""
    listed = stops()
    found = in_driving_order(_chosen(kept, listed))
    st.button("Back to the queue", key="crew_back", icon=":material/arrow_back:", on_click=_close, shortcut="Esc")
    if found.empty:
        st.info("There is nothing on the crew list: tick rows in the queue.", icon=":material/playlist_add:")
        return
    km = length_km(found["latitude"], found["longitude"])
    gone, too_many = len(set(listed) - set(found["sr_number"])), len(asked()) - len(listed)
    unplaced = int(found["latitude"].isna().sum())
    st.caption(
        f"{len(found)} stops, {km:,.1f} km in straight lines from the first one chosen, as of "
        f"{plain(notices.moment(kept.view.as_of))}. The button *Print* above makes the sheet to take along."
        + (f" {gone} no longer open in this view." if gone else "")
        + (f" {unplaced} without coordinates, at the end." if unplaced else "")
        + (f" A crew list holds at most {MOST_STOPS}; {too_many} more of the link were left out." if too_many else "")
    )
    st.table(
        found[list(LABELS)].fillna("–").map(plain).rename(columns=LABELS).set_index("Stop"),
        border="horizontal",
        alt="The stops of the crew in driving order",
    )
    with st.container(horizontal=True, gap="small"):
        tables.download("crew_list", lambda: found, tables.header("Crew list, in driving order", kept.view, ["why"]))
        st.button("Empty the list", key="crew_empty", on_click=_empty, type="tertiary")


def _chosen(kept: Held, listed: list[str]) -> pd.DataFrame:
    """The rows of the list that are still open in the held ranking, in the order they were chosen."""
    rows = chosen_of(kept.ranked, listed)
    details = cache.ask(triage.details, triage.keys_of(rows), as_of=kept.view.as_of)
    return triage.detailed(rows, details, kept.view.as_of)


def chosen_of(ranked: pd.DataFrame, numbers: Sequence[str]) -> pd.DataFrame:
    """The rows of a ranking with these numbers, in the order of the numbers."""
    rows = ranked[ranked["sr_number"].isin(list(numbers))]
    place = {number: position for position, number in enumerate(numbers)}
    return rows.iloc[rows["sr_number"].map(place).argsort()].reset_index(drop=True)


def in_driving_order(found: pd.DataFrame) -> pd.DataFrame:
    """`found` in driving order from its first row, numbered in `stop`."""
    ordered = found.take(driving_order(found["latitude"], found["longitude"])).reset_index(drop=True)
    ordered.insert(0, "stop", range(1, len(ordered) + 1))
    return ordered


def asked() -> list[str]:
    """The numbers that the link names, also those beyond `MOST_STOPS`."""
    return list(dict.fromkeys(number for number in state.param("stops").split(",") if number))


def _add_label(new: list[str], fitting: list[str]) -> str:
    if fitting:
        return f"Put {len(fitting)} on the crew list"
    return "The crew list is full" if new else "Tick rows for a crew list"


def _too_many(new: int, fitting: int) -> str:
    """What does not fit, before the button is pressed and, those left out being still ticked, after it."""
    if fitting:
        return f"A crew list holds at most {MOST_STOPS}; {new - fitting} of the {new} ticked will be left out."
    return f"A crew list holds at most {MOST_STOPS}; the {new} still ticked were left out."


def _add(listed: list[str], left_out: list[str]) -> None:
    state.set_params(stops=",".join(listed))
    table.tick_only(left_out)


def _close() -> None:
    state.set_params(view=None)


def _empty() -> None:
    state.set_params(view=None, stops=None)
