"""JSON, XML, workbooks and Parquet in, delimited text out: the same rows that a CSV would have."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

import duckdb

from db.ingest.requests import markup_tables, workbook, xml_documents
from db.ingest.requests.files import LONGEST_RAW, LONGEST_RECORD, MOST_COLUMNS, PARQUET, Staged
from db.ingest.requests.json_documents import Document
from db.rules.errors import DeskError
from db.storage.transfer import quoted

SHEETS_TOLD = 5
Entry = tuple[int, str, Any]


def as_delimited(staged: Staged, sheet: str | None = None) -> Staged:
    """`staged` itself where it is delimited text; else its records as CSV, entries that are no record in `torn`.

    `sheet`: which sheet of a workbook. Raises DeskError where the whole cannot be read or holds no records.
    """
    with staged.path.open("rb") as file:
        start = file.read(4096).lstrip()[:8]
    if start.startswith(PARQUET):
        return _from_parquet(staged)
    if workbook.is_workbook(staged.path):
        return _from_workbook(staged, sheet)
    if sheet is not None:
        raise DeskError(f"{staged.name}: is no workbook, so it has no sheet {sheet!r}; leave --sheet out")
    if start.startswith(b"<") and markup_tables.is_spreadsheet(staged):
        return _from_rows(staged, markup_tables.rows_of_spreadsheet(staged))
    if start.startswith(b"<") and markup_tables.is_page(staged):
        return _from_rows(staged, markup_tables.rows_of_page(staged))
    if start.startswith(b"<"):
        return _written(staged, lambda: xml_documents.entries(staged))
    if start.startswith((b"[", b"{")):
        document = Document(staged)
        converted = _written(staged, document.entries)
        return replace(converted, notes=(*converted.notes, *document.notes()))
    return staged


def _from_workbook(staged: Staged, sheet: str | None) -> Staged:
    target = staged.path.with_suffix(".csv")
    found = workbook.to_csv(staged.path, target, staged.name, sheet)
    if found.rows < 2:
        raise DeskError(f'{staged.name}: the sheet "{found.name}" holds no rows below a header; nothing was loaded')
    others = ", ".join(found.others[:SHEETS_TOLD])
    more = f" and {len(found.others) - SHEETS_TOLD} more" if len(found.others) > SHEETS_TOLD else ""
    note = f'the sheet "{found.name}" was read; not read: {others}{more}'
    return replace(staged, path=target, notes=(*staged.notes, note) if found.others else staged.notes)


def _from_rows(staged: Staged, rows: Iterable[list[str]]) -> Staged:
    """Rows of any length as CSV, each filled up to the longest."""
    short, target = staged.path.with_suffix(".short"), staged.path.with_suffix(".csv")
    longest = 0
    with _open(short) as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        for row in rows:
            longest = max(longest, len(row))
            if longest > MOST_COLUMNS:
                raise DeskError(f"{staged.name}: a row of the table has more than {MOST_COLUMNS:,} cells; at most that")
            writer.writerow(value.replace("\0", "") for value in row)
    if not longest:
        what = "it is a web page without a table of requests; load the city's export"
        raise DeskError(f"{staged.name}: not a file of requests: {what}")
    csv.field_size_limit(LONGEST_RECORD)
    with short.open(encoding="utf-8", newline="") as source, _open(target) as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerows([*row, *[""] * (longest - len(row))] for row in csv.reader(source))
    return replace(staged, path=target)


def _from_parquet(staged: Staged) -> Staged:
    target = staged.path.with_suffix(".csv")
    with duckdb.connect() as connection:
        connection.execute("set memory_limit = '2GB'; set TimeZone = 'UTC'")
        connection.execute(f"set temp_directory = {quoted(str(staged.path.parent))}")
        rows = f"select columns(*)::varchar from read_parquet({quoted(str(staged.path))})"
        try:
            connection.execute(f"copy ({rows}) to {quoted(str(target))} (header, delimiter ',', force_quote *)")
        except duckdb.Error as error:
            reason = (str(error).splitlines() or [""])[0]
            raise DeskError(f"{staged.name}: the Parquet file is broken or cut off ({reason})") from None
    return replace(staged, path=target)


def _written(staged: Staged, entries: Callable[[], Iterable[Entry]]) -> Staged:
    """The records of `entries` as CSV; asked twice, because a record may have a name that none before it had."""
    headers = _headers(staged, entries())
    target, torn = staged.path.with_suffix(".csv"), staged.path.with_suffix(".lost")
    # Half a surrogate pair, which JSON can state and UTF-8 cannot, becomes a question mark.
    with _open(target) as good_file, _open(torn) as bad_file:
        good = csv.writer(good_file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        bad = csv.writer(bad_file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        good.writerow(headers)
        for place, raw, entry in entries():
            if isinstance(entry, dict):
                good.writerow([_text(entry.get(key)) for key in headers])
            else:
                bad.writerow((place, "is not a JSON object", raw.strip()[:LONGEST_RAW]))
    return replace(staged, path=target, torn=torn)


def _headers(staged: Staged, entries: Iterable[Entry]) -> list[str]:
    headers: dict[str, None] = {}
    for _, _, entry in entries:
        if isinstance(entry, dict):
            headers |= dict.fromkeys(map(str, entry))
        if len(headers) > MOST_COLUMNS:
            raise DeskError(f"{staged.name}: the objects have more than {MOST_COLUMNS:,} different names; at most that")
    if not headers:
        raise DeskError(f"{staged.name}: holds no list of objects; expected one object a request")
    return list(headers)


def _open(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="", errors="replace")


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
    if isinstance(value, list) and len(value) == 5 and value[1] and value[2]:
        return f"({value[1]}, {value[2]})"  # a place in Socrata's rows.json: address, latitude, longitude, and two more
    return value.replace("\0", "") if isinstance(value, str) else json.dumps(value)
