"""Which request each moment of closing serves: past closings are given to other requests, by an order of work.

A moment at which staff really closed something serves one request that already exists. *Tied* crews serve only the
type that was really served at that moment; *shared* ones serve any type of the department. A moment that finds its
queue empty is idle. Only hands that were not really there then serve another queue: a new hire is tied to no type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Protocol

import numpy as np

from db.rules.replay.work import DAY, NEVER, Floats, Numbers, Seconds, Work
from db.rules.triage.plan import KEPT_SHARE, OLDEST_EVERY, RATIO_MOST

REAL, OLDEST, NEWEST, DUE, KEEPABLE, PLAN, BEST = "real", "oldest", "newest", "due", "keepable", "plan", "best"
LATE_SHARE = 1 - KEPT_SHARE
ALIKE = (OLDEST, NEWEST, DUE, KEEPABLE)
"""The simple orders that a department may really follow."""


@dataclass(frozen=True)
class Knobs:
    """How to replay: the order of work, who may serve what, and from when on with how many times the hands.

    `start` is a midnight; `factor` (days,) multiplies the moments of each day from then on, at least 1, and gives the
    length of the replay.
    """

    order: str
    is_shared: bool
    start: int
    factor: Floats

    @property
    def end(self) -> int:
        return self.start + len(self.factor) * DAY


class Line(Protocol):
    """Requests that wait for the same hands; each is a number."""

    def add(self, number: int) -> None: ...

    def next(self, moment: int) -> int:
        """The request to serve at `moment`, taken out of the line; -1 where none waits that may be served."""
        ...

    def head(self) -> tuple[int, ...]:
        """What the line would serve next, comparable between lines, the least first; empty where none waits."""
        ...


def served_at(work: Work, knobs: Knobs) -> Seconds:
    """The moment each request is served, shape (requests,); NEVER if not by the end.

    -1 for those that the replay does not touch: closed before its start, created after its end, or with a moment of
    their own. Raises ValueError for a factor under 1 or an unknown order.
    """
    if not np.all(knobs.factor >= 1):
        raise ValueError("factor must be a finite number of at least 1 on every day")
    takes_part = ~work.is_fixed & (work.closed >= knobs.start) & (work.created < knobs.end)
    served = np.full(len(work), -1, np.int64)
    served[takes_part] = NEVER
    line_of = np.zeros(len(work), np.int64) if knobs.is_shared else work.type_code
    queue_count = 1 if knobs.is_shared else len(work.usual_seconds)
    new_line = _line_factory(work, knobs.order)
    lines = [new_line() for _ in range(queue_count)]
    arrivals = np.flatnonzero(takes_part & (work.is_judged | (knobs.order != BEST)))
    arrivals = arrivals[np.argsort(work.created[arrivals], kind="stable")]
    closed = np.flatnonzero(takes_part & (work.closed < knobs.end))
    arrival_moments = [*work.created[arrivals].tolist(), NEVER]
    numbers, line_of_arrival = arrivals.tolist(), line_of[arrivals].tolist()
    served_numbers, served_moments, next_arrival = [], [], 0
    for moment, queue, is_extra in _moments(work, knobs, closed, line_of):
        while arrival_moments[next_arrival] <= moment:
            lines[line_of_arrival[next_arrival]].add(numbers[next_arrival])
            next_arrival += 1
        number = lines[queue].next(moment)
        if number < 0 and is_extra:
            heads = [(line.head(), place) for place, line in enumerate(lines) if line.head()]
            number = lines[min(heads)[1]].next(moment) if heads else -1
        if number >= 0:
            served_numbers.append(number)
            served_moments.append(moment)
    served[served_numbers] = served_moments
    return served


def _moments(work: Work, knobs: Knobs, closed: Numbers, line_of: Numbers) -> Iterator[tuple[int, int, bool]]:
    """When hands are free, for which line, and whether they were not really there, in order.

    Each real closing comes as often as the factor of its day says.
    """
    closed = closed[np.lexsort((work.created[closed], work.closed[closed]))]
    when, line = work.closed[closed], line_of[closed]
    times = knobs.factor[np.minimum((when - knobs.start) // DAY, len(knobs.factor) - 1)]
    copies = np.ones(len(when), np.int64)
    if np.any(times > 1):
        for queue in np.unique(line):  # totals begin at a half, so that rounding adds neither too many nor too few
            mine = line == queue
            whole = np.floor(0.5 + np.concatenate([[0.0], np.cumsum(times[mine])]) + 1e-9)
            copies[mine] = np.diff(whole).astype(np.int64)
    is_extra = np.ones(int(copies.sum()), bool)
    is_extra[(np.cumsum(copies) - copies)[copies > 0]] = False
    return zip(np.repeat(when, copies).tolist(), np.repeat(line, copies).tolist(), is_extra.tolist(), strict=True)


class _Ranks:
    """Each request's rank, so that heaps hold whole numbers: least key first, then oldest, then in the order given."""

    def __init__(self, work: Work, key: Seconds) -> None:
        order = np.lexsort((np.arange(len(work)), work.created, key))
        rank = np.empty(len(work), np.int64)
        rank[order] = np.arange(len(work))
        self.of: list[int] = rank.tolist()
        self.number: list[int] = order.tolist()
        self.key: list[int] = key[order].tolist()  # by rank


