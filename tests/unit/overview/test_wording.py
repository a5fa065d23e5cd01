"""The sentences of the first screen: each names its figures, and says so where nothing can be told."""

from __future__ import annotations

from typing import Any

import pytest

from components.overview import parts, wording

NAN = float("nan")


def department(**changes: Any) -> dict[str, Any]:
    """Street Lighting: 98 of 100 points missed, short of people."""
    usual: dict[str, Any] = {
        "name": "Street Lighting",
        "department": "BSL",
        "due_count": 562,
        "met_count": 11,
        "compliance": 0.02,
        "is_below_others": True,
        "has_goal": True,
        "overdue_count": 714,
        "overdue_week_change": 2.0,
        "load_state": "shown",
        "miss_state": "told",
        "vacancy_rate": 0.34,
        "staff_limited": "yes",
        "vacancy_points_low": 0.0,
        "vacancy_points": 44.0,
        "order_points": 0.0,
        "together_points": 0.0,
        "remains_points": 54.0,
        "untold_points": 0.0,
        "fte_authorised": 29.0,
        "fte_filled": 19.0,
        "overdue_avoided_if_filled": 290.0,
        "best_share_shared": 0.5,
        "best_share_filled": 0.9,
        "stale_overdue_count": 0,
        "published_due_count": 0,
    }
    for name in ("previous", "year_before"):
        usual |= {f"{name}_is_small": False, f"{name}_is_same": True, f"{name}_points": 0.4}
    return usual | changes


def test_the_sentence_on_top_names_department_share_number_and_reason() -> None:
    rows = [department(), department(name="Sanitation", compliance=0.87, is_below_others=False)]
    assert wording.headline(rows, promises=False, period="in the last 13 weeks") == (
        "Street Lighting keeps its goals least: 2% of 562 due in the last 13 weeks were done in time. Short of people: "
        "34% of posts vacant, which explains up to 44 of the 98 in 100 missed."
    )
    assert wording.headline(rows, promises=True, period="x").startswith("Street Lighting keeps its promises least")


def test_of_one_department_that_was_chosen_the_sentence_is_about_that_one() -> None:
    rows = [department(name="Sanitation", department="LASAN", compliance=0.87), department()]
    asked = {"promises": False, "period": "in the last 13 weeks"}
    assert wording.headline(rows, **asked).startswith("Street Lighting keeps its goals least")
    assert wording.headline(rows, **asked, chosen=("LASAN",)).startswith(
        "Sanitation kept 87% of 562 due in the last 13"
    )
    none = [department(has_goal=False, due_count=0)]
    assert wording.headline(none, **asked, chosen=("BSL",)) == "Street Lighting has no published target."


def test_nobody_is_named_where_nobody_stands_out_or_too_few_were_due() -> None:
    alike = [department(compliance=share, is_below_others=False) for share in (0.78, 0.8)]
    assert "No department stands out: all kept between 78% and 80%" in wording.headline(
        alike, promises=False, period="x"
    )
    assert "fewer than 30" in wording.headline([department(due_count=29)], promises=False, period="x")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"vacancy_points_low": 13.0},
            "short of people: 34% of posts vacant, which explains 13 to 44 of the 98 in 100",
        ),
        (
            {"staff_limited": "no", "vacancy_rate": 0.04},
            "not short of people (4% of posts vacant): what is closed follows what comes in",
        ),
        ({"staff_limited": "no", "order_points": 26.4}, "; the order of work explains up to 26 of the 98 in 100"),
        ({"order_points": 26.4}, "of the 98 in 100 missed; the order of work up to 26"),
        ({"load_state": "contractors", "miss_state": "cannot_tell"}, "contractors do most of this work"),
        ({"load_state": "no_figures", "vacancy_rate": NAN}, "no staffing figures"),
        ({"staff_limited": "cannot_tell"}, "34% of posts vacant; whether people are the limit cannot be told"),
        ({"vacancy_points": 0.2}, "vacancies explain none of it"),
        ({"vacancy_points": NAN}, "34% of posts vacant; what that explains cannot be told"),
        ({"due_count": 0, "compliance": NAN}, "nothing was due"),
        ({"compliance": 1.0}, "nothing was missed"),
        (
            {"miss_state": "too_short", "usual_due_count": 562, "usual_compliance": 0.02, "usual_vacancy_points": 44.0}
            | {"usual_vacancy_points_low": 0.0},
            "too short to tell why; over the last 13 weeks vacancies explain up to 44 of the 98 in 100 missed",
        ),
        ({"miss_state": "too_few", "usual_due_count": 0}, "too few were due to tell"),
    ],
)
def test_a_reason_is_what_the_data_show_and_no_more(changes: dict[str, Any], words: str) -> None:
    told = wording.why(department(**changes))
    assert words in told
    assert "up to 0" not in told


