"""JSON in, delimited text out: a list of objects, or one object a line, as the same rows a CSV would have.

Entry by entry, so that a file of any size and shape is read within a few megabytes.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from db.ingest.requests.files import LONGEST_RAW, LONGEST_RECORD, MOST_COLUMNS, Staged, lines
from db.rules.errors import DeskError

PIECE = 1 << 16  # characters
DECODER = json.JSONDecoder()
Entry = tuple[int, str, Any]
"""Line or place in the list, the text, and what it says: None where it is no JSON."""


def as_delimited(staged: Staged) -> Staged:
    """`staged` itself unless it is JSON; else the same records as CSV, entries that are no object in `torn`.

    Raises DeskError where the whole is not JSON or not a list of objects.
    """
    with staged.path.open(encoding="utf-8") as file:
        start = file.read(4096).lstrip()[:1]
    if start not in ("[", "{"):
        return staged
    entries = _list if start == "[" else _lines
    headers = _headers(staged, entries)
    target, torn = staged.path.with_suffix(".csv"), staged.path.with_suffix(".lost")
    # Half a surrogate pair, which JSON can state and UTF-8 cannot, becomes a question mark.
    with _written(target) as good_file, _written(torn) as bad_file:
        good = csv.writer(good_file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        bad = csv.writer(bad_file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        good.writerow(headers)
        for place, raw, entry in entries(staged):
            if isinstance(entry, dict):
                good.writerow([_text(entry.get(key)) for key in headers])
            else:
                bad.writerow((place, "is not a JSON object", raw.strip()[:LONGEST_RAW]))
    return replace(staged, path=target, torn=torn)


def _headers(staged: Staged, entries: Callable[[Staged], Iterator[Entry]]) -> list[str]:
    headers: dict[str, None] = {}
    for _, _, entry in entries(staged):
        if isinstance(entry, dict):
            headers |= dict.fromkeys(entry)
        if len(headers) > MOST_COLUMNS:
            raise DeskError(f"{staged.name}: the objects have more than {MOST_COLUMNS:,} different names; at most that")
    if not headers:
        raise DeskError(f"{staged.name}: the JSON holds no list of objects; expected one object a request")
    return list(headers)


def _written(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="", errors="replace")


def _list(staged: Staged) -> Iterator[Entry]:
    """Every entry of a list, with its place from 1."""
    place = 0
    with staged.path.open(encoding="utf-8") as file:
        rest = file.read(PIECE).lstrip().removeprefix("[").lstrip()
        while not rest.startswith("]"):
            place += 1
            entry, raw, rest = _next(staged, file, rest, place)
            yield place, raw, entry
        if rest[1:].strip() or file.read(PIECE).strip():
            raise _broken(staged, place, "text follows the list")


def _next(staged: Staged, file: TextIO, rest: str, place: int) -> tuple[Any, str, str]:
    """The entry that `rest` and `file` go on with, its text, and what was read beyond it and its comma."""
    problem: Exception | str = "a comma or the end of the list is missing"
    while True:
        try:
            entry, end = DECODER.raw_decode(rest)
            beyond = rest[end:].lstrip()
            if beyond.startswith(","):
                return entry, rest[:end], beyond[1:].lstrip()
            if beyond.startswith("]"):
                return entry, rest[:end], beyond
        except (ValueError, RecursionError) as error:
            problem = error
        more = file.read(len(rest) + PIECE) if len(rest) <= LONGEST_RECORD else ""
        if not more:
            raise _broken(staged, place, problem)
        rest = (rest + more).lstrip()


def _broken(staged: Staged, place: int, problem: Exception | str) -> DeskError:
    return DeskError(f"{staged.name}: the JSON is broken or cut off at entry {place:,} ({problem}); nothing was loaded")


def _lines(staged: Staged) -> Iterator[Entry]:
    """Every line that is not blank, with its number."""
    with staged.path.open(encoding="utf-8", newline="\n") as file:
        for number, line in enumerate(lines(file), start=1):
            if not line.strip():
                continue
            try:
                yield number, line, json.loads(line)
            except (ValueError, RecursionError):
                yield number, line, None


def _text(value: object) -> str:
    """A value as a CSV would hold it; points in the two forms that a `location` column has."""
    if value is None:
        return ""
    if isinstance(value, dict):
        if "coordinates" in value and isinstance(value["coordinates"], list) and len(value["coordinates"]) == 2:
            longitude, latitude = value["coordinates"]
            return f"POINT ({longitude} {latitude})"
        if "latitude" in value and "longitude" in value:
            return f"({value['latitude']}, {value['longitude']})"
    return value.replace("\0", "") if isinstance(value, str) else json.dumps(value)
