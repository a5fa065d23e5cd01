"""A department's workload in plain words: no figure guessed, vacancies never blamed beyond what was shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from components.links import View
from components.workload import wording as words
from components.workload.charts import coming, has_load, miss_parts, past
from components.workload.departments import header
from db.model.filters import RequestFilter, period
from db.queries.workload.load import CONTRACTED, NO_FIGURES

NAN = float("nan")
NAMES = {"BSL": "Street Lighting"}


def row(**changes: Any) -> dict[str, Any]:
    """Street Lighting as the steering committee would meet it: short of people, and behind."""
    usual = {
        "department": "BSL",
        "fte_authorised": 50.0,
        "fte_filled": 36.0,
        "vacancy_rate": 0.28,
        "load_per_filled_fte": 61.2,
        "load_per_authorised_fte": 44.1,
        "vacancy_added_load": 17.1,
        "utilisation": 1.04,
        "unit": "requests",
        "open_count": 2203,
        "overdue_count": 900,
        "clear_state": "not_clearing",
        "weeks_to_clear": NAN,
        "capacity_is_lower_bound": False,
        "due_count": 400,
        "compliance": 0.69,
        "vacancy_points": 9.2,
        "remains_points": 24.0,
        "order_points": -2.2,
        "staff_limited": "yes",
        "staff_reason": "throughput does not follow demand; a fixed supply of parts would look the same",
        "miss_reason": "throughput does not follow demand; a fixed supply of parts would look the same",
        "overdue_avoided_by_hire": 12.4,
        "weeks_of_data": 104,
    }
    return usual | changes


UNTOLD = {"vacancy_points": NAN, "remains_points": NAN, "order_points": NAN, "staff_limited": "cannot_tell"}
WITHOUT = {
    **dict.fromkeys(("fte_authorised", "fte_filled", "vacancy_rate"), NAN),
    **dict.fromkeys(("load_per_filled_fte", "load_per_authorised_fte", "vacancy_added_load", "utilisation"), NAN),
    **UNTOLD,
    "staff_reason": NO_FIGURES,
    "miss_reason": NO_FIGURES,
    "clear_state": "unknown",
    "capacity_is_lower_bound": pd.NA,
    "overdue_avoided_by_hire": NAN,
}


def test_the_sentence_says_vacancies_load_backlog_and_miss():
    assert words.sentence(row(), "Street Lighting") == (
        "Street Lighting: 28% vacant; each person carries 61 requests instead of 44; the overdue backlog is not "
        "clearing; vacancies explain up to 9 of the 31 points missed."
    )


@pytest.mark.parametrize(
    ("changes", "clause"),
    [
        ({"vacancy_rate": 0.0, "load_per_authorised_fte": 61.2}, "all posts filled; each person carries 61 requests;"),
        ({"load_per_filled_fte": 3.0, "load_per_authorised_fte": 1.5}, "carries 3 requests instead of 1.5;"),
        ({"unit": "effort_hours"}, "carries 61 hours of work instead of 44;"),
        ({"clear_state": "clearing", "weeks_to_clear": 11.6}, "would take about 12 weeks to clear"),
        ({"clear_state": "clearing", "weeks_to_clear": 0.2}, "would take about a week to clear"),
        ({"clear_state": "clearing", "weeks_to_clear": 201.0}, "would take about 4 years to clear"),
        (
            {"clear_state": "clearing", "weeks_to_clear": 5.0, "capacity_is_lower_bound": True},
            "would take at most 5 weeks to clear",
        ),
        ({"clear_state": "nothing_overdue", "overdue_count": 0}, "nothing is overdue"),
        ({"due_count": 0, "compliance": NAN, "vacancy_points": NAN}, "nothing with a goal was due."),
        ({"compliance": 1.0, "vacancy_points": 0.0}, "nothing that was due was missed."),
        ({"compliance": 0.99, "vacancy_points": 0.4}, "explain up to 0 of the one point missed."),
        ({"staff_limited": "no", "vacancy_points": 0.0}, "vacancies are not shown to explain any of the 31 points"),
        (UNTOLD | {"miss_reason": "demand is too steady"}, "31 points missed cannot be told (demand is too steady)."),
    ],
)
def test_each_state_has_its_words(changes: dict[str, Any], clause: str):
    assert clause in words.sentence(row(**changes), "Street Lighting")


def test_without_staffing_figures_nothing_is_said_per_person():
    text = words.sentence(row(**WITHOUT), "Street Lighting")
    assert text == (
        "Street Lighting: no staffing figures, so nothing is said per person; 900 overdue; what vacancies explain of "
        "the 31 points missed cannot be told."
    )


def test_no_one_at_work_is_a_state_and_no_division():
    empty = row(**WITHOUT, **{}) | {"fte_authorised": 4.0, "fte_filled": 0.0, "vacancy_rate": 1.0}
    empty |= {"clear_state": "no one fills these posts", "miss_reason": "no one fills these posts"}
    text = words.sentence(empty, "Street Lighting")
    assert "Street Lighting: no one fills these posts; 900 overdue;" in text
    assert "carries" not in text


def test_contractors_work_blames_no_vacancy_and_gives_no_load():
    out = row(**UNTOLD, staff_reason=CONTRACTED, miss_reason=CONTRACTED)
    text = words.sentence(out, "Community Beautification")
    assert "28% vacant, but contractors do most of the work;" in text
    assert "carries" not in text
    assert not has_load(pd.DataFrame([out])).any()


@pytest.mark.parametrize(
    ("changes", "cell"),
    [
        ({}, "31 = 24 + up to 9 - 2"),
        ({"remains_points": 21.4, "vacancy_points": 9.4, "order_points": 0.4}, "31 = 22 + up to 9 + 0"),
        ({"staff_limited": "no", "vacancy_points": 0.0}, "31 = 31 + 0"),
        (UNTOLD, "31, cannot be told"),
        ({"due_count": 0, "compliance": NAN}, "nothing due"),
        ({"compliance": 1.0}, "0"),
    ],
)
def test_the_miss_in_a_cell(changes: dict[str, Any], cell: str):
    assert words.miss_words(row(**changes)) == cell


@pytest.mark.parametrize(
    ("changes", "cell"),
    [
        ({}, "not clearing"),
        ({"clear_state": "clearing", "weeks_to_clear": 200.6}, "201"),
        ({"clear_state": "clearing", "weeks_to_clear": 5.2, "capacity_is_lower_bound": True}, "at most 5"),
        ({"clear_state": "nothing_overdue"}, "nothing overdue"),
        ({"clear_state": "no one fills these posts"}, "no one fills these posts"),
        ({"clear_state": "unknown"}, "not known"),
    ],
)
def test_the_weeks_to_clear_in_a_cell(changes: dict[str, Any], cell: str):
    assert words.clear_words(row(**changes)) == cell


def test_the_parts_drawn_add_up_to_the_points_missed():
    frame = pd.DataFrame(
        [
            row(name="short"),
            row(name="fine", staff_limited="no", vacancy_points=0.0, remains_points=31.0, order_points=0.0),
            row(name="untold", **UNTOLD),
            row(name="too few", due_count=29),
        ]
    )
    parts = miss_parts(frame)
    assert parts["name"].tolist() == ["short", "fine", "untold"]
    total = parts[["remains", "vacancies", "order", "untold"]].sum(axis=1)
    np.testing.assert_allclose(total, [31.0, 31.0, 31.0])
    assert parts["untold"].notna().tolist() == [False, False, True]


def view(**changes: Any) -> View:
    return View(RequestFilter(**changes), datetime(2026, 7, 8))


def test_warnings_name_who_has_no_figures_and_how_few_weeks_there_are():
    frame = pd.DataFrame([row(), row(department="BSS", weeks_of_data=12, **WITHOUT)])
    found = words.warnings(frame.assign(weeks_of_data=12), view(), NAMES)
    assert found == [
        "No staffing figures for BSS: nothing per person is said there.",
        "Only 12 weeks of data: before 26 nothing can be told about staff.",
    ]
    (all_without,) = words.warnings(frame.tail(1).assign(weeks_of_data=60), view(), NAMES)
    assert "never guessed" in all_without


def test_where_nothing_was_chosen_weeks_are_not_counted():
    frame = pd.DataFrame([row(weeks_of_data=0)])
    assert words.warnings(frame, view(), NAMES) == ["No request fits what is chosen, so there is no work to tell of."]


def test_filters_that_narrow_requests_but_not_posts_are_pointed_out():
    frame = pd.DataFrame([row()])
    assert words.warnings(frame, view(departments=("BSL",)), NAMES) == []
    assert "but not the posts" in words.warnings(frame, view(districts=("4",)), NAMES)[0]


def test_remarks_name_contractors_and_why_staff_is_taken_for_the_limit():
    frame = pd.DataFrame([row(), row(department="OCB", **UNTOLD) | {"staff_reason": CONTRACTED}])
    contractors, limit = words.remarks(frame, NAMES)
    assert contractors.startswith("Contractors do most of the work of OCB:")
    assert limit.startswith("Staff is taken for the limit of Street Lighting:")
    assert "fixed supply of parts would look the same" in limit


def test_the_export_says_what_each_half_of_the_row_counts():
    raw = pd.DataFrame([row()])
    lines = header(view(period=period("last_13_weeks", datetime(2026, 7, 8))), raw)
    assert lines[0] == "Workload by department"
    assert lines[2].startswith("Which requests: residents' requests, 9 April 2026 to 8 July 2026")
    assert "residents' and proactive requests" in lines[3]
    assert any(line.startswith("Load per person (") for line in lines)
    assert any(line.startswith("Missed through vacancies, up to (") for line in lines)


def test_the_weeks_ahead_start_from_what_waits_now():
    as_of = datetime(2026, 7, 8, 12)
    projection = pd.DataFrame({f"open_{part}": [11.0, 12.0] for part in ("low", "middle", "high")})
    frame = coming(projection, "open", as_of, 10.0)
    assert frame["middle"].tolist() == [10.0, 11.0, 12.0]
    assert frame["at"].tolist() == [pd.Timestamp(2026, 7, day, 12) for day in (8, 15, 22)]
    weeks = pd.DataFrame({"week_start": pd.to_datetime(["2026-06-24", "2026-07-01"]), "open_at_start": [8.0, 9.0]})
    assert past(weeks, as_of, 10.0)["waiting"].tolist() == [8.0, 9.0, 10.0]
    assert past(weeks.iloc[:0], as_of, 10.0)["waiting"].tolist() == [10.0]
