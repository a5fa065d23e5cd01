"""A workbook -> CSV, in a process of its own: a spreadsheet can be made so that reading it takes all memory there is.

`to_csv` starts this very file as a program, which imports nothing of the desk. Values are taken, formulas and macros
are not run.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, and any workbook with a password
ZIP = b"PK\x03\x04"
MOST_UNPACKED = 2 << 30  # bytes
MOST_RATIO = 200
FREE_OF_RATIO = 16 << 20  # bytes: small workbooks of many equal cells shrink more than others
MEMORY = 6 << 30  # bytes of address space
SECONDS = 900
EXIT_TOLD = 3  # the last line of standard output says why the workbook cannot be read


@dataclass(frozen=True)
class Sheet:
    """What was read: the sheet's name, its rows that hold anything, and the other sheets that are not hidden."""

    name: str
    rows: int
    others: tuple[str, ...]


def is_workbook(path: Path) -> bool:
    """Whether a file is a workbook of a kind that can be read: .xlsx, .xlsm, .xlsb, .xls, .ods."""
    with path.open("rb") as file:
        start = file.read(8)
    if start == OLE:
        return True
    if not start.startswith(ZIP):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except zipfile.BadZipFile:
        return False
    return "[Content_Types].xml" in names or {"mimetype", "content.xml"} <= names


def to_csv(path: Path, target: Path, name: str, sheet: str | None = None) -> Sheet:
    """Write one sheet of the workbook `path` as CSV: the one named, else the first that is not hidden or empty.

    Raises ValueError that begins with `name` where it is locked, broken, too large, or has no such sheet.
    """
    _refuse_bomb(path, name)
    arguments = [sys.executable, "-I", __file__, str(path), str(target), sheet or ""]
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise ValueError(f"{name}: reading the workbook takes more than {SECONDS} s; save it as CSV") from None
    told = (done.stdout.strip().splitlines() or [""])[-1]
    if done.returncode == EXIT_TOLD:
        raise ValueError(f"{name}: {told}")
    if done.returncode:
        raise ValueError(
            f"{name}: the workbook cannot be read within {MEMORY >> 30} GiB of memory, or is broken; "
            "save it as CSV (UTF-8) and load that"
        )
    found = json.loads(told)
    return Sheet(found["name"], found["rows"], tuple(found["others"]))


def _refuse_bomb(path: Path, name: str) -> None:
    """Look at the sizes that a packed workbook states before anything of it is unpacked."""
    with path.open("rb") as file:
        if not file.read(4).startswith(ZIP):
            return
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile as error:
        raise ValueError(f"{name}: the workbook is broken or cut off ({error}); nothing was loaded") from None
    unpacked, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if unpacked > MOST_UNPACKED or (unpacked > FREE_OF_RATIO and unpacked > MOST_RATIO * max(packed, 1)):
        raise ValueError(
            f"{name}: the workbook would unpack to {unpacked >> 20:,} MiB, {unpacked // max(packed, 1):,} times its size; "
            "refused as a bomb; if it is none, save it as CSV"
        )


def main(source: str, target: str, sheet: str) -> int:
    """The program: writes the CSV and says in one line of JSON what it is, or in one line why there is none."""
    _limit_memory()
    import python_calamine as calamine  # not needed by whoever starts this

    try:
        with calamine.CalamineWorkbook.from_path(source) as book:
            found = _write(book, Path(target), sheet)
    except calamine.PasswordError:
        return _tell("the workbook is locked with a password; save it without one and load that")
    except (calamine.CalamineError, ValueError, OSError) as error:
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
        raise ValueError(f'it has no sheet "{wanted}"; it has {", ".join(book.sheet_names)[:500]}')
    for name in [wanted] if wanted else names:
        rows = _rows(book.get_sheet_by_name(name), target)
        if rows > 1 or wanted:
            break
    else:
        raise ValueError("no sheet of it holds a table")
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
