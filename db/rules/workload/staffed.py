"""Is it staff at all? Whether the weekly throughput follows demand, or a fixed limit.

A department with hands to spare closes what came in, a time-to-close later; one without closes
the same number whatever comes in. So weekly throughput is regressed on the inflow spread over
the observed time-to-close distribution.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from db.rules.workload.posts import Floats

YES, NO, CANNOT_TELL = "yes", "no", "cannot_tell"

STAFF_BELOW = 0.3
DEMAND_ABOVE = 0.7
MIDDLE = 0.5
STEADY_DISPERSION = 1.3
WEEKS_NEEDED = 26
POSTS_VARIED = 0.15  # least to most, from which staff can be told from a fixed supply of parts
LAG_MASS = 0.95
FILLED_VARIES = 0.04  # coefficient of variation from which posts filled can be told from the constant
Z_90 = 1.645


@dataclass(frozen=True)
class Verdict:
    """`answer` is yes, no or cannot_tell; `reason` a clause in plain words.

    `slope` of throughput on expected throughput with its half 90% interval, and `elasticity`
    (percent of throughput per percent of posts filled) where posts varied enough; NaN if not fitted.
    """

    answer: str
    reason: str
    slope: float = float("nan")
    slope_margin: float = float("nan")
    elasticity: float = float("nan")
    elasticity_margin: float = float("nan")


def lag_shares(closed_by_lag: Floats, longest: int) -> Floats:
    """Shares of closings by whole weeks since creation, cut where 95% are reached, at most `longest` weeks.

    `closed_by_lag` has shape (lags,): closings by weeks waited. The result sums to 1.
    """
    counts = np.asarray(closed_by_lag, float)
    if not counts.sum() > 0:
        raise ValueError("no closing has a usable time to close, so no distribution can be drawn")
    reached = int(np.searchsorted(np.cumsum(counts) / counts.sum(), LAG_MASS)) + 1
    counts = counts[: max(1, min(reached, longest))]
    return counts / counts.sum() if counts.sum() > 0 else np.full(len(counts), 1 / len(counts))


def expected_throughput(inflow: Floats, shares: Floats) -> Floats:
    """Throughput if every request took its usual time: inflow convolved with `shares`; shape (weeks,).

    The first len(shares) - 1 weeks are NaN: what came in before them is not known.
    """
    spread = np.convolve(inflow, shares)[: len(inflow)]
    spread[: len(shares) - 1] = np.nan
    return spread


def dispersion(inflow: Floats) -> float:
    """Variance over mean of weekly inflow: 1 for arrivals at random at a steady rate; NaN without any."""
    mean = float(np.mean(inflow))
    return float(np.var(inflow, ddof=1)) / mean if mean > 0 else float("nan")


def fit(response: Floats, columns: list[Floats]) -> tuple[Floats, Floats]:
    """Least squares of `response` on a constant and `columns`: slopes and their standard errors.

    The errors allow for weeks that resemble their neighbours (Newey and West 1987, with the lag
    4 (n / 100)^(2/9)), because batches and absences last longer than a week.
    """
    design = np.column_stack([np.ones(len(response)), *columns])
    coefficients, *_ = np.linalg.lstsq(design, response, rcond=None)
    scores = design * (response - design @ coefficients)[:, None]
    middle = scores.T @ scores
    lags = int(4 * (len(response) / 100) ** (2 / 9))
    for lag in range(1, lags + 1):
        cross = scores[lag:].T @ scores[:-lag]
        middle += (1 - lag / (lags + 1)) * (cross + cross.T)
    bread = np.linalg.pinv(design.T @ design)
    covariance = bread @ middle @ bread * len(response) / max(1, len(response) - design.shape[1])
    errors = np.sqrt(np.maximum(np.diag(covariance), 0))
    return np.asarray(coefficients[1:], float), np.asarray(errors[1:], float)


def is_it_staff(inflow: Floats, throughput: Floats, filled: Floats, closed_by_lag: Floats) -> Verdict:
    """Whether the department is staff-limited: yes, no, or it cannot be told, and why.

    Weekly arrays of shape (weeks,), complete weeks, oldest first, mass closures left out;
    `filled` in FTE, NaN before the first figure; `closed_by_lag` of shape (lags,).
    """
    if len(inflow) < WEEKS_NEEDED:
        return Verdict(CANNOT_TELL, f"only {len(inflow)} weeks of data; {WEEKS_NEEDED} are needed")
    if not closed_by_lag.sum() > 0:
        return Verdict(CANNOT_TELL, "nothing was closed in these weeks")
    if not dispersion(inflow) >= STEADY_DISPERSION:
        return Verdict(CANNOT_TELL, "demand is too steady to see what throughput follows")
    expected = expected_throughput(inflow, lag_shares(closed_by_lag, len(inflow) // 3))
    known = np.isfinite(expected)
    columns, varies = [expected[known]], _varies(filled[known])
    if varies:
        columns.append(filled[known])
    slopes, errors = fit(throughput[known], columns)
    scale = float(np.mean(filled[known])) / max(float(np.mean(throughput[known])), 1e-9) if varies else float("nan")
    elasticity, margin = (float(slopes[1]) * scale, Z_90 * float(errors[1]) * scale) if varies else (np.nan, np.nan)
    answer, reason = _judge(float(slopes[0]), Z_90 * float(errors[0]), elasticity, margin)
    return Verdict(answer, reason, float(slopes[0]), Z_90 * float(errors[0]), elasticity, margin)


def _varies(filled: Floats) -> bool:
    return bool(np.all(np.isfinite(filled)) and filled.mean() > 0 and filled.std() / filled.mean() >= FILLED_VARIES)


def _judge(slope: float, margin: float, elasticity: float, elasticity_margin: float) -> tuple[str, str]:
    """The answer and its reason: a slope must pass its threshold, and its 90% interval lie on the same side of 0.5."""
    if slope > DEMAND_ABOVE and slope - margin > MIDDLE:
        return NO, "throughput follows demand, and vacancies are not shown to matter"
    if slope < STAFF_BELOW and slope + margin < MIDDLE:
        if elasticity + elasticity_margin < MIDDLE:
            return NO, "throughput is limited, but did not move when the number of posts filled did"
        if elasticity - elasticity_margin > 0:
            return YES, "throughput does not follow demand and moves with the number of posts filled"
        return YES, "throughput does not follow demand; a fixed supply of parts would look the same"
    return CANNOT_TELL, "throughput follows demand only in part, or too few weeks show it"
