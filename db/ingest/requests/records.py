"""Delimited text record by record, for files that a strict reader cannot take: every line is accounted for.

DuckDB reads a well-formed file on all cores, but one quote that is never closed makes it skip
what follows without an error. This reader is slower, but loses only the one line.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from db.ingest.requests.files import LONGEST_RECORD, lines

MOST_LINES = 200  # a quote that is open over more lines counts as never closed
QUOTE_ERRORS = {"unexpected end of data": "a quote is opened and never closed"}


@dataclass(frozen=True)
class Record:
    """One data record: its first line (the header is line 1), its text, and its values or why it has none."""

    line: int
    raw: str
    values: list[str] | None
    reason: str | None = None


def records(path: Path, delimiter: str, columns: int) -> Iterator[Record]:
    """Every data record of `path` after the header line, in order; blank lines give none.

    A record has exactly `columns` values; further empty values are dropped, as DuckDB does. Any other
    record has a reason and no values. A quoted value may run over several lines; where its quote is
    never closed, only the line that opens it has no values.
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
            record = _record_of_line(number, line, delimiter, columns)
            if record.values is None and len(line) <= LONGEST_RECORD and line.count('"') % 2:
                _look_ahead(source, line, pending)
                joined_record = _record_of_lines(number, line, pending, delimiter, columns)
                if joined_record is not None:
                    record, line_count = joined_record
                    number += line_count
                    for _ in range(line_count):
                        pending.popleft()
            yield record


def _record_of_line(number: int, text: str, delimiter: str, columns: int) -> Record:
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
        next_line = next(source, "")
        if not next_line:
            return
        pending.append(next_line)
        quotes, length = quotes + next_line.count('"'), length + len(next_line)


def _record_of_lines(
    number: int, line: str, pending: deque[str], delimiter: str, columns: int
) -> tuple[Record, int] | None:
    """The record that `line` and the lines after it make together, and how many of them; None where they do not."""
    text, quotes = line, line.count('"')
    for line_count, next_line in enumerate(pending, start=1):
        text += next_line
        quotes += next_line.count('"')
        if quotes % 2 == 0:
            record = _parsed_lines(number, text, delimiter, columns)
            return (record, line_count) if record is not None else None
    return None


def _parsed_lines(number: int, text: str, delimiter: str, columns: int) -> Record | None:
    try:
        rows = list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    if len(rows) != 1 or len(rows[0]) < columns or any(rows[0][columns:]):
        return None
    return Record(number, text.rstrip("\r\n"), rows[0][:columns])
