"""Overdue requests that perhaps no longer exist, counted beside the overdue ones, on both engines."""

from __future__ import annotations

import pandas as pd

from db.model.filters import RequestFilter
from db.queries.queue import stale
from tests.builders import closed_request, moment, open_request

AS_OF = moment("Wed 2026-07-15 12:00")
AGES = pd.DataFrame({"service_type": ["Pothole"], "department": ["BSS"], "stale_days": [100.0]})


def rows() -> list[dict[str, object]]:
    usual = {"department": "BSS", "service_type": "Pothole"}
    return [
        open_request("Mon 2026-04-06 09:00", due="Mon 2026-04-13 09:00", sr_number="exactly-100", **usual),
        open_request("Tue 2026-04-07 13:00", due="Mon 2026-04-13 09:00", sr_number="99 days", **usual),
        open_request("Mon 2026-01-05 09:00", due="Mon 2026-01-12 09:00", sr_number="old", **usual),
        open_request("Mon 2026-01-05 09:00", due="Mon 2026-08-03 09:00", sr_number="not overdue", **usual),
        closed_request("Mon 2026-01-05 09:00", "Mon 2026-06-01 09:00", due="Mon 2026-01-12 09:00", **usual),
        open_request(
            "Mon 2026-01-05 09:00",
            due="Mon 2026-01-12 09:00",
            department="LASAN",
            service_type="Graffiti Removal",
            sr_number="of no age",
        ),
    ]


def test_overdue_requests_beyond_the_age_of_their_type_are_counted(both):
    ask = both(rows())

    def question(connection, filters, *, as_of):
        return stale.overdue_by_department(connection, filters, as_of=as_of, using=AGES)

    frame = ask(question, RequestFilter(goals="working"), as_of=AS_OF)
    assert frame.to_dict("records") == [{"department": "BSS", "stale_overdue_count": 2}]


def test_a_chaser_within_90_days_keeps_a_request_alive(both):
    usual = {"department": "BSS", "service_type": "Pothole", "place_id": 7}
    old = open_request("Mon 2026-01-05 09:00", due="Mon 2026-01-12 09:00", sr_number="old", **usual)
    chaser = open_request(
        "Mon 2026-06-01 09:00", due="Mon 2026-06-08 09:00", sr_number="chaser", repeat_kind="chaser",
        repeat_of="old", repeat_of_system=old["source_system"], **usual,
    )  # fmt: skip

    def question(connection, filters, *, as_of):
        return stale.overdue_by_department(connection, filters, as_of=as_of, using=AGES)

    assert both([old])(question, RequestFilter(goals="working"), as_of=AS_OF)["stale_overdue_count"].tolist() == [1]
    assert both([old, chaser])(question, RequestFilter(goals="working"), as_of=AS_OF).empty


def test_without_one_no_department_is_named(both):
    frame = both(rows()[:0])(stale.overdue_by_department, RequestFilter(), as_of=AS_OF)
    assert list(frame.columns) == list(stale.COLUMNS)
    assert frame.empty
