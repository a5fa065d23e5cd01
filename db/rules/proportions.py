"""Shares and what may be said of them: intervals, a change split in two, rankings, and how good predictions were.

Rules: "on time" in docs/glossary.md. An interval allows for chance alone, as if requests
were independent; they come in batches, so it is too narrow, and a caption says so.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

SMALL = 30  # fewer due than this: greyed and not ranked
Z_95 = NormalDist().inv_cdf(0.975)

Floats = NDArray[np.float64]


class Reliability(NamedTuple):
    """Predicted against observed, shape (bins,) each; means are nan in a bin without predictions."""

    low: Floats
    high: Floats
    predicted: Floats  # mean prediction
    observed: Floats  # share that happened
    request_count: NDArray[np.int64]


def wilson(successes: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """The Wilson interval of successes / n: (low, high), each in the shape of the arguments; nan where n is 0.

    Raises ValueError unless 0 <= successes <= n and 0 < level < 1. Source: E. B. Wilson, "Probable inference,
    the law of succession, and statistical inference", JASA 22 (1927).
    """
    met, total = np.broadcast_arrays(np.asarray(successes, np.float64), np.asarray(n, np.float64))
    impossible = ~((met >= 0) & (met <= total))
    if impossible.any():
        raise ValueError(f"{met[impossible][0]:g} successes of {total[impossible][0]:g} cannot be")
    if not 0 < level < 1:
        raise ValueError(f"level {level} must be between 0 and 1")
    z = NormalDist().inv_cdf((1 + level) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = met / total
        middle = (share + z**2 / (2 * total)) / (1 + z**2 / total)
        half = z / (1 + z**2 / total) * np.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    unknown = np.where(total > 0, 0.0, np.nan)
    low = np.where(met == 0, 0.0, middle - half) + unknown
    high = np.where(met == total, 1.0, middle + half) + unknown
    return low, high


def difference_interval(
    successes: ArrayLike, n: ArrayLike, earlier_successes: ArrayLike, earlier_n: ArrayLike, level: float = 0.95
) -> tuple[Floats, Floats]:
    """The interval of one share less another of other requests: (low, high) from -1 to 1; nan where an n is 0.

    Newcombe's hybrid of two Wilson intervals. Raises as `wilson` does. Source: R. G. Newcombe, "Interval estimation
    for the difference between independent proportions", Statistics in Medicine 17 (1998), method 10.
    """
    low, high = wilson(successes, n, level)
    earlier_low, earlier_high = wilson(earlier_successes, earlier_n, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.asarray(successes, np.float64) / np.asarray(n, np.float64)
        earlier = np.asarray(earlier_successes, np.float64) / np.asarray(earlier_n, np.float64)
    difference = share - earlier
    return (
        difference - np.hypot(share - low, earlier_high - earlier),
        difference + np.hypot(high - share, earlier - earlier_low),
    )


def is_about_same(
    successes: ArrayLike, n: ArrayLike, earlier_successes: ArrayLike, earlier_n: ArrayLike
) -> NDArray[np.bool_]:
    """Whether two shares differ by no more than chance explains: the interval of their difference holds 0.

    False where an n is 0: then nothing can be said, see `difference_interval`.
    """
    low, high = difference_interval(successes, n, earlier_successes, earlier_n)
    return (low <= 0) & (high >= 0)


def change_parts(
    n_before: ArrayLike, met_before: ArrayLike, n_after: ArrayLike, met_after: ArrayLike
) -> tuple[Floats, Floats]:
    """Each type's part in a change of the overall share met: (did better, got other work), shape (types,) each.

    Did better = mean share of the type x change of its rate; got other work = mean rate x change of its share; the
    means are of the two periods. A type that is absent in one period has no rate there: the other period's is taken,
    so that all of its part is other work. All parts add up to the overall change. All nan when nothing was due in
    one of the periods, for then there is no change to split.
    """
    counts = (np.asarray(values, np.float64) for values in (n_before, met_before, n_after, met_after))
    due_before, kept_before, due_after, kept_after = counts
    if not due_before.sum() or not due_after.sum():
        return np.full(due_before.shape, np.nan), np.full(due_before.shape, np.nan)
    share_before, share_after = due_before / due_before.sum(), due_after / due_after.sum()
    with np.errstate(invalid="ignore"):
        rate_before, rate_after = kept_before / due_before, kept_after / due_after
    rate_before, rate_after = _with_gaps_from(rate_before, rate_after), _with_gaps_from(rate_after, rate_before)
    better = (share_before + share_after) / 2 * (rate_after - rate_before)
    other_work = (rate_before + rate_after) / 2 * (share_after - share_before)
    return better, other_work


def brier_score(predicted: ArrayLike, happened: ArrayLike) -> float:
    """The mean squared error of predicted probabilities (n,) or of one for all; nan when there is nothing to judge.

    To judge it against the base rate, compare it with `brier_score(base_rate, happened)`. Raises ValueError for a
    prediction that is no probability.
    """
    chance, outcome = np.broadcast_arrays(np.asarray(predicted, np.float64), np.asarray(happened, np.float64))
    _check_chances(chance)
    return float(np.mean((chance - outcome) ** 2)) if chance.size else float("nan")


def reliability(predicted: ArrayLike, happened: ArrayLike, bins: int = 10) -> Reliability:
    """Predictions (n,) in `bins` equal steps from 0 to 1, each against the share that happened; 1 is in the last.

    Raises ValueError for a prediction that is no probability.
    """
    chance, outcome = np.asarray(predicted, np.float64), np.asarray(happened, np.float64)
    _check_chances(chance)
    edges = np.arange(bins + 1) / bins
    bin_number = np.clip(np.searchsorted(edges, chance, side="right") - 1, 0, bins - 1)
    count = np.bincount(bin_number, minlength=bins)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(bin_number, chance, minlength=bins) / count
        observed = np.bincount(bin_number, outcome, minlength=bins) / count
    return Reliability(edges[:-1], edges[1:], mean, observed, count)


def _with_gaps_from(values: Floats, instead: Floats) -> Floats:
    """`values`, where they are NaN `instead`, and 0 where both are."""
    return np.where(np.isnan(values), np.where(np.isnan(instead), 0.0, instead), values)


def _check_chances(chance: Floats) -> None:
    wrong = ~((chance >= 0) & (chance <= 1))
    if wrong.any():
        raise ValueError(f"prediction {chance[wrong][0]} is no probability")
