"""A scenario comes from the link: what can be right is taken, what cannot is dropped and named."""

from __future__ import annotations

import pandas as pd
import pytest

from components.page_params import PageParams
from components.workload.what_if import Scenario, most_posts, outcome, scenario


def parsed(posts: str = "", productive: str = "") -> tuple[Scenario, list[str]]:
    own = PageParams({"posts": [posts], "productive": [productive]})
    return scenario(own, filled=19.1, authorised=29.1), own.problems


def test_no_scenario_in_the_link_is_as_now():
    assert parsed() == (Scenario(19.1, 0), [])


@pytest.mark.parametrize(
    ("posts", "productive", "expected"),
    [
        ("24", "6", Scenario(24.0, 6)),
        ("0", "0", Scenario(0.0, 0)),
        ("58.2", "13", Scenario(58.2, 13)),
    ],
)
def test_a_scenario_in_the_link_is_taken(posts: str, productive: str, expected: Scenario):
    assert parsed(posts, productive) == (expected, [])


@pytest.mark.parametrize("posts", ["-1", "58.3", "nan", "inf", "1e99", "many", "12 posts"])
def test_posts_that_cannot_be_are_dropped_and_named(posts: str):
    found, (problem,) = parsed(posts)
    assert found.posts == 19.1
    assert posts in problem
    assert "0 to 58.2" in problem


@pytest.mark.parametrize("productive", ["-1", "14", "2.5", "nan", "soon"])
def test_weeks_that_cannot_be_are_dropped_and_named(productive: str):
    found, (problem,) = parsed("24", productive)
    assert found == Scenario(24.0, 0)
    assert productive in problem


def test_a_small_department_can_try_ten_more():
    assert most_posts(1.0) == 11.0


def ends(overdue: float) -> pd.DataFrame:
    return pd.DataFrame({"overdue_mean": [100.0, overdue]})


@pytest.mark.parametrize(
    ("posts", "overdue", "words"),
    [
        (19.1, 90.0, "with the posts filled as now"),
        (
            29.1,
            40.0,
            "With 10 more posts filled, about 50 fewer requests would be overdue after 2 weeks, in this model.",
        ),
        (18.6, 95.2, "With 0.5 fewer posts filled, about 5 more requests would be overdue"),
        (20.1, 89.9, "would be about the same"),
    ],
)
def test_the_outcome_is_said_in_a_sentence(posts: float, overdue: float, words: str):
    assert words in outcome(ends(90.0), ends(overdue), Scenario(posts), 19.1, "requests")
