"""Shares and what may be said of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.rules.proportions import (
    brier_score,
    change_parts,
    difference_interval,
    is_about_same,
    reliability,
    wilson,
)


@pytest.mark.parametrize(
    ("met", "n", "low", "high"),
    [  # published examples: Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_intervals_are_those_of_the_literature(met: int, n: int, low: float, high: float) -> None:
    assert wilson(met, n) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_none_due_has_no_interval_and_all_met_ends_at_one() -> None:
    low, high = wilson([0, 10, 0], [0, 10, 10])
    assert np.isnan([low[0], high[0]]).all()
    assert (high[1], low[2]) == (1.0, 0.0)


def test_a_higher_level_is_wider() -> None:
    (low95, high95), (low99, high99) = wilson(30, 60), wilson(30, 60, level=0.99)
    assert low99 < low95 < 0.5 < high95 < high99


@pytest.mark.parametrize(("met", "n"), [(3, 2), (-1, 2), (float("nan"), 2)])
def test_more_met_than_due_is_refused(met: float, n: int) -> None:
    with pytest.raises(ValueError, match="of 2 cannot be"):
        wilson(met, n)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_that_is_no_share_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        wilson(1, 2, level=level)


@pytest.mark.parametrize(
    ("met", "n", "earlier_met", "earlier_n", "low", "high"),
    [  # published examples: Newcombe (1998), "Interval estimation for the difference ...", table II, method 10
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0000),
    ],
)
def test_differences_are_those_of_the_literature(
    met: int, n: int, earlier_met: int, earlier_n: int, low: float, high: float
) -> None:
    found = difference_interval(met, n, earlier_met, earlier_n)
    assert found == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_two_shares_are_about_the_same_where_the_difference_may_be_nothing() -> None:
    """Overlapping intervals of the shares themselves would call the second pair the same, too."""
    assert is_about_same([50, 60, 0], [100, 100, 0], [55, 45, 3], [100, 100, 5]).tolist() == [True, False, False]
    _, high = wilson(45, 100)
    low, _ = wilson(60, 100)
    assert low < high


def decompose_change(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> tuple[float, float]:
    """Both parts of the change over all types; a period maps a type to (due, met)."""
    counts = [(*before.get(name, (0, 0)), *after.get(name, (0, 0))) for name in {**before, **after}]
    better, other_work = change_parts(*np.array(counts, np.float64).reshape(-1, 4).T)
    return better.sum(), other_work.sum()


def test_better_rates_with_the_same_work_are_all_did_better() -> None:
    change = decompose_change(
        {"graffiti": (100, 50), "bulky": (100, 80)}, {"graffiti": (200, 120), "bulky": (200, 180)}
    )
    assert change == (pytest.approx(0.1), pytest.approx(0.0))


def test_easier_work_at_the_same_rates_is_all_other_work() -> None:
    change = decompose_change({"graffiti": (100, 50), "bulky": (100, 100)}, {"graffiti": (50, 25), "bulky": (150, 150)})
    assert change == (pytest.approx(0.0), pytest.approx(0.125))


def test_each_type_has_its_part() -> None:
    better, other = change_parts([100, 100], [50, 80], [50, 150], [30, 120])
    assert better.tolist() == pytest.approx([0.375 * 0.1, 0.0])
    assert other.tolist() == pytest.approx([0.55 * -0.25, 0.8 * 0.25])


def test_a_type_that_is_new_or_gone_is_other_work() -> None:
    change = decompose_change({"graffiti": (100, 50), "gone": (100, 0)}, {"graffiti": (100, 50), "new": (100, 100)})
    assert change == (pytest.approx(0.0), pytest.approx(0.5))


@pytest.mark.parametrize(("before", "after"), [({}, {"graffiti": (1, 1)}), ({"graffiti": (0, 0)}, {})])
def test_a_period_without_anything_due_has_no_change(
    before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]
) -> None:
    assert np.isnan(decompose_change(before, after)).all()


periods = st.dictionaries(
    st.sampled_from("abcde"),
    st.integers(0, 500).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))),
    min_size=1,
).filter(lambda period: any(n for n, _ in period.values()))


@given(periods, periods)
def test_the_two_parts_add_up_to_the_change(
    before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]
) -> None:
    def rate(period: dict[str, tuple[int, int]]) -> float:
        return sum(met for _, met in period.values()) / sum(n for n, _ in period.values())

    assert sum(decompose_change(before, after)) == pytest.approx(rate(after) - rate(before), abs=1e-12)


def test_the_brier_score_is_the_mean_squared_error() -> None:
    happened = [True, False, False, True]
    assert brier_score([1, 0, 0, 1], happened) == 0.0
    assert brier_score([0.8, 0.4, 0.0, 0.6], happened) == pytest.approx((0.04 + 0.16 + 0 + 0.16) / 4)
    assert brier_score(0.5, happened) == 0.25
    assert np.isnan(brier_score([], []))


def test_predictions_are_held_against_what_happened_bin_by_bin() -> None:
    found = reliability([0.0, 0.05, 0.1, 0.3, 0.95, 1.0], [False, True, False, True, True, True])
    assert found.request_count.tolist() == [2, 1, 0, 1, 0, 0, 0, 0, 0, 2]
    assert np.array_equal(found.low, np.arange(10) / 10)
    assert found.predicted[[0, 1, 9]].tolist() == pytest.approx([0.025, 0.1, 0.975])
    assert found.observed[[0, 1, 9]].tolist() == [0.5, 0.0, 1.0]
    assert np.isnan(found.observed[4])


@pytest.mark.parametrize("judge", [brier_score, reliability])
@pytest.mark.parametrize("chance", [-0.1, 1.1, float("nan")])
def test_a_prediction_that_is_no_probability_is_refused(judge: object, chance: float) -> None:
    assert callable(judge)
    with pytest.raises(ValueError, match="no probability"):
        judge([0.5, chance], [True, False])
