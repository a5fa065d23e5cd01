"""The city on screen or on paper, and what can be chosen in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from components import cache
from components.links import Options
from db.cities.profile import Profile
from db.queries.data import freshness

LIST_NAMES = {
    "department": "department",
    "service_type": "type",
    "council_district": "district",
    "neighborhood_council": "neighborhood",
    "channel": "channel",
}


@dataclass(frozen=True)
class City:
    """The city and how its data come in: `file`, `feed` or `demo`."""

    key: str
    name: str
    source_kind: str
    profile: Profile


def city() -> City:
    """The city of the database."""
    row = cache.ask(freshness.city).iloc[0]
    return City(row["key"], row["name"], row["source_kind"], cache.profile(row["key"]))


def options(found: City, now: datetime) -> Options:
    """What can be chosen at `now`, the city's clock on the wall."""
    first, newest = cache.ask(freshness.first_created_at), cache.ask(freshness.default_as_of, now)
    return Options(
        lists=_lists(cache.options(max(now, newest))),
        default_goals=found.profile.default_goals,
        fiscal_year_starts=found.profile.fiscal_year_starts,
        district_label=found.profile.district_label,
        first_day=None if first is None else first.date(),
        default_as_of=newest,
        now=now,
    )


def _lists(frame: pd.DataFrame) -> dict[str, dict[str, str]]:
    known = frame[frame["kind"].isin(list(LIST_NAMES))]
    return {
        LIST_NAMES[str(kind)]: dict(zip(rows["value"], rows["name"], strict=True))
        for kind, rows in known.groupby("kind")
    }
