"""The sentences of the briefing, word for word."""

from __future__ import annotations

from datetime import date, datetime
from math import nan
from typing import Any

import pandas as pd
import pytest

from components.briefing import wording
from components.briefing.wording import Scope
from db.queries.briefing import coverage
from db.queries.briefing.findings import COLUMNS
from db.rules.stretches import parse_month, parse_week
from db.rules.vocabulary import PromiseFigure, PromiseState

WEEK = Scope("Los Angeles", "Council district", parse_week("2026-W46"))
MONTH = Scope("Street Services", "Council district", parse_month("2026-10"))


def row(**changes: Any) -> dict[str, Any]:
    """A fall of compliance of one department in one week, without a reason."""
    usual = dict.fromkeys(COLUMNS, "") | {
        **{"branch": 1, "is_first": True, "by": "department", "key": "BSS", "name": "Street Services"},
        **{"measure": "compliance", "against": "before", "now": 0.31, "usual": 0.43, "change": -0.12, "low": -0.19},
        **{"high": -0.05, "now_count": 142.0, "usual_count": 1900.0, "p_adjusted": 0.012, "tried_count": 180},
        **{"is_worse": True, "reason": "none"},
        **{f"reason{n}_{part}": nan for n in ("", "_2") for part in ("now", "usual", "count", "share")},
    }
    return usual | changes


COUNT = {
    "by": "service_type",
    "key": "Dead Animal",
    "name": "Dead animal pickup",
    "change": 13.0,
    "low": 8.1,
    "high": 18.0,
}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "Street Services kept 31% of 142 due that week, in the 13 weeks before 43%."),
        (
            {"against": "year_ago", "now_count": 146.2},
            "Street Services kept 31% of 1,901 due over the last 13 weeks, a year ago 43%.",
        ),
        (
            {"by": "district", "key": "8"},
            "Council district 8 kept 31% of 142 due that week, going by the others 43%.",
        ),
        (
            {"measure": "level", "against": "others", "usual": 0.78},
            "Street Services kept 31% of 1,846 due in 13 weeks; all other departments kept 78%.",
        ),
        (
            {"measure": "level", "against": "others", "by": "district", "key": "8"},
            "Council district 8 kept 31% of 1,846 due in 13 weeks; elsewhere the same types were kept 43%.",
        ),
        (
            COUNT | {"measure": "inflow", "now": 62.0, "usual": 31.4},
            "Dead animal pickup: 62 requests came in that week, in the 13 weeks before 31 a week.",
        ),
        (
            COUNT | {"measure": "inflow", "against": "year_ago", "now": 26.2, "usual": 13.2},
            "Dead animal pickup: 26 requests a week came in over the last 13 weeks, a year ago 13 a week.",
        ),
        (
            COUNT | {"measure": "throughput", "now": 12.0, "usual": 31.0, "by": "city"},
            "Los Angeles: 12 requests were closed that week, in the 13 weeks before 31 a week.",
        ),
        (
            COUNT | {"measure": "overdue", "now": 40.2, "usual": -1.8},
            "Dead animal pickup: overdue requests grew by 40 that week, in the 13 weeks before fell by 2 a week.",
        ),
        (
            {"measure": "asked_again", "now": 0.12, "usual": 0.06},
            "Street Services: of 12% of 142 closed calls people asked again, in the 13 weeks before 6%.",
        ),
    ],
)
def test_a_finding_in_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    assert wording.finding(row(**changes), WEEK) == sentence


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "No single reason stands out in the data."),
        (
            {
                "reason": "one_type",
                "reason_name": "Pothole",
                "reason_now": 0.2,
                "reason_usual": 0.45,
                "reason_share": 0.8,
            },
            "80% of it is Pothole: 20% now, 45% before.",
        ),
        (
            {"reason": "one_district", "reason_name": "8", "reason_now": 0.2, "reason_usual": 0.4, "reason_share": 1.0},
            "All of it is Council district 8: 20% now, 40% before.",
        ),
        (
            {
                "reason": "goal_changed",
                "reason_name": "Pothole",
                "reason_share": 0.9,
                "reason_words": "2 November 2026|7 business days|3 business days",
            },
            "The goal of Pothole changed on 2 November 2026, from 7 business days to 3 business days; 90% of it is "
            "that type.",
        ),
        ({"reason": "staffing", "reason_now": 19.1, "reason_usual": 29.0}, "Posts filled went from 29 to 19."),
        (
            {"reason": "other_work", "reason_share": 0.7},
            "Other work fell due: 70% of it is a shift between types, not how each was kept.",
        ),
        (
            {"reason": "mass_closure", "reason_now": 400.0, "reason_usual": 0.0},
            "A mass closure: 400 closings a week were made in sweeps, 0 before.",
        ),
        (
            {
                "reason": "demand",
                "reason_now": 120.0,
                "reason_usual": 80.0,
                "reason_2": "throughput",
                "reason_2_now": 50.0,
                "reason_2_usual": 81.2,
            },
            "120 a week came in lately, 80 in the 13 weeks before. 50 a week were closed lately, 81 in the 13 weeks "
            "before.",
        ),
        (
            {"reason": "across_types", "reason_now": 7.0, "reason_count": 8.0, "measure": "level", "by": "district"},
            "It is below the others in 7 of the 8 types with 30 or more due in both.",
        ),
    ],
)
def test_a_reason_names_its_figures_or_says_that_there_is_none(changes: dict[str, Any], sentence: str) -> None:
    assert wording.reason(row(**changes), WEEK) == sentence


