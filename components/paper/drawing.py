"""Drawings for paper, as SVG: the charts of the pages, and a small map of the stops of a tour. Black on white."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import log10
from typing import Any

import numpy as np
import pandas as pd
import vl_convert

from components.drawing.charts import Spec
from components.paper.engine import FONTS
from db import export
from db.rules.lengths import KILOMETRES, Length
from db.rules.route import flat

FONT = "Noto Sans"
WIDTH, HEIGHT = 620, 220
VEGA_LITE = "6.4"
_INK = {"labelColor": "black", "titleColor": "black"}
CONFIG: dict[str, Any] = {
    "font": FONT,
    "background": "white",
    "axis": {**_INK, "labelFontSize": 10, "titleFontSize": 10, "gridColor": "#DDDDDD"},
    "axisY": {"labelFlush": False},
    "legend": {**_INK, "labelFontSize": 10, "titleFontSize": 10},
    "header": _INK,
    "text": {"color": "black", "fontSize": 10},
    "view": {"stroke": None},
}
MAP_WIDTH, MAP_HEIGHT, MARGIN = 560.0, 260.0, 22.0
LEAST_KM = 0.2  # the least extent of a map: stops at one address are not blown up


def chart(spec: Spec, *, width: int = WIDTH, height: int | None = None) -> str:
    """A chart of the pages as SVG, its words in the sheet's own font. Asks nothing of the network."""
    _register_font()
    rows = {name: _rows(frame) for name, frame in spec.get("datasets", {}).items()}
    full_spec = spec | {"datasets": rows, "width": width, "autosize": {"type": "fit-x", "contains": "padding"}}
    if height is not None:
        full_spec["height"] = height
    full_spec["config"] = {**spec.get("config", {}), **CONFIG}
    return str(vl_convert.vegalite_to_svg(full_spec, vl_version=VEGA_LITE, allowed_base_urls=[]))


def stops_map(latitudes: Sequence[float], longitudes: Sequence[float], unit: Length = KILOMETRES) -> str:
    """The stops of a tour in their order, joined by straight lines, numbered, with a scale and where north is.

    Stops without a place are left out of it and keep their number. Empty where none has a place.
    """
    placed = [
        (number, float(lat), float(lon))
        for number, (lat, lon) in enumerate(zip(latitudes, longitudes, strict=True), start=1)
        if not (pd.isna(lat) or pd.isna(lon))
    ]
    if not placed:
        return ""
    places = flat(np.array([lat for _, lat, _ in placed]), np.array([lon for _, _, lon in placed]))
    points = [(number, float(x), -float(y)) for (number, _, _), (x, y) in zip(placed, places, strict=True)]
    fitted, scale = _fitted(points)
    line = " ".join(f"{x:.1f},{y:.1f}" for _, x, y in fitted)
    marks = "".join(_mark(number, x, y) for number, x, y in fitted)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{MAP_WIDTH:g}" height="{MAP_HEIGHT:g}" '
        f'viewBox="0 0 {MAP_WIDTH:g} {MAP_HEIGHT:g}">'
        f'<rect x="0.5" y="0.5" width="{MAP_WIDTH - 1:g}" height="{MAP_HEIGHT - 1:g}" fill="none" stroke="#999999"/>'
        f'<polyline points="{line}" fill="none" stroke="#777777" stroke-width="1.2"/>{marks}'
        f"{_legend(scale, unit)}</svg>"
    )


def _fitted(points: Sequence[tuple[int, float, float]]) -> tuple[list[tuple[int, float, float]], float]:
    """The points in the drawing's own units, and how many of these are a kilometre."""
    xs, ys = [x for _, x, _ in points], [y for _, _, y in points]
    wide, high = max(max(xs) - min(xs), LEAST_KM), max(max(ys) - min(ys), LEAST_KM)
    scale = min((MAP_WIDTH - 2 * MARGIN) / wide, (MAP_HEIGHT - 2 * MARGIN - 10) / high)
    middle_x, middle_y = (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2
    fitted = [
        (number, MAP_WIDTH / 2 + (x - middle_x) * scale, (MAP_HEIGHT - 10) / 2 + (y - middle_y) * scale)
        for number, x, y in points
    ]
    return fitted, scale


def _mark(number: int, x: float, y: float) -> str:
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="7" fill="white" stroke="black" stroke-width="1"/>'
        f'<text x="{x:.1f}" y="{y + 2.8:.1f}" font-family="{FONT}" font-size="8" text-anchor="middle">{number}</text>'
    )


def _legend(scale: float, unit: Length) -> str:
    """A bar of a round length in the lower left corner, north in the upper right."""
    most = unit.of(120 / scale)
    if most >= 1:
        count, short, km = _round_length(most), unit.short, unit.km
    else:
        count, short, km = _round_length(most * unit.per_unit), unit.small_short, unit.km / unit.per_unit
    length, y, x = count * km * scale, MAP_HEIGHT - 8, MAP_WIDTH - 16
    words = f"{count:g} {short}"
    text = f'font-family="{FONT}" font-size="8"'
    return (
        f'<path d="M10 {y - 4:g}V{y:g}H{10 + length:.1f}V{y - 4:g}" fill="none" stroke="black"/>'
        f'<text x="{14 + length:.1f}" y="{y:g}" {text}>{words}, straight lines</text>'
        f'<path d="M{x:g} 26V10m-4 6l4 -6l4 6" fill="none" stroke="black"/>'
        f'<text x="{x:g}" y="36" {text} text-anchor="middle">N</text>'
    )


def _round_length(most: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not longer than `most`."""
    power = 10.0 ** int(log10(most)) if most >= 1 else 10.0 ** (int(log10(most)) - 1)
    return max(step * power for step in (1, 2, 5, 10) if step * power <= most)


def _rows(frame: Any) -> list[dict[str, Any]]:
    return export.to_rows(frame) if isinstance(frame, pd.DataFrame) else frame


@cache
def _register_font() -> None:
    vl_convert.register_font_directory(str(FONTS))
