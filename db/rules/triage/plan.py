"""Today's plan: which open stops stand in which lane, in which order, and where today ends.

A *stop* is what one crew finds at one place: the open requests of one type there. No stop is weighed against another
by points. Each lane has one rule:

1. *danger*: can hurt somebody tonight. Graver first, then by whole days since the newest report, then asked again,
   then oldest.
2. *can be kept*: not overdue. By due working day, then higher breach risk, then asked again, then due moment.
3. *late*, and what has no goal: by age over goal, counted up to five, then asked again, then oldest; every fifth place
   goes to the one overdue longest, so that nobody is passed over for months.
4. *check whether it still exists*: stale. Stale dangers first, else drawn at random.

Shares hold over days, not only within one: a department with room for three stops a day has a late one among them on
nine days in ten, and its every fifth late one is the longest overdue.

Everything here is plain functions on arrays, so that a replay can ask for the order of any moment of the past.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Numbers = NDArray[np.int64]
Moments = NDArray[np.datetime64]

KEPT_SHARE = 0.7  # of the room after the dangers: the part for what can still be kept
RATIO_MOST = 5.0  # age over goal counts up to here: beyond it, older is no longer more urgent
OLDEST_EVERY = 5
ROUND_OF_PLACES = 10_000  # after so many places the mixing of the lanes starts anew
OVERDUE_DANGERS_MOST = 0.5  # of the room left after the dangers that are not yet overdue
UNKNOWN_RISK = 0.5
DAY = np.timedelta64(1, "D")


class Lane(StrEnum):
    """The lanes in their order; the values are those of commands, links and files."""

    DANGER = "danger"
    CAN_BE_KEPT = "can_be_kept"
    LATE = "late"
    CHECK_EXISTS = "check_exists"


LANES = tuple(Lane)
DANGER, CAN_BE_KEPT, LATE, CHECK_EXISTS = range(4)  # the lanes as numbers, places in `LANES`


@dataclass(frozen=True, eq=False)
class Stops:
    """Open stops at one moment, arrays of shape (n,).

    `created`: when the oldest request was made; `reported`: when the newest was (the same for a single request).
    `due`: the due moment, and `overdue_from` the moment from which it is overdue (later where only the day is
    promised), both NaT without a goal; of several requests the next that can still be kept, else the oldest.
    `due_day`: the working day on which it must be done, datetime64[D], NaT without a goal. `usual_days`: the goal in
    elapsed days, or the type's median time to close where there is none; NaN where neither is known. `breach_risk`: 0
    to 1, NaN where none is shown. `danger_grade`: 0 no danger, 1 a danger, 2 a grave one.
    """

    created: Moments
    reported: Moments
    due: Moments
    overdue_from: Moments
    due_day: Moments
    usual_days: Floats
    breach_risk: Floats
    is_asked_again: Bools
    danger_grade: Numbers
    is_stale: Bools

    def __len__(self) -> int:
        return len(self.created)


class Plan(NamedTuple):
    """The order in which to work stops, and where today ends.

    `order`: their numbers, shape (n,): today's first, then the dangers that do not fit today, then the rest of lanes
    2 and 3 in the same proportion, then those to be checked. `today_count`: how many of `order` are today's. `lane`:
    of each stop, shape (n,), places in `LANES`. `dangers_left`: how many dangers do not fit today.
    """

    order: Numbers
    today_count: int
    lane: NDArray[np.int8]
    dangers_left: int


def lanes(stops: Stops, as_of: datetime) -> NDArray[np.int8]:
    """The lane of each stop at `as_of`, shape (n,), as its place in `LANES`."""
    can_be_kept = stops.overdue_from > np.datetime64(as_of, "us")  # NaT compares as false
    lane = np.where(can_be_kept, CAN_BE_KEPT, LATE)
    lane = np.where(stops.danger_grade > 0, DANGER, lane)
    return np.where(stops.is_stale, CHECK_EXISTS, lane).astype(np.int8)


def plan(stops: Stops, *, as_of: datetime, room: int | None, kept_share: float = KEPT_SHARE, seed: int = 0) -> Plan:
    """The plan of one unit with hands of its own for a day with room for `room` stops; None: as many as there are.

    Dangers come first; those already overdue take at most half of the room that is left after the others. Of the rest
    `kept_share` goes to what can still be kept, the remainder to what is late, and what one does not use the other
    gets; dangers get what neither uses. `seed` decides the draw of those to be checked. Raises ValueError for a room
    under 0 or a share outside 0 to 1.
    """
    places_before = as_of.toordinal() * (room or 0) % ROUND_OF_PLACES
    room = len(stops) if room is None else room
    if room < 0 or not 0 <= kept_share <= 1:
        raise ValueError(f"room {room} must be 0 or more and kept_share {kept_share} from 0 to 1")
    late_before = places_before * (1 - kept_share)
    lane = lanes(stops, as_of)
    dangers = _danger_order(stops, np.flatnonzero(lane == DANGER))
    rest = _merged_by_share(
        _kept_order(stops, np.flatnonzero(lane == CAN_BE_KEPT)),
        _late_order(stops, np.flatnonzero(lane == LATE), as_of, late_before),
        kept_share,
        late_before,
    )
    fits = _dangers_today(stops, dangers, as_of, room, len(rest))
    rest_count = min(room - int(fits.sum()), len(rest))
    check = _check_order(stops, np.flatnonzero(lane == CHECK_EXISTS), seed)
    order = np.concatenate([dangers[fits], rest[:rest_count], dangers[~fits], rest[rest_count:], check])
    return Plan(order, int(fits.sum()) + rest_count, lane, int((~fits).sum()))


def _danger_order(stops: Stops, which: Numbers) -> Numbers:
    days = -stops.reported[which].astype("datetime64[D]").astype(np.int64)
    again, grade = stops.is_asked_again[which], stops.danger_grade[which]
    return which[np.lexsort((which, stops.created[which], ~again, days, -grade))]


def _kept_order(stops: Stops, which: Numbers) -> Numbers:
    risk = np.where(np.isnan(stops.breach_risk[which]), UNKNOWN_RISK, stops.breach_risk[which])
    again = stops.is_asked_again[which]
    return which[np.lexsort((which, stops.created[which], stops.due[which], ~again, -risk, stops.due_day[which]))]


def _late_order(stops: Stops, which: Numbers, as_of: datetime, late_before: float) -> Numbers:
    created = stops.created[which]
    by_ratio = which[np.lexsort((which, created, ~stops.is_asked_again[which], -age_ratio(stops, as_of)[which]))]
    by_due = which[np.lexsort((which, created, _wanted_by(stops)[which]))]
    return _every_fifth(by_ratio, by_due, int(late_before + 1e-6))


def _wanted_by(stops: Stops) -> Moments:
    """When each should have been done: its due moment; without a goal, after the usual time of its type."""
    usual = (np.nan_to_num(stops.usual_days) * 86_400).astype("timedelta64[s]")
    return np.where(np.isnat(stops.overdue_from), stops.created + usual, stops.overdue_from)


def age_ratio(stops: Stops, as_of: datetime) -> Floats:
    """Age over goal, counted up to `RATIO_MOST`, shape (n,); a goal under a day counts as one day.

    Where neither a goal nor a median is known the age is taken for just what is usual, 1.
    """
    age = (np.datetime64(as_of, "us") - stops.created) / DAY
    usual = np.where(np.isnan(stops.usual_days), np.maximum(age, 1.0), np.maximum(stops.usual_days, 1.0))
    return np.minimum(age / usual, RATIO_MOST)


def _every_fifth(first: Numbers, longest: Numbers, before: int) -> Numbers:
    """`first`, with every fifth place given to the next of `longest` not yet placed; both hold the same numbers.

    `before`: how many places were given on the days before, which the counting goes on from.
    """
    count = len(first)
    if not count:
        return first
    placed = np.zeros(int(first.max()) + 1, bool)
    order = np.empty(count, np.int64)
    queues = (iter(first.tolist()), iter(longest.tolist()))
    for place in range(count):
        waiting = queues[(before + place + 1) % OLDEST_EVERY == 0]
        stop = next(stop for stop in waiting if not placed[stop])
        placed[stop] = True
        order[place] = stop
    return order


def _merged_by_share(kept: Numbers, late: Numbers, kept_share: float, late_before: float) -> Numbers:
    """Both lanes in one list: of its first places, however many, `kept_share` are of `kept`, until one runs out.

    `late_before`: the places of late ones on the days before; its fraction is what the last day left over.
    """
    total = len(kept) + len(late)
    places = np.arange(1, total + 1)
    late_by = np.floor(places * (1 - kept_share) + late_before % 1 + 1e-6)
    late_by = np.clip(late_by, places - len(kept), np.minimum(places, len(late))).astype(np.int64)
    is_late = np.diff(late_by, prepend=0) > 0
    merged = np.empty(total, np.int64)
    merged[is_late], merged[~is_late] = late, kept
    return merged


def _dangers_today(stops: Stops, dangers: Numbers, as_of: datetime, room: int, others: int) -> Bools:
    """Which of the dangers, in their order, fit today."""
    now = np.datetime64(as_of, "us")
    # At least a day: a goal of an hour would make every danger an overdue one by the time a plan is made.
    overdue = np.maximum(stops.overdue_from[dangers], stops.reported[dangers] + DAY) <= now
    fits = ~overdue & (np.cumsum(~overdue) <= room)
    left = room - int(fits.sum())
    most = max(int(left * OVERDUE_DANGERS_MOST), left - others)
    return fits | (overdue & (np.cumsum(overdue) <= most))


def _check_order(stops: Stops, which: Numbers, seed: int) -> Numbers:
    """Stale dangers first, each part in an order drawn at random that does not change when others join or leave."""
    age = stops.created[which].astype("datetime64[s]").astype(np.int64).astype(np.uint64)
    return which[np.lexsort((which, _drawn_numbers(age, seed), stops.danger_grade[which] == 0))]


def _drawn_numbers(values: NDArray[np.uint64], seed: int) -> NDArray[np.uint64]:
    """A number drawn for each value, the same for the same value and seed (the finaliser of SplitMix64)."""
    bits = values + np.uint64((seed * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15) % 2**64)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


def room_shown(daily: NDArray[np.int64]) -> int:
    """Room for a day from what was shown: the median of the stops done on each working day, rounded; 0 for none."""
    return round(float(np.median(daily))) if len(daily) else 0
