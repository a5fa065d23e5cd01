"""The miss in parts that add up, what cannot be told, and who really worked in which order."""

from __future__ import annotations

import numpy as np
import pytest

from db.rules import replay as rules
from db.rules.replay.readings import best_fit
from db.rules.replay.work import DAY
from db.rules.workload.staffed import CANNOT_TELL, NO, YES
from tests.unit.rules.replay.test_serve import OPEN, work

DAYS = 60


def line(order: str, *, count: int = 120, goal: float = 3.0, seed: int = 1) -> rules.Work:
    """Three requests a day and two closed a day, in an order of work."""
    rng = np.random.default_rng(seed)
    created = np.sort(rng.uniform(0, count / 3, count))
    waiting, rows, at = [], dict.fromkeys(range(count), OPEN), 0
    for moment in np.arange(0.5, count / 3, 0.5):
        while at < count and created[at] <= moment:
            waiting.append(at)
            at += 1
        if waiting:
            place = {rules.OLDEST: 0, rules.NEWEST: -1}.get(order, int(rng.integers(len(waiting))))
            rows[waiting.pop(place)] = float(moment)
    return work(*[(came, came + goal, rows[number]) for number, came in enumerate(created)])


def told(rows: rules.Work, answer: str, *, factor: float = 1.5, is_varied: bool = True) -> rules.Miss:
    return rules.explain(
        rows, start=0, factor=np.full(DAYS, factor), staff_limited=answer, reason="because", is_varied=is_varied
    )


def total(miss: rules.Miss) -> float:
    return float(np.nansum([miss.remains, miss.vacancy, miss.order, miss.together, miss.untold]))


@pytest.mark.parametrize("order", [rules.OLDEST, rules.NEWEST])
def test_the_order_of_work_is_read_from_the_closings(order: str):
    assert best_fit(line(order), 0, DAYS, is_shared=False).order == order


def test_work_in_any_order_fits_no_rule_and_gives_no_share_of_vacancies():
    rows = line("any", count=300)
    assert best_fit(rows, 0, DAYS * 2, is_shared=False).order == ""
    miss = rules.explain(
        rows, start=0, factor=np.full(DAYS * 2, 1.5), staff_limited=YES, reason="because", is_varied=True
    )
    assert miss.reason == rules.NO_RULE_FITS
    assert np.isnan(miss.vacancy)
    assert total(miss) == pytest.approx(miss.missed)


@pytest.mark.parametrize("answer", [YES, NO, CANNOT_TELL])
def test_the_parts_add_up_to_the_miss(answer: str):
    miss = told(line(rules.OLDEST), answer)
    assert total(miss) == pytest.approx(miss.missed)


def test_with_hands_enough_nothing_remains_and_the_order_alone_helps_most():
    miss = told(line(rules.OLDEST), YES)
    assert miss.remains < 0.1
    assert miss.vacancy > 0.5
    assert miss.order > 0.3
    assert miss.order_of_work == rules.OLDEST
    assert miss.kept_best >= miss.kept + miss.order - 1e-9


def test_a_fixed_supply_looks_the_same_where_posts_did_not_vary():
    assert told(line(rules.OLDEST), YES, is_varied=False).vacancy_low == 0
    assert told(line(rules.OLDEST), YES, is_varied=True).vacancy_low > 0.5


def test_where_staff_is_not_the_limit_vacancies_explain_nothing_and_order_still_counts():
    miss = told(line(rules.OLDEST), NO)
    assert (miss.vacancy, miss.together) == (0.0, 0.0)
    assert miss.order > 0.3


def test_where_staff_cannot_be_told_the_rest_cannot_either():
    miss = told(line(rules.OLDEST), CANNOT_TELL)
    assert np.isnan(miss.vacancy)
    assert np.isnan(miss.remains)
    assert miss.untold == pytest.approx(miss.missed - miss.order)


def test_newest_first_never_blames_the_order_and_says_when_more_hands_cannot_be_told():
    miss = told(line(rules.NEWEST), YES)
    assert miss.order >= 0
    assert miss.reason == rules.UNKNOWN_ORDER  # those left for last were never closed: nobody knows who is next
    assert miss.untold == pytest.approx(miss.missed - miss.order)


def test_nothing_due_is_said():
    rows = line(rules.OLDEST)
    none = rules.Work(
        *(rows.created, rows.due, rows.closed, rows.type_code, rows.is_fixed, np.zeros(len(rows), bool), rows.is_met),
        *(rows.usual_seconds, rows.danger_grade),
    )
    assert told(none, YES).reason == rules.TOO_FEW
    assert rows.usual_seconds.tolist() == [float(DAY)]
