"""What the map says in words: its questions, its classes of colour, and the legend with their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from components.charts import Chart
from components.tiles import number, percent

QUESTIONS = {"how_many": "How many", "how_late": "How late", "how_long": "How long", "asked_again": "Asked again"}
SENTENCES = {
    "how_many": "Requests created, by where they are. Places differ in how much they report, so this is not need.",
    "how_late": "Of the requests due, the share missed: overdue, or closed late. Fewer than 30 due are grey.",
    "how_long": "Median days to close requests created, open ones taking part. Fewer than 30 requests are grey.",
    "asked_again": "Chronic places: four or more chasers or asked-agains in 180 days before this moment.",
}
FIGURES = {
    "how_many": "located_requests",
    "how_late": "late_share",
    "how_long": "median_days_of_type",
    "asked_again": "chronic_count",
}
VALUE_LABELS = {
    "how_many": "Requests",
    "how_late": "Missed",
    "how_long": "Median days",
    "asked_again": "Chronic places",
}
COUNTED = {"how_many": "requests", "how_late": "requests due", "how_long": "requests", "asked_again": "repeats"}
LEVELS = {
    "hexagon": "Hexagons",
    "heat": "Heat",
    "neighborhood_council": "Neighborhood councils",
    "council_district": "Council districts",
}
# Five steps of one ramp from yellow-green to blue: in order of lightness, so that it reads without colour too.
RAMP = ("#C7E9B4", "#7FCDBB", "#41B6C4", "#2C7FB8", "#253494")
GREY = "#9AA5B1"
LEGEND_HEIGHT = 56  # pixels, with its axis


@dataclass(frozen=True)
class Classes:
    """Classes of a value for colour: `edges` ascending, one more than `colours`; empty where nothing has a value."""

    edges: tuple[float, ...]
    colours: tuple[str, ...]
    has_grey: bool

    def colour(self, values: pd.Series) -> pd.Series:
        """The colour of each value, grey where there is none."""
        if not self.colours:
            return pd.Series(GREY, index=values.index)
        number = np.clip(np.searchsorted(self.edges[1:-1], values.to_numpy("float64"), side="right"), 0, None)
        found = pd.Series([self.colours[step] for step in number], index=values.index)
        return found.where(values.notna(), GREY)


def classes(values: pd.Series, *, is_dark: bool) -> Classes:
    """At most five classes with about as many places each; on a dark ground the light end is the high one."""
    told = values.dropna()
    ramp = RAMP[::-1] if is_dark else RAMP
    if told.empty:
        return Classes((), (), bool(len(values)))
    edges = np.unique(np.quantile(told, np.linspace(0, 1, len(RAMP) + 1), method="nearest"))
    if len(edges) == 1:
        edges = np.array([edges[0], edges[0]])
    picked = np.linspace(0, len(ramp) - 1, len(edges) - 1).round().astype(int)
    return Classes(tuple(edges.tolist()), tuple(ramp[step] for step in picked), bool(values.isna().any()))


def value_text(question: str, value: float) -> str:
    """A value as it is read: a share in percent, days with one decimal, else a count."""
    if pd.isna(value):
        return "too few to tell"
    if question == "how_late":
        return percent(value)
    return f"{value:.1f} days" if question == "how_long" else number(value)


def place_text(question: str, value: float, count: int) -> str:
    """What a place says of itself: its value, and the number behind it where that is another."""
    behind = f"{count:,} {COUNTED[question]}"
    if question == "how_many":
        return behind
    unit = " chronic places" if question == "asked_again" else ""
    return f"{value_text(question, value)}{unit} ({behind})"


def legend(found: Classes, question: str) -> None:
    """The colours with their numbers, in a row."""
    steps = zip(found.edges, found.edges[1:], found.colours, strict=False)
    rows = [(f"{_short(question, low)} to {_short(question, high)}", colour) for low, high, colour in steps]
    if found.has_grey:
        rows.append(("too few to tell", GREY))
    if rows:
        words = ", ".join(label for label, _ in rows)
        st.altair_chart(
            _legend_chart(rows),
            alt=f"Legend, {VALUE_LABELS[question].lower()}, light to dark or dark to light: {words}",
        )


def _legend_chart(rows: list[tuple[str, str]]) -> Chart:
    frame = pd.DataFrame(rows, columns=["label", "colour"])
    order = frame["label"].tolist()
    base = alt.Chart(frame).encode(x=alt.X("label:N", sort=order, title=None, axis=alt.Axis(labelAngle=0, ticks=False)))
    colour = alt.Color("label:N", scale=alt.Scale(domain=order, range=frame["colour"].tolist()), legend=None)
    return base.mark_rect(stroke=GREY, strokeWidth=0.5).encode(color=colour).properties(height=LEGEND_HEIGHT)


def _short(question: str, value: float) -> str:
    return f"{value:.0%}" if question == "how_late" else f"{value:,.1f}" if question == "how_long" else f"{value:,.0f}"


def told(located: Mapping[str, int], question: str) -> str:
    """What is drawn and what cannot be, always in full."""
    return (
        f"{located['request_count']:,} {COUNTED[question]}: {located['point_count']:,} on the map, "
        f"{located['without_count']:,} without coordinates, {located['outside_count']:,} outside the city."
    )
