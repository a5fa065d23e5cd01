"""Workload drawn: load in two tones, the miss in its parts, and the weeks ahead with their band."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import altair as alt
import numpy as np
import pandas as pd

from components.drawing.charts import HEIGHT, Chart, cached_spec, figures_axis
from components.drawing.theme import TONES
from components.workload import miss as miss_words
from db.queries.workload.figures import SHOWN

ROW = 28
LEGEND_ROW = 20
AXIS = 60
NAME_WIDTH = 190
LOAD_PARTS = {
    "load_per_authorised_fte": ("If all posts were filled", "main"),
    "vacancy_added_load": ("Added by vacancies", "vacant"),
}
MISS_PARTS = {
    "remains": ("Missed all the same", "bad"),
    "vacancies": ("Vacancies, up to", "vacant"),
    "either": ("Either of these two", "main"),
    "order": ("Order of work, up to", "soon"),
    "both": ("Only both together", "good"),
    "untold": ("Cannot be told", "quiet"),
}
HISTORY_WEEKS = 26
DAYS = 7


def has_load(frame: pd.DataFrame) -> pd.Series:
    """Which departments have a load per person to draw."""
    return (frame["load_state"] == SHOWN) & frame["load_per_filled_fte"].notna()


@cached_spec
def load_bars(frame: pd.DataFrame) -> Chart:
    """Work waiting a person, with the part that vacancies add in its own tone. `frame` as `workload.ready` gives it."""
    return _bars(frame[has_load(frame)], LOAD_PARTS, "a person", total="load_per_filled_fte")


def miss_parts(frame: pd.DataFrame) -> pd.DataFrame:
    """Points missed by cause, of departments of which something can be told: a column for each of `MISS_PARTS`."""
    points = [miss_words.parts(row) for row in frame.to_dict("records")]
    parts = pd.DataFrame(points, index=frame.index, columns=list(MISS_PARTS), dtype="float64")
    drawn = frame.drop(columns=[name for name in MISS_PARTS if name in frame]).join(parts)
    drawn = drawn[parts.notna().any(axis=1).to_numpy()]
    return drawn.assign(missed=drawn[list(MISS_PARTS)].sum(axis=1))


@cached_spec
def miss_bars(parts: pd.DataFrame) -> Chart:
    """Points missed a department, by cause. `parts` as `miss_parts` gives them."""
    return _bars(parts, MISS_PARTS, "points", most=100.0)


def _bars(
    frame: pd.DataFrame,
    parts: Mapping[str, tuple[str, str]],
    unit: str,
    *,
    total: str | None = None,
    most: float | None = None,
) -> Chart:
    """Stacked bars, one for each row's `name`; parts that are 0 or missing everywhere are left out.

    `parts`: column to label and tone. `total`: the column printed at the end of each bar. `most`: the end of the axis.
    """
    parts = {column: part for column, part in parts.items() if (frame[column].fillna(0) != 0).any()}
    labels = [label for label, _ in parts.values()]
    long = frame.melt(["name"], list(parts), "part", "value").dropna()
    long["place"] = long["part"].map({column: place for place, column in enumerate(parts)})
    long["part"] = long["part"].map({column: label for column, (label, _) in parts.items()})
    names = list(frame["name"])
    y = alt.Y(
        "name:N",
        title=None,
        sort=names,
        axis=alt.Axis(labelLimit=NAME_WIDTH, labelOverlap=False, ticks=False, domain=False),
    )
    tones = alt.Scale(domain=labels, range=[TONES[tone] for _, tone in parts.values()])
    scale = alt.Scale() if most is None else alt.Scale(domainMax=most, nice=False)
    bars = (
        alt.Chart(long)
        .mark_bar(height=16)
        .encode(
            y=y,
            x=alt.X("value:Q", title=None, stack="zero", scale=scale, axis=alt.Axis(tickCount=5)),
            color=alt.Color(
                "part:N",
                title=None,
                scale=tones,
                legend=alt.Legend(orient="top", columns=1, symbolType="square"),
            ),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("name:N", title=" "),
                alt.Tooltip("part:N", title="Part"),
                alt.Tooltip("value:Q", title=unit.capitalize(), format=",.1f"),
            ],
        )
    )
    height = ROW * len(names) + LEGEND_ROW * len(parts) + AXIS
    if total is None:
        return bars.properties(height=height)
    ends = alt.Chart(frame[["name", total]]).mark_text(align="left", dx=5, color=TONES["quiet"], fontWeight="bold")
    texts = ends.encode(y=y, x=alt.X(f"{total}:Q"), text=alt.Text(f"{total}:Q", format=",.0f"))
    return alt.layer(bars, texts, height=height)


def past(weeks: pd.DataFrame, as_of: datetime, waiting: float) -> pd.DataFrame:
    """What waited at the start of each of the last 26 weeks, and now: columns at, waiting."""
    lately = weeks.tail(HISTORY_WEEKS)
    known = pd.DataFrame({"at": lately["week_start"], "waiting": lately["open_at_start"]})
    today = pd.DataFrame({"at": pd.Series([pd.Timestamp(as_of)], dtype=known["at"].dtype), "waiting": [waiting]})
    return pd.concat([known, today], ignore_index=True) if len(known) else today


def coming(projection: pd.DataFrame, what: str, as_of: datetime, waiting: float) -> pd.DataFrame:
    """The weeks ahead of `what` (open or overdue), starting from what waits now: columns at, low, middle, high."""
    at = pd.Timestamp(as_of) + pd.to_timedelta(DAYS * np.arange(len(projection) + 1), unit="D")
    columns = {
        part: np.concatenate([[waiting], projection[f"{what}_{part}"].to_numpy(float)])
        for part in ("low", "middle", "high")
    }
    return pd.DataFrame({"at": at, **columns})


@cached_spec
def ahead_chart(history: pd.DataFrame, now: pd.DataFrame, tried: pd.DataFrame | None, *, tone: str, unit: str) -> Chart:
    """What waited, what is to come with its band, and a scenario beside it (None: none is drawn).

    `history` as `past` gives it, `now` and `tried` as `coming` gives them; `tone` of `theme.TONES`.
    """
    x = alt.X("at:T", title=None, axis=alt.Axis(format="%-d %b", tickCount=6))
    y = alt.Y("value:Q", title=unit.capitalize(), axis=figures_axis(), scale=alt.Scale(domainMin=0))
    lines = [now.rename(columns={"middle": "value"}).assign(line="As now")]
    if len(history) > 1:
        lines.insert(0, history.rename(columns={"waiting": "value"}).assign(line="So far"))
    if tried is not None:
        lines.append(tried.rename(columns={"middle": "value"}).assign(line="What if"))
    long = pd.concat([line[["at", "value", "line"]] for line in lines], ignore_index=True)
    line_names = [str(line["line"].iloc[0]) for line in lines]
    colours = {"So far": TONES[tone], "As now": TONES["quiet"], "What if": TONES["vacant"]}
    dashes = {"So far": [1, 0], "As now": [6, 3], "What if": [2, 2]}
    tips = [
        alt.Tooltip("at:T", title="On", format="%d %b %Y"),
        alt.Tooltip("line:N", title=" "),
        alt.Tooltip("value:Q", title=unit.capitalize(), format=",.0f"),
    ]
    band = (
        alt.Chart(now[["at", "low", "high"]])
        .mark_area(opacity=0.18, color=TONES["quiet"])
        .encode(x=x, y=alt.Y("low:Q", title=unit.capitalize()), y2=alt.Y2("high:Q"))
    )
    drawn = (
        alt.Chart(long)
        .mark_line(strokeWidth=2.5)
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "line:N",
                title=None,
                scale=alt.Scale(domain=line_names, range=[colours[name] for name in line_names]),
                legend=alt.Legend(orient="top", direction="horizontal", symbolType="stroke"),
            ),
            strokeDash=alt.StrokeDash(
                "line:N", title=None, scale=alt.Scale(domain=line_names, range=[dashes[name] for name in line_names])
            ),
            tooltip=tips,
        )
    )
    return alt.layer(band, drawn, height=HEIGHT)
