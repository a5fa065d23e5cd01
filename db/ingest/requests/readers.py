"""A staged file -> the table `raw` of a scratch database, read as text.

`raw` has one row a data record and our own column names (`RAW_COLUMNS`); what cannot be a
record is in `rejects`. Nothing is interpreted here.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

from db.cities.layouts import COLUMNS as RAW_COLUMNS
from db.cities.shapes import Layout
from db.ingest.requests.files import LONGEST_RAW, Staged
from db.ingest.requests.recognition import Recognised
from db.ingest.requests.records import records
from db.ingest.requests.times import with_time
from db.rules.errors import DeskError
from db.storage.transfer import quoted

OUR_LINE_END = "\\n"  # as DuckDB writes it in its option
SMALLEST_BUFFER = 4 << 20  # bytes; must hold the longest line
LARGEST_BUFFER = 64 << 20  # a smaller one gives pieces below a row group, which DuckDB then copies once more
NOTHING = (  # as databases, spreadsheets and programs write a value that is not there
    *("null", "none", "nan", "nat", "n/a", "na", "#n/a", "<na>", "(null)", "<null>", "[null]", "{null}", "nil", "\\n"),
    *(
        "-",
        "--",
        "---",
        "undefined",
        "(none)",
        "(blank)",
        "#null!",
        "#value!",
        "#ref!",
        "#name?",
        "#num!",
        "#div/0!",
        ".",
    ),
)
_NOTHING = quoted(rf"(?i)\s*({'|'.join(map(re.escape, NOTHING))})\s*")
_PADDED_NOTHING = quoted(rf"(?i)^\s*({'|'.join(map(re.escape, NOTHING))})\s*$")
_FIRST_LETTERS = ", ".join(str(ord(letter)) for letter in sorted({*"".join(w[0] + w[0].upper() for w in NOTHING), " "}))
BLANKS = "chr(32) || chr(9) || chr(10) || chr(13)"


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
    return _count(scratch, f"raw where {holds_anything(recognised.layout)}") + _count(scratch, "rejects")


def holds_anything(layout: Layout) -> str:
    """SQL: whether a row of `raw` has any value at all; spreadsheets write rows of nothing but commas at their end."""
    carried = [column for column in RAW_COLUMNS if column in layout.columns and column not in layout.constants]
    return f"coalesce({', '.join(carried)}) is not null"


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
        raise DeskError(f"{path}: {kept} records were written and {_count(scratch, 'raw')} read back")
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
            value = _plain(f"c{recognised.header.index(name)}")
            time = next((name for name in recognised.layout.times.get(column, ()) if name in recognised.header), None)
            return value if time is None else with_time(value, _plain(f"c{recognised.header.index(time)}"))
    return "null::varchar"


def _plain(value: str) -> str:
    """SQL for a cell without blanks at its ends, empty where it holds a word for nothing."""
    # Trimming costs as much as parsing; the comparisons find the few values that need it.
    ends = " or ".join(f"ends_with({value}, {blank})" for blank in BLANKS.split(" || "))
    return f"""case when {is_word_for_nothing(value)} then null
        when {value} >= '!' and not ({ends}) then {value} else {_of_blanks(value)} end"""


def is_word_for_nothing(value: str) -> str:
    """SQL: whether `value` is a word that stands for nothing; its length and first letter tell most values apart."""
    return f"strlen({value}) <= 12 and ascii({value}) in ({_FIRST_LETTERS}) and regexp_full_match({value}, {_NOTHING})"


def _of_blanks(value: str) -> str:
    """The value trimmed, empty where blanks pad a word for nothing. Said once: DuckDB would work out for every row what
    stands twice."""
    return f"nullif(trim(regexp_replace({value}, {_PADDED_NOTHING}, ''), {BLANKS}), '')"


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
