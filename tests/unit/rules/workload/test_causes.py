"""Why a department misses and what would mend it: one rule, its codes and their sizes."""

from __future__ import annotations

from typing import Any

import pytest

from db.rules.vocabulary import Cause, Remedy
from db.rules.workload.causes import best_possible, causes, main_cause, remedies

NAN = float("nan")


def facts(**changes: Any) -> dict[str, Any]:
    """A department that kept 40 of 100, half of its posts vacant."""
    usual: dict[str, Any] = {
        "due_count": 100,
        "compliance": 0.4,
        "load_state": "shown",
        "miss_state": "told",
        "vacancy_rate": 0.5,
        "staff_limited": "yes",
        "vacancy_points_low": 5.0,
        "vacancy_points": 30.0,
        "order_points": 20.0,
        "remains_points": 10.0,
        "untold_points": 0.0,
        "best_share_shared": 0.6,
        "best_share_filled": 0.95,
        "overdue_count": 50,
        "overdue_avoided_if_filled": 40.0,
        "stale_overdue_count": 0,
    }
    return usual | changes


@pytest.mark.parametrize(
    ("changes", "codes", "main"),
    [
        ({}, ["staff", "order"], "staff"),
        ({"vacancy_points": 0.4}, ["not_vacancies", "order"], "order"),
        ({"staff_limited": "no", "vacancy_points": 0.0}, ["not_staff", "order"], "not_staff"),
        ({"staff_limited": "cannot_tell", "vacancy_points": NAN, "untold_points": 40.0}, None, "cannot_tell"),
        ({"staff_limited": "cannot_tell", "vacancy_points": NAN, "untold_points": 4.0}, None, "order"),
        ({"load_state": "no_figures", "vacancy_rate": NAN, "order_points": 0.9}, ["no_figures"], "no_figures"),
        ({"load_state": "contractors", "miss_state": "cannot_tell"}, ["contractors"], "contractors"),
        ({"miss_state": "too_few"}, ["too_few"], "too_few"),
        ({"miss_state": "too_short"}, ["too_short"], "too_short"),
        ({"compliance": 1.0}, ["nothing_missed"], "nothing_missed"),
        ({"due_count": 0, "compliance": NAN}, ["nothing_due"], "nothing_due"),
    ],
)
def test_causes_are_told_with_what_is_known_of_the_hands_first(
    changes: dict[str, Any], codes: list[str] | None, main: str
) -> None:
    row = facts(**changes)
    assert codes is None or [part.code for part in causes(row)] == codes
    assert main_cause(row) == main


def test_a_cause_carries_its_size() -> None:
    staff, order = causes(facts())
    assert (staff.code, staff.low, staff.points) == (Cause.STAFF, 5.0, 30.0)
    assert (order.code, order.points) == (Cause.ORDER, 20.0)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, [("posts", 40.0), ("order", 20.0)]),
        ({"order_points": 31.0}, [("order", 31.0), ("posts", 40.0)]),
        ({"overdue_avoided_if_filled": 4.0}, [("order", 20.0)]),
        ({"best_share_filled": 0.72}, [("posts", 40.0), ("goal", 0.72), ("order", 20.0)]),
        ({"staff_limited": "no", "overdue_avoided_if_filled": 0.0}, [("order", 20.0), ("ask_parts", 10.0)]),
        (
            {"staff_limited": "cannot_tell", "overdue_avoided_if_filled": NAN, "best_share_filled": NAN},
            [("goal_or_hands", 0.6), ("order", 20.0)],
        ),
        ({"stale_overdue_count": 5}, [("posts", 40.0), ("order", 20.0), ("check_stale", 5.0)]),
        ({"stale_overdue_count": 4}, [("posts", 40.0), ("order", 20.0)]),
    ],
)
def test_remedies_are_told_most_points_first_with_their_sizes(
    changes: dict[str, Any], told: list[tuple[str, float]]
) -> None:
    assert [(mending.code.value, mending.size) for mending in remedies(facts(**changes))] == told


def test_too_short_a_stretch_names_no_goal_and_asks_nothing_but_posts_stand() -> None:
    parts = dict.fromkeys(("vacancy_points", "order_points", "remains_points", "best_share_shared"), NAN)
    row = facts(miss_state="too_short", best_share_filled=NAN, **parts)
    assert [mending.code for mending in remedies(row)] == [Remedy.POSTS]


def test_the_best_possible_is_of_all_posts_where_staff_is_the_limit() -> None:
    assert best_possible(facts()) == 0.95
    assert best_possible(facts(best_share_filled=NAN)) == 0.6
