"""What the reader chose on the map page: the question, the level and the month, all in the URL."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from components import map_words, notices, state
from components.links import View
from db.filters import Period, RequestFilter

WHOLE = "Whole period"
MOST_MONTHS = 36
SPEED_LABELS = {
    "key": "District",
    "standardised_share": "Closed in 7 days, same mix",
    "closed_within_share": "As it is",
    "city_share": "Whole city",
    "request_count": "Requests",
    "mix_covered_share": "Mix compared",
}


def question() -> str:
    """The question of the map, one of `map_words.QUESTIONS`; an unknown one in the link is named and left out."""
    return _known("question", map_words.QUESTIONS, "how_many")


def level() -> str:
    """The level of the map, one of `map_words.LEVELS`. A median has no heat: hexagons stand for it."""
    found = _known("level", map_words.LEVELS, "hexagon")
    return "hexagon" if found == "heat" and question() == "how_long" else found


def switches(shows: str, at: str) -> None:
    """The two switches above the map."""
    with st.container(horizontal=True, gap="medium"):
        _switch("question", "Question", map_words.QUESTIONS, shows)
        levels = {name: label for name, label in map_words.LEVELS.items() if (name, shows) != ("heat", "how_long")}
        _switch("level", "Drawn as", levels, at)


def month(view: View) -> Period:
    """The month chosen on the slider within the view's period, or all of it."""
    months = _months(view.period)
    if len(months) < 2:
        return view.period
    chosen = state.param("month", WHOLE)
    if chosen not in months and chosen != WHOLE:
        notices.problems([f'month "{chosen}" is not in {view.period.describe()}; it was left out.'])
        chosen = WHOLE
    state.seed("choose_month", chosen)
    st.select_slider("Month", [WHOLE, *months], key="choose_month", on_change=_take, args=("month", WHOLE))
    return months.get(chosen, view.period)


def one_type(view: View) -> str | None:
    """The single service type that medians are of; None where none or several are chosen."""
    return view.filters.service_types[0] if len(view.filters.service_types) == 1 else None


def what(chosen: RequestFilter, shows: str) -> str:
    """Which requests the picture shows, in one sentence."""
    filters = chosen.without_period() if shows == "asked_again" else chosen
    words = filters.describe()
    return notices.plain(f"{words[0].upper()}{words[1:]}.")


def twin(frame: pd.DataFrame, shows: str, *, is_area: bool) -> tuple[pd.DataFrame, dict[str, str]]:
    """The map as a table, highest first, and its headings."""
    found = frame.assign(value=frame["value"].where(~frame["is_small"]))
    column = {"how_late": "missed_share", "how_long": "median_days"}.get(shows, "value")
    order = ["value", "request_count"]
    found = found.sort_values(order, ascending=False, na_position="last", ignore_index=True)
    found = found.rename(columns={"value": column})
    labels = {"key": "District", "name": "Name"} if is_area else {"cell": "Map cell"}
    labels[column] = map_words.VALUE_LABELS[shows]
    if shows != "how_many":
        labels["request_count"] = map_words.COUNTED[shows].capitalize()
    if is_area:
        found["name"] = found["name"].fillna("Not assigned")
        if found["population"].notna().any():
            labels |= {"per_1000": "Per 1,000 residents", "population": "Residents"}
    return found, labels


def _months(stretch: Period) -> dict[str, Period]:
    """The last months that the period touches, oldest first, each cut to the period."""
    found: dict[str, Period] = {}
    first = date(stretch.start.year, stretch.start.month, 1)
    while first < stretch.end:
        following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        key = f"{first:%Y-%m}"
        found[key] = Period(key, max(first, stretch.start), min(following, stretch.end))
        first = following
    return dict(list(found.items())[-MOST_MONTHS:])


def _known(name: str, words: dict[str, str], default: str) -> str:
    found = state.param(name, default)
    if found in words:
        return found
    notices.problems([f'{name} "{found}" is not one of {", ".join(words)}; it was left out.'])
    return default


def _switch(name: str, label: str, words: dict[str, str], chosen: str) -> None:
    key = f"choose_{name}"
    state.seed(key, chosen)
    st.segmented_control(
        label,
        list(words),
        format_func=lambda value: words.get(value, value),
        key=key,
        required=True,
        on_change=_take,
        args=(name,),
    )


def _take(name: str, default: str | None = None) -> None:
    value = state.value(f"choose_{name}")
    state.set_params(**{name: None if value == default else value})
