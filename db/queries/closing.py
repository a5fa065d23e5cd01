"""How long a request takes: time to close per service type, with open requests censored, and goals tried
against history.
"""

from __future__ import annotations

from datetime import datetime

import pandas as pd
from sqlalchemy import Connection

from db.filters import RequestFilter
from db.rules.calendar import Calendar

GROUPS = ("service_type", "department_service_type", "district_service_type")


def durations(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """Requests created in the period (or ever) by service type and binned time, for a survival estimate.

    Columns: service_type (text), hours (float64, lower edge of the bin: whole hours up to 10 days, whole days
    after), closed_count (int64, closed after so long), left_count (int64, left without work: cancelled,
    duplicate, acknowledged, referred, administrative; censored), open_count (int64, still open at `as_of` at
    that age; censored). Order: service_type, hours.
    """
    raise NotImplementedError


def time_to_close(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """Median and 90th percentile of created to closed by Kaplan-Meier, per service type, never pooled.

    Columns: service_type (text), median_days, p90_days (float64 elapsed days, NaN where the curve does not
    reach it: "more than longest_days"), longest_days (float64, the longest time seen), request_count,
    closed_count, left_count, open_count (int64), left_share (float64, left_count / request_count). Order:
    service_type. Empty case: no rows, all columns.
    """
    raise NotImplementedError


def what_if_goal(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    service_type: str,
    amount: float,
    unit: str,
    calendar: Calendar,
) -> pd.DataFrame:
    """What compliance would have been by month with another goal for one type; at most the last 400 days before
    `as_of`.

    Columns: month (datetime64, first day), due_count, met_count, missed_count (int64), compliance (float64),
    actual_due_count, actual_met_count (int64) and actual_compliance (float64) under the filter's goals in
    force. Requests count in the month of their due date, tried and actual alike. Order: month. Raises
    ValueError for an amount that is not positive or an unknown unit.
    """
    raise NotImplementedError


def quantile_goal(
    connection: Connection, filters: RequestFilter, *, as_of: datetime, service_type: str, share: float
) -> pd.DataFrame:
    """The time within which `share` (0 to 1) of a type's requests of the last 364 days were closed, one row:
    service_type, share, days (float64 elapsed days by Kaplan-Meier, NaN where not reached), request_count
    (int64).
    """
    raise NotImplementedError
