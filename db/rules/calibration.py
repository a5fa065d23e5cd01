"""Corrects today's predicted chances by how the predictions of the last weeks came true.

A curve of elapsed hours does not know that Monday morning comes after two days without work, nor that a department has
become slower since. What came of its predictions shows both. The correction is a straight line on the scale of log odds
(Platt 1999), pulled towards no correction where little is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FEWEST = 200  # predictions that must have come due before anything is corrected
PULL = 20.0  # towards no correction, as strong as so many predictions
STEEPEST, FLATTEST = 5.0, 0.1
LEAST = 0.005  # chances nearer to 0 or 1 are moved to this far from them, so that log odds stay finite
STEPS, LONGEST_STEP, ENOUGH = 50, 0.5, 1e-6

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """log odds -> shift + slope x log odds; the slope is always positive, so that no two chances change places."""

    shift: float = 0.0
    slope: float = 1.0

    def of(self, chance: ArrayLike) -> Floats:
        """The corrected chances, same shape; NaN stays NaN."""
        predicted = np.asarray(chance, np.float64)
        if self == NONE:
            return predicted
        return 1 / (1 + np.exp(-(self.shift + self.slope * _log_odds(predicted))))


NONE = Calibration()


def fitted(chance: ArrayLike, happened: ArrayLike) -> Calibration:
    """The correction that fits predictions (n,) to what happened (n,); none where fewer than `FEWEST` are known."""
    predicted, outcome = np.asarray(chance, np.float64), np.asarray(happened, np.float64)
    known = ~np.isnan(predicted)
    if known.sum() < FEWEST:
        return NONE
    x, y = _log_odds(predicted[known]), outcome[known]
    line = np.array([0.0, 1.0])
    for _ in range(STEPS):  # Newton's method; the pull makes the sum to be maximised strictly concave
        corrected = 1 / (1 + np.exp(-(line[0] + line[1] * x)))
        weight = corrected * (1 - corrected)
        gradient = np.array([(y - corrected).sum(), ((y - corrected) * x).sum()]) - PULL * (line - [0.0, 1.0])
        cross = (weight * x).sum()
        curvature = np.array([[weight.sum() + PULL, cross], [cross, (weight * x * x).sum() + PULL]])
        step = np.clip(np.linalg.solve(curvature, gradient), -LONGEST_STEP, LONGEST_STEP)
        line = line + step
        if np.abs(step).max() < ENOUGH:
            break
    return Calibration(float(line[0]), float(np.clip(line[1], FLATTEST, STEEPEST)))


def _log_odds(chance: Floats) -> Floats:
    clipped = np.clip(chance, LEAST, 1 - LEAST)
    return np.asarray(np.log(clipped / (1 - clipped)))
