"""The numbers of the whole city in all editions, and what somebody learns who balances them like books.

What waits at the end of a week is what waited before, and what was asked, less what was ended. These numbers alone tie
one month to another; everything else that is published counts the requests of one month, whose total is either shown
or its only number. So the program that knows all editions is one program a month (`asked.py`) and this one.

It runs where some number of the whole city is hidden, which happens in a small town only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_array

from db.publish.grid import WEEK, Month, monday
from db.publish.privacy import HIGH, LEAST_SHOWN, LOW, ROUNDED_TO, OutOfTimeError, time_left
from db.publish.schema import ALL

Row = dict[str, Any]
Tables = Mapping[str, Sequence[Mapping[str, Any]]]
SLACK = ROUNDED_TO // 2


@dataclass
class Books:
    """Unknown whole numbers and what is known of them. `hidden`: which unknowns stand for a hidden number."""

    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    sums: list[tuple[dict[int, int], int, bool]] = field(default_factory=list)  # coefficients, sum, may be corrected
    hidden: list[int] = field(default_factory=list)

    def unknown(self, low: float = 0, high: float = np.inf) -> int:
        self.low.append(low)
        self.high.append(high)
        return len(self.low) - 1

    def number(self, told: int | None, *, least: int, slack: int = 0) -> int:
        """An unknown for a published number: known where it is told, else hidden and at least `least`."""
        if told is not None:
            return self.unknown(max(told - slack, LEAST_SHOWN) if slack else told, told + slack)
        self.hidden.append(self.unknown(least))
        return self.hidden[-1]

    def total(self, whole: int, parts: Sequence[int]) -> None:
        self.sums.append(({whole: 1} | dict.fromkeys(parts, -1), 0, False))


def give_away(tables: Tables, deadline: float) -> bool:
    """Whether a hidden number of the whole city cannot be 1, or cannot be 9, by all that is told in `tables`.

    Raises OutOfTimeError past `deadline`.
    """
    books = _books(tables)
    if not books.hidden:
        return False
    solver = _Solver(books, deadline)
    return any(not solver.can_be(one, end) for one in books.hidden for end in (LOW, HIGH))


def hide_where_needed(rows: Mapping[str, list[Row]], withdrawn: Tables, edition: int, deadline: float) -> bool:
    """Hide numbers of the whole city that this edition adds, until none that is hidden can be narrowed down.

    First the new weeks' waiting, then what the new months ended. False where that is not enough: the new months may
    not be told at all.
    """
    everything = {name: [*rows[name], *withdrawn.get(name, ())] for name in ("months", "asked", "ended", "waiting")}
    if not give_away(everything, deadline):
        return True
    new = {row["month"] for row in rows["months"] if row["edition"] == edition}
    for row in rows["waiting"]:
        if row["edition"] == edition:
            row["waiting_count"] = None
    if not give_away(everything, deadline):
        return True
    for row in rows["ended"]:
        if row["month"] in new:
            row["ended_count"] = row["work_done_count"] = None
    return not give_away(everything, deadline)


def _books(tables: Tables) -> Books:
    books = Books()
    total = {row["month"]: row["asked_count"] for row in tables["asked"] if _is_total(row)}
    ended = {row["month"]: row for row in tables["ended"]}
    waits = {date.fromisoformat(row["week_end"]): row["waiting_count"] for row in tables["waiting"]}
    asked_of: dict[date, int] = {}
    ended_of: dict[date, int] = {}
    for row in tables["months"]:
        month = Month.of(row)
        weeks = [month.start + number * WEEK for number in range(month.weeks)]
        for week in weeks:
            asked_of[week], ended_of[week] = books.unknown(), books.unknown()
        if month.name in total:
            books.total(books.number(total[month.name], least=1), [asked_of[week] for week in weeks])
        if month.name in ended:
            _add_ended(books, ended[month.name], [ended_of[week] for week in weeks])
    # What waits is never below nought, also at the end of a week that tells nothing of it.
    told_at_end = {monday(end): count for end, count in waits.items()}
    at_end: dict[date, int] = {}
    for week in sorted({*told_at_end, *asked_of}):
        known = week in told_at_end
        at_end[week] = books.number(told_at_end[week], least=0, slack=SLACK) if known else books.unknown()
        before = at_end[week - WEEK] if week - WEEK in at_end else books.unknown()
        came = asked_of[week] if week in asked_of else books.unknown()
        went = ended_of[week] if week in ended_of else books.unknown()
        books.sums.append(({at_end[week]: 1, before: -1, came: -1, went: 1}, 0, True))
    return books


def _add_ended(books: Books, row: Mapping[str, Any], weeks: Sequence[int]) -> None:
    done = books.number(row["work_done_count"], least=1)
    whole, otherwise = books.number(row["ended_count"], least=1), books.unknown()
    books.total(whole, [done, otherwise])
    books.total(whole, weeks)


def _is_total(row: Mapping[str, Any]) -> bool:
    return bool(row["service_type"] == row["category"] == row["district"] == ALL)


class _Solver:
    """Answers which values are possible. What was counted on different days may not balance: it is corrected by as
    little as can be, once, and the corrections count as known.
    """

    def __init__(self, books: Books, deadline: float) -> None:
        self.deadline = deadline
        self.low, self.high = np.array(books.low), np.array(books.high)
        self.matrix = lil_array((len(books.sums), len(books.low)))
        self.right = np.array([float(right) for _, right, _ in books.sums])
        for row, (coefficients, _, _) in enumerate(books.sums):
            for place, value in coefficients.items():
                self.matrix[row, place] = value
        self._correct([number for number, (_, _, may_be) in enumerate(books.sums) if may_be])
        self.possible: list[NDArray[np.float64]] = []

    def can_be(self, unknown: int, value: int) -> bool:
        if any(round(found[unknown]) == value for found in self.possible):
            return True
        low, high = self.low.copy(), self.high.copy()
        low[unknown] = high[unknown] = value
        found = self._solved(np.zeros(len(low)), self.matrix.tocsr(), low, high)
        if found is not None:
            self.possible.append(found)
        return found is not None

    def _correct(self, rows: list[int]) -> None:
        number, extra = len(self.low), 2 * len(rows)
        wide = lil_array((len(self.right), number + extra))
        wide[:, :number] = self.matrix
        for place, row in enumerate(rows):
            wide[row, number + 2 * place], wide[row, number + 2 * place + 1] = 1, -1
        weights = np.concatenate([np.zeros(number), np.ones(extra)])
        low = np.concatenate([self.low, np.zeros(extra)])
        high = np.concatenate([self.high, np.full(extra, np.inf)])
        found = self._solved(weights, wide.tocsr(), low, high)
        if found is not None:
            for place, row in enumerate(rows):
                self.right[row] -= round(found[number + 2 * place] - found[number + 2 * place + 1])

    def _solved(
        self, weights: NDArray[np.float64], matrix: Any, low: NDArray[np.float64], high: NDArray[np.float64]
    ) -> NDArray[np.float64] | None:
        result = milp(
            weights,
            integrality=np.ones(len(low)),
            bounds=Bounds(low, high),
            constraints=LinearConstraint(matrix, self.right, self.right) if matrix.shape[0] else (),
            options={"time_limit": time_left(self.deadline)},
        )
        if result.x is None and result.status == 1:
            raise OutOfTimeError
        return None if result.x is None else np.asarray(result.x)
