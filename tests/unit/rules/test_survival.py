"""Time to close and breach risk, by hand and against lifelines."""

from __future__ import annotations

from datetime import datetime, time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter

from db.rules.calendar import Calendar
from db.rules.survival import (
    Curve,
    breach_risk,
    conditional_breach,
    cumulative_incidence,
    kaplan_meier,
    observe,
    period_estimate,
    quantile,
)

AS_OF = datetime(2026, 7, 1)
OFFICE = Calendar("office", frozenset(range(5)), time(8), time(17))


def moments(*texts: str) -> np.ndarray:
    return np.array(texts, "datetime64[us]")


def steady(closings: int, days: int = 10) -> Curve:
    """A curve of `closings` requests, as many closed after each of `days` days."""
    return kaplan_meier(np.arange(1, days + 1), np.full(days, closings // days), np.zeros(days, int))


def test_open_requests_are_neither_dropped_nor_closed() -> None:
    curve = kaplan_meier([1, 2, 4], [2, 1, 0], [1, 0, 2])  # six requests: closed 1 1 2, open at 1 4 4
    assert curve.at([0, 0.9, 1, 1.5, 2, 4]).tolist() == pytest.approx([1, 1, 4 / 6, 4 / 6, 4 / 6 * 2 / 3, 4 / 9])
    assert curve.at_risk([0, 1, 1.5, 2, 3, 4, 5]).tolist() == [6, 6, 3, 3, 2, 2, 0]
    assert (curve.closing_count, curve.longest) == (3, 4.0)


def test_a_quantile_that_is_not_reached_is_none_and_the_longest_age_says_more_than() -> None:
    curve = kaplan_meier([1, 2, 4], [2, 1, 0], [1, 0, 2])
    assert quantile(curve, 0.3) == 1.0
    assert quantile(curve, 0.5) == 2.0
    assert quantile(curve, 0.9) is None
    assert curve.longest == 4.0


def test_a_quantile_reached_exactly_counts_as_reached() -> None:
    assert quantile(kaplan_meier(np.arange(1, 11), np.ones(10, int), np.zeros(10, int)), 0.9) == 9.0


@pytest.mark.parametrize("share", [0, 1, -0.5, 90, float("nan")])
def test_a_quantile_outside_0_and_1_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        quantile(steady(200), share)


def test_nothing_seen_gives_a_curve_that_supports_nothing() -> None:
    curve = kaplan_meier([], [], [])
    assert curve.at([0.0, 5.0]).tolist() == [1.0, 1.0]
    assert np.isnan(curve.longest)
    assert quantile(curve, 0.5) is None
    assert not curve.supports([0.0, 1.0]).any()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (([1, 2], [1], [0, 0]), "shapes differ"),
        (([2, 1], [1, 1], [0, 0]), "ascending"),
        (([1, 1], [1, 1], [0, 0]), "ascending"),
        (([-1, 1], [1, 1], [0, 0], [2, 0]), "from 0"),
        (([1, 2], [1, -1], [0, 2]), "negative"),
        (([1, 2], [2, 0], [0, 0], [1, 1]), "gone at age 1.0"),
    ],
)
def test_counts_that_cannot_be_are_refused(arguments: tuple[list[int], ...], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        kaplan_meier(*arguments)


def test_a_request_cannot_go_before_it_enters() -> None:
    with pytest.raises(ValueError, match=r"enters at age 5\.0 and goes at age 3\.0"):
        period_estimate([0, 5], [1, 3], [True, True])


seen_requests = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 60), st.booleans()).map(lambda row: (row[0], row[0] + row[1], row[2])),
    min_size=1,
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(seen_requests)
def test_curves_are_those_of_lifelines(rows: list[tuple[int, int, bool]]) -> None:
    durations, events = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
    oracle = KaplanMeierFitter().fit(durations, events)
    curve = period_estimate(np.zeros(len(rows)), durations, events)
    ages = np.arange(0, 105, 2.5)
    assert np.allclose(curve.at(ages), oracle.predict(ages).to_numpy())
    halved = oracle.survival_function_.index[oracle.survival_function_.iloc[:, 0] <= 0.5 + 1e-9]
    assert quantile(curve, 0.5) == (halved[0] if len(halved) else None)


@settings(max_examples=60, deadline=None)
@given(seen_requests)
def test_curves_with_delayed_entry_are_those_of_lifelines(rows: list[tuple[int, int, bool]]) -> None:
    rows = [*rows, (0, 1000, False)]  # one who is always there: lifelines refuses a curve that comes down to nobody
    entry, exit_, events = (np.array(column) for column in zip(*rows, strict=True))
    # Ours counts a request at the very age it enters, which whole hours need; lifelines from just after it.
    oracle = KaplanMeierFitter().fit(exit_, events, entry=np.where(entry > 0, entry - 0.5, 0))
    ages = np.arange(0, 105, 2.5)
    assert np.allclose(period_estimate(entry, exit_, events).at(ages), oracle.predict(ages).to_numpy())


