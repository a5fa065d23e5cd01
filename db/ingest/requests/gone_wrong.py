"""Whether a load went wrong: too many rows that are no request, or far fewer open ones than are stored."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
from sqlalchemy import Connection, func, select

from db.model import schema
from db.rules.errors import DeskError

MOST_REJECTED = 0.01  # of the rows of a file
REASONS_TOLD = 3
ENOUGH = 100  # requests: the share of open ones is only compared from this many on
PAGES = (1_000, 2_000, 5_000, 10_000, 50_000, 100_000)  # how many rows interfaces of open data give at most at a time

_r = schema.requests.c


class TooManyRejectedError(DeskError):
    """Nothing of the file was published: none of its rows can be kept, or more were rejected than are allowed."""


def refuse_if_wrong(scratch: duckdb.DuckDBPyConnection, name: str, counts: Mapping[str, int], most: float) -> None:
    """Raise TooManyRejectedError where more than the share `most` of the rows is rejected, or all are; 1 allows all."""
    read, rejected = counts["read"], counts["rejected"]
    if most >= 1 or not rejected or (rejected < read and rejected <= most * read):
        return
    limit = "none can be kept" if rejected == read else f"more than {most:.2%}".replace(".00%", "%")
    way_out = (
        "mend the column that is named, or say in a profile which column or format is meant (docs/loading.md)"
        if rejected == read
        else "load it with --accept-rejects if the other rows are to count without them"
    )
    raise TooManyRejectedError(
        f"{name}: {rejected:,} of {read:,} rows rejected, {limit}; nothing was published: "
        f"{'; '.join(reasons(scratch))}; {way_out}"
    )


def reasons(scratch: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """The commonest reasons in `rejects`, each with its count and an example."""
    rows = scratch.execute(
        f"""select count(*) as n, arg_min(reason, line), min(line),
            regexp_replace(regexp_replace(reason, '"[^"]*"', '""'), '[0-9,]+', '9', 'g') as kind
        from rejects group by kind order by n desc, kind limit {REASONS_TOLD}"""
    ).fetchall()
    return tuple(f"{count:,} rejected, such as line {line:,}: {reason}" for count, reason, line, _ in rows)


def open_share_told(connection: Connection, scratch: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """A sentence for each source of `incoming` whose share of open requests is less than half of what is stored.

    Only for a file that reaches as far as what is stored: an older year has fewer open ones. Call it before the merge.
    """
    rows = scratch.execute(
        f"""select source_system, count(*), count(*) filter (status = 'open'), max(created_at) from incoming
        group by source_system having count(*) >= {ENOUGH} order by source_system"""
    ).fetchall()
    warnings = []
    for source_system, count, open_count, newest in rows:
        is_open = func.count().filter(_r.status == "open")
        statement = select(func.count(), is_open, func.max(_r.created_at)).where(_r.source_system == source_system)
        stored, stored_open, stored_newest = connection.execute(statement).one()
        if stored < ENOUGH or newest < stored_newest or open_count / count >= stored_open / stored / 2:
            continue
        warnings.append(
            f"WARNING: {open_count / count:.1%} of this file's requests are open ({open_count:,} of {count:,}), but "
            f"{stored_open / stored:.1%} of those stored before: look whether its closing dates and statuses are right"
        )
    return tuple(warnings)


def cut_told(rows: int) -> tuple[str, ...]:
    """A sentence where a file has exactly as many rows as an interface gives at most at a time."""
    if rows not in PAGES:
        return ()
    return (
        f"WARNING: exactly {rows:,} rows, the most that interfaces of open data give at a time: the file may be cut; "
        "ask for the rest of the requests as well",
    )
