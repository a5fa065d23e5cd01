"""The service types and the goal in force for each."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
from sqlalchemy import Connection


def in_force(connection: Connection, *, as_of: datetime) -> pd.DataFrame:
    """Every service type with the goal in force on the day of `as_of`; also the ones that have none.

    Columns: service_type, public_name, category, department (text), is_contracted, is_sensitive (bool), goal_id
    (Int64, null without a goal), amount (float64), unit, calendar, basis (text: published | budget_average |
    draft | none), citation (text), effective_on, adopted_on (datetime64), adopted_by (text). Order:
    service_type. Empty case: no rows, all columns.
    """
    raise NotImplementedError


def versions(connection: Connection) -> pd.DataFrame:
    """Every goal ever adopted, as stored: the columns of table `goals`; by service_type, then effective_on with
    "since ever" first.
    """
    raise NotImplementedError
