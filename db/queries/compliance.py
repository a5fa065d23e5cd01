"""Who keeps the promise: compliance over the requests due in a period, and everything always shown beside it.

Compliance = of the requests due in [start, end) and by `as_of`, the share met; an open overdue request
is a miss. The period is the filter's; ValueError without one. Definition: "on time" in docs/glossary.md.
"""

from __future__ import annotations

from datetime import datetime

import pandas as pd
from sqlalchemy import Connection

from db.filters import RequestFilter

SMALL = 30
GROUPS = ("department", "service_type", "district", "week", "month")
COUNTS = (
    "due_count",
    "met_count",
    "work_done_on_time_count",
    "unknown_count",
    "left_after_due_count",
    "closed_count",
    "closed_on_time_count",
    "eligible_count",
    "with_goal_count",
)


def summary(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """Compliance of the filter's period, always one row.

    Columns (counts int64, shares float64 from 0 to 1, NaN where the denominator is 0): due_count (due in the
    period and by `as_of`, verdict met or missed), met_count, missed_count, compliance (met / due), low, high
    (95% Wilson interval), closed_count (closed in the period, with a due date), closed_on_time_count,
    closed_only_share (closed on time / closed, "as most cities report it"), gap_points (100 x
    (closed_only_share - compliance), "what open requests hide"), left_after_due_count (due in the period, left
    the count after the due date: cancelled, duplicate, acknowledged), work_done_on_time_count (met with outcome
    work_done), work_done_on_time_share (of due_count), eligible_count (created in the period), with_goal_count
    (of these, with a due date), with_goal_share, unknown_count (due in the period, ended without a usable
    closing time: in neither numerator nor denominator), is_small (bool, due_count under 30), incomplete_start
    (bool, the period starts sooner than the longest usual goal after the first row).
    """
    raise NotImplementedError


def by(connection: Connection, filters: RequestFilter, *, as_of: datetime, by: str = "department") -> pd.DataFrame:
    """Compliance by `by`, one of `GROUPS`: the columns of `summary` without incomplete_start, preceded by key
    and name (text).

    For department, service_type and district also previous_due_count, previous_met_count (int64),
    previous_compliance and change_points (float64, 100 x (compliance - previous_compliance)) of the stretch of
    equal length just before, overdue_count (int64, open past due at `as_of`). For week and month `key` is the
    first day (datetime64) and each figure counts in the week or month of its own moment: due, closed, created.
    Order: groups by compliance, lowest first, NaN last, then key; weeks and months upwards. Empty case: no
    rows, all columns. Raises ValueError for another `by`.
    """
    raise NotImplementedError


def by_type_for_change(
    connection: Connection, filters: RequestFilter, *, as_of: datetime, against: str = "previous"
) -> pd.DataFrame:
    """The counts that split a change of compliance in "did better" and "got other work".

    `against`: "previous" (the stretch just before) or "year_before" (52 weeks earlier). Columns: service_type
    (text), due_before, met_before, due_now, met_now (int64), better_points, other_work_points (float64; the
    type's part of the change in points: mean share x change of rate, mean rate x change of share; they add up
    to the change; a type absent in one period counts as other work). Order: service_type.
    """
    raise NotImplementedError


def outcomes(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """What closures really were, per service type, for those closed in the period.

    Columns: service_type, outcome (text; `unknown` is shown like any other), closed_count (int64),
    type_closed_count (int64), share (float64, closed_count / type_closed_count). Order: types by closures, most
    first, then name; outcomes by count, most first, then name.
    """
    raise NotImplementedError


def ageing_multiples(
    connection: Connection, filters: RequestFilter, *, as_of: datetime, by: str = "department"
) -> pd.DataFrame:
    """The open backlog in multiples of its goal, by department, service_type or district.

    Columns: key (text), band (text), low, high (float64, multiples, low included), open_count, group_count
    (int64), share (float64). Every band of `backlog.ageing` without "no goal" for every key that has open
    requests with a due date. Order: key, then low.
    """
    raise NotImplementedError
