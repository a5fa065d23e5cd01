"""A proposed layout for a file that no profile knows: its header, its first values, and what other cities say."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from db.cities.layouts import COLUMNS, MOMENTS, NEEDED
from db.cities.profile import Layout, available, load
from db.ingest.requests.documents import as_delimited
from db.ingest.requests.files import stage
from db.ingest.requests.headers import match
from db.ingest.requests.recognition import likely_header
from db.rules.errors import DeskError

SAMPLE = 500
_MARKS = 6
_MORE_FORMATS = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d.%m.%Y %H:%M")


@dataclass(frozen=True)
class Proposal:
    """`columns`: our column to the header that seems to carry it; `left`: headers that nothing was found for."""

    columns: Mapping[str, str]
    date_formats: tuple[str, ...]
    left: tuple[str, ...]
    day_precision: tuple[str, ...]
    times: Mapping[str, str] = field(default_factory=dict)  # a moment to the header of its time of day

    def missing(self) -> list[str]:
        """Our columns that a layout cannot do without and that were not found."""
        ended = {"source_status", "closed_at"} & set(self.columns)
        needed = NEEDED if ended else (*NEEDED, "source_status")
        return [column for column in needed if column not in self.columns]

    def toml(self, name: str) -> str:
        """The layout as it may stand in a profile, with comments on what a person has to decide."""
        by_closing = "source_status" not in self.columns and "closed_at" in self.columns
        marks = [self.columns[column] for column in (*NEEDED, "source_status", "closed_at") if column in self.columns]
        lines = [f"# MISSING {column}: add a line below with the header that carries it" for column in self.missing()]
        lines += [
            f"[layouts.{name}]",
            f"source_system = {_text(name)}  # one name for all files of one system",
            f"recognised_by = {_texts(marks[:_MARKS])}",
            f"date_formats = {_texts(self.date_formats)}",
        ]
        if len(self.date_formats) > 1:
            lines.append("# Tried in this order; remove a format that would read a day as a month.")
        if not self.date_formats:
            lines.append("# The dates are read by their values; list a format only where the load says that it cannot.")
        lines += [f"day_precision = {_texts(self.day_precision)}"] if self.day_precision else []
        lines += ["status_from_closed = true  # no column of a status: a closing date means closed"] * by_closing
        if self.times:
            lines += ["", f"[layouts.{name}.times]  # the time of day, where the date stands apart"]
            lines += [f"{column} = {_texts([header])}" for column, header in self.times.items()]
        lines += ["", f"[layouts.{name}.columns]"]
        lines += [f"{column} = {_texts([self.columns[column]])}" for column in COLUMNS if column in self.columns]
        lines += [f"# not used: {_text(header)}" for header in self.left]
        return "\n".join(lines)


def propose(path: Path, folder: Path) -> Proposal:
    """Read the header and the first rows of `path`, unpacked into `folder`, and say what they seem to be.

    Raises DeskError, naming the file, where it has no header of at least two columns.
    """
    staged = as_delimited(stage(path, folder)[0])
    line = likely_header(staged)
    with staged.path.open(encoding="utf-8", newline="") as file:
        for _ in range(line.ends):
            file.readline()
        rows = list(islice(csv.reader(file, delimiter=line.delimiter), SAMPLE))
    header = list(line.titles)
    if len(header) < 2:
        raise DeskError(f"{path}: has no header of several columns, so no layout can be proposed")
    named = dict(zip(header, zip(*(row for row in rows if len(row) == len(header)), strict=True), strict=False))
    found = match(header)
    columns = {column: header[place] for column, place in found.columns.items()}
    times = {column: header[place] for column, place in found.times.items()}
    moments = {column: named.get(columns[column], ()) for column in MOMENTS if column in columns}
    used = {*columns.values(), *times.values()}
    return Proposal(
        columns,
        _formats([value for values in moments.values() for value in values]),
        tuple(name for name in header if name and name not in used),
        tuple(column for column in ("closed_at", "city_due_at") if _only_days(moments.get(column, ()))),
        times,
    )


def _layouts() -> list[Layout]:
    return [layout for city in available() for layout in load(city).layouts if layout.refuse is None]


def _formats(values: Iterable[str]) -> tuple[str, ...]:
    """The fewest known formats, the most fitting first, that read every sampled value one of them can read."""
    known = list(dict.fromkeys([*(form for layout in _layouts() for form in layout.date_formats), *_MORE_FORMATS]))
    left = {value.strip() for value in values if value.strip()}
    chosen = []
    while left:
        best = max(known, key=lambda form: sum(_reads(value, form) for value in left))
        read = {value for value in left if _reads(value, best)}
        if not read:
            break
        chosen.append(best)
        left -= read
    return tuple(chosen)


def _reads(value: str, form: str) -> bool:
    with suppress(ValueError):
        datetime.strptime(value, form)
        return True
    return False


def _only_days(values: Iterable[str]) -> bool:
    """Whether most values are a bare midnight, which then means that only the day is known."""
    written = [value for value in values if value.strip()]
    midnights = sum(
        "12:00:00 AM" in value or value.rstrip("0").endswith(("00:00:", " 00:", "T00:")) for value in written
    )
    return bool(written) and midnights > len(written) / 2


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _texts(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"
