"""The line and the text of each rejected row, looked up in the file only where there are such rows."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from io import StringIO

import duckdb
import pyarrow as pa

from db.ingest.requests.files import LONGEST_RAW, Staged
from db.ingest.requests.recognition import Recognised
from db.ingest.requests.records import records
from db.rules.errors import DeskError

MOST_SHOWN = 200  # characters of a reason
NOT_KEPT = frozenset({"closing_text", "action_taken", "assigned_to", "reason_code"})
"""Columns with free text or with names of staff."""
NO_COLUMNS = "(not kept: the row does not have the columns of its file)"
BLANKS = " \t\n\r"  # what the reader trims


class Misread(DeskError):
    """DuckDB and the reader of single records (`records.py`) disagree about the rows of a file."""


def reject(
    scratch: duckdb.DuckDBPyConnection, staged: Staged, recognised: Recognised, found: Sequence[tuple[int, str]]
) -> None:
    """Move rows (`seq`, reason; in file order) from `incoming` to `rejects`, with line and raw text.

    Raises Misread where a row does not stand in the file at its place among the records.
    """
    scratch.execute("delete from incoming where reject_reason is not null")
    scratch.execute("alter table incoming drop column reject_reason")
    if not found:
        return
    reasons = dict(found)
    last = found[-1][0]
    number_by_seq = _numbers_as_read(scratch, found)
    lines: list[int] = []
    texts: list[str] = []
    complete_records = (
        entry for entry in records(staged.path, recognised.delimiter, len(recognised.header)) if entry.values
    )
    for seq, record in enumerate(complete_records):
        if seq in reasons:
            if number_by_seq[seq] not in (None, *(value.strip(BLANKS) for value in record.values or ())):
                raise Misread(f'{staged.name} line {record.line}: expected the request "{number_by_seq[seq]}" there')
            lines.append(record.line)
            texts.append(record.raw[:LONGEST_RAW])
        if seq >= last:
            break
    if len(lines) != len(reasons):
        raise Misread(f"{staged.name}: {len(reasons) - len(lines)} rejected rows are not found again in the file")
    rows = pa.table({"line": lines, "reason": [reason[:MOST_SHOWN] for reason in reasons.values()], "raw": texts})
    scratch.register("arriving", rows)
    scratch.execute("insert into rejects from arriving")
    scratch.unregister("arriving")


def keep_known_columns(scratch: duckdb.DuckDBPyConnection, recognised: Recognised) -> None:
    """Keep of each rejected row only what a request would keep: no closing text, no staff, no unknown columns.

    What stays is written as "TITLE: value", in the order of the file. A row that does not have the columns of its file
    is not kept at all, because its free text cannot be recognised.
    """
    titles = {title: column for column, title in recognised.title_of().items() if column not in NOT_KEPT}
    rows = scratch.execute("select rowid, raw from rejects").fetchall()
    shown = pa.table(
        {"place": [place for place, _ in rows], "kept": [_known_values(raw, recognised, titles) for _, raw in rows]}
    )
    scratch.register("known_columns", shown)
    scratch.execute("update rejects set raw = kept from known_columns where rejects.rowid = place")
    scratch.unregister("known_columns")


def _known_values(raw: str, recognised: Recognised, titles: Mapping[str, str]) -> str:
    try:
        values = next(csv.reader(StringIO(raw, newline=""), delimiter=recognised.delimiter), [])
    except csv.Error:
        return NO_COLUMNS
    if len(values) != len(recognised.titles):
        return NO_COLUMNS
    pairs = zip(recognised.titles, values, strict=True)
    return "; ".join(f"{title}: {value.strip()}" for title, value in pairs if title in titles and value.strip())


def _numbers_as_read(scratch: duckdb.DuckDBPyConnection, rejected: Sequence[tuple[int, str]]) -> dict[int, str | None]:
    """The number of the request as read, by `seq`: to check that the reader of records has found the same row."""
    wanted = pa.table({"seq": [seq for seq, _ in rejected]})
    scratch.register("wanted", wanted)
    rows = scratch.execute("select seq, sr_number from raw join wanted on raw.rowid = seq").fetchall()
    scratch.unregister("wanted")
    return dict(rows)
