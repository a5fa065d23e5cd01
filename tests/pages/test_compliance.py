"""The compliance page opens on any data, and its figures are those counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from components.compliance import figures
from components.compliance.ranking import ranked
from db.rules.proportions import wilson
from tests.builders import cancelled_request, closed_request, open_request
from tests.pages.conftest import Open, figure, said

Fill = Callable[..., Path]

# As of the newest request, Friday 10 July 2026 12:00. Due in the last 13 weeks: BSS four, of these kept one; LASAN one,
# kept. Closed with a due date: three, of these on time two. One more left late, one of two outcomes is unknown.
ON_TIME = "On time, any goal"
MADE = "Mon 2026-06-01 09:00"
DUE = {"due": "Wed 2026-07-01 09:00"}
ROWS = [
    closed_request(MADE, "Tue 2026-06-30 09:00", service_type="Pothole", **DUE),
    closed_request(MADE, "Thu 2026-07-02 09:00", service_type="Pothole", outcome="unknown", **DUE),
    open_request(MADE, service_type="Pothole", **DUE),
    open_request(MADE, service_type="Tree", sr_number="tree", **DUE),
    closed_request(MADE, "Tue 2026-06-30 09:00", department="LASAN", service_type="Sofa", **DUE),
    cancelled_request(MADE, "Fri 2026-07-03 09:00", department="LASAN", service_type="Sofa", **DUE),
    open_request("Fri 2026-07-10 12:00", due="Fri 2026-07-17 09:00", service_type="Pothole"),
    open_request("Fri 2026-07-10 11:00", service_type="No promise"),
]


def league(desk: AppTest) -> pd.DataFrame:
    return desk.dataframe[0].value


@pytest.mark.parametrize(
    ("points", "second"),
    [
        (1.2, {"also": 1.2, "against": "point hidden"}),
        (-2.0, {"also": 2.0, "against": "points lower than kept"}),
        (0.4, {}),
        (float("nan"), {}),
    ],
)
def test_what_open_requests_hide_is_said_without_a_sign(points: float, second: dict[str, Any]) -> None:
    assert figures.hidden(points) == second


def test_the_figures_are_those_counted_by_hand(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("compliance", goals="promises")
    assert figure(desk, "Kept the promise") == "40.0%"
    assert figure(desk, "As most cities report it") == "66.7%"
    assert figure(desk, "Left the count late") == "1"
    assert figure(desk, "Work done on time") == "40.0%"
    assert figure(desk, "Outcome unknown") == "33.3%"
    assert figure(desk, "Requests with a goal") == "85.7%"
    for words in ("5 residents' requests due", "as of Fri 10 Jul 2026, 12:00", "published goals only"):
        assert words in said(desk)


def test_departments_are_ranked_with_their_numbers_and_too_few_are_not(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    table = league(visit("compliance"))
    assert table["due_count"].tolist() == [4, 1]
    assert table["missed_count"].tolist() == [3, 0]
    assert table["overdue_count"].tolist() == [2, 0]
    assert table["rank"].tolist() == ["too few", "too few"]


def test_a_link_to_a_department_shows_its_service_types(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("compliance", department="BSS")
    assert figure(desk, ON_TIME) == "25.0%"
    assert dict(zip(league(desk)["name"], league(desk)["due_count"], strict=True)) == {
        "Tree": 1,
        "Pothole": 3,
        "No promise": 0,
    }
    assert "no data" in league(desk)["chance"].tolist()


def test_nothing_due_is_no_data_and_never_a_hundred_percent(fill: Fill, visit: Open) -> None:
    fill([open_request("Fri 2026-07-10 12:00"), closed_request("Thu 2026-07-09 12:00", "Fri 2026-07-10 10:00")])
    desk = visit("compliance")
    assert figure(desk, ON_TIME) == "no data"
    assert "which is not 100%" in said(desk)


def test_filters_that_leave_nothing_are_named(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("compliance", yard="Nowhere")
    assert "Nowhere" in said(desk)
    desk.button(key="clear_from_empty").click().run()
    assert figure(desk, ON_TIME) == "40.0%"


@pytest.mark.parametrize("target", ["many", "0", "101", "nan"])
def test_a_broken_target_is_left_out_and_named(fill: Fill, visit: Open, target: str) -> None:
    fill(ROWS)
    desk = visit("compliance", target=target)
    assert f'target "{target}" is not a percentage' in said(desk)
    assert figure(desk, ON_TIME) == "40.0%"


def test_a_target_in_the_link_is_in_its_box(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("compliance", target="80")
    assert desk.number_input(key="choose_target").value == 80


def test_drafts_count_only_when_asked_for(fill: Fill, visit: Open) -> None:
    fill([*ROWS, open_request(MADE, goal_basis="draft", **DUE)])
    assert figure(visit("compliance", goals="promises"), "Kept the promise") == "40.0%"
    assert figure(visit("compliance", goals="working"), ON_TIME) == "33.3%"


def test_only_published_goals_are_called_a_promise(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    names = [metric.label for metric in visit("compliance", goals="working").metric]
    assert names[0] == ON_TIME
    assert not [name for name in names if "promise" in name]


def standing(key: str, met: int, due: int) -> dict[str, Any]:
    low, high = wilson(met, due)
    compliance = met / due if due else float("nan")
    return {
        **{"key": key, "compliance": compliance, "low": float(low), "high": float(high)},
        **{"due_count": due, "is_small": due < 30},
    }


def test_neighbours_whose_intervals_overlap_are_about_the_same() -> None:
    rows = [standing("c", 90, 100), standing("a", 20, 100), standing("b", 85, 100), standing("few", 1, 2)]
    found = ranked(pd.DataFrame([*rows, standing("none", 0, 0)]))
    assert found["key"].tolist() == ["a", "b", "c", "few", "none"]
    assert found["rank"].tolist() == ["1", "2 (2 to 3)", "3 (2 to 3)", "too few", "too few"]
    assert found["chance"].iloc[-1] == "no data"