def test_the_reason_of_a_department_below_the_others_is_what_its_workload_says() -> None:
    told = wording.reason(row(measure="level", against="others"), WEEK, "short of people: 34% vacant")
    assert told == "Short of people: 34% vacant."


def test_how_sure_a_finding_is_stands_in_figures() -> None:
    assert wording.certainty(row()) == (
        "-12 points (95%: -19 points to -5 points); one of 180 comparisons, p 0.012 of all."
    )


def test_what_else_moved_is_told_shortly() -> None:
    others = [row(measure="inflow", change=12.4), row(measure="overdue", against="year_ago", change=-3.21)]
    assert wording.also(others, WEEK) == (
        "With it: Street Services: came in +12 a week; Street Services: overdue against a year ago -3.2 a week."
    )
    assert wording.also([], WEEK) == ""


@pytest.mark.parametrize(
    ("changes", "work", "question"),
    [
        ({}, None, "Street Services: what changed, and by when is it back at 43%?"),
        ({"is_worse": False}, None, "Street Services: what was done to get from 43% to 31%, and can others do it?"),
        (
            {"measure": "level"},
            {"cause": "staff", "vacancy_points": 43.6, "posts_vacant": 9.9, "vacancy_rate": 0.34},
            "Street Services: vacancies explain up to 44 of 69 points. By when are the 10 vacant posts filled, and "
            "what goes first until then?",
        ),
        (
            {"measure": "level"},
            {"cause": "not_staff", "vacancy_rate": 0.04},
            "Street Services: with 4% of posts vacant, what do the 69 of 100 that are missed wait for: parts, permits, "
            "others?",
        ),
        (
            {"measure": "level"},
            {"cause": "cannot_tell"},
            "Street Services: why are 69 of 100 missed? The data show no cause.",
        ),
        ({"measure": "level"}, None, "Street Services: why are 69 of 100 missed?"),
        (
            {"measure": "level", "by": "district", "key": "8"},
            None,
            "Council district 8: the same types are kept 12 points less often than elsewhere. Which crews serve it, "
            "and from where?",
        ),
        (
            COUNT | {"measure": "inflow", "now": 62.0, "usual": 31.0},
            None,
            "Dead animal pickup: what brings 62 a week where it was 31 a week, and who is planned for it?",
        ),
    ],
)
def test_a_question_follows_from_the_finding(changes: dict[str, Any], work: Any, question: str) -> None:
    assert wording.question(row(**changes), WEEK, work) == question


def covered(state: str, **changes: Any) -> dict[str, Any]:
    usual = {"state": state, "made_count": 320, "usual_count": 1500.0, "empty_day_count": 3, "weeks_before": 90}
    return usual | {"newest_at": pd.Timestamp("2026-11-12 09:00")} | changes


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (covered(coverage.WHOLE), []),
        (
            covered(coverage.WHOLE, weeks_before=3),
            ["3 whole weeks of data lie before it; what moved is judged from 17 on."],
        ),
        (
            covered(coverage.HALF_LOADED),
            [
                "The week looks half loaded: 320 requests were made, usually 1,500; 3 days have none.",
                "What moved is not judged.",
            ],
        ),
        (
            covered(coverage.NOT_OVER),
            [
                "The week is not over in the data, which reach to Thu 12 Nov 2026, 09:00: its figures are partial.",
                "What moved is not judged.",
            ],
        ),
        (covered(coverage.BEFORE), ["The week lies before the data.", "What moved is not judged."]),
        (
            covered(coverage.NOTHING),
            ["No request of what is chosen was made in this week.", "What moved is not judged."],
        ),
    ],
)
def test_what_the_data_do_not_cover_is_said_and_nothing_is_judged(given: dict[str, Any], told: list[str]) -> None:
    assert wording.uncovered(given, WEEK, 17) == told


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (0, "Nothing moved by more than weeks differ by themselves."),
        (1, "Only 1 thing moved by more than weeks differ by themselves."),
        (2, "Only 2 things moved by more than weeks differ by themselves."),
        (3, ""),
    ],
)
def test_fewer_than_three_is_said(count: int, told: str) -> None:
    assert wording.few(count, coverage.WHOLE) == told


def test_a_promise_says_from_what_to_what_and_how_it_stands() -> None:
    line = wording.promise_line(PromiseFigure.COMPLIANCE, "Street Services", 0.43, 0.6, date(2027, 3, 31))
    assert line == "kept of those due in 13 weeks, Street Services: from 43% to 60% by 31 March 2027"
    today = wording.promise_today(PromiseFigure.OVERDUE_COUNT, 1209, PromiseState.RUNNING, datetime(2026, 11, 30))
    assert today == "1,209 on 30 Nov 2026: running"
    assert "no figure" in wording.promise_today(
        PromiseFigure.COMPLIANCE, nan, PromiseState.UNTOLD, datetime(2026, 1, 1)
    )


def test_the_title_says_what_and_when() -> None:
    assert wording.title(WEEK) == "Los Angeles, week of 9 to 15 November 2026"
    assert wording.title(MONTH) == "Street Services, October 2026 (28 September to 1 November, whole weeks)"


def test_a_figure_stands_beside_its_target_what_is_usual_and_a_year_ago() -> None:
    found = {"usual": 0.74, "year_ago": nan}
    assert (
        wording.figure_second("compliance", found, "target 80% by 1 Mar 2027") == "target 80% by 1 Mar 2027; usual: 74%"
    )
    assert wording.figure_second("overdue_count", {"usual": 2286.0, "year_ago": 1542.0}, "") == (
        "when it began: 2,286; a year ago: 1,542"
    )
    assert wording.figure("inflow", nan) == "no data"
