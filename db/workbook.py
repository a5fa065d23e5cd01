"""A frame as an Excel workbook: the rows on a sheet *Data*, typed and to be filtered, and what they are on *About*."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from db.export import is_risky
from db.model.definitions import definitions
from db.rules.errors import DeskError

MOST_ROWS = 1_048_575  # of Excel, without the heading
MOST_LETTERS = 32_767  # of Excel, in one cell
EXACT = 2**53  # beyond it a number of a spreadsheet loses digits
WIDEST, NARROWEST = 48, 9
MADE = datetime(2000, 1, 1)  # a fixed day, so that the same rows give the same bytes
SHARE, MOMENT, DAY = "0.0%", "yyyy-mm-dd hh:mm", "yyyy-mm-dd"
KEYS = "keys"
"""In `frame.attrs`: the figure that a column holds, where its heading is not its key."""


def to_xlsx(frame: pd.DataFrame, about: Sequence[str], headings: Mapping[str, str] | None = None) -> bytes:
    """The rows of `frame` and the lines of `about`, each split at its first colon.

    `headings`: a column's heading where it is not its own name. Text is never a formula, a link or a number. Raises
    DeskError for more rows than a sheet can hold.
    """
    if len(frame) > MOST_ROWS:
        raise DeskError(f"{len(frame):,} rows are more than the {MOST_ROWS:,} of a workbook: take CSV, or choose less")
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"created": MADE})
        _data(book, frame, headings or {})
        _about(book, about)
    return buffer.getvalue()


def _data(book: xlsxwriter.Workbook, frame: pd.DataFrame, headings: Mapping[str, str]) -> None:
    sheet = book.add_worksheet("Data")
    bold, inert = book.add_format({"bold": True}), book.add_format({"quote_prefix": True})
    for place, name in enumerate(map(str, frame.columns)):
        heading = headings.get(name, name)
        sheet.write_string(0, place, heading, bold)
        values = frame.iloc[:, place]
        look = book.add_format({"num_format": _look(frame.attrs.get(KEYS, {}).get(name, name), values)})
        letters = [_write(sheet, row, place, value, look, inert) for row, value in enumerate(values, 1)]
        sheet.set_column(place, place, min(max([NARROWEST, len(heading), *letters]) + 2, WIDEST))
    sheet.freeze_panes(1, 0)
    if len(frame.columns):
        sheet.autofilter(0, 0, max(len(frame), 1), len(frame.columns) - 1)


def _write(sheet: Worksheet, row: int, column: int, value: Any, look: Format, inert: Format) -> int:
    """One cell of its own type; gives about how many letters wide it is."""
    if value is None or value is pd.NaT or (isinstance(value, float) and not np.isfinite(value)) or value is pd.NA:
        return 0
    if isinstance(value, bool | np.bool_):
        sheet.write_boolean(row, column, bool(value))
        return 5
    if isinstance(value, pd.Timestamp | datetime | date):
        sheet.write_datetime(row, column, value, look)
        return 16
    if isinstance(value, int | float | np.number) and abs(float(value)) < EXACT:
        sheet.write_number(row, column, float(value), look)
        return 10
    text = str(value)
    if len(text) > MOST_LETTERS:
        text = f"{text[: MOST_LETTERS - 1]}…"
    sheet.write_string(row, column, text, inert if is_risky(text) else None)
    return len(text)


def _look(name: str, values: pd.Series) -> str:
    """How the numbers or moments of a column are shown; what is stored is the whole value."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        moments = values.dropna()
        return DAY if len(moments) and (moments == moments.dt.normalize()).all() else MOMENT
    first = next((value for value in values if value is not None), None) if values.dtype == object else None
    if isinstance(first, date):
        return MOMENT if isinstance(first, datetime) else DAY
    meaning = definitions().get(name)
    if name.endswith("_share") or (meaning is not None and meaning.unit == "share"):
        return SHARE
    if pd.api.types.is_float_dtype(values.dtype):
        whole = values.dropna()
        return "#,##0" if (whole == whole.round()).all() else "General"
    return "#,##0" if pd.api.types.is_integer_dtype(values.dtype) else "General"


def _about(book: xlsxwriter.Workbook, about: Sequence[str]) -> None:
    sheet = book.add_worksheet("About")
    bold, wrapped = book.add_format({"bold": True, "valign": "top"}), book.add_format({"text_wrap": True})
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 100)
    for row, line in enumerate(about):
        name, colon, rest = " ".join(line.split()).partition(": ")
        sheet.write_string(row, 0, name[:MOST_LETTERS], bold)
        if colon:
            sheet.write_string(row, 1, rest[:MOST_LETTERS], wrapped)
