"""Charts: plain values in, a chart out, always with a caption, a text for screen readers and its figures as a table."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd
import streamlit as st

from components import tables
from components.theme import TONES, WORDS

HEIGHT = 280
TICKS = 8
SHORT = 20  # letters: two such names fit beside each other on a phone
Chart = alt.Chart | alt.LayerChart | alt.FacetChart


def lines(
    frame: pd.DataFrame, x: str, series: Mapping[str, tuple[str, str]], *, unit: str, incomplete: str | None = None
) -> Chart:
    """Lines over time. `series`: column to (label, tone of `theme.TONES`); `unit` names the axis.

    `incomplete` is a boolean column that is false where a point is not whole yet: such points are drawn hollow and
    the line does not go there, for it would seem to fall.
    """
    labels = [label for label, _ in series.values()]
    long = frame.melt([x, *([incomplete] if incomplete else [])], list(series), "series", unit)
    long["series"] = long["series"].map({column: label for column, (label, _) in series.items()})
    colour = alt.Color(
        "series:N",
        title=None,
        scale=alt.Scale(domain=labels, range=[TONES[tone] for _, tone in series.values()]),
        legend=alt.Legend(
            orient="top",
            direction="horizontal",
            symbolType="stroke",
            symbolSize=300,
            columns=1 if max(map(len, labels)) > SHORT else 2,
        ),
    )
    dash = alt.StrokeDash("series:N", title=None, sort=labels)
    base = alt.Chart(long).encode(
        x=alt.X(f"{x}:T", title=None, axis=alt.Axis(format="%-d %b", values=_ticks(frame[x]))),
        y=alt.Y(f"{unit}:Q", title=unit.capitalize(), axis=alt.Axis(tickCount=5)),
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
    return alt.layer(*layers).properties(height=HEIGHT)


def draw(chart: Chart, *, alt_text: str, key: str) -> None:
    """Draw a chart whose words can be read on the ground of the reader's theme."""
    words = WORDS.get(str(st.context.theme.type), WORDS["light"])
    legible = (
        chart.configure_axis(labelColor=words, titleColor=words)
        .configure_axisY(labelFlush=False)  # a flush label would leave its row or line
        .configure_legend(labelColor=words)
        .configure_text(color=words)
    )
    st.altair_chart(legible, alt=alt_text, key=key)


def show(chart: Chart, twin: pd.DataFrame, labels: Mapping[str, str], *, alt_text: str, caption: str, key: str) -> None:
    """Draw a chart with its caption below and its figures one press away."""
    draw(chart, alt_text=alt_text, key=key)
    st.caption(caption)
    details = st.expander("The same as a table", key=f"{key}_twin", on_change="rerun")
    if details.open:
        with details:
            tables.table(twin, labels, alt=alt_text)


def _ticks(moments: pd.Series) -> list[str]:
    """At most `TICKS` of the moments drawn, evenly chosen, so that a tick names a point."""
    step = max(1, -(-len(moments) // TICKS))
    return [moment.isoformat() for moment in moments.iloc[::step]]
