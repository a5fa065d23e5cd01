"""What a staged file is: whose city, which layout, where its header stands and which columns it carries.

A layout that a profile describes is known by its header. A file of another shape is read by its columns: by spellings
of the profile's own layouts, and, where a person has named the city, by those of other cities and by words.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

from db.cities.layouts import NEEDED
from db.cities.profile import Layout, Profile, fold
from db.ingest.requests.files import MOST_COLUMNS, Staged
from db.ingest.requests.footer import is_rule, without_footer
from db.ingest.requests.headers import Match, match
from db.rules.errors import DeskError

DELIMITERS = (",", ";", "\t", "|")
LONGEST_HEADER = 100_000  # characters
MOST_ABOVE = 30  # lines of a title, and of nothing, above the header
PIECE = 1 << 16  # characters
OPEN311 = "open311"
SAID_OF_NEEDED = {
    "sr_number": "a request's number",
    "created_at": "a request's creation",
    "source_service_type": "a request's type",
}


@dataclass(frozen=True)
class Recognised:
    """What a file is: whose city, which layout, and how its columns lie."""

    profile: Profile
    layout: Layout
    delimiter: str
    header: tuple[str, ...]  # folded
    titles: tuple[str, ...] = ()  # as the file writes them
    header_ends: int = 1  # the line on which the header ends
    notes: tuple[str, ...] = ()

    def title_of(self) -> dict[str, str]:
        """Our columns to the file's own names of those that carry them."""
        named = dict(zip(reversed(self.header), reversed(self.titles), strict=False))
        found = {}
        for column, names in self.layout.columns.items():
            carried = next((name for name in names if name in self.header), None)
            if carried in named:
                found[column] = named[carried]
        return found


@dataclass(frozen=True)
class Line:
    """A line that may be the header, split by one delimiter."""

    titles: tuple[str, ...]
    delimiter: str
    ends: int
    below: tuple[tuple[str, ...], ...] = ()  # the first rows under it

    def is_empty(self, place: int) -> bool:
        """Whether there are rows below, and none has a value in this column."""
        values = [row[place].strip().lower() for row in self.below if len(row) > place]
        return bool(values) and not any(value not in ("", "null") for value in values)

    @property
    def header(self) -> tuple[str, ...]:
        return tuple(map(fold, self.titles))


def recognise(staged: Staged, profiles: Sequence[Profile], *, guess: bool = False) -> Recognised:
    """Find the layout by the header line, in any order and case of its columns, below any lines of a title.

    `guess`: the city is certain, so columns may also be known by other cities' spellings and by their words. Raises
    ValueError where no layout of `profiles` fits, where layouts of two cities fit equally well, where the file is known
    not to be one of requests, and where no row follows the header.
    """
    found_lines, count = _candidates(staged)
    fits = _described(found_lines, profiles) or _by_columns(found_lines, profiles, guess=guess)
    if not fits:
        line = _likeliest(found_lines)
        if reason := _not_of_a_city(line.header):
            raise DeskError(f"{staged.name}: not a file of requests: {reason}")
        raise DeskError(_unknown(staged.name, line, profiles, guess=guess))
    best = max(fit for fit, _ in fits)
    found = [recognised for fit, recognised in fits if fit == best]
    cities = sorted({entry.profile.key for entry in found})
    if len(cities) > 1:
        raise DeskError(f"{staged.name}: the columns fit {' and '.join(cities)} alike; name one with --city")
    _refuse_unusable(staged, found[0], has_rows=found[0].header_ends < count)
    return found[0]


def likely_header(staged: Staged) -> Line:
    """The line that looks most like the header of a file of requests. Raises DeskError for a file that is no text."""
    return _likeliest(_candidates(staged)[0])


def _likeliest(lines: Sequence[Line]) -> Line:
    def fit(line: Line) -> tuple[int, int, int]:
        return len(match(line.titles[:MOST_COLUMNS]).columns), sum(map(bool, line.titles)), -line.ends

    return max(lines, key=fit, default=Line((), ",", 1))


def _candidates(staged: Staged) -> tuple[list[Line], int]:
    """Every line that may be the header, by each delimiter, and the number of the last line that holds anything."""
    beginning, count = _beginning(staged)
    first = beginning[0] if beginning else ""
    if not first.isprintable() and any(ord(letter) < 32 and letter not in "\t\r\n\f" for letter in first):
        raise DeskError(f"{staged.name}: is not a table of text; load the city's export as CSV or JSON")
    return [line for delimiter in DELIMITERS for line in _lines(beginning, delimiter)], count


