"""One figure of the city, a department, a type or a district by whole weeks, and its sums over blocks of weeks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from db.rules.proportions import SMALL
from db.rules.vocabulary import Branch, Measure

Floats = NDArray[np.float64]

BASE = 13  # how many weeks a stretch is compared with
YEAR = 52  # weeks
FEWEST = 10.0
"""A count is not judged where the weeks before let fewer requests than this be expected in the stretch."""
FEWEST_BEFORE = SMALL * BASE / 2
"""A share is not judged where fewer requests than this are behind it in the weeks before."""


@dataclass(frozen=True, eq=False)
class Series:
    """One figure of one branch by whole weeks, oldest first; NaN where a week is not known.

    A share is `part` of `whole`, both (weeks,). A count has no `whole`, and `noise` is its variance if requests came
    one by one; None: the count itself. `expected`: what `part` would be as all others do, where the series is about
    the difference to them. `parent`: the department of a type.
    """

    measure: Measure
    by: Branch
    key: str
    part: Floats
    whole: Floats | None = None
    expected: Floats | None = None
    noise: Floats | None = None
    parent: str = ""


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over blocks of weeks, (blocks,); NaN where a week is unknown."""

    part: Floats
    whole: Floats
    expected: Floats
    noise: Floats
    length: int


def sums(series: Series, ends: NDArray[np.int64], length: int) -> Sums:
    """The sums over blocks of `length` weeks; `ends` (blocks,): the number of the week after each block."""

    def summed(values: Floats | None) -> Floats:
        if values is None:
            return np.zeros(len(ends))
        windows = np.lib.stride_tricks.sliding_window_view(values, length).sum(axis=1)
        return np.asarray(windows[ends - length])

    noise = series.part if series.noise is None else series.noise
    return Sums(summed(series.part), summed(series.whole), summed(series.expected), summed(noise), length)


def standardised(series: Series, now: Sums, then: Sums) -> tuple[Floats, Floats, Floats, Floats]:
    """Values now and then, their difference over `scale`, and `scale`: its standard error if requests came one by one.

    Of shape (blocks,) each; NaN where a week is unknown.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        if series.whole is None:
            values, usual = (now.part - now.expected) / now.length, (then.part - then.expected) / then.length
            rate = np.maximum((now.noise + then.noise) / (now.length + then.length), 1e-9)
            scale = np.sqrt(rate * (1 / now.length + 1 / then.length))
            return values, usual, (values - usual) / scale, scale
        values, usual = (now.part - now.expected) / now.whole, (then.part - then.expected) / then.whole
        total = now.whole + then.whole
        rate = (now.part + then.part) / total
        scale = np.sqrt(np.maximum(rate * (1 - rate), 1 / total) * (1 / now.whole + 1 / then.whole))
        return values, usual, (values - usual) / scale, scale


def spread_within(series: Series, start: int, length: int) -> float:
    """The variance of `length` weeks from week `start` on, over the variance if requests came one by one.

    NaN where nothing is known of these weeks.
    """
    part = series.part[start : start + length]
    expected = np.zeros(length) if series.expected is None else series.expected[start : start + length]
    if series.whole is None:
        noise = (series.part if series.noise is None else series.noise)[start : start + length]
        return float((part - expected).var(ddof=1) / max(noise.mean(), 1e-9))
    whole = series.whole[start : start + length]
    if not whole.sum() > 0:
        return float("nan")
    rate = part.sum() / whole.sum()
    mean = (part - expected).sum() / whole.sum()
    residual = part - expected - mean * whole
    return float((residual**2).sum() / (max(rate * (1 - rate), 1 / whole.sum()) * whole.sum()) * length / (length - 1))


def is_too_little(series: Series, now: Sums, then: Sums) -> bool:
    """Whether the first block, or what it is compared with, has too few requests to be judged."""
    if series.whole is not None:
        return bool(now.whole[0] < SMALL or then.whole[0] < FEWEST_BEFORE)
    if series.noise is not None:
        return bool(then.noise[0] / then.length * now.length < FEWEST)
    return bool(then.part[0] / then.length * now.length < FEWEST)
