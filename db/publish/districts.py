"""The districts of the public tables: names, outlines, and how fast service was there against the same mix of
requests in the whole city.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from db.cities.profile import Profile
from db.model.filters import Period, RequestFilter
from db.publish.asked import Service
from db.publish.grid import Month
from db.publish.outline import outlines
from db.publish.privacy import LEAST_FOR_SHARE, share
from db.publish.schema import ALL, NOWHERE
from db.queries.map import districts

Row = dict[str, Any]


def known(
    connection: Connection,
    filters: RequestFilter,
    as_of: datetime,
    level: str,
    profile: Profile,
    published: Collection[str],
) -> list[str]:
    """The districts of the public tables in natural order: those with an outline, else those the profile lists, else
    those that were ever published, else those that at least 30 requests of the year name.

    A file may have any text in the column of the district, so a text that few requests have is not taken for one.
    """
    outlined = [str(key) for key in districts.outlines(connection, level=level)["key"]]
    listed = (
        outlined or list(profile.populations.get(level, {})) or [key for key in published if key not in (ALL, NOWHERE)]
    )
    if not listed:
        year = Period("year", as_of.date() - timedelta(days=364), as_of.date() + timedelta(days=1))
        counts = districts.speed_counts(connection, replace(filters, period=year), as_of=as_of, level=level)
        by_key = counts.groupby("key")["request_count"].sum()
        listed = [str(key) for key in by_key[by_key >= LEAST_FOR_SHARE].index]
    return sorted(listed, key=_natural_order)


def rows(
    connection: Connection,
    filters: RequestFilter,
    as_of: datetime,
    level: str,
    month: Month,
    asked: Sequence[Mapping[str, Any]],
    services: Mapping[str, Service],
) -> tuple[list[Row], int]:
    """One row a district, in natural order, and the height of the map.

    Speed is counted over services whose count in the district is shown, so that it tells nothing about a hidden one.
    """
    of_month = [row for row in asked if row["month"] == month.name]
    areas = districts.outlines(connection, level=level)
    names = dict(zip(areas["key"], areas["name"], strict=True))
    paths, height = outlines(dict(zip(areas["key"], areas["geometry"], strict=True)))
    keys = sorted({row["district"] for row in of_month} - {ALL, NOWHERE}, key=_natural_order)
    shown = {
        (row["district"], row["service_type"])
        for row in of_month
        if row["asked_count"] and row["service_type"] != ALL and row["district"] not in (ALL, NOWHERE)
    }
    speed = _speed(connection, replace(filters, period=month.period()), as_of, level, shown, services)
    return [
        {
            "district": key,
            "name": names.get(key, key),
            "outline": paths.get(key, ""),
            "month": month.name,
            "within_week_percent": speed.get(key, (None, None))[0],
            "same_mix_percent": speed.get(key, (None, None))[1],
        }
        for key in keys
    ], height


def _speed(
    connection: Connection,
    filters: RequestFilter,
    as_of: datetime,
    level: str,
    shown: set[tuple[str, str]],
    services: Mapping[str, Service],
) -> dict[str, tuple[int | None, int | None]]:
    """By district: percent closed within a week, there and for the same mix in the city.

    A district is left out where only a bound could be published.
    """
    public_services = tuple(key for key, service in services.items() if not service.is_sensitive)
    if not shown or not public_services:
        return {}
    counts = districts.speed_counts(
        connection, replace(filters, service_types=public_services), as_of=as_of, level=level
    )
    pairs = zip(counts["key"], counts["service_type"], strict=True)
    counted = pd.Series([pair in shown for pair in pairs], index=counts.index, dtype=bool)
    percents: dict[str, tuple[int | None, int | None]] = {}
    for row in districts.against_same_mix(counts, counted).to_dict("records"):
        percent, bound = share(int(row["closed_within_count"]), int(row["request_count"]))
        if percent is not None and not bound:
            percents[str(row["key"])] = (percent, round(100 * row["same_mix_share"]))
    return percents


def _natural_order(key: str) -> tuple[int, int, str]:
    return (0, int(key), "") if key.isdigit() else (1, 0, key)
