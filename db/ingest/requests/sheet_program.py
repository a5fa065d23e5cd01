"""The program that reads a workbook, started by `workbook.py`: it imports nothing of the desk and may be killed.

`python -I sheet_program.py SOURCE TARGET SHEET` writes one sheet as CSV. Formulas and macros are not run.
"""

from __future__ import annotations

import csv
import json
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

MEMORY = 6 << 30  # bytes of address space
LOCKED = "the workbook is locked with a password; save it without one and load that"
EXIT_TOLD = 3  # the last line of standard output says why the workbook cannot be read


class NoTableError(Exception):
    """The workbook holds no table to read."""


def main(source: str, target: str, sheet: str) -> int:
    """The program: writes the CSV and says in one line of JSON what it is, or in one line why there is none."""
    _limit_memory()
    import python_calamine as calamine  # not needed by whoever starts this

    try:
        with calamine.CalamineWorkbook.from_path(source) as book:
            found = _write(book, Path(target), sheet)
    except calamine.PasswordError:
        return _tell(LOCKED)
    except (calamine.CalamineError, NoTableError, ValueError, OSError) as error:
        return _tell(
            f"the workbook cannot be read ({' '.join(str(error).split())[:200]}); save it as CSV and load that"
        )
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


def _limit_memory() -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _tell(reason: str) -> int:
    sys.stdout.write(reason + "\n")
    return EXIT_TOLD


def _write(book: Any, target: Path, wanted: str) -> dict[str, object]:
    shown = [entry.name for entry in book.sheets_metadata if "Visible" in str(entry.visible)]
    names = shown or list(book.sheet_names)
    if wanted and wanted not in book.sheet_names:
        raise NoTableError(f'it has no sheet "{wanted}"; it has {", ".join(book.sheet_names)[:500]}')
    for name in [wanted] if wanted else names:
        rows = _rows(book.get_sheet_by_name(name), target)
        if rows > 1 or wanted:
            break
    else:
        raise NoTableError("no sheet of it holds a table")
    return {"name": name, "rows": rows, "others": [other for other in names if other != name]}


def _rows(sheet: Any, target: Path) -> int:
    """Write the rows that hold anything; gives how many."""
    count = 0
    with target.open("w", encoding="utf-8", newline="", errors="replace") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        for row in sheet.iter_rows():
            if any(value != "" for value in row):
                writer.writerow([as_text(value) for value in row])
                count += 1
    return count


def as_text(value: object) -> str:
    """A cell as a CSV would hold it: dates as dates, whole numbers without a point, no more digits than there are."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        # A spreadsheet counts days in fractions, which end a little before or after the second that was meant.
        return (value + timedelta(milliseconds=500)).replace(microsecond=0).isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value).replace("\0", "")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
