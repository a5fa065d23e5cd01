"""Staffing figures from a CSV file: checked row by row, loaded whole or not at all, kept as history.

A figure holds from its day until the department's next one. One wrong row would quietly move
every later day, so a file with a wrong row changes nothing.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path

from sqlalchemy import Connection, Row, and_, delete, func, insert, select

from db.cities.words import fold_word
from db.model.expressions import PAST
from db.model.schema import departments, requests, staffing
from db.rules.errors import DeskError

REQUIRED = ("department", "as_of_on", "fte_authorised", "fte_filled", "basis")
OPTIONAL = ("request_share", "source")
BASES = ("reported", "illustrative")
LONG_GAP_DAYS = 366


@dataclass(frozen=True)
class Figure:
    """One department's posts from one day on; `line` is where the file says so, 0 for a stored one."""

    department: str
    as_of_on: date
    fte_authorised: float
    fte_filled: float
    request_share: float
    basis: str
    source: str | None
    line: int = 0

    @property
    def key(self) -> tuple[str, date]:
        return self.department, self.as_of_on

    def values(self) -> tuple[object, ...]:
        return astuple(self)[:-1]


@dataclass(frozen=True)
class Loaded:
    """What a load did: rows by fate, and what a reader should know about the history (whole sentences)."""

    inserted: int
    corrected: int
    unchanged: int
    notices: tuple[str, ...]


class StaffingRefused(DeskError):
    """The file changes nothing; `problems` has one sentence a wrong row, with its line."""

    def __init__(self, path: Path, problems: list[str]) -> None:
        self.problems = problems
        super().__init__(f"{path.name}: {len(problems)} wrong; nothing was loaded: {' '.join(problems[:3])}")


def load(connection: Connection, path: Path, *, correct: bool = False) -> Loaded:
    """Add the figures in `path` to the history, inside the caller's transaction.

    A figure that is stored already is left alone. One that contradicts a stored figure of the
    same department and day is refused, unless `correct`. Raises StaffingRefused for wrong rows, DeskError
    for a file that is no staffing file or a database without departments.
    """
    listed = connection.execute(select(departments)).all()
    if not listed:
        raise DeskError("this database knows no departments yet; load the city's requests first")
    problems: list[str] = []
    figures, notices = _renamed(list(_read(path, _words(listed), problems)), listed)
    stored = {figure.key: figure for figure in _stored(connection)}
    problems += _two_for_one_day(figures, {} if correct else stored)
    if problems:
        raise StaffingRefused(path, sorted(problems, key=_line_of))
    new = [figure for figure in figures if figure.key not in stored]
    changed = [figure for figure in figures if figure.key in stored and figure.values() != stored[figure.key].values()]
    for figure in changed:
        same = and_(staffing.c.department == figure.department, staffing.c.as_of_on == figure.as_of_on)
        connection.execute(delete(staffing).where(same))
    if new or changed:
        names = staffing.c.keys()
        connection.execute(insert(staffing), [dict(zip(names, f.values(), strict=True)) for f in new + changed])
    unchanged = len(figures) - len(new) - len(changed)
    return Loaded(len(new), len(changed), unchanged, (*notices, *_gaps(connection)))


