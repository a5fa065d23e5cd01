"""What the data are, on both engines."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from db.model.filters import Period, RequestFilter
from db.queries.data import freshness
from db.queries.goals import in_force
from tests.builders import cancelled_request, closed_request, moment, open_request

AS_OF = moment("Wed 2026-07-08 12:00")
NOW = datetime(2026, 8, 1, 9)
CITY = {"key": "los_angeles", "name": "Los Angeles"}


@pytest.mark.parametrize(
    ("city", "expected"),
    [
        ({"source_kind": "file"}, datetime(2026, 7, 3, 16, 59)),
        ({"source_kind": "demo", "demo_until": datetime(2026, 9, 1)}, NOW),
        ({"source_kind": "demo", "demo_until": datetime(2026, 7, 20)}, datetime(2026, 7, 20)),
        ({"source_kind": "feed", "last_contact_at": datetime(2026, 7, 31, 23)}, datetime(2026, 7, 31, 23)),
    ],
)
def test_as_of_follows_from_the_kind_of_source(both, city, expected):
    rows = [
        closed_request(closed="Fri 2026-07-31 09:00"),
        open_request("Sat 2050-01-01 00:00", flags="future_date,no_coordinates"),
    ]
    assert both(rows, city=[CITY | city])(freshness.default_as_of, NOW) == expected


def test_what_is_still_to_come_is_not_counted_among_the_data(both):
    words = {"flags": "unknown_channel", "channel": "Pigeon"}
    ask = both(
        [
            closed_request("Fri 2026-07-03 16:59", "Wed 2026-07-08 11:00", **words),
            closed_request("Sat 2026-07-04 09:00", "Wed 2026-07-08 12:01", updated="Wed 2026-07-08 12:01", **words),
            open_request("Wed 2026-07-08 12:01", **words),
        ]
    )
    span = ask(freshness.data_span, until=AS_OF).iloc[0]
    assert (span["request_count"], span["last_created_at"]) == (2, moment("Sat 2026-07-04 09:00"))
    assert span["last_closed_at"] == moment("Wed 2026-07-08 11:00")
    assert span.isna()["last_updated_at"]
    assert ask(freshness.unknowns, until=AS_OF)["request_count"].tolist() == [2]
    assert ask(freshness.data_span)["request_count"][0] == ask(freshness.unknowns)["request_count"][0] == 3


def test_an_empty_database_is_as_of_now(both):
    ask = both()
    assert ask(freshness.default_as_of, NOW) == NOW
    assert ask(freshness.data_span)["request_count"].tolist() == [0]
    for question in (freshness.city, freshness.loads, freshness.rejects, freshness.options, freshness.unknowns):
        assert ask(question).empty
    assert ask(freshness.flags, RequestFilter(), as_of=AS_OF).columns.tolist() == [
        *("flag", "request_count", "population_count", "share", "examples")
    ]


def test_the_steps_from_raw_to_residents_add_up(both):
    ask = both(
        [
            open_request(),
            open_request("Wed 2026-07-08 12:01"),
            closed_request(is_proactive=True),
            closed_request(exclusion_reason="not_a_service", is_proactive=True),
            open_request(exclusion_reason="test"),
            cancelled_request(),
            cancelled_request(closed="Wed 2026-07-08 12:01"),
            cancelled_request(closed=None, exclusion_reason="duplicate", status="duplicate"),
            closed_request(exclusion_reason="acknowledged", status="acknowledged"),
        ]
    )
    frame = ask(freshness.waterfall, RequestFilter(), as_of=AS_OF)
    found = dict(zip(frame["step"], frame["request_count"], strict=True))
    assert found == {
        "raw": 8,
        "not_a_service": 1,
        "test": 1,
        "cancelled": 1,
        "duplicate": 1,
        "acknowledged": 1,
        "eligible": 3,
        "proactive": 1,
        "residents": 2,
    }
    later = RequestFilter(period=Period("later", moment("2026-07-04").date(), moment("2026-07-31").date()))
    assert ask(freshness.waterfall, later, as_of=AS_OF)["request_count"].sum() == 0


def test_flags_are_counted_one_by_one_with_their_newest_examples(both):
    ask = both(
        [
            open_request("Wed 2026-07-01 09:00", sr_number="a", flags="no_coordinates,unknown_owner"),
            open_request("Thu 2026-07-02 09:00", sr_number="b", flags="no_coordinates"),
            open_request("Fri 2026-07-03 09:00", sr_number="c", flags="no_coordinates"),
            open_request("Fri 2026-07-03 10:00", sr_number="d", flags="no_coordinates"),
            open_request(sr_number="e"),
        ]
    )
    frame = ask(freshness.flags, RequestFilter(), as_of=AS_OF)
    assert frame.to_numpy().tolist() == [
        ["no_coordinates", 4, 5, 0.8, "d, c, b"],
        ["unknown_owner", 1, 5, 0.2, "a"],
    ]


def test_options_are_in_natural_order_under_their_names(both):
    ask = both(
        [
            open_request(council_district=name, department=owner)
            for name, owner in (("10", "B"), ("2", "A"), ("2", "A"))
        ],
        departments=[
            {"department": "A", "name": "Zoo"},
            {"department": "B", "name": "animals"},
        ],
    )
    frame = ask(freshness.options)
    assert frame[frame["kind"] == "council_district"]["value"].tolist() == ["2", "10"]
    assert frame[frame["kind"] == "department"]["value"].tolist() == ["B", "A"]


def test_options_are_of_requests_made_by_the_moment(both):
    rows = [open_request(AS_OF, council_district="1"), open_request(AS_OF + timedelta(seconds=1), council_district="2")]
    ask = both(rows)

    def districts(**named):
        frame = ask(freshness.options, **named)
        return frame[frame["kind"] == "council_district"]["value"].tolist()

    assert districts(as_of=AS_OF) == ["1"]
    assert districts() == ["1", "2"]


def test_words_that_the_profile_does_not_know_are_listed_with_their_counts(both):
    ask = both(
        [
            open_request(flags="unknown_owner", source_department="XYZ"),
            open_request("Sat 2026-07-04 09:00", flags="no_coordinates,unknown_owner", source_department="XYZ"),
            open_request(flags="unknown_owner,unknown_type", source_department="ABC", source_service_type="MOON DUST"),
            closed_request(flags="unknown_resolution", resolution_code="ZZ"),
            open_request(flags="unknown_channel", channel="pigeon"),
            open_request(flags="unknown_status", source_status="Pondering"),
            open_request(),
        ],
        service_types=[
            {
                "service_type": "Pothole",
                "public_name": "Pothole",
                "calendar": "office",
                "safety_points": 0.0,
                "is_sensitive": False,
                "is_service": True,
                "is_contracted": False,
                "repeat_means": "problem",
            }
        ],
    )
    frame = ask(freshness.unknowns)
    assert frame[["kind", "value", "request_count"]].to_numpy().tolist() == [
        ["owner", "XYZ", 2],
        ["owner", "ABC", 1],
        ["service_type", "MOON DUST", 1],
        ["resolution_code", "ZZ", 1],
        ["channel", "pigeon", 1],
        ["status", "Pondering", 1],
    ]
    held = ask(in_force.in_force, as_of=AS_OF)
    assert held[["service_type", "basis"]].to_numpy().tolist() == [["Pothole", "none"]]


def test_two_forms_of_an_unknown_word_are_counted_together_in_the_commonest(both):
    forms = ["In Progress", "in progress", "In Progress", "IN  PROGRESS ", "Held"]
    rows = [open_request(flags="unknown_status", source_status=form) for form in forms]
    found = both(rows)(freshness.unknowns, limit=1)
    assert found[["kind", "value", "request_count"]].to_numpy().tolist() == [["status", "In Progress", 4]]


def test_loads_and_rejects_are_listed_newest_first(both):
    run = {
        "layout": "legacy",
        "read": 3,
        "inserted": 1,
        "updated": 0,
        "unchanged": 0,
        "stale": 0,
        "repeated": 0,
        "rejected": 2,
    }
    run |= {"started_at": datetime(2026, 7, 1, 9), "finished_at": datetime(2026, 7, 1, 9, 0, 30)}
    ask = both(
        load_runs=[run | {"load_id": 1, "file": "a.csv"}, run | {"load_id": 2, "file": "b.csv"}],
        rejected_rows=[{"load_id": 1, "line": line, "reason": "no number", "raw": ";"} for line in (9, 4)],
    )
    assert ask(freshness.loads)[["file", "seconds"]].to_numpy().tolist() == [["b.csv", 30.0], ["a.csv", 30.0]]
    assert ask(freshness.rejects)[["line", "file"]].to_numpy().tolist() == [[4, "a.csv"], [9, "a.csv"]]
    assert ask(freshness.rejects, load_id=2).empty


def test_the_goal_in_force_is_the_last_that_has_begun_and_was_not_withdrawn(both):
    kind = {"public_name": "x", "calendar": "office", "safety_points": 0.0, "repeat_means": "problem"}
    kind |= {"is_sensitive": False, "is_service": True, "is_contracted": False}
    goal = {"unit": "hours", "calendar": "office", "basis": "published"}
    ask = both(
        service_types=[kind | {"service_type": "A"}, kind | {"service_type": "B"}],
        goals=[
            goal | {"goal_id": 1, "service_type": "A", "amount": 72.0},
            goal | {"goal_id": 2, "service_type": "A", "amount": 48.0, "effective_on": moment("2026-07-08").date()},
            goal | {"goal_id": 3, "service_type": "A", "amount": 24.0, "effective_on": moment("2026-07-09").date()},
            goal | {"goal_id": 4, "service_type": "B", "amount": 24.0, "withdrawn_on": moment("2026-07-08").date()},
        ],
    )
    held = ask(in_force.in_force, as_of=AS_OF)
    assert held["amount"].fillna(0).tolist() == [48.0, 0.0]
    assert held["basis"].tolist() == ["published", "none"]
    assert ask(in_force.versions)["goal_id"].tolist() == [1, 2, 3, 4]


def test_an_impossibly_early_row_counts_but_does_not_tell_when_the_data_begin(both):
    rows = [open_request("1905-01-01 00:00", flags="past_date"), open_request("Mon 2026-07-06 09:00")]
    span = both(rows)(freshness.data_span).iloc[0]
    assert (span["request_count"], span["first_created_at"]) == (2, moment("Mon 2026-07-06 09:00"))
