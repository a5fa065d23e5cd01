"""JSON in, delimited text out: a list of objects, or one object a line, as the same rows a CSV would have."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from db.ingest.files import Staged, Torn


def as_delimited(staged: Staged) -> Staged:
    """`staged` itself unless it is JSON; else the same records as CSV, lines that are no object in `torn`.

    Raises ValueError where the whole is not JSON or not a list of objects.
    """
    with staged.path.open(encoding="utf-8") as file:
        start = file.read(4096).lstrip()[:1]
    if start not in ("[", "{"):
        return staged
    torn: list[Torn] = []
    headers = list(dict.fromkeys(key for entry in _objects(staged, start, []) for key in entry))
    if not headers:
        raise ValueError(f"{staged.name}: the JSON holds no list of objects; expected one object a request")
    target = staged.path.with_suffix(".csv")
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(headers)
        for entry in _objects(staged, start, torn):
            writer.writerow([_text(entry.get(key)) for key in headers])
    return replace(staged, path=target, torn=tuple(torn))


def _objects(staged: Staged, start: str, torn: list[Torn]) -> Iterator[dict[str, Any]]:
    if start == "[":
        entries: Iterable[tuple[int, str | None, Any]] = _list(staged)
    else:
        entries = _lines(staged.path)
    for line, raw, entry in entries:
        if isinstance(entry, dict):
            yield entry
        else:
            torn.append(Torn(line, "is not a JSON object", raw if raw is not None else json.dumps(entry)))


def _list(staged: Staged) -> Iterator[tuple[int, str | None, Any]]:
    try:
        entries = json.loads(staged.path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{staged.name}: the JSON is broken or cut off ({error}); nothing was loaded") from error
    for place, entry in enumerate(entries, start=1):
        yield place, None, entry


def _lines(path: Path) -> Iterator[tuple[int, str | None, Any]]:
    with path.open(encoding="utf-8", newline="\n") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                yield number, line, json.loads(line)
            except (json.JSONDecodeError, RecursionError):
                yield number, line.rstrip("\r\n"), None


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
    return value if isinstance(value, str) else json.dumps(value)
