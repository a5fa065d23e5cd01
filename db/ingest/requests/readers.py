"""A staged file -> the table `raw` of a scratch database: recognised by its header, read as text.

`raw` has one row a data record and our own column names (`RAW_COLUMNS`); what cannot be a
record is in `rejects`. Nothing is interpreted here.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb

from db.cities.layouts import COLUMNS as RAW_COLUMNS
from db.cities.profile import Layout, Profile, fold
from db.ingest.requests.files import LONGEST_RAW, MOST_COLUMNS, Staged
from db.ingest.requests.records import records
from db.storage.transfer import quoted

DELIMITERS = (",", ";", "\t", "|")
LONGEST_HEADER = 100_000  # characters
OUR_LINE_END = "\\n"  # as DuckDB writes it in its option
PIECE = 1 << 16  # characters
SMALLEST_BUFFER = 4 << 20  # bytes; must hold the longest line
LARGEST_BUFFER = 64 << 20  # a smaller one gives pieces below a row group, which DuckDB then copies once more
NOTHING = (  # as databases, spreadsheets and programs write a value that is not there
    *("null", "none", "nan", "nat", "n/a", "na", "#n/a", "<na>", "(null)", "<null>", "[null]", "{null}", "nil", "\\n"),
    *("-", "--", "---", "undefined", "(none)", "(blank)", "#null!", "#value!", "#ref!", "#name?", "#num!", "."),
)
_NOTHING = quoted(rf"(?i)\s*({'|'.join(map(re.escape, NOTHING))})\s*")
_FIRST_LETTERS = ", ".join(str(ord(letter)) for letter in sorted({*"".join(w[0] + w[0].upper() for w in NOTHING), " "}))
BLANKS = "chr(32) || chr(9) || chr(10) || chr(13)"


@dataclass(frozen=True)
class Recognised:
    """What a file is: whose city, which layout, and how its columns lie."""

    profile: Profile
    layout: Layout
    delimiter: str
    header: tuple[str, ...]  # folded
    titles: tuple[str, ...] = ()  # as the file writes them

    def title_of(self) -> dict[str, str]:
        """Our columns to the file's own names of those that carry them."""
        named = dict(zip(reversed(self.header), reversed(self.titles), strict=False))
        found = {}
        for column, names in self.layout.columns.items():
            carried = next((name for name in names if name in self.header), None)
            if carried in named:
                found[column] = named[carried]
        return found


def recognise(staged: Staged, profiles: Sequence[Profile]) -> Recognised:
    """Find the layout by the header line, in any order and case of its columns.

    Raises ValueError where no layout of `profiles` fits, where layouts of two cities fit equally
    well, where the layout is known not to be one of requests, and where no row follows the header.
    """
    first, has_rows = _beginning(staged)
    if not first.isprintable() and any(ord(letter) < 32 and letter not in "\t\r\n\f" for letter in first):
        raise ValueError(f"{staged.name}: is not a table of text; load the city's export as CSV or JSON")
    titles = {delimiter: _titles(first, delimiter) for delimiter in DELIMITERS}
    headers = {delimiter: tuple(map(fold, names)) for delimiter, names in titles.items()}
    fits = [
        (_fit(layout, header), Recognised(profile, layout, delimiter, header, titles[delimiter]))
        for delimiter, header in headers.items()
        for profile in profiles
        for layout in profile.layouts
        if layout.recognised_by and set(layout.recognised_by) <= set(header)
    ]
    if not fits:
        header = max(headers.values(), key=len)
        if reason := _not_of_a_city(first, header):
            raise ValueError(f"{staged.name}: not a file of requests: {reason}")
        raise ValueError(_unknown(staged.name, header, profiles))
    best = max(fit for fit, _ in fits)
    found = [recognised for fit, recognised in fits if fit == best]
    cities = sorted({entry.profile.key for entry in found})
    if len(cities) > 1:
        raise ValueError(f"{staged.name}: the columns fit {' and '.join(cities)} alike; name one with --city")
    if found[0].layout.refuse is not None:
        raise ValueError(f"{staged.name}: not a file of requests: {found[0].layout.refuse}")
    if len(found[0].header) > MOST_COLUMNS:
        raise ValueError(f"{staged.name}: the header has {len(found[0].header):,} columns; at most {MOST_COLUMNS:,}")
    if not has_rows:
        raise ValueError(f"{staged.name}: the file has a header and no rows; nothing was loaded")
    return found[0]


