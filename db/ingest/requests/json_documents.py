"""JSON -> entries, one a request: a list, one object a line, GeoJSON, ArcGIS, Socrata's rows.json, CKAN, Open311.

Entry by entry, so that a file of any size and shape is read within a few megabytes.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any, TextIO

from db.ingest.requests.features import flat
from db.ingest.requests.files import LONGEST_RECORD, Staged, lines
from db.rules.errors import DeskError

PIECE = 1 << 16  # characters
LONGEST_META = 64 << 20  # characters of what stands beside the list: Socrata describes every column at length
DECODER = json.JSONDecoder()
LISTS = (  # names of the list of requests in a document, as interfaces call it
    *("features", "data", "records", "rows", "results", "value", "items", "requests", "service_requests", "response"),
)
WRAPPERS = ("result", "response", "d", "data", "results", "service_requests", "requests")
Entry = tuple[int, str, Any]
"""Line or place in the list, the text, and what it says: None where it is no JSON."""


class _NoDocumentError(Exception):
    """An object that holds no list of requests."""


@dataclass
class Document:
    """A JSON file; `meta` is what stands beside its list of requests, known once the list was read to its end."""

    staged: Staged
    meta: dict[str, Any] = field(default_factory=dict)

    def entries(self) -> Iterator[Entry]:
        """Every entry with its place; the same again when asked again. Raises DeskError where the whole is broken."""
        with self.staged.path.open(encoding="utf-8") as file:
            start = file.read(4096).lstrip()[:1]
        if start == "[":
            yield from self._list()
            return
        try:
            yield from self._object()
        except _NoDocumentError:
            yield from self._lines()

    def notes(self) -> tuple[str, ...]:
        """What the document says of itself, after its entries were read."""
        properties = self.meta.get("properties")
        beside = properties if isinstance(properties, dict) else {}
        if self.meta.get("exceededTransferLimit") or beside.get("exceededTransferLimit"):
            return (
                "WARNING: exceededTransferLimit is set, so the server has more rows than it gave; ask for the rest too",
            )
        return ()

    def _list(self) -> Iterator[Entry]:
        with self.staged.path.open(encoding="utf-8") as file:
            text = _Text(self.staged, file)
            text.skip("[")
            yield from self._entries(text)
            text.refuse_more(1)

    def _entries(self, text: _Text) -> Iterator[Entry]:
        """Every entry of the list that `text` stands in, with its place from 1; `text` then stands behind it."""
        place = 0
        while text.peek() != "]":
            place += 1
            entry, raw = text.next_entry(place)
            yield place, raw, flat(self._named(entry), self.meta)
        text.skip("]")

    def _named(self, entry: Any) -> Any:
        """A row of values by the names of its columns, where the document says these once."""
        if not isinstance(entry, list):
            return entry
        names = self._columns()
        return dict(zip(names, entry, strict=False)) if names else entry

    def _columns(self) -> list[str]:
        meta = self.meta.get("meta")
        view = meta.get("view", {}) if isinstance(meta, dict) else {}
        listed = view.get("columns") or self.meta.get("columns") or self.meta.get("fields") or []
        return [
            str(each.get("name") or each.get("fieldName")) if isinstance(each, dict) else str(each) for each in listed
        ]

    def _object(self) -> Iterator[Entry]:
        with self.staged.path.open(encoding="utf-8") as file:
            text = _Text(self.staged, file)
            text.skip("{")
            found = yield from self._members(text, depth=0)
            if found:
                text.refuse_more(0)
        if not found:
            self._refuse_error()
            raise _NoDocumentError

    def _members(self, text: _Text, depth: int) -> Generator[Entry, None, bool]:
        """The entries of the first list of requests in the object that `text` stands in; returns whether it has one."""
        found = False
        while text.peek() != "}":
            name = text.key()
            opens = text.peek()
            if not found and opens == "[" and name in LISTS and text.holds_rows():
                text.skip("[")
                yield from self._entries(text)
                found = True
            elif not found and opens == "{" and name in WRAPPERS and depth < 3:
                text.skip("{")
                found = yield from self._members(text, depth + 1)
            else:
                self.meta[name] = text.value()
            if text.peek() == ",":
                text.skip(",")
        text.skip("}")
        return found

    def _refuse_error(self) -> None:
        """An answer that says what went wrong is no file of requests."""
        error = self.meta.get("error", self.meta.get("errors"))
        if error or ("message" in self.meta and "code" in self.meta):
            told = error.get("message", error) if isinstance(error, dict) else self.meta.get("message", error)
            raise DeskError(
                f"{self.staged.name}: it is a server's error message, no file of requests: {str(told)[:200]}"
            )

    def _lines(self) -> Iterator[Entry]:
        """Every line that is not blank, with its number."""
        with self.staged.path.open(encoding="utf-8", newline="\n") as file:
            for number, line in enumerate(lines(file), start=1):
                if not line.strip():
                    continue
                try:
                    yield number, line, flat(json.loads(line), self.meta)
                except (ValueError, RecursionError):
                    yield number, line, None


class _Text:
    """The text of a JSON file from where it was read to, piece by piece."""

    def __init__(self, staged: Staged, file: TextIO) -> None:
        self.staged, self.file, self.rest = staged, file, ""

    def peek(self) -> str:
        """The next character that is no blank. Raises DeskError at the end of the file."""
        self.rest = self.rest.lstrip()
        while not self.rest:
            more = self.file.read(PIECE)
            if not more:
                raise self.broken(0, "it ends too early")
            self.rest = more.lstrip()
        return self.rest[0]

    def skip(self, mark: str) -> None:
        if self.peek() != mark:
            raise self.broken(0, f"{mark} is missing")
        self.rest = self.rest[1:]

    def key(self) -> str:
        name = self.value()
        if not isinstance(name, str):
            raise _NoDocumentError
        self.skip(":")
        return name

    def holds_rows(self) -> bool:
        """Whether the list that comes next begins with an object or a list, or is empty."""
        while len(self.rest) < PIECE and len(self.rest[1:].lstrip()) == 0:
            more = self.file.read(PIECE)
            if not more:
                return False
            self.rest += more
        return self.rest[1:].lstrip()[:1] in ("{", "[", "]")

    def value(self) -> Any:
        """The value that comes next, whole."""
        self.peek()
        return self._decode(0, LONGEST_META, ",}:]")[0]

    def next_entry(self, place: int) -> tuple[Any, str]:
        """The entry that comes next, and its text; a comma behind it is taken."""
        entry, raw = self._decode(place, LONGEST_RECORD, ",]")
        if self.peek() == ",":
            self.skip(",")
            self.peek()
        return entry, raw

    def _decode(self, place: int, longest: int, ends: str) -> tuple[Any, str]:
        problem: Exception | str = "a comma or the end of the list is missing"
        while True:
            try:
                entry, end = DECODER.raw_decode(self.rest)
                if self.rest[end:].lstrip()[:1] in tuple(ends):
                    raw, self.rest = self.rest[:end], self.rest[end:]
                    return entry, raw
            except (ValueError, RecursionError) as error:
                problem = error
            more = self.file.read(len(self.rest) + PIECE) if len(self.rest) <= longest else ""
            if not more:
                raise self.broken(place, problem)
            self.rest = (self.rest + more).lstrip()

    def refuse_more(self, place: int) -> None:
        if self.rest.strip() or self.file.read(PIECE).strip():
            raise self.broken(place, "text follows its end")

    def broken(self, place: int, problem: Exception | str) -> DeskError:
        where = f" at entry {place:,}" if place else ""
        if isinstance(problem, RecursionError):
            return DeskError(f"{self.staged.name}: the JSON is nested too deep{where}; nothing was loaded")
        return DeskError(f"{self.staged.name}: the JSON is broken or cut off{where} ({problem}); nothing was loaded")
