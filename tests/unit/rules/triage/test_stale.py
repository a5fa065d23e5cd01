"""From which age on a request may no longer exist."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from db.rules.triage.stale import NEVER_STALE, month_of, stale_age

NO_GOAL = float("nan")


def requests(count: int, exit_age: float, closed: bool, entry_age: float = 0.0) -> np.ndarray:
    return np.column_stack([np.full(count, entry_age), np.full(count, exit_age), np.full(count, closed)])


def age_of(*parts: np.ndarray, goal_days: float = NO_GOAL) -> float:
    rows = np.concatenate(parts)
    return stale_age(rows[:, 0], rows[:, 1], rows[:, 2] > 0, goal_days=goal_days)


# Most are closed within ten days; of those that reach 90 days none is ever closed.
USUAL = (requests(900, 10, True), requests(90, 400, False))


def test_the_least_age_beyond_which_hardly_any_is_closed():
    assert age_of(*USUAL) == 90
    # Of 80 that are still open at 90 days a quarter is closed within the next 30, then none.
    assert age_of(*USUAL, requests(30, 100, True)) == 120


def test_three_goals_are_the_least():
    assert age_of(*USUAL, goal_days=50) == 150


def test_too_few_to_be_sure_are_told_from_those_that_are_never_stale():
    assert np.isnan(age_of(requests(900, 10, True), requests(20, 125, False)))
    assert age_of(requests(900, 10, True), requests(20, 700, False)) == 90


def test_where_most_reach_the_age_open_it_is_neglect_and_not_records():
    assert age_of(requests(100, 10, True), requests(200, 400, False)) == NEVER_STALE


def test_a_slow_type_that_goes_on_being_closed_is_never_stale():
    slow = [requests(20, 30.0 * month + 15, True) for month in range(12)]
    assert age_of(*slow, requests(40, 365, False)) == NEVER_STALE


def test_a_sweep_handed_over_as_not_closed_does_not_keep_records_alive():
    assert age_of(*USUAL, requests(60, 200, False)) == 90


def test_old_ones_seen_only_late_count_from_the_age_at_which_they_were_seen():
    seen_late = requests(200, 900, False, entry_age=600)
    assert age_of(requests(900, 10, True), requests(10, 120, True), seen_late) == 120


def test_nothing_seen_is_too_few():
    assert np.isnan(age_of(requests(0, 1, True)))
    assert np.isnan(age_of(requests(5, 10, True)))


@pytest.mark.parametrize("day", [1, 15, 31])
def test_the_age_is_fixed_for_the_month(day):
    assert month_of(datetime(2026, 7, day, 16, 30)) == datetime(2026, 7, 1)
