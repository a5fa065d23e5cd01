"""What can be chosen in a city, on screen or on paper."""

from __future__ import annotations

from datetime import datetime, time

from components import cache
from components.links import Options
from db.cities.of_database import City
from db.queries.data import freshness

LIST_NAMES = {
    "department": "department",
    "service_type": "type",
    "council_district": "district",
    "neighborhood_council": "neighborhood",
    "channel": "channel",
}


def options_of(city: City, now: datetime) -> Options:
    """What can be chosen at `now`, the city's clock on the wall."""
    first, newest = cache.ask(freshness.first_created_at), cache.ask(freshness.default_as_of, now)
    return Options(
        lists=cache.made(_lists, datetime.combine(max(now, newest).date(), time.max)),
        default_goals=city.profile.default_goals,
        fiscal_year_starts=city.profile.fiscal_year_starts,
        district_label=city.profile.district_label,
        first_day=None if first is None else first.date(),
        default_as_of=newest,
        now=now,
    )


def _lists(latest: datetime) -> dict[str, dict[str, str]]:
    frame = cache.options(latest)
    listed = frame[frame["kind"].isin(list(LIST_NAMES))]
    return {
        LIST_NAMES[str(kind)]: dict(zip(rows["value"], rows["name"], strict=True))
        for kind, rows in listed.groupby("kind")
    }
