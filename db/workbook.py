"""A frame as an Excel workbook: typed rows with a filter on the sheet *Data*, and what they are on *About*."""

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
EXACT = 2**53  # above it a number loses digits in a spreadsheet
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
        _write_data(book, frame, headings or {})
        _write_about(book, about)
    return buffer.getvalue()


def _write_data(book: xlsxwriter.Workbook, frame: pd.DataFrame, headings: Mapping[str, str]) -> None:
    sheet = book.add_worksheet("Data")
    bold, text_format = book.add_format({"bold": True}), book.add_format({"quote_prefix": True})
    for column, name in enumerate(map(str, frame.columns)):
        heading = headings.get(name, name)
        sheet.write_string(0, column, heading, bold)
        values = frame.iloc[:, column]
        cell_format = book.add_format({"num_format": _number_format(frame.attrs.get(KEYS, {}).get(name, name), values)})
        lengths = [
            _write_cell(sheet, row, column, value, cell_format, text_format) for row, value in enumerate(values, 1)
        ]
        sheet.set_column(column, column, min(max([NARROWEST, len(heading), *lengths]) + 2, WIDEST))
    sheet.freeze_panes(1, 0)
    if len(frame.columns):
        sheet.autofilter(0, 0, max(len(frame), 1), len(frame.columns) - 1)


def _write_cell(sheet: Worksheet, row: int, column: int, value: Any, cell_format: Format, text_format: Format) -> int:
    """Write one cell of the value's own type; gives about how many letters wide it is."""
    if value is None or value is pd.NaT or (isinstance(value, float) and not np.isfinite(value)) or value is pd.NA:
        return 0
    if isinstance(value, bool | np.bool_):
        sheet.write_boolean(row, column, bool(value))
        return 5
    if isinstance(value, pd.Timestamp | datetime | date):
        sheet.write_datetime(row, column, value, cell_format)
        return 16
    if isinstance(value, int | float | np.number) and abs(float(value)) < EXACT:
        sheet.write_number(row, column, float(value), cell_format)
        return 10
    text = str(value)
    if len(text) > MOST_LETTERS:
        text = f"{text[: MOST_LETTERS - 1]}…"
    sheet.write_string(row, column, text, text_format if is_risky(text) else None)
    return len(text)


def _number_format(name: str, values: pd.Series) -> str:
    """The number format in which a column is shown; the stored values are not rounded."""
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


def _write_about(book: xlsxwriter.Workbook, about: Sequence[str]) -> None:
    sheet = book.add_worksheet("About")
    bold, wrapped = book.add_format({"bold": True, "valign": "top"}), book.add_format({"text_wrap": True})
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 100)
    for row, line in enumerate(about):
        name, colon, rest = " ".join(line.split()).partition(": ")
        sheet.write_string(row, 0, name[:MOST_LETTERS], bold)
        if colon:
            sheet.write_string(row, 1, rest[:MOST_LETTERS], wrapped)
