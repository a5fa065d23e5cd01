"""Staffing figures from a CSV file: checked row by row, loaded whole or not at all, kept as history.

A figure holds from its day until the department's next one. One wrong row would quietly move
every later day, so a file with a wrong row changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, select

from db.cities.words import fold_word
from db.ingest.reference.csv_rows import Problems, TableRow, read_rows
from db.model import expressions
from db.model.schema import department_aliases, departments, requests, staffing
from db.rules.errors import DeskError
from db.rules.vocabulary import Flag, StaffingBasis, known

REQUIRED = ("department", "as_of_on", "fte_authorised", "fte_filled", "basis")
OPTIONAL = ("request_share", "source")
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


def load(connection: Connection, path: Path, *, correct: bool = False) -> Loaded:
    """Add the figures in `path` to the history, inside the caller's transaction.

    A figure that is stored already is left alone. One that contradicts a stored figure of the
    same department and day is refused, unless `correct`. Raises RowsRefusedError for wrong rows, DeskError
    for a file that is no staffing file or a database without departments.
    """
    listed = connection.execute(select(departments)).all()
    if not listed:
        raise DeskError("this database knows no departments yet; load the city's requests first")
    problems = Problems(path.name, "loaded")
    figures, notices = _renamed(list(_read(path, _words(connection), problems)), listed)
    stored = {figure.key: figure for figure in _stored(connection)}
    _two_for_one_day(figures, {} if correct else stored, problems)
    problems.refuse()
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


def _read(path: Path, words: Mapping[str, str], problems: Problems) -> Iterator[Figure]:
    """The figures of a file; what is wrong with a row is added to `problems`."""
    for row in read_rows(path, REQUIRED, OPTIONAL):
        with problems.of_line(row.line):
            yield _figure(row, words)


def _figure(row: TableRow, words: Mapping[str, str]) -> Figure:
    named = row.cells["department"]
    department = words.get(fold_word(named))
    if department is None:
        raise DeskError(f'department "{named}" is unknown; use its code, its name or one of its aliases')
    as_of_on = row.day("as_of_on")
    if as_of_on is None:
        raise DeskError("as_of_on is empty; write the day that the figure holds from, YYYY-MM-DD")
    authorised, filled = _posts(row, "fte_authorised"), _posts(row, "fte_filled")
    if filled > authorised:
        raise DeskError(f"fte_filled {filled:g} is more than fte_authorised {authorised:g}")
    share = row.number("request_share") if row.cells["request_share"] else 1.0
    if not 0 < share <= 1:
        raise DeskError(f"request_share {share:g} is not above 0 and at most 1")
    basis = row.choice("basis", known(StaffingBasis))
    return Figure(department, as_of_on, authorised, filled, share, basis, row.cells["source"] or None, row.line)


def _posts(row: TableRow, name: str) -> float:
    value = row.number(name)
    if not math.isfinite(value):
        raise DeskError(f'{name} "{row.cells[name]}" is not a number; write digits with a decimal point')
    if value < 0:
        raise DeskError(f"{name} {value:g} is negative")
    return value


def _words(connection: Connection) -> dict[str, str]:
    """Every spelling of a department, folded, to its code; a code outranks another's name, and that an alias."""
    aliases = connection.execute(select(department_aliases.c.alias, department_aliases.c.department))
    names = connection.execute(select(departments.c.name, departments.c.department))
    codes = connection.execute(select(departments.c.department, departments.c.department))
    return {fold_word(word): code for word, code in (*aliases, *names, *codes)}


def _renamed(figures: list[Figure], listed: Iterable[Row[Any]]) -> tuple[list[Figure], list[str]]:
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


def _two_for_one_day(figures: list[Figure], stored: Mapping[tuple[str, date], Figure], problems: Problems) -> None:
    """Note each figure that contradicts, or repeats, another of the same department and day."""
    first: dict[tuple[str, date], int] = {}
    for figure in figures:
        where = f"{figure.department} on {figure.as_of_on}"
        if figure.key in first:
            problems.add(figure.line, f"{where} has a figure in line {first[figure.key]} already; keep one")
            continue
        first[figure.key] = figure.line
        before = stored.get(figure.key)
        if before is not None and before.values() != figure.values():
            problems.add(
                figure.line,
                f"{where} is stored as {before.fte_filled:g} of {before.fte_authorised:g} filled, share "
                f"{before.request_share:g}, {before.basis}; load with --correct to replace it",
            )


def _stored(connection: Connection) -> Iterator[Figure]:
    for row in connection.execute(select(staffing)):
        yield Figure(*row)


def _gaps(connection: Connection) -> Iterator[str]:
    """What the history leaves open, by department: a late start, long carrying forward, no figure at all."""
    days: dict[str, list[date]] = {}
    for figure in sorted(_stored(connection), key=lambda figure: figure.key):
        days.setdefault(figure.department, []).append(figure.as_of_on)
    first = func.min(requests.c.created_at).filter(~expressions.has_flag(Flag.PAST_DATE))
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
