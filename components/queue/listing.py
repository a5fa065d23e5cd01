"""The list of the queue: a page of rows that open beside it, or groups to narrow it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from components import cache, state
from components.drawing import notices, tables
from components.drawing.notices import plain
from components.filter_bar import switch
from components.links import View
from components.queue import lanes, outlook, table
from components.queue.snapshot import Held, clock, page_number, profile
from components.request import detail
from db.queries.queue import backlog, stops, today
from db.queries.request import requests

GROUPS = {
    "": ("List", ""),
    "type": ("Type", "service_type"),
    "district": ("District", "council_district"),
    "yard": ("Yard", "assigned_to"),
    "street": ("Street", "street_name"),
}
GROUP_LABELS = {
    "open_count": "Open",
    "overdue_count": "Overdue",
    "overdue_share": "Overdue share",
    "due_week_count": "Due in 7 days",
    "median_age_days": "Median age",
}
EXPORTED = (
    *("rank", "is_in_plan", "lane", "due_at", "why", "service_type", "address", "is_asked_again", "sr_number"),
    *("source_system", "numbers", "department", "council_district", "assigned_to", "created_at", "reported_at"),
    *("breach_risk", "danger_grade", "usual_days", "stale_days", "latitude", "longitude"),
)


def in_lane(kept: Held, lane: str) -> pd.DataFrame:
    """The rows of the held ranking that a lane shows: today's plan and what follows it, or one lane alone."""
    return kept.ranked if lane == lanes.TODAY else stops.in_lane(kept.ranked, lane)


@st.fragment
def rows(kept: Held, lane: str) -> None:
    """A page of the list, and the request opened beside it. A click draws this part anew and nothing else."""
    own, count = state.page_params(), cache.made(lane_count, kept, lane)
    number, last_page = page_number(own.text("page", "1"), count, table.PAGE_ROWS)
    first = (number - 1) * table.PAGE_ROWS
    page = cache.made(_page, kept, lane, first)
    opened = own.text("sr")
    columns = st.columns([3, 2] if opened else 1, gap="medium")  # one or two, so that the list stays the same one
    with columns[0]:
        ticked = table.show(page, kept)
        cache.drawn(_cards, kept, lane, first)
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.caption(_caption(kept, count, first, len(page.rows)))
            _pages(number, last_page)
        _with_ticked(ticked)
    if opened:
        with columns[1]:
            panel(page.rows, opened, own.text("system"), kept.view)


def _page(kept: Held, lane: str, first: int) -> table.Page:
    """So many rows of the list from that one on, ready to be sent."""
    rows = detailed(kept, in_lane(kept, lane).iloc[first : first + table.PAGE_ROWS].reset_index(drop=True))
    line_after = kept.today_count - first if lane == lanes.TODAY else -1
    return table.page(rows, line_after if 0 <= line_after < len(rows) else None, kept.today_count)


def _cards(kept: Held, lane: str, first: int) -> None:
    table.cards(cache.made(_page, kept, lane, first))


def detailed(kept: Held, listed: pd.DataFrame) -> pd.DataFrame:
    """Rows of the held ranking with their address and why."""
    keys = stops.keys_of(listed) if len(listed) <= table.PAGE_ROWS else None
    found = cache.ask(today.details, keys, as_of=kept.view.as_of)
    return today.detailed(listed, found, profile().triage, kept.view.as_of)


def lane_count(kept: Held, lane: str) -> int:
    """How many rows a lane shows."""
    return len(in_lane(kept, lane))


def panel(page: pd.DataFrame, number: str, system: str, view: View) -> None:
    """The request opened beside the list, with the way to the one before, the next, the whole page, and back."""
    found = cache.ask(requests.one, number, as_of=view.as_of, goals=view.filters.goals, source_system=system or None)
    with st.container(border=True, key="queue_panel"):
        _steps(page, number, system)
        if found.empty:
            st.info(f"No request has the number {plain(notices.shortened(number))}.", icon=":material/search_off:")
            return
        request = found.iloc[0]
        st.subheader(f"Request {plain(request['sr_number'])}", anchor=False)
        detail.headline(request)
        detail.verdict(request, view)
        listed = page[(page["sr_number"] == number) & (page["source_system"] == request["source_system"])]
        if len(listed):
            _reason(listed.iloc[0])
        detail.listing(detail.where(request) | detail.what(request, view), alt="What is known of the request")
        detail.city_record(request)


def _reason(row: pd.Series) -> None:
    """Why it stands where it does, and the way to everything open at a place with several requests."""
    today_words = "in today's plan" if row["is_in_plan"] else "not in today's plan"
    st.markdown(f"**{plain(row['why'])}**  \nNumber {row['rank']:,} of the list, {today_words}.")
    if row["request_count"] > 1:
        st.caption(f"{row['request_count']} open requests of this type are one stop here: {plain(row['numbers'])}")
    if (row["request_count"] > 1 or row["is_asked_again"]) and isinstance(row["place_id"], str):
        st.button(
            "All open at this place",
            key="queue_place",
            icon=":material/pin_drop:",
            on_click=_narrow,
            args=("place", row["place_id"]),
        )


