"""What the map says in words: its questions, its classes of colour, and the legend with their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import altair as alt
import pandas as pd

from components.drawing.charts import Chart, cached_spec, place
from components.map.classes import FAINT, GREY, Classes, value_text

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
    "neighborhood_council": "Neighborhoods",
    "council_district": "Districts",
}
AREAS = {"council_district": "Council district", "neighborhood_council": "Neighborhood council"}
SMALL_WORDS = ("and", "for", "in", "of", "the")
# The ramp of the heat, from yellow-green to blue: in order of lightness, so that it reads without colour too.
RAMP = ("#C7E9B4", "#7FCDBB", "#41B6C4", "#2C7FB8", "#253494")
LEGEND_HEIGHT = 56  # pixels, with its axis


def place_text(question: str, value: float, count: int) -> str:
    """The text of a place: its value, and the number behind it where that is another one."""
    behind = counted(count, question)
    if question == "how_many":
        return behind
    unit = (" chronic place" if value == 1 else " chronic places") if question == "asked_again" else ""
    return f"{value_text(question, value)}{unit} ({behind})"


def legend(found: Classes, question: str) -> None:
    """The colours with their numbers, in a row."""
    if found.texts:
        place(
            _legend_chart(list(zip(found.texts, found.colours, strict=True))),
            alt_text=f"Legend, {VALUE_LABELS[question].lower()}, each class with its colour: {', '.join(found.texts)}",
        )


def calm(frame: pd.DataFrame, question: str) -> str:
    """What the calm tone means, with the city's figure; empty where there is none."""
    if frame.empty or pd.isna(frame["city_value"].iloc[0]):
        return ""
    city = value_text(question, float(frame["city_value"].iloc[0]))
    reference = f"the mean of a place ({city})" if question in ("how_many", "asked_again") else f"the city's {city}"
    return f"The calm tone is about the same as {reference}: no further from it than chance. "


@cached_spec
def _legend_chart(rows: list[tuple[str, str]]) -> Chart:
    frame = pd.DataFrame(rows, columns=["label", "colour"])
    order = frame["label"].tolist()
    axis = alt.Axis(labelAngle=0, ticks=False, labelFlush=False, labelOverlap=False)
    base = alt.Chart(frame).encode(x=alt.X("label:N", sort=order, title=None, axis=axis))
    colour = alt.Color("label:N", scale=alt.Scale(domain=order, range=frame["colour"].tolist()), legend=None)
    strength = alt.OpacityValue(1, condition={"test": f"datum.colour === '{GREY}'", "value": FAINT})
    drawn = base.mark_rect(stroke=GREY, strokeWidth=0.5).encode(color=colour, opacity=strength)
    return drawn.properties(height=LEGEND_HEIGHT)


def counted(count: int, question: str) -> str:
    """A number of what the question counts: "1 request due", "3 repeats"."""
    words = COUNTED[question]
    return f"{count:,} {words.replace('requests', 'request').replace('repeats', 'repeat') if count == 1 else words}"


@lru_cache(maxsize=4096)  # thousands of cells name a few hundred places
def readable(name: str) -> str:
    """A name as a reader would write it: files often have "SILVER LAKE NC", which is Silver Lake NC."""
    if not name.isupper():
        return name
    words = []
    for word in name.split():
        is_short = "." in word or not any(letter in "AEIOUY" for letter in word)
        words.append(word if is_short else word.title())
    return " ".join(word.lower() if words[0] != word and word.lower() in SMALL_WORDS else word for word in words)


def area_name(level: str, key: str | None, name: str | None = None) -> str:
    """A district in words: "District 13", "Silver Lake NC"."""
    if key is None or pd.isna(key):
        return "Not assigned"
    return f"District {key}" if level == "council_district" and key.isdecimal() else readable(name or key)


@lru_cache(maxsize=4096)
def cell_name(district: str | None, neighborhood: str | None) -> str:
    """A map cell by what most of its requests name: "District 13, Silver Lake NC"."""
    names = [
        area_name(level, key)
        for level, key in (("council_district", district), ("neighborhood_council", neighborhood))
        if key is not None and not pd.isna(key)
    ]
    return ", ".join(names) or "No district named"


def with_places(frame: pd.DataFrame, level: str) -> pd.DataFrame:
    """The map's figures with the name of each place in words, in the column `place`."""
    if level in AREAS:
        names = [area_name(level, key, name) for key, name in zip(frame["key"], frame["name"], strict=True)]
    else:
        pairs = zip(frame["council_district"], frame["neighborhood_council"], strict=True)
        names = [cell_name(district, neighborhood) for district, neighborhood in pairs]
    return frame.assign(place=pd.Series(names, index=frame.index, dtype=object))


def heat_legend(*, is_dark: bool) -> str:
    """How the heat is read."""
    order = "Dark to light" if is_dark else "Light to dark"
    return f"{order}: few to many, relative to what is in the picture. Hexagons have the numbers."


def mostly_grey(frame: pd.DataFrame) -> str:
    """What to do where most places have too few requests to tell; empty where they do not."""
    if frame.empty or frame["is_small"].mean() <= 0.5:
        return ""
    return " Most places have too few to tell: a longer period, or districts, tell more."


def told(located: Mapping[Any, Any], question: str) -> str:
    """How many requests are drawn on the map, and how many cannot be, in one sentence."""
    return (
        f"{counted(located['request_count'], question)}: {located['point_count']:,} on the map, "
        f"{located['without_count']:,} without coordinates, {located['outside_count']:,} outside the city."
    )
