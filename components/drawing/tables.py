"""Tables that can be read, opened and taken away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple
from urllib.parse import urlencode

import pandas as pd
import pyarrow as pa
import streamlit as st

from components import state
from components.cache import cached_without_copy
from components.drawing import formats, wording
from components.drawing.notices import moment
from components.drawing.taking import download
from components.links import View, written_out
from db.model.definitions import definition, definitions
from db.model.filters import GOALS_IN_WORDS

__all__ = ["ROW_HEIGHT", "columns", "download", "header", "opening_table", "table"]

ROW_HEIGHT = 36
Height = int | Literal["auto", "content", "stretch"]


def columns(
    labels: Mapping[str, str],
    frame: pd.DataFrame,
    *,
    helps: Mapping[str, str] | None = None,
    units: formats.Units | None = None,
    pinned: str | None = None,
) -> dict[str, Any]:
    """Column settings, each by the unit of what it holds: see `components/drawing/formats.py`.

    `labels` maps a column to its heading. A heading opens the definition named like its column, or named by `helps`,
    and the column is written in that definition's unit. `units`: the units of columns without a definition.
    """
    found: dict[str, Any] = {}
    for name, label in labels.items():
        meaning = definitions().get((helps or {}).get(name, name))
        how = formats.format_of(frame[name], formats.unit_of(name, helps or {}, units or {}))
        settings = {**how.settings, "help": meaning.sentence if meaning else None, "pinned": name == pinned}
        if name == "address":
            settings["width"] = "medium"
        found[name] = how.column(label, **settings)
    return found


class Ready(NamedTuple):
    """A table ready to be sent, and the frame that it is of; nobody may change any of it."""

    shown: pa.Table
    settings: dict[str, Any]
    frame: pd.DataFrame


def ready(
    frame: pd.DataFrame,
    labels: Mapping[str, str],
    *,
    helps: Mapping[str, str] | None = None,
    units: formats.Units | None = None,
    pinned: str | None = None,
) -> Ready:
    """The columns of `labels` as they are sent to a browser: made once for equal rows."""
    return Ready(*_ready(frame[list(labels)], labels, helps or {}, units or {}, pinned), frame)


def table(
    frame: pd.DataFrame,
    labels: Mapping[str, str],
    *,
    alt: str,
    helps: Mapping[str, str] | None = None,
    units: formats.Units | None = None,
    pinned: str | None = None,
    height: Height = "auto",
) -> None:
    """A table to read: the columns of `labels` in that order."""
    made = ready(frame, labels, helps=helps, units=units, pinned=pinned)
    st.dataframe(
        made.shown,
        column_config=made.settings,
        hide_index=True,
        placeholder="–",
        row_height=ROW_HEIGHT,
        height=height,
        alt=alt,
    )


def opening_table(
    frame: pd.DataFrame,
    labels: Mapping[str, str],
    *,
    key: str,
    alt: str,
    helps: Mapping[str, str] | None = None,
    units: formats.Units | None = None,
    pinned: str | None = None,
    height: Height = "auto",
) -> pd.Series | None:
    """A table whose rows open something: the row just chosen, by its box or by any cell, once, else None."""
    return opening(ready(frame, labels, helps=helps, units=units, pinned=pinned), key=key, alt=alt, height=height)


def opening(table: Ready, *, key: str, alt: str, height: Height = "auto") -> pd.Series | None:
    """As `opening_table`, for a table that is ready."""
    chosen = st.dataframe(
        table.shown,
        column_config=table.settings,
        hide_index=True,
        placeholder="–",
        row_height=ROW_HEIGHT,
        height=height,
        alt=alt,
        key=state.selection_key(key),
        on_select="rerun",
        selection_mode=["single-row", "single-cell"],
    )
    rows = [*chosen["selection"]["rows"], *(row for row, _ in chosen["selection"]["cells"])]
    if not rows or rows[0] >= len(table.frame):
        return None
    state.clear_selection(key)
    return table.frame.iloc[rows[0]]


def header(title: str, view: View, figures: Iterable[str] = (), *, uses_period: bool = False) -> list[str]:
    """What stands beside an export: what it is, its moment, its filters, and the definitions of `figures`.

    The filters are named as in the link, so that they lead back to the page as it was. `figures` may hold any column
    names: those without a definition are passed over.
    """
    filters = view.filters if uses_period else view.filters.without_period()
    names = {name: values for name, values in written_out(view).items() if uses_period or name != "period"}
    return [
        title,
        f"As of: {moment(view.as_of)}",
        f"Which requests: {filters.describe()}; {GOALS_IN_WORDS[filters.goals]}",
        f"Filters, as in the link: {urlencode(names, doseq=True, safe=':')}",
        *(definition(key).line() for key in dict.fromkeys(figures) if key in definitions()),
    ]


@cached_without_copy
def _ready(
    frame: pd.DataFrame, labels: Mapping[str, str], helps: Mapping[str, str], units: formats.Units, pinned: str | None
) -> tuple[pa.Table, dict[str, Any]]:
    """The rows as they are sent to a browser, and how to show them: made once for equal ones."""
    shown = _shown(frame, labels, helps, units)
    settings = columns(labels, frame, helps=helps, units=units, pinned=pinned)
    return pa.Table.from_pandas(shown, preserve_index=False), settings


def _shown(
    frame: pd.DataFrame, labels: Mapping[str, str], helps: Mapping[str, str], units: formats.Units
) -> pd.DataFrame:
    """The columns to show: shares in percent, for the table prints a number as it stands, and words for codes."""
    shown = frame[list(labels)].copy()
    for name in shown.columns:
        unit = formats.unit_of(name, helps, units)
        shown[name] = formats.shown(shown[name], formats.format_of(frame[name], unit))
        if name.endswith("department"):
            shown[name] = shown[name].map(wording.department)
        elif name in wording.CODES:
            shown[name] = shown[name].map(wording.words)
        elif name == "address":
            shown[name] = wording.short_addresses(shown[name])
    return shown
