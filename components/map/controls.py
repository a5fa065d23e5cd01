"""What the reader chose on the map page: the question, the level and the month, all in the URL."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import streamlit as st

from components import state
from components.cache import cached_without_copy
from components.drawing import notices, wording
from components.filter_bar import switch
from components.links import View
from components.map import wording as map_wording
from db.model.filters import Period, RequestFilter

WHOLE = "Whole period"
MOST_MONTHS = 36
MONTH_WIDTH = 220  # pixels
SPEED_LABELS = {
    "standardised_share": "Closed in 7 days, same mix",
    "closed_within_share": "As it is",
    "city_share": "Whole city",
    "request_count": "Requests",
    "mix_covered_share": "Mix compared",
}
UNITS = dict.fromkeys(("closed_within_share", "city_share", "mix_covered_share", "missed_share"), "share")


def question() -> str:
    """The question of the map, one of `wording.QUESTIONS`; an unknown one in the link is named and left out."""
    return state.page_params().choice("question", map_wording.QUESTIONS, "how_many")


def level() -> str:
    """The level of the map, one of `wording.LEVELS`. Medians cannot be drawn as heat: hexagons are drawn instead."""
    asked = state.page_params().choice("level", map_wording.LEVELS, "hexagon")
    return "hexagon" if asked == "heat" and question() == "how_long" else asked


def switches(view: View, shows: str, at: str) -> Period:
    """Draw the two switches and the month above the map; the month chosen within the view's period, or all of it."""
    with st.container(horizontal=True, gap="medium"):
        switch("question", "Question", map_wording.QUESTIONS, shows, _set_param)
        levels = {name: label for name, label in map_wording.LEVELS.items() if (name, shows) != ("heat", "how_long")}
        switch("level", "Drawn as", levels, at, _set_param)
        return view.period if shows == "asked_again" else _month(view)


def finest(shows: str, *, is_narrow: bool) -> int:
    """The finest resolution that can be seen: a cell of the whole city is at least some pixels wide."""
    if is_narrow:
        return 9
    return 7 if shows == "asked_again" else 8


def _month(view: View) -> Period:
    months = _months(view.period)
    if len(months) < 2:
        return view.period
    chosen = state.page_params().choice("month", [WHOLE, *months], WHOLE, f"in {view.period.describe()}")
    state.seed("choose_month", chosen)
    st.select_slider(
        "Month", [WHOLE, *months], key="choose_month", on_change=_set_param, args=("month", WHOLE), width=MONTH_WIDTH
    )
    return months.get(chosen, view.period)


def one_type(view: View) -> str | None:
    """The single service type that medians are of; None where none or several are chosen."""
    return view.filters.service_types[0] if len(view.filters.service_types) == 1 else None


def what(chosen: RequestFilter, shows: str, frame: pd.DataFrame) -> str:
    """Which requests the picture shows, in one sentence; a cell is called by its districts, not by its index."""
    filters = chosen.without_period() if shows == "asked_again" else chosen
    words = wording.described(replace(filters, cell=None))
    if filters.cell is not None and "cell" in frame and len(frame):
        largest = frame.nlargest(1, "request_count")["place"].iloc[0]
        words += f", in the chosen hexagon of {largest}"
    elif filters.cell is not None:
        words += ", in the chosen hexagon"
    return notices.plain(f"{words[0].upper()}{words[1:]}.")


@cached_without_copy
def twin(frame: pd.DataFrame, shows: str, level: str) -> tuple[pd.DataFrame, dict[str, str]]:
    """The map as a table, highest first and what has no district last, and its headings.

    `frame` as `wording.with_places` gives it.
    """
    is_area = level in map_wording.AREAS
    rows = frame.assign(value=frame["value"].where(~frame["is_small"]))
    column = {"how_late": "missed_share", "how_long": "median_days"}.get(shows, "value")
    if column == "value":
        rows["value"] = rows["value"].astype("Int64")  # whole numbers are printed with separators
    rows["is_nowhere"] = rows["key"].isna() if is_area else False
    rows = rows.sort_values(
        ["is_nowhere", "value", "request_count"], ascending=[True, False, False], na_position="last", ignore_index=True
    )
    rows = rows.drop(columns="is_nowhere").rename(columns={"value": column})
    labels = {column: map_wording.VALUE_LABELS[shows], "place": map_wording.AREAS.get(level, "Where")}
    if shows != "how_many":
        labels["request_count"] = map_wording.COUNTED[shows].capitalize()
    labels["against"] = "Against the city"
    if not is_area:
        labels["cell"] = "Map cell"
    elif rows["population"].notna().any():
        labels |= {"per_1000": "Per 1,000 residents", "population": "Residents"}
    return rows, labels


def speed(frame: pd.DataFrame, level: str) -> tuple[pd.DataFrame, dict[str, str]]:
    """The table of speed with its districts in words, and its headings."""
    names = [map_wording.area_name(level, key) for key in frame["key"]]
    shown = frame.assign(place=pd.Series(names, index=frame.index, dtype=object))
    return shown, {"place": map_wording.AREAS[level], **SPEED_LABELS}


def _months(stretch: Period) -> dict[str, Period]:
    """The last months that the period touches, oldest first, each cut to the period."""
    months: dict[str, Period] = {}
    first = date(stretch.start.year, stretch.start.month, 1)
    while first < stretch.end:
        following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        key = f"{first:%Y-%m}"
        months[key] = Period(key, max(first, stretch.start), min(following, stretch.end))
        first = following
    return dict(list(months.items())[-MOST_MONTHS:])


def _set_param(name: str, default: str | None = None) -> None:
    value = state.value(f"choose_{name}")
    state.set_params(**{name: None if value == default else value})
