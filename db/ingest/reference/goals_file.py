"""A file of goals: what a row of it must say, read and written."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TextIO

from db.cities.profile import Profile
from db.cities.words import fold_word
from db.rules.clock import UNITS, check_goal
from db.rules.errors import DeskError

COLUMNS = (
    *("service_type", "amount", "unit", "calendar", "effective_on", "basis"),
    *("citation", "adopted_by", "adopted_on"),
)
REQUIRED = COLUMNS[:6]
BASES = ("published", "budget_average", "draft")


@dataclass(frozen=True)
class NewGoal:
    """One row of a file: `effective_on` is empty for "since ever", `line` is where the file says so."""

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


def read(path: Path, checks: Checks, problems: list[str]) -> Iterator[NewGoal]:
    """The goals of a file, lines that start with # left out; what is wrong with a row is added to `problems`."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = [(number, line) for number, line in enumerate(file, start=1) if line.strip() and line[0] != "#"]
    numbers = [number for number, _ in lines]
    rows = csv.DictReader(line for _, line in lines)
    header = [(name or "").strip().casefold() for name in rows.fieldnames or []]
    if missing := [name for name in REQUIRED if name not in header]:
        raise DeskError(f"{path.name} has no column {', '.join(missing)}; expected {', '.join(COLUMNS)}")
    rows.fieldnames = header
    for row in rows:
        cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
        if not any(cells.values()):
            continue
        line = numbers[rows.line_num - 1]
        try:
            yield _goal(cells, checks, line)
        except ValueError as error:
            problems.append(f"line {line}: {error}.")


def _goal(cells: Mapping[str, str], checks: Checks, line: int) -> NewGoal:
    amount, unit = _amount(cells["amount"]), _one_of("unit", cells["unit"], UNITS)
    check_goal(amount, unit)
    adopted_on = _day("adopted_on", cells["adopted_on"])
    if adopted_on is not None and adopted_on > checks.today:
        raise DeskError(f"adopted_on {adopted_on} is after today, {checks.today}")
    return NewGoal(
        service_type=_service_type(cells["service_type"], checks.types),
        amount=amount,
        unit=unit,
        calendar=_one_of("calendar", cells["calendar"], tuple(checks.profile.calendars)),
        effective_on=_day("effective_on", cells["effective_on"]),
        basis=_one_of("basis", cells["basis"], BASES),
        citation=cells["citation"] or None,
        adopted_by=cells["adopted_by"] or None,
        adopted_on=adopted_on,
        line=line,
    )


def _service_type(text: str, types: Mapping[str, str]) -> str:
    found = types.get(fold_word(text))
    if found is None:
        near = difflib.get_close_matches(fold_word(text), list(types), n=3, cutoff=0.5)
        names = list(dict.fromkeys(types[word] for word in near))
        hint = f"; did you mean {' or '.join(names)}" if names else "; `goals export` shows how they are written"
        raise DeskError(f'service_type "{text}" is unknown{hint}')
    return found


def _amount(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise DeskError(f'amount "{text}" is not a number; write digits with a decimal point') from None


def _one_of(name: str, text: str, known: tuple[str, ...]) -> str:
    if text not in known:
        raise DeskError(f'{name} "{text}" is not one of {", ".join(known)}')
    return text


def _day(name: str, text: str) -> date | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise DeskError(f'{name} "{text}" is not a date; write YYYY-MM-DD') from None


def twice(rows: Iterable[NewGoal]) -> Iterator[str]:
    """A sentence for each goal whose type has another one from the same day in the file."""
    first: dict[tuple[str, date | None], int] = {}
    for goal in rows:
        if goal.key in first:
            yield (
                f"line {goal.line}: {goal.service_type} has a goal {goal.since()} in line {first[goal.key]} already; "
                "keep one."
            )
        first.setdefault(goal.key, goal.line)


def write_csv(goals: Iterable[NewGoal], file: TextIO) -> int:
    """Write goals as a file that `load` reads; gives how many."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    rows = [[_cell(getattr(goal, name)) for name in COLUMNS] for goal in goals]
    writer.writerows(rows)
    return len(rows)


def _cell(value: object) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
