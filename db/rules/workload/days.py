"""What vacancies cost: a department's past days played again, first in first out, with more hands.

Each service type has one queue. Base plays the closings as they were, only oldest first; full
plays them with all authorised posts filled. Moments are seconds on the city's clock since any
fixed midnight, so that moment // 86400 is a day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from db.rules.workload.posts import NO_ONE, Bools, Floats, ratio
from db.rules.workload.staffed import NO, YES

Seconds = NDArray[np.int64]
Codes = NDArray[np.int64]

DAY = 86400
NEVER = np.iinfo(np.int64).max  # not closed by the moment described, or no due date
ORDER_TOLERANCE = 0.05
ROUNDING = 1e-6


@dataclass(frozen=True)
class Queue:
    """One department's requests that were open at any moment of the replay; arrays of shape (requests,).

    `created`, `due` and `closed` are moments, NEVER where there is none; `type_code` numbers
    service types from 0. `is_mass`: closed in a sweep, which no hire would have made larger.
    `is_judged`: counts for compliance (a resident's request, due in the period and by now), and
    `is_met` is its verdict. `is_contracted` has shape (types,): not the work of the city's posts.
    """

    created: Seconds
    due: Seconds
    closed: Seconds
    type_code: Codes
    is_mass: Bools
    is_judged: Bools
    is_met: Bools
    is_contracted: Bools


@dataclass(frozen=True)
class Replay:
    """Shares met of the `due_count` judged requests, 0 to 1; NaN where none is judged."""

    due_count: int
    actual: float
    base: float
    full: float


@dataclass(frozen=True)
class Miss:
    """The missed share in three parts that add up to it, 0 to 1; NaN with a reason where it cannot be told."""

    remains: float
    vacancy: float
    order: float
    compliance_if_staffed: float
    reason: str


@dataclass(frozen=True)
class _Days:
    """Counts by day and type, shape (days, types)."""

    arrived: Floats  # cumulative, the real backlog in the first day
    closed: Floats
    mass: Floats


def staff_factor(authorised: Floats, filled: Floats) -> Floats:
    """A / F a day, never under 1; NaN on days when no one fills the posts or no figure is known. Shape (days,)."""
    return np.maximum(ratio(authorised, filled), 1.0)


def replay(queue: Queue, factor: Floats, start: int) -> Replay:
    """Compliance as it was, first in first out, and first in first out with all posts filled.

    `factor` (days,) multiplies what staff closed each day from the midnight `start` on. Hands that
    find their own type's queue empty take up the department's others, so a vacancy in a
    department whose urgent work is never late still costs its slow work. Judged requests closed
    before `start` keep their verdict. Raises ValueError where a factor is not finite or under 1.
    """
    if not np.all(np.isfinite(factor)) or np.any(factor < 1):
        raise ValueError("factor must be a finite number of at least 1 on every day; see staff_factor")
    judged = int(queue.is_judged.sum())
    if judged == 0:
        return Replay(0, float("nan"), float("nan"), float("nan"))
    actual = float(queue.is_met[queue.is_judged].mean())
    base = _share_met(queue, served_at(queue, np.ones_like(factor), start))
    full = base if np.all(factor == 1) else _share_met(queue, served_at(queue, factor, start))
    return Replay(judged, actual, base, full)


def _share_met(queue: Queue, served: Seconds) -> float:
    replayed = (queue.due != NEVER) & (served <= queue.due)
    met = np.where(served < 0, queue.is_met, replayed)
    return float(met[queue.is_judged].mean())


def served_at(queue: Queue, factor: Floats, start: int) -> Seconds:
    """The moment each request is served in the replay, shape (requests,); NEVER if not by its end.

    -1 for requests closed before `start` or created after the last day: they take no part.
    """
    end = start + len(factor) * DAY
    takes_part = (queue.closed >= start) & (queue.created < end)
    served = np.full(len(queue.created), -1, np.int64)
    days = _days(queue, takes_part, start, len(factor))
    offered = days.mass + (days.closed - days.mass) * np.where(queue.is_contracted, 1.0, factor[:, None])
    cumulative = _serve(days, offered, ~queue.is_contracted)
    closings = np.where(takes_part & (queue.closed < end), queue.closed, NEVER)
    last_of_day = _last_of_day(closings, start, len(factor))
    for code in range(len(queue.is_contracted)):
        mine = np.flatnonzero(takes_part & (queue.type_code == code))
        mine = mine[np.argsort(queue.created[mine], kind="stable")]
        moments = np.sort(closings[mine])
        by_day = cumulative[:, code], days.closed[:, code], offered[:, code]
        at = _moments(len(mine), *by_day, moments, last_of_day)
        served[mine] = np.maximum(at, queue.created[mine])
    return served


def _days(queue: Queue, takes_part: Bools, start: int, length: int) -> _Days:
    """Arrivals and closings counted by day and type; what was open at `start` arrives on the first day."""
    types = len(queue.is_contracted)

    def count(moments: Seconds, chosen: Bools) -> Floats:
        cell = np.maximum((moments[chosen] - start) // DAY, 0) * types + queue.type_code[chosen]
        return np.bincount(cell, minlength=length * types).astype(float).reshape(length, types)

    closed = takes_part & (queue.closed < start + length * DAY)
    arrived = np.cumsum(count(queue.created, takes_part), axis=0)
    return _Days(arrived, count(queue.closed, closed), count(queue.closed, closed & queue.is_mass))


def _serve(days: _Days, offered: Floats, is_own: Bools) -> Floats:
    """Cumulative number served by the end of each day, shape (days, types); idle hands help where work waits."""
    served = np.zeros(offered.shape[1])
    total = np.empty_like(offered)
    for day, (arrived, hands, sweep) in enumerate(zip(days.arrived, offered, days.mass, strict=True)):
        waiting = arrived - served
        swept = np.minimum(waiting, sweep)
        by_staff = np.minimum(waiting - swept, hands - sweep)
        left = np.where(is_own, waiting - swept - by_staff, 0.0)
        idle = float(np.sum((hands - sweep - by_staff)[is_own]))
        help_given = left * min(1.0, idle / left.sum()) if idle > ROUNDING and left.sum() > 0 else 0.0
        served = served + swept + by_staff + help_given
        total[day] = served
    return total


def _last_of_day(closings: Seconds, start: int, length: int) -> Seconds:
    """The department's last closing of each day, or its last second, shape (days,)."""
    last = start + np.arange(1, length + 1) * DAY - 1
    done = closings[closings != NEVER]
    latest = np.full(length, -1, np.int64)
    np.maximum.at(latest, (done - start) // DAY, done)
    return np.where(latest < 0, last, latest)


def _moments(
    count: int, total: Floats, closed: Floats, offered: Floats, moments: Seconds, last_of_day: Seconds
) -> Seconds:
    """When the first `count` requests of a type are served, shape (count,); NEVER if not by the end.

    The n-th is served on the day on which `total` (cumulative, by day) reaches n, at the real
    closing that its place among what was `offered` that day reaches; `moments` are the type's
    closings in order. Where a type closed none itself that day: with the department's last.
    """
    rank = np.arange(1, count + 1, dtype=float)
    day = np.searchsorted(total, rank - ROUNDING)
    done = day < len(total)
    rank, day = rank[done], day[done]
    before = np.concatenate([[0.0], total])[day]
    first = np.concatenate([[0.0], np.cumsum(closed)])[day]
    has_closing = closed[day] > 0
    place = np.ceil((rank - before) * np.nan_to_num(ratio(closed[day], offered[day])) - ROUNDING)
    index = first + np.clip(place, 1, np.maximum(closed[day], 1)) - 1
    index = np.minimum(index.astype(int), len(moments) - 1)
    at = np.full(count, NEVER)
    at[done] = np.where(has_closing, moments[index], last_of_day[day])
    return at


def explain_miss(played: Replay, staff_limited: str, reason: str) -> Miss:
    """The miss in three parts: it remains with all posts filled, vacancies (up to), order of work (may be negative).

    `staff_limited` is the answer of `is_it_staff`, `reason` its words. Where throughput follows
    demand all of it remains: requests do not stand in one queue there, so the order of a queue
    explains nothing. No vacancy share where it cannot be told, where nothing is due, or where
    base and actual differ by more than 5 points: then the order of work moves the figure more
    than the model can carry.
    """
    nan = float("nan")
    if played.due_count == 0:
        return Miss(nan, nan, nan, nan, "nothing with a goal was due in this period")
    if staff_limited == NO:
        return Miss(1 - played.actual, 0.0, 0.0, played.actual, reason)
    order = played.base - played.actual
    if staff_limited != YES:
        return Miss(nan, nan, order, nan, reason)
    if abs(order) > ORDER_TOLERANCE:
        words = f"the order of work alone moves compliance by {abs(order) * 100:.0f} points, so no share is given"
        return Miss(nan, nan, order, nan, words)
    return Miss(1 - played.full, played.full - played.base, order, played.full, reason)


def no_one(authorised: Floats, filled: Floats) -> str:
    """Why a replay cannot be played with these posts, or '' if it can; arrays of shape (days,)."""
    if np.any((filled == 0) & (authorised > 0)):
        return NO_ONE
    if not np.all(np.isfinite(authorised) & np.isfinite(filled)):
        return "no staffing figure for part of this time"
    return ""
