"""What to do first: points out of 100 for an open request, each part visible, and why in a few words.

Four parts: *safety* of the type, the *clock* (breach risk before the due moment, multiples of the goal after it),
*asked again* at the place, and *waiting*. The parts and their maxima come from the profile. No part ever falls as
time goes by, and being overdue never counts less than having been about to be: a late request is not buried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from db.rules.calendar import ONE_DAY
from db.rules.errors import DeskError

SAFETY_MOST = 30.0  # what a profile's safety_points run up to
ASKED_MOST = 4  # as many repeats as make a place chronic; more do not count more
BEFORE_DUE = 0.5  # the part of the clock that a request can have before it is due

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Weights:
    """The most that each part can give; together 100. `waiting_half_days`: the age that gets half of `waiting`."""

    safety: float = 30.0
    clock: float = 40.0
    asked_again: float = 15.0
    waiting: float = 15.0
    waiting_half_days: float = 30.0

    def __post_init__(self) -> None:
        parts = (self.safety, self.clock, self.asked_again, self.waiting)
        if min(parts) < 0 or abs(sum(parts) - 100) > 1e-9:
            raise DeskError(f"the parts {parts} must not be negative and add up to 100, not {sum(parts):g}")
        if not self.waiting_half_days > 0:
            raise DeskError(f"waiting_half_days {self.waiting_half_days} must be more than 0")


class Points(NamedTuple):
    """Points of requests and their parts, shape (n,) each, rounded to a tenth; `total` is the sum of the rounded."""

    total: Floats
    safety: Floats
    clock: Floats
    asked_again: Floats
    waiting: Floats


def points(
    weights: Weights,
    *,
    safety_points: ArrayLike,
    breach_risk: ArrayLike,
    multiple: ArrayLike,
    is_overdue: ArrayLike,
    asked_count: ArrayLike,
    age_days: ArrayLike,
) -> Points:
    """Points of open requests, all arguments of shape (n,).

    `safety_points` 0 to 30; `breach_risk` 0 to 1, nan where none is shown; `multiple` time since creation over time
    promised, nan without a goal; `asked_count` how often the place was asked about again; `age_days` elapsed.
    """
    parts = (
        weights.safety * np.clip(np.asarray(safety_points, np.float64) / SAFETY_MOST, 0, 1),
        weights.clock * clock_share(breach_risk, multiple, is_overdue),
        weights.asked_again * np.clip(np.asarray(asked_count, np.float64) / ASKED_MOST, 0, 1),
        weights.waiting * waiting_share(age_days, weights.waiting_half_days),
    )
    rounded = [np.round(part, 1) for part in parts]
    return Points(np.round(np.sum(rounded, axis=0), 1), *rounded)


def clock_share(breach_risk: ArrayLike, multiple: ArrayLike, is_overdue: ArrayLike) -> Floats:
    """How much of the clock's points, 0 to 1, shape (n,).

    Before the due moment up to a half, by the breach risk, or by the share of the promised time that is gone where no
    risk is shown. After it 1 - 1/(2 x multiple): a half at the due moment, three quarters at twice the goal, and ever
    nearer to one. Without a goal 0. An overdue request without a usable multiple counts as just overdue.
    """
    risk, multiple = np.asarray(breach_risk, np.float64), np.asarray(multiple, np.float64)
    used = np.clip(np.where(np.isnan(multiple), 0, multiple), 0, 1)
    before = BEFORE_DUE * np.where(np.isnan(risk), used, np.clip(risk, 0, 1))
    times = np.maximum(np.where(np.isnan(multiple), 1, multiple), 1)
    return np.where(np.asarray(is_overdue, bool), 1 - (1 - BEFORE_DUE) / times, before)


def waiting_share(age_days: ArrayLike, half_days: float) -> Floats:
    """How much of the points for waiting, 0 to 1: half at `half_days`, ever nearer to one; a negative age counts 0."""
    age = np.maximum(np.asarray(age_days, np.float64), 0)
    return age / (age + half_days)


def why(
    *,
    due_at: datetime | None,
    as_of: datetime,
    is_overdue: bool,
    is_day_only: bool = False,
    breach_risk: float = float("nan"),
    multiple: float = float("nan"),
    asked_count: int = 0,
    safety_points: float = 0.0,
    age_days: float = 0.0,
    has_address: bool = True,
) -> str:
    """Why a request stands where it does: "due tomorrow 17:00, 74% likely missed; third request at this address"."""
    said: list[str] = []
    if due_at is not None:
        said.append(_late(as_of - due_at, multiple) if is_overdue else _due(due_at, as_of, is_day_only, breach_risk))
    if safety_points >= SAFETY_MOST / 2:
        said.append("a danger to people" if safety_points >= SAFETY_MOST * 0.8 else "a matter of safety")
    if asked_count:
        said.append(f"{_ordinal(asked_count + 1)} request at this {'address' if has_address else 'place'}")
    if due_at is None:
        said.append(f"no goal, open {_days(age_days)}")
    return "; ".join(said)


def _due(due_at: datetime, as_of: datetime, is_day_only: bool, breach_risk: float) -> str:
    away = (due_at.date() - as_of.date()).days
    day = {0: "today", 1: "tomorrow"}.get(away) or (
        f"{due_at:%a}" if 0 < away < 7 else f"{due_at:%a} {due_at.day} {due_at:%b}"
    )
    when = f"due {day}" if is_day_only else f"due {day} {due_at:%H:%M}"
    return when if np.isnan(breach_risk) else f"{when}, {breach_risk:.0%} likely missed"


def _late(late: timedelta, multiple: float) -> str:
    return f"overdue by {_days(late / ONE_DAY)}{_times(multiple)}"


def _times(multiple: float) -> str:
    if np.isnan(multiple) or multiple < 1.5:
        return ""
    return (
        ", over 100 times its goal" if multiple > 100 else f", {multiple:.{0 if multiple >= 10 else 1}f} times its goal"
    )


def _days(days: float) -> str:
    if days < 1:
        hours = max(int(days * 24), 0)
        return "less than an hour" if hours == 0 else f"{hours} hour{'' if hours == 1 else 's'}"
    return f"{int(days):,} day{'' if int(days) == 1 else 's'}"


def _ordinal(number: int) -> str:
    words: Sequence[str] = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
    if number < len(words):
        return words[number]
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
