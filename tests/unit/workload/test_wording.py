"""A department's workload in plain words: no figure guessed, vacancies never blamed beyond what was shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.links import View
from components.workload import miss
from components.workload import wording as words
from components.workload.charts import coming, has_load, miss_parts, past
from components.workload.departments import header
from db.model.filters import RequestFilter, period
from db.queries.workload.load import CONTRACTED, NO_FIGURES, NO_REQUESTS

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
        "clear_state": "rising",
        "overdue_change": 64.0,
        "weeks_to_clear_low": NAN,
        "weeks_to_clear_high": NAN,
        "load_state": "shown",
        "capacity_is_lower_bound": False,
        "due_count": 400,
        "compliance": 0.69,
        "miss_state": "told",
        "vacancy_points_low": 0.0,
        "vacancy_points": 9.2,
        "remains_points": 20.0,
        "order_points": 4.2,
        "together_points": -2.4,
        "untold_points": 0.0,
        "usual_due_count": 0,
        "since_on": pd.NaT,
        "vacancy_points_since": NAN,
        "staff_limited": "yes",
        "staff_reason": "throughput does not follow demand; a fixed supply of parts would look the same",
        "miss_reason": "throughput does not follow demand; a fixed supply of parts would look the same",
        "overdue_avoided_by_hire": 12.4,
        "weeks_of_data": 104,
    }
    return usual | changes


UNTOLD = {
    **dict.fromkeys(("vacancy_points_low", "vacancy_points", "remains_points", "order_points", "together_points"), NAN),
    "untold_points": 31.0,
    "staff_limited": "cannot_tell",
}
WITHOUT = {
    **dict.fromkeys(("fte_authorised", "fte_filled", "vacancy_rate"), NAN),
    **dict.fromkeys(("load_per_filled_fte", "load_per_authorised_fte", "vacancy_added_load", "utilisation"), NAN),
    **UNTOLD,
    "staff_reason": NO_FIGURES,
    "miss_reason": NO_FIGURES,
    "clear_state": "too_few_weeks",
    "load_state": "no_figures",
    "capacity_is_lower_bound": pd.NA,
    "overdue_avoided_by_hire": NAN,
}


def test_the_sentence_says_vacancies_load_backlog_and_miss():
    assert words.sentence(row(), "Street Lighting") == (
        "Street Lighting: 28% vacant; each person carries 61 requests instead of 44; 900 overdue, 64 more than 8 weeks "
        "ago; vacancies explain up to 9 of the 31 points missed; the order of work up to 4."
    )


@pytest.mark.parametrize(
    ("changes", "clause"),
    [
        ({"vacancy_rate": 0.0, "load_per_authorised_fte": 61.2}, "all posts filled; each person carries 61 requests;"),
        ({"load_per_filled_fte": 3.0, "load_per_authorised_fte": 1.5}, "carries 3 requests instead of 1.5;"),
        ({"unit": "effort_hours"}, "carries 61 hours of work instead of 44;"),
        ({"clear_state": "about_the_same"}, "900 overdue, about the same as 8 weeks ago;"),
        ({"clear_state": "falling", "overdue_change": -80.0}, "900 overdue, 80 fewer than 8 weeks ago;"),
        ({"clear_state": "few_overdue", "overdue_count": 12}, "; 12 overdue;"),
        ({"clear_state": "few_overdue", "overdue_count": 0}, "nothing is overdue"),
        (
            {
                **{"clear_state": "falling", "overdue_change": -80.0},
                **{"weeks_to_clear_low": 11.6, "weeks_to_clear_high": 30.2},
            },
            "80 fewer than 8 weeks ago; at this pace cleared in 12 to 30 weeks",
        ),
        ({"due_count": 0, "compliance": NAN, "miss_state": "nothing_due"}, "nothing with a goal was due."),
        ({"compliance": 1.0}, "nothing that was due was missed."),
        ({"vacancy_points": 0.4}, "vacancies explain none of the 31 points missed"),
        ({"vacancy_points_low": 5.6}, "vacancies explain 6 to 9 of the 31 points missed"),
        ({"order_points": 0.3}, "; another order of work would not have helped."),
        ({"staff_limited": "no", "vacancy_points": 0.0}, "vacancies are not shown to explain any of the 31 points"),
        ({"staff_limited": "no"}, "the order of work up to 4, where requests do not wait for their own parts"),
        (UNTOLD | {"miss_reason": "demand is too steady"}, "31 points missed cannot be told (demand is too steady)."),
        ({"miss_state": "too_few", "due_count": 12}, "12 due, too few to tell why."),
        (
            {
                **{"miss_state": "too_short", "usual_due_count": 500, "usual_compliance": 0.02},
                **{"usual_vacancy_points": 44.2, "usual_order_points": 0.2},
            },
            "what falls due now was decided before it; over the last 13 weeks vacancies up to 44 of 98 points missed.",
        ),
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
    empty |= {"clear_state": "about_the_same", "miss_reason": "no one fills these posts"}
    text = words.sentence(empty, "Street Lighting")
    assert "Street Lighting: no one fills these posts; 900 overdue, about the same" in text
    assert "carries" not in text


def test_contractors_work_blames_no_vacancy_and_gives_no_load():
    loads = dict.fromkeys(("load_per_filled_fte", "load_per_authorised_fte", "vacancy_added_load"), NAN)
    out = row(**UNTOLD, **loads, load_state="contractors", staff_reason=CONTRACTED, miss_reason=CONTRACTED)
    text = words.sentence(out, "Community Beautification")
    assert "28% vacant, but contractors do most of the work;" in text
    assert "carries" not in text
    assert not has_load(pd.DataFrame([out])).any()


@pytest.mark.parametrize("points", [0.0, 0.4, 0.49])
def test_up_to_nothing_is_never_said(points: float):
    text = words.sentence(row(vacancy_points=points, order_points=points), "Street Lighting")
    assert "up to 0" not in text


@pytest.mark.parametrize(
    ("changes", "cell"),
    [
        ({}, "31 = 20 all the same + 7 vacancies + 2 vacancies or order + 2 order"),
        (
            {"staff_limited": "no", "vacancy_points": 0.0, "together_points": 0.0, "remains_points": 26.8},
            "31 = 27 all the same + 4 order",
        ),
        (
            {"together_points": 1.6, "remains_points": 16.0},
            "31 = 16 all the same + 9 vacancies + 4 order + 2 only both",
        ),
        (UNTOLD, "31, cannot be told"),
        ({"due_count": 0, "compliance": NAN}, "nothing due"),
        ({"miss_state": "too_few"}, "too few to tell why"),
        ({"compliance": 1.0}, "0"),
    ],
)
def test_the_miss_in_a_cell(changes: dict[str, Any], cell: str):
    assert miss.miss_words(row(**changes)) == cell


@pytest.mark.parametrize(
    ("changes", "cell"),
    [
        ({}, "rising"),
        ({"clear_state": "falling"}, "falling"),
        (
            {"clear_state": "falling", "weeks_to_clear_low": 120.0, "weeks_to_clear_high": 230.0},
            "falling, 2 to 4 years",
        ),
        ({"clear_state": "falling", "weeks_to_clear_low": 0.2, "weeks_to_clear_high": 1.2}, "falling, a week"),
        ({"clear_state": "about_the_same"}, "about the same"),
        ({"clear_state": "few_overdue"}, "under 30"),
        ({"clear_state": "too_few_weeks"}, "too few weeks"),
    ],
)
def test_how_the_overdue_backlog_moves_in_a_cell(changes: dict[str, Any], cell: str):
    assert words.clear_words(row(**changes)) == cell


def test_the_parts_drawn_add_up_to_the_points_missed():
    frame = pd.DataFrame(
        [
            row(name="short"),
            row(name="untold", **UNTOLD),
            row(name="too few", due_count=29, miss_state="too_few"),
            row(name="kept", compliance=1.0),
        ]
    )
    parts = miss_parts(frame)
    assert parts["name"].tolist() == ["short", "untold"]
    np.testing.assert_allclose(parts["missed"], [31.0, 31.0])


@settings(deadline=None)
@given(st.lists(st.floats(0, 40), min_size=2, max_size=6))
def test_whole_points_add_up_to_the_points_shown(points: list[float]):
    found = miss.whole({str(place): value for place, value in enumerate(points)})
    assert sum(found.values()) == round(sum(points))
    assert all(abs(found[str(place)] - value) <= 1 for place, value in enumerate(points))


def test_the_second_figure_names_its_own_start():
    text = miss.since_words(row(since_on=pd.Timestamp(2024, 12, 2), vacancy_points_since=97.4))
    assert "since Dec 2024, they would explain up to 97 points" in text
    assert miss.since_words(row()) == ""


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
    frame = pd.DataFrame([row(weeks_of_data=0, staff_reason=NO_REQUESTS)])
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
