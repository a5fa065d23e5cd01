"""What a department's miss is made of, found by replays with two knobs, and what of it cannot be told.

The miss = what remains with both knobs turned + what all posts filled would have kept (up to) + what the plan's order
would have kept (up to) + what only both together would have kept. The last is negative where either knob alone would
have kept the same requests.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from db.rules.replay.readings import best_fit
from db.rules.replay.serve import BEST, PLAN, REAL, Knobs, served_at
from db.rules.replay.work import NEVER, Bools, Floats, Seconds, Work
from db.rules.workload.staffed import NO, YES

NAN = float("nan")
FEW = 30
NEVER_CLOSED_MOST = 0.10
READINGS_APART_MOST = 0.05

TOO_FEW = "too few due to tell"
TOO_SHORT = "too short to tell"
CONTRACTORS = "done largely by contractors: vacancies in the city are not its capacity"
NO_RULE_FITS = "no order of work explains what was closed when"
UNKNOWN_ORDER = "in which order more hands would have worked is not known"


@dataclass(frozen=True)
class Miss:
    """The missed share in its parts, and the shares kept that they come from; 0 to 1, NaN where not told.

    `remains + vacancy + order + together + untold` is the missed share. `vacancy_low`: the least that the readings
    allow; `order_shared`: as `order`, were crews not tied to their types. `kept_best`: the most that these moments
    could keep in any order (`_shared`: by crews tied to no type; `_filled`: these, with
    all posts filled). `kept_with_both`: all posts filled, the plan's order.
    `reason`: why vacancies are not told, else why staff is or is not the limit. `order_of_work`: the simple order that
    explains the closings, '' where none does or none was asked for.
    """

    due_count: int = 0
    kept: float = NAN
    remains: float = NAN
    vacancy_low: float = NAN
    vacancy: float = NAN
    order: float = NAN
    order_shared: float = NAN
    together: float = NAN
    untold: float = NAN
    kept_best: float = NAN
    kept_best_shared: float = NAN
    kept_best_filled: float = NAN
    kept_with_both: float = NAN
    reason: str = ""
    order_of_work: str = ""

    @property
    def missed(self) -> float:
        return 1 - self.kept


@dataclass(frozen=True)
class Hands:
    """What vacancies would have kept: the least and the most of the readings, or why that cannot be told."""

    low: float
    high: float
    order_of_work: str
    reason: str = ""


def explain(work: Work, *, start: int, factor: Floats, staff_limited: str, reason: str, is_varied: bool) -> Miss:
    """The parts of the miss of `work` by replays from the midnight `start` on.

    `factor` (days,): all authorised posts over those filled, for each day of the replay; not finite where posts are
    not known. `staff_limited`, `reason`: the answer of `is_it_staff` and its words. `is_varied`: whether posts filled
    varied by 15% or more; else the vacancies' part may be nothing, for a fixed supply of parts would look the same.
    Raises ValueError where a department that staff limits has a factor that is not finite.
    """
    if not work.is_judged.any():
        return Miss(reason=TOO_FEW)
    length = len(factor)
    ones = np.ones(length)
    kept = work.kept()

    def gain(order: str, is_shared: bool, times: Floats) -> float:
        return max(0.0, work.kept_if(served_at(work, Knobs(order, is_shared, start, times))) - kept)

    order = gain(PLAN, False, ones)
    miss = Miss(
        due_count=int(work.is_judged.sum()),
        kept=kept,
        order=order,
        order_shared=max(order, gain(PLAN, True, ones)),
        kept_best=kept + gain(BEST, False, ones),
        kept_best_shared=kept + gain(BEST, True, ones),
        reason=reason,
    )
    if staff_limited == NO:
        return replace(miss, remains=1 - kept - order, vacancy_low=0.0, vacancy=0.0, together=0.0, untold=0.0)
    miss_untold = replace(miss, untold=1 - kept - order)
    if staff_limited != YES:
        return miss_untold
    hands = hands_gain(work, start, factor, is_varied=is_varied)
    if hands.reason:
        return replace(miss_untold, reason=hands.reason, order_of_work=hands.order_of_work)
    gain_of_both = max(gain(PLAN, False, factor), order, hands.high)
    return replace(
        miss,
        remains=1 - kept - gain_of_both,
        vacancy_low=hands.low,
        vacancy=hands.high,
        together=gain_of_both - order - hands.high,
        untold=0.0,
        kept_best_filled=kept + gain(BEST, True, factor),
        kept_with_both=kept + gain_of_both,
        order_of_work=hands.order_of_work,
    )


def hands_gain(work: Work, start: int, factor: Floats, *, is_varied: bool) -> Hands:
    """What all posts filled from `start` on would have kept more of what was due, as a range over two readings."""
    served = served_at(work, Knobs(REAL, False, start, factor))
    kept = work.kept()
    by_real = work.kept_if(served) - kept
    fit = best_fit(work, start, len(factor), is_shared=False)
    if not fit.order:
        return Hands(NAN, NAN, "", NO_RULE_FITS)
    by_rule = _rule_gain(work, fit.order, start, factor)
    if _share_never_closed(work, served) > NEVER_CLOSED_MOST and abs(by_real - by_rule) > READINGS_APART_MOST:
        return Hands(NAN, NAN, fit.order, UNKNOWN_ORDER)
    low, high = sorted((max(0.0, by_real), max(0.0, by_rule)))
    return Hands(low if is_varied else 0.0, high, fit.order)


def _rule_gain(work: Work, order: str, start: int, factor: Floats) -> float:
    with_more_hands = served_at(work, Knobs(order, False, start, factor))
    with_same_hands = served_at(work, Knobs(order, False, start, np.ones(len(factor))))
    return work.kept_if(with_more_hands) - work.kept_if(with_same_hands)


def _share_never_closed(work: Work, served: Seconds) -> float:
    """Of the judged requests newly kept, the share never closed: their place in the real order is not known."""
    newly: Bools = work.is_judged & ~work.is_met & work.met_if(served)
    return float((work.closed[newly] == NEVER).mean()) if newly.any() else 0.0
