"""Past moments given to other requests: against queues worked by hand, against the plan itself, and by property."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.rules import replay as rules
from db.rules.replay.work import DAY
from db.rules.triage.plan import Stops, plan

N = rules.NEVER
OPEN = float("inf")


def work(*rows: tuple[float, float, float], types: tuple[int, ...] = (), dangers: tuple[int, ...] = ()) -> rules.Work:
    """Rows of (created, due, closed) in days; every one is judged and its verdict follows. Goals of a day."""
    table = np.array(rows, float).reshape(-1, 3)
    created, due, closed = (
        np.array([N if np.isinf(moment) else int(moment * DAY) for moment in column], np.int64) for column in table.T
    )
    code = np.array(types or [0] * len(table), np.int64)
    count = int(code.max(initial=0)) + 1
    return rules.Work(
        created,
        due,
        closed,
        code,
        np.zeros(len(table), bool),
        np.ones(len(table), bool),
        closed <= due,
        np.full(count, float(DAY)),
        np.isin(np.arange(count), dangers).astype(np.int64),
    )


def served(rows: rules.Work, order: str, *, factor: float = 1.0, days: int = 10, shared: bool = False) -> list[float]:
    """When each is served, in days; -1 untouched, infinite never."""
    found = rules.served_at(rows, rules.Knobs(order, shared, 0, np.full(days, factor)))
    return [OPEN if moment == N else moment if moment < 0 else round(moment / DAY, 6) for moment in found.tolist()]


# One closed a day at noon, two a day come in: six requests, due two days after they came.
ONE_A_DAY = work(
    (0.1, 2.0, 0.5), (0.2, 2.0, 1.5), (1.1, 3.0, 2.5), (1.2, 3.0, 3.5), (2.1, 4.0, 4.5), (2.2, 4.0, OPEN)
)  # fmt: skip


def test_the_real_order_at_the_real_moments_is_what_really_was():
    assert served(ONE_A_DAY, rules.REAL) == [0.5, 1.5, 2.5, 3.5, 4.5, OPEN]


def test_double_hands_serve_two_at_each_moment_and_are_idle_beyond_the_queue():
    assert served(ONE_A_DAY, rules.REAL, factor=2.0) == [0.5, 0.5, 1.5, 1.5, 2.5, 2.5]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (rules.OLDEST, [0.5, 1.5, 2.5, 3.5, 4.5, OPEN]),
        (rules.NEWEST, [OPEN, 0.5, 4.5, 1.5, 3.5, 2.5]),
        (rules.DUE, [0.5, 1.5, 2.5, 3.5, 4.5, OPEN]),
        (rules.KEEPABLE, [0.5, 1.5, 2.5, 4.5, 3.5, OPEN]),
        (rules.BEST, [0.5, 1.5, 2.5, OPEN, 3.5, OPEN]),
    ],
)
def test_each_order_serves_whom_it_says(order: str, expected: list[float]):
    assert served(ONE_A_DAY, order) == expected


TWO_TYPES = work((0.1, 9.0, 1.5), (0.2, 1.0, 2.5), (0.3, 2.0, OPEN), types=(0, 1, 1))


def test_tied_crews_serve_only_the_type_of_the_moment_and_shared_ones_any():
    assert served(TWO_TYPES, rules.KEEPABLE) == [1.5, 2.5, OPEN]
    assert served(TWO_TYPES, rules.KEEPABLE, shared=True) == [2.5, OPEN, 1.5]


def test_a_new_hire_without_work_of_the_type_helps_where_work_waits():
    assert served(TWO_TYPES, rules.OLDEST, factor=2.0) == [1.5, 1.5, 2.5]


def test_what_keeps_its_own_moment_is_not_touched_and_gives_no_moment():
    fixed = replace(ONE_A_DAY, is_fixed=np.array([True, *[False] * 5]))
    assert served(fixed, rules.OLDEST) == [-1, 1.5, 2.5, 3.5, 4.5, OPEN]
    assert fixed.kept_if(rules.served_at(fixed, rules.Knobs(rules.REAL, False, 0, np.ones(10)))) == fixed.kept()


def test_what_ended_before_the_start_or_comes_after_the_end_keeps_its_verdict():
    found = rules.served_at(ONE_A_DAY, rules.Knobs(rules.OLDEST, False, 1 * DAY, np.ones(1)))
    assert found[0] == -1
    assert found[4] == found[5] == -1


def test_dangers_come_first_newest_day_first_and_overdue_ones_by_turns_with_the_rest():
    rows = work((0.1, 0.3, 2.5), (1.6, 1.7, 3.5), (1.2, 9.0, 4.5), types=(1, 1, 0), dangers=(1,))
    assert served(rows, rules.PLAN, shared=True) == [3.5, 2.5, 4.5]
    late = work((0.1, 0.3, 2.5), (1.1, 1.2, 3.5), (1.2, 9.0, 4.5), types=(1, 1, 0), dangers=(1,))
    assert served(late, rules.PLAN, shared=True) == [4.5, 2.5, 3.5]


def test_seven_of_ten_moments_go_to_what_can_be_kept_and_three_to_what_is_late():
    late = [(0.0, 0.5, OPEN)] * 20
    fresh = [(0.9, 90.0, 1.5 + place / 100) for place in range(20)]
    rows = work(*late, *fresh)
    first_ten = sorted(served(rows, rules.PLAN))[:10]
    found = served(rows, rules.PLAN)
    assert sum(moment in first_ten for moment in found[:20]) == 3


def test_hands_and_orders_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        served(ONE_A_DAY, rules.REAL, factor=0.5)
    with pytest.raises(ValueError, match='order "alphabet"'):
        served(ONE_A_DAY, "alphabet")


@st.composite
def works(draw: st.DrawFn) -> rules.Work:
    """Up to 40 requests of three types over ten days, some never closed."""
    rows, types = [], []
    for _ in range(draw(st.integers(1, 40))):
        created = draw(st.floats(0, 9))
        wait = draw(st.one_of(st.floats(0, 6), st.just(OPEN)))
        rows.append((created, created + draw(st.floats(0.1, 5)), created + wait))
        types.append(draw(st.integers(0, 2)))
    return work(*rows, types=tuple(types))


@settings(deadline=None, max_examples=60)
@given(works(), st.sampled_from([*rules.ALIKE, rules.REAL, rules.PLAN]), st.booleans(), st.floats(1, 3))
def test_nobody_is_served_before_creation_and_moments_are_used_once(
    rows: rules.Work, order: str, shared: bool, factor: float
):
    found = rules.served_at(rows, rules.Knobs(order, shared, 0, np.full(20, factor)))
    done = (found >= 0) & (found != N)
    assert np.all(found[done] >= rows.created[done])
    assert done.sum() <= np.ceil(factor * (rows.closed < 20 * DAY).sum()) + 1
    assert set(found[done].tolist()) <= set(rows.closed.tolist())


@settings(deadline=None, max_examples=60)
@given(works(), st.sampled_from([*rules.ALIKE, rules.REAL, rules.PLAN]), st.booleans())
def test_no_order_keeps_more_than_the_best(rows: rules.Work, order: str, shared: bool):
    def kept(which: str) -> float:
        return rows.kept_if(rules.served_at(rows, rules.Knobs(which, shared, 0, np.ones(20))))

    assert kept(order) <= kept(rules.BEST) + 1e-9


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 1000))
def test_with_everybody_there_at_dawn_the_moments_serve_todays_plan(seed: int):
    """Nothing arrives on the day, nothing falls due on it: its moments serve exactly the plan, in order."""
    rng = np.random.default_rng(seed)
    count, moments = 40, 12
    goals = np.array([2.0, 10.0, 30.0])
    types, created = rng.integers(0, 3, count), rng.uniform(0, 39, count)
    due = np.floor(created + goals[types]) + 0.99  # not within the first hundredth of a day, in which all is served
    closed = np.where(np.arange(count) < moments, 40 + np.arange(count) * 1e-4, OPEN)
    rows = work(*zip(created, due, closed, strict=True), types=tuple(types.tolist()))
    rows = replace(rows, usual_seconds=goals * DAY)
    found = rules.served_at(rows, rules.Knobs(rules.PLAN, True, 40 * DAY, np.ones(1)))
    in_order = sorted(np.flatnonzero((found >= 0) & (found != N)).tolist(), key=lambda number: found[number])
    wanted = plan(stops_of(rows), as_of=datetime(1970, 2, 10), room=None).order[:moments]
    assert in_order == wanted.tolist()


def stops_of(rows: rules.Work) -> Stops:
    """The same requests as stops of the plan."""
    created = rows.created.astype("datetime64[s]").astype("datetime64[us]")
    due = rows.due.astype("datetime64[s]").astype("datetime64[us]")
    nothing = np.zeros(len(rows), bool)
    return Stops(
        created,
        created,
        due,
        due,
        due.astype("datetime64[D]"),
        rows.usual_seconds[rows.type_code] / DAY,
        np.full(len(rows), np.nan),
        nothing,
        np.zeros(len(rows), np.int64),
        nothing,
    )
