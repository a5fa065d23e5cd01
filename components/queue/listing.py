"""The list of the queue: rows that open beside it, rows chosen for a crew, and groups to narrow it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import cache, state
from components.drawing import notices, tables
from components.drawing.notices import plain
from components.filter_bar import switch
from components.links import View
from components.queue import table
from components.queue.snapshot import LANES, Held, lane_names, profile, without_goal
from components.request import detail
from db.queries.queue import backlog, triage
from db.queries.request import requests
from db.rules.triage.points import Weights

PARTS = {
    "points_safety": ("Safety of the type", "safety"),
    "points_clock": ("The clock", "clock"),
    "points_asked_again": ("Asked again", "asked_again"),
    "points_waiting": ("Waiting", "waiting"),
}
GROUPS = {
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
ORDERS = {"points": "By points", "plain": "By due date", "oldest": "By age"}
ORDER_WORDS = {
    "points": "most points first",
    "plain": "overdue first by multiples of their goal, then nearest due",
    "oldest": "oldest first",
}

FIRST = {"view": "", "lane": next(iter(LANES)), "group": "", "order": next(iter(ORDERS))}


def page(kept: Held, lane: str, order: str, first: int) -> pd.DataFrame:
    """The rows of one page of the held ranking, with their details and why."""
    rows = triage.page_of(kept.ranked, lane=lane, order=order, limit=table.PAGE_ROWS, offset=first)
    return _with_details(rows, kept)


def panel(rows: pd.DataFrame, number: str, system: str, view: View) -> None:
    """The request opened beside the list, with the way to the one before, the next, the whole page, and back."""
    found = cache.ask(requests.one, number, as_of=view.as_of, goals=view.filters.goals, source_system=system or None)
    with st.container(border=True, key="queue_panel"):
        _steps(rows, number, system)
        if found.empty:
            st.info(f"No request has the number {plain(notices.shortened(number))}.", icon=":material/search_off:")
            return
        request = found.iloc[0]
        st.subheader(f"Request {plain(request['sr_number'])}", anchor=False)
        detail.headline(request)
        detail.verdict(request, view)
        is_it = (rows["sr_number"] == number) & (rows["source_system"] == request["source_system"])
        listed = rows[is_it]
        if len(listed):
            _points(listed.iloc[0], profile().triage)
            _place(listed.iloc[0])
        detail.listing(detail.where(request) | detail.what(request, view), alt="What is known of the request")
        detail.city_record(request)


def groups(view: View, group: str) -> None:
    """The open requests by one column, with their counts; a row chosen narrows the queue to it."""
    label, column = GROUPS[group]
    frame = cache.ask(backlog.by_group, view.filters.without_period(), as_of=view.as_of, column=column)
    frame = frame[frame["open_count"] > 0].reset_index(drop=True)
    st.caption(f"{len(frame):,} groups, all lanes counted, most overdue first. Choose a row to see its queue.")
    chosen = tables.opening_table(
        frame,
        {"key": label, **GROUP_LABELS},
        key=f"group_{group}",
        alt=f"Open requests by {label.lower()}",
        pinned="key",
        height=min(table.HEIGHT, (len(frame) + 1) * tables.ROW_HEIGHT + 3),
    )
    if chosen is not None and chosen["key"] is not None and pd.notna(chosen["key"]):
        _narrow(group, [chosen["key"]])
        st.rerun()
    tables.download(f"queue_by_{group}", lambda: frame, tables.header(f"Queue by {label.lower()}", view, GROUP_LABELS))


def views(chosen: str) -> None:
    """The queue or the morning."""
    _switch("view", "View", {"": "Queue", "morning": "The morning"}, chosen)


def caption(kept: Held, count: int, first: int, shown: int, order: str) -> str:
    """Which rows these are, of what moment, in which order, and what can be done with them."""
    headings = " A heading sorts these rows only, the switch above all of them." if shown < count else ""
    return (
        f"Rows {first + 1:,} to {first + shown:,} of {count:,}, {ORDER_WORDS[order]}; the list of "
        f"{plain(notices.moment(kept.view.as_of))}.{headings} Choose a cell to open its request beside the list "
        "(J and K step on, O opens it, Esc goes back); tick rows for a crew, on as many pages as you like."
    )


def pages(number: int, last_page: int) -> None:
    """The way to the other pages of the list."""
    if last_page > 1:
        key = f"choose_page_{number}"  # a key of its own, so that it starts at the page shown
        st.pagination(
            last_page, default=number, key=key, on_change=lambda: state.set_params(page=str(state.value(key)))
        )


def switches(kept: Held, lane: str, order: str, group: str) -> None:
    """Which lane, in which order, grouped or not."""
    names = lane_names(kept.ranked)
    with st.container(horizontal=True, key="queue_switches", gap="small", vertical_alignment="center"):
        _switch("lane", "Which", names, lane)
        if rest := without_goal(kept.ranked):
            st.caption(rest, width="content")
        _switch("group", "Group by", {"": "List", **{key: label for key, (label, _) in GROUPS.items()}}, group)
        _switch("order", "Order", ORDERS, order)


def download(kept: Held, lane: str, order: str) -> None:
    """The whole lane as CSV, made when the button is pressed."""
    tables.download(
        "queue",
        lambda: _with_details(triage.page_of(kept.ranked, lane=lane, order=order, limit=None), kept),
        tables.header(f"Queue: {LANES[lane]}, {ORDERS[order].lower()}", kept.view, table.LABELS),
    )


def _with_details(rows: pd.DataFrame, kept: Held) -> pd.DataFrame:
    keys = triage.keys_of(rows) if len(rows) <= table.PAGE_ROWS else None
    return triage.detailed(rows, cache.ask(triage.details, keys, as_of=kept.view.as_of), kept.view.as_of)


def _steps(rows: pd.DataFrame, number: str, system: str) -> None:
    numbers = triage.keys_of(rows)
    here = numbers.index((number, system)) if (number, system) in numbers else -1
    before = numbers[here - 1] if here > 0 else None
    after = numbers[here + 1] if here + 1 < len(numbers) else None
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
        st.caption(f"{here + 1} of the {len(numbers)} on this page")


def _step(label: str, key: str, icon: str, target: tuple[str, str] | None) -> None:
    st.button(
        label,
        key=f"queue_{label.lower()}",
        shortcut=key,
        icon=icon,
        disabled=target is None,
        on_click=table.move,
        args=target or (None, None),
    )


def _points(row: pd.Series, weights: Weights) -> None:
    parts = {label: f"{row[name]:.1f} of {getattr(weights, part):g}" for name, (label, part) in PARTS.items()}
    total = f"{row['points']:.0f}"
    st.markdown(f"**{total} {'point' if total == '1' else 'points'}**: {plain(row['why'])}")
    detail.listing(parts, alt="What the points are made of")


def _place(row: pd.Series) -> None:
    """The way to everything open at a place that asked more than once."""
    if row["asked_count"] and isinstance(row["place_id"], str):
        st.button(
            "All open at this place",
            key="queue_place",
            icon=":material/pin_drop:",
            on_click=_narrow,
            args=("place", row["place_id"]),
        )


def _narrow(name: str, value: object) -> None:
    state.set_params(group=None, page=None, sr=None, system=None)
    state.choose(**{name: value})


def _switch(name: str, label: str, names: dict[str, str], chosen: str) -> None:
    switch(name, label, names, chosen, _take, label_visibility="collapsed")


def _take(name: str) -> None:
    """What was chosen goes into the link, from the first page on; the first choice of each switch is left out."""
    value = state.value(f"choose_{name}")
    state.set_params(**{name: None if value == FIRST[name] else value, "page": None})
