"""The overview opens on any data, and its figures are those counted by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.builders import cancelled_request, closed_request, open_request
from tests.pages.conftest import Open, figure, opened, said

Fill = Callable[..., Path]

# As of the newest request, Friday 10 July 2026 12:00. Open: four; of these overdue: two; due today: none.
ROWS = [
    open_request("Wed 2026-07-01 09:00", due="Mon 2026-07-06 09:00", department="BSS", sr_number="late-1"),
    open_request("Thu 2026-07-02 09:00", due="Fri 2026-07-10 11:59", department="LASAN", sr_number="late-2"),
    open_request("Thu 2026-07-09 13:00", due="Sat 2026-07-11 11:00", department="LASAN", sr_number="soon"),
    open_request("Fri 2026-07-10 12:00", department="BSS", sr_number="newest"),
    closed_request("Wed 2026-07-08 09:00", "Fri 2026-07-10 08:00", due="Thu 2026-07-09 09:00", sr_number="closed"),
    closed_request("Tue 2026-07-07 09:00", "Wed 2026-07-08 08:00", sr_number="closed-before"),
    cancelled_request("Fri 2026-07-10 07:00", "Fri 2026-07-10 08:00", sr_number="cancelled"),
    open_request("Fri 2026-07-10 10:00", is_proactive=True, channel="crew", sr_number="crew"),
]


def with_weeks(desk: AppTest) -> AppTest:
    """The page with its weeks opened."""
    desk.session_state["overview_weeks"] = True
    return desk.run()


def test_the_figures_are_those_counted_by_hand(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("overview")
    shown = {name: figure(desk, name) for name in ("Open", "Overdue", "Due today", "Opened today", "Closed today")}
    assert shown == {
        "Open": "4",
        "Overdue": "2",
        "Due today": "0",
        "Opened today": "1",
        "Closed today": "1",
    }


def test_no_tick_of_a_count_stands_for_half_a_request(fill: Fill, visit: Open) -> None:
    fill([*ROWS, closed_request("Fri 2026-06-12 09:00", "Fri 2026-06-12 10:00", sr_number="old")])
    (weekly,) = with_weeks(visit("overview")).get("vega_lite_chart")
    axes = [layer["encoding"]["y"]["axis"] for layer in json.loads(weekly.proto.spec)["layer"]]
    assert {axis["tickMinStep"] for axis in axes} == {1}


def test_a_chart_of_nothing_is_said_instead_of_drawn(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = with_weeks(visit("overview", department="LASAN", period="2026-06-15..2026-06-28"))
    assert not desk.get("vega_lite_chart")
    assert "nothing to draw" in said(desk)


def test_a_link_with_a_department_counts_that_department_only(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("overview", department="BSS")
    assert (figure(desk, "Open"), figure(desk, "Overdue")) == ("2", "1")
    assert "Street Services" in said(desk)


def test_a_link_to_an_earlier_moment_counts_what_was_open_then(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("overview", as_of="2026-07-07T12:00")
    assert (figure(desk, "Open"), figure(desk, "Overdue")) == ("3", "1")


def test_crews_count_only_when_asked_for(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    assert figure(visit("overview", population="eligible"), "Open") == "5"


def due_requests(department: str, met: int, missed: int) -> list[dict[str, object]]:
    """Requests due on Friday 3 July: some closed that morning, the others closed three days late."""
    days = {"due": "Fri 2026-07-03 17:00", "department": department}
    return [
        closed_request("Wed 2026-07-01 09:00", closed, sr_number=f"{department}-{number}-{closed}", **days)
        for closed, count in (("Fri 2026-07-03 09:00", met), ("Mon 2026-07-06 09:00", missed))
        for number in range(count)
    ]


def test_the_sentence_on_top_names_who_keeps_least_and_the_others_are_folded(fill: Fill, visit: Open) -> None:
    fill([*due_requests("LASAN", 87, 13), *due_requests("BSL", 2, 38), *due_requests("BSS", 5, 4), *ROWS])
    desk = visit("overview", goals="working")
    assert "Street Lighting keeps its goals least: 5% of 40 due in the last 13 weeks" in said(desk)
    assert [bar.proto.text for bar in desk.get("progress")] == ["**5%** of 40"]
    assert "no staffing figures" in said(desk).lower()
    assert not desk.dataframe
    (others,) = opened(desk, "overview_others").dataframe
    assert list(others.value["name"]) == ["Sanitation", "Street Services"]
    assert list(others.value["due_count"]) == [101, 11]


def test_a_department_that_the_link_names_stands_first_and_the_others_stay(fill: Fill, visit: Open) -> None:
    fill([*due_requests("LASAN", 87, 13), *due_requests("BSL", 2, 38), *ROWS])
    desk = visit("overview", goals="working", department="LASAN")
    assert [bar.proto.text for bar in desk.get("progress")] == ["**86%** of 101", "**5%** of 40"]
    assert figure(desk, "Open") == "2"


def test_where_all_keep_alike_no_department_is_blamed(fill: Fill, visit: Open) -> None:
    newest = open_request("Fri 2026-07-10 12:00", sr_number="newest")
    fill([*due_requests("LASAN", 80, 20), *due_requests("BSL", 78, 22), newest])
    desk = visit("overview", goals="working")
    assert "No department stands out: all kept between 78% and 80%" in said(desk)
    assert not desk.get("progress")


def test_a_department_that_promised_nothing_is_never_said_to_have_nothing_overdue(fill: Fill, visit: Open) -> None:
    fill([*ROWS, open_request("Fri 2026-07-10 09:00", department="BOE", sr_number="no-goal", due=None)])
    (others,) = opened(visit("overview"), "overview_others").dataframe
    overdue = dict(zip(others.value["name"], others.value["overdue_words"], strict=True))
    assert overdue["Engineering"] == "no published target"
    assert overdue["Street Services"].startswith("1")


def test_every_figure_says_what_it_means(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    overdue = next(metric for metric in visit("overview").metric if metric.label == "Overdue")
    for words in ("past the due date", "**Requests behind it** 4", "residents' requests", "Fri 10 Jul 2026, 12:00"):
        assert words in overdue.help.replace("\\", "")


def test_without_any_data_the_desk_says_how_to_load_them(fill: Fill, visit: Open) -> None:
    assert "python -m db load" in said(visit("overview"))


def test_filters_that_leave_nothing_are_named(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("overview", yard="Nowhere")
    assert "Nowhere" in said(desk)
    desk.button(key="clear_from_empty").click().run()
    assert figure(desk, "Open") == "4"


def test_what_falls_due_today_and_in_seven_workdays_is_what_the_queue_counts(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    tile = next(metric for metric in visit("overview").metric if metric.label == "Due today")
    queue = {metric.label: metric.value for metric in visit("queue").metric}
    assert (tile.value, tile.delta) == (queue["Due today"], queue["Due in 7 workdays"])
    assert "in 7 workdays" in str(tile.proto)


def test_the_filter_bar_calls_a_district_as_the_city_does(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    labels = [block.proto.popover.label for block in visit("overview").get("popover")]
    assert "Council district: all" in labels


def test_the_headings_of_a_page_leave_out_no_level(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    for page in ("overview", "compliance", "goals", "data"):
        desk = visit(page)
        assert len(desk.title) == 1
        assert desk.header
        assert not desk.subheader


def test_a_change_of_the_backlog_is_shown_once_the_data_cover_four_weeks(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    assert not next(metric for metric in visit("overview").metric if metric.label == "Open").delta
    fill([*ROWS, closed_request("Fri 2026-06-12 09:00", "Fri 2026-06-12 10:00", sr_number="old")])
    assert next(metric for metric in visit("overview").metric if metric.label == "Open").delta == "2"
