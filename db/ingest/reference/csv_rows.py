"""The rows of a small table that a person wrote: goals, staffing and whatever comes after them.

All are read in the same way: comma, semicolon, tab or bar between the values, any of the usual encodings, lines that
begin with # ignored, columns in any order and case. The problems of all rows are collected with their lines and raised
together at the end; a file with a wrong row changes nothing.
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

from db.ingest.requests.workbook import is_workbook, to_csv
from db.rules.errors import DeskError
from db.storage.workspace import workspace

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
COMMENT = "#"
MOST_ABOVE = 20  # lines of a title above the header
_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_GROUPED_DIGITS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")


@dataclass(frozen=True)
class TableRow:
    """One row: its line in the file, and its cells by column, trimmed; a column that the file lacks is empty."""

    line: int
    cells: Mapping[str, str]

    def number(self, name: str) -> float:
        """A number, digits grouped in threes by commas or not. Raises DeskError for any other text."""
        text = self.cells[name]
        try:
            return float(text.replace(",", "") if _GROUPED_DIGITS.fullmatch(text) else text)
        except ValueError:
            raise DeskError(f'{name} "{text}" is not a number; write digits with a decimal point') from None

    def day(self, name: str) -> date | None:
        """A date, None where the cell is empty. Raises DeskError for any other text."""
        text = self.cells[name]
        if not text:
            return None
        try:
            return datetime.strptime(text, "%Y-%m-%d").date()
        except ValueError:
            raise DeskError(f'{name} "{text}" is not a date; write YYYY-MM-DD') from None

    def choice(self, name: str, known: Sequence[str]) -> str:
        """One of the words in `known`, case ignored. Raises DeskError, which names them, for any other text."""
        text = self.cells[name].casefold()
        if text not in known:
            raise DeskError(f'{name} "{self.cells[name]}" is not one of {", ".join(known)}')
        return text


class RowsRefusedError(DeskError):
    """A file with wrong rows: it changed nothing. `problems` has a sentence for each wrong row, by line."""

    def __init__(self, file: str, problems: Sequence[str], what: str) -> None:
        self.problems = list(problems)
        super().__init__(f"{file}: {len(self.problems)} wrong; nothing was {what}: {' '.join(self.problems[:3])}")


@dataclass
class Problems:
    """The problems of the rows of one file. `what`: what would have been done with the rows, "adopted" or "loaded"."""

    file: str
    what: str
    _noted: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, text: str) -> None:
        if (line, text) not in self._noted:
            self._noted.append((line, text))

    @contextmanager
    def of_line(self, line: int) -> Iterator[None]:
        """Note a DeskError that is raised within as a problem of `line`, instead of raising it."""
        try:
            yield
        except DeskError as error:
            self.add(line, str(error))

    def refuse(self) -> None:
        """Raise RowsRefusedError with the problems by line; do nothing where there is none."""
        if self._noted:
            ordered = sorted(self._noted, key=lambda problem: problem[0])
            raise RowsRefusedError(self.file, [f"line {line}: {text}." for line, text in ordered], self.what)


def read_rows(path: Path, required: Sequence[str], optional: Sequence[str] = ()) -> list[TableRow]:
    """The rows of a file in its order, without the empty ones.

    A workbook gives its first sheet. The header is the line, and the delimiter the character,
    that together give most of the expected columns; empty lines and comments are ignored. Raises DeskError, which
    names delimiter and encoding, for a file that is no text or lacks a required column.
    """
    text, encoding = _decoded(path)
    numbered = enumerate(io.StringIO(text, newline=""), start=1)
    lines = [(number, line) for number, line in numbered if line.strip() and not line.startswith(COMMENT)]
    expected = (*required, *optional)
    header_index, delimiter = _find_header(lines, expected)
    header = _column_names(lines[header_index][1] if lines else "", delimiter)
    if missing := [name for name in required if name not in header]:
        raise DeskError(
            f"{path.name} has no column {', '.join(missing)}; expected {', '.join(expected)} (read as {encoding} with "
            f"{DELIMITERS[delimiter]} between the values)"
        )
    return list(_table_rows(lines[header_index + 1 :], header, delimiter, expected))


def _find_header(lines: Sequence[tuple[int, str]], expected: Sequence[str]) -> tuple[int, str]:
    """The index of the header line and the delimiter: the first pair that gives most of the expected columns."""
    candidates = [
        (len({*_column_names(line, delimiter)} & {*expected}), -index, delimiter)
        for index, (_, line) in enumerate(lines[:MOST_ABOVE])
        for delimiter in DELIMITERS
    ]
    _, index, delimiter = max(candidates, key=lambda candidate: candidate[:2], default=(0, 0, ","))
    return -index, delimiter


def _decoded(path: Path) -> tuple[str, str]:
    """The text and the name of its encoding: by its byte order mark, else UTF-8, else Windows-1252."""
    if is_workbook(path):
        return _from_workbook(path), "a workbook"
    content = path.read_bytes()
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _text(path, content, encoding), f"{'UTF-8' if encoding == 'utf-8-sig' else 'UTF-16'} with a mark"
    try:
        return content.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        return _text(path, content, "cp1252"), "Windows-1252"


def _from_workbook(path: Path) -> str:
    """The first sheet of a workbook as text with commas; dates are written as dates."""
    with workspace() as folder:
        to_csv(path, folder / "sheet.csv", path.name)
        return (folder / "sheet.csv").read_text(encoding="utf-8")


def _text(path: Path, content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise DeskError(f"{path.name} is no text; save the table as CSV in UTF-8") from None


def _column_names(line: str, delimiter: str) -> list[str]:
    return [name.strip().casefold() for name in next(csv.reader([line], delimiter=delimiter), [])]


def _table_rows(
    lines: Sequence[tuple[int, str]], header: Sequence[str], delimiter: str, expected: Sequence[str]
) -> Iterator[TableRow]:
    """The rows. `line` of a row whose quoted value spans several lines is its first line."""
    reader = csv.reader((line for _, line in lines), delimiter=delimiter)
    first_index = 0
    for values in reader:
        by_name = dict(zip(header, (value.strip() for value in values), strict=False))
        cells = {name: by_name.get(name, "") for name in expected}
        if any(cells.values()):
            yield TableRow(lines[first_index][0], cells)
        first_index = reader.line_num
