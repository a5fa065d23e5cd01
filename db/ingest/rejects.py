"""Where a rejected row stands in its file and what it says: looked up only when there is one."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from db.ingest.files import Staged
from db.ingest.readers import LONGEST_RAW, Recognised
from db.ingest.records import records

MOST_SHOWN = 200  # characters of a reason


def reject(
    scratch: duckdb.DuckDBPyConnection, staged: Staged, recognised: Recognised, found: Sequence[tuple[int, str]]
) -> None:
    """Move rows (`seq`, reason; in file order) from `incoming` to `rejects`, with line and raw text."""
    scratch.execute("delete from incoming where reject_reason is not null")
    scratch.execute("alter table incoming drop column reject_reason")
    if not found:
        return
    reasons = dict(found)
    last = found[-1][0]
    lines: list[int] = []
    raws: list[str] = []
    whole = (entry for entry in records(staged.path, recognised.delimiter, len(recognised.header)) if entry.values)
    for seq, record in enumerate(whole):
        if seq in reasons:
            lines.append(record.line)
            raws.append(record.raw[:LONGEST_RAW])
        if seq >= last:
            break
    rows = pa.table({"line": lines, "reason": [reason[:MOST_SHOWN] for reason in reasons.values()], "raw": raws})
    scratch.register("arriving", rows)
    scratch.execute("insert into rejects from arriving")
    scratch.unregister("arriving")
