"""A frame as text to export: CSV with comment lines above it, rows for JSON, or a table for the terminal."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

FORMULA = tuple("=+-@＝＋－＠")
"""First characters that make a spreadsheet read a text as a formula; the full-width ones do in some languages."""

WIDEST_CELL = 48
_INVISIBLE = "".join(map(chr, (*range(0x21), 0x7F, 0xA0, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x3000)))


def to_csv(frame: pd.DataFrame, lines: Sequence[str] = ()) -> str:
    """`frame` as CSV: first a comment line `# ...` for each of `lines` (one quoted cell), then the header and the rows.

    No text, heading or line can start a formula in a spreadsheet; numbers are unchanged.
    """
    safe = frame.copy()
    for name in safe.select_dtypes(exclude=["number", "datetime", "bool"]).columns:
        safe[name] = safe[name].map(harmless, na_action="ignore")
    safe.columns = [harmless(str(name)) for name in safe.columns]
    comments = io.StringIO()
    writer = csv.writer(comments, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([f"# {' '.join(line.split())}"] for line in lines)
    return comments.getvalue() + str(safe.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d %H:%M:%S"))


def harmless(value: Any) -> Any:
    """`value` with an apostrophe in front where it is a text that could start a formula; else unchanged."""
    return f"'{value}" if is_risky(value) else value


def is_risky(value: Any) -> bool:
    """Whether a spreadsheet could read a value as a formula, also behind blanks and invisible characters."""
    return isinstance(value, str) and (
        value.lstrip(_INVISIBLE).startswith(FORMULA) or value.startswith(("\t", "\r", "\n"))
    )


def to_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """One dict for each row, with plain values for JSON: None where empty or not finite, moments as ISO text."""
    columns = [_plain(frame[name]) for name in frame.columns]
    return [dict(zip(frame.columns, values, strict=True)) for values in zip(*columns, strict=True)]


def to_table(frame: pd.DataFrame) -> str:
    """Aligned columns to read, with a dash for an empty value; texts over `WIDEST_CELL` characters are cut."""
    cells = {str(name): [_cell(value) for value in _readable(frame[name])] for name in frame.columns}
    widths = {name: max(len(name), *map(len, texts), 0) for name, texts in cells.items()}
    numeric = {str(name) for name in frame.columns if pd.api.types.is_numeric_dtype(frame[name].dtype)}
    rows = [list(cells), *(list(row) for row in zip(*cells.values(), strict=True))]
    return "\n".join("  ".join(_aligned(row, widths, numeric)).rstrip() for row in rows)


def _plain(values: pd.Series) -> list[Any]:
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        texts = np.datetime_as_string(values.to_numpy("datetime64[s]"), unit="s")
        return [None if text == "NaT" else str(text) for text in texts]
    if pd.api.types.is_float_dtype(values.dtype):
        return [float(value) if np.isfinite(value) else None for value in values.to_numpy(float)]
    return [None if pd.isna(value) else value for value in values.tolist()]


def _readable(values: pd.Series) -> list[Any]:
    plain = _plain(values)
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return [text and text.replace("T", " ").removesuffix(" 00:00:00") for text in plain]
    return plain


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    text = " ".join(str(value).split())
    return text if len(text) <= WIDEST_CELL else text[: WIDEST_CELL - 1] + "…"


def _aligned(row: Sequence[str], widths: dict[str, int], numeric: set[str]) -> list[str]:
    return [
        text.rjust(width) if name in numeric else text.ljust(width)
        for text, (name, width) in zip(row, widths.items(), strict=True)
    ]
