"""A column is written by the unit of the definition that its heading opens, whatever the column is called."""

from __future__ import annotations

import pandas as pd
import pytest

from components.drawing import formats
from components.drawing.tables import columns

SHARES = pd.Series([0.5, None])


@pytest.mark.parametrize(
    ("name", "helps", "units", "unit"),
    [
        ("compliance", {}, {}, "share"),
        ("kept", {"kept": "compliance"}, {}, "share"),
        ("kept", {}, {"kept": "share"}, "share"),
        ("compliance", {}, {"compliance": "days"}, "days"),
        ("made_up_share", {}, {}, ""),
    ],
)
def test_the_unit_is_the_columns_own_else_its_definitions(
    name: str, helps: dict[str, str], units: dict[str, str], unit: str
) -> None:
    assert formats.unit_of(name, helps, units) == unit


@pytest.mark.parametrize(
    ("values", "unit", "printed", "kind", "how"),
    [
        (SHARES, "share", 50.0, "progress", "%.0f%%"),
        (SHARES, "relative change", 50.0, "number", "%+.0f%%"),
        (SHARES, "percentage points", 0.5, "number", "%+.1f"),
        (SHARES, "days", 0.5, "number", "%.1f d"),
        (SHARES, "multiples of the goal", 0.5, "number", "%,.1f ×"),
        (pd.Series([1200]), "requests", 1200, "number", "localized"),
        (pd.Series([pd.Timestamp("2026-07-10 12:30")]), "", pd.Timestamp("2026-07-10 12:30"), "datetime", None),
        (pd.Series(["83% to 90%"]), "share", "83% to 90%", None, None),  # already words
        (pd.Series(["draft"]), "basis", ["draft"], "multiselect", None),
        (pd.Series([[50.0, 60.0]]), formats.PERCENTAGES_OVER_TIME, [50.0, 60.0], "line_chart", None),
        (pd.Series([float("nan")]), formats.PERCENTAGES_OVER_TIME, None, "line_chart", None),
    ],
)
def test_values_are_written_in_their_unit(
    values: pd.Series, unit: str, printed: object, kind: str | None, how: str | None
) -> None:
    chosen = formats.format_of(values, unit)
    found = chosen.column("Heading", **chosen.settings).get("type_config") or {}
    first = formats.shown(values, chosen).iloc[0]
    assert first == printed or (printed is None and pd.isna(first))
    assert found.get("type") == kind
    assert how is None or found["format"] == how


def test_a_day_of_the_calendar_has_no_time() -> None:
    days = pd.DataFrame({"week_start": [pd.Timestamp("2026-07-06")]})
    labels = {"week_start": "Week from"}
    assert columns(labels, days)["week_start"]["type_config"]["type"] == "datetime"
    as_days = columns(labels, days, units={"week_start": formats.DAYS_OF_CALENDAR})
    assert not as_days["week_start"].get("type_config")
