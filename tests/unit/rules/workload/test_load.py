"""Load, vacancy and capacity against figures worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.rules import workload as rules

POSTS = st.floats(0.5, 500)


def weeks(*values: float, times: int = 1) -> np.ndarray:
    return np.array(values * times, float)


def test_vacancies_add_the_difference_between_filled_and_authorised():
    found = rules.load([440.0], [10.0], [7.2])
    assert found.per_authorised[0] == pytest.approx(44.0)
    assert found.per_filled[0] == pytest.approx(61.111, abs=1e-3)
    assert found.added[0] == pytest.approx(44.0 * 0.28 / 0.72)


@settings(deadline=None)
@given(st.floats(0, 1e6), POSTS, st.floats(0.01, 1))
def test_the_part_vacancies_add_is_the_formula_of_the_definition(work, authorised, filled_share):
    found = rules.load([work], [authorised], [authorised * filled_share])
    vacant = 1 - filled_share
    assert found.added[0] == pytest.approx(work / authorised * vacant / (1 - vacant), rel=1e-6, abs=1e-6)


@settings(deadline=None)
@given(st.floats(0, 1e6), POSTS)
def test_no_vacancies_add_nothing(work, posts):
    assert rules.load([work], [posts], [posts]).added[0] == 0


def test_zero_filled_is_a_state_and_not_a_division():
    found = rules.load([50.0, 50.0], [10.0, 0.0], [0.0, 0.0])
    assert np.isnan(found.per_filled).all()
    assert found.is_empty.tolist() == [True, False]
    assert found.per_authorised[0] == 5


def test_more_filled_than_authorised_is_refused_with_both_figures():
    with pytest.raises(ValueError, match="fte_filled 11 is more than fte_authorised 10"):
        rules.load([1.0, 1.0], [20.0, 10.0], [5.0, 11.0])


def test_negative_posts_are_refused():
    with pytest.raises(ValueError, match="fte_authorised -1 is negative"):
        rules.load([1.0], [-1.0], [-1.0])


def test_deleting_vacant_posts_lowers_the_rate_but_not_against_the_baseline():
    assert rules.vacancy_rate([100.0, 80.0], [75.0, 75.0]).tolist() == pytest.approx([0.25, 0.0625])
    assert rules.vacancy_against([100.0], [75.0]).tolist() == pytest.approx([0.25])


def test_capacity_is_the_high_four_week_mean_of_loaded_weeks():
    throughput = weeks(*[80.0] * 16, *[100.0] * 4)
    found = rules.demonstrated_capacity(throughput, np.full(20, 10.0), np.full(20, 500.0))
    means = [8.0] * 13 + [8.5, 9.0, 9.5, 10.0]
    assert found.per_fte == pytest.approx(np.percentile(means, 90))
    assert (found.is_lower_bound, found.loaded_weeks) == (False, 20)


def test_fewer_than_thirteen_loaded_weeks_give_only_a_lower_bound():
    backlog = np.where(np.arange(30) < 12, 500.0, 3.0)
    found = rules.demonstrated_capacity(np.full(30, 70.0), np.full(30, 10.0), backlog)
    assert (found.per_fte, found.is_lower_bound, found.loaded_weeks) == (7.0, True, 12)


def test_weeks_without_anyone_at_work_are_left_out_of_capacity():
    filled = np.where(np.arange(30) < 5, 0.0, 10.0)
    found = rules.demonstrated_capacity(np.full(30, 70.0), filled, np.full(30, 500.0))
    assert (found.per_fte, found.loaded_weeks) == (7.0, 25)


def test_no_posts_at_all_show_no_capacity():
    found = rules.demonstrated_capacity(np.full(30, 70.0), np.zeros(30), np.full(30, 500.0))
    assert np.isnan(found.per_fte)
    assert found.is_lower_bound


def test_a_sweep_is_more_than_three_times_the_usual_day_of_its_code():
    daily = np.tile([[40, 2]], (10, 1))
    daily[3] = [121, 7]
    daily[4] = [120, 0]
    assert np.argwhere(rules.mass_closures(daily)).tolist() == [[3, 0]]


def test_a_busy_season_is_no_sweep_but_a_sweep_within_it_is():
    """A season of four times the usual work, as storms bring, is work that people did."""
    daily = np.full((400, 1), 10)
    daily[100:160] = 40
    daily[130] = 121
    assert np.argwhere(rules.mass_closures(daily)).tolist() == [[130, 0]]


def test_utilisation_is_mean_inflow_of_eight_weeks_over_capacity():
    inflow = np.concatenate([np.full(20, 999.0), np.full(8, 90.0)])
    assert rules.utilisation(inflow, 10.0, 9.0) == pytest.approx(1.0)
    assert np.isnan(rules.utilisation(inflow, 10.0, 0.0))


@settings(deadline=None)
@given(st.floats(0.1, 50), st.integers(0, 100))
def test_scaling_inflow_and_staff_together_changes_nothing(scale, seed):
    rng = np.random.default_rng(seed)
    inflow, throughput = rng.uniform(50, 100, 30), rng.uniform(50, 100, 30)
    filled, backlog = rng.uniform(5, 10, 30), np.full(30, 400.0)
    one = rules.demonstrated_capacity(throughput, filled, backlog)
    many = rules.demonstrated_capacity(throughput * scale, filled * scale, backlog * scale)
    assert many.per_fte == pytest.approx(one.per_fte)
    assert rules.utilisation(inflow * scale, many.per_fte, filled[-1] * scale) == pytest.approx(
        rules.utilisation(inflow, one.per_fte, filled[-1])
    )
