"""A file of goals: its columns, and how it is read, checked and written."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TextIO

from db.cities.profile import Profile
from db.cities.words import fold_word
from db.ingest.reference.csv_rows import Problems, TableRow, read_rows
from db.model.schema import GOAL_COLUMNS
from db.rules.clock import check_goal
from db.rules.errors import DeskError
from db.rules.vocabulary import Basis, Unit, known

REQUIRED = GOAL_COLUMNS[:6]


@dataclass(frozen=True)
class NewGoal:
    """A goal of a file. `effective_on`: None where it holds from the first request on; `line`: its line in the file."""

    service_type: str
    amount: float
    unit: str
    calendar: str
    effective_on: date | None
    basis: str
    citation: str | None
    adopted_by: str | None
    adopted_on: date | None
    line: int = 0

    @property
    def key(self) -> tuple[str, date | None]:
        return self.service_type, self.effective_on

    def terms(self) -> tuple[object, ...]:
        return self.amount, self.unit, self.calendar, self.basis

    def describe(self) -> str:
        return f"{self.amount:g} {self.unit} on {self.calendar}, {self.basis}, {self.since()}"

    def since(self) -> str:
        return f"from {self.effective_on}" if self.effective_on else "since ever"


@dataclass(frozen=True)
class Checks:
    """What a row is checked against."""

    profile: Profile
    today: date
    types: Mapping[str, str]  # folded spelling -> service type


def read(path: Path, checks: Checks, problems: Problems) -> Iterator[NewGoal]:
    """The goals of a file. A wrong row gives none; its problem is added to `problems`."""
    for row in read_rows(path, REQUIRED, GOAL_COLUMNS[len(REQUIRED) :]):
        with problems.of_line(row.line):
            yield _goal(row, checks)


def _goal(row: TableRow, checks: Checks) -> NewGoal:
    amount, unit = row.number("amount"), row.choice("unit", known(Unit))
    check_goal(amount, unit)
    adopted_on = row.day("adopted_on")
    if adopted_on is not None and adopted_on > checks.today:
        raise DeskError(f"adopted_on {adopted_on} is after today, {checks.today}")
    return NewGoal(
        service_type=_service_type(row.cells["service_type"], checks.types),
        amount=amount,
        unit=unit,
        calendar=row.choice("calendar", tuple(checks.profile.calendars)),
        effective_on=row.day("effective_on"),
        basis=row.choice("basis", known(Basis)),
        citation=row.cells["citation"] or None,
        adopted_by=row.cells["adopted_by"] or None,
        adopted_on=adopted_on,
        line=row.line,
    )


def _service_type(text: str, types: Mapping[str, str]) -> str:
    service_type = types.get(fold_word(text))
    if service_type is None:
        near = difflib.get_close_matches(fold_word(text), list(types), n=3, cutoff=0.5)
        names = list(dict.fromkeys(types[word] for word in near))
        hint = f"; did you mean {' or '.join(names)}" if names else "; `goals export` shows how they are written"
        raise DeskError(f'service_type "{text}" is unknown{hint}')
    return service_type


def twice(rows: Iterable[NewGoal], problems: Problems) -> None:
    """Note each goal whose type has another one from the same day in the file."""
    first: dict[tuple[str, date | None], int] = {}
    for goal in rows:
        if goal.key in first:
            already = f"{goal.service_type} has a goal {goal.since()} in line {first[goal.key]} already"
            problems.add(goal.line, f"{already}; keep one")
        first.setdefault(goal.key, goal.line)


def write_csv(goals: Iterable[NewGoal], file: TextIO) -> int:
    """Write goals as a file that `load` reads; gives the number of goals written."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(GOAL_COLUMNS)
    rows = [[_cell(getattr(goal, name)) for name in GOAL_COLUMNS] for goal in goals]
    writer.writerows(rows)
    return len(rows)


def _cell(value: object) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
