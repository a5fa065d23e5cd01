"""The queue opens on any data, in the order to work it, and stays still while it is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from streamlit.testing.v1 import AppTest

from components.queue.lanes import LANES
from db.records import rounds
from db.records.database import open_records
from db.records.rounds import Answer, Stop
from db.rules.rounds import RoundAnswer
from db.settings import Settings
from tests.builders import closed_request, open_request
from tests.pages.conftest import Open, figure, opened, said

Fill = Callable[..., Path]
NOON = datetime(2026, 7, 10, 12)

# As of Friday 10 July 2026 12:00; the office closes at 17:00.
ROWS = [
    open_request("Fri 2026-07-10 12:00", sr_number="no-goal", department="LASAN"),
    open_request("Mon 2026-06-29 12:00", sr_number="older-without-goal"),
    open_request("Thu 2026-07-09 12:00", due="Mon 2026-07-13 12:00", sr_number="due-monday"),
    open_request("Thu 2026-07-09 12:00", due="Fri 2026-07-10 16:00", sr_number="due-today"),
    open_request("Wed 2026-07-01 12:00", due="Thu 2026-07-09 12:00", sr_number="just-over", council_district="4"),
    open_request("Wed 2026-07-08 12:00", due="Thu 2026-07-09 12:00", sr_number="twice-its-goal"),
]
TREE = open_request("Fri 2026-07-10 11:00", sr_number="tree", service_type="Tree Emergency")
IN_ORDER = ["due-today", "due-monday", "twice-its-goal", "just-over", "older-without-goal", "no-goal"]
LINE = "——— Today ends here"


def listed(desk: AppTest) -> list[str]:
    """The numbers in the table, in order; the line where today ends is none."""
    shown = desk.dataframe[0].value
    return [number for number, why in zip(shown["request"], shown["why"], strict=True) if not why.startswith(LINE)]


def whys(desk: AppTest) -> list[str]:
    return list(desk.dataframe[0].value["why"])


def tick(desk: AppTest, *rows: int) -> None:
    """Tick rows of the table by their place on the page, as the browser reports it."""
    desk.session_state[desk.dataframe[0].key] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    desk.run()


def shown_ticked(desk: AppTest) -> list[str]:
    """The numbers of the rows that the table shows ticked when it is drawn first."""
    rows = json.loads(desk.dataframe[0].proto.selection_default)["selection"]["rows"]
    return [desk.dataframe[0].value["request"][row] for row in rows]


def lanes(desk: AppTest) -> list[str]:
    """The lanes as they are named above the list, with their counts."""
    return [link.label for link in desk.page_link if link.label.rstrip("0123456789, ") in LANES.values()]


def link_of(desk: AppTest, name: str) -> str:
    return str(next(link.proto.query_string for link in desk.page_link if link.label.startswith(name)))


def test_the_queue_opens_on_today_with_dangers_first_and_a_line_where_today_ends(fill: Fill, visit: Open) -> None:
    fill([*ROWS, TREE])
    desk = visit("queue", department="BSS", room="2")
    # Counted over the days, the next place of a late one is a fifth: it goes to the longest overdue.
    assert listed(desk) == ["tree", "due-today", "due-monday", "older-without-goal", "twice-its-goal", "just-over"]
    assert whys(desk)[:3] == [
        "Danger: tree or limb down; reported today 11:00",
        "Due today 16:00",
        "——— Today ends here: 2 stops ———",
    ]
    assert lanes(desk) == ["Today 2", "Danger 1", "Can still be kept 2", "Late 3", "Still there? 0"]
    assert "2 of 6 open stops fit into today." in said(desk)


def test_what_does_not_fit_is_counted(fill: Fill, visit: Open) -> None:
    fill([*ROWS, TREE])
    words = said(visit("queue", department="BSS", room="0"))
    assert "1 danger does not fit today." in words
    assert "1 due today will be late even so." in words


def test_the_columns_are_those_a_manager_reads_and_none_says_the_same_in_every_row(fill: Fill, visit: Open) -> None:
    addresses = ("100 MAIN ST, LOS ANGELES, CA, 90012", "INTERSECTION of Elm St & Oak St", "5 ELM ST, BURBANK, CA")
    rows = [open_request("Fri 2026-07-10 12:00", address=address, department="BSS") for address in addresses]
    fill(rows)
    table = visit("queue", lane="late").dataframe[0].value
    assert list(table) == ["why", "address", "request"]
    assert sorted(table["address"]) == ["100 MAIN ST", "5 ELM ST, BURBANK, CA", "Elm St & Oak St"]
    due = {name: ROWS[2][name] for name in ("due_at", "due_source")}
    fill([*rows, TREE | due | {"goal_basis": "draft", "department": "RAP"}])
    assert list(visit("queue", room="3").dataframe[0].value) == [
        *("due_at", "why", "service_type", "address", "request", "department"),
    ]


def test_the_lanes_are_links_that_keep_what_was_chosen(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("queue", department="BSS", room="2")
    assert "lane=late" in link_of(desk, "Late")
    assert all("department=BSS" in link_of(desk, name) for name in ("Today", "Late"))
    assert "lane=" not in link_of(desk, "Today")
    assert listed(visit("queue", lane="late", district="4")) == ["just-over"]


def test_a_phone_gets_the_same_rows_as_cards(fill: Fill, visit: Open) -> None:
    fill([*ROWS, TREE])
    (cards,) = [str(one.value) for one in visit("queue", department="BSS", room="1").markdown if "\n\n---" in one.value]
    assert cards.replace("\\", "").startswith("**Danger: tree or limb down; reported today 11:00**")
    assert cards.index("Today ends here") < cards.index("due\\-today")
    assert "(request?department=BSS&sr=tree&system=myla311)" in cards


def test_the_room_is_what_was_shown_until_the_link_names_another(fill: Fill, visit: Open) -> None:
    done = [
        closed_request(f"2026-07-0{day} 09:00", f"2026-07-0{day} 15:00", place_id=f"{day} {number}")
        for day in (1, 2, 6, 7, 8, 9)
        for number in range(3)
    ]
    early = open_request("Fri 2026-05-01 09:00", sr_number="early", department="RAP")
    fill([*ROWS, *done, early])
    assert lanes(visit("queue", department="BSS"))[0] == "Today 1"  # three a day on 6 of 40 working days
    desk = visit("queue", department="BSS", room="4")
    assert lanes(desk)[0] == "Today 4"
    opened(desk, "queue_room").get_by_key("room_back").click().run()
    assert desk.query_params == {"department": "BSS"}
    assert lanes(desk)[0] == "Today 1"


def test_trucks_are_two_presses_away(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = opened(visit("queue", department="BSS", room="2"), "queue_trucks")
    desk.get_by_key("trucks_3").click().run()
    assert (desk.query_params["view"], desk.query_params["trucks"]) == ("trucks", "3")
    assert [title.value for title in desk.title] == ["Trucks"]


def test_a_room_that_cannot_be_is_named(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    assert 'room "-3" is not a whole number of stops from 0 to 10,000' in said(
        visit("queue", department="BSS", room="-3")
    )


def test_an_empty_list_names_what_emptied_it(fill: Fill, visit: Open) -> None:
    fill(ROWS[:1])
    empty = said(visit("queue", department="LASAN", lane="danger", type="Pothole"))
    assert "Chosen: Danger; Department: Sanitation; Type: Pothole; Residents only" in empty


def test_what_a_link_asks_for_and_does_not_exist_is_named_and_all_are_shown(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("queue", lane="sideways", group="moon", view="tea", page="x")
    assert all(word in said(desk) for word in ("sideways", "moon", "tea"))
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
    assert sorted(listed(desk)) == sorted([*(one for one in IN_ORDER if one != "twice-its-goal"), "new"])
    assert "1 new" not in said(desk)


def test_data_that_go_back_in_time_change_no_list_either(fill: Fill, visit: Open) -> None:
    fill([*ROWS, open_request("Fri 2026-07-10 13:00", sr_number="new")])
    desk = visit("queue")
    fill(ROWS)
    desk.run()
    assert "new" in listed(desk)
    assert "0 new, 1 closed" in said(desk)


def test_a_request_opens_beside_the_list_and_says_why_it_stands_there(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("queue", sr="due-today", system="myla311")
    assert listed(desk) == IN_ORDER
    assert "Request due-today" in "\n".join(str(one.value) for one in desk.subheader).replace("\\", "")
    assert "1 of the 6 on this page" in said(desk)
    assert "Number 1 of the list, not in today's plan." in said(desk)
    desk.get_by_key("queue_down").click().run()
    assert desk.query_params["sr"] == "due-monday"
    desk.get_by_key("queue_back").click().run()
    assert "sr" not in desk.query_params


def test_a_request_that_is_not_there_is_said_to_be_so(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    assert "No request has the number nothing" in said(visit("queue", sr="nothing"))


def test_a_place_that_asked_again_opens_with_all_that_is_open_there(fill: Fill, visit: Open) -> None:
    here = {"place_id": "100 MAIN ST", "address": "100 Main St"}
    asked = open_request("Fri 2026-07-10 12:00", sr_number="again", repeat_kind="chaser", call_id="again", **here)
    fill([*ROWS, open_request("Fri 2026-07-10 10:00", sr_number="before", **here), asked])
    desk = visit("queue", sr="before", system="myla311")
    assert "before +1" in listed(desk)
    assert "2 requests; asked again" in said(desk)
    assert "myla311:before, myla311:again" in said(desk)
    desk.get_by_key("queue_place").click().run()
    assert desk.query_params == {"place": "100 MAIN ST"}
    assert listed(desk) == ["before +1"]


def test_groups_show_their_counts(fill: Fill, visit: Open) -> None:
    fill([*ROWS, open_request("Fri 2026-07-10 12:00", service_type="Graffiti Removal")])
    groups = visit("queue", group="type").dataframe[0].value
    assert groups.set_index("key")["open_count"].to_dict() == {"Pothole": 6, "Graffiti Removal": 1}


def test_a_tick_follows_its_request_over_pages_and_lanes(fill: Fill, visit: Open) -> None:
    """The first row of another page is not ticked because the first row of this one is."""
    fill([open_request("Fri 2026-07-10 12:00", sr_number=f"{number:03d}") for number in range(150)])
    desk = visit("queue", lane="late")
    tick(desk, 0, 2)
    assert desk.get_by_key("trucks_ticked").label == "Trucks for the 2 ticked"
    desk.query_params["page"] = "2"
    desk.run()
    assert shown_ticked(desk) == []
    tick(desk, 0)
    assert desk.get_by_key("trucks_ticked").label == "Trucks for the 3 ticked"
    del desk.query_params["page"]
    desk.run()
    assert shown_ticked(desk) == ["000", "002"]
    desk.get_by_key("trucks_ticked").click().run()
    assert desk.query_params["stops"] == "myla311:000,myla311:002,myla311:100"
    assert desk.query_params["view"] == "trucks"


def test_the_line_where_today_ends_cannot_be_ticked(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("queue", department="BSS", room="1")
    tick(desk, 0, 1, 2)
    assert desk.get_by_key("trucks_ticked").label == "Trucks for the 2 ticked"
    desk.get_by_key("queue_untick").click().run()
    assert shown_ticked(desk) == []


PLACES = [
    open_request(
        "Fri 2026-07-10 12:00",
        sr_number=f"s{number}",
        latitude=34.0 + step / 100,
        longitude=-118.2,
        address=f"{step} A ST",
    )
    for number, step in enumerate((0, 90, 1, 91))
]


def test_todays_plan_is_divided_among_trucks_by_place(fill: Fill, visit: Open) -> None:
    fill(PLACES)
    desk = visit("queue", department="BSS", room="10", view="trucks", trucks="2")
    assert sorted(sorted(table.value["Request"]) for table in desk.table) == [["s0", "s2"], ["s1", "s3"]]
    assert "4 stops of today's plan" in said(desk)
    assert "straight lines" in said(desk)


def test_the_rows_ticked_are_divided_and_those_that_are_gone_are_counted(fill: Fill, visit: Open) -> None:
    fill(PLACES)
    desk = visit("queue", view="trucks", stops="myla311:s0,myla311:s2,myla311:gone")
    assert sorted(desk.table[0].value["Request"]) == ["s0", "s2"]
    assert "1 of the link are no longer open" in said(desk)


def test_one_truck_has_cards_with_its_addresses_and_a_way_into_the_phones_map(fill: Fill, visit: Open) -> None:
    fill(PLACES)
    desk = visit("queue", department="BSS", room="10", view="trucks", trucks="2", truck="1")
    assert len(desk.code) == 2
    links = [link.proto.url for link in desk.get("link_button") if link.proto.label == "Map"]
    assert all(link.startswith("geo:3") for link in links)
    assert len(links) == 2
    assert 'truck "9"' in said(visit("queue", view="trucks", trucks="2", truck="9"))


def test_nothing_to_divide_is_no_error(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    assert "0 stops of today's plan" in said(visit("queue", view="trucks", trucks="3"))


def test_the_morning_holds_what_is_due_today_and_what_came_in(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("queue", view="morning", department="BSS")
    assert figure(desk, "Due today") == "1"
    assert figure(desk, "Came in since yesterday") == "0"
    assert list(desk.dataframe[0].value["sr_number"]) == ["due-today"]


def test_what_falls_due_names_of_how_many_it_is_likely_late(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("queue")
    assert [figure(desk, name) for name in ("Due today", "Due in 3 workdays", "Due in 7 workdays")] == ["1", "2", "2"]
    assert {metric.delta for metric in desk.metric} == {"no risk known"}


def test_the_switch_of_goals_changes_no_rank(fill: Fill, visit: Open) -> None:
    fill([row | {"goal_basis": "draft"} if row["due_at"] else row for row in ROWS])
    assert listed(visit("queue", goals="promises")) == listed(visit("queue", goals="working")) == IN_ORDER


def test_without_any_goal_the_queue_opens_all_the_same(fill: Fill, visit: Open) -> None:
    fill(ROWS[:2])
    desk = visit("queue")
    assert listed(desk) == ["older-without-goal", "no-goal"]
    assert figure(desk, "Due today") == "0"


def test_what_may_be_gone_says_how_many_of_those_checked_were_and_offers_a_round(fill: Fill, visit: Open) -> None:
    young = [closed_request("Mon 2026-06-01 09:00", "Tue 2026-06-02 09:00") for _ in range(300)]
    old = [open_request("Thu 2025-07-10 09:00", sr_number=f"old-{number}") for number in range(120)]
    folder = fill([*ROWS, *young, *old])
    desk = visit("queue", lane="check_exists")
    assert "Unchecked: nobody has looked yet" in said(desk)
    assert [link.proto.label for link in desk.get("link_button") if link.proto.url.startswith("/print/round?")] == [
        "Print a round of 30"
    ]
    stops = [Stop("myla311", f"old-{number}", "Pothole", "BSS", None) for number in range(3)]
    found = (RoundAnswer.GONE, RoundAnswer.GONE, RoundAnswer.STILL_THERE)
    with open_records(Settings(folder)).writing() as connection:
        name = rounds.begin(connection, title="Round", stops=stops, link="", drawn_as_of=NOON, by="Ana", now=NOON)
        answers = [
            Answer(stop.source_system, stop.sr_number, answer, NOON.date(), "")
            for stop, answer in zip(stops, found, strict=True)
        ]
        rounds.answer(connection, name, answers, by="Ana", now=NOON)
    assert "2 of 3 checked were gone (21% to 94%)" in said(visit("queue", lane="check_exists"))
    assert "2 of 3 checked were gone" in said(visit("queue", lane="check_exists", department="BSS"))
    assert "checked were gone" not in said(visit("queue"))
