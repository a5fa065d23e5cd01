"""Delimited text record by record, for files that a strict reader cannot take: every line is accounted for.

DuckDB reads a well-formed file on all cores, but one quote that is never closed makes it skip
what follows without saying so. This reader is slower and gives up one line at a time instead.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from db.ingest.requests.files import LONGEST_RECORD, lines

MOST_LINES = 200  # a record may go over so many lines before its quote counts as never closed
QUOTE_ERRORS = {"unexpected end of data": "a quote is opened and never closed"}


@dataclass(frozen=True)
class Record:
    """One data record: the line it starts on (the header is line 1), its text, its values or why it has none."""

    line: int
    raw: str
    values: list[str] | None
    reason: str | None = None


def records(path: Path, delimiter: str, columns: int) -> Iterator[Record]:
    """Every data record of `path` after the header line, in order; blank lines are none.

    A record has exactly `columns` values, or more that are all empty, which DuckDB takes as well; any
    other is given with a reason and without values. A
    quoted value may run over several lines; where its quote is never closed only the line that
    opens it is given up.
    """
    csv.field_size_limit(LONGEST_RECORD)
    with path.open(encoding="utf-8", newline="\n") as file:
        source = lines(file)
        next(source, "")
        pending: deque[str] = deque()
        number = 1
        while line := (pending.popleft() if pending else next(source, "")):
            number += 1
            if not line.strip("\r\n"):
                continue
            record = _single(number, line, delimiter, columns)
            if record.values is None and len(line) <= LONGEST_RECORD and line.count('"') % 2:
                _look_ahead(source, line, pending)
                joined = _joined(number, line, pending, delimiter, columns)
                if joined is not None:
                    record, taken = joined
                    number += taken
                    for _ in range(taken):
                        pending.popleft()
            yield record


def _single(number: int, text: str, delimiter: str, columns: int) -> Record:
    text = text.rstrip("\r\n")
    if len(text) > LONGEST_RECORD:
        return Record(number, text, None, f"the line is longer than {LONGEST_RECORD:,} characters")
    try:
        values = next(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error as error:
        return Record(number, text, None, QUOTE_ERRORS.get(str(error), f"quotes do not match: {error}"))
    if len(values) < columns or any(values[columns:]):
        return Record(number, text, None, f"has {len(values)} columns; expected {columns}")
    return Record(number, text, values[:columns])


def _look_ahead(source: Iterator[str], line: str, pending: deque[str]) -> None:
    """Put lines on `pending` until the quotes balance or the limits are reached."""
    quotes, length = line.count('"'), len(line)
    for waiting in pending:
        quotes, length = quotes + waiting.count('"'), length + len(waiting)
        if quotes % 2 == 0:
            return
    while quotes % 2 and len(pending) < MOST_LINES and length < LONGEST_RECORD:
        further = next(source, "")
        if not further:
            return
        pending.append(further)
        quotes, length = quotes + further.count('"'), length + len(further)


def _joined(number: int, line: str, pending: deque[str], delimiter: str, columns: int) -> tuple[Record, int] | None:
    """The record that `line` and the lines after it make together, and how many of them; None where they do not."""
    text, quotes = line, line.count('"')
    for taken, further in enumerate(pending, start=1):
        text += further
        quotes += further.count('"')
        if quotes % 2 == 0:
            record = _lines(number, text, delimiter, columns)
            return (record, taken) if record is not None else None
    return None


def _lines(number: int, text: str, delimiter: str, columns: int) -> Record | None:
    try:
        rows = list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    if len(rows) != 1 or len(rows[0]) < columns or any(rows[0][columns:]):
        return None
    return Record(number, text.rstrip("\r\n"), rows[0][:columns])
