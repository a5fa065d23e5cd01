"""Downloads: one control that gives rows as an Excel workbook, or as plain CSV whose first line is its header."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import streamlit as st

from components.drawing import wording
from db import export, workbook
from db.model.definitions import definitions

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HELP = "A workbook has the definitions, filters and moment on a sheet of their own; CSV is the rows alone."


@st.fragment
def download(
    name: str,
    make: Callable[[], pd.DataFrame],
    lines: Sequence[str],
    labels: Mapping[str, str] | None = None,
    *,
    as_stored: bool = False,
) -> None:
    """Draw the control; its two buttons appear once it is opened. The rows are made only when a file is asked for.

    `lines`: what the rows are, see `tables.header`. `labels`: headings as on the page, else the column's own name.
    `as_stored`: columns and codes exactly as they are, for a file that a command of the desk reads again.
    """

    def rows() -> pd.DataFrame:
        return make() if as_stored else in_words(make(), labels or {})

    control = st.popover("Download", icon=":material/download:", key=f"take_{name}", help=HELP, on_change="rerun")
    if not control.open:
        return
    with control:
        st.download_button(
            "Excel workbook",
            lambda: _workbook(rows(), lines),
            file_name=f"{name}.xlsx",
            mime=XLSX,
            key=f"download_{name}_xlsx",
            on_click="ignore",
        )
        st.download_button(
            "CSV",
            lambda: csv_file(rows()),
            file_name=f"{name}.csv",
            mime="text/csv",
            key=f"download_{name}",
            on_click="ignore",
        )


def in_words(frame: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """The rows with words for codes and headings as on the page; each code stands in a column of its own beside.

    A department with the key BSS gives "Street Services" under its heading, and `BSS` under `department`.
    """
    columns: dict[str, pd.Series] = {}
    keys: dict[str, str] = {}
    stored_names = set(map(str, frame.columns))

    def add(values: pd.Series, *headings: str) -> None:
        """Add a column under the first of the headings that is not empty and not taken yet."""
        heading = next(heading for heading in headings if heading and heading not in columns)
        columns[heading], keys[heading] = values, str(values.name)

    for name in map(str, frame.columns):
        words, label = _words_for_codes(frame, name), labels.get(name, "") or _figure_name(name)
        label = "" if label in stored_names - {name} else label
        if words is not None:
            add(words, label if label != name else "", f"{name}_name", f"{name} in words")
        add(frame[name], label if words is None else name, name)
    in_words_and_codes = pd.DataFrame(columns, index=frame.index)
    in_words_and_codes.attrs[workbook.KEYS] = keys
    return in_words_and_codes


def _figure_name(name: str) -> str:
    """The name of the figure that a column holds, empty where it holds none."""
    return definitions()[name].name if name in definitions() else ""


def csv_file(frame: pd.DataFrame) -> bytes:
    """Plain CSV in UTF-8 with a byte order mark, by which spreadsheets recognise the encoding."""
    return export.to_csv(frame).encode("utf-8-sig")


def _workbook(frame: pd.DataFrame, lines: Sequence[str]) -> bytes:
    return workbook.to_xlsx(frame, [*lines, f"Rows: {len(frame):,}"])


def _words_for_codes(frame: pd.DataFrame, name: str) -> pd.Series | None:
    """What a person reads instead of the codes of a column; None where it holds none."""
    if name == "department":
        return None if "name" in frame or "department_name" in frame else frame[name].map(wording.department)
    return frame[name].map(wording.words) if name in wording.CODES else None
