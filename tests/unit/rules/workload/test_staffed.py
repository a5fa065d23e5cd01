"""Is it staff at all: departments whose cause is known, and what refuses an answer."""

from __future__ import annotations

import numpy as np
import pytest

from db.rules import workload as rules
from db.rules.workload.staffed import dispersion, expected_throughput, fit, lag_shares
from tests.bench.simulate_departments import PLANS, study

LAGS = np.array([6.0, 3.0, 1.0])


def uneven_inflow(weeks: int = 104, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.poisson(100 * (1 + 0.3 * np.sin(np.arange(weeks) / 8))).astype(float)


def ask(inflow: np.ndarray, throughput: np.ndarray, filled: float | np.ndarray = 10.0) -> rules.Verdict:
    return rules.is_it_staff(inflow, throughput, np.broadcast_to(filled, inflow.shape).astype(float), LAGS)


def test_lag_shares_are_cut_where_ninety_five_in_a_hundred_are_reached():
    assert lag_shares(np.array([50.0, 45.0, 5.0]), 10).tolist() == pytest.approx([50 / 95, 45 / 95])


def test_expected_throughput_is_inflow_spread_over_the_waits():
    found = expected_throughput(np.array([10.0, 20.0, 30.0]), np.array([0.5, 0.5]))
    assert np.isnan(found[0])
    assert found[1:].tolist() == [15.0, 25.0]


def test_dispersion_of_a_steady_stream_is_about_one():
    assert dispersion(np.random.default_rng(0).poisson(50, 5000)) == pytest.approx(1.0, abs=0.1)


def test_the_fit_recovers_a_line_and_its_error():
    rng = np.random.default_rng(3)
    column = rng.normal(0, 1, 2000)
    slopes, errors = fit(5 + 2 * column + rng.normal(0, 1, 2000), [column])
    assert slopes[0] == pytest.approx(2, abs=0.1)
    assert errors[0] == pytest.approx(1 / np.sqrt(2000), rel=0.15)


def test_throughput_that_follows_demand_is_not_staff():
    inflow = uneven_inflow()
    expected = np.nan_to_num(expected_throughput(inflow, LAGS / 10), nan=100.0)
    assert ask(inflow, expected).answer == rules.NO


def test_throughput_that_stays_the_same_is_staff_and_says_what_else_it_could_be():
    throughput = 95 + np.random.default_rng(2).normal(0, 5, 104)
    found = ask(uneven_inflow(), throughput)
    assert found.answer == rules.YES
    assert "fixed supply" in found.reason


def test_throughput_that_moves_with_posts_filled_is_staff():
    filled = np.repeat([11.0, 8.0, 10.0, 9.0], 26)
    found = ask(uneven_inflow(), 9.5 * filled + np.random.default_rng(2).normal(0, 4, 104), filled)
    assert found.answer == rules.YES
    assert found.elasticity == pytest.approx(1.0, abs=0.2)


def test_a_limit_that_ignores_posts_filled_is_not_staff():
    filled = np.repeat([11.0, 8.0, 10.0, 9.0], 26)
    found = ask(uneven_inflow(), 95 + np.random.default_rng(2).normal(0, 4, 104), filled)
    assert found.answer == rules.NO


@pytest.mark.parametrize(
    ("inflow", "words"),
    [
        (uneven_inflow(25), "only 25 weeks"),
        (np.full(104, 100.0), "too steady"),
        (np.zeros(104), "too steady"),
    ],
)
def test_too_little_to_see_cannot_be_told(inflow, words):
    found = ask(inflow, inflow)
    assert found.answer == rules.CANNOT_TELL
    assert words in found.reason


def test_a_slope_in_between_cannot_be_told():
    inflow = uneven_inflow()
    expected = np.nan_to_num(expected_throughput(inflow, LAGS / 10), nan=100.0)
    assert ask(inflow, 50 + 0.5 * expected).answer == rules.CANNOT_TELL


def test_no_closing_at_all_cannot_be_told():
    inflow = uneven_inflow()
    found = rules.is_it_staff(inflow, np.zeros(104), np.full(104, 10.0), np.zeros(5))
    assert found.answer == rules.CANNOT_TELL


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.cause)
def test_simulated_departments_are_not_taken_for_their_opposite(plan):
    """Two seeds here; twenty are in docs/workload.md."""
    opposite = {rules.YES: rules.NO, rules.NO: rules.YES}.get(plan.truth)
    for seed in (100, 101):
        found = study(plan, seed)
        if plan.cause == "waiting for parts, fixed supply":
            assert (found.answer, "fixed supply" in found.miss.reason) == (
                rules.YES,
                True,
            )  # the limit of what flows show
        else:
            assert found.answer != opposite
        if np.isfinite(found.miss.vacancy) and plan.truth == found.answer:
            assert abs(found.miss.vacancy - found.true_vacancy) < 0.30


@pytest.mark.slow
@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.cause)
def test_twenty_simulated_departments_of_each_kind_are_read_right(plan):
    """The vacancy share is right on average, and no department is taken for its opposite, in twenty seeds."""
    found = [study(plan, seed) for seed in range(20)]
    if plan.cause == "waiting for parts, fixed supply":
        assert all("fixed supply" in finding.miss.reason for finding in found)
        return
    opposite = {rules.YES: rules.NO, rules.NO: rules.YES}.get(plan.truth)
    assert opposite not in {finding.answer for finding in found}
    errors = [finding.miss.vacancy - finding.true_vacancy for finding in found if finding.is_told]
    assert abs(np.mean(errors)) < 0.05
