"""The table of the queue: a cell opens its request beside it; rows ticked stay ticked as requests, not as places."""

from __future__ import annotations

from hashlib import blake2s
from typing import Any

import pandas as pd
import streamlit as st

from components import state
from components.drawing import tables, wording
from components.queue.snapshot import Held
from db.model.definitions import definition
from db.queries.queue import triage

PAGE_ROWS = 100
HEIGHT = 620
LAST_CELL = "queue_last_cell"
TICKED = "queue_ticked"
TABLE = "queue"
LABELS = {
    "sr_number": "Request",
    "address": "Address",
    "service_type": "Type",
    "department": "Department",
    "due_at": "Due",
    "goal_multiple": "Times its goal",
    "points": "Points",
    "why": "Why",
    "council_district": "District",
    "channel": "Channel",
    "assigned_to": "Yard",
    "age_days": "Age",
    "breach_risk": "Risk",
    "asked_count": "Asked again",
    "created_at": "Created",
    "points_safety": "Safety",
    "points_clock": "Clock",
    "points_asked_again": "Again",
    "points_waiting": "Waiting",
}
# Pixels, so that the first nine stand beside each other on a wide screen and the first seven on a laptop.
WIDTHS = {
    "sr_number": 82,
    "address": 168,
    "service_type": 150,
    "department": 140,
    "due_at": 146,
    "goal_multiple": 100,
    "points": 76,
    "why": 300,
    "council_district": 66,
    "channel": 100,
    "assigned_to": 100,
    "age_days": 80,
}


def show(rows: pd.DataFrame, kept: Held) -> list[str]:
    """The table of a page; a cell chosen opens its request.

    Given back: the numbers of all requests ticked, on this page or another, in the order they were ticked. One that
    has left the list is no longer among them.
    """
    numbers = triage.keys_of(rows)
    key = _key(numbers)
    before = ticked()
    chosen = st.dataframe(
        _shown(rows),
        column_config=_columns(rows),
        hide_index=True,
        placeholder="–",
        row_height=tables.ROW_HEIGHT,
        height=min(HEIGHT, (len(rows) + 1) * tables.ROW_HEIGHT + 3),
        alt="Open requests in the order to work them",
        key=key,
        on_select=lambda: _open_chosen(key, numbers),
        selection_mode=["multi-row", "single-cell"],
        selection_default={"selection": {"rows": [row for row, (number, _) in enumerate(numbers) if number in before]}},
    )
    here = [numbers[row][0] for row in chosen["selection"]["rows"] if row < len(numbers)]
    state.seed(TICKED, _together(before, here, rows, kept))
    return ticked()


def ticked() -> list[str]:
    """The numbers of the requests that are ticked, in the order they were."""
    return list(state.value(TICKED) or [])


def tick_only(numbers: list[str]) -> None:
    """Tick these requests and no others, from the next run on."""
    state.seed(TICKED, numbers)
    state.next_turn(TABLE)


def move(number: str | None, system: str | None) -> None:
    """Open a request beside the list, or none."""
    state.set_params(sr=number, system=system)


def _key(numbers: tuple[triage.Key, ...]) -> str:
    """A key of the rows shown: the browser keeps ticks by position, so other rows need another table."""
    digest = blake2s(repr(numbers).encode(), digest_size=8).hexdigest()
    return f"{state.turn(TABLE)}_{digest}"


def _together(before: list[str], here: list[str], rows: pd.DataFrame, kept: Held) -> list[str]:
    """The ticks of this page with those made elsewhere that are still in the list."""
    page, listed = set(rows["sr_number"]), kept.ranked["sr_number"]
    elsewhere = [number for number in before if number not in page]
    known = set(listed[listed.isin(elsewhere)]) | set(here) if elsewhere else set(here)
    return [number for number in dict.fromkeys([*before, *here]) if number in known]


def _open_chosen(key: str, numbers: tuple[triage.Key, ...]) -> None:
    """Open the request of the cell just chosen, close it when the cell is left; ticking a row changes neither."""
    cells = [tuple(cell) for cell in state.value(key)["selection"]["cells"]]
    of_table, last = state.value(LAST_CELL) or ("", [])
    if cells != (last if of_table == key else []):
        row = cells[0][0] if cells else len(numbers)
        move(*(numbers[row] if row < len(numbers) else (None, None)))
    state.seed(LAST_CELL, (key, cells))


def _shown(rows: pd.DataFrame) -> pd.DataFrame:
    shown = rows[list(LABELS)].copy()
    shown["breach_risk"] = shown["breach_risk"] * 100  # the table prints a number as it stands
    shown["asked_count"] = shown["asked_count"].astype("Int64").where(shown["asked_count"] > 0)
    shown["department"] = shown["department"].map(wording.department)
    shown["address"] = wording.short_addresses(shown["address"])
    districts = shown["council_district"]
    if districts.dropna().str.isdecimal().all():  # as text, district 10 would sort before 2
        shown["council_district"] = pd.to_numeric(districts).astype("Int64")
    return shown


def _columns(rows: pd.DataFrame) -> dict[str, Any]:
    found = tables.columns(LABELS, rows, pinned="sr_number")
    found["points"] = st.column_config.ProgressColumn(
        LABELS["points"], format="%.0f", min_value=0, max_value=100, help=definition("points").sentence
    )
    for name in ("points_safety", "points_clock", "points_asked_again", "points_waiting"):
        found[name] = st.column_config.NumberColumn(LABELS[name], format="%.1f", help=definition(name).sentence)
    found["breach_risk"] = st.column_config.NumberColumn(
        LABELS["breach_risk"], format="%.0f%%", help=definition("breach_risk").sentence
    )
    for name, width in WIDTHS.items():
        found[name]["width"] = width
    return found
