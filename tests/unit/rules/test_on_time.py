"""On time, on arrays: boundaries to the second."""

from __future__ import annotations

import numpy as np
import pytest

from db.rules import on_time
from db.rules.vocabulary import PRECISIONS, DayKnown, by_day, with_due


def at(text: str) -> np.ndarray:
    return np.array([text], "datetime64[us]")


@pytest.mark.parametrize(
    ("now", "by_day", "past"),
    [
        ("2026-07-10T16:59:59", False, False),
        ("2026-07-10T17:00", False, True),
        ("2026-07-10T23:59:59", True, False),
        ("2026-07-11T00:00", True, True),
    ],
)
def test_a_due_moment_has_gone_by_at_itself_and_a_due_day_when_it_is_over(now: str, by_day: bool, past: bool) -> None:
    assert on_time.is_past(at("2026-07-10T17:00"), at(now)[0], due_by_day=[by_day]).tolist() == [past]


def test_nothing_is_usable_or_met_without_a_closing() -> None:
    no_closing, due = at("NaT"), at("2026-07-10T17:00")
    assert not on_time.is_usable(due, no_closing, created_by_day=[True], closed_by_day=[False]).any()
    assert not on_time.is_met(no_closing, due, closed_by_day=[False], due_by_day=[True]).any()


def test_the_precisions_are_every_choice_of_moments_in_order() -> None:
    assert sorted(PRECISIONS) == sorted(
        ["", "closed", "created", "due", "closed,created", "closed,due", "created,due", "closed,created,due"]
    )
    assert by_day(DayKnown.DUE) == ("due", "closed,due", "created,due", "closed,created,due")
    assert set(PRECISIONS) - set(by_day(DayKnown.CLOSED, DayKnown.CREATED)) == {"", "due"}


@pytest.mark.parametrize("precision", PRECISIONS)
def test_another_word_on_the_due_date_leaves_the_other_moments(precision: str) -> None:
    without, with_it = (with_due(precision, is_by_day=known) for known in (False, True))
    assert (without in by_day(DayKnown.DUE), with_it in by_day(DayKnown.DUE)) == (False, True)
    for moment in (DayKnown.CLOSED, DayKnown.CREATED):
        known = {text in by_day(moment) for text in (precision, without, with_it)}
        assert len(known) == 1
