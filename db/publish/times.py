"""For each service, how long it takes and what the city promised."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from math import ceil, floor
from typing import Any

import numpy as np
from sqlalchemy import Connection, select, true

from db.model.filters import Period, RequestFilter
from db.model.schema import service_types
from db.publish import asked
from db.publish.grid import WEEK, Month
from db.publish.privacy import LEAST_FOR_SHARE
from db.publish.schema import OTHER
from db.queries.compliance import time_to_close
from db.queries.goals import in_force

WEEKS_OF_TIMES = 52

Row = dict[str, Any]


def services(connection: Connection, as_of: datetime) -> dict[str, asked.Service]:
    """Every service of the city, by service type; types that are not a service left out."""
    goals = in_force.in_force(connection, as_of=as_of)
    service_keys = set(
        connection.scalars(select(service_types.c.service_type).where(service_types.c.is_service == true()))
    )
    return {
        row["service_type"]: asked.Service(
            row["service_type"], row["public_name"], _text_or_empty(row["category"]) or OTHER, bool(row["is_sensitive"])
        )
        for row in goals.to_dict("records")
        if row["service_type"] in service_keys
    }


def rows(
    connection: Connection,
    filters: RequestFilter,
    as_of: datetime,
    newest: Month | None,
    services: Mapping[str, asked.Service],
    hidden: Collection[tuple[str, Month]],
) -> list[Row]:
    """How long each service takes, over the 52 weeks up to the end of the newest month, and its published promise.

    `hidden`: services whose own number was hidden in a month. Their requests of that month do not count towards the 30
    that a time needs: whether a time is shown would tell something about the hidden number.
    """
    goals = {row["service_type"]: row for row in in_force.in_force(connection, as_of=as_of).to_dict("records")}
    end = newest.end if newest else as_of.date()
    period = Period("times", end - WEEKS_OF_TIMES * WEEK, end)
    closing_times = time_to_close.time_to_close(connection, replace(filters, period=period), as_of=as_of)
    left_out = _counts_of(
        connection, filters, as_of, [(key, month) for key, month in hidden if month.end > period.start]
    )
    counted = closing_times["request_count"] - closing_times["service_type"].map(left_out).fillna(0)
    enough = closing_times[counted >= LEAST_FOR_SHARE]
    times = {row["service_type"]: row for row in enough.to_dict("records")}
    return [_expected(service, times.get(key), goals[key]) for key, service in services.items()]


def _counts_of(
    connection: Connection, filters: RequestFilter, as_of: datetime, hidden: Collection[tuple[str, Month]]
) -> dict[str, int]:
    """How many requests of each service these months have, summed up."""
    count_by_service: dict[str, int] = {}
    for month in {month for _, month in hidden}:
        counts = asked.count_by_service(connection, replace(filters, period=month.period()), as_of=as_of)
        for key in (key for key, hidden_month in hidden if hidden_month == month):
            count_by_service[key] = count_by_service.get(key, 0) + counts.get(key, 0)
    return count_by_service


def _expected(service: asked.Service, times: Mapping[Any, Any] | None, goal: Mapping[Any, Any]) -> Row:
    half = _days(times["median_days"], times["longest_days"]) if times else (None, 0)
    most = _days(times["p90_days"], times["longest_days"]) if times else (None, 0)
    is_published = goal["basis"] == "published"
    return {
        "service_type": service.service_type,
        "name": service.name,
        "category": service.category,
        "half_days": half[0],
        "half_is_over": half[1],
        "most_days": most[0],
        "most_is_over": most[1],
        "promise_amount": float(goal["amount"]) if is_published else None,
        "promise_unit": str(goal["unit"]) if is_published else None,
    }


def _days(days: float, longest: float) -> tuple[int, int]:
    """Whole days, and 0; where the data do not reach far enough, the longest known days, and 1 for "more than that"."""
    return (floor(longest), 1) if np.isnan(days) else (max(1, ceil(days)), 0)


def _text_or_empty(value: object) -> str:
    return value if isinstance(value, str) else ""