def more(kept: Held, lane: str, group: str) -> None:
    """What stands below the list: the groups, the download, and how the figures stand."""
    with st.container(horizontal=True, key="queue_more", gap="small", vertical_alignment="center"):
        switch("group", "Group by", {key: label for key, (label, _) in GROUPS.items()}, group, _take)
        tables.download(
            "queue",
            lambda: detailed(kept, in_lane(kept, lane))[list(EXPORTED)],
            tables.header(f"Queue: {lanes.LANES[lane]}", kept.view, EXPORTED),
        )
        if st.button("The morning", key="open_morning", icon=":material/wb_twilight:"):
            state.set_params(view="morning", sr=None, system=None)
            st.rerun()
    cache.drawn(outlook.due_ahead, kept)
    cache.drawn(outlook.ageing_strip, kept.view)
    outlook.came_true(kept.view)
    outlook.silence(kept.view)


def groups(view: View, group: str) -> None:
    """The open requests by one column, with their counts; a row chosen narrows the queue to it."""
    label, column = GROUPS[group]
    frame = cache.ask(backlog.by_group, view.filters.without_period(), as_of=view.as_of, column=column)
    frame = frame[frame["open_count"] > 0].reset_index(drop=True)
    st.caption(f"{len(frame):,} groups of all open requests, most overdue first. Choose a row to see its queue.")
    chosen = tables.opening_table(
        frame,
        {"key": label, **GROUP_LABELS},
        key=f"group_{group}",
        alt=f"Open requests by {label.lower()}",
        pinned="key",
        height=min(table.HEIGHT, (len(frame) + 1) * tables.ROW_HEIGHT + 3),
    )
    if chosen is not None and chosen["key"] is not None and pd.notna(chosen["key"]):
        _narrow(group, chosen["key"] if group == "place" else [chosen["key"]])
        st.rerun()
    tables.download(f"queue_by_{group}", lambda: frame, tables.header(f"Queue by {label.lower()}", view, GROUP_LABELS))


def _caption(kept: Held, count: int, first: int, shown: int) -> str:
    """Which rows these are, of what moment, and what can be done with them."""
    headings = " A heading sorts these rows only." if shown < count else ""
    made = clock(kept.view.as_of, _now(kept.view))
    return (
        f"Rows {first + 1:,} to {first + shown:,} of {count:,}, as of {plain(made)}.{headings} Choose a cell to open "
        "its request beside the list (J and K step on, O opens it, Esc goes back); tick rows for trucks."
    )


def _now(view: View) -> Any:
    """The moment of the view on screen, beside which the list's own is told."""
    return state.current().as_of if view.is_live else view.as_of


def _pages(number: int, last_page: int) -> None:
    """The way to the other pages of the list."""
    if last_page > 1:
        key = f"choose_page_{number}"  # a key of its own, so that it starts at the page shown
        st.pagination(
            last_page, default=number, key=key, on_change=lambda: state.set_params(page=str(state.value(key)))
        )


def _with_ticked(ticked: list[stops.Key]) -> None:
    if not ticked:
        return
    with st.container(horizontal=True, key="queue_ticked", gap="small", vertical_alignment="center"):
        if st.button(f"Trucks for the {len(ticked)} ticked", key="trucks_ticked", icon=":material/local_shipping:"):
            names = ",".join(f"{system}:{number}" for number, system in ticked)
            state.set_params(view="trucks", stops=names, sr=None, system=None)
            st.rerun()
        st.button("Untick all", key="queue_untick", type="tertiary", on_click=table.tick_only, args=([],))


def _steps(page: pd.DataFrame, number: str, system: str) -> None:
    keys = stops.keys_of(page)
    here = keys.index((number, system)) if (number, system) in keys else -1
    before = keys[here - 1] if here > 0 else None
    after = keys[here + 1] if here + 1 < len(keys) else None
    with st.container(horizontal=True, key="queue_steps", gap="small", vertical_alignment="center"):
        _step("Up", "K", ":material/keyboard_arrow_up:", before)
        _step("Down", "J", ":material/keyboard_arrow_down:", after)
        if st.button("Open", key="queue_open", shortcut="O", icon=":material/open_in_full:"):
            state.go("request", sr=number, system=system)
        st.button(
            "Back",
            key="queue_back",
            shortcut="Esc",
            icon=":material/close:",
            on_click=table.move,
            args=(None, None),
        )
    if here >= 0:
        st.caption(f"{here + 1} of the {len(keys)} on this page")


def _step(label: str, key: str, icon: str, target: stops.Key | None) -> None:
    st.button(
        label,
        key=f"queue_{label.lower()}",
        shortcut=key,
        icon=icon,
        disabled=target is None,
        on_click=table.move,
        args=target or (None, None),
    )


def _narrow(name: str, value: object) -> None:
    state.set_params(group=None, page=None, sr=None, system=None)
    state.choose(**{name: value})


def _take(name: str) -> None:
    """What was chosen goes into the link, from the first page on."""
    state.set_params(**{name: state.value(f"choose_{name}") or None, "page": None})
