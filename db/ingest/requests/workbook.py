"""A workbook -> CSV, in a process of its own: a spreadsheet can be made so that reading it takes all memory there is.

`to_csv` starts `sheet_program.py`, after it has looked at the sizes that the workbook states.
"""

from __future__ import annotations

import json
import mmap
import subprocess
import sys
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from db.ingest.requests import sheet_program
from db.ingest.requests.sheet_program import EXIT_TOLD, LOCKED, MEMORY
from db.rules.errors import DeskError

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, and any workbook with a password
ZIP = b"PK\x03\x04"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # the part of an older container that holds a locked newer workbook
MANIFEST, ENCRYPTED_ENTRY = "META-INF/manifest.xml", b"encryption-data"  # of OpenDocument
MOST_OF_A_MANIFEST = 1 << 20  # bytes
MOST_UNPACKED = 2 << 30  # bytes
MOST_RATIO = 200
FREE_OF_RATIO = 16 << 20  # bytes: small workbooks of many equal cells shrink more than others
SECONDS = 900


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

    Raises DeskError that begins with `name` where it is locked, broken, too large, or has no such sheet.
    """
    _refuse_bomb(path, name)
    _refuse_locked(path, name)
    arguments = [sys.executable, "-I", sheet_program.__file__, str(path), str(target), sheet or ""]
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise DeskError(f"{name}: reading the workbook takes more than {SECONDS} s; save it as CSV") from None
    told = (done.stdout.strip().splitlines() or [""])[-1]
    if done.returncode == EXIT_TOLD:
        raise DeskError(f"{name}: {told}")
    if done.returncode:
        raise DeskError(
            f"{name}: the workbook cannot be read within {MEMORY >> 30} GiB of memory, or is broken; "
            "save it as CSV (UTF-8) and load that"
        )
    found = json.loads(told)
    return Sheet(found["name"], found["rows"], tuple(found["others"]))


def _refuse_locked(path: Path, name: str) -> None:
    """Readers tell a password of the oldest kind of workbook only; the newer ones they take for no workbook at all."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content[: len(OLE)] == OLE:
            locked = content.find(ENCRYPTED) >= 0
        else:
            locked = ENCRYPTED_ENTRY in _manifest(path)
    if locked:
        raise DeskError(f"{name}: {LOCKED}")


def _manifest(path: Path) -> bytes:
    """The beginning of what an OpenDocument file says of its parts; nothing where there is none."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(MANIFEST) as file:
            return file.read(MOST_OF_A_MANIFEST)
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError):
        return b""


def _refuse_bomb(path: Path, name: str) -> None:
    """Look at the sizes that a packed workbook states before anything of it is unpacked."""
    with path.open("rb") as file:
        if not file.read(4).startswith(ZIP):
            return
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile as error:
        raise DeskError(f"{name}: the workbook is broken or cut off ({error}); nothing was loaded") from None
    unpacked, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if unpacked > MOST_UNPACKED or (unpacked > FREE_OF_RATIO and unpacked > MOST_RATIO * max(packed, 1)):
        raise DeskError(
            f"{name}: the workbook would unpack to {unpacked >> 20:,} MiB, "
            f"{unpacked // max(packed, 1):,} times its size; "
            "refused as a bomb; if it is none, save it as CSV"
        )
