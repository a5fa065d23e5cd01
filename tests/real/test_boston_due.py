"""Boston's own due dates, from the rule alone.

Population: every row of the 2011 file (raw) of the type that carries a due date, whatever target the city gave it;
no `as_of`, for a due date does not depend on one.
"""

from __future__ import annotations

import os
from datetime import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from db.rules.calendar import Calendar
from db.rules.clock import due_at_many

pytestmark = pytest.mark.real

BOSTON = Calendar(
    "boston", frozenset(range(5)), time(8), time(17), arrival_cutoff=time(17), arrival_counts_as=time(8, 30)
)
TEN_MINUTES = np.timedelta64(10, "m")

# type, amount, unit, requests with a due date, least share the rule reproduces
TYPES = [
    ("Schedule a Bulk Item Pickup", 2, "business_days", 9394, 0.999),
    ("Missed Trash/Recycling/Yard Waste/Bulk Item", 2, "business_days", 2707, 0.999),
    ("Tree Emergencies", 1, "business_days", 1984, 0.999),
    ("Street Light Outages", 10, "business_days", 4910, 0.98),
    ("Graffiti Removal", 45, "business_days", 1943, 0.97),
    ("Unsatisfactory Living Conditions", 120, "calendar_days", 2258, 0.99),
]


@pytest.fixture(scope="module")
def requests_with_due_date() -> pd.DataFrame:
    folder = os.environ.get("DESK_REAL_DATA")
    if not folder:
        pytest.skip("DESK_REAL_DATA is not set: the folder of real city files")
    path = Path(folder) / "boston_311" / "boston_2011_jul_to_dec.csv.gz"
    columns = ["open_dt", "target_dt", "type"]
    return pd.read_csv(path, usecols=columns, parse_dates=["open_dt", "target_dt"]).dropna(subset="target_dt")


@pytest.mark.parametrize(("service_type", "amount", "unit", "count", "least"), TYPES)
def test_the_city_due_date_is_reproduced_within_ten_minutes(
    requests_with_due_date: pd.DataFrame, service_type: str, amount: float, unit: str, count: int, least: float
) -> None:
    rows = requests_with_due_date[requests_with_due_date["type"] == service_type]
    assert len(rows) == count
    computed = due_at_many(rows["open_dt"].to_numpy(), amount, unit, BOSTON)
    share = float((abs(computed - rows["target_dt"].to_numpy()) <= TEN_MINUTES).mean())
    assert share >= least, f"{service_type}: {share:.4f}"
    print(f"{service_type}: {share:.4%} of {count}")
