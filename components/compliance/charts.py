"""Charts of the promise: kept and reported by week, the backlog in multiples of its goal, what closings were."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from components.cache import ask, cached_without_copy, made
from components.compliance import figures, ranking
from components.data import loads
from components.drawing import charts
from components.drawing.charts import Chart, Figure
from components.drawing.theme import BAD, GOOD, MAIN, QUIET, SOON
from components.links import View
from db.queries.compliance import rates
from db.queries.data import freshness
from db.rules.proportions import SMALL

DRAWN = 12
ROW = 28
LEAST_GAP = 0.5  # points: a smaller gap hides nothing worth a name
NAME_WIDTH = 170
LEGEND_ROW = 20
LEAST_WEEKS = 3  # in fewer there is no room for the words of the band
# Within the goal in one colour, past it in another, each stronger the longer.
AGE_TONES = (f"{MAIN}66", MAIN, f"{BAD}66", f"{BAD}B3", BAD)
OUTCOMES = {"work_done": "Work done", "nothing_found": "Nothing found", "unknown": "Outcome unknown"}
WITHOUT_WORK = "Closed without work"
CLASSES = ("Work done", "Nothing found", WITHOUT_WORK, "Outcome unknown")
CLASS_TONES = (GOOD, MAIN, SOON, QUIET)


def weekly(view: View) -> Figure | str:
    """Kept and as most cities report it, by week."""
    found = figures.summary(view)
    weeks = by_week(ask(rates.by, view.filters, by="week", as_of=view.as_of), view)
    if not can_be_drawn(weeks):
        return f"Fewer than {SMALL} were due, and closed, in every week of the period: nothing to draw."
    return Figure(
        trend(weeks, found["gap_points"]),
        weeks,
        {
            "week_start": "Week from",
            "kept": "Kept, %",
            "reported": "As most cities report it, %",
            "gap_points": "What open requests hide",
            "due_count": "Due",
            "closed_count": "Closed",
        },
        alt_text="Share closed by their due date by the week they were due, and share of closings on time, by week",
        caption="Kept counts by the week a request was due, the other line by the week it was closed, so an open "
        "overdue request pulls down the first and never the second. Weeks with fewer than 30 have no point; hollow "
        "ones are not whole.",
        key="weekly",
    )


def ages(view: View, by: str) -> Figure | str:
    """How old what is open is, in multiples of its goal."""
    bands = ask(rates.ageing_multiples, view.filters, by=by, as_of=view.as_of)
    if bands.empty:
        return "Nothing is open that has a goal."
    standings = made(ranking.standing, view, by)
    bands = bands.assign(name=bands["key"].map(dict(zip(standings["key"], standings["name"], strict=True))))
    return Figure(
        ageing(bands),
        bands,
        {
            "name": ranking.WORDS[by].capitalize(),
            "band": "Times its goal",
            "open_count": "Open",
            "share": "Share",
        },
        alt_text="Open requests in multiples of their goal",
        caption="Time open over time promised: blue is within the goal, red is past it. The largest backlogs.",
        key="ageing",
    )


def endings(view: View) -> Figure | str:
    """What the closings of the period were."""
    outcomes = ask(rates.outcomes, view.filters, as_of=view.as_of)
    if outcomes.empty:
        return "Nothing was closed in this period."
    return Figure(
        closings(outcome_classes(outcomes)),
        outcomes,
        {"service_type": "Service type", "outcome": "Outcome", "closed_count": "Closed", "share": "Share"},
        alt_text="Outcome of the closings of each service type",
        caption="A closing is not a fix: outcomes follow from the city's own words. The types closed most.",
        key="outcomes",
    )


def steps(view: View) -> Figure:
    """Which of all rows count."""
    found = loads.steps(ask(freshness.waterfall, view.filters, as_of=view.as_of))
    return Figure(
        loads.waterfall_chart(found),
        found,
        loads.STEP_LABELS,
        alt_text="From all rows to the requests that count",
        caption=f"Requests created {view.period.describe()}; each bar begins where the one before it ended. "
        + figures.oddities(view.as_of),
        key="waterfall",
    )


@cached_without_copy
def by_week(weeks: pd.DataFrame, view: View) -> pd.DataFrame:
    """`compliance.by` week in percent: kept, reported, gap, due, closed; a week that is not whole is marked."""
    start, end = pd.Timestamp(view.period.start), min(pd.Timestamp(view.period.end), pd.Timestamp(view.as_of))
    return pd.DataFrame(
        {
            "week_start": weeks["key"],
            "kept": (100 * weeks["compliance"]).round(1),
            "reported": (100 * weeks["closed_only_share"]).round(1),
            "gap_points": weeks["gap_points"].round(1),
            "due_count": weeks["due_count"],
            "closed_count": weeks["closed_count"],
            "is_whole": (weeks["key"] >= start) & (weeks["key"] + pd.Timedelta(days=7) <= end),
        }
    )


def can_be_drawn(weeks: pd.DataFrame) -> bool:
    """Whether any week of `by_week` has enough to be a point of `trend`."""
    return bool((weeks[["due_count", "closed_count"]] >= SMALL).to_numpy().any())


@charts.cached_spec
def trend(frame: pd.DataFrame, gap: float) -> Chart:
    """Kept and as most cities report it, in percent by week; the band between them is what open requests hide.

    A week with under 30 due (or closed) has no point: three of three missed is no fall to zero.
    """
    frame = frame.assign(
        kept=frame["kept"].where(frame["due_count"] >= SMALL),
        reported=frame["reported"].where(frame["closed_count"] >= SMALL),
    )
    lines = charts.lines_chart(
        frame,
        "week_start",
        {"kept": ("Kept, by due date", "main"), "reported": ("As most cities report it", "quiet")},
        unit="percent",
        incomplete="is_whole",
    )
    whole = frame[frame["is_whole"]].dropna(subset=["kept", "reported"])
    if len(whole) < LEAST_WEEKS or not gap >= LEAST_GAP:
        return lines
    columns = ["week_start", "kept", "reported"]
    band = (
        alt.Chart(whole[columns])
        .mark_area(opacity=0.18, color=QUIET)
        .encode(x=alt.X("week_start:T"), y=alt.Y("kept:Q"), y2=alt.Y2("reported:Q"))
    )
    middle = whole.iloc[[len(whole) // 2]]
    at = pd.DataFrame(
        {
            "week_start": middle["week_start"],
            "height": middle[["kept", "reported"]].min(axis=1),
            "text": f"shaded: what open requests hide, {gap:.1f} points",
        }
    )
    label = alt.Chart(at).mark_text(dy=26).encode(x=alt.X("week_start:T"), y=alt.Y("height:Q"), text=alt.Text("text:N"))
    return alt.layer(band, lines, label, height=charts.HEIGHT)


@charts.cached_spec
def ageing(frame: pd.DataFrame) -> Chart:
    """The open backlog of each group in multiples of its goal, as shares of the group."""
    bands = list(dict.fromkeys(frame["band"]))
    return _stacked(frame, "band", bands, AGE_TONES, "open_count", "Open requests", "group_count")


@cached_without_copy
def outcome_classes(outcomes: pd.DataFrame) -> pd.DataFrame:
    """`compliance.outcomes` in four classes: name, outcome_class, closed_count, share, type_closed_count."""
    named = outcomes["outcome"].map(lambda outcome: OUTCOMES.get(outcome, WITHOUT_WORK))
    keys = ["service_type", "outcome_class", "type_closed_count"]
    frame = outcomes.assign(outcome_class=named).groupby(keys, sort=False)["closed_count"].sum().reset_index()
    return frame.rename(columns={"service_type": "name"}).assign(
        share=frame["closed_count"] / frame["type_closed_count"]
    )


@charts.cached_spec
def closings(frame: pd.DataFrame) -> Chart:
    """What the closings of each service type were, as shares of its closings."""
    return _stacked(frame, "outcome_class", CLASSES, CLASS_TONES, "closed_count", "Closed", "type_closed_count")


def most(frame: pd.DataFrame, size: str) -> pd.DataFrame:
    """The rows of the `DRAWN` names with the largest `size`."""
    names = frame.groupby("name", sort=False)[size].max().nlargest(DRAWN).index
    return frame[frame["name"].isin(names)]


def _stacked(
    frame: pd.DataFrame, by: str, classes: Sequence[str], tones: Sequence[str], count: str, title: str, size: str
) -> Chart:
    drawn = most(frame, size)
    order = list(drawn.groupby("name")[size].max().sort_values(ascending=False).index)
    place = {name: number for number, name in enumerate(classes)}
    columns = ["name", by, count, "share", "place"]
    return (
        alt.Chart(drawn.assign(place=drawn[by].map(place))[columns])
        .mark_bar(height=16)
        .encode(
            y=alt.Y(
                "name:N",
                title=None,
                sort=order,
                axis=alt.Axis(labelLimit=NAME_WIDTH, labelOverlap=False, ticks=False, domain=False),
            ),
            x=alt.X(
                "share:Q",
                title=None,
                stack="zero",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format="%", tickCount=5),
            ),
            color=alt.Color(
                f"{by}:N",
                title=None,
                scale=alt.Scale(domain=list(classes), range=list(tones)),
                legend=alt.Legend(orient="top", direction="vertical"),
            ),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("name:N", title=" "),
                alt.Tooltip(f"{by}:N", title=" "),
                alt.Tooltip(f"{count}:Q", title=title, format=","),
                alt.Tooltip("share:Q", title="Share", format=".0%"),
            ],
        )
        .properties(height=ROW * len(order) + LEGEND_ROW * len(classes) + 60)
    )
