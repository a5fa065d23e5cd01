"""How long requests take when some are still open: Kaplan-Meier curves and the risk of missing a due date.

Open requests are censored, never dropped and never filled with a number. A curve is built from
counts at ages, so that a database can do the counting, and knows how many requests stood
behind each age. Ages are in any one unit, elapsed hours unless the caller counts in a calendar.

The *period estimate* for breach risk answers "at the pace of the last 180 days": a request is at
risk at an age only while it had that age within those days, so it may enter late (delayed entry)
and old, slow years do not weigh on it. There every exit is an event, whatever its outcome.
Rules: "time to close, breach risk" in docs/glossary.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from db.rules.calendar import Calendar
from db.rules.clock import Moments, elapsed_business_hours_many

WINDOW_DAYS = 180
CLOSINGS_NEEDED = 200
AT_RISK_NEEDED = 10

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

_EXACTLY = 1e-12  # a product of fractions that should be one half may miss it by this much


@dataclass(frozen=True, eq=False)
class Curve:
    """A survival curve S(age): the share not yet closed after that age, a step down at each age.

    `ages` (k,) ascending; `survival` (k,) S from that age on (before the first it is 1); `entered`, `left` (k,)
    how many had come under observation, and gone, up to and with that age; `closing_count` the events behind it.
    """

    ages: Floats
    survival: Floats
    entered: Counts
    left: Counts
    closing_count: int

    @property
    def longest(self) -> float:
        """The longest age seen, nan where nothing was; a quantile that is not reached is "more than" this."""
        return float(self.ages[-1]) if len(self.ages) else float("nan")

    def at(self, age: ArrayLike) -> Floats:
        """S at each age, same shape; flat beyond the longest age seen, where it is no more than a ceiling."""
        return np.concatenate([[1.0], self.survival])[np.searchsorted(self.ages, age, side="right")]

    def at_risk(self, age: ArrayLike) -> Counts:
        """How many requests were under observation at each age: entered at it or before, and not gone before it."""
        entered = np.concatenate([[0], self.entered])[np.searchsorted(self.ages, age, side="right")]
        return entered - np.concatenate([[0], self.left])[np.searchsorted(self.ages, age, side="left")]

    def supports(self, age: ArrayLike) -> NDArray[np.bool_]:
        """Where the curve may be used: 200 closings in all and 10 requests at risk at that age."""
        return (self.at_risk(age) >= AT_RISK_NEEDED) & (self.closing_count >= CLOSINGS_NEEDED)

    def reaches(self, age: ArrayLike) -> NDArray[np.bool_]:
        """Where S is known: up to the longest age seen; beyond it only where nothing is left, else it is a ceiling."""
        is_all_gone = len(self.survival) > 0 and self.survival[-1] < _EXACTLY
        return (np.asarray(age, dtype=np.float64) <= self.longest) | is_all_gone  # nan compares as false


class Observed(NamedTuple):
    """Requests under observation, shape (n,) each: ages at which each came and went, in hours, and whether it ended."""

    entry_age: Floats
    exit_age: Floats
    is_event: NDArray[np.bool_]


class Risk(NamedTuple):
    """Breach risk and the number of the curve it came from, shape (n,) each: nan and -1 where none supports it."""

    risk: Floats
    level: Counts


def kaplan_meier(ages: ArrayLike, events: ArrayLike, censored: ArrayLike, entered: ArrayLike | None = None) -> Curve:
    """The curve from counts at ages: `events` closed at that age, `censored` left or still open at it.

    All of shape (k,), ages strictly ascending and not negative. `entered` (k,) came under observation at that age;
    without it all did at the start. At one age entries come first, then events, then the censored. With bins, the
    curve steps at the age given for the bin. Raises ValueError for shapes that differ, ages out of order, negative
    counts, and more gone than had entered.
    """
    ages = np.asarray(ages, dtype=np.float64)
    counts = [np.asarray(values, dtype=np.int64) for values in (events, censored, entered) if values is not None]
    _check_counts(ages, counts)
    if entered is None:
        ages, counts = _all_from_the_start(ages, counts)
    return _curve(ages, *counts)


def cumulative_incidence(ages: ArrayLike, events: ArrayLike, others: ArrayLike, censored: ArrayLike) -> Curve:
    """The share that came to the wished end by each age, where other ends compete for the same requests.

    Returns a curve whose `survival` is the share that did not come to that end; it never falls below the share that
    came to another one. Counts at ages, shape (k,), as in `kaplan_meier`: `events` of the wished end, `others` of any
    other, `censored` still open. Source: Aalen and Johansen, Scandinavian Journal of Statistics 5 (1978).
    """
    counts = [np.asarray(values, np.int64) for values in (events, others, censored)]
    any_end = kaplan_meier(ages, counts[0] + counts[1], counts[2])
    ages = np.asarray(ages, np.float64)
    open_before = np.concatenate([[1.0], any_end.at(ages)])[:-1]
    at_risk = any_end.at_risk(ages)
    hazard = np.divide(counts[0], at_risk, out=np.zeros(len(ages)), where=at_risk > 0)
    share_ended = np.cumsum(open_before * hazard)
    gone = np.cumsum(counts[0] + counts[1] + counts[2])
    entered = np.full(len(ages), gone[-1] if len(gone) else 0, np.int64)
    return Curve(ages, 1 - share_ended, entered, gone, int(counts[0].sum()))


def period_estimate(entry_age: ArrayLike, exit_age: ArrayLike, is_event: ArrayLike) -> Curve:
    """The curve from requests, shape (n,) each: the age at which each came under observation, the age at which it
    went, and whether it ended then (else censored). Ages not negative, entry not after exit, else ValueError.
    """
    entry, exit_ = np.asarray(entry_age, dtype=np.float64), np.asarray(exit_age, dtype=np.float64)
    event = np.asarray(is_event, dtype=bool)
    if not entry.shape == exit_.shape == event.shape:
        raise ValueError(f"shapes differ: entry_age {entry.shape}, exit_age {exit_.shape}, is_event {event.shape}")
    backwards = ~((entry >= 0) & (entry <= exit_))
    if backwards.any():
        raise ValueError(f"a request enters at age {entry[backwards][0]} and goes at age {exit_[backwards][0]}")
    ages = np.unique(np.concatenate([entry, exit_]))
    return _curve(ages, _counts_at(ages, exit_[event]), _counts_at(ages, exit_[~event]), _counts_at(ages, entry))


def observe(
    created: Moments,
    ended: Moments,
    as_of: datetime,
    *,
    window_days: int = WINDOW_DAYS,
    calendar: Calendar | None = None,
) -> Observed:
    """What a period estimate sees of requests in the `window_days` before `as_of`.

    `created`, `ended` of shape (n,), `ended` NaT while open; a request that ended after `as_of` is open. Ages are
    elapsed hours, or working hours of `calendar`. Left out, so that fewer than n come back: requests created after
    `as_of`, gone before the window, or ended before they were created.
    """
    now, start = np.datetime64(as_of, "us"), np.datetime64(as_of - timedelta(days=window_days), "us")
    created = np.asarray(created).astype("datetime64[us]")
    ended = np.asarray(ended).astype("datetime64[us]")
    is_event = ended <= now  # NaT compares as false
    leaves = np.where(is_event, ended, now)
    seen = (created <= now) & (leaves >= created) & (leaves > start)
    created, leaves = created[seen], leaves[seen]
    enters = np.maximum(created, start)
    return Observed(_age(created, enters, calendar), _age(created, leaves, calendar), is_event[seen])


def standard_error(curve: Curve, age: float) -> float:
    """How far S at an age lies from the truth by chance, as one standard deviation (Greenwood); NaN for a NaN age."""
    if np.isnan(age):
        return float("nan")
    before = curve.ages <= age
    left = np.concatenate([[1.0], curve.survival[:-1]])[before]
    with np.errstate(divide="ignore", invalid="ignore"):
        closed = 1 - np.where(left > 0, curve.survival[before] / left, 1.0)
        parts = closed / (curve.at_risk(curve.ages[before]) * (1 - closed))
    parts = parts[np.isfinite(parts)]  # where the last request closes S is 0, and so is the error by this formula
    return float(curve.at(age) * np.sqrt(parts.sum()))


def quantile(curve: Curve, share: float) -> float | None:
    """The age by which `share` (0 to 1) were closed; None where the curve does not come down that far.

    Then say "more than `curve.longest`". Raises ValueError for a share that is not between 0 and 1.
    """
    if not 0 < share < 1:
        raise ValueError(f"share {share} must be between 0 and 1")
    reached = np.flatnonzero(curve.survival <= 1 - share + _EXACTLY)
    return float(curve.ages[reached[0]]) if len(reached) else None


def conditional_breach(curve: Curve, age: ArrayLike, remaining: ArrayLike) -> Floats:
    """P(not closed within `remaining` | open at `age`) = S(age + remaining) / S(age), shapes (n,) in and out.

    1 where nothing remains; nan where S(age) is 0, for no such request was still open.
    """
    age, remaining = np.asarray(age, dtype=np.float64), np.asarray(remaining, dtype=np.float64)
    now = curve.at(age)
    later = curve.at(age + np.maximum(remaining, 0))
    return np.divide(later, now, out=np.full(np.shape(later), np.nan), where=now > 0)


def breach_risk(curves: Sequence[Curve | None], age: ArrayLike, remaining: ArrayLike) -> Risk:
    """The breach risk of open requests from the first of `curves` that supports their age and reaches their due age.

    Curves come finest first (type x department x district, type x department, type), None where there is none; `age`
    and `remaining` of shape (n,), in the curves' unit. No risk is shown where no curve does.
    """
    age, remaining = np.broadcast_arrays(np.asarray(age, np.float64), np.asarray(remaining, np.float64))
    risk, level = np.full(age.shape, np.nan), np.full(age.shape, -1)
    for number, curve in enumerate(curves):
        if curve is None:
            continue
        use = (level < 0) & curve.supports(age) & curve.reaches(age + np.maximum(remaining, 0))
        risk[use] = conditional_breach(curve, age[use], remaining[use])
        level[use] = number
    return Risk(risk, level)


def _curve(ages: Floats, closed: Counts, censored: Counts, came: Counts) -> Curve:
    """The curve from counts at ages that were checked, see `kaplan_meier`."""
    entered_by, left = np.cumsum(came), np.cumsum(closed + censored)
    at_risk = entered_by - np.concatenate([[0], left])[:-1]
    if (closed + censored > at_risk).any():
        raise ValueError(f"more requests gone at age {ages[closed + censored > at_risk][0]} than had entered by then")
    share = np.divide(closed, at_risk, out=np.zeros_like(ages), where=at_risk > 0)
    return Curve(ages, np.cumprod(1 - share), entered_by, left, int(closed.sum()))


def _counts_at(ages: Floats, values: Floats) -> Counts:
    """How many of `values` equal each of `ages`, which holds them all."""
    # Sorted first, because then neighbours are looked up in the same part of the ages.
    return np.bincount(np.searchsorted(ages, np.sort(values)), minlength=len(ages))


def _age(created: Moments, moment: Moments, calendar: Calendar | None) -> Floats:
    if calendar is not None:
        return elapsed_business_hours_many(created, moment, calendar)
    return (moment - created) / np.timedelta64(1, "h")


def _all_from_the_start(ages: Floats, counts: list[Counts]) -> tuple[Floats, list[Counts]]:
    """The same counts with everybody entering at age 0, which is added where the ages begin later."""
    if ages.size and ages[0] > 0:
        ages, counts = np.insert(ages, 0, 0.0), [np.insert(values, 0, 0) for values in counts]
    came = np.zeros(ages.shape, np.int64)
    came[:1] = sum(values.sum() for values in counts)
    return ages, [*counts, came]


def _check_counts(ages: Floats, counts: list[Counts]) -> None:
    if ages.ndim != 1 or any(values.shape != ages.shape for values in counts):
        raise ValueError(f"shapes differ: ages {ages.shape}, counts {[values.shape for values in counts]}")
    if len(ages) and not (ages[0] >= 0 and (np.diff(ages) > 0).all()):
        raise ValueError("ages must be ascending, without repeats, from 0 or more")
    if any((values < 0).any() for values in counts):
        raise ValueError("counts must not be negative")
