"""What a department has shown it can do in a week, and what follows from it.

Weekly arrays have shape (weeks,), oldest first, in one unit of work; `filled` is in FTE that
work on requests.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from db.rules.workload.posts import Bools, Floats, ratio

WEEKS_OF_MEAN = 4
WEEKS_NEEDED = 13
RECENT_WEEKS = 8
PERCENTILE = 90.0
MASS_TIMES_USUAL = 3.0
MASS_SEASON_DAYS = 45
MASS_AT_LEAST = 20  # smaller sweeps do not move a week, and a rare code passes three times its usual day by chance


@dataclass(frozen=True)
class Capacity:
    """Demonstrated capacity per filled FTE and week.

    `per_fte` is NaN where nothing can be said. `is_lower_bound`: "at least `per_fte`".
    `loaded_weeks` counts the weeks that began with at least a week's work waiting, `rates` holds
    their weekly throughput per filled FTE (shape (loaded_weeks,); every week with someone at
    work where fewer than 13 were loaded), for the projection to draw from.
    """

    per_fte: float
    is_lower_bound: bool
    loaded_weeks: int
    rates: Floats


def mass_closures(daily: NDArray[np.int64]) -> Bools:
    """Which days' closings under a code were a sweep: more than three times the code's usual day.

    `daily` has shape (days, codes): closings a day by resolution code. The usual day is the
    median over days on which the code was used, over all days and over those within 45 days, both:
    against the whole alone every day of a busy season would be a sweep. Fewer than 20 in a day are
    never called a sweep.
    """
    counts = np.asarray(daily, float)
    used = np.where(counts > 0, counts, np.nan)
    usual = np.zeros(counts.shape[1])
    in_use = (counts > 0).any(axis=0)
    if in_use.any():
        usual[in_use] = np.nanmedian(used[:, in_use], axis=0)
    is_sweep = (counts > MASS_TIMES_USUAL * usual) & (counts >= MASS_AT_LEAST)
    for day, code in np.argwhere(is_sweep):
        season = used[max(0, day - MASS_SEASON_DAYS) : day + MASS_SEASON_DAYS + 1, code]
        is_sweep[day, code] = counts[day, code] > MASS_TIMES_USUAL * np.nanmedian(season)
    return is_sweep


def rolling_mean(values: Floats, length: int) -> Floats:
    """Mean over `length` consecutive entries, aligned to the last; NaN where one is missing. Same shape."""
    result = np.full(values.shape, np.nan)
    if len(values) >= length:
        result[length - 1 :] = np.lib.stride_tricks.sliding_window_view(values, length).mean(axis=1)
    return result


def loaded(throughput: Floats, backlog_at_start: Floats) -> Bools:
    """Which weeks began with at least a week's work waiting; a week's work is the mean week's throughput."""
    usual = float(np.nanmean(throughput)) if len(throughput) else 0.0
    return (backlog_at_start >= usual) & (backlog_at_start > 0)


def demonstrated_capacity(throughput: Floats, filled: Floats, backlog_at_start: Floats) -> Capacity:
    """90th percentile of the 4-week mean throughput per filled FTE, over weeks that began loaded.

    `throughput` leaves mass closures out. With fewer than 13 loaded weeks it is the same figure
    over all weeks, and only a lower bound: nobody has seen the department with work enough.
    """
    rate = ratio(throughput, filled)
    is_loaded = loaded(throughput, backlog_at_start) & np.isfinite(rate)
    weeks = int(is_loaded.sum())
    enough = weeks >= WEEKS_NEEDED
    means = rolling_mean(rate, WEEKS_OF_MEAN)
    shown = means[np.isfinite(means) & (is_loaded if enough else True)]
    per_fte = float(np.percentile(shown, PERCENTILE)) if len(shown) else float("nan")
    return Capacity(per_fte, not enough, weeks, rate[is_loaded if enough else np.isfinite(rate)])


def utilisation(inflow: Floats, per_fte: float, filled: float) -> float:
    """Mean inflow of the last 8 weeks over capacity times filled FTE; at 1 more comes in than was shown to go out.

    NaN where no one fills the posts or nothing was shown.
    """
    if not len(inflow):
        return float("nan")
    return float(ratio(np.mean(inflow[-RECENT_WEEKS:]), per_fte * filled))