def _beginning(staged: Staged) -> tuple[str, bool]:
    """The header line, and whether anything follows it."""
    with staged.path.open(encoding="utf-8", newline="\n") as file:
        first = file.readline(LONGEST_HEADER)
        if len(first) == LONGEST_HEADER:
            raise ValueError(
                f"{staged.name}: the first line is longer than {LONGEST_HEADER:,} characters, so no header"
            )
        return first, any(piece.strip() for piece in iter(partial(file.read, PIECE), ""))


def _titles(line: str, delimiter: str) -> tuple[str, ...]:
    try:
        return tuple(name.strip() for name in next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter)))
    except (csv.Error, StopIteration):
        return ()


def _fit(layout: Layout, header: tuple[str, ...]) -> tuple[int, int]:
    carried = sum(any(name in header for name in names) for names in layout.columns.values())
    return len(layout.recognised_by), carried


def _not_of_a_city(first: str, header: tuple[str, ...]) -> str | None:
    """What a file is that no profile can describe, because it is none of a city's own export."""
    if first.lstrip().startswith("<"):
        return "it is XML or a web page; load the city's own export as CSV or JSON instead"
    if "servicerequestid" in header and "requesteddatetime" in header:
        return (
            "it is an answer of an Open311 server, a window on the newest requests; load the city's own export instead"
        )
    if {"servicecode", "servicename"} <= set(header):
        return (
            "it lists the service types of an Open311 server and holds no request; load the city's own export instead"
        )
    return None


def _unknown(name: str, header: tuple[str, ...], profiles: Sequence[Profile]) -> str:
    layouts = [(profile, layout) for profile in profiles for layout in profile.layouts if layout.refuse is None]
    profile, nearest = max(
        layouts, key=lambda pair: len(set(pair[1].recognised_by) & set(header)) / len(pair[1].recognised_by)
    )
    missing = [column for column in nearest.recognised_by if column not in header]
    seen = ", ".join(column[:30] for column in header[:12]) or "none"
    return (
        f'{name}: no known layout has these columns ({seen}); the nearest is "{nearest.name}" of {profile.name}, '
        f"for which these are missing: {', '.join(missing)}; rename your columns so, or describe this layout in a "
        "profile (docs/loading.md)"
    )


def read(scratch: duckdb.DuckDBPyConnection, staged: Staged, recognised: Recognised, *, carefully: bool = False) -> int:
    """Fill `raw` and `rejects` from the file; returns the number of data records, rejected ones included.

    Raises duckdb.FatalException where the strict reader breaks and leaves `scratch` unusable: then read again into a
    new one, `carefully`, which does not use it on the file itself.
    """
    scratch.execute("create or replace table rejects (line bigint, reason varchar, raw varchar)")
    if carefully or _is_torn(scratch, staged.path, recognised):
        _read_carefully(scratch, staged.path, recognised)
    if staged.torn is not None:
        _add_rejects(scratch, staged.torn)
    return _count(scratch, "raw") + _count(scratch, "rejects")


def _is_torn(scratch: duckdb.DuckDBPyConnection, path: Path, recognised: Recognised) -> bool:
    """Read the file strictly into `raw`; whether that failed for any of it."""
    try:
        # Not with store_rejects: it notes every column that a short row lacks, which took gigabytes for one file.
        _fill_raw(scratch, path, recognised, recognised.delimiter)
    except duckdb.Error:
        return True  # of no fixed type: the strict reader gives up in several ways
    return False


