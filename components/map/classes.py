"""The map's classes of colour: equal steps around the city's figure, and one calm tone for what is like it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from components.drawing.tiles import number, percent

PRINTED = {"how_many": 0, "how_late": 2, "how_long": 1, "asked_again": 0}  # decimals that the legend prints
GREY = "#9AA5B1"
FAINT = 0.35  # opacity of the grey, so that places with a value stand out
STEPS = 3  # to either side of the city; the last one has no end
OUTERMOST = 0.95  # so many of the differences lie within the steps, so that one place far out does not make all alike
# From far under the city's figure, over the calm tone of what is about the same, to far over it. Blue and orange are
# told apart by the colour-blind; the calm tone is near the ground, and both ends are far from it.
LIGHT = ("#0B4F8A", "#4A90C8", "#A9CCE6", "#E9E3D5", "#F2B56B", "#D9791B", "#8F3A00")
DARK = ("#8CC8F5", "#4C97D0", "#2B5F8C", "#3F4A59", "#8A5A20", "#D58A2E", "#FFC878")


@dataclass(frozen=True)
class Classes:
    """The class of each place, -3 (far under the city's figure) to 3 (far over it), 0 where it is about the same.

    `of` has the index of the places, NaN where a place has no value; `texts` are what the legend prints of each class
    that some place has, in order, grey last.
    """

    of: pd.Series
    texts: tuple[str, ...]
    is_dark: bool

    def colour(self) -> pd.Series:
        """The colour of each place, grey where it has no value."""
        palette = DARK if self.is_dark else LIGHT
        return pd.Series(
            [GREY if np.isnan(step) else palette[int(step) + STEPS] for step in self.of], index=self.of.index
        )

    @property
    def colours(self) -> tuple[str, ...]:
        """The colours of `texts`, in the same order."""
        palette = DARK if self.is_dark else LIGHT
        known = tuple(palette[int(step) + STEPS] for step in sorted(self.of.dropna().unique()))
        return (*known, GREY) if self.of.isna().any() else known


def classes(frame: pd.DataFrame, question: str, *, is_dark: bool) -> Classes:
    """The classes of the map's figures (`value`, `city_value`, `is_same`, `is_small`).

    Differences are taken between figures rounded as the legend prints them, so that no two classes print the same. A
    place whose figure prints like the city's is about the same as it.
    """
    decimals = PRINTED[question]
    values = frame["value"].where(~frame["is_small"]).round(decimals)
    city = round(float(frame["city_value"].iloc[0]), decimals) if len(frame) else float("nan")
    difference = (values - city).round(decimals).where(~frame["is_same"].astype(bool), 0.0).where(values.notna())
    if np.isnan(city):  # the city's own median is not known: nothing is under or over it
        difference = values * 0
    size = _step_width(difference[difference != 0].dropna().abs(), 10.0**-decimals)
    step_of = np.ceil((difference.abs() / size).round(6)).clip(upper=STEPS) * np.sign(difference)
    steps = sorted(step_of.dropna().unique())
    texts = [_legend_text(question, int(step), values[step_of == step], city) for step in steps]
    if step_of.isna().any():
        texts.append("too few")
    return Classes(step_of, tuple(texts), is_dark)


def against(found: Classes) -> pd.Series:
    """Each place against the city in words, for the table beside the map; empty where it has no value."""
    words = {0: "about the same", 1: "higher", -1: "lower"}
    return found.of.map(lambda step: "" if np.isnan(step) else words[int(np.sign(step))]).astype(object)


def value_text(question: str, value: float) -> str:
    """A value as it is read: a share in percent, days with one decimal, else a count."""
    if pd.isna(value):
        return "too few to tell"
    if question == "how_late":
        return percent(value)
    return f"{value:.1f} days" if question == "how_long" else number(value)


def _step_width(differences: pd.Series, least: float) -> float:
    """A round width of a step, 1, 2 or 5 times a power of ten, with which most differences lie within the steps."""
    if differences.empty:
        return least
    wanted = max(float(np.quantile(differences, OUTERMOST, method="higher")) / STEPS, least)
    power = 10.0 ** np.floor(np.log10(wanted))
    return float(next(factor * power for factor in (1, 2, 5, 10) if factor * power >= wanted * 0.999999))


def _legend_text(question: str, step: int, values: pd.Series, city: float) -> str:
    """What the legend prints of a class: the lowest and the highest value among its places."""
    is_share = question == "how_late"
    decimals = 0 if is_share else PRINTED[question]
    low, high, city_text = (
        f"{100 * value if is_share else value:,.{decimals}f}" for value in (values.min(), values.max(), city)
    )
    unit = "%" if is_share else ""
    if step == 0:
        return "alike" if np.isnan(city) else f"about {city_text}{unit}"
    return "–".join(dict.fromkeys((low, high))) + unit
