"""What somebody promised, measured by a figure of the desk: whether it is kept, missed or still running."""

from __future__ import annotations

import math
from datetime import date, datetime, time

from db.rules.errors import DeskError
from db.rules.vocabulary import PromiseFigure, PromiseState

SHARES = (PromiseFigure.COMPLIANCE, PromiseFigure.ASKED_AGAIN_SHARE)


def figure_of(text: str) -> PromiseFigure:
    """The figure of this name. Raises DeskError that names them all."""
    word = text.strip().casefold().replace(" ", "_")
    if word not in [str(figure) for figure in PromiseFigure]:
        raise DeskError(f'figure "{text}" is not one of {", ".join(PromiseFigure)}; nothing was written')
    return PromiseFigure(word)


def value_of(text: str, figure: PromiseFigure, what: str) -> float:
    """A value as people write it: a share as "60%" or 0.6, a count as 120. Raises DeskError."""
    written = text.strip().replace(",", "")
    try:
        value = float(written.removesuffix("%")) / (100 if written.endswith("%") else 1)
    except ValueError:
        value = math.nan
    is_share = figure in SHARES
    if not math.isfinite(value) or value < 0 or (is_share and value > 1) or (written.endswith("%") and not is_share):
        expected = "a share like 60%" if is_share else "a number of requests like 120"
        raise DeskError(f'{what} "{text}" is not {expected}; nothing was written')
    return value


def measured_at(due_on: date, now: datetime) -> datetime:
    """The moment at which a promise is measured.

    It is the midnight with which today began, so that the figure stays the same all day; where `due_on` has passed, it
    is the last second of that day.
    """
    return min(datetime.combine(now.date(), time.min), datetime.combine(due_on, time.max).replace(microsecond=0))


def is_reached(value: float, start: float, target: float) -> bool:
    """Whether a figure that was to go from `start` to `target` is there."""
    return value >= target if target >= start else value <= target


def state_of(value: float, start: float, target: float, due_on: date, day: date) -> PromiseState:
    """How it stands on `day`; `value`: the figure of that day, or of the end of `due_on` where that has passed."""
    if day <= due_on:
        return PromiseState.RUNNING
    if math.isnan(value):
        return PromiseState.UNTOLD
    return PromiseState.KEPT if is_reached(value, start, target) else PromiseState.MISSED
