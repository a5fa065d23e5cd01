"""Single requests and lists of them, on both engines."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db.model.filters import Period, RequestFilter
from db.queries.request import requests
from tests.builders import cancelled_request, closed_request, moment, open_request

AS_OF = moment("Wed 2026-07-08 12:00")
GOAL = {
    "goal_id": 7,
    "service_type": "Pothole",
    "amount": 3.0,
    "unit": "business_days",
    "calendar": "office",
    "basis": "published",
    "citation": "Budget 2026",
}


def test_an_address_is_found_in_any_spelling(both):
    rows = [
        open_request(
            sr_number="1-1", address="7989 BRANFORD AVE, SUN VALLEY, CA, 91352", address_norm="7989 BRANFORD AVE"
        ),
        open_request(sr_number="1-2", address="RAMONA ST AT YOSEMITE AVE", address_norm="RAMONA ST & YOSEMITE AVE"),
    ]
    ask = both(rows)
    for text, number in (
        ("7989 Branford Avenue", "1-1"),
        ("7989 branford", "1-1"),
        ("Yosemite Ave and Ramona St", "1-2"),
        ("#1-2", "1-2"),
    ):
        assert ask(requests.search, text, as_of=AS_OF)["sr_number"].tolist() == [number]


def test_one_request_comes_with_its_verdict_and_the_goal_it_is_judged_by(both):
    ask = both(
        [open_request(sr_number="1-1", goal_id=7, due="Wed 2026-07-08 12:00"), open_request(sr_number="1-2")],
        goals=[GOAL],
        departments=[{"department": "BSS", "name": "Street Services"}],
    )
    found = ask(requests.one, "1-1", as_of=AS_OF).iloc[0]
    assert (found["verdict"], found["is_overdue"], found["goal_multiple"]) == ("missed", True, 1.0)
    assert (found["goal_amount"], found["goal_unit"], found["goal_citation"]) == (3.0, "business_days", "Budget 2026")
    assert (found["department_name"], found["public_name"]) == ("Street Services", None)
    assert ask(requests.one, "1-3", as_of=AS_OF).empty
    assert ask(requests.one, "1-1", as_of=moment("Fri 2026-07-03 16:58")).empty


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (closed_request(closed="Mon 2026-07-06 09:00", due="Mon 2026-07-06 09:00"), "met"),
        (closed_request(closed="Mon 2026-07-06 09:01", due="Mon 2026-07-06 09:00"), "missed"),
        (closed_request(closed="Wed 2026-07-08 12:01", due="Thu 2026-07-09 09:00"), "pending"),
        (closed_request(closed="Wed 2026-07-08 12:01", due="Wed 2026-07-08 12:00"), "missed"),
        (closed_request(closed=None, due="Thu 2026-07-09 09:00"), "unknown"),
        (closed_request("Mon 2026-07-06 09:00", "Mon 2026-07-06 08:59", due="Thu 2026-07-09 09:00"), "unknown"),
        (
            closed_request("Mon 2026-07-06 09:00", "Mon 2026-07-06 00:00", due="Tue 2026-07-07", closed_by_day=True),
            "met",
        ),
        (closed_request(closed="Mon 2026-07-06 09:00"), "no_goal"),
        (open_request(due="Thu 2026-07-09 09:00"), "pending"),
        (open_request(due="Mon 2026-07-06 09:00", goal_basis="draft"), "no_goal"),
    ],
)
def test_the_verdict_is_one_of_as_of(both, row, verdict):
    assert (
        both([row])(requests.list_requests, RequestFilter(), as_of=AS_OF, columns=["verdict"])["verdict"][0] == verdict
    )


def test_what_a_later_closing_brought_is_shown_nowhere(both):
    later = {
        "source_status": "Cancelled",
        "resolution_code": "QC",
        "reason_code": "R",
        "city_verdict": "missed",
        "updated": "Wed 2026-07-08 12:01",
        "due": "Tue 2026-07-07 12:00",
        "place_id": "p",
    }
    test_row = {"sr_number": "test", "exclusion_reason": "test", "place_id": "p"}
    ask = both(
        [
            cancelled_request("Fri 2026-07-03 16:59", "Wed 2026-07-08 12:01", sr_number="later", **later),
            closed_request("Fri 2026-07-03 16:58", "Wed 2026-07-08 12:01", **test_row),
        ]
    )
    names = [
        "status",
        "status_at",
        "outcome_at",
        "is_open",
        "closed_at",
        *later.keys() - {"updated", "due", "place_id"},
    ]
    names += ["outcome", "closed_on_time", "exclusion_reason", "updated_at"]
    listed = ask(requests.list_requests, RequestFilter(), as_of=AS_OF, columns=names).iloc[0]
    assert listed[["status", "status_at", "is_open"]].tolist() == ["open", "open", True]
    assert listed.drop(["status", "status_at", "is_open"]).isna().all()
    one = ask(requests.one, "later", as_of=AS_OF).iloc[0]
    assert one[names].drop(["status", "status_at", "is_open"]).isna().all()
    assert ask(requests.one, "test", as_of=AS_OF)["exclusion_reason"][0] == "test"
    for found in (
        ask(requests.search, "later", as_of=AS_OF),
        ask(requests.same_place, "test", as_of=AS_OF),
        ask(requests.chain, "later", as_of=AS_OF),
    ):
        assert found[["sr_number", "status"]].to_numpy().tolist() == [["later", "open"]]
        assert found[["closed_at", "outcome"]].isna().all(axis=None)
    known = moment("Wed 2026-07-08 12:01")
    everyone = RequestFilter(population="raw")
    assert ask(requests.list_requests, everyone, as_of=known, columns=["closed_at"])["closed_at"].notna().all()


def test_a_list_without_columns_is_refused(both):
    with pytest.raises(ValueError, match="columns are empty"):
        both([])(requests.list_requests, RequestFilter(), as_of=AS_OF, columns=[])


def test_a_list_holds_what_was_created_in_the_period(both):
    ask = both(
        [
            open_request("Sun 2026-07-05 23:59"),
            open_request("Mon 2026-07-06 00:00", sr_number="in"),
            open_request("Tue 2026-07-07 00:00"),
        ]
    )
    monday = Period("monday", moment("2026-07-06").date(), moment("2026-07-07").date())
    frame = ask(requests.list_requests, RequestFilter(period=monday), as_of=AS_OF, columns=["sr_number", "h3_cell"])
    assert frame["sr_number"].tolist() == ["in"]
    with pytest.raises(ValueError, match="columns wrong, worse are not among source_system"):
        ask(requests.list_requests, RequestFilter(), as_of=AS_OF, columns=["wrong", "sr_number", "worse"])


def test_the_neighbours_in_a_place_come_newest_first(both):
    ask = both(
        [
            open_request("Wed 2026-07-01 09:00", sr_number="a", place_id="p"),
            closed_request("Thu 2026-07-02 09:00", "Thu 2026-07-09 09:00", sr_number="b", place_id="p"),
            open_request("Fri 2026-07-03 09:00", sr_number="c", place_id="q"),
            open_request("Fri 2026-07-03 09:00", sr_number="d", place_id="p", is_proactive=True),
            open_request("Fri 2026-07-10 09:00", sr_number="e", place_id="p"),
            open_request("Fri 2026-07-03 09:00", sr_number="f"),
        ]
    )
    frame = ask(requests.same_place, "a", as_of=AS_OF)
    assert frame[["sr_number", "status", "is_open"]].to_numpy().tolist() == [["d", "open", True], ["b", "open", True]]
    assert ask(requests.same_place, "f", as_of=AS_OF).empty


def test_a_chain_is_the_same_from_each_of_its_links(both):
    ask = both(
        [
            closed_request("Mon 2026-06-01 09:00", "Tue 2026-06-02 09:00", sr_number="a"),
            closed_request("Wed 2026-06-03 09:00", "Thu 2026-06-04 09:00", sr_number="b", repeat_of="a"),
            open_request("Fri 2026-06-05 09:00", sr_number="c", repeat_of="b"),
            open_request("Fri 2026-06-05 10:00", sr_number="d", repeat_of="a"),
            open_request("Fri 2026-07-10 10:00", sr_number="not yet", repeat_of="a"),
            open_request("Fri 2026-06-05 10:00", sr_number="alone"),
            open_request("Fri 2026-06-05 10:00", sr_number="x", repeat_of="y"),
            open_request("Fri 2026-06-05 10:00", sr_number="y", repeat_of="x"),
        ]
    )
    for link in "abcd":
        assert ask(requests.chain, link, as_of=AS_OF)["sr_number"].tolist() == ["a", "b", "c", "d"], link
    assert ask(requests.chain, "alone", as_of=AS_OF)["sr_number"].tolist() == ["alone"]
    assert ask(requests.chain, "x", as_of=AS_OF)["sr_number"].tolist() == ["x", "y"]
    assert ask(requests.chain, "nobody", as_of=AS_OF).empty


def test_a_search_finds_numbers_before_addresses_and_takes_signs_as_written(both):
    ask = both(
        [
            open_request("Wed 2026-07-01 09:00", sr_number="1-10", address="5 MAIN ST"),
            open_request("Thu 2026-07-02 09:00", sr_number="1-100", address="100% MAIN_ST"),
            open_request("Fri 2026-07-03 09:00", sr_number="2-5", address="1-10 ELM"),
        ]
    )
    found = ask(requests.search, "1-10", as_of=AS_OF)
    assert found[["sr_number", "matched"]].to_numpy().tolist() == [
        ["1-10", "number"],
        ["1-100", "number"],
        ["2-5", "address"],
    ]
    assert ask(requests.search, "main st", as_of=AS_OF)["sr_number"].tolist() == ["1-10"]
    assert ask(requests.search, "0%", as_of=AS_OF)["sr_number"].tolist() == ["1-100"]
    assert ask(requests.search, "  ", as_of=AS_OF).empty


def test_a_history_is_told_oldest_first(both):
    change = {"source_system": "myla311", "sr_number": "a", "status_before": "open", "status_after": "closed"}
    ask = both(
        status_history=[
            change | {"load_id": 3, "seen_at": AS_OF, "status_after": "open", "status_before": "closed"},
            change | {"load_id": 2, "seen_at": AS_OF - timedelta(days=1)},
        ]
    )
    assert ask(requests.history, "a", as_of=AS_OF)["status_after"].tolist() == ["closed", "open"]
    before = ask(requests.history, "a", as_of=AS_OF - timedelta(seconds=1))
    assert before["status_after"].tolist() == ["closed"]  # what was seen later is not known yet
    assert ask(requests.history, "b", as_of=AS_OF, source_system="myla311").empty
