"""Boston's own due dates, from the rule in its profile alone.

Population: every row of the 2011 file (raw) of the type that carries a due date, whatever target the city gave it;
no `as_of`, for a due date does not depend on one.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from db.cities.profile import load
from db.rules.clock import due_at_many

pytestmark = pytest.mark.real

TEN_MINUTES = np.timedelta64(10, "m")

# type, requests with a due date, least share the rule reproduces; the rest had another target
TYPES = [
    ("Schedule a Bulk Item Pickup", 9394, 0.999),
    ("Missed Trash/Recycling/Yard Waste/Bulk Item", 2707, 0.999),
    ("Tree Emergencies", 1984, 0.999),
    ("Street Light Outages", 4910, 0.98),
    ("Graffiti Removal", 1943, 0.97),
    ("Unsatisfactory Living Conditions", 2258, 0.99),
]


@pytest.fixture(scope="module")
def requests_with_due_date() -> pd.DataFrame:
    folder = os.environ.get("DESK_REAL_DATA")
    if not folder:
        pytest.skip("DESK_REAL_DATA is not set: the folder of real city files")
    path = Path(folder) / "boston_311" / "boston_2011_jul_to_dec.csv.gz"
    columns = ["open_dt", "target_dt", "type"]
    return pd.read_csv(path, usecols=columns, parse_dates=["open_dt", "target_dt"]).dropna(subset="target_dt")


@pytest.mark.parametrize(("service_type", "count", "least"), TYPES)
def test_the_city_due_date_is_reproduced_within_ten_minutes(
    requests_with_due_date: pd.DataFrame, service_type: str, count: int, least: float
) -> None:
    rows = requests_with_due_date[requests_with_due_date["type"] == service_type]
    assert len(rows) == count
    profile = load("boston")
    (goal,) = next(entry.goals for entry in profile.service_types if entry.service_type == service_type)
    computed = due_at_many(rows["open_dt"].to_numpy(), goal.amount, goal.unit, profile.calendars[goal.calendar])
    share = float((abs(computed - rows["target_dt"].to_numpy()) <= TEN_MINUTES).mean())
    print(f"{service_type}: {share:.4%} of {count}")
    assert share >= least
