"""The promise as figures: what was kept, what that leaves out, and what it was before."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from components import cache, filter_bar
from components.cache import ask
from components.drawing import tables
from components.drawing.notices import moment, plain
from components.drawing.tiles import kept_name, number, percent, tile
from components.links import View
from db.model.filters import GOALS_IN_WORDS
from db.queries.compliance import rates
from db.queries.goals import in_force
from db.rules.proportions import SMALL, is_about_same

EARLIER = {"previous": "The stretch just before", "year_before": "A year before"}
CHANGE_LABELS = {
    "against": "Against",
    "compliance": "Kept then",
    "due_count": "Due then",
    "change_points": "Change",
    "better_points": "Did better",
    "other_work_points": "Got other work",
}


def summary(view: View) -> pd.Series:
    """The one row of `rates.summary`."""
    counts = ask(rates.counts, view.filters, as_of=view.as_of)
    return ask(rates.summary, view.filters, using=counts, as_of=view.as_of).iloc[0]


def has_any(view: View) -> bool:
    """Whether anything was due or made in the period."""
    return bool(summary(view)[["due_count", "closed_count", "eligible_count", "overdue_count"]].any())


def top(view: View) -> None:
    """The title with what keeps its figures from meaning what they seem to, and the choice in words."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title("Compliance", width="content")
        warnings(summary(view))
    st.caption(plain(filter_bar.sentence(view)))


def draw(view: View) -> None:
    """The tiles, and what they rest on."""
    counts, found = ask(rates.counts, view.filters, as_of=view.as_of), summary(view)
    outcomes = ask(rates.outcomes, view.filters, as_of=view.as_of)
    figures(view, found, earlier(parts(view, counts, "previous")), unknown_outcomes(outcomes))
    st.caption(caption(view, found))


def figures(view: View, found: pd.Series, before: pd.Series, unknown: tuple[int, int]) -> None:
    """The tiles: kept, as most cities report it, what is left out of both. `unknown`: closings (unknown, all)."""
    due, closed = int(found["due_count"]), int(found["closed_count"])
    whole: Mapping[str, Any] = {"uses_period": True}
    change, same = 100 * (found["compliance"] - before["compliance"]), _is_same(found, before)
    with st.grid(3, min_column_width=170, gap="small"):
        tile(
            "compliance",
            percent(found["compliance"]),
            view,
            behind=due,
            change=change,
            against=f"{points_word(change)}{', within chance' if same else ''}, to the time before",
            is_more_bad=None if same else False,
            name=kept_name(view),
            **whole,
        )
        tile(
            "closed_only_share",
            percent(found["closed_only_share"]),
            view,
            behind=closed,
            **hidden(found["gap_points"]),
            **whole,
        )
        tile("left_after_due_count", found["left_after_due_count"], view, behind=due, **whole)
        tile("work_done_on_time_share", percent(found["work_done_on_time_share"]), view, behind=due, **whole)
        tile(
            "unknown_outcome_share",
            percent(unknown[0] / unknown[1] if unknown[1] else None),
            view,
            behind=unknown[1],
            **whole,
        )
        tile(
            "with_goal_share",
            percent(found["with_goal_share"]),
            view,
            behind=int(found["eligible_count"]),
            **whole,
        )


def _is_same(found: pd.Series, before: pd.Series) -> bool:
    """Whether the share kept differs from the time before by no more than chance."""
    met = found["compliance"] * found["due_count"], before["compliance"] * before["due_count"]
    if not found["due_count"] or not before["due_count"]:
        return False
    return bool(is_about_same(round(met[0]), found["due_count"], round(met[1]), before["due_count"]))


def points_word(value: float) -> str:
    """The word behind a number of points as a tile rounds it."""
    return "point" if not math.isnan(value) and abs(round(value)) == 1 else "points"


def hidden(points: float) -> dict[str, Any]:
    """What open requests hide, for a tile: without a sign, which would say it twice, and nothing where it is none."""
    if math.isnan(points) or not round(points):
        return {}
    words = "hidden" if points > 0 else "lower than kept"
    return {"also": abs(points), "against": f"{points_word(points)} {words}"}


