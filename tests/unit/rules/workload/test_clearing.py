"""Whether an overdue backlog clears is read from itself: beyond chance, or not at all."""

from __future__ import annotations

import numpy as np
import pytest

from db.rules.workload.clearing import ABOUT_THE_SAME, FALLING, FEW, RISING, TOO_SHORT, clearing


def steady(weeks: int, change: float = 0.0, moves: float = 40.0) -> tuple[np.ndarray, np.ndarray]:
    """So many requests become overdue every week, and `change` fewer or more are closed."""
    return np.full(weeks, moves), np.full(weeks, moves - change)


def test_under_thirty_overdue_nothing_is_said():
    assert clearing(29, *steady(52, -5)).state == FEW


def test_under_26_weeks_nothing_is_said():
    found = clearing(300, *steady(25, -5))
    assert (found.state, found.change) == (TOO_SHORT, -40.0)
    assert np.isnan(found.weeks_low)


@pytest.mark.parametrize(("change", "state"), [(-12.0, FALLING), (12.0, RISING), (-0.5, ABOUT_THE_SAME)])
def test_what_moves_beyond_chance_is_said(change: float, state: str):
    assert clearing(500, *steady(104, change)).state == state


def test_a_change_that_blocks_differ_by_is_about_the_same():
    rng = np.random.default_rng(3)
    fell = np.repeat(rng.normal(40, 20, 13), 8)
    late = np.full(104, 40.0)
    late[-8:] = fell[-8:] + 10
    found = clearing(500, fell, late)
    assert found.state == ABOUT_THE_SAME
    assert found.by_chance > 80


def test_weeks_are_a_range_around_the_pace_and_only_where_it_falls():
    found = clearing(129, *steady(104, -20.0))
    assert found.weeks_low < 5 < found.weeks_high
    assert np.isnan(clearing(129, *steady(104, 20.0)).weeks_low)


def test_further_ahead_than_its_pace_was_seen_no_weeks_are_given():
    assert not np.isnan(clearing(30 + 8 * 20 - 1, *steady(104, -20.0)).weeks_low)
    found = clearing(30 + 8 * 20 + 1, *steady(104, -20.0))
    assert found.state == FALLING
    assert np.isnan(found.weeks_low)


def test_a_fall_that_may_as_well_stop_gives_no_weeks():
    fell, late = steady(26, 0.0)
    late[-8:] += 5.5
    found = clearing(4000, fell, late)
    assert found.state in (FALLING, ABOUT_THE_SAME)
    assert np.isnan(found.weeks_high) or found.weeks_high > found.weeks_low
