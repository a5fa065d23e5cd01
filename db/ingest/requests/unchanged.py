"""Whether a file that was loaded before would change anything, asked without writing."""

from __future__ import annotations

import duckdb
from sqlalchemy import exists, select

from db.cities.profile import Profile
from db.ingest.reference.city_tables import needs_update
from db.model import schema
from db.storage import frames
from db.storage.database import Database


def counts_if_known(
    database: Database, scratch: duckdb.DuckDBPyConnection, sha256: str, profile: Profile
) -> dict[str, int] | None:
    """The counts of a load that writes nothing; None where there is something to write.

    Only for a file that was loaded before, byte for byte, under the same profile: its rejected
    rows are stored already.
    """
    if database.is_empty():
        return None
    requests, runs = schema.requests.c, schema.load_runs.c
    with database.reader().connect() as connection:
        if needs_update(connection, profile) or not connection.scalar(select(exists().where(runs.file_hash == sha256))):
            return None
        systems = [system for (system,) in scratch.execute("select distinct source_system from incoming").fetchall()]
        columns = (requests.source_system, requests.sr_number, requests.row_hash, requests.updated_at)
        stored = frames.fetch(connection, select(*columns).where(requests.source_system.in_(systems)))
    scratch.register("stored", stored)
    counts = scratch.execute(
        """select count(*) filter (s.row_hash = i.row_hash),
            count(*) filter (s.row_hash <> i.row_hash and i.updated_at < s.updated_at), count(*)
        from incoming i left join stored s using (source_system, sr_number)"""
    ).fetchone()
    scratch.unregister("stored")
    unchanged, stale, incoming = counts or (0, 0, 0)
    if unchanged + stale < incoming:
        return None
    return {"inserted": 0, "updated": 0, "unchanged": unchanged, "stale": stale}
