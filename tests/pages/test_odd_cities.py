"""The first screen on cities that are not as a desk would wish: it says what it cannot tell, never a zero for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from tests.builders import closed_request, open_request
from tests.engines.workload.test_load import posts
from tests.pages.conftest import Open, figure, opened, said
from tests.pages.test_workload import staff

Fill = Callable[..., Path]
END = datetime(2026, 7, 10, 12)  # a Friday
FOURTEEN = (
    *("BSS", "BSL", "LASAN", "LADOT", "RAP", "BOE", "OCB", "LADBS", "GSD", "BCA", "LAPD", "LAFD", "DWP", "ITA"),
)
Row = dict[str, Any]


def weeks(count: int, departments: Sequence[str], each: int = 10, kept: int = 7, **given: Any) -> list[Row]:
    """So many requests a week and department up to `END`, due after three days, `kept` of them closed after two."""
    rows = [open_request(END, sr_number="newest", department=departments[0], **given)]
    for week in range(1, count + 1):
        for department in departments:
            for number in range(each):
                made = END - timedelta(weeks=week) + timedelta(hours=3 * number)
                own = {"due": made + timedelta(days=3), "department": department} | given
                own["sr_number"] = f"{department}-{week}-{number}"
                is_kept = number < kept
                rows.append(
                    closed_request(made, made + timedelta(days=2), **own) if is_kept else open_request(made, **own)
                )
    return rows


def others(desk: AppTest, column: str) -> dict[str, Any]:
    """A column of the table of departments that have no line of their own, by department."""
    frame = opened(desk, "overview_others").dataframe[0].value
    return dict(zip(frame["name"], frame[column], strict=True))


def test_without_staffing_no_cause_is_guessed(fill: Fill, visit: Open) -> None:
    fill(weeks(30, ["BSS", "BSL", "LASAN"]))
    desk = visit("overview", goals="working")
    assert "No department stands out: all kept 70% of what was due" in said(desk)
    assert set(others(desk, "why_words").values()) == {
        "no staffing figures, so whether people are short cannot be told"
    }


def test_staffing_of_three_of_fourteen_is_told_for_these_three(fill: Fill, visit: Open) -> None:
    folder = fill(weeks(14, FOURTEEN, each=4, kept=3))
    staff(folder, [posts(department, "2024-01-01", 20, 15) for department in FOURTEEN[:3]])
    why = others(visit("overview", goals="working"), "why_words")
    assert len(why) == len(FOURTEEN)
    assert sum(words.startswith("25% of posts vacant") for words in why.values()) == 3
    assert sum(words.startswith("no staffing figures") for words in why.values()) == 11


def test_without_goals_nobody_has_nothing_overdue(fill: Fill, visit: Open) -> None:
    fill(weeks(30, ["BSS", "BSL"], due=None))
    desk = visit("overview", goals="working")
    assert "Nothing can be said of who keeps its goals" in said(desk)
    assert set(others(desk, "overdue_words").values()) == {"no published target"}


def test_a_city_of_one_department_is_told_of_that_one(fill: Fill, visit: Open) -> None:
    fill(weeks(30, ["BSS"]))
    desk = visit("overview", goals="working")
    assert desk.title[0].value.startswith("Street Services kept 70% of 130 due in the last 13 weeks")


def test_of_sixty_departments_five_have_a_line_and_all_others_are_folded(fill: Fill, visit: Open) -> None:
    late = weeks(6, [f"LATE{number}" for number in range(7)], each=10, kept=2)
    fine = weeks(6, [f"FINE{number:02d}" for number in range(53)], each=6, kept=6)
    fill([*late, *(row | {"sr_number": f"fine-{row['sr_number']}"} for row in fine)])
    desk = visit("overview", goals="working")
    assert len(desk.get("progress")) == 5
    assert len(opened(desk, "overview_others").dataframe[0].value) == 55


def test_a_city_of_two_weeks_compares_with_nothing(fill: Fill, visit: Open) -> None:
    fill([*weeks(2, ["LASAN"], each=30, kept=29), *weeks(2, ["BSL"], each=30, kept=3)])
    desk = visit("overview", goals="working")
    assert "Street Lighting keeps its goals least: 10%" in said(desk)
    assert "too few to compare" in said(desk)
    assert "The data begin too late to tell" in said(desk)
    assert not next(metric for metric in desk.metric if metric.label == "Open").delta


def test_beyond_the_data_what_came_in_is_empty_and_never_zero(fill: Fill, visit: Open) -> None:
    fill(weeks(30, ["BSS", "BSL"]))
    desk = visit("overview", goals="working", as_of="2026-07-24T12:00")
    assert "Beyond the data: no request made after 10 July 2026 is known" in said(desk)
    assert figure(desk, "Opened today") == "–"
    assert "The data end before that week" in said(desk)
    assert figure(desk, "Open") == "181"


def test_a_gap_of_a_year_is_said_where_a_figure_touches_it(fill: Fill, visit: Open) -> None:
    rows = weeks(110, ["BSS", "BSL"], each=16)
    gap = (datetime(2025, 2, 3), datetime(2026, 6, 1))
    fill([row for row in rows if not gap[0] < row["created_at"] < gap[1]])
    assert "No request from 3 February 2025 to 31 May 2026 is in the data" in said(visit("overview", goals="working"))


def test_requests_of_one_type_are_a_city_like_any_other(fill: Fill, visit: Open) -> None:
    rows = weeks(30, ["BSS"], kept=2, service_type="Pothole Repair")
    more = weeks(30, ["BSL"], kept=9, service_type="Pothole Repair")
    fill([*rows, *more])
    assert "Street Services keeps its goals least: 20% of 130" in said(visit("overview", goals="working"))
