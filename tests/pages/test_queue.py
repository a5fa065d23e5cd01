"""The queue opens on any data, in the order to work it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.builders import open_request
from tests.pages.conftest import Open, said

Fill = Callable[..., Path]

# As of Friday 10 July 2026 12:00.
ROWS = [
    open_request("Fri 2026-07-10 12:00", sr_number="no-goal", department="LASAN"),
    open_request("Mon 2026-06-29 12:00", sr_number="older-without-goal"),
    open_request("Thu 2026-07-09 12:00", due="Mon 2026-07-13 12:00", sr_number="due-monday"),
    open_request("Thu 2026-07-09 12:00", due="Sat 2026-07-11 12:00", sr_number="due-saturday"),
    open_request("Wed 2026-07-01 12:00", due="Thu 2026-07-09 12:00", sr_number="just-over", council_district="4"),
    open_request("Wed 2026-07-08 12:00", due="Thu 2026-07-09 12:00", sr_number="twice-its-goal"),
]


def test_the_order_is_overdue_by_multiples_then_nearest_due_then_oldest(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    assert list(visit("queue").dataframe[0].value["sr_number"]) == [
        "twice-its-goal",
        "just-over",
        "due-saturday",
        "due-monday",
        "older-without-goal",
        "no-goal",
    ]


def test_a_link_can_ask_for_one_lane_and_one_district(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    assert list(visit("queue", lane="overdue", district="4").dataframe[0].value["sr_number"]) == ["just-over"]


def test_switching_the_lane_changes_the_list_and_the_link(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("queue", department="BSS")
    desk.get_by_key("choose_lane").set_value("keepable").run()
    assert list(desk.dataframe[0].value["sr_number"]) == ["due-saturday", "due-monday"]
    assert desk.query_params == {"department": "BSS", "lane": "keepable"}


def test_an_empty_list_names_what_emptied_it(fill: Fill, visit: Open) -> None:
    fill(ROWS[:1])
    assert "Already overdue" in said(visit("queue", lane="overdue"))


def test_a_lane_that_does_not_exist_is_named_and_all_are_shown(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("queue", lane="sideways", page="x")
    assert "sideways" in said(desk)
    assert len(desk.dataframe[0].value) == 6


def test_a_page_beyond_the_last_shows_the_last(fill: Fill, visit: Open) -> None:
    rows = [open_request("Fri 2026-07-10 12:00", sr_number=f"{number:03d}") for number in range(101)]
    fill(rows)
    assert list(visit("queue", page="9").dataframe[0].value["sr_number"]) == ["100"]
