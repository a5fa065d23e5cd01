"""Which cells of the public tables are hidden, so that none of them can be worked out from the others.

A *cell* here is the finest count there is (one service type in one district in one month). A *view* is a number
of a public table: one cell, or a sum of cells. `hidden_views` chooses which views are hidden:

1. what must be: counts of 1 to 9, and what one address makes more than half of. In a table of cells nought is hidden
   with them: were it shown, every hidden cell would be known to be at least 1, and their sum no less than their number;
2. further ones, until somebody who knows every number shown, that counts are whole and not negative, and this rule,
   can exclude neither 1 nor 9 for any hidden view, of either kind.

The second step is an integer program (SciPy's HiGHS). Definition: "What the public may see" in docs/kiosk.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack

LEAST_SHOWN = 10
LEAST_FOR_SHARE = 30
LOW, HIGH = 1, LEAST_SHOWN - 1
ROUNDED_TO = 10
TIME_LIMIT = 600.0  # seconds for one edition
SWEEPS = 8
ROOM = 50  # how far above its true count a cell may rise in a search; a smaller room only makes the search stricter
GOOD_ENOUGH = 0.25  # how much more than the least possible may be hidden: proving the least takes most of the time

Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]


class CannotBeHiddenError(Exception):
    """A view must be hidden and follows from others whatever else is hidden: the tables must be coarser."""


class OutOfTimeError(Exception):
    """The program did not end in its time: nothing may be published."""


@dataclass(frozen=True)
class Views:
    """The numbers of public tables as sums of cells.

    `cells`: the true finest counts. `matrix`: one row a view, 1 where the cell belongs to it. `must_hide`: whether a
    view must be hidden whatever its count, because one address makes most of it. `cost`: how much is lost when a view
    is hidden for the sake of another, above 0; infinite where it may not be. `shows_nought`: whether a count of 0 is
    shown as such. `least`: what everybody knows a hidden view to be at least, 0 or 1.
    """

    cells: Counts
    matrix: csr_array
    must_hide: Flags
    cost: NDArray[np.float64]
    shows_nought: Flags
    least: Counts

    @property
    def values(self) -> Counts:
        return np.asarray(self.matrix @ self.cells, dtype="int64")

    @property
    def must_be_hidden(self) -> Flags:
        values = self.values
        small = (values < LEAST_SHOWN) & ~((values == 0) & self.shows_nought)
        return small | (self.must_hide & (values > 0))


def deadline_in(seconds: float = TIME_LIMIT) -> float:
    """The moment, on the machine's steady clock, at which the program must have ended."""
    return monotonic() + seconds


def hidden_views(views: Views, deadline: float) -> Flags:
    """Which views are hidden.

    Raises CannotBeHiddenError where coarser tables are needed, OutOfTimeError past `deadline`.
    """
    time_left(deadline)
    hidden = views.must_be_hidden.copy()
    reached = np.zeros((len(hidden), 2), dtype=bool)  # for each view: can it be 1, can it be 9 or more
    _note(views, hidden, views.cells, reached)
    chance = np.random.default_rng(311)
    while (pending := _pending(hidden, reached)).any():
        for _ in range(SWEEPS):
            before = pending.sum()
            _note(views, hidden, _alternative(views, hidden, _towards(pending, chance), deadline), reached)
            pending = _pending(hidden, reached)
            if pending.sum() == before or not pending.any():
                break
        if pending.any():
            view, end = (int(number) for number in np.argwhere(pending)[0])
            found = _alternative(views, hidden, None, deadline, view=view, end=end)
            if found is None:
                found, more = _further(views, hidden, view, end, deadline)
                hidden |= more
            if not _note(views, hidden, found, reached):
                raise CannotBeHiddenError
    return hidden


