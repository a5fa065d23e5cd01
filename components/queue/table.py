"""The list of the queue: a table whose cells open a request beside it, and the same as cards on a phone.

Rows ticked stay ticked as requests, not as places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2s
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import pyarrow as pa
import streamlit as st

from components import state
from components.drawing import wording
from components.drawing.notices import plain
from components.queue.snapshot import Held
from db.queries.queue import stops
from db.queries.queue.stops import Key

PAGE_ROWS = 100
ROW_HEIGHT = 28
HEADING = 36
HEIGHT = 20 * ROW_HEIGHT + HEADING
CARD_ROWS = 30
LAST_CELL = "queue_last_cell"
TICKED = "queue_ticked"
TABLE = "queue"
LABELS = {
    "due_at": "Due",
    "why": "Why",
    "service_type": "Type",
    "address": "Address",
    "again": "Asked again",
    "request": "Request",
    "department": "Department",
}
# Pixels, so that a reason of 60 characters stands whole on a laptop.
WIDTHS = {
    "due_at": 112,
    "why": 386,
    "service_type": 150,
    "address": 150,
    "again": 84,
    "request": 92,
    "department": 130,
}


@dataclass(frozen=True, eq=False)
class Page:
    """Rows of the list ready to be sent. After `line_after` of them a line says that today ends; there `keys` has None.

    `name`: short, of the keys. A browser keeps ticks by position, so that other rows need another table.
    """

    rows: pd.DataFrame
    line_after: int | None
    keys: Sequence[Key | None]
    name: str
    shown: pa.Table


def page(rows: pd.DataFrame, line_after: int | None, today_count: int) -> Page:
    """Make a page of rows with their details; `today_count` stops are in today's plan."""
    keys: list[Key | None] = list(stops.keys_of(rows))
    shown = _shown(rows)
    if line_after is not None:
        keys.insert(line_after, None)
        shown = _with_line(shown, line_after, today_count)
    name = blake2s(repr(keys).encode(), digest_size=8).hexdigest()
    return Page(rows, line_after, keys, name, pa.Table.from_pandas(shown, preserve_index=False))


def show(page: Page, kept: Held) -> list[Key]:
    """The table of a page; a cell chosen opens its request.

    Given back: the keys of all requests ticked, on this page or another, in the order they were ticked. One that has
    left the list is no longer among them.
    """
    keys, key = page.keys, f"{state.selection_key(TABLE)}_{page.name}"
    before = ticked()
    rows = [row for row, one in enumerate(keys) if one in before] if before else []
    with st.container(key="queue_table"):
        chosen = st.dataframe(
            page.shown,
            column_config=_columns(page.shown.column_names),
            hide_index=True,
            placeholder="",
            row_height=ROW_HEIGHT,
            height=min(HEIGHT, len(keys) * ROW_HEIGHT + HEADING),
            alt="Open requests in the order to work them",
            key=key,
            on_select=lambda: _open_chosen(key, keys),
            selection_mode=["multi-row", "single-cell"],
            selection_default={"selection": {"rows": rows}},
        )
    here = [keys[row] for row in chosen["selection"]["rows"] if row < len(keys)]
    state.seed(TICKED, _together(before, [one for one in here if one is not None], keys, kept))
    return ticked()


def cards(page: Page) -> None:
    """The first rows as cards, which the style sheet shows in place of the table on a narrow screen."""
    parts, rows = [], page.rows
    first = rows.head(CARD_ROWS)
    for place, row in enumerate(first.assign(address=addresses(first["address"])).to_dict("records")):
        if place == page.line_after:
            parts.append("**Today ends here.**")
        address = plain(wording.place(row["address"], row["latitude"], row["longitude"]))
        parts.append(
            f"**{plain(row['why'])}**  \n{plain(row['service_type'])}  \n{address} · "
            f"[{plain(row['sr_number'])}]({_request_link(row)})"
        )
    if len(rows) > CARD_ROWS:
        parts.append(f"{len(rows) - CARD_ROWS:,} more on this page; they stand in the table of a wider screen.")
    with st.container(key="queue_cards"):
        st.markdown("\n\n---\n\n".join(parts))


def ticked() -> list[Key]:
    """The keys of the requests that are ticked, in the order they were."""
    return list(state.value(TICKED) or [])


def tick_only(keys: list[Key]) -> None:
    """Tick these requests and no others, from the next run on."""
    state.seed(TICKED, keys)
    state.clear_selection(TABLE)


def move(number: str | None, system: str | None) -> None:
    """Open a request beside the list, or none."""
    state.set_params(sr=number, system=system)


def _request_link(row: dict[Any, Any]) -> str:
    names = state.link(sr=row["sr_number"], system=row["source_system"])
    return f"request?{urlencode(names, doseq=True)}"


def _together(before: list[Key], here: list[Key], page: Sequence[Key | None], kept: Held) -> list[Key]:
    """The ticks of this page with those made elsewhere that are still in the list."""
    elsewhere = [key for key in before if key not in page]
    known = set(here)
    if elsewhere:
        known |= set(stops.keys_of(kept.ranked)) & set(elsewhere)
    return [key for key in dict.fromkeys([*before, *here]) if key in known]


def _open_chosen(key: str, keys: Sequence[Key | None]) -> None:
    """Open the request of the cell just chosen, close it when the cell is left; ticking a row changes neither."""
    cells = [tuple(cell) for cell in state.value(key)["selection"]["cells"]]
    of_table, last = state.value(LAST_CELL) or ("", [])
    if cells != (last if of_table == key else []):
        row = cells[0][0] if cells else len(keys)
        move(*((keys[row] if row < len(keys) else None) or (None, None)))
    state.seed(LAST_CELL, (key, cells))


def _shown(rows: pd.DataFrame) -> pd.DataFrame:
    """The columns to show: words for codes, and none in which every row says the same."""
    more = rows["request_count"] - 1
    numbers = rows["sr_number"].where(more == 0, rows["sr_number"] + " +" + more.astype(str))
    shown = pd.DataFrame(
        {
            "due_at": rows["due_at"],
            "why": rows["why"],
            "service_type": rows["service_type"],
            "address": addresses(rows["address"]),
            "again": rows["is_asked_again"].map({True: "yes", False: ""}).astype(object),
            "request": numbers,
            "department": rows["department"].map(wording.department),
        }
    )
    if len(rows) < 2:
        return shown
    return shown[[name for name in LABELS if name == "why" or shown[name].nunique(dropna=False) > 1]]


def addresses(found: pd.Series) -> pd.Series:
    """Addresses as short as they are plain: without the city on screen, and without the word for a crossing."""
    if not found.notna().any():
        return found
    shown = wording.short_addresses(found).str.replace(r"^INTERSECTION of\s+", "", case=False, regex=True)
    return shown.str.replace(r"\s+", " ", regex=True)


def _with_line(shown: pd.DataFrame, place: int, today_count: int) -> pd.DataFrame:
    words = f"——— Today ends here: {today_count:,} stops ———"
    line = pd.DataFrame({"why": [words]}, columns=shown.columns).astype(shown.dtypes.to_dict(), errors="ignore")
    return pd.concat([shown.iloc[:place], line, shown.iloc[place:]], ignore_index=True)


def _columns(names: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in names:
        if name == "due_at":
            found[name] = st.column_config.DatetimeColumn(LABELS[name], format="D MMM YY, HH:mm", width=WIDTHS[name])
        else:
            found[name] = st.column_config.Column(LABELS[name], width=WIDTHS[name])
    return found
