"""Chances brought to what came true: predictions of the last weeks, held against what happened, correct today's.

A curve of elapsed hours does not know that Monday morning comes after two days without work, nor that a department has
become slower since. What its predictions came to does. The correction is a straight line on the scale of log odds
(Platt 1999), drawn towards no correction where little is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FEWEST = 200  # predictions that have come due, before anything is corrected
PULL = 20.0  # towards no correction, as strong as so many predictions
STEEPEST, FLATTEST = 5.0, 0.1
LEAST = 0.005  # chances nearer to 0 and 1 are taken for this, whose log odds are finite
STEPS, LONGEST_STEP, ENOUGH = 50, 0.5, 1e-6

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """log odds -> shift + slope x log odds; the slope is always positive, so that no two chances change places."""

    shift: float = 0.0
    slope: float = 1.0

    def of(self, chance: ArrayLike) -> Floats:
        """The corrected chances, same shape; NaN stays NaN."""
        given = np.asarray(chance, np.float64)
        if self == NONE:
            return given
        return 1 / (1 + np.exp(-(self.shift + self.slope * _log_odds(given))))


NONE = Calibration()


def fitted(chance: ArrayLike, happened: ArrayLike) -> Calibration:
    """The correction that fits predictions (n,) to what happened (n,); none where fewer than `FEWEST` are known."""
    given, outcome = np.asarray(chance, np.float64), np.asarray(happened, np.float64)
    known = ~np.isnan(given)
    if known.sum() < FEWEST:
        return NONE
    x, y = _log_odds(given[known]), outcome[known]
    line = np.array([0.0, 1.0])
    for _ in range(STEPS):  # Newton's method; the pull makes the sum to be maximised strictly concave
        now = 1 / (1 + np.exp(-(line[0] + line[1] * x)))
        weight = now * (1 - now)
        slope = np.array([(y - now).sum(), ((y - now) * x).sum()]) - PULL * (line - [0.0, 1.0])
        cross = (weight * x).sum()
        bend = np.array([[weight.sum() + PULL, cross], [cross, (weight * x * x).sum() + PULL]])
        step = np.clip(np.linalg.solve(bend, slope), -LONGEST_STEP, LONGEST_STEP)
        line = line + step
        if np.abs(step).max() < ENOUGH:
            break
    return Calibration(float(line[0]), float(np.clip(line[1], FLATTEST, STEEPEST)))


def _log_odds(chance: Floats) -> Floats:
    within = np.clip(chance, LEAST, 1 - LEAST)
    return np.asarray(np.log(within / (1 - within)))