def _read(path: Path, words: Mapping[str, str], problems: list[str]) -> Iterator[Figure]:
    """The figures of a file; what is wrong with a row is added to `problems`."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        header = [(name or "").strip().casefold() for name in reader.fieldnames or []]
        if missing := [name for name in REQUIRED if name not in header]:
            raise DeskError(
                f"{path.name} has no column {', '.join(missing)}; expected {', '.join(REQUIRED + OPTIONAL)}"
            )
        reader.fieldnames = header
        for row in reader:
            cells = {name: (row.get(name) or "").strip() for name in REQUIRED + OPTIONAL}
            if not any(cells.values()):
                continue
            try:
                yield _figure(cells, words, reader.line_num)
            except ValueError as error:
                problems.append(f"line {reader.line_num}: {error}.")


def _figure(cells: Mapping[str, str], words: Mapping[str, str], line: int) -> Figure:
    department = words.get(fold_word(cells["department"]))
    if department is None:
        raise DeskError(f'department "{cells["department"]}" is unknown; use its code, its name or one of its aliases')
    try:
        as_of_on = date.fromisoformat(cells["as_of_on"])
    except ValueError:
        raise DeskError(f'as_of_on "{cells["as_of_on"]}" is not a date; write YYYY-MM-DD') from None
    authorised, filled = _posts(cells, "fte_authorised"), _posts(cells, "fte_filled")
    if filled > authorised:
        raise DeskError(f"fte_filled {filled:g} is more than fte_authorised {authorised:g}")
    share = _number("request_share", cells["request_share"] or "1")
    if not 0 < share <= 1:
        raise DeskError(f"request_share {share:g} is not above 0 and at most 1")
    if cells["basis"].casefold() not in BASES:
        raise DeskError(f'basis "{cells["basis"]}" is not one of {", ".join(BASES)}')
    return Figure(
        department, as_of_on, authorised, filled, share, cells["basis"].casefold(), cells["source"] or None, line
    )


def _posts(cells: Mapping[str, str], name: str) -> float:
    value = _number(name, cells[name])
    if value < 0:
        raise DeskError(f"{name} {value:g} is negative")
    return value


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DeskError(f'{name} "{text}" is not a number; write digits with a decimal point')
    return value


def _words(listed: Iterable[Row]) -> dict[str, str]:
    """Every spelling of a department, folded, to its code; a code outranks another's alias."""
    words: dict[str, str] = {}
    for row in listed:
        for word in (*row.aliases.split("|"), row.name):
            words.setdefault(fold_word(word), row.department)
    words.pop("", None)
    return words | {fold_word(row.department): row.department for row in listed}


def _renamed(figures: list[Figure], listed: Iterable[Row]) -> tuple[list[Figure], list[str]]:
    """Figures dated after their department ended go to its successor, and a sentence says so."""
    ended = {row.department: row for row in listed if row.successor and row.valid_to}
    moved, notices = [], []
    for figure in figures:
        name, seen = figure.department, {figure.department}
        while name in ended and figure.as_of_on > ended[name].valid_to and ended[name].successor not in seen:
            name = ended[name].successor
            seen.add(name)
        if name != figure.department:
            notices.append(
                f"Line {figure.line}: {figure.department} had ended by {figure.as_of_on}; "
                f"the figure counts for its successor {name}."
            )
        moved.append(replace(figure, department=name))
    return moved, notices


def _two_for_one_day(figures: list[Figure], stored: Mapping[tuple[str, date], Figure]) -> list[str]:
    """A sentence for each figure that contradicts, or repeats, another of the same department and day."""
    problems: list[str] = []
    first: dict[tuple[str, date], int] = {}
    for figure in figures:
        where = f"line {figure.line}: {figure.department} on {figure.as_of_on}"
        if figure.key in first:
            problems.append(f"{where} has a figure in line {first[figure.key]} already; keep one.")
            continue
        first[figure.key] = figure.line
        before = stored.get(figure.key)
        if before is not None and before.values() != figure.values():
            problems.append(
                f"{where} is stored as {before.fte_filled:g} of {before.fte_authorised:g} filled, share "
                f"{before.request_share:g}, {before.basis}; load with --correct to replace it."
            )
    return problems


def _line_of(problem: str) -> int:
    return int(problem.removeprefix("line ").split(":", 1)[0])


def _stored(connection: Connection) -> Iterator[Figure]:
    for row in connection.execute(select(staffing)):
        yield Figure(*row)


def _gaps(connection: Connection) -> Iterator[str]:
    """What the history leaves open, by department: a late start, long carrying forward, no figure at all."""
    days: dict[str, list[date]] = {}
    for figure in sorted(_stored(connection), key=lambda figure: figure.key):
        days.setdefault(figure.department, []).append(figure.as_of_on)
    first = func.min(requests.c.created_at).filter(~requests.c.flags.contains(PAST))
    began_at = select(requests.c.department, first).group_by(requests.c.department)
    first_request = dict(connection.execute(began_at).all())
    for department, dates in days.items():
        began = first_request.get(department)
        if began is not None and began.date() < dates[0]:
            yield f"{department}: figures start on {dates[0]}, requests on {began.date()}; no staffing in between."
        for before, after in pairwise(dates):
            if (after - before).days > LONG_GAP_DAYS:
                yield f"{department}: no figure between {before} and {after}; the earlier one is carried forward."
    if missing := sorted(first_request.keys() - days.keys()):
        yield f"No figure for {', '.join(missing)}: their workload per person is left empty, never guessed."
