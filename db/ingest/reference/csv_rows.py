"""The rows of a small table that a person wrote: goals, staffing and whatever comes after them.

One way of reading for all of them: comma, semicolon, tab or bar between the values, any of the usual encodings, lines
that begin with # left out, columns in any order and case. What is wrong with a row is kept with its line and told at
the end, all at once; a file with a wrong row changes nothing.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from db.rules.errors import DeskError

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
COMMENT = "#"
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")


@dataclass(frozen=True)
class TableRow:
    """One row: its line in the file, and its cells by column, trimmed; a column that the file lacks is empty."""

    line: int
    cells: Mapping[str, str]

    def number(self, name: str) -> float:
        """A number, digits grouped in threes by commas or not. Raises DeskError for any other text."""
        text = self.cells[name]
        try:
            return float(text.replace(",", "") if _GROUPED.fullmatch(text) else text)
        except ValueError:
            raise DeskError(f'{name} "{text}" is not a number; write digits with a decimal point') from None

    def day(self, name: str) -> date | None:
        """A date, None where the cell is empty. Raises DeskError for what is none."""
        text = self.cells[name]
        if not text:
            return None
        try:
            return datetime.strptime(text, "%Y-%m-%d").date()
        except ValueError:
            raise DeskError(f'{name} "{text}" is not a date; write YYYY-MM-DD') from None

    def choice(self, name: str, known: Sequence[str]) -> str:
        """One of some words, case ignored. Raises DeskError that names them."""
        text = self.cells[name].casefold()
        if text not in known:
            raise DeskError(f'{name} "{self.cells[name]}" is not one of {", ".join(known)}')
        return text


class RowsRefusedError(DeskError):
    """The file changes nothing; `problems` has one sentence a wrong row, by line."""

    def __init__(self, file: str, problems: Sequence[str], what: str) -> None:
        self.problems = list(problems)
        super().__init__(f"{file}: {len(self.problems)} wrong; nothing was {what}: {' '.join(self.problems[:3])}")


@dataclass
class Problems:
    """What is wrong with the rows of one file. `what` says what did not happen: "adopted", "loaded"."""

    file: str
    what: str
    _found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, text: str) -> None:
        if (line, text) not in self._found:
            self._found.append((line, text))

    @contextmanager
    def of_line(self, line: int) -> Iterator[None]:
        """Keep a DeskError that is raised within, with its line."""
        try:
            yield
        except DeskError as error:
            self.add(line, str(error))

    def refuse(self) -> None:
        """Raise RowsRefusedError, by line, where there is a problem at all."""
        if self._found:
            ordered = sorted(self._found, key=lambda problem: problem[0])
            raise RowsRefusedError(self.file, [f"line {line}: {text}." for line, text in ordered], self.what)


def read_rows(path: Path, required: Sequence[str], optional: Sequence[str] = ()) -> list[TableRow]:
    """The rows of a file, oldest line first, those without any cell left out.

    The header is the first line that is neither empty nor a comment; what stands between the values is what makes most
    of the expected columns out of it. Raises DeskError, which names delimiter and encoding, for a file that is no text
    or lacks a required column.
    """
    text, encoding = _decoded(path)
    every = enumerate(io.StringIO(text, newline=""), start=1)
    lines = [(number, line) for number, line in every if line.strip() and not line.startswith(COMMENT)]
    expected = (*required, *optional)
    header_line = lines[0][1] if lines else ""
    delimiter = max(DELIMITERS, key=lambda one: len({*_header(header_line, one)} & {*expected}))
    header = _header(header_line, delimiter)
    if missing := [name for name in required if name not in header]:
        raise DeskError(
            f"{path.name} has no column {', '.join(missing)}; expected {', '.join(expected)} (read as {encoding} with "
            f"{DELIMITERS[delimiter]} between the values)"
        )
    return list(_rows(lines[1:], header, delimiter, expected))


def _decoded(path: Path) -> tuple[str, str]:
    """The text and the name of its encoding: by its mark, else UTF-8, else that of Windows."""
    content = path.read_bytes()
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return _text(path, content, encoding), f"{'UTF-8' if encoding == 'utf-8-sig' else 'UTF-16'} with a mark"
    try:
        return content.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        return _text(path, content, "cp1252"), "Windows-1252"


def _text(path: Path, content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise DeskError(f"{path.name} is no text; save the table as CSV in UTF-8") from None


def _header(line: str, delimiter: str) -> list[str]:
    return [name.strip().casefold() for name in next(csv.reader([line], delimiter=delimiter), [])]


def _rows(
    lines: Sequence[tuple[int, str]], header: Sequence[str], delimiter: str, expected: Sequence[str]
) -> Iterator[TableRow]:
    """The rows; one whose quoted value goes over several lines has the line that it begins in."""
    reader = csv.reader((line for _, line in lines), delimiter=delimiter)
    begins = 0
    for values in reader:
        by_name = dict(zip(header, (value.strip() for value in values), strict=False))
        cells = {name: by_name.get(name, "") for name in expected}
        if any(cells.values()):
            yield TableRow(lines[begins][0], cells)
        begins = reader.line_num
