"""Changes by chance alone are not findings, planted ones are, and a branch has one."""

from __future__ import annotations

import numpy as np
import pytest

from db.rules import comparisons, findings
from db.rules.vocabulary import Against, Branch, Measure
from db.rules.weekly_series import Series

WEEKS = 104


def flow(
    key: str, chance: np.random.Generator, mean: float = 60.0, parent: str = "", by: Branch = Branch.TYPE
) -> Series:
    return Series(Measure.INFLOW, by, key, chance.poisson(mean, WEEKS).astype(float), parent=parent)


def kept(
    key: str, chance: np.random.Generator, rate: float = 0.7, by: Branch = Branch.TYPE, parent: str = ""
) -> Series:
    due = chance.poisson(60, WEEKS).astype(float)
    return Series(Measure.COMPLIANCE, by, key, chance.binomial(due.astype(int), rate).astype(float), due, parent=parent)


def told(series: list[Series], weeks: int = 1) -> list[tuple[str, str, str]]:
    remaining = findings.found(comparisons.moves(series, weeks))
    return [(str(move.series.measure), move.series.key, str(move.against)) for move in remaining]


def test_weeks_that_differ_by_chance_are_told_in_at_most_one_of_twenty_briefings() -> None:
    chance = np.random.default_rng(311)
    any_told = 0
    for _ in range(100):
        series = [flow(f"t{n}", chance) for n in range(12)] + [kept(f"t{n}", chance) for n in range(12)]
        any_told += bool(told(series))
    assert any_told <= 8  # of 100 at 5 in 100, one in thirty would be more than this


def test_a_week_twice_as_busy_and_one_in_which_less_was_kept_are_told() -> None:
    chance = np.random.default_rng(1)
    busy, worse = flow("busy", chance), kept("worse", chance)
    busy.part[-1] *= 2
    worse.part[-1] = round(0.3 * worse.whole[-1])
    others = [flow(f"t{n}", chance) for n in range(10)]
    assert set(told([busy, worse, *others])) == {("inflow", "busy", "before"), ("compliance", "worse", "before")}


def test_a_demand_that_doubled_half_a_year_ago_is_told_against_a_year_ago_alone() -> None:
    chance = np.random.default_rng(2)
    doubled = flow("doubled", chance, 16)
    doubled.part[-26:] += chance.poisson(16, 26)
    assert told([doubled, *(flow(f"t{n}", chance, 30) for n in range(20))]) == [("inflow", "doubled", "year_ago")]


def test_a_slow_wave_that_was_there_before_is_no_finding() -> None:
    chance = np.random.default_rng(3)
    level = np.zeros(WEEKS)
    for week in range(1, WEEKS):
        level[week] = 0.8 * level[week - 1] + chance.normal(0, 0.13)
    waving = Series(Measure.INFLOW, Branch.TYPE, "waving", chance.poisson(200 * np.exp(level)).astype(float))
    assert not told([waving, *(flow(f"t{n}", chance) for n in range(10))])


def test_an_unknown_week_among_those_compared_with_leaves_the_series_out() -> None:
    chance = np.random.default_rng(4)
    gone = flow("gone", chance)
    gone.part[-5] = np.nan
    gone.part[-1] = 500
    assert not told([gone])


@pytest.mark.parametrize(("due", "is_tried"), [(29.0, False), (30.0, True)])
def test_a_share_of_fewer_than_thirty_is_not_tried(due: float, is_tried: bool) -> None:
    series = kept("few", np.random.default_rng(5))
    series.whole[-1], series.part[-1] = due, 1.0
    assert (comparisons.against_before(series, 1) is not None) == is_tried


def test_a_type_inside_a_department_that_moved_is_no_second_finding() -> None:
    chance = np.random.default_rng(6)
    department = kept("BSS", chance, by=Branch.DEPARTMENT)
    inside, outside = kept("pothole", chance, parent="BSS"), kept("graffiti", chance, parent="OCB")
    for one in (department, inside, outside):
        one.part[-1] = round(0.2 * one.whole[-1])
    made = findings.by_branch(findings.found(comparisons.moves([department, inside, outside], 1)))
    assert sorted((one.move.series.key, [other.series.key for other in one.also]) for one in made) == [
        ("BSS", ["pothole"]),
        ("graffiti", []),
    ]


def test_the_city_is_no_finding_where_one_department_makes_half_of_it() -> None:
    chance = np.random.default_rng(7)
    department = flow("BSS", chance, by=Branch.DEPARTMENT)
    department.part[-1] += 80
    city = Series(Measure.INFLOW, Branch.CITY, "", department.part + chance.poisson(20, WEEKS))
    made = findings.by_branch(findings.found(comparisons.moves([city, department], 1)))
    assert [one.move.series.key for one in made] == ["BSS"]


def test_a_department_far_below_the_others_stands_below_and_has_not_moved() -> None:
    chance = np.random.default_rng(8)
    below = kept("BSL", chance, 0.2, by=Branch.DEPARTMENT)
    level = Series(Measure.LEVEL, Branch.DEPARTMENT, "BSL", below.part, below.whole, 0.7 * below.whole)
    near = Series(Measure.LEVEL, Branch.DEPARTMENT, "OCB", below.part, below.whole, below.part + 0.05 * below.whole)
    found = findings.found(comparisons.moves([below, level, near], 1))
    assert [(move.series.key, move.against) for move in found] == [("BSL", Against.OTHERS)]


def test_the_only_department_with_anything_due_stands_beside_nobody() -> None:
    only = kept("OCB", np.random.default_rng(9), 0.2, by=Branch.DEPARTMENT)
    level = Series(Measure.LEVEL, Branch.DEPARTMENT, "OCB", only.part, only.whole, np.full(WEEKS, np.nan))
    assert comparisons.against_others(level) is None
    assert all(0 <= move.p_value <= 1 for move in comparisons.moves([only, level], 1))


def test_quarters_without_anything_due_say_nothing_of_how_weeks_differ() -> None:
    """A type whose goal is a year old: nothing was due before."""
    young = kept("young", np.random.default_rng(10))
    young.part[: WEEKS - 30], young.whole[: WEEKS - 30] = 0.0, 0.0
    tried = comparisons.moves([young], 1)
    assert [move.against for move in tried] == [Against.BEFORE]
    assert 0 <= tried[0].p_value <= 1


def test_nothing_to_try_gives_nothing() -> None:
    assert findings.found(comparisons.moves([], 1)) == []
