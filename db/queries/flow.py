"""What came in, what went out, and what was left, day by day and week by week.

Inflow = created, throughput = closed with a usable closing time, both of the filter's population as it
stands at `as_of`. The backlog at the end of a day is the one `backlog.totals` gives for that moment: it
holds requests that were cancelled only later, so it can differ a little from the running net change.
"""

from __future__ import annotations

from datetime import datetime

import pandas as pd
from sqlalchemy import Connection

from db.filters import RequestFilter


def by_day(connection: Connection, filters: RequestFilter, *, as_of: datetime, days: int = 28) -> pd.DataFrame:
    """The last `days` days up to that of `as_of`, one row a day, oldest first; for sparklines.

    Columns: day (datetime64, midnight), opened, closed (int64, on that day), open_count, overdue_count (int64, at the
    end of the day; for the last day at `as_of`). The filter's period is not used. Empty case: zeros on every day.
    Raises ValueError for days under 1.
    """
    raise NotImplementedError


def by_week(connection: Connection, filters: RequestFilter, *, as_of: datetime, weeks: int = 26) -> pd.DataFrame:
    """Inflow against throughput by week, oldest first; weeks start on Monday.

    The weeks that touch the filter's period, else the last `weeks` up to that of `as_of`, and none before the
    first request. Columns: week_start (datetime64, a Monday), inflow, throughput, net_change (int64, requests
    created, closed, and the difference), open_at_end, overdue_at_end (int64, at the end of Sunday or at
    `as_of`), is_complete (bool, false for the week of `as_of` and for the week in which the data begin). Empty
    case: no rows, all columns.
    """
    raise NotImplementedError