def _refuse_unusable(staged: Staged, found: Recognised, *, has_rows: bool) -> None:
    if found.layout.refuse is not None:
        raise DeskError(f"{staged.name}: not a file of requests: {found.layout.refuse}")
    if len(found.header) > MOST_COLUMNS:
        raise DeskError(f"{staged.name}: the header has {len(found.header):,} columns; at most {MOST_COLUMNS:,}")
    if not has_rows:
        raise DeskError(f"{staged.name}: the file has a header and no rows; nothing was loaded")


def only_the_table(staged: Staged, recognised: Recognised) -> Staged:
    """The table of `staged` alone, its header on the first line: no title above it, no total or remark below it.

    Raises DeskError where no row is left.
    """
    return without_footer(_below_title(staged, recognised), recognised.delimiter)


def _below_title(staged: Staged, recognised: Recognised) -> Staged:
    """`staged` itself where its header is its first line; else a copy that begins with the header, on one line."""
    if recognised.header_ends == 1:
        return staged
    target = staged.path.with_suffix(".body")
    with (
        staged.path.open(encoding="utf-8", newline="\n") as source,
        target.open("w", encoding="utf-8", newline="") as copy,
    ):
        for _ in range(recognised.header_ends):
            source.readline()
        copy.write(recognised.delimiter.join(f"c{place}" for place in range(len(recognised.header))) + "\n")
        shutil.copyfileobj(source, copy, PIECE)
    skipped = recognised.header_ends - 1
    return replace(staged, path=target, lines_skipped=skipped)


def _beginning(staged: Staged) -> tuple[list[str], int]:
    """The first lines, as many as may stand above a header, and how many lines there are, those with a row at least."""
    with staged.path.open(encoding="utf-8", newline="\n") as file:
        lines = [file.readline(LONGEST_HEADER)]
        if len(lines[0]) == LONGEST_HEADER:
            raise DeskError(f"{staged.name}: the first line is longer than {LONGEST_HEADER:,} characters, so no header")
        lines += islice(iter(partial(file.readline, LONGEST_HEADER), ""), MOST_ABOVE)
        filled = [number for number, line in enumerate(lines, start=1) if line.strip(" \t\r\n,;|")]
        more = any(piece.strip() for piece in iter(partial(file.read, PIECE), ""))
    return lines, len(lines) + 1 if more else max(filled, default=0)


def _lines(beginning: Sequence[str], delimiter: str) -> Iterator[Line]:
    """Every record of the beginning that may be a header."""
    reader = csv.reader(beginning, delimiter=delimiter)
    rows: list[tuple[int, tuple[str, ...]]] = []
    with suppress(csv.Error):
        rows += ((reader.line_num, tuple(row)) for row in reader)
    for place, (ends, row) in enumerate(rows):
        titles = tuple(" ".join(name.split()) for name in row)
        if any(titles) and not is_rule(titles):
            drawn = next((at for at, (_, below) in enumerate(rows[place + 1 :]) if not is_rule(below)), 0)
            below = rows[place + 1 + drawn :]
            yield Line(titles, delimiter, rows[place + drawn][0] if drawn else ends, tuple(row for _, row in below))


Fits = list[tuple[tuple[int, int, int], Recognised]]


def _described(lines: Sequence[Line], profiles: Sequence[Profile]) -> Fits:
    """The layouts of which every mark stands in a line: how many marks, how many columns, and how early it stands."""
    fits: Fits = []
    for line in lines:
        header = line.header
        present = set(header)
        for profile in profiles:
            for layout in profile.layouts:
                if layout.recognised_by and set(layout.recognised_by) <= present:
                    carried = sum(any(name in present for name in names) for names in layout.columns.values())
                    found = Recognised(profile, layout, line.delimiter, header, line.titles, line.ends)
                    fits.append(((len(layout.recognised_by), carried, -line.ends), found))
    return fits


def _by_columns(lines: Sequence[Line], profiles: Sequence[Profile], *, guess: bool) -> Fits:
    fits: Fits = []
    for line in lines:
        if len(line.titles) < len(NEEDED) or len(line.titles) > MOST_COLUMNS:
            continue
        for profile in profiles:
            own = match(line.titles, profile.layouts, guess=False)
            if not guess and not set(NEEDED) <= set(own.columns):
                continue
            found = _of_filled_columns(line, profile)
            is_whole = set(NEEDED) <= set(found.columns) and {"source_status", "closed_at"} & set(found.columns)
            if is_whole:
                fits.append(((len(found.columns), len(own.columns), -line.ends), _read_so(profile, line, found)))
    return fits


