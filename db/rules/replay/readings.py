"""Two readings of the order in which a department works: nobody knows in which it would with more hands.

The first is the real order of closing, those that were never closed last. The second is the simple order whose replay
at the real moments looks most like what was really closed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from db.rules.replay.serve import ALIKE, Knobs, served_at
from db.rules.replay.work import DAY, NEVER, Bools, Floats, Seconds, Work

AGES_APART_MOST = 0.08  # in goals
LONGEST_GOALS = 3.0  # ages count up to so many goals: how late a late closing is does not change the share kept
QUANTILES = np.linspace(0.005, 0.995, 100)
KEPT_APART_MOST = 0.05


@dataclass(frozen=True)
class Fit:
    """How well a simple order explains what was really closed; `order` is empty where none does.

    `ages_apart`: how far the ages at closing are from the real ones, in goals, as the mean over quantiles (the first
    Wasserstein distance). `kept_apart`: the same of the share kept.
    """

    order: str
    ages_apart: float
    kept_apart: float


def best_fit(work: Work, start: int, length: int, *, is_shared: bool) -> Fit:
    """The simple order whose replay over `length` days is most like the real closings, if it is like enough."""
    ones = np.ones(length)
    pool = ~work.is_fixed & (work.closed >= start) & (work.closed < start + length * DAY)
    real_ages = _age_quantiles(work, pool, work.closed)
    fits = []
    for order in ALIKE:
        served = served_at(work, Knobs(order, is_shared, start, ones))
        done = (served >= 0) & (served != NEVER)
        ages = _age_quantiles(work, done, served)
        kept = abs(work.kept_if(served) - work.kept()) if work.is_judged.any() else 0.0
        fits.append(Fit(order, _mean_distance(real_ages, ages), kept))
    best = min(fits, key=lambda fit: fit.ages_apart + fit.kept_apart)
    if best.ages_apart > AGES_APART_MOST or best.kept_apart > KEPT_APART_MOST:
        return Fit("", best.ages_apart, best.kept_apart)
    return best


def _age_quantiles(work: Work, which: Bools, ended: Seconds) -> Floats:
    """Quantiles of the ages at which these ended, in goals of their type; empty where there are none."""
    if not which.any():
        return np.zeros(0)
    goals = np.maximum(work.usual_seconds[work.type_code[which]], DAY)
    return np.quantile(np.minimum((ended[which] - work.created[which]) / goals, LONGEST_GOALS), QUANTILES)


def _mean_distance(first: Floats, second: Floats) -> float:
    return float(np.mean(np.abs(first - second))) if len(first) and len(second) else float("inf")
