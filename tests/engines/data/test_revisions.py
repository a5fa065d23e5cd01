"""Each week as it was first published against as it is known now, and source systems that cover the same days."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from db.model.filters import RequestFilter
from db.model.overlap import sentences
from db.queries.data import revisions
from tests.builders import closed_request, moment, open_request

AS_OF = datetime(2026, 7, 17, 12)  # a Friday; the week from 6 July is the last whole one
FILTERS = RequestFilter()


def a_load(load_id: int, reaches: str) -> dict[str, Any]:
    counts = dict.fromkeys(("read", "inserted", "updated", "unchanged", "stale", "repeated", "rejected"), 0)
    times = {"started_at": AS_OF, "finished_at": AS_OF, "created_max": moment(reaches)}
    return {"load_id": load_id, "file": "a.csv", "layout": "x", **counts, **times}


def a_change(sr_number: str, load_id: int, before: str | None, after: str | None) -> dict[str, Any]:
    at = {"closed_at_before": before and moment(before), "closed_at_after": after and moment(after)}
    return {
        "source_system": "myla311",
        "sr_number": sr_number,
        "load_id": load_id,
        "status_before": "open" if before is None else "closed",
        "status_after": "open" if after is None else "closed",
        **at,
    }


def test_what_came_later_is_told_from_what_was_published_first(both) -> None:
    ask = both(
        [
            closed_request("Mon 2026-07-06 09:00", "Tue 2026-07-07 09:00", sr_number="plain"),
            open_request("Wed 2026-07-08 09:00", first_load=3, sr_number="reported-late"),
            closed_request("Mon 2026-07-06 10:00", "Thu 2026-07-09 09:00", sr_number="closing-came-late"),
            open_request("Mon 2026-07-06 11:00", sr_number="reopened"),
        ],
        load_runs=[a_load(1, "Fri 2026-07-10 12:00"), a_load(2, "Mon 2026-07-13 08:00"), a_load(3, "2026-07-17 12:00")],
        status_history=[
            a_change("closing-came-late", 3, None, "Thu 2026-07-09 09:00"),
            a_change("reopened", 3, "Wed 2026-07-08 09:00", None),
        ],
    )
    (row,) = ask(revisions.by_week, FILTERS, as_of=AS_OF).to_dict("records")
    assert row["week_start"] == datetime(2026, 7, 6)
    assert row["published_load"] == 2
    assert (row["created_first"], row["created_now"], row["late_count"]) == (3, 4, 1)
    # As published: "plain" and the one reopened since. Now: "plain" and the one whose closing came late.
    assert (row["closed_first"], row["closed_now"], row["correction_count"]) == (2, 2, 0)


def test_a_week_that_no_load_has_reached_the_end_of_is_left_out(both) -> None:
    ask = both([open_request("Mon 2026-07-06 09:00")], load_runs=[a_load(1, "Mon 2026-07-06 09:00")])
    frame = ask(revisions.by_week, FILTERS, as_of=AS_OF)
    assert frame.empty
    assert "correction_count" in frame


def test_two_systems_that_cover_the_same_days_are_told_with_their_counts(both) -> None:
    ask = both(
        [
            open_request("Sat 2025-03-01 09:00", source_system="old"),
            open_request("Fri 2025-03-28 09:00", source_system="new"),
            open_request("Sat 2025-03-29 09:00", source_system="old"),
            open_request("Mon 2025-12-01 09:00", source_system="new"),
        ]
    )
    found = ask(revisions.overlaps)
    (row,) = found.to_dict("records")
    assert (row["system"], row["other_system"]) == ("new", "old")
    assert (row["first_on"], row["last_on"]) == (datetime(2025, 3, 28), datetime(2025, 3, 29))
    assert (row["request_count"], row["other_request_count"]) == (1, 1)
    assert "2025-03-28 to 2025-03-29" in sentences(found)[0]


def test_systems_one_after_the_other_do_not_overlap(both) -> None:
    ask = both(
        [
            open_request("Sat 2025-03-01 09:00", source_system="old"),
            open_request("Sun 2025-03-02 09:00", source_system="new"),
        ]
    )
    frame = ask(revisions.overlaps)
    assert frame.empty
    assert list(frame) == list(revisions.overlap.COLUMNS)
