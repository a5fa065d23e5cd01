"""The weeks ahead: against weeks worked by hand, and more staff never worsens anything."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.rules import workload as rules
from db.rules.workload.projection import BLOCK_WEEKS


def standing(
    open_count=(100.0,), due_by=None, goal_weeks=(2.0,), share=None, exit_rate=None, weeks=13
) -> rules.Standing:
    types = len(open_count)
    counts = np.array(open_count, float)
    due = np.tile(counts, (weeks + 1, 1)) if due_by is None else np.array(due_by, float)
    return rules.Standing(
        counts,
        due,
        np.array(goal_weeks, float),
        np.full(types, 1 / types) if share is None else np.array(share),
        np.full(types, 0.5) if exit_rate is None else np.array(exit_rate),
    )


def steady(per_week: float, weeks: int = 13, types: int = 1) -> np.ndarray:
    return np.full((1, weeks, types), per_week)


def test_a_backlog_falls_by_capacity_less_inflow():
    found = rules.project_staffed(standing(), steady(10.0, 4), np.full((1, 4), 30.0))
    assert found.open_count[1].tolist() == [80.0, 60.0, 40.0, 20.0]


def test_overdue_counts_the_old_first_and_what_comes_due_on_the_way():
    due = [[60], [80], [100], [100], [100]]
    found = rules.project_staffed(standing(due_by=due), steady(10.0, 4), np.full((1, 4), 30.0))
    # served in all 30, 60, 90, 120; due by the end of each week 80, 100, 110, 120 (new ones two weeks after they came)
    assert found.overdue_mean.tolist() == [50.0, 40.0, 20.0, 0.0]


def test_work_without_a_goal_is_never_overdue():
    due = np.zeros((5, 1))
    found = rules.project_staffed(standing(due_by=due, goal_weeks=(np.nan,)), steady(50.0, 4), np.full((1, 4), 10.0))
    assert found.overdue_mean.tolist() == [0.0] * 4
    assert found.open_count[1][-1] == 260.0


def test_hands_without_work_of_their_own_help_the_others():
    found = rules.project_staffed(
        standing(open_count=(0.0, 100.0), goal_weeks=(1.0, 1.0)), steady(0.0, 2, 2), np.full((1, 2), 40.0)
    )
    assert found.open_count[1].tolist() == [60.0, 20.0]


def test_where_staff_is_no_limit_each_request_leaves_at_its_rate():
    found = rules.project_unlimited(standing(exit_rate=(0.25,)), steady(0.0, 3), np.ones((1, 3)))
    assert found.open_count[1].tolist() == pytest.approx([75.0, 56.25, 42.1875])
    assert found.overdue_mean.tolist() == pytest.approx([75.0, 56.25, 42.1875])


def test_an_unlimited_department_in_balance_stays_in_balance():
    rate = 0.2
    level = 10.0 * np.sqrt(1 - rate) / rate
    found = rules.project_unlimited(standing(open_count=(level,), exit_rate=(rate,)), steady(10.0), np.ones((1, 13)))
    assert found.open_count[1] == pytest.approx(np.full(13, level))


def test_where_staff_is_no_limit_new_requests_come_due_too():
    found = rules.project_unlimited(
        standing((0.0,), goal_weeks=(1.0,), exit_rate=(0.0,)), steady(10.0, 3), np.ones((1, 3))
    )
    assert found.overdue_mean.tolist() == [0.0, 10.0, 20.0]


def test_draws_are_runs_of_real_weeks_with_their_types_together():
    history = np.column_stack([np.arange(40.0), np.arange(40.0) + 1000])
    drawn = rules.draw_inflow(history, 13, 50, np.random.default_rng(0))
    assert drawn.shape == (50, 13, 2)
    assert (drawn[:, :, 1] - drawn[:, :, 0] == 1000).all()
    assert drawn[:, :, 0].min() >= 14
    assert (np.diff(drawn[:, :BLOCK_WEEKS, 0], axis=1) == 1).all()


def test_two_years_of_data_bring_the_season_at_this_years_level():
    weeks = np.arange(52 * 3)
    season = 100 + 50 * np.sin(2 * np.pi * weeks / 52)
    level = 1.2 ** (weeks / 52)
    drawn = rules.draw_inflow((season * level)[:, None], 13, 400, np.random.default_rng(0))
    ahead = weeks[-1] + 1 + np.arange(13)
    coming = (100 + 50 * np.sin(2 * np.pi * ahead / 52)) * 1.2 ** (ahead / 52)
    assert drawn[:, :, 0].mean(axis=0) == pytest.approx(coming, rel=0.05)


def test_a_new_hire_counts_once_productive_and_a_loss_at_once():
    assert rules.filled_path(5, 7, 2, 4).tolist() == [5, 5, 7, 7]
    assert rules.filled_path(5, 3, 2, 4).tolist() == [3, 3, 3, 3]
    with pytest.raises(ValueError, match="must not be negative"):
        rules.filled_path(5, -1, 2)


def test_no_one_at_work_closes_nothing():
    found = rules.what_if(
        standing(), np.full((30, 1), 10.0), np.full(20, 5.0), 4.0, 0.0, 0, rng=np.random.default_rng(1)
    )
    assert found.open_count[1][-1] == 100 + 130


def test_the_band_holds_the_middle_and_widens():
    history = np.random.default_rng(5).poisson(40, (30, 1)).astype(float)
    found = rules.what_if(standing(), history, np.full(20, 9.0), 4.0, 4.0, 0, rng=np.random.default_rng(1))
    low, middle, high = found.open_count
    assert ((low <= middle) & (middle <= high)).all()
    assert high[-1] - low[-1] > high[0] - low[0]


def test_no_history_is_refused():
    with pytest.raises(ValueError, match="no week of inflow"):
        rules.draw_inflow(np.empty((0, 2)), 13, 10, np.random.default_rng(0))


def test_one_hire_helps_by_the_overdue_it_avoids():
    behind = standing(open_count=(1000.0,), goal_weeks=(100.0,))
    found = rules.hire_helps(behind, np.full((30, 1), 50.0), np.full(20, 6.0), 8.0, seed=3)
    assert found == pytest.approx(13 * 6.0)
    idle = standing(open_count=(0.0,))
    assert rules.hire_helps(idle, np.full((30, 1), 10.0), np.full(20, 6.0), 8.0, seed=3) == 0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 20), st.floats(0, 5), st.integers(0, 8))
def test_more_posts_filled_never_worsen_any_week(seed, posts, more, ramp):
    rng = np.random.default_rng(seed)
    types = int(rng.integers(1, 5))
    counts = rng.integers(0, 200, types).astype(float)
    due = np.minimum(np.cumsum(rng.integers(0, 30, (14, types)), axis=0), counts)
    now = standing(counts, due, rng.choice([1.0, 3.5, np.nan], types), rng.dirichlet(np.ones(types)))
    history, rates = rng.poisson(20, (40, types)).astype(float), rng.uniform(3, 8, 30)
    few, many = (
        rules.what_if(now, history, rates, 5.0, filled, ramp, rng=np.random.default_rng(seed), futures=20)
        for filled in (posts, posts + more)
    )
    assert (many.overdue_mean <= few.overdue_mean + 1e-9).all()
    assert (many.open_count <= few.open_count + 1e-9).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 20))
def test_scaling_work_and_staff_together_scales_the_projection(seed, scale):
    rng = np.random.default_rng(seed)
    history, rates = rng.poisson(20, (40, 1)).astype(float), rng.uniform(3, 8, 30)
    one = rules.what_if(standing(), history, rates, 4.0, 4.0, 0, rng=np.random.default_rng(seed), futures=20)
    many = rules.what_if(
        standing(open_count=(100 * scale,)),
        history * scale,
        rates,
        4.0 * scale,
        4.0 * scale,
        0,
        rng=np.random.default_rng(seed),
        futures=20,
    )
    assert many.overdue_mean == pytest.approx(one.overdue_mean * scale)
