"""Charts: plain values in, a chart out, always with a caption, a text for screen readers and its figures as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st
from altair.utils import schemapi

from components import cache
from components.digest import digest
from components.drawing import tables
from components.drawing.formats import DAYS_OF_CALENDAR
from components.drawing.theme import TONES, WORDS

HEIGHT = 280
TICKS = 8
SHORT = 20  # letters: two such names fit beside each other on a phone
Chart = alt.Chart | alt.LayerChart | alt.FacetChart


class Spec(dict[str, Any]):
    """Vega-Lite as `st.vega_lite_chart` takes it, its frames under "datasets". Equal ones have equal names."""

    name: bytes = b""


# Checking a chart against the schema costs more than building it; the page tests check every chart that they meet.
CHECKED = False
schemapi.disable_debug_mode()


def cached_spec(build: Callable[..., Chart]) -> Callable[..., Spec]:
    """Wrap a builder of an Altair chart: give its specification, cached for equal arguments; nobody may change it.

    Frames in the chart keep their types and are sent beside it. Give the frame to the whole of a layered chart
    (`alt.layer(..., data=frame)`), not to each layer: Altair would compare them as text. Name each channel
    (`x2=alt.X2("high:Q")`, not `x2="high:Q"`): else Altair looks for it in its whole schema. Give a layered chart its
    height at once, for `properties` copies it whole.
    """

    @wraps(build)
    def spec(*args: Any, **kwargs: Any) -> Spec:
        chart = build(*args, **kwargs)
        frames: dict[str, pd.DataFrame] = {}
        _take_frames(chart, frames)
        found = Spec(chart.to_dict(validate=CHECKED) | {"datasets": frames})
        found.name = digest(build.__module__, build.__qualname__, args, kwargs)
        return found

    return cache.cached_without_copy(spec)


def _take_frames(chart: Any, frames: dict[str, pd.DataFrame]) -> None:
    if isinstance(chart.data, pd.DataFrame):
        name = f"rows_{len(frames)}"
        frames[name] = chart.data
        chart.data = alt.NamedData(name=name)
    for layer in getattr(chart, "layer", ()):
        _take_frames(layer, frames)


def figures_axis(ticks: int = 5) -> alt.Axis:
    """The axis of counts or percentages: no tick stands for half a request."""
    return alt.Axis(tickCount=ticks, tickMinStep=1)


def lines_chart(
    frame: pd.DataFrame, x: str, series: Mapping[str, tuple[str, str]], *, unit: str, incomplete: str | None = None
) -> Chart:
    """Lines over time. `series`: column to (label, tone of `theme.TONES`); `unit` names the axis.

    `incomplete` is a boolean column that is false where a point is not whole yet: such points are drawn hollow and
    the line does not go there, for it would seem to fall.
    """
    labels = [label for label, _ in series.values()]
    long = frame.melt([x, *([incomplete] if incomplete else [])], list(series), "series", unit)
    long["series"] = long["series"].map({column: label for column, (label, _) in series.items()})
    # The same legend for both, so that they are drawn as one.
    legend = alt.Legend(
        orient="top",
        direction="horizontal",
        symbolType="stroke",
        symbolSize=300,
        columns=1 if max(map(len, labels)) > SHORT else 2,
    )
    colour = alt.Color(
        "series:N",
        title=None,
        scale=alt.Scale(domain=labels, range=[TONES[tone] for _, tone in series.values()]),
        legend=legend,
    )
    dash = alt.StrokeDash("series:N", title=None, sort=labels, scale=alt.Scale(domain=labels), legend=legend)
    base = alt.Chart().encode(
        x=alt.X(f"{x}:T", title=None, axis=alt.Axis(format="%-d %b", values=_ticks(frame[x]))),
        y=alt.Y(f"{unit}:Q", title=unit.capitalize(), axis=figures_axis()),
        color=colour,
        tooltip=[
            alt.Tooltip(f"{x}:T", title="From", format="%d %b %Y"),
            alt.Tooltip("series:N", title=" "),
            alt.Tooltip(f"{unit}:Q", title=unit.capitalize(), format=",.0f"),
        ],
    )
    whole = base if incomplete is None else base.transform_filter(f"datum.{incomplete}")
    layers = [
        whole.mark_line(strokeWidth=2.5).encode(strokeDash=dash),
        whole.mark_point(size=45, filled=True, opacity=1),
    ]
    if incomplete is not None:
        layers.append(
            base.transform_filter(f"!datum.{incomplete}").mark_point(size=60, filled=False, strokeWidth=2, opacity=1)
        )
    return alt.layer(*layers, data=long, height=HEIGHT)


lines = cached_spec(lines_chart)


def draw(chart: Spec, *, alt_text: str, key: str) -> None:
    """Draw a chart whose words can be read on the ground of the reader's theme."""
    words = WORDS.get(str(st.context.theme.type), WORDS["light"])
    config = {
        "axis": {"labelColor": words, "titleColor": words},
        "axisY": {"labelFlush": False},  # a flush label would leave its row or line
        "legend": {"labelColor": words},
        "text": {"color": words},
    }
    themed = Spec(chart | {"config": chart.get("config", {}) | config})
    themed.name = digest(chart.name, words)
    place(themed, alt_text=alt_text, key=key)