def share(part: int, whole: int) -> tuple[int | None, str]:
    """A share in whole percents, and "", "at_least" or "at_most"; (None, "") of fewer than 30.

    Where fewer than 10 are in the part, or out of it, only a bound is told that would be the same for 0 as for 9.
    """
    if whole < LEAST_FOR_SHARE:
        return None, ""
    if whole - part < LEAST_SHOWN:
        return int(100 * (whole - HIGH) // whole), "at_least"
    if part < LEAST_SHOWN:
        return int(-(-100 * HIGH // whole)), "at_most"
    return round(100 * part / whole), ""


def about(count: int) -> int | None:
    """A count to the nearest ten; None for fewer than 10."""
    return None if count < LEAST_SHOWN else round(count / ROUNDED_TO) * ROUNDED_TO


def _pending(hidden: Flags, reached: Flags) -> Flags:
    return hidden[:, None] & ~reached


def _note(views: Views, hidden: Flags, cells: Counts | None, reached: Flags) -> bool:
    """Note which ends the views reach in an alternative; False where it does not fit all that is shown.

    The check is exact, in whole numbers: what is hidden rests on it alone, whatever the solver's tolerances.
    """
    if cells is None or (cells < 0).any():
        return False
    values = views.matrix @ cells
    if (values != views.values)[~hidden].any() or (values < views.least)[hidden].any():
        return False
    reached[:, 0] |= values <= LOW
    reached[:, 1] |= values >= HIGH
    return True


def _towards(pending: Flags, chance: np.random.Generator) -> NDArray[np.float64]:
    """An aim that pushes many views at once to the ends that they have not reached."""
    return (pending[:, 0].astype(float) - pending[:, 1].astype(float)) * chance.uniform(0.1, 1.0, len(pending))


def _alternative(
    views: Views,
    hidden: Flags,
    aim: NDArray[np.float64] | None,
    deadline: float,
    *,
    view: int | None = None,
    end: int = 0,
) -> Counts | None:
    """Cells that fit everything shown: as far as possible towards `aim`, or with `view` at its end 0 (one) or 1
    (nine); None where there are none.
    """
    values = views.values.astype(float)
    low, high = np.where(hidden, views.least, values), np.where(hidden, np.inf, values)
    room = ROOM
    if view is not None:
        low[view], high[view] = (views.least[view], LOW) if end == 0 else (HIGH, np.inf)
        room += int(values[view])
    weights = np.zeros(len(views.cells)) if aim is None else views.matrix.T @ aim
    result = milp(
        weights,
        integrality=np.ones(len(views.cells)),
        bounds=Bounds(0, views.cells + room),
        constraints=LinearConstraint(views.matrix, low, high),
        options={"time_limit": time_left(deadline), "mip_rel_gap": 0.05},
    )
    if result.x is None:
        if result.status == 1:
            raise OutOfTimeError
        return None
    return np.rint(result.x).astype("int64")


def _further(views: Views, hidden: Flags, view: int, end: int, deadline: float) -> tuple[Counts, Flags]:
    """The cheapest further views to hide so that `view` can reach its end, and the cells that then fit."""
    values, number = views.values.astype(float), len(views.cells)
    candidates = np.flatnonzero(~hidden & (values > 0) & np.isfinite(views.cost))
    room = ROOM + int(values[view])
    low, high = np.where(hidden, views.least, values), np.where(hidden, np.inf, values)
    low[view], high[view] = (views.least[view], LOW) if end == 0 else (HIGH, np.inf)
    places = (np.ones(len(candidates)), (candidates, np.arange(len(candidates))))
    switch = csr_array(places, shape=(len(values), len(candidates)))
    scale = csr_array((values[candidates] - views.least[candidates], places[1]), shape=switch.shape)
    # A candidate keeps its value unless it is switched: then it may fall to the least, or rise by its cells' room.
    rise = switch * float(room * 4)
    result = milp(
        np.concatenate([np.zeros(number), views.cost[candidates]]),
        integrality=np.ones(number + len(candidates)),
        bounds=Bounds(0, np.concatenate([views.cells + room, np.ones(len(candidates))])),
        constraints=[
            LinearConstraint(hstack([views.matrix, scale]), low, np.inf),
            LinearConstraint(hstack([views.matrix, -rise]), -np.inf, high),
        ],
        options={"time_limit": time_left(deadline), "mip_rel_gap": GOOD_ENOUGH},
    )
    if result.x is None:
        if result.status == 1:
            raise OutOfTimeError
        raise CannotBeHiddenError
    cells = np.rint(result.x[:number]).astype("int64")
    more = np.zeros(len(values), dtype=bool)
    more[candidates] = np.rint(result.x[number:]) > 0
    return cells, more


def halfway_to(deadline: float) -> float:
    """The moment at which half of the time that is left has passed. Raises OutOfTimeError past `deadline`."""
    return deadline - time_left(deadline) / 2


def time_left(deadline: float) -> float:
    left = deadline - monotonic()
    if left <= 0:
        raise OutOfTimeError
    return left
