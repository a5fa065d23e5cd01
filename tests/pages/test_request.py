"""A request's page tells what is known of it and why it is judged as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from components.request.detail import due_sentence
from tests.builders import closed_request, open_request
from tests.pages.conftest import Open, said

Fill = Callable[..., Path]

ROWS = [
    open_request("Fri 2026-07-10 12:00", sr_number="1-111", address="10 *MAIN* ST", place_id="main"),
    open_request(
        "Wed 2026-07-01 12:00", due="Wed 2026-07-08 12:00", due_source="city", sr_number="1-222", place_id="main"
    ),
    closed_request("Wed 2026-07-01 12:00", "Thu 2026-07-02 12:00", due="Sat 2026-07-04 12:00", sr_number="1-333"),
    closed_request("Wed 2026-07-01 12:00", "Mon 2026-07-06 12:00", due="Sat 2026-07-04 12:00", sr_number="1-334"),
]


def test_an_overdue_request_says_by_how_much_and_whose_date_it_is(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    words = said(visit("request", sr="1-222"))
    assert "Due Wed 8 Jul 2026, 12:00: the city's own date" in words
    assert "still open, 2 days past due" in words


def test_a_closed_request_says_how_early_or_late_it_was(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    assert "2 days before it was due" in said(visit("request", sr="1-333"))
    assert "2 days late" in said(visit("request", sr="1-334"))


def test_without_a_promise_it_says_so(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    assert "never published a target" in said(visit("request", sr="1-111"))


def test_markup_in_the_data_is_shown_as_text(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("request", sr="1-111")
    shown = [text for table in desk.table for text in table.value.to_numpy().ravel()]
    assert r"10 \*MAIN\* ST" in shown


def test_a_search_says_when_more_match_than_are_listed(fill: Fill, visit: Open) -> None:
    rows = [open_request("Fri 2026-07-10 12:00", sr_number=f"9-{number:02d}") for number in range(21)]
    fill(rows)
    desk = visit("request", find="9-")
    assert "The newest 20 that match" in said(desk)
    assert len(desk.dataframe[0].value) == 20
    fill(rows[:20])
    assert "20 match" in said(visit("request", find="9-"))


def test_a_goal_of_one_hour_around_the_clock_is_said_so() -> None:
    goal = {"goal_amount": 1.0, "goal_unit": "hours", "goal_calendar": "always", "goal_basis": "draft"}
    request = pd.Series(
        {"due_at": pd.Timestamp("2026-07-10 13:00"), "due_source": "goal", "goal_citation": None} | goal
    )
    assert "13:00: 1 hour after creation, around the clock (draft" in due_sentence(request)


def test_codes_are_read_as_words(fill: Fill, visit: Open) -> None:
    code = {"outcome": "nothing_found", "source_system": "myla311_cases", "place_id": "main", "department": "LASAN"}
    fill([*ROWS, closed_request("Wed 2026-07-01 12:00", "Thu 2026-07-02 12:00", sr_number="1-444", **code)])
    other = visit("request", sr="1-111").dataframe[0].value.set_index("sr_number").loc["1-444"]
    assert (other["outcome"], other["department"]) == ("nothing found", "Sanitation")
    where = visit("request", sr="1-444").table[1].value
    assert "myla311 cases" in where.to_numpy().ravel().tolist()


def test_a_number_of_two_systems_is_one_request_in_chain_facts_and_links(fill: Fill, visit: Open) -> None:
    """The chain of a request holds none of another system, and a call of both systems names the other one."""
    graffiti = {"source_system": "myla311_cases", "service_type": "Graffiti Removal", "place_id": "99 Z AVE"}
    link = {"repeat_kind": "asked_again", "repeat_of": "1-1"}
    fill(
        [
            open_request("Wed 2026-07-01 12:00", sr_number="1-1", place_id="10 A ST"),
            closed_request("Wed 2026-07-01 12:00", "Thu 2026-07-02 12:00", sr_number="1-1", **graffiti),
            open_request("Sat 2026-07-04 12:00", sr_number="1-2", **link, **graffiti),
            open_request(
                "Sun 2026-07-05 12:00", sr_number="1-3", place_id="99 Z AVE", repeat_of_system="myla311_cases", **link
            ),
        ]
    )
    assert "about the same" not in said(visit("request", sr="1-1", system="myla311"))
    chained = visit("request", sr="1-2", system="myla311_cases")
    told = chained.dataframe[0].value
    assert told["sr_number"].tolist() == ["1-1", "1-2", "1-3"]
    assert told["repeat_of"].tolist()[1:] == ["1-1", "1-1 (myla311 cases)"]
    alone = visit("request", sr="1-1")  # as an older link names it
    assert "2 source systems have this number; this is the one of myla311." in said(alone)
    assert "The one of myla311 cases" in [link.proto.label.replace("\\", "") for link in alone.get("page_link")]


def test_others_at_the_place_are_listed(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    assert list(visit("request", sr="1-111").dataframe[0].value["sr_number"]) == ["1-222"]


def test_the_chain_of_repeats_is_shown_in_time_up_to_the_moment(fill: Fill, visit: Open) -> None:
    fill(
        [
            closed_request("Wed 2026-07-01 12:00", "Thu 2026-07-02 12:00", sr_number="1-1"),
            open_request("Wed 2026-07-01 12:30", sr_number="1-2", repeat_kind="same_call", repeat_of="1-1"),
            open_request("Fri 2026-07-03 12:00", sr_number="1-3", repeat_kind="asked_again", repeat_of="1-1"),
            open_request("Mon 2026-07-06 12:00", sr_number="1-4", repeat_kind="chaser", repeat_of="1-3"),
        ]
    )
    desk = visit("request", sr="1-3")
    told = desk.dataframe[0].value
    assert told["sr_number"].tolist() == ["1-1", "1-2", "1-3", "1-4"]
    assert told["kind"].tolist() == ["First request", "Same call", "Asked again (this one)", "Chaser"]
    assert "4 requests about the same" in said(desk)
    assert "number 3" in said(desk)
    earlier = visit("request", sr="1-3", as_of="2026-07-03T13:00")
    assert earlier.dataframe[0].value["sr_number"].tolist() == ["1-1", "1-2", "1-3"]


def test_a_request_without_repeats_has_no_chain(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    assert "about the same" not in said(visit("request", sr="1-111"))


def test_a_number_nobody_knows_is_answered_in_words(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    assert "No request has this number" in said(visit("request", sr="9-999"))


def test_a_search_that_fits_several_lists_them_and_one_that_fits_one_opens_it(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    assert set(visit("request", find="1-33").dataframe[0].value["sr_number"]) == {"1-333", "1-334"}
    assert "Request 1-222" in said(visit("request", find="1-222"))
    assert "Nothing matches" in said(visit("request", find="zzz"))


def test_without_a_number_it_says_where_to_type_one(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    assert "number or an address" in said(visit("request"))
