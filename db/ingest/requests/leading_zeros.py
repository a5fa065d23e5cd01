"""Request numbers that differ from stored ones by zeros in front only: a spreadsheet drops these.

Such a row is the stored request where both were created in the same minute, or on the same day where one of the two has
only a day. Else it is another request, and the report names it.
"""

from __future__ import annotations

import duckdb
from sqlalchemy import Connection, func, select

from db.model import schema
from db.storage import frames

_r = schema.requests.c


def match(connection: Connection, scratch: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Give rows of `incoming` the stored number that they mean.

    Gives a sentence about those rows and one about the doubtful ones. Numbers that are stored as they stand are left
    alone. Call it before the merge.
    """
    systems, lengths = _systems_and_lengths(scratch)
    statement = select(_r.source_system, _r.sr_number, _r.created_at).where(_r.source_system.in_(systems))
    if len(lengths) == 1:  # zeros in front change the length of a number
        statement = statement.where(func.length(_r.sr_number) != lengths[0])
    if not scratch.execute("select 1 from incoming where sr_number like '0%' limit 1").fetchone():
        statement = statement.where(_r.sr_number.like("0%"))  # of two such numbers, one begins with a zero
    stored = frames.fetch(connection, statement)
    if stored.empty:
        return ()
    scratch.register("stored", stored)
    scratch.execute(_MAKE_ZERO_PAIRS)
    scratch.unregister("stored")
    scratch.execute(
        "update incoming set sr_number = stored_number from zero_pairs where incoming.seq = zero_pairs.seq and is_same"
    )
    sentences = [sentence for is_same in (True, False) if (sentence := _sentence_about(scratch, is_same))]
    scratch.execute("drop table zero_pairs")
    return tuple(sentences)


def _systems_and_lengths(scratch: duckdb.DuckDBPyConnection) -> tuple[list[str], list[int]]:
    """The source systems of the file, and the lengths that its numbers have."""
    systems = scratch.execute("select distinct source_system from incoming").fetchall()
    lengths = scratch.execute("select distinct length(sr_number) from incoming").fetchall()
    return [system for (system,) in systems], [length for (length,) in lengths]


# A row and a stored request are paired only where neither fits another one too.
_MAKE_ZERO_PAIRS = """
    create or replace temp table zero_pairs as
    with fresh as (select i.seq, i.source_system, i.sr_number, i.created_at from incoming i
            anti join stored s on s.source_system = i.source_system and s.sr_number = i.sr_number),
        pairs as (select f.seq, f.sr_number, s.sr_number as stored_number,
                coalesce(date_trunc('minute', f.created_at) = date_trunc('minute', s.created_at)
                    or (date_trunc('day', f.created_at) = date_trunc('day', s.created_at)
                        and date_trunc('day', f.created_at) in (f.created_at, s.created_at)), false) as is_same
            from fresh f join stored s on s.source_system = f.source_system
                and ltrim(s.sr_number, '0') = ltrim(f.sr_number, '0') and s.sr_number <> f.sr_number)
    select seq, sr_number, stored_number, is_same
        and count(*) over (partition by seq) = 1 and count(*) over (partition by stored_number) = 1 as is_same
    from pairs"""


def _sentence_about(scratch: duckdb.DuckDBPyConnection, is_same: bool) -> str:
    count, number, stored_number = scratch.execute(
        "select count(distinct seq), arg_min(sr_number, seq), arg_min(stored_number, seq) from zero_pairs"
        " where is_same = ?",
        [is_same],
    ).fetchone() or (0, "", "")
    if not count:
        return ""
    differ = "number differs" if count == 1 else "numbers differ"
    such = f"{count:,} {differ} from stored ones by leading zeros only, such as {number} from {stored_number}"
    if is_same:
        return f"{such}: taken for these requests; number_width in the profile's layout puts such zeros back"
    return (
        f"WARNING: {such}, created at another time: taken for other requests; if they are not, "
        "set number_width in the profile's layout and load the file again"
    )
