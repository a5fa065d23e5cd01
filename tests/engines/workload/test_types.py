"""A department's types on both engines: what waits, and what came in and went out in a week."""

from __future__ import annotations

import numpy as np

from db.model.filters import RequestFilter
from db.queries.workload.load import staffed
from db.queries.workload.projection import types
from tests.builders import closed_request, moment, open_request

AS_OF = moment("Wed 2026-07-08 12:00")


def shown(connection, filters, *, as_of):
    return types(staffed(connection, filters, as_of=as_of)["BSS"])


def test_types_are_counted_by_hand_with_most_overdue_first(both):
    rows = [
        open_request("Wed 2026-06-03 09:00", due="Wed 2026-06-10 09:00"),
        open_request("Tue 2026-07-07 09:00", due="Tue 2026-07-14 09:00"),
        open_request("Tue 2026-07-07 09:00", service_type="Sidewalk"),
        closed_request("Mon 2026-06-15 09:00", "Tue 2026-06-23 09:00", service_type="Sidewalk"),
    ]
    frame = both(rows)(shown, RequestFilter(), as_of=AS_OF)
    assert frame["service_type"].tolist() == ["Pothole", "Sidewalk"]
    assert frame["open_count"].tolist() == [2, 1]
    assert frame["overdue_count"].tolist() == [1, 0]
    # Five whole weeks, from Wed 3 June to Tue 7 July: two potholes came in; of sidewalks two came in, one went out.
    np.testing.assert_allclose(frame["inflow_per_week"], [2 / 5, 2 / 5])
    np.testing.assert_allclose(frame["throughput_per_week"], [0, 1 / 5])
    np.testing.assert_allclose(frame["goal_days"], [7.0, np.nan])


def test_without_a_complete_week_the_rates_are_unknown(both):
    frame = both([open_request("Wed 2026-07-08 09:00")])(shown, RequestFilter(), as_of=AS_OF)
    assert frame["open_count"].tolist() == [1]
    assert frame[["inflow_per_week", "throughput_per_week"]].isna().all(axis=None)