def caption(view: View, found: pd.Series) -> str:
    """What the figures rest on: how many, when due, as of when, whose requests, which goals; and the interval."""
    due = int(found["due_count"])
    interval = "" if not due else f" Chance alone could make it {found['low']:.1%} to {found['high']:.1%}."
    unknown = int(found["unknown_count"])
    beside = f" {unknown:,} more were due and ended at an unknown time; they count neither way." if unknown else ""
    population = {"residents": "residents' requests", "eligible": "residents' and crews' requests"}
    return (
        f"{due:,} {population.get(view.filters.population, 'requests, raw')} due {view.period.describe()}, as of "
        f"{plain(moment(view.as_of))}; {GOALS_IN_WORDS[view.filters.goals]}.{interval}{beside}"
    )


def warnings(found: pd.Series) -> None:
    """What keeps the figures from meaning what they seem to."""
    if found["incomplete_start"]:
        st.badge(
            "Incomplete start",
            icon=":material/hourglass_top:",
            color="orange",
            help="The period begins sooner than the longest usual goal after the first request: of what was due then, "
            "requests made before the data begin are missing.",
        )
    if 0 < found["due_count"] < SMALL:
        st.badge(
            f"Only {int(found['due_count'])} due",
            icon=":material/filter_list:",
            color="gray",
            help=f"Fewer than {SMALL}: the share says little.",
        )


def unknown_outcomes(outcomes: pd.DataFrame) -> tuple[int, int]:
    """Closings with an unknown outcome, and all closings, of `compliance.outcomes`."""
    unknown = outcomes.loc[outcomes["outcome"] == "unknown", "closed_count"].sum()
    return int(unknown), int(outcomes["closed_count"].sum())


def parts(view: View, counts: pd.DataFrame, against: str) -> pd.DataFrame:
    """`compliance.by_type_for_change` against one of `EARLIER`, from `compliance.counts`."""
    return ask(rates.by_type_for_change, view.filters, using=counts, as_of=view.as_of, against=against)


def earlier(parts: pd.DataFrame) -> pd.Series:
    """due_count and compliance of the earlier stretch, of its `parts`; NaN where nothing was due then."""
    due, met = int(parts["due_before"].sum()), int(parts["met_before"].sum())
    return pd.Series({"due_count": due, "compliance": met / due if due else float("nan")})


def changes(view: View, counts: pd.DataFrame, found: pd.Series) -> pd.DataFrame:
    """The change against each of `EARLIER`, split in did better and got other work; points, NaN without data."""
    rows = []
    for key, words in EARLIER.items():
        split = parts(view, counts, key)
        then = earlier(split)
        rows.append(
            {
                "against": words,
                "compliance": then["compliance"],
                "due_count": int(then["due_count"]),
                "change_points": round(100 * (found["compliance"] - then["compliance"]), 1),
                "better_points": round(split["better_points"].sum(min_count=1), 1),
                "other_work_points": round(split["other_work_points"].sum(min_count=1), 1),
            }
        )
    return pd.DataFrame(rows)


def change_table(view: View) -> None:
    """`changes` with a heading."""
    st.header("Against earlier")
    tables.table(
        changes(view, ask(rates.counts, view.filters, as_of=view.as_of), summary(view)),
        CHANGE_LABELS,
        alt="Change of the share kept against earlier stretches",
        height="content",
    )
    st.caption(
        "In percentage points. Did better and got other work add up to the change; a dash means there is nothing to "
        "compare with."
    )


def oddities(as_of: datetime) -> str:
    """Due dates that are not to be trusted, of requests made by `as_of`, in words; empty where there are none."""
    calendars = cache.city().profile.calendars
    ends = tuple((name, day) for name, calendar in sorted(calendars.items()) if (day := calendar.table_ends))
    frame = ask(in_force.odd_due_dates, calendar_ends=ends, as_of=as_of)
    found = [
        f"{number(count)}: {meaning}"
        for meaning, count in zip(frame["meaning"], frame["request_count"], strict=True)
        if count
    ]
    return f"Due dates not to be trusted, in all the data: {'; '.join(found)}." if found else ""