def place(chart: Spec, *, alt_text: str, key: str | None = None) -> None:
    """Draw a chart in Streamlit's own colours for words. What is sent for it is made once."""
    cache.sent(digest(chart.name, alt_text, key), lambda: st.vega_lite_chart(spec=dict(chart), alt=alt_text, key=key))


@dataclass(frozen=True, eq=False)
class Figure:
    """A chart with its figures as a table: what `show` draws. Empty where these are all zero or missing."""

    chart: Spec
    twin: pd.DataFrame
    labels: Mapping[str, str]
    alt_text: str
    caption: str
    key: str

    @cached_property
    def is_empty(self) -> bool:
        """Whether every number of it is zero or missing."""
        return not self.twin[list(self.labels)].select_dtypes("number").fillna(0).to_numpy().any()


def made(make: Callable[..., Figure | str], *args: Any) -> None:
    """As `show`, for what `make` makes of answers that it asks for itself: made once for a version and its arguments.

    `make` gives a sentence in the place of a chart where there is none to draw.
    """
    cache.drawn(_draw_made, make, args)
    figure = cache.made(make, *args)
    if not isinstance(figure, str) and not figure.is_empty:
        _twin(figure)


def _draw_made(make: Callable[..., Figure | str], args: tuple[Any, ...]) -> None:
    figure = cache.made(make, *args)
    if isinstance(figure, str):
        st.caption(figure)
    else:
        _draw(figure)


def show(chart: Spec, twin: pd.DataFrame, labels: Mapping[str, str], *, alt_text: str, caption: str, key: str) -> None:
    """Draw a chart with its caption below and its figures one press away; say so where these are all nothing."""
    figure = Figure(chart, twin, labels, alt_text, caption, key)
    _draw(figure)
    if not figure.is_empty:
        _twin(figure)


def _draw(figure: Figure) -> None:
    if figure.is_empty:
        st.caption("Nothing to draw: every figure here is zero or missing.")
        return
    draw(figure.chart, alt_text=figure.alt_text, key=figure.key)
    st.caption(figure.caption)


def _twin(figure: Figure) -> None:
    twin, labels = figure.twin, figure.labels
    details = st.expander("The same as a table", key=f"{figure.key}_twin", on_change="rerun")
    if details.open:
        with details:
            days = [name for name in labels if pd.api.types.is_datetime64_any_dtype(twin[name].dtype)]
            tables.table(twin, labels, alt=figure.alt_text, units=dict.fromkeys(days, DAYS_OF_CALENDAR))


def _ticks(moments: pd.Series) -> list[str]:
    """At most `TICKS` of the moments drawn, evenly chosen, so that a tick names a point."""
    step = max(1, -(-len(moments) // TICKS))
    return [moment.isoformat() for moment in moments.iloc[::step]]