def test_only_what_lies_in_the_window_is_observed() -> None:
    created = moments("2025-01-01", "2026-06-01", "2026-06-30", "2025-01-01", "2026-07-02", "2026-06-02", "2026-06-01")
    ended = moments("2026-06-11", "2026-06-21", "NaT", "2025-05-01", "NaT", "2026-06-01", "2026-07-05")
    seen = observe(created, ended, AS_OF, window_days=30)
    # kept: old but ended in the window; ended after 20 days; open a day; ended after as_of, so still open
    assert (seen.entry_age / 24).tolist() == [516, 0, 0, 0]
    assert (seen.exit_age / 24).tolist() == [526, 20, 1, 30]
    assert seen.is_event.tolist() == [True, True, False, False]


def test_a_request_closed_in_the_second_it_was_made_counts() -> None:
    seen = observe(moments("2026-06-20"), moments("2026-06-20"), AS_OF)
    curve = period_estimate(*seen)
    assert (curve.closing_count, curve.at([0.0]).tolist()) == (1, [0.0])


def test_ages_can_run_in_working_hours() -> None:
    seen = observe(moments("2026-06-26T16:00"), moments("2026-06-29T09:00"), AS_OF, calendar=OFFICE)
    assert seen.exit_age.tolist() == [2.0]


def test_old_slow_years_do_not_weigh_on_the_pace_of_today() -> None:
    """Everything took 300 days until the window and takes 10 since: a new request is not judged by the old."""
    days = np.timedelta64(1, "D")
    old = np.datetime64("2024-01-01", "us") + np.arange(400) * days
    new = np.datetime64("2026-01-15", "us") + np.arange(140) * days
    created, ended = np.concatenate([old, new]), np.concatenate([old + 300 * days, new + 10 * days])
    assert quantile(period_estimate(*observe(created, ended, AS_OF)), 0.5) == 240.0
    everything = period_estimate(*observe(created, ended, AS_OF, window_days=2000))
    assert quantile(everything, 0.5) == 300 * 24


def test_breach_risk_is_the_share_of_those_open_now_that_are_open_when_due() -> None:
    curve = steady(200)  # closed evenly over ten days
    assert conditional_breach(curve, [0, 5, 5, 9], [5, 4, 5, 0.5]).tolist() == pytest.approx([0.5, 0.2, 0.0, 1.0])


def test_with_nothing_remaining_the_breach_is_certain() -> None:
    assert conditional_breach(steady(200), [5, 5], [0, -3]).tolist() == [1.0, 1.0]


def test_an_age_at_which_nothing_was_open_has_no_risk() -> None:
    assert np.isnan(conditional_breach(steady(200), [10, 50], [1, 1])).all()


def test_the_first_curve_with_200_closings_and_10_at_risk_is_used() -> None:
    thin, district, city = steady(190), steady(200), steady(2000, days=20)
    found = breach_risk([None, thin, district, city], [0, 10, 10.5, 19.9, 20.5], np.full(5, 5.0))
    assert found.level.tolist() == [2, 2, 3, 3, -1]
    assert np.isnan(found.risk).tolist() == [False, True, False, False, True]


@pytest.mark.parametrize(("closings", "at_risk", "supported"), [(200, 10, True), (199, 10, False), (200, 9, False)])
def test_a_curve_is_used_from_200_closings_and_10_at_risk_on(closings: int, at_risk: int, supported: bool) -> None:
    curve = kaplan_meier([1, 2], [closings, 0], [0, at_risk])
    assert curve.supports([1.5]).tolist() == [supported]


def test_without_any_curve_no_risk_is_shown() -> None:
    found = breach_risk([None], [1.0, 2.0], [1.0, 1.0])
    assert np.isnan(found.risk).all()
    assert found.level.tolist() == [-1, -1]


def test_no_risk_is_shown_where_the_due_age_lies_beyond_all_that_was_seen() -> None:
    half_open = kaplan_meier(np.arange(1.0, 11), np.full(10, 30), np.r_[np.zeros(9, int), 300])
    found = breach_risk([half_open], [2, 2, 2], [8, 8.1, 800])
    assert found.level.tolist() == [0, -1, -1]
    assert np.isnan(found.risk[1:]).all()


def test_where_everything_was_closed_by_the_due_age_the_risk_is_nothing() -> None:
    assert breach_risk([steady(400)], [2], [800]).risk.tolist() == [0]


def test_where_other_ends_compete_the_share_that_came_to_the_wished_end_is_that_by_hand() -> None:
    """Ten requests: at age 1 two done, one cancelled, one still open; at 2 three and one open; at 3 one and one."""
    curve = cumulative_incidence([1, 2, 3], [2, 3, 1], [1, 0, 1], [1, 1, 0])
    # 2 of 10; then 7 in 10 are left, of whom 3 of 6; then half of these, of whom 1 of 2
    assert curve.survival == pytest.approx([0.8, 0.8 - 0.7 * 3 / 6, 0.45 - 0.35 * 1 / 2])
    assert curve.at_risk([1, 2, 3]).tolist() == [10, 6, 2]
    assert curve.closing_count == 6
