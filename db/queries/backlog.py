"""The backlog at a moment: what is open, what is overdue, how old it is, and in which order to work it.

Backlog (`open_count`) = requests of the filter's population that are open at `as_of`. Overdue = open
past the due date under the filter's goals. The filter's period is not used here: a backlog is a
moment, not a stretch. Definitions: docs/glossary.md.
"""

from __future__ import annotations

from datetime import datetime

import pandas as pd
from sqlalchemy import Connection

from db.filters import RequestFilter

LANES = ("all", "keepable", "overdue")
GROUPS = ("department", "service_type", "council_district", "neighborhood_council", "assigned_to", "street_name")


def totals(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """The headline figures at `as_of`, always one row.

    Columns: open_count, overdue_count, due_24h_count (open and due after `as_of`, within 24 hours),
    no_goal_count (open without a due date), unknown_count (ended, but without a usable closing time:
    neither open nor a closing), opened_today and closed_today (since midnight up to `as_of`): int64;
    normal_opened_today, normal_closed_today: float64, the median of the same weekday up to the same
    time of day over the 8 weeks before, as far as the data reach back; NaN with less than one week.
    Empty case: zeros and NaN.
    """
    raise NotImplementedError


def open_count(connection: Connection, filters: RequestFilter, *, as_of: datetime, lane: str = "all") -> int:
    """How many requests `open_requests` would give without limit, in requests.

    Raises ValueError for a lane that is not one of `LANES`.
    """
    raise NotImplementedError


def by_department(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """The backlog of each department at `as_of`, most overdue first, then most open, then by code.

    Columns: department (text), name (text, the code where no name is known), open_count, overdue_count
    (int64), overdue_share (float64, overdue_count / open_count, NaN without open ones), due_week_count
    (int64, open and due within the next 7 days), no_goal_count (int64), median_age_days and p90_age_days
    (float64 elapsed days, weekends included, NaN without open ones), inflow_4w and inflow_prev_4w (int64,
    created in the last 28 days and in the 28 before), trend (float64, inflow_4w / inflow_prev_4w - 1, NaN
    where nothing came before). A department without open requests is listed as long as it had inflow in
    these 8 weeks. Empty case: no rows, all columns.
    """
    raise NotImplementedError


def by_group(connection: Connection, filters: RequestFilter, *, as_of: datetime, column: str) -> pd.DataFrame:
    """The backlog by one column of requests: the columns of `by_department` with `key` in place of department
    and name.

    `column` is one of `GROUPS`; `key` is null for requests that have none. Order: most overdue, most open, key
    by bytes, null last. Raises ValueError for another column.
    """
    raise NotImplementedError


def ageing(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """The backlog by age, in two scales: multiples of the goal, and elapsed days.

    Columns: scale ("goal" | "days"), band (text, for the axis: "under half", "1 to 2 times", "3 to 7 days", "no
    goal"), low and high (float64, in multiples or days, low included, high excluded; high NaN = without end;
    both NaN for "no goal"), open_count (int64), open_total (int64, the whole backlog), share (float64,
    open_count / open_total, NaN for none). Order: scale "goal" then "days", each upwards, "no goal" last. Every
    band is always there.
    """
    raise NotImplementedError


def open_requests(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    lane: str = "all",
    limit: int | None = 100,
    offset: int = 0,
) -> pd.DataFrame:
    """The queue at `as_of`: overdue ones by multiples of their goal, then nearest due, then oldest.

    `lane`: "all", "keepable" (due and not yet overdue) or "overdue". `limit` None gives all.
    Columns: sr_number, source_system, department, service_type, address, council_district,
    neighborhood_council, channel, assigned_to (text), created_at, due_at (datetime64; due_at under the
    filter's goals), goal_basis (text), age_days (float64, elapsed days), goal_multiple (float64, time since
    creation / time promised; NaN without a due date or with one not after creation), is_overdue (bool), status,
    source_status, repeat_kind (text), latitude, longitude (float64), flags (text).
    Ties by sr_number and source_system. Empty case: no rows, all columns. Raises ValueError for an unknown lane.
    """
    raise NotImplementedError
