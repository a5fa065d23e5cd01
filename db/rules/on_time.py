"""Whether a closing kept its due date: the one rule, on arrays. The same in SQL is `CLOSED_ON_TIME` of
db/model/expressions.py; tests/engines/model/test_on_time.py holds the two together.

Where only the day of a moment is known, days are compared: a due day is kept until it is over, and a closing on the day
of creation does not come before it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Flags = NDArray[np.bool_]
Moments = NDArray[np.datetime64]


def is_usable(created: Moments, closed: Moments, *, created_by_day: ArrayLike, closed_by_day: ArrayLike) -> Flags:
    """Whether a closing time can be true: it is known and not before creation."""
    by_day = np.asarray(created_by_day, bool) | np.asarray(closed_by_day, bool)
    return np.where(by_day, _days(closed) >= _days(created), closed >= created)  # NaT compares as false


def is_met(closed: Moments, due: Moments, *, closed_by_day: ArrayLike, due_by_day: ArrayLike) -> Flags:
    """Whether it was closed by its due moment, or on its due day where only the day of either is known."""
    by_day = np.asarray(closed_by_day, bool) | np.asarray(due_by_day, bool)
    return np.where(by_day, _days(closed) <= _days(due), closed <= due)


def is_past(due: Moments, now: np.datetime64, *, due_by_day: ArrayLike) -> Flags:
    """Whether the due moment has gone by; a due day has gone by when it is over."""
    return np.where(np.asarray(due_by_day, bool), _days(due) < now.astype("datetime64[D]"), due <= now)


def _days(moments: Moments) -> NDArray[Any]:
    return moments.astype("datetime64[D]")
