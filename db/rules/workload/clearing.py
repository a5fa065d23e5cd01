"""Whether the overdue backlog goes down: its last 8 weeks against the disjoint blocks of 8 weeks before.

Nothing here knows of hands or capacity. What a department once managed in its best weeks says nothing about what will
become of its overdue requests where that was not the limit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from db.rules.workload.posts import Floats

BLOCK_WEEKS = 8
WEEKS_NEEDED = 26
FEW_OVERDUE = 30
PRIOR_BLOCKS = 3  # the chance of counts alone weighs as much as so many blocks
# Student's t for 90 in a hundred, by degrees of freedom from 1; beyond the last it hardly changes.
T_90 = (6.31, 2.92, 2.35, 2.13, 2.02, 1.94, 1.89, 1.86, 1.83, 1.81, 1.80, 1.78, 1.77, 1.76, 1.75, 1.75, 1.74, 1.73)
# A range of weeks is told only where it would be over within a block at the pace of the last one, and within a year at
# the slowest: further ahead than that pace was seen, ranges of any width failed, see docs/workload.md.
SEEN_AHEAD, LONGEST = BLOCK_WEEKS, 52
PACE_SPREADS = 0.95  # spreads of a block to either side of its pace: so wide the ranges told held in 8 of 10

FALLING, RISING, ABOUT_THE_SAME = "falling", "rising", "about_the_same"
FEW, TOO_SHORT = "few_overdue", "too_few_weeks"


@dataclass(frozen=True)
class Clearing:
    """How the overdue backlog stands, in requests.

    `change`: of the last 8 weeks, sweeps left out; NaN with fewer than 8 weeks. `by_chance`: a change up to so much, up
    or down, is what blocks of this department differ by; NaN with under 26 weeks. `weeks_low`, `weeks_high`: weeks
    until fewer than 30 are overdue, NaN unless it falls beyond chance and fast enough for a range to be given.
    """

    state: str
    change: float = float("nan")
    by_chance: float = float("nan")
    weeks_low: float = float("nan")
    weeks_high: float = float("nan")


def clearing(overdue_now: float, fell_due: Floats, was_late: Floats) -> Clearing:
    """Whether the overdue backlog falls, rises or stays about the same, and how long it would take where it falls.

    `fell_due` and `was_late` (weeks,), complete weeks, oldest first: requests that became overdue, and overdue ones
    that were closed, those of sweeps not counted: a sweep clears a file, not a backlog. Under 30 overdue nothing is
    said, nor with under 26 weeks.
    """
    net = fell_due - was_late
    change = float(net[-BLOCK_WEEKS:].sum()) if len(net) >= BLOCK_WEEKS else float("nan")
    if overdue_now < FEW_OVERDUE:
        return Clearing(FEW, change)
    if len(net) < WEEKS_NEEDED:
        return Clearing(TOO_SHORT, change)
    spread, freedom = _spread(_blocks(net)[:-1], _blocks(fell_due + was_late)[:-1])
    count = len(net) // BLOCK_WEEKS - 1
    by_chance = _t_quantile(T_90, freedom) * spread * np.sqrt(1 + 1 / count)
    if abs(change) <= by_chance:
        return Clearing(ABOUT_THE_SAME, change, by_chance)
    if change > 0:
        return Clearing(RISING, change, by_chance)
    return Clearing(FALLING, change, by_chance, *_weeks_to_clear(overdue_now, change, spread))


def _blocks(weekly: Floats) -> Floats:
    """Sums over disjoint blocks of 8 weeks that end with the last week, oldest first."""
    count = len(weekly) // BLOCK_WEEKS
    return np.asarray(weekly[len(weekly) - count * BLOCK_WEEKS :].reshape(count, BLOCK_WEEKS).sum(axis=1))


def _spread(changes: Floats, moves: Floats) -> tuple[float, int]:
    """By how much the change of a block differs from its usual one, and the degrees of freedom of that.

    With few blocks their spread is itself chance, so the variance of counts at random is mixed in: the mean of `moves`,
    the requests that moved in a block.
    """
    deviations = float(((changes - changes.mean()) ** 2).sum())
    by_counts = max(float(moves.mean()), 1.0)
    freedom = len(changes) - 1 + PRIOR_BLOCKS
    return float(np.sqrt((deviations + PRIOR_BLOCKS * by_counts) / freedom)), freedom


def _weeks_to_clear(overdue_now: float, change: float, spread: float) -> tuple[float, float]:
    """From when to when fewer than 30 are overdue, 8 times in 10; NaN where that cannot be told."""
    left = overdue_now - FEW_OVERDUE + 1
    blocks = max(left / -change, 1 / BLOCK_WEEKS)
    margin = PACE_SPREADS * spread * np.sqrt(1 + 1 / blocks)
    slow, fast = -(change + margin), -(change - margin)
    if blocks * BLOCK_WEEKS > SEEN_AHEAD or BLOCK_WEEKS * left > LONGEST * slow:
        return float("nan"), float("nan")
    return BLOCK_WEEKS * left / fast, BLOCK_WEEKS * left / slow


def _t_quantile(table: tuple[float, ...], freedom: int) -> float:
    return table[min(freedom, len(table)) - 1]