def _of_filled_columns(line: Line, profile: Profile) -> Match:
    """What the headers carry; an empty column gives way where another header could carry what every request needs."""
    found = match(line.titles, profile.layouts)
    for column in NEEDED:
        place = found.columns.get(column)
        if place is not None and line.is_empty(place):
            others = [title if at != place else "" for at, title in enumerate(line.titles)]
            filled = match(others, profile.layouts)
            found = filled if column in filled.columns else found
    return found


def _read_so(profile: Profile, line: Line, found: Match) -> Recognised:
    """The file as a layout of its own: what the headers do not say is as in the profile's nearest layout."""
    header = line.header
    columns = {column: (header[place],) for column, place in found.columns.items()}
    nearest = max(
        (layout for layout in profile.layouts if layout.refuse is None), key=lambda layout: _shared(layout, columns)
    )
    same_grid = columns.get("latitude", ("",))[0] in nearest.columns.get("latitude", ())
    is_open311 = {"servicerequestid", "requesteddatetime"} <= set(header)
    own_number = any(columns["sr_number"][0] in layout.columns.get("sr_number", ()) for layout in profile.layouts)
    layout = replace(
        nearest,
        name="by_columns",
        source_system=OPEN311 if is_open311 and not own_number else nearest.source_system,
        columns=columns,
        recognised_by=(),
        status_from_closed="source_status" not in columns,
        projected_feet=nearest.projected_feet if same_grid else None,
        constants={column: value for column, value in nearest.constants.items() if column not in columns},
        times={column: (header[place],) for column, place in found.times.items()},
    )
    told = ", ".join(f"{column} in {_told(line, found, column)}" for column in found.columns)
    note = f"no layout of {profile.name} has these headers; by their names: {told}"
    return Recognised(profile, layout, line.delimiter, header, line.titles, line.ends, (note,))


def _told(line: Line, found: Match, column: str) -> str:
    time = f' and "{line.titles[found.times[column]]}"' if column in found.times else ""
    return f'"{line.titles[found.columns[column]]}"{time}'


def _shared(layout: Layout, columns: Mapping[str, tuple[str, ...]]) -> tuple[bool, int]:
    """Whether the number's header is the layout's own, and how many headers are."""
    shared = {column for column, names in columns.items() if names[0] in layout.columns.get(column, ())}
    return "sr_number" in shared, len(shared)


def _not_of_a_city(header: tuple[str, ...]) -> str | None:
    """What a file is that cannot be taken for a city's own export without being told whose it is."""
    if "servicerequestid" in header and "requesteddatetime" in header:
        return "it is an answer of an Open311 server, which names no city; say whose it is with --city"
    if {"servicecode", "servicename"} <= set(header):
        return (
            "it lists the service types of an Open311 server and holds no request; load the city's own export instead"
        )
    return None


def _unknown(name: str, line: Line, profiles: Sequence[Profile], *, guess: bool) -> str:
    seen = ", ".join(title[:30] for title in line.titles[:12]) or "none"
    found = match(line.titles)
    missing = [column for column in NEEDED if column not in found.columns]
    if not missing and not guess:
        return (
            f"{name}: no known layout has these columns ({seen}), but they look like requests; if they are of a known "
            "city say which with --city, else describe the city in a profile (docs/loading.md)"
        )
    layouts = [(profile, layout) for profile in profiles for layout in profile.layouts if layout.refuse is None]
    header = set(line.header)
    profile, nearest = max(
        layouts, key=lambda pair: len(set(pair[1].recognised_by) & header) / max(len(pair[1].recognised_by), 1)
    )
    lacks = [column for column in nearest.recognised_by if column not in header]
    near = ""
    if len(lacks) * 2 <= len(nearest.recognised_by):
        near = f'; the nearest is "{nearest.name}" of {profile.name}, for which these are missing: {", ".join(lacks)}'
    lacking = ", ".join(f"{SAID_OF_NEEDED[column]} ({column})" for column in missing)
    needs = f"; nothing looks like {lacking}" if missing else "; it has neither a status nor a closing date"
    return (
        f"{name}: no known layout has these columns ({seen}){near}{needs}; rename your columns so, or describe this "
        "layout in a profile (docs/loading.md)"
    )
