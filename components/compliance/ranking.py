"""Who keeps the promise: a ranking of departments or service types with intervals, and the way into each of them."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from components import state
from components.cache import ask, cached_without_copy, made
from components.compliance import figures
from components.drawing import charts, tables
from components.drawing.charts import Chart, Spec, cached_spec
from components.drawing.formats import PERCENTAGES_OVER_TIME
from components.drawing.notices import plain
from components.drawing.theme import BAD, MAIN, QUIET
from components.drawing.tiles import percent
from components.links import View
from db.queries.compliance import ranking as compliance_ranking
from db.queries.compliance import rates
from db.rules.proportions import SMALL

DRAWN = 20
ROW = 30
NAME_WIDTH = 180
LABELS = {
    "name": "",
    "compliance": "Kept",
    "chance": "Could be chance",
    "due_count": "Due",
    "missed_count": "Missed",
    "overdue_count": "Overdue now",
    "change_points": "Change",
    "weeks_series": "By week",
    "rank": "Rank (same as)",
}
HELPS = {"chance": "interval"}
UNITS = {"weeks_series": PERCENTAGES_OVER_TIME}
WORDS = {"department": "department", "service_type": "service type"}


def grouping(view: View) -> str:
    """What is ranked: departments, or the service types of the one department that is open."""
    filters = view.filters
    return "service_type" if len(filters.departments) == 1 or filters.service_types else "department"


def standing(view: View, by: str) -> pd.DataFrame:
    """`standings`, to be kept (`cache.made`)."""
    return standings(view, ask(rates.counts, view.filters, as_of=view.as_of), by)


def draw(view: View, by: str, target: float | None) -> None:
    """The ranking as a chart; says so where nothing was due."""
    found = figures.summary(view)
    if not found["due_count"]:
        st.info("Nothing was due in this period: no data, which is not 100%.", icon=":material/event_busy:")
        return
    charts.draw(
        chart(made(standing, view, by), found["compliance"], target),
        alt_text=f"Share of due requests closed in time, by {WORDS[by]}, with 95% intervals",
        key="league",
    )


def standings(view: View, counts: pd.DataFrame, by: str) -> pd.DataFrame:
    """`compliance.by`, from `compliance.counts`, ready to show: with chance and rank (text), weeks_series
    (lists, percent).

    Lowest first; those with fewer than `SMALL` due come after, unranked, and those with nothing due last.
    """
    frame = ask(rates.by, view.filters, using=counts, as_of=view.as_of, by=by)
    weeks = ask(compliance_ranking.weekly, view.filters, as_of=view.as_of, by=by)
    series = (100 * weeks["compliance"]).round(1).groupby(weeks["key"]).agg(list)
    return ranked(frame).assign(weeks_series=lambda found: found["key"].map(series))


@cached_without_copy
def ranked(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of `compliance.by` in order, with their rank and those that chance alone could put in its place."""
    last = np.where(frame["due_count"] == 0, 2, frame["is_small"].astype(int))
    frame = frame.assign(last=last).sort_values(["last", "compliance", "key"], ignore_index=True)
    low, high = frame["low"].to_numpy(), frame["high"].to_numpy()
    places = range(int((frame["last"] == 0).sum()))
    ranks = [_rank(place, *_about_the_same(place, low[: len(places)], high[: len(places)])) for place in places]
    chance = ["no data" if np.isnan(a) else f"{a:.0%} to {b:.0%}" for a, b in zip(low, high, strict=True)]
    unranked = ["too few"] * (len(frame) - len(ranks))
    return frame.drop(columns="last").assign(rank=ranks + unranked, chance=chance)


def _about_the_same(place: int, low: NDArray[np.float64], high: NDArray[np.float64]) -> tuple[int, int]:
    """First and last place of the neighbours in the ranking whose intervals overlap that of `place`."""
    overlaps = (low <= high[place]) & (low[place] <= high)
    before, after = np.flatnonzero(~overlaps[:place]), np.flatnonzero(~overlaps[place:])
    first = int(before[-1]) + 1 if before.size else 0
    return first, place + int(after[0]) - 1 if after.size else len(low) - 1


def _rank(place: int, first: int, last: int) -> str:
    return str(place + 1) if first == last else f"{place + 1} ({first + 1} to {last + 1})"


@cached_without_copy
def chart(frame: pd.DataFrame, overall: float, target: float | None) -> Spec:
    """Dot and whisker: share kept with its interval, grey where too few; a line for all of them, one for the target."""
    drawn = frame[frame["due_count"] > 0].head(DRAWN)
    drawn = drawn.assign(
        tone=drawn["is_small"].map({True: QUIET, False: MAIN}),
        label=drawn["name"].astype(str) + drawn["due_count"].map("  ({:,})".format),
    )
    columns = ["label", "compliance", "low", "high", "tone", "rank", "due_count", "overdue_count"]
    return _whiskers(drawn[columns], overall, target)