@pytest.mark.parametrize(
    ("changes", "first"),
    [
        ({}, ("fill 10 posts: about 290 fewer overdue in 13 weeks", "workload")),
        ({"order_points": 60.0}, ("another order of work: up to 60 more in 100 kept", "workload")),
        (
            {"best_share_filled": 0.3},
            ("the goal itself: with all posts filled the best order keeps 30%", "goals"),
        ),
        (
            {"staff_limited": "cannot_tell", "best_share_filled": NAN, "overdue_avoided_if_filled": NAN},
            ("the goal, or more people: today's keep 50% at best, in any order", "goals"),
        ),
        ({"load_state": "contractors"}, ("ask the contractor for its weekly count", "compliance")),
        (
            {"staff_limited": "no", "overdue_avoided_if_filled": 0.0},
            ("ask what waits for parts, permits or others: up to 54 in 100", "compliance"),
        ),
        (
            {"staff_limited": "cannot_tell", "overdue_avoided_if_filled": NAN, "best_share_shared": NAN}
            | {"best_share_filled": NAN},
            ("ask for the reason: the data show none", "compliance"),
        ),
    ],
)
def test_the_largest_remedy_comes_first_with_the_page_that_shows_it(
    changes: dict[str, Any], first: tuple[str, str]
) -> None:
    remedy = wording.remedies(department(**changes))[0]
    assert (remedy.text, remedy.page) == first


def test_old_records_are_a_remedy_where_they_are_a_tenth_of_what_is_overdue() -> None:
    told = wording.remedies(department(stale_overdue_count=72))[-1]
    assert (told.text, told.page, told.link) == (
        "check 72 old records: perhaps long gone",
        "queue",
        {"lane": "check_exists"},
    )
    assert len(wording.remedies(department(stale_overdue_count=71))) == 1
    contractors = department(load_state="contractors", stale_overdue_count=400)
    assert [remedy.page for remedy in wording.remedies(contractors)] == ["compliance", "queue"]


def test_what_was_not_missed_needs_no_remedy() -> None:
    kept = department(compliance=1.0, overdue_avoided_if_filled=0.0, staff_limited="cannot_tell", best_share_filled=1.0)
    assert wording.remedies(kept) == []


def test_changes_are_said_once_where_both_agree_and_never_where_too_few_were_due() -> None:
    assert (
        wording.changes(department(), "the 13 weeks before") == "about the same as the 13 weeks before and a year ago"
    )
    worse = department(previous_is_same=False, previous_points=-4.4)
    assert wording.changes(worse, "the 13 weeks before") == (
        "-4 points against the 13 weeks before; a year ago about the same"
    )
    few = department(previous_is_small=True, year_before_is_small=True)
    assert wording.changes(few, "the time before") == "too few to compare, the time before and a year ago"


def test_overdue_without_a_target_is_no_number() -> None:
    assert wording.overdue(department()) == "714 overdue, 2 more than a week ago"
    assert wording.overdue(department(overdue_week_change=NAN)) == "714 overdue"
    assert wording.overdue(department(overdue_week_change=0.0)) == "714 overdue, as many as a week ago"
    assert wording.overdue(department(overdue_week_change=-3.0, stale_overdue_count=1200)) == (
        "714 overdue, 3 fewer than a week ago; 1,200 perhaps no longer there"
    )
    assert wording.overdue(department(has_goal=False, overdue_count=0)) == "no published target"


def test_how_much_was_promised_is_said_unless_only_promises_count() -> None:
    assert wording.promised(department(), promises=False) == "none promised"
    assert wording.promised(department(published_due_count=281), promises=False) == "50% promised"
    assert wording.promised(department(published_due_count=562), promises=False) == ""
    assert wording.promised(department(), promises=True) == ""


def test_the_parts_of_the_bar_add_up_and_what_either_alone_would_keep_counts_once() -> None:
    row = department(vacancy_points=42.0, order_points=63.0, together_points=-13.0, remains_points=6.0)
    found = parts.of(row)
    assert found == {"vacancies": 29.0, "either alone": 13.0, "order of work": 50.0, "remains": 6.0}
    assert sum(found.values()) == 98
    assert parts.of(department(**dict.fromkeys(("vacancy_points", "order_points", "remains_points"), NAN))) == {}


def test_the_city_names_who_makes_most_of_the_misses() -> None:
    rows = [
        department(name=name, due_count=due, met_count=met)
        for name, due, met in (("A", 100, 10), ("B", 100, 50), ("C", 100, 60), ("D", 100, 99))
    ]
    assert wording.city(rows) == "55% of 400 due were done in time. A, B and C make 99% of the misses."
    assert wording.city([department(due_count=0, met_count=0)]) == ""
