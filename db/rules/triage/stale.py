"""The age from which on a request may no longer exist: beyond it almost none is closed any more.

A stale request is not done and not forgotten: it stays open, overdue and missed in every figure. It only leaves the
plan for an inspector's round, because a crew sent to it would often find nothing.
"""

from __future__ import annotations

from datetime import datetime, time

import numpy as np
from numpy.typing import ArrayLike, NDArray

from db.rules.proportions import wilson
from db.rules.survival import period_estimate

LEAST_DAYS = 90.0
LEAST_GOALS = 3.0
WITHIN_DAYS = 30.0
CLOSED_UNDER = 0.05
REACHED_BY_MOST = 0.5
WINDOW_DAYS = 365
NEVER_STALE = float("inf")
TOO_FEW = float("nan")

Floats = NDArray[np.float64]


def stale_age(entry_age: ArrayLike, exit_age: ArrayLike, is_closed: ArrayLike, *, goal_days: float) -> float:
    """The least age in days beyond which the share closed within 30 days is surely under 5%.

    `NEVER_STALE` where there is no such age; `TOO_FEW` where so few requests were seen at such ages that even none of
    them closed would prove nothing.

    Requests of shape (n,): the ages in days at which each came under observation and left it, and whether it was
    closed then; sweeps and administrative exits count as not closed. `goal_days`: NaN without a goal. The age is at
    least 90 days and three goals. "Surely" means that the 95% upper bound of the share lies under 5%, counted in
    stretches of 30 days. Never stale also where most requests reach that age open: then they are neglected, not gone.
    """
    entry, exit_ = np.asarray(entry_age, np.float64), np.asarray(exit_age, np.float64)
    closed = np.asarray(is_closed, bool)
    least = max(LEAST_DAYS, 0.0 if np.isnan(goal_days) else LEAST_GOALS * goal_days)
    longest = float(exit_.max(initial=0.0))
    starts = np.arange(least, longest, WITHIN_DAYS)
    closed_count, seen_count = _counts_by_stretch(entry, exit_, closed, starts)
    if not wilson(0, max(seen_count.sum(), 1))[1] < CLOSED_UNDER:
        return TOO_FEW
    beyond_closed, beyond_seen = (np.cumsum(counts[::-1])[::-1] for counts in (closed_count, seen_count))
    upper = wilson(beyond_closed, beyond_seen)[1]
    own_share = np.divide(closed_count, seen_count, out=np.zeros(len(starts)), where=seen_count > 0)
    quiet = np.flatnonzero((upper < CLOSED_UNDER) & (own_share < CLOSED_UNDER))  # nan compares as false
    if not len(quiet):
        return NEVER_STALE
    age = float(starts[quiet[0]])
    still_open = float(period_estimate(entry, exit_, closed).at(age))
    return NEVER_STALE if still_open > REACHED_BY_MOST else age


def _counts_by_stretch(
    entry: Floats, exit_: Floats, closed: NDArray[np.bool_], starts: Floats
) -> tuple[Floats, Floats]:
    """How many requests were closed in each stretch of 30 days, and how many could have been.

    A request counts where it was under observation when the stretch began, and was closed in it or seen to its end.
    """
    ends = starts[:, None] + WITHIN_DAYS
    at_risk = (entry <= starts[:, None]) & (exit_ > starts[:, None])
    closed_inside = at_risk & closed & (exit_ <= ends)
    counted = closed_inside | (at_risk & (exit_ > ends))
    return closed_inside.sum(axis=1).astype(float), counted.sum(axis=1).astype(float)


def month_of(as_of: datetime) -> datetime:
    """The moment as of which stale ages are fixed: the start of the month."""
    return datetime.combine(as_of.date().replace(day=1), time.min)