@cached_spec
def _whiskers(drawn: pd.DataFrame, overall: float, target: float | None) -> Chart:
    y = alt.Y(
        "label:N",
        title=None,
        sort=list(drawn["label"]),
        axis=alt.Axis(labelLimit=NAME_WIDTH, labelOverlap=False, ticks=False, domain=False),
    )
    scale = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("compliance:Q", title=None, scale=scale, axis=alt.Axis(format="%", tickCount=5))
    tone = alt.Color("tone:N", scale=None)
    base = alt.Chart().encode(y=y)
    tips = [
        alt.Tooltip("label:N", title=" "),
        alt.Tooltip("compliance:Q", title="Kept", format=".1%"),
        alt.Tooltip("low:Q", title="Chance from", format=".1%"),
        alt.Tooltip("high:Q", title="to", format=".1%"),
        alt.Tooltip("due_count:Q", title="Due", format=","),
        alt.Tooltip("overdue_count:Q", title="Overdue now", format=","),
        alt.Tooltip("rank:N", title="Rank"),
    ]
    layers = [
        base.mark_rule(strokeWidth=3, opacity=0.6).encode(
            x=alt.X("low:Q", scale=scale), x2=alt.X2("high:Q"), color=tone, tooltip=tips
        ),
        base.mark_point(filled=True, size=90, opacity=1).encode(x=x, color=tone, tooltip=tips),
        *_line(overall, f"all {percent(overall)}", QUIET, scale),
    ]
    if target is not None:
        layers += _line(target, f"target {target:.0%}", BAD, scale, height=20)
    return alt.layer(*layers, data=drawn, height=ROW * len(drawn) + 50)


def _line(share: float, text: str, tone: str, scale: alt.Scale, *, height: int = 6) -> list[Chart]:
    """A line at a share, its words `height` pixels above the chart, on the side where there is room."""
    is_left = share > 0.5
    base = alt.Chart(pd.DataFrame({"share": [share], "text": [text]})).encode(x=alt.X("share:Q", scale=scale))
    label = base.mark_text(
        dy=-height, dx=-3 if is_left else 3, align="right" if is_left else "left", fontWeight="bold"
    ).encode(text=alt.Text("text:N"), y=alt.YValue(0))  # type: ignore[no-untyped-call]
    return [base.mark_rule(color=tone, strokeDash=[5, 4], strokeWidth=1.5), label]


def _table(view: View, by: str) -> tables.Ready:
    frame = made(standing, view, by)
    labels = {**LABELS, "name": WORDS[by].capitalize()}
    rounded = frame.assign(change_points=frame["change_points"].round(1))
    return tables.ready(rounded, labels, helps=HELPS, units=UNITS, pinned="name")


def table(view: View, by: str) -> None:
    """The ranking as a table; a row opens the department here, or the type's requests in the queue."""
    found = made(_table, view, by)
    chosen = tables.opening(
        found,
        key=f"league_{by}",
        alt=f"How each {WORDS[by]} kept its due dates",
        height="content" if len(found.frame) <= DRAWN else 620,
    )
    st.caption(made(explained, view, by))
    if chosen is None:
        return
    if by == "department":
        state.go("compliance", {"department": chosen["key"]})
    state.go("queue", {"type": chosen["key"]})


def target() -> float | None:
    """The target line that the link asks for, as a share; None where it asks for none, or for no percentage."""
    percentage = state.page_params().number("target", None, least=0.01, most=100, expected="a percentage from 1 to 100")
    return None if percentage is None else percentage / 100


def target_choice(chosen: float | None) -> None:
    """A box for the target line; its value goes into the link."""
    state.seed("choose_target", None if chosen is None else round(100 * chosen))
    st.number_input(
        "Target line, %",
        min_value=1,
        max_value=100,
        value=None,
        key="choose_target",
        placeholder="none",
        width=160,
        on_change=lambda: state.set_params(target=_text(state.value("choose_target"))),
    )


def explained(view: View, by: str) -> str:
    return explanation(by, made(standing, view, by))


def explanation(by: str, frame: pd.DataFrame) -> str:
    """What the ranking shows and leaves out."""
    hidden = max(int((frame["due_count"] > 0).sum()) - DRAWN, 0)
    more = f" The {DRAWN} lowest are drawn; {hidden} more are in the table." if hidden else ""
    opens = "its service types here" if by == "department" else "its requests in the queue"
    return (
        "Lowest first, with the number due. Whiskers: what chance alone could make of it, at this number only; batches "
        "make them too narrow. In brackets after a rank: the neighbours that are about the same. "
        f"Grey: fewer than {SMALL} due, not ranked. Change: points against the stretch of equal "
        f"length just before. Choose a row to open {opens}.{more}"
    )


def heading(by: str, view: View) -> str:
    if by == "department":
        return "Departments"
    names = state.options().lists.get("department", {})
    return "Service types" + "".join(f" of {plain(names.get(key, key))}" for key in view.filters.departments[:1])


def _text(value: float | None) -> str | None:
    return None if value is None else f"{value:g}"