def _read_carefully(scratch: duckdb.DuckDBPyConnection, path: Path, recognised: Recognised) -> None:
    """Record by record into a clean copy, then as usual; `torn` keeps what is no record."""
    clean, torn = path.with_suffix(".clean"), path.with_suffix(".torn")
    kept = 0
    with (
        clean.open("w", encoding="utf-8", newline="") as good_file,
        torn.open("w", encoding="utf-8", newline="") as bad_file,
    ):
        good = csv.writer(good_file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        bad = csv.writer(bad_file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        good.writerow(recognised.header)
        for record in records(path, recognised.delimiter, len(recognised.header)):
            if record.values is None:
                bad.writerow((record.line, record.reason, record.raw[:LONGEST_RAW]))
            else:
                good.writerow(record.values)
                kept += 1
    _fill_raw(scratch, clean, recognised, ",", OUR_LINE_END)
    if _count(scratch, "raw") != kept:
        raise ValueError(f"{path}: {kept} records were written and {_count(scratch, 'raw')} read back")
    _add_rejects(scratch, torn)


def _add_rejects(scratch: duckdb.DuckDBPyConnection, torn: Path) -> None:
    if torn.stat().st_size:
        scratch.execute(
            f"insert into rejects select * from {_csv(torn, ['line', 'reason', 'raw'], ',', 0, OUR_LINE_END)}"
        )


def _fill_raw(
    scratch: duckdb.DuckDBPyConnection, path: Path, recognised: Recognised, delimiter: str, line_end: str | None = None
) -> None:
    names = [f"c{index}" for index in range(len(recognised.header))]
    chosen = ", ".join(f"{_value(column, recognised)} as {column}" for column in RAW_COLUMNS)
    scratch.execute(f"create or replace table raw as select {chosen} from {_csv(path, names, delimiter, 1, line_end)}")


def _value(column: str, recognised: Recognised) -> str:
    """SQL for our column: the first header that carries it, a constant, or empty."""
    if column in recognised.layout.constants:
        return quoted(recognised.layout.constants[column]) + "::varchar"
    for name in recognised.layout.columns.get(column, ()):
        if name in recognised.header:
            value = f"c{recognised.header.index(name)}"
            # Trimming costs as much as parsing; the comparisons find the few values that need it.
            ends = " or ".join(f"ends_with({value}, {blank})" for blank in BLANKS.split(" || "))
            return f"""case when {is_word_for_nothing(value)} then null
                when {value} >= '!' and not ({ends}) then {value} else {_trimmed(value)} end"""
    return "null::varchar"


def is_word_for_nothing(value: str) -> str:
    """SQL: whether `value` is a word that stands for nothing; its length and first letter tell most values apart."""
    return f"strlen({value}) <= 12 and ascii({value}) in ({_FIRST_LETTERS}) and regexp_full_match({value}, {_NOTHING})"


def _trimmed(value: str) -> str:
    return f"nullif(trim({value}, {BLANKS}), '')"


def _csv(path: Path, names: Sequence[str], delimiter: str, skip: int, line_end: str | None = None) -> str:
    """SQL that reads a CSV as text. `line_end` of a file that is known: DuckDB may guess it from inside quotes."""
    known_end = f", new_line={quoted(line_end)}" if line_end else ""
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    return (
        f"read_csv({quoted(str(path))}, delim={quoted(delimiter)}, quote='\"', escape='\"', header=false, skip={skip},"
        f" columns={{{columns}}}, auto_detect=false, strict_mode=true, null_padding=false"
        f"{known_end}, buffer_size={max(min(path.stat().st_size, LARGEST_BUFFER), SMALLEST_BUFFER)})"
    )


def _count(scratch: duckdb.DuckDBPyConnection, table: str) -> int:
    found = scratch.execute(f"select count(*) from {table}").fetchone()
    return int(found[0]) if found else 0
