"""What somebody can work out about hidden numbers of the whole city by balancing all editions like account books.

The number waiting at the end of a week is the number waiting before it, plus those asked, minus those ended. Only these
numbers link one month to another: everything else that is published counts the requests of one month, whose total is
either shown or is its only number. So everything in all editions is checked by one linear program for each month
(`asked.py`) and the one here.

It runs only where some number of the whole city is hidden, which happens only in small towns.
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

from db.publish.grid import WEEK, Month
from db.publish.privacy import HIGH, LEAST_SHOWN, LOW, ROUNDED_TO, OutOfTimeError, time_left
from db.publish.schema import ALL
from db.rules.stretches import monday

Row = dict[str, Any]
Tables = Mapping[str, Sequence[Mapping[str, Any]]]
SLACK = ROUNDED_TO // 2


@dataclass
class Books:
    """Unknown whole numbers, their bounds, and the sums that they must fulfil.

    An unknown is an index into `low` and `high`. `hidden`: the unknowns that stand for a hidden number.
    """

    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    sums: list[tuple[dict[int, int], int, bool]] = field(default_factory=list)  # coefficients, sum, may be corrected
    hidden: list[int] = field(default_factory=list)

    def unknown(self, low: float = 0, high: float = np.inf) -> int:
        self.low.append(low)
        self.high.append(high)
        return len(self.low) - 1

    def number(self, told: int | None, *, least: int, slack: int = 0) -> int:
        """An unknown for a published number `told`, within `slack`; where it is None, hidden and at least `least`."""
        if told is not None:
            return self.unknown(max(told - slack, LEAST_SHOWN) if slack else told, told + slack)
        self.hidden.append(self.unknown(least))
        return self.hidden[-1]

    def total(self, whole: int, parts: Sequence[int]) -> None:
        """Note that the unknowns `parts` add up to the unknown `whole`."""
        self.sums.append(({whole: 1} | dict.fromkeys(parts, -1), 0, False))


def give_away(tables: Tables, deadline: float) -> bool:
    """Whether `tables` rule out, for some hidden number of the whole city, that it is 1 or that it is 9.

    Raises OutOfTimeError past `deadline`.
    """
    books = _books(tables)
    if not books.hidden:
        return False
    solver = _Solver(books, deadline)
    return any(not solver.can_be(unknown, end) for unknown in books.hidden for end in (LOW, HIGH))


def hide_where_needed(rows: Mapping[str, list[Row]], withdrawn: Tables, edition: int, deadline: float) -> bool:
    """Hide numbers of the whole city that this edition adds, until none that is hidden can be narrowed down.

    The numbers waiting in the new weeks are hidden first, then the numbers ended in the new months. False where that is
    not enough: then the new months must not be published at all.
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
    asked_by_month = {row["month"]: row["asked_count"] for row in tables["asked"] if _is_total(row)}
    ended_by_month = {row["month"]: row for row in tables["ended"]}
    waiting_by_week_end = {date.fromisoformat(row["week_end"]): row["waiting_count"] for row in tables["waiting"]}
    asked_of: dict[date, int] = {}
    ended_of: dict[date, int] = {}
    for row in tables["months"]:
        month = Month.of(row)
        weeks = [month.start + number * WEEK for number in range(month.weeks)]
        for week in weeks:
            asked_of[week], ended_of[week] = books.unknown(), books.unknown()
        if month.name in asked_by_month:
            books.total(books.number(asked_by_month[month.name], least=1), [asked_of[week] for week in weeks])
        if month.name in ended_by_month:
            _add_ended(books, ended_by_month[month.name], [ended_of[week] for week in weeks])
    # The number waiting is never below zero, also at the end of a week for which none is published.
    waiting_by_week = {monday(end): count for end, count in waiting_by_week_end.items()}
    waiting_of: dict[date, int] = {}
    for week in sorted({*waiting_by_week, *asked_of}):
        is_published = week in waiting_by_week
        waiting_of[week] = (
            books.number(waiting_by_week[week], least=0, slack=SLACK) if is_published else books.unknown()
        )
        before = waiting_of[week - WEEK] if week - WEEK in waiting_of else books.unknown()
        asked_in_week = asked_of[week] if week in asked_of else books.unknown()
        ended_in_week = ended_of[week] if week in ended_of else books.unknown()
        books.sums.append(({waiting_of[week]: 1, before: -1, asked_in_week: -1, ended_in_week: 1}, 0, True))
    return books


def _add_ended(books: Books, row: Mapping[str, Any], weeks: Sequence[int]) -> None:
    done = books.number(row["work_done_count"], least=1)
    whole, ended_otherwise = books.number(row["ended_count"], least=1), books.unknown()
    books.total(whole, [done, ended_otherwise])
    books.total(whole, weeks)


def _is_total(row: Mapping[str, Any]) -> bool:
    return bool(row["service_type"] == row["category"] == row["district"] == ALL)


class _Solver:
    """Finds which values are possible for an unknown.

    Numbers that were counted on different days may not balance. They are corrected once, by as little as possible, and
    the corrected sums are then taken as exact.
    """

    def __init__(self, books: Books, deadline: float) -> None:
        self.deadline = deadline
        self.low, self.high = np.array(books.low), np.array(books.high)
        self.matrix = lil_array((len(books.sums), len(books.low)))
        self.right = np.array([float(right) for _, right, _ in books.sums])
        for row, (coefficients, _, _) in enumerate(books.sums):
            for unknown, value in coefficients.items():
                self.matrix[row, unknown] = value
        self._correct([number for number, (_, _, may_be_corrected) in enumerate(books.sums) if may_be_corrected])
        self.possible: list[NDArray[np.float64]] = []

    def can_be(self, unknown: int, value: int) -> bool:
        """Whether the unknown can have this value. Solutions found before are tried first."""
        if any(round(solution[unknown]) == value for solution in self.possible):
            return True
        low, high = self.low.copy(), self.high.copy()
        low[unknown] = high[unknown] = value
        solution = self._solution(np.zeros(len(low)), self.matrix.tocsr(), low, high)
        if solution is not None:
            self.possible.append(solution)
        return solution is not None

    def _correct(self, rows: list[int]) -> None:
        """Change the sums of `rows` by as little as possible, so that all sums can hold together."""
        number = len(self.low)
        extra = 2 * len(rows)  # a correction up and one down for each of the rows
        wide = lil_array((len(self.right), number + extra))
        wide[:, :number] = self.matrix
        for index, row in enumerate(rows):
            wide[row, number + 2 * index], wide[row, number + 2 * index + 1] = 1, -1
        weights = np.concatenate([np.zeros(number), np.ones(extra)])
        low = np.concatenate([self.low, np.zeros(extra)])
        high = np.concatenate([self.high, np.full(extra, np.inf)])
        solution = self._solution(weights, wide.tocsr(), low, high)
        if solution is not None:
            for index, row in enumerate(rows):
                self.right[row] -= round(solution[number + 2 * index] - solution[number + 2 * index + 1])

    def _solution(
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
