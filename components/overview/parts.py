"""What a miss is made of as one bar: a picture of a few hundred bytes, drawn without a chart library."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from components.drawing.theme import GOOD, MAIN, QUIET, SOON, VACANT

PALE = "#C6D1DC"
PARTS: Mapping[str, tuple[str, str]] = {  # what a part is: its colour, and the colour of its words in the legend
    "vacancies": (VACANT, "violet"),
    "either alone": (SOON, "orange"),
    "order of work": (MAIN, "blue"),
    "both together": (GOOD, "green"),
    "remains": (QUIET, "gray"),
}
UNTOLD = "cannot be told"
HEIGHT = 14


def of(row: Mapping[str, Any]) -> dict[str, float]:
    """The points missed in parts that add up, of a row of `load.workload`; empty where none can be told.

    Where vacancies or another order alone would have kept the same requests, these are counted once, as "either alone".
    """
    points = {name: row.get(f"{name}_points") for name in ("vacancy", "order", "together", "remains", "untold")}
    known = {name: float(value) if value is not None and pd.notna(value) else 0.0 for name, value in points.items()}
    if sum(abs(value) for name, value in known.items() if name != "untold") < 0.5:
        return {}
    either = max(0.0, -known["together"])
    parts = {
        "vacancies": known["vacancy"] - either,
        "either alone": either,
        "order of work": known["order"] - either,
        "both together": max(0.0, known["together"]),
        "remains": known["remains"],
        UNTOLD: known["untold"],
    }
    return {name: value for name, value in parts.items() if value >= 0.5}


def draw(parts: Mapping[str, float]) -> None:
    """The bar, its whole length the points missed; its text says the same in words."""
    whole = sum(parts.values())
    pieces, start = [], 0.0
    for name, points in parts.items():
        width = 100 * points / whole
        colour = PARTS[name][0] if name in PARTS else PALE
        pieces.append(f'<rect x="{start:.2f}" width="{max(width - 0.6, 0.3):.2f}" height="{HEIGHT}" fill="{colour}"/>')
        start += width
    size = f'viewBox="0 0 100 {HEIGHT}" width="600" height="{HEIGHT}" preserveAspectRatio="none"'
    st.image(
        f"<svg {size}>{''.join(pieces)}</svg>",
        width="stretch",
        alt="Points missed: " + ", ".join(f"{name} {points:.0f}" for name, points in parts.items()),
    )


def legend(drawn: Collection[str]) -> str:
    """The colours of the parts that are drawn in words, as Markdown."""
    marks = [f":{colour}[■] {name}" for name, (_, colour) in PARTS.items() if name in drawn]
    untold = [f"□ {UNTOLD}"] if UNTOLD in drawn else []
    return f"Bar: what was missed, in parts, each at most so long. {' '.join([*marks, *untold])}"
