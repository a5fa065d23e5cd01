"""Thirteen weeks ahead, with a band; one more hire; and what if more or fewer posts were filled.

Each simulated future draws whole weeks of inflow (and, where staff is the limit, weekly rates
per filled FTE) from the past. Draws come from a generator that is passed in; two scenarios with
the same draws differ by the scenario alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from db.rules.workload.posts import Floats

Draws = NDArray[np.float64]

HORIZON_WEEKS = 13
FUTURES = 200
RECENT_WEEKS = 26
BLOCK_WEEKS = 4
YEAR_WEEKS = 52
SEASON_WEEKS = 104
LEVEL_WEEKS = 8
NEARBY = (-1, 0, 1)
BAND = (10.0, 50.0, 90.0)


@dataclass(frozen=True)
class Standing:
    """A department's queue now, by service type.

    `open_count` (types,); `due_by` (weeks + 1, types): of those, how many are due by the end of
    week w, first row now (so overdue), never falling; `goal_weeks` (types,): weeks from creation
    to due, NaN without a goal; `share` (types,): share of what staff closed lately, sums to 1;
    `exit_rate` (types,): share of a type's open requests that leaves in a week, for departments
    that staff does not limit.
    """

    open_count: Floats
    due_by: Floats
    goal_weeks: Floats
    share: Floats
    exit_rate: Floats


@dataclass(frozen=True)
class Projection:
    """Open and overdue at the end of each coming week: low, middle, high (10th, 50th, 90th percentile).

    Each of shape (3, weeks). `overdue_mean` (weeks,) is for comparing scenarios.
    """

    open_count: Floats
    overdue_count: Floats
    overdue_mean: Floats


def draw_inflow(history: Floats, weeks: int, futures: int, rng: np.random.Generator) -> Draws:
    """Weeks of inflow to come, shape (futures, weeks, types), from `history` (weeks, types), complete, oldest first.

    Without two years: runs of 4 whole weeks out of the last 26. With two: weeks of the same time
    of earlier years, give or take one, scaled to this year's level (last 8 weeks against the
    same 8 weeks of that year). Raises ValueError without any history.
    """
    if not len(history):
        raise ValueError("no week of inflow to draw from")
    if len(history) >= SEASON_WEEKS:
        return _draw_season(history, weeks, futures, rng)
    recent = history[-RECENT_WEEKS:]
    block = min(BLOCK_WEEKS, len(recent))
    starts = rng.integers(0, len(recent) - block + 1, (futures, -(-weeks // block)))
    index = (starts[:, :, None] + np.arange(block)).reshape(futures, -1)[:, :weeks]
    return recent[index]


def _draw_season(history: Floats, weeks: int, futures: int, rng: np.random.Generator) -> Draws:
    last = len(history)
    years = np.arange(1, (last - LEVEL_WEEKS) // YEAR_WEEKS + 1)
    total = history.sum(axis=1)
    then = np.array([total[last - LEVEL_WEEKS - YEAR_WEEKS * year : last - YEAR_WEEKS * year].sum() for year in years])
    scale = np.where(then > 0, total[-LEVEL_WEEKS:].sum() / np.maximum(then, 1), 1.0)
    drawn_year = rng.integers(0, len(years), (futures, 1))
    index = last + np.arange(weeks) - YEAR_WEEKS * years[drawn_year] + rng.choice(NEARBY, (futures, weeks))
    return history[np.clip(index, 0, last - 1)] * scale[drawn_year][:, :, None]


def draw_capacity(rates: Floats, filled: Floats, futures: int, rng: np.random.Generator) -> Draws:
    """Work done a week, shape (futures, weeks): runs of weekly `rates` per FTE times `filled` (weeks,) FTE to come.

    No rate known, or no one there: nothing is done.
    """
    weeks = len(filled)
    known = rates[np.isfinite(rates)][-RECENT_WEEKS:]
    if not len(known):
        return np.zeros((futures, weeks))
    block = min(BLOCK_WEEKS, len(known))
    starts = rng.integers(0, len(known) - block + 1, (futures, -(-weeks // block)))
    index = (starts[:, :, None] + np.arange(block)).reshape(futures, -1)[:, :weeks]
    return known[index] * filled


def filled_path(now: float, posts: float, weeks_until_productive: int, weeks: int = HORIZON_WEEKS) -> Floats:
    """FTE at work in each coming week: new hires count once productive, people who leave at once. Shape (weeks,)."""
    if posts < 0 or weeks_until_productive < 0:
        raise ValueError(f"posts {posts:g} and weeks until productive {weeks_until_productive} must not be negative")
    path = np.full(weeks, float(posts))
    if posts > now:
        path[:weeks_until_productive] = now
    return path


def project_staffed(standing: Standing, inflow: Draws, capacity: Draws) -> Projection:
    """The coming weeks of a department that staff limits.

    Each type is served oldest first with its share of `capacity` (futures, weeks); hands without
    work of their own help where work waits. `inflow` is (futures, weeks, types).
    """
    futures, weeks, types = inflow.shape
    waiting = np.broadcast_to(standing.open_count, (futures, types)).astype(float)
    left = np.empty_like(inflow)
    for week in range(weeks):
        waiting = waiting + inflow[:, week]
        hands = capacity[:, week, None] * standing.share
        by_own = np.minimum(waiting, hands)
        idle, rest = (hands - by_own).sum(axis=1), (waiting - by_own).sum(axis=1)
        helped = np.minimum(1.0, idle / np.maximum(rest, 1e-9))
        waiting = (waiting - by_own) * (1 - helped[:, None])
        left[:, week] = waiting
    arrived = standing.open_count + np.cumsum(inflow, axis=1)
    due = standing.due_by[1 : weeks + 1] + _came_due(inflow, standing.goal_weeks)
    return _band(left.sum(axis=2), np.clip(due - (arrived - left), 0, None).sum(axis=2))


def project_unlimited(standing: Standing, inflow: Draws, factor: Draws) -> Projection:
    """The coming weeks of a department that staff does not limit: each open request leaves at its type's rate.

    `factor` (futures, weeks) multiplies the rates: weeks differ, and the band must show it.
    """
    futures, weeks, types = inflow.shape
    survive = np.ones((futures, types))
    alive = np.zeros_like(inflow)
    total, overdue = np.empty((futures, weeks)), np.empty((futures, weeks))
    for week in range(weeks):
        keep = 1 - np.clip(standing.exit_rate * factor[:, week, None], 0, 1)
        survive *= keep
        alive[:, :week] *= keep[:, None, :]
        alive[:, week] = inflow[:, week] * np.sqrt(keep)
        total[:, week] = (standing.open_count * survive).sum(axis=1) + alive.sum(axis=(1, 2))
        age = week + 1 - np.arange(week + 1)[:, None]  # of those that came at the beginning of their week
        is_due = np.nan_to_num(np.clip(age - standing.goal_weeks, 0, 1))
        late = (standing.due_by[week + 1] * survive).sum(axis=1)
        overdue[:, week] = late + (alive[:, : week + 1] * is_due).sum(axis=(1, 2))
    return _band(total, overdue)


def _came_due(inflow: Draws, goal_weeks: Floats) -> Draws:
    """Of the requests to come, how many are due by the end of each week: cumulative, same shape as `inflow`."""
    weeks = inflow.shape[1]
    ends = np.arange(1, weeks + 1)[:, None]
    reached = np.clip(ends - goal_weeks, 0, weeks)  # arrivals up to this week are due
    cumulative = np.concatenate([np.zeros_like(inflow[:, :1]), np.cumsum(inflow, axis=1)], axis=1)
    below = np.nan_to_num(np.floor(reached)).astype(int)
    part = np.nan_to_num(reached - below)
    types = np.arange(inflow.shape[2])
    low, high = cumulative[:, below, types], cumulative[:, np.minimum(below + 1, weeks), types]
    return np.where(np.isnan(goal_weeks), 0.0, low + (high - low) * part)


def _band(open_count: Draws, overdue: Draws) -> Projection:
    return Projection(
        np.percentile(open_count, BAND, axis=0), np.percentile(overdue, BAND, axis=0), overdue.mean(axis=0)
    )


def what_if(
    standing: Standing,
    inflow_history: Floats,
    rates: Floats,
    filled_now: float,
    posts: float,
    weeks_until_productive: int,
    *,
    rng: np.random.Generator,
    weeks: int = HORIZON_WEEKS,
    futures: int = FUTURES,
) -> Projection:
    """The projection of a staff-limited department with `posts` FTE filled; same `rng` seed, same futures.

    `inflow_history` (weeks, types), `rates` (weeks,) per filled FTE as in `Capacity.rates`.
    """
    inflow = draw_inflow(inflow_history, weeks, futures, rng)
    path = filled_path(filled_now, posts, weeks_until_productive, weeks)
    return project_staffed(standing, inflow, draw_capacity(rates, path, futures, rng))


def hire_helps(
    standing: Standing,
    inflow_history: Floats,
    rates: Floats,
    filled: float,
    *,
    seed: int,
    weeks_until_productive: int = 0,
) -> float:
    """Overdue requests that one more FTE avoids by the end of 13 weeks, on average over the futures."""
    stay, hire = (
        what_if(
            standing, inflow_history, rates, filled, posts, weeks_until_productive, rng=np.random.default_rng(seed)
        ).overdue_mean[-1]
        for posts in (filled, filled + 1)
    )
    return float(stay - hire)
