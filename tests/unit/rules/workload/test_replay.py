"""The replay against queues worked by hand, and by property."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.rules import workload as rules
from db.rules.workload.days import served_at

DAY = 86400
HOUR = 3600
N = rules.NEVER
NEVER_CLOSED = float("inf")


def queue(
    *rows: tuple[float, float, float], types: tuple[int, ...] = (), contracted: tuple[int, ...] = ()
) -> rules.Queue:
    """Rows of (created, due, closed) in days; every one is judged and its verdict follows."""
    table = np.array(rows, float).reshape(-1, 3)
    created, due, closed = table.T
    code = np.array(types or [0] * len(table), np.int64)
    return rules.Queue(
        (created * DAY).astype(np.int64),
        (due * DAY).astype(np.int64),
        np.array([N if np.isinf(moment) else int(moment * DAY) for moment in closed], np.int64),
        code,
        np.zeros(len(table), bool),
        np.ones(len(table), bool),
        closed <= due,
        np.isin(np.arange(code.max(initial=0) + 1), contracted),
    )


def played(rows: rules.Queue, factor: float, days: int = 10) -> rules.Replay:
    return rules.replay(rows, np.full(days, factor), 0)


# One closed a day at noon, two a day come in: six requests, due two days after they came.
ONE_A_DAY = queue(
    *[(0.1, 2.0, 0.5), (0.2, 2.0, 1.5), (1.1, 3.0, 2.5), (1.2, 3.0, 3.5), (2.1, 4.0, 4.5), (2.2, 4.0, NEVER_CLOSED)]
)


def test_the_real_order_first_in_first_out_is_played_as_it_was():
    served = served_at(ONE_A_DAY, np.ones(5), 0)
    assert served.tolist() == ONE_A_DAY.closed.tolist()


def test_double_staff_serves_two_at_each_closing():
    served = served_at(ONE_A_DAY, np.full(5, 2.0), 0) / DAY
    assert served.tolist() == [0.5, 0.5, 1.5, 1.5, 2.5, 2.5]


def test_the_miss_splits_into_what_remains_and_what_vacancies_cost():
    found = played(ONE_A_DAY, 2.0, days=5)
    assert (found.actual, found.base, found.full) == (0.5, 0.5, 1.0)
    miss = rules.explain_miss(found, rules.YES, "")
    assert (miss.remains, miss.vacancy, miss.order) == (0.0, 0.5, 0.0)
    assert miss.compliance_if_staffed == 1.0


def test_half_a_hire_more_serves_every_second_day_one_more():
    served = served_at(ONE_A_DAY, np.full(5, 1.5), 0) / DAY
    assert served.tolist() == [0.5, 1.5, 1.5, 2.5, 3.5, 3.5]


def test_work_done_newest_first_is_order_and_not_vacancy():
    rows = queue((0.1, 3.0, 4.5), (0.2, 3.0, 3.5), (0.3, 3.0, 2.5), (0.4, 9.0, 1.5), (0.5, 9.0, 0.5))
    found = played(rows, 1.0, days=5)
    assert (found.actual, found.base) == (0.6, 1.0)
    miss = rules.explain_miss(found, rules.YES, "")
    assert np.isnan(miss.vacancy)
    assert miss.order == pytest.approx(0.4)
    assert "40 points" in miss.reason


def test_idle_hands_take_up_the_departments_other_work():
    rows = queue((0.1, 1, 0.5), (1.1, 2, 1.5), (0.1, 2, 2.5), (0.2, 2, 3.5), types=(0, 0, 1, 1))
    served = served_at(rows, np.full(4, 2.0), 0) / DAY
    assert served[:2].tolist() == [0.5, 1.5]
    assert served[2] < 2.5


def test_contracted_work_is_not_done_faster_by_city_posts():
    rows = queue((0.1, 2.0, 0.5), (0.2, 2.0, 1.5), (1.1, 2.0, 2.5), contracted=(0,))
    assert played(rows, 3.0).full == played(rows, 3.0).base


def test_a_sweep_is_not_made_larger_by_staff():
    rows = queue((0.1, 2.0, 0.5), (0.2, 2.0, 3.5), (0.3, 2.0, 3.5))
    swept = rules.Queue(**(vars(rows) | {"is_mass": np.array([True, True, True])}))
    assert played(swept, 3.0).full == played(rows, 1.0).base


def test_the_backlog_at_the_start_comes_first_with_its_age():
    rows = queue((-30.0, 1.0, 1.5), (0.5, 1.0, 0.9))
    assert (served_at(rows, np.ones(5), 0) / DAY).tolist() == pytest.approx([0.9, 1.5])


def test_what_was_closed_before_the_start_keeps_its_verdict():
    rows = queue((-5.0, 1.0, -1.0), (0.1, 0.2, 0.5))
    assert played(rows, 2.0).full == 0.5


def test_nothing_due_gives_no_share():
    rows = rules.Queue(**(vars(ONE_A_DAY) | {"is_judged": np.zeros(6, bool)}))
    found = played(rows, 2.0)
    assert found.due_count == 0
    assert np.isnan(found.actual)
    assert "nothing" in rules.explain_miss(found, rules.YES, "").reason


def test_a_day_on_which_no_one_works_is_refused():
    factor = rules.staff_factor(np.array([5.0, 5.0]), np.array([5.0, 0.0]))
    with pytest.raises(ValueError, match="staff_factor"):
        rules.replay(ONE_A_DAY, factor, 0)
    assert rules.no_one(np.array([5.0, 5.0]), np.array([5.0, 0.0])) == rules.NO_ONE
    assert "no staffing figure" in rules.no_one(np.array([5.0, np.nan]), np.array([5.0, np.nan]))


def test_where_staff_is_not_the_limit_vacancies_cost_nothing():
    miss = rules.explain_miss(played(ONE_A_DAY, 2.0), rules.NO, "throughput follows demand")
    assert (miss.vacancy, miss.remains) == (0.0, 0.5)


def test_where_it_cannot_be_told_no_share_is_given():
    miss = rules.explain_miss(played(ONE_A_DAY, 2.0), rules.CANNOT_TELL, "too steady")
    assert np.isnan([miss.vacancy, miss.remains]).all()
    assert miss.reason == "too steady"


@st.composite
def departments(draw: st.DrawFn) -> rules.Queue:
    """Up to 40 requests of up to three types, each closed some time after it came, or never."""
    rows, types = [], []
    for _ in range(draw(st.integers(1, 40))):
        created = draw(st.integers(-48, 20 * 24)) / 24
        wait = draw(st.one_of(st.integers(0, 15 * 24), st.none()))
        closed = NEVER_CLOSED if wait is None else max(0.0, created + wait / 24)
        rows.append((created, created + draw(st.integers(1, 10)), closed))
        types.append(draw(st.integers(0, 2)))
    return queue(*rows, types=tuple(types))


@settings(max_examples=150, deadline=None)
@given(departments(), st.floats(1, 3), st.floats(1, 3))
def test_more_staff_never_serves_anyone_later(rows, factor, more):
    few = served_at(rows, np.full(20, factor), 0)
    many = served_at(rows, np.full(20, factor * more), 0)
    assert (many <= few).all()


@settings(max_examples=100, deadline=None)
@given(departments())
def test_with_all_posts_filled_vacancies_cost_nothing(rows):
    found = played(rows, 1.0, days=20)
    assert found.full == found.base
    assert rules.explain_miss(found, rules.YES, "").vacancy in (0.0, pytest.approx(np.nan, nan_ok=True))


@settings(max_examples=100, deadline=None)
@given(departments())
def test_the_same_number_is_closed_whatever_the_order(rows):
    served = served_at(rows, np.ones(20), 0)
    before_end = (rows.closed >= 0) & (rows.closed < 20 * DAY)
    assert np.sort(served[(served != N) & (served >= 0)]).tolist() >= np.sort(rows.closed[before_end]).tolist()
    assert ((served != N) & (served >= 0)).sum() == before_end.sum()


@settings(max_examples=100, deadline=None)
@given(departments(), st.floats(1, 3))
def test_the_three_parts_add_up_to_the_miss(rows, factor):
    found = played(rows, factor, days=20)
    miss = rules.explain_miss(found, rules.YES, "")
    if np.isfinite(miss.vacancy):
        assert miss.remains + miss.vacancy + miss.order == pytest.approx(1 - found.actual)
        assert miss.vacancy >= 0
