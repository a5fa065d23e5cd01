"""What if more or fewer posts were filled: the scenario in the link, and what it would change. Draws nothing."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from components.page_params import PageParams
from db.queries.workload.figures import Staffed
from db.queries.workload.projection import ahead
from db.rules.workload.projection import HORIZON_WEEKS

MOST_TIMES = 2.0
MOST_MORE = 10.0


@dataclass(frozen=True)
class Scenario:
    """Posts filled (as the staffing figures count them), and weeks until a new hire is productive."""

    posts: float
    productive: int = 0


def most_posts(authorised: float) -> float:
    """The most posts that can be tried: twice the authorised ones, or ten more."""
    return max(MOST_TIMES * authorised, authorised + MOST_MORE)


def scenario(own: PageParams, *, filled: float, authorised: float) -> Scenario:
    """The scenario of the link; as now where it has none."""
    most, weeks = most_posts(authorised), HORIZON_WEEKS
    return Scenario(
        own.number("posts", filled, least=0, most=most, expected=f"a number from 0 to {most:g}"),
        own.whole("productive", 0, least=0, most=weeks, expected=f"whole weeks from 0 to {weeks}"),
    )


def both(found: Staffed, scenario: Scenario, request_share: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The weeks ahead as now and in the scenario, each as `projection.ahead` gives them; same futures."""
    posts = scenario.posts * request_share
    return ahead(found), ahead(found, posts=posts, weeks_until_productive=scenario.productive)


def outcome(now: pd.DataFrame, tried: pd.DataFrame, scenario: Scenario, filled: float, unit: str) -> str:
    """What the scenario would change after the last week, as a sentence."""
    if scenario.posts == filled:
        return "This is how it goes on with the posts filled as now. Change a number to try something else."
    as_now, changed = now["overdue_mean"].iloc[-1], tried["overdue_mean"].iloc[-1]
    difference = round(as_now - changed)
    more_posts = scenario.posts - filled
    count = f"{abs(more_posts):.1f}".removesuffix(".0")
    posts = f"With {count} {'more' if more_posts > 0 else 'fewer'} posts filled"
    if difference == 0:
        return f"{posts}, the number overdue after {len(now)} weeks would be about the same."
    which = "fewer" if difference > 0 else "more"
    return f"{posts}, about {abs(difference):,} {which} {unit} would be overdue after {len(now)} weeks, in this model."