def _line_factory(work: Work, order: str) -> Callable[[], Line]:
    """A function that makes an empty line of this order; all lines share the ranks."""
    if order == PLAN:
        columns = _PlanColumns(work)
        return lambda: _PlanLine(columns)
    if order in (KEEPABLE, BEST):
        by_due, by_age = _Ranks(work, work.due), _Ranks(work, work.created)
        return lambda: _KeepableFirst(by_due, by_age if order == KEEPABLE else None)
    keys = {REAL: work.closed, OLDEST: work.created, NEWEST: -work.created, DUE: work.due}
    if order not in keys:
        raise ValueError(f'order "{order}" is not one of {", ".join([*keys, KEEPABLE, PLAN, BEST])}')
    ranks = _Ranks(work, keys[order])
    return lambda: _ByKey(ranks)


class _ByKey:
    """The least key first, then the oldest."""

    def __init__(self, ranks: _Ranks) -> None:
        self.ranks = ranks
        self.heap: list[int] = []

    def add(self, number: int) -> None:
        heappush(self.heap, self.ranks.of[number])

    def next(self, moment: int) -> int:
        return self.ranks.number[heappop(self.heap)] if self.heap else -1

    def head(self) -> tuple[int, ...]:
        return (self.heap[0],) if self.heap else ()


class _KeepableFirst:
    """The earliest due of those that can still be kept, then the oldest of the others.

    Without `by_age` the others are never served: with the earliest due first, that is the most that can be kept.
    """

    def __init__(self, by_due: _Ranks, by_age: _Ranks | None) -> None:
        self.by_due, self.by_age = by_due, by_age
        self.kept: list[int] = []
        self.late: list[int] = []

    def add(self, number: int) -> None:
        heappush(self.kept, self.by_due.of[number])

    def next(self, moment: int) -> int:
        while self.kept and not moment <= self.by_due.key[self.kept[0]] < NEVER:
            rank = heappop(self.kept)
            if self.by_age is not None:
                heappush(self.late, self.by_age.of[self.by_due.number[rank]])
        if self.kept:
            return self.by_due.number[heappop(self.kept)]
        return self.by_age.number[heappop(self.late)] if self.late and self.by_age is not None else -1

    def head(self) -> tuple[int, ...]:
        if self.kept:
            return (0, self.kept[0])
        return (1, self.late[0]) if self.late else ()


class _PlanColumns:
    """What all lines of a plan share, as lists: numpy is slow one by one."""

    def __init__(self, work: Work) -> None:
        self.by_due, self.by_age = _Ranks(work, work.due), _Ranks(work, work.created)
        day = work.created // DAY
        grade = work.danger_grade[work.type_code]
        order = np.lexsort((np.arange(len(work)), work.created, -day, -grade))
        self.danger_number: list[int] = order.tolist()
        rank = np.empty(len(work), np.int64)
        rank[order] = np.arange(len(work))
        self.danger_of: list[int] = rank.tolist()
        self.is_danger: list[bool] = (grade > 0).tolist()
        # A goal of an hour would make every danger an overdue one before anyone could come.
        self.fresh_until: list[int] = np.maximum(work.due, work.created + DAY).tolist()
        self.code: list[int] = work.type_code.tolist()
        self.usual: list[float] = np.maximum(work.usual_seconds, DAY).tolist()


