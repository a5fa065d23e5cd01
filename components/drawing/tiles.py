"""Figures: each with its definition, its denominator, its filters, its moment and the number behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from components.drawing import wording
from components.drawing.notices import moment, plain
from components.links import View
from db.model.definitions import definition
from db.model.filters import GOALS_IN_WORDS


def provenance(key: str, view: View, *, behind: int | None = None, uses_period: bool = False) -> str:
    """Where a figure comes from, as Markdown for its help: definition, denominator, requests, period, moment."""
    meaning = definition(key)
    filters = view.filters if uses_period else view.filters.without_period()
    lines = [meaning.sentence, f"**Unit** {meaning.unit}"]
    if meaning.denominator:
        lines.append(f"**Out of** {meaning.denominator}")
    if behind is not None:
        lines.append(f"**Requests behind it** {behind:,}")
    lines.append(f"**Which** {plain(wording.described(filters))}; {GOALS_IN_WORDS[view.filters.goals]}")
    lines.append(f"**As of** {moment(view.as_of)}")
    return "  \n".join(lines)


def number(value: float | None) -> str:
    """A count with separators, a dash where there is none."""
    if value is None or math.isnan(value):
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 100 else f"{value:,.1f}"


def percent(value: float | None) -> str:
    """A share as a percentage, "no data" where there is none; never 100% of nothing."""
    return "no data" if value is None or math.isnan(value) else f"{value:.0%}" if value in (0, 1) else f"{value:.1%}"


def kept_name(view: View) -> str:
    """The name of the figure `compliance`: the share of promises only where published goals alone count."""
    return definition("compliance").name if view.filters.goals == "promises" else "On time, any goal"


def tile(
    key: str,
    value: str | float | None,
    view: View,
    *,
    behind: int | None = None,
    change: float | None = None,
    also: float | None = None,
    against: str = "",
    is_more_bad: bool | None = None,
    series: Sequence[float] | pd.Series | None = None,
    uses_period: bool = False,
    bars: bool = False,
    name: str = "",
) -> None:
    """One figure as a card named by its definition, or by `name` where its moment is part of the name.

    `change` is shown with its sign beside the words of `against`; `is_more_bad` says whether growth is bad (True),
    good (False) or neither (None). `also` stands in its place: a second figure, without a sign. `series` is drawn
    oldest first, evenly spaced, as a line or as `bars`.
    """
    tone = {True: "inverse", False: "normal", None: "off"}[is_more_bad]
    second = change if also is None else also
    known = second is not None and not math.isnan(second)
    st.metric(
        name or definition(key).name,
        value if isinstance(value, str) else number(value),
        _separated(round(second)) if second is not None and known else None,
        delta_color=tone,  # type: ignore[arg-type]
        delta_arrow="auto" if also is None else "off",
        delta_description=against if known else None,
        help=provenance(key, view, behind=behind, uses_period=uses_period),
        border=True,
        height="stretch",
        chart_data=list(series) if series is not None and len(series) > 1 else None,
        chart_type="bar" if bars else "line",
    )


def _separated(value: int) -> str | int:
    """A second figure with separators; the number 0, which Streamlit draws without an arrow."""
    return f"{value:,}" if value else 0
