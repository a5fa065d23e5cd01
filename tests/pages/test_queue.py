"""The queue opens on any data, in the order to work it, and stays still while it is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.builders import closed_request, open_request
from tests.pages.conftest import Open, figure, said

Fill = Callable[..., Path]

# As of Friday 10 July 2026 12:00. Potholes have 14 of 30 safety points, the office closes at 17:00.
ROWS = [
    open_request("Fri 2026-07-10 12:00", sr_number="no-goal", department="LASAN"),
    open_request("Mon 2026-06-29 12:00", sr_number="older-without-goal"),
    open_request("Thu 2026-07-09 12:00", due="Mon 2026-07-13 12:00", sr_number="due-monday"),
    open_request("Thu 2026-07-09 12:00", due="Fri 2026-07-10 16:00", sr_number="due-today"),
    open_request("Wed 2026-07-01 12:00", due="Thu 2026-07-09 12:00", sr_number="just-over", council_district="4"),
    open_request("Wed 2026-07-08 12:00", due="Thu 2026-07-09 12:00", sr_number="twice-its-goal"),
]
IN_ORDER = ["twice-its-goal", "just-over", "due-today", "due-monday", "older-without-goal", "no-goal"]


def listed(desk: AppTest) -> list[str]:
    return list(desk.dataframe[0].value["sr_number"])


def tick(desk: AppTest, *rows: int) -> None:
    """Tick rows of the table by their place on the page, as the browser reports it."""
    desk.session_state[desk.dataframe[0].key] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    desk.run()


def shown_ticked(desk: AppTest) -> list[str]:
    """The numbers of the rows that the table shows ticked when it is drawn first."""
    rows = json.loads(desk.dataframe[0].proto.selection_default)["selection"]["rows"]
    return [listed(desk)[row] for row in rows]


def test_the_order_is_by_points_and_every_row_says_why(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("queue")
    assert listed(desk) == IN_ORDER
    first = desk.dataframe[0].value.iloc[0]
    assert first["why"] == "overdue by 1 day, 2.0 times its goal"
    # Twice its goal: three quarters of the clock's 40; two of (2 + 30) days make 0.9 of the 15 for waiting.
    assert (first["points_clock"], first["points_waiting"]) == (30.0, 0.9)
    parts = ["points_safety", "points_clock", "points_asked_again", "points_waiting"]
    assert abs(first[parts].sum() - first["points"]) < 1e-6


def test_a_part_of_the_ageing_strip_is_named_only_where_its_name_fits(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    (strip,) = visit("queue").get("vega_lite_chart")
    name = json.loads(strip.proto.spec)["layer"][1]["encoding"]["text"]
    assert name["value"] == ""
    assert "width" in name["condition"]["test"]


def test_the_plain_order_remains_at_hand(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("queue", order="plain")
    assert listed(desk) == [
        *("twice-its-goal", "just-over", "due-today", "due-monday", "older-without-goal", "no-goal"),
    ]


def test_the_oldest_come_first_over_all_pages_and_a_heading_is_said_to_sort_one(fill: Fill, visit: Open) -> None:
    fill([*ROWS, *(open_request("Fri 2026-07-10 11:00", sr_number=f"{number:03d}") for number in range(100))])
    desk = visit("queue", order="oldest")
    assert listed(desk)[:3] == ["older-without-goal", "just-over", "twice-its-goal"]
    assert "oldest first" in said(desk)
    assert "A heading sorts these rows only" in said(desk)


def test_the_table_begins_with_what_a_manager_reads_and_the_export_keeps_the_codes(fill: Fill, visit: Open) -> None:
    addresses = ("100 MAIN ST, LOS ANGELES, CA, 90012", "7 LOS ANGELES ST, Los Angeles", "5 ELM ST, BURBANK, CA")
    fill([open_request("Fri 2026-07-10 12:00", address=address, department="BSS") for address in addresses])
    table = visit("queue").dataframe[0].value
    first = ["sr_number", "address", "service_type", "department", "due_at", "goal_multiple", "points", "why"]
    assert list(table)[:8] == first
    assert sorted(table["address"]) == ["100 MAIN ST", "5 ELM ST, BURBANK, CA", "7 LOS ANGELES ST"]
    assert set(table["department"]) == {"Street Services"}


def test_districts_sort_as_numbers(fill: Fill, visit: Open) -> None:
    fill([open_request("Fri 2026-07-10 12:00", council_district=district) for district in ("10", "2", None)])
    districts = visit("queue").dataframe[0].value["council_district"]
    assert districts.sort_values().dropna().tolist() == [2, 10]


def test_the_counters_and_the_radar_count_the_same_requests(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("queue")
    assert [figure(desk, name) for name in ("Open", "Overdue", "Due today")] == ["6", "2", "1"]
    assert [figure(desk, f"Due in {days} workdays") for days in (3, 7)] == ["2", "2"]


def test_a_link_can_ask_for_one_lane_and_one_district(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    assert listed(visit("queue", lane="overdue", district="4")) == ["just-over"]


def test_the_lanes_say_how_many_have_no_goal(fill: Fill, visit: Open) -> None:
    """All open (6), can still be kept (2) and already overdue (2) did not add up."""
    fill(ROWS)
    assert "2 have no goal" in said(visit("queue"))
    fill(ROWS[2:])
    assert "no goal" not in said(visit("queue"))


def test_switching_the_lane_changes_the_list_and_the_link(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("queue", department="BSS")
    desk.get_by_key("choose_lane").set_value("keepable").run()
    assert listed(desk) == ["due-today", "due-monday"]
    assert desk.query_params == {"department": "BSS", "lane": "keepable"}


def test_an_empty_list_names_what_emptied_it(fill: Fill, visit: Open) -> None:
    fill(ROWS[:1])
    assert "Already overdue" in said(visit("queue", lane="overdue"))


def test_departments_and_choices_are_named_as_people_name_them(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    assert "Residents' requests, Sanitation." in said(visit("queue", department="LASAN"))
    empty = said(visit("queue", department="LASAN", lane="overdue", type="Pothole"))
    assert "Chosen: Already overdue; Department: Sanitation; Type: Pothole; Residents only" in empty


def test_what_a_link_asks_for_and_does_not_exist_is_named_and_all_are_shown(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("queue", lane="sideways", order="odd", group="moon", view="tea", page="x")
    assert all(word in said(desk) for word in ("sideways", "odd", "moon", "tea"))
    assert len(listed(desk)) == 6


def test_a_page_beyond_the_last_shows_the_last(fill: Fill, visit: Open) -> None:
    rows = [open_request("Fri 2026-07-10 12:00", sr_number=f"{number:03d}") for number in range(101)]
    fill(rows)
    assert listed(visit("queue", page="9")) == ["100"]


def test_the_list_stays_as_it_is_until_the_newer_one_is_asked_for(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("queue")
    gone = closed_request("Wed 2026-07-08 12:00", "Fri 2026-07-10 12:30", sr_number="twice-its-goal")
    newer = [*ROWS[:-1], gone, open_request("Fri 2026-07-10 13:00", sr_number="new")]
    fill(newer)
    desk.run()
    assert listed(desk) == IN_ORDER
    assert "1 new, 1 closed" in said(desk)
    desk.get_by_key("show_newest").click().run()
    assert listed(desk) == [*IN_ORDER[1:], "new"]
    assert "1 new" not in said(desk)


def test_data_that_go_back_in_time_change_no_list_either(fill: Fill, visit: Open) -> None:
    fill([*ROWS, open_request("Fri 2026-07-10 13:00", sr_number="new")])
    desk = visit("queue")
    fill(ROWS)
    desk.run()
    assert "new" in listed(desk)
    assert "0 new, 1 closed" in said(desk)


def test_a_request_opens_beside_the_list_with_its_points(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("queue", sr="just-over", system="myla311")
    assert listed(desk) == IN_ORDER
    assert "Request just-over" in "\n".join(str(one.value) for one in desk.subheader).replace("\\", "")
    assert "2 of the 6 on this page" in said(desk)
    desk.get_by_key("queue_down").click().run()
    assert desk.query_params["sr"] == "due-today"
    desk.get_by_key("queue_back").click().run()
    assert "sr" not in desk.query_params


def test_a_request_that_is_not_there_is_said_to_be_so(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    assert "No request has the number nothing" in said(visit("queue", sr="nothing"))


def test_a_place_that_asked_again_opens_with_all_that_is_open_there(fill: Fill, visit: Open) -> None:
    here = {"place_id": "100 MAIN ST", "address": "100 Main St"}
    asked = open_request("Fri 2026-07-10 12:00", sr_number="again", repeat_kind="chaser", call_id="again", **here)
    fill([*ROWS, open_request("Fri 2026-07-10 10:00", sr_number="before", **here), asked])
    desk = visit("queue", sr="again", system="myla311", page="1")
    assert "second request at this address" in said(desk)
    desk.get_by_key("queue_place").click().run()
    assert desk.query_params == {"place": "100 MAIN ST"}
    assert sorted(listed(desk)) == ["again", "before"]


def test_groups_show_their_counts(fill: Fill, visit: Open) -> None:
    fill([*ROWS, open_request("Fri 2026-07-10 12:00", service_type="Graffiti Removal")])
    groups = visit("queue", group="type").dataframe[0].value
    assert groups.set_index("key")["open_count"].to_dict() == {"Pothole": 6, "Graffiti Removal": 1}


def test_a_tick_follows_its_request_over_pages_and_orders(fill: Fill, visit: Open) -> None:
    """The first row of another page is not ticked because the first row of this one is."""
    fill([open_request("Fri 2026-07-10 12:00", sr_number=f"{number:03d}") for number in range(150)])
    desk = visit("queue")
    tick(desk, 0, 2)
    assert desk.get_by_key("crew_add").label == "Put 2 on the crew list"
    desk.query_params["page"] = "2"
    desk.run()
    assert shown_ticked(desk) == []
    tick(desk, 0)
    assert desk.get_by_key("crew_add").label == "Put 3 on the crew list"
    del desk.query_params["page"]
    desk.run()
    assert shown_ticked(desk) == ["000", "002"]
    desk.get_by_key("crew_add").click().run()
    assert desk.query_params["stops"] == "000,002,100"
    assert shown_ticked(desk) == []


def test_a_tick_follows_its_request_into_another_lane_and_a_newer_list(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("queue")
    tick(desk, 0, 2)
    desk.get_by_key("choose_lane").set_value("keepable").run()
    assert shown_ticked(desk) == ["due-today"]
    assert desk.get_by_key("crew_add").label == "Put 2 on the crew list"
    fill(ROWS[:-1])  # without twice-its-goal
    desk.run()
    desk.get_by_key("show_newest").click().run()
    assert shown_ticked(desk) == ["due-today"]
    assert desk.get_by_key("crew_add").label == "Put 1 on the crew list"
    desk.get_by_key("crew_untick").click().run()
    assert shown_ticked(desk) == []


def test_what_a_crew_list_cannot_hold_is_said_before_and_after(fill: Fill, visit: Open) -> None:
    fill([open_request("Fri 2026-07-10 12:00", sr_number=f"{number:03d}") for number in range(100)])
    desk = visit("queue")
    tick(desk, *range(100))
    assert desk.get_by_key("crew_add").label == "Put 60 on the crew list"
    assert "at most 60; 40 of the 100 ticked will be left out" in said(desk)
    desk.get_by_key("crew_add").click().run()
    assert len(desk.query_params["stops"].split(",")) == 60
    assert desk.get_by_key("crew_add").disabled
    assert "at most 60; the 40 still ticked were left out" in said(desk)
    assert shown_ticked(desk) == [f"{number:03d}" for number in range(60, 100)]


def test_a_link_with_more_stops_than_a_crew_list_holds_says_how_many_are_left_out(fill: Fill, visit: Open) -> None:
    numbers = [f"{number:03d}" for number in range(70)]
    fill([open_request("Fri 2026-07-10 12:00", sr_number=number) for number in numbers])
    assert "60; 10 more of the link were left out" in said(visit("queue", view="crew", stops=",".join(numbers)))


def test_the_crew_list_is_in_driving_order_from_the_first_one_chosen(fill: Fill, visit: Open) -> None:
    stops = [
        open_request("Fri 2026-07-10 12:00", sr_number=f"s{number}", latitude=34.0 + step / 100, longitude=-118.2)
        for number, step in enumerate((0, 9, 1, 5))
    ]
    fill(stops)
    desk = visit("queue", view="crew", stops="s0,s1,s2,s3,gone")
    table = desk.table[0].value
    assert list(table["Request"]) == ["s0", "s2", "s3", "s1"]
    assert "10.0 km" in said(desk)
    assert "1 no longer open" in said(desk)
    assert "nothing on the crew list" in said(visit("queue", view="crew"))


def test_the_morning_holds_what_is_due_today_and_what_came_in(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("queue", view="morning", department="BSS")
    assert figure(desk, "Due today") == "1"
    assert figure(desk, "Came in since yesterday") == "0"
    assert listed(desk) == ["due-today"]


def test_without_any_goal_the_queue_opens_all_the_same(fill: Fill, visit: Open) -> None:
    fill(ROWS[:2])
    desk = visit("queue", goals="promises")
    assert listed(desk) == ["older-without-goal", "no-goal"]
    assert figure(desk, "Due today") == "0"