class _PlanLine:
    """The order of today's plan (`db/rules/triage/plan.py`), made again at every moment.

    Dangers that are not overdue come first, the graver before, then those of the newer day. Overdue dangers take turns
    with the rest. Of the rest 7 in 10 are the earliest due of those that can still be kept, 3 in 10 are late ones: by
    age over goal, every fifth the longest overdue. The late wait by type, so that only the oldest of each is compared.
    """

    def __init__(self, columns: _PlanColumns) -> None:
        self.columns, self.by_due, self.by_age = columns, columns.by_due, columns.by_age
        self.fresh: list[int] = []
        self.overdue: list[int] = []
        self.kept: list[int] = []
        self.late: dict[int, list[int]] = {}
        self.late_count = self.mixed = self.late_served = self.turn = 0

    def add(self, number: int) -> None:
        if self.columns.is_danger[number]:
            heappush(self.fresh, self.columns.danger_of[number])
        else:
            heappush(self.kept, self.by_due.of[number])

    def next(self, moment: int) -> int:
        if self.fresh or self.overdue:
            number = self._next_danger(moment)
            if number >= 0:
                return number
        number = self._next_of_rest(moment)
        if number < 0 and self.overdue:
            return self.columns.danger_number[heappop(self.overdue)]
        return number

    def head(self) -> tuple[int, ...]:
        if self.fresh or self.overdue:
            return (0, min(self.fresh[:1] + self.overdue[:1]))
        if self.kept:
            return (1, self.kept[0])
        late = [queue[0] for queue in self.late.values() if queue]
        return (2, min(late)) if late else ()

    def _next_danger(self, moment: int) -> int:
        while self.fresh:
            rank = heappop(self.fresh)
            number = self.columns.danger_number[rank]
            if self.columns.fresh_until[number] >= moment:
                return number
            heappush(self.overdue, rank)
        self.turn += 1
        return self.columns.danger_number[heappop(self.overdue)] if self.overdue and self.turn % 2 else -1

    def _next_of_rest(self, moment: int) -> int:
        while self.kept and not moment <= self.by_due.key[self.kept[0]] < NEVER:
            number = self.by_due.number[heappop(self.kept)]
            heappush(self.late.setdefault(self.columns.code[number], []), self.by_age.of[number])
            self.late_count += 1
        if not self.late_count:
            return self.by_due.number[heappop(self.kept)] if self.kept else -1
        if self.kept:
            self.mixed += 1
            if int(self.mixed * LATE_SHARE + 1e-9) == int((self.mixed - 1) * LATE_SHARE + 1e-9):
                return self.by_due.number[heappop(self.kept)]
        return self._next_late(moment)

    def _next_late(self, moment: int) -> int:
        self.late_served += 1
        self.late_count -= 1
        heads = [(queue[0], code) for code, queue in self.late.items() if queue]
        if len(heads) == 1 or self.late_served % OLDEST_EVERY == 0:
            code = min((self._wanted_by(rank, code), rank, code) for rank, code in heads)[2]
        else:
            code = min((-self._ratio(rank, code, moment), rank, code) for rank, code in heads)[2]
        return self.by_age.number[heappop(self.late[code])]

    def _wanted_by(self, rank: int, code: int) -> float:
        """The due moment, without a goal the moment after the usual time of the type."""
        due = self.by_due.key[self.by_due.of[self.by_age.number[rank]]]
        return due if due != NEVER else self.by_age.key[rank] + self.columns.usual[code]

    def _ratio(self, rank: int, code: int, moment: int) -> float:
        """Age over goal, counted up to the plan's most."""
        return min((moment - self.by_age.key[rank]) / self.columns.usual[code], RATIO_MOST)
