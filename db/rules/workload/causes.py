"""Why a department misses what it misses, and what would mend it: codes with their sizes, chosen in one place.

The facts are those of one department as `workload` and the count of stale requests give them. Nothing here is worded:
the first screen, the briefing and `ask why_missed` say the same because they take it from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from db.rules.vocabulary import Cause, Remedy
from db.rules.workload.staffed import NO, YES

LEAST_POINTS = 1.0  # a part under a point is none
LEAST_AVOIDED = 5.0  # fewer overdue requests are no reason to fill posts, or to check records
LEAST_STALE_SHARE = 0.1  # of what is overdue
BEST_UNDER = 0.80  # where even the best order keeps less, the goal itself is in question
NAN = float("nan")

_CAUSE_OF_STATE = {"too_few": Cause.TOO_FEW, "too_short": Cause.TOO_SHORT, "nothing_due": Cause.NOTHING_DUE}


@dataclass(frozen=True)
class Part:
    """A cause with the points of the miss that it explains, at most `points` and at least `low`; NaN without a size."""

    code: Cause
    points: float = NAN
    low: float = NAN


@dataclass(frozen=True)
class Mending:
    """A remedy with its size: overdue requests avoided (posts), records to check (stale), points of the miss
    (order, ask_parts), the share that even the best order keeps (goal, goal_or_hands); NaN without one."""

    code: Remedy
    size: float = NAN


def causes(row: Mapping[str, Any]) -> tuple[Part, ...]:
    """Why what was due was missed, what is known of the hands first; never empty.

    `row`: due_count, compliance, load_state, miss_state, vacancy_rate, staff_limited, vacancy_points,
    vacancy_points_low, order_points, as `workload` gives them.
    """
    if not row["due_count"]:
        return (Part(Cause.NOTHING_DUE),)
    if row["compliance"] == 1:
        return (Part(Cause.NOTHING_MISSED),)
    if _by_contractors(row):
        return (Part(Cause.CONTRACTORS),)
    if row["miss_state"] in _CAUSE_OF_STATE:
        return (Part(_CAUSE_OF_STATE[row["miss_state"]]),)
    order = _number(row, "order_points")
    by_order = (Part(Cause.ORDER, order),) if order >= LEAST_POINTS else ()
    return (_cause_of_hands(row), *by_order)


def _cause_of_hands(row: Mapping[str, Any]) -> Part:
    if row["load_state"] == "no_figures" or np.isnan(_number(row, "vacancy_rate")):
        return Part(Cause.NO_FIGURES)
    if row["staff_limited"] == NO:
        return Part(Cause.NOT_STAFF)
    if row["staff_limited"] != YES:
        return Part(Cause.CANNOT_TELL)
    points = _number(row, "vacancy_points")
    if np.isnan(points):
        return Part(Cause.STAFF)
    if points < LEAST_POINTS:
        return Part(Cause.NOT_VACANCIES)
    return Part(Cause.STAFF, points, _number(row, "vacancy_points_low"))


def main_cause(row: Mapping[str, Any]) -> Cause:
    """The one cause to name: hands where their part is known, else the order of work where it explains a part."""
    parts = causes(row)
    hands = parts[0]
    if len(parts) == 1 or hands.code == Cause.NOT_STAFF or hands.points >= LEAST_POINTS:
        return hands.code
    # A part whose cause cannot be told, and that is larger than the part of the order, is the main one.
    return Cause.CANNOT_TELL if _number(row, "untold_points") > parts[1].points else parts[1].code


def remedies(row: Mapping[str, Any]) -> tuple[Mending, ...]:
    """What would mend the miss, the most points first, then what is to be checked or asked; empty where nothing is.

    `row`: as for `causes`, and overdue_count, overdue_avoided_if_filled, remains_points, best_share_shared,
    best_share_filled and stale_overdue_count (overdue requests that perhaps no longer exist).
    """
    stale = _stale_remedy(row)
    if _by_contractors(row):
        return (Mending(Remedy.ASK_CONTRACTOR), *stale)
    with_points = [*_posts_remedy(row), *_order_remedy(row), *_limit_remedies(row)]
    ordered = tuple(mending for _, mending in sorted(with_points, key=lambda entry: -entry[0]))
    is_missed = bool(row["due_count"]) and row["compliance"] < 1 and row["miss_state"] not in _CAUSE_OF_STATE
    return (*ordered, *stale) or ((Mending(Remedy.ASK),) if is_missed else ())


def _posts_remedy(row: Mapping[str, Any]) -> list[tuple[float, Mending]]:
    avoided = _number(row, "overdue_avoided_if_filled")
    if not (row["staff_limited"] == YES and avoided >= LEAST_AVOIDED):
        return []
    return [(float(np.nan_to_num(_number(row, "vacancy_points"))), Mending(Remedy.POSTS, avoided))]


def _order_remedy(row: Mapping[str, Any]) -> list[tuple[float, Mending]]:
    points = _number(row, "order_points")
    return [(points, Mending(Remedy.ORDER, points))] if points >= LEAST_POINTS else []


def _limit_remedies(row: Mapping[str, Any]) -> list[tuple[float, Mending]]:
    """What neither posts nor order would mend: what work waits for, and a goal that even the best order cannot keep."""
    best, remains = best_possible(row), _number(row, "remains_points")
    if row["staff_limited"] == NO and row["miss_state"] == "told" and remains >= LEAST_POINTS:
        return [(remains, Mending(Remedy.ASK_PARTS, remains))]
    if not best < BEST_UNDER:
        return []
    is_full = row["staff_limited"] == YES and np.isfinite(_number(row, "best_share_filled"))
    return [(100 * (1 - best), Mending(Remedy.GOAL if is_full else Remedy.GOAL_OR_HANDS, best))]


def _stale_remedy(row: Mapping[str, Any]) -> tuple[Mending, ...]:
    count = _number(row, "stale_overdue_count")
    is_many = count >= LEAST_AVOIDED and count >= LEAST_STALE_SHARE * row["overdue_count"]
    return (Mending(Remedy.CHECK_STALE, count),) if is_many else ()


def best_possible(row: Mapping[str, Any]) -> float:
    """The most that any order could have kept, with all posts filled where staff is the limit; NaN where not told."""
    filled = _number(row, "best_share_filled")
    return _number(row, "best_share_shared") if np.isnan(filled) else filled


def _by_contractors(row: Mapping[str, Any]) -> bool:
    return row["load_state"] == "contractors" or row["miss_state"] == "cannot_tell"


def _number(row: Mapping[str, Any], name: str) -> float:
    value = row.get(name)
    return NAN if value is None else float(value)
