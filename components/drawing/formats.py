"""How a value is written in a table: by the unit of its definition, never by the name of its column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import streamlit as st

from components.drawing.theme import BADGES
from db.model.definitions import definitions

Units = Mapping[str, str]


@dataclass(frozen=True)
class Format:
    """How a column of one unit is drawn: by which of Streamlit's columns, and what values are multiplied by."""

    column: Callable[..., Any]
    settings: Mapping[str, Any] = field(default_factory=dict)
    factor: int = 1


_column = st.column_config
NUMBERS: Mapping[str, Format] = {
    "share": Format(_column.ProgressColumn, {"format": "%.0f%%", "min_value": 0, "max_value": 100}, 100),
    "relative change": Format(_column.NumberColumn, {"format": "%+.0f%%"}, 100),
    "percentage points": Format(_column.NumberColumn, {"format": "%+.1f"}),
    "days": Format(_column.NumberColumn, {"format": "%.1f d"}),
    "multiples of the goal": Format(_column.NumberColumn, {"format": "%,.1f ×"}),
}
WHOLE = Format(_column.NumberColumn, {"format": "localized"})
MOMENT = Format(_column.DatetimeColumn, {"format": "D MMM YYYY, HH:mm"})
BASIS = Format(_column.MultiselectColumn, {"options": list(BADGES), "color": list(BADGES.values())})
TEXT = Format(_column.Column)
# Units that no definition has: days of a calendar, and percentages over time, a list in each row that has any.
DAYS_OF_CALENDAR, PERCENTAGES_OVER_TIME = "day of the calendar", "percentages over time"
OF_ANY_TYPE: Mapping[str, Format] = {
    DAYS_OF_CALENDAR: TEXT,
    PERCENTAGES_OVER_TIME: Format(_column.LineChartColumn, {"y_min": 0, "y_max": 100}),
}


def unit_of(name: str, helps: Mapping[str, str], units: Units) -> str:
    """The unit of a column: its own in `units`, else that of the definition that its heading shows, else none."""
    meaning = definitions().get(helps.get(name, name))
    return units.get(name) or (meaning.unit if meaning else "")


def format_of(values: pd.Series, unit: str) -> Format:
    """How these values are drawn: numbers by their unit, moments as moments, a list over time as a line."""
    if unit in OF_ANY_TYPE:
        return OF_ANY_TYPE[unit]
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return MOMENT
    if pd.api.types.is_numeric_dtype(values.dtype):
        whole = WHOLE if pd.api.types.is_integer_dtype(values.dtype) else TEXT
        return NUMBERS.get(unit, whole)
    return BASIS if unit == "basis" else TEXT


def shown(values: pd.Series, how: Format) -> pd.Series:
    """The values as the table prints them: a share in percent, a badge as a list of one."""
    if how is BASIS:
        return values.map(lambda text: [text])
    return values if how.factor == 1 else values * how.factor
