"""Lines around a table that are no rows of it: a rule below its header, and a count, a total or a remark at its end.

Database programs write "(24 rows affected)", spreadsheets a total, report tools who made the report and when. Counted
as rows they would be rejected, which refuses a small file as a load that went wrong.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Sequence
from dataclasses import replace

from db.ingest.requests.files import Staged
from db.rules.errors import DeskError

LOOKED_AT = 1 << 16  # bytes at the end of a file
MOST_LINES = 30
MOST_TOLD = 80  # characters
_RULE = re.compile(r"[-=+_ ]*[-=_]{2}[-=+_ ]*")
_TOTAL = re.compile(r"(grand |sub ?)?totals?\s*:?|sum|count|summe|gesamt", re.IGNORECASE)
_REMARK = re.compile(r"\(.*\)|(?=.*[^\W\d_])\S+(\s+\S+){2,}")
MOST_OF_A_TOTAL = 3  # cells of a line that says a total


def is_rule(cells: Sequence[str]) -> bool:
    """Whether a line only draws a line: `-----------`, `+----+----+`, `----|----`."""
    drawn = [cell for cell in cells if cell.strip()]
    return bool(drawn) and all(_RULE.fullmatch(cell) for cell in drawn) and any(len(cell) > 3 for cell in drawn)


def without_footer(staged: Staged, delimiter: str) -> Staged:
    """Cut the lines at the end of the copy `staged` that are no rows, and say which they were.

    Raises DeskError where no row is left.
    """
    if staged.torn is not None:  # made of JSON or XML, which have no such lines
        return staged
    with staged.path.open("rb+") as file:
        size = file.seek(0, os.SEEK_END)
        start = file.seek(max(size - LOOKED_AT, 0))
        lines = file.read().splitlines(keepends=True)
        found = _footer(lines[1:], delimiter)  # without the header, or a line that is cut
        if not found:
            return staged
        kept = start + sum(map(len, lines[: len(lines) - len(found)]))
        file.truncate(kept)
    if start == 0 and not any(line.strip() for line in lines[1 : len(lines) - len(found)]):
        raise DeskError(f"{staged.name}: the file has a header and no rows; nothing was loaded")
    said = [" ".join(cell for cell in _cells(line, delimiter) if cell) for line in found]
    words = [text for text in said if text and not is_rule([text])]
    if not words:
        return staged
    shown = "; ".join(f'"{text[:MOST_TOLD]}"' for text in words[:3])
    count = f"the last {len(words)} lines are" if len(words) > 1 else "the last line is"
    return replace(staged, notes=(*staged.notes, f"{count} no row: {shown}"))


def _footer(lines: Sequence[bytes], delimiter: str) -> Sequence[bytes]:
    """The lines at the end that are no rows; empty where the last line that says anything is one."""
    first, apart = len(lines), _set_apart(lines, delimiter)
    for place in range(len(lines) - 1, max(len(lines) - MOST_LINES, 0) - 1, -1):
        cells = _cells(lines[place], delimiter)
        if any(cells):
            if not (place >= apart or _is_no_row(cells)) or _is_within_quotes(lines[place]):
                break
            first = place
    return lines[first:]


def _set_apart(lines: Sequence[bytes], delimiter: str) -> int:
    """Where the remarks after the last empty line begin; the end where there are none."""
    begins = len(lines)
    for place in range(len(lines) - 1, max(len(lines) - MOST_LINES, 0) - 1, -1):
        said = [cell for cell in _cells(lines[place], delimiter) if cell]
        if not said and begins < len(lines):
            return begins
        if said and not ((len(said) == 1 and any(map(str.isalpha, said[0]))) or is_rule(said)):
            break
        begins = place if said else begins
    return len(lines)


def _is_within_quotes(line: bytes) -> bool:
    """Whether a quoted value begins or ends here that goes over several lines: it may be part of a request."""
    return line.count(b'"') % 2 == 1


def _is_no_row(cells: Sequence[str]) -> bool:
    said = [cell for cell in cells if cell]
    if is_rule(said) or (len(said) <= MOST_OF_A_TOTAL and _TOTAL.fullmatch(said[0])):
        return True
    return len(said) == 1 and _REMARK.fullmatch(said[0]) is not None


def _cells(line: bytes, delimiter: str) -> list[str]:
    text = line.decode("utf-8", "replace").strip("\r\n")
    try:
        return [" ".join(cell.split()) for cell in next(csv.reader([text], delimiter=delimiter), [])]
    except csv.Error:
        return [text]
