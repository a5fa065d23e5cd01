"""Any file a city hands over -> plain UTF-8 text in a scratch folder, decompressed and hashed once.

The copy is what everything after reads, so a file that changes while it is read cannot mix two
states, and DuckDB can read it with all cores.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import IO, TextIO

from db.ingest.requests.workbook import is_workbook
from db.rules.errors import DeskError

CHUNK = 4 << 20  # bytes
LONGEST_CARRY = 16 << 20  # bytes without a line end that are held back
MAX_RATIO = 200  # unpacked to packed bytes: request files have about 10; more than this is a zip bomb
FREE_OF_RATIO = 256 << 20  # bytes that any packed file may unpack to
LONGEST_RECORD = 1_000_000  # characters
LONGEST_RAW = 1_000  # characters of a rejected row that are kept
MOST_COLUMNS = 1_000  # the widest layout known has about 50
TABLES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".geojson", ".xml", ".parquet")
WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
ENDINGS = TABLES + WORKBOOKS
PACKED = (".gz", ".zip")
NOTES = (".txt", ".xml")
BY_NAME_A_NOTE = r"(read.?me|licen[cs]e|about|notes?|metadata|terms|manifest|changelog|description)\b.*\.(txt|xml)$"
PARQUET = b"PAR1"
BINARY = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", PARQUET)  # a workbook, an older one, Parquet: copied as they are


@dataclass(frozen=True)
class Staged:
    """A file as plain text: `path` in the scratch folder, `name` as the user gave it, `sha256` of the file itself.

    `lines_decoded`: lines that were not UTF-8 and were read as Windows-1252; `nuls_removed`: NUL bytes dropped.
    `notes`: further sentences for the report. `lines_skipped`: lines above the header, which the copy lacks.
    `torn`: a CSV of line, reason and text, without a header, of the lines that were found to be no record before the
    copy was read as a table.
    """

    name: str
    path: Path
    file_bytes: int
    sha256: str
    lines_decoded: int
    nuls_removed: int
    torn: Path | None = None
    notes: tuple[str, ...] = ()
    lines_skipped: int = 0


def expand(paths: Iterable[Path], on_skip: Callable[[Path], None] | None = None) -> list[Path]:
    """The files to load: a folder stands for its request files, sorted by name, without those in folders below.

    `on_skip` is called with each other file of a folder, except hidden ones. Raises DeskError for a path that does not
    exist and for a folder without any request file.
    """
    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise DeskError(f"{path}: there is no such file or folder")
        if not path.is_dir():
            files.append(path)
            continue
        in_folder = sorted(item for item in path.iterdir() if item.is_file() and not item.name.startswith("."))
        request_names = _request_names(item.name for item in in_folder)
        if not request_names:
            raise DeskError(f"{path}: the folder holds no file that ends in {', '.join(ENDINGS + PACKED)}")
        files += [item for item in in_folder if item.name in request_names]
        if on_skip is not None:
            for item in in_folder:
                if item.name not in request_names:
                    on_skip(item)
    return files


def _request_names(names: Iterable[str]) -> set[str]:
    """The names of request files: tables; where there is none, .txt and .xml files without the name of a note."""
    known = {name for name in names if name.lower().endswith(ENDINGS + PACKED) and not name.startswith(".")}
    tables = {name for name in known if not name.lower().endswith(NOTES)}
    return tables or {name for name in known if not re.match(BY_NAME_A_NOTE, name.lower())}


def stage(path: Path, folder: Path, on_skip: Callable[[Path], None] | None = None) -> list[Staged]:
    """Copy `path` into `folder` as plain UTF-8 text; a zip gives one entry for each request file inside.

    `on_skip` is called with each note beside them that is left out. Raises DeskError, which names the file, where it is
    empty, cannot be read, is cut off, is a zip bomb, or changes meanwhile.
    """
    try:
        before = path.stat()
        size = before.st_size
        if size == 0:
            raise DeskError(f"{path}: the file is empty; nothing was loaded")
        with path.open("rb") as file:
            is_zip = file.read(4) == b"PK\x03\x04"
        is_zip = is_zip and not is_workbook(path)
        sha256 = _sha256(path)
        members = _request_members(path, on_skip) if is_zip else [None]
        budget = _Budget(size)
        staged = [_copy(path, member, folder, sha256, budget) for member in members]
        after = path.stat()
    except (gzip.BadGzipFile, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError) as error:
        raise DeskError(f"{path}: the compressed file is broken or cut off ({error}); nothing was loaded") from error
    except OSError as error:
        raise DeskError(f"{path}: cannot be read or copied: {error.strerror or error}") from error
    # The file was read twice, for its hash and for the copy: both must have read the same content.
    if (before.st_size, before.st_mtime_ns, before.st_ino) != (after.st_size, after.st_mtime_ns, after.st_ino):
        raise DeskError(f"{path}: the file changed while it was read; load it again when it is complete")
    return staged


def lines(file: TextIO) -> Iterator[str]:
    """The lines of `file`, each with its line end.

    A line longer than `LONGEST_RECORD` is cut to one character more than that: so it is still seen to be too long.
    """
    while line := file.readline(LONGEST_RECORD + 1):
        rest = line
        while len(rest) > LONGEST_RECORD and not rest.endswith("\n"):
            rest = file.readline(LONGEST_RECORD + 1)
        yield line


def _request_members(path: Path, on_skip: Callable[[Path], None] | None) -> list[str | None]:
    with zipfile.ZipFile(path) as archive:
        if any(entry.flag_bits & 1 for entry in archive.infolist()):
            raise DeskError(f"{path}: the archive is locked with a password; unpack it first")
        members = sorted((*_split(entry.filename), entry.filename) for entry in archive.infolist())
    names: list[str | None] = []
    notes = [name for _, base, name in members if base.lower().endswith(NOTES) and not base.startswith(".")]
    for _, group in groupby(members, key=lambda member: member[0]):
        in_folder = [(base, name) for _, base, name in group]
        request_names = _request_names(base for base, _ in in_folder)
        names += [name for base, name in in_folder if base in request_names]
        if on_skip is not None:
            for base, name in in_folder:
                if base not in request_names and base.lower().endswith(NOTES):
                    on_skip(path / name)
    if not names and len(notes) == 1:
        return [notes[0]]
    if not names:
        raise DeskError(f"{path}: the archive holds no file that ends in {', '.join(ENDINGS)}")
    return names


def _split(name: str) -> tuple[str, str]:
    """Folder and name of a member of an archive."""
    folder, _, base = name.rpartition("/")
    return folder, base


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _opened(path: Path, member: str | None) -> Iterator[IO[bytes] | gzip.GzipFile]:
    if member is not None:
        with zipfile.ZipFile(path) as archive, archive.open(member) as file:
            yield file
        return
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if packed:
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield unpacked
        else:
            yield file


@dataclass
class _Budget:
    """How many bytes a packed file may still unpack to, all its members together."""

    size: int

    def __post_init__(self) -> None:
        self.left = max(self.size * MAX_RATIO, FREE_OF_RATIO)

    def spend(self, chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
        for chunk in chunks:
            self.left -= len(chunk)
            if self.left < 0:
                raise DeskError(f"{name}: unpacks to more than {MAX_RATIO} times its size; refused as a bomb")
            yield chunk


def _copy(path: Path, member: str | None, folder: Path, sha256: str, budget: _Budget) -> Staged:
    name = str(path) if member is None else f"{path}:{member}"
    target = folder / f"{len(list(folder.iterdir())):04d}.txt"
    cleaner = _Cleaner()
    with _opened(path, member) as source, target.open("wb") as copy:
        chunks = budget.spend(iter(partial(source.read, CHUNK), b""), name)
        first = next(chunks, b"")
        whole = _with_first(first, chunks)
        for chunk in whole if first.startswith(BINARY) else cleaner.clean(_as_utf8(whole)):
            copy.write(chunk)
    if target.stat().st_size == 0:
        raise DeskError(f"{name}: the file is empty; nothing was loaded")
    return Staged(name, target, budget.size, sha256, cleaner.lines_decoded, cleaner.nuls_removed)


def _as_utf8(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """UTF-8 from UTF-16, and without a byte order mark."""
    first = next(chunks, b"")
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        for text in codecs.iterdecode(_with_first(first, chunks), "utf-16", errors="replace"):
            yield text.encode()
        return
    yield from _with_first(first.removeprefix(codecs.BOM_UTF8), chunks)


def _with_first(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    """All chunks, the one that was taken off to look at it included."""
    yield first
    yield from rest


class _Cleaner:
    """Makes whole lines of valid UTF-8 without NUL, and counts the lines and bytes that it had to change."""

    def __init__(self) -> None:
        self.lines_decoded = 0
        self.nuls_removed = 0

    def clean(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        carry, old_mac = b"", None
        for chunk in chunks:
            if old_mac is None:
                old_mac = b"\n" not in chunk and b"\r" in chunk
            block = carry + (chunk.replace(b"\r", b"\n") if old_mac else chunk)
            end = block.rfind(b"\n") + 1 or (len(block) if len(block) > LONGEST_CARRY else 0)
            carry = block[end:]
            yield self._block(block[:end])
        yield self._block(carry)

    def _block(self, block: bytes) -> bytes:
        if b"\0" in block:
            self.nuls_removed += block.count(b"\0")
            block = block.replace(b"\0", b"")
        try:
            block.decode("utf-8")
        except UnicodeDecodeError:
            return b"\n".join(self._line(line) for line in block.split(b"\n"))
        return block

    def _line(self, line: bytes) -> bytes:
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            self.lines_decoded += 1
            # Windows-1252 leaves five bytes undefined; Latin-1 defines all.
            try:
                return line.decode("cp1252").encode()
            except UnicodeDecodeError:
                return line.decode("latin-1").encode()
        return line
