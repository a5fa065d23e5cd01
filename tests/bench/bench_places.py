"""How long normalising addresses and linking repeats take at scale; by hand: `python -m tests.bench.bench_places [N]`.

Makes N requests (a million unless told otherwise) over two years at a third as many places, a tenth of
them crossings or bare points; prints seconds. With DATABASE_URL set, links on that PostgreSQL server too.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import duckdb
import pandas as pd
from sqlalchemy import Connection, Engine, create_engine, text

from db.model.links import link
from db.model.schema import metadata
from db.rules.address import normalise

INCREMENT = 100  # one row in so many belongs to the second load

_MADE = """
    with drawn as (
        select i, hash(i) as h, hash(i + 3) as g,
            (pow(hash(i + 9) % 1000003 / 1000003.0, 1.5) * {count} / 3)::bigint as place
        from range({count}) t(i)
    ), placed as (
        select *, hash(place + 1) as p,
            timestamp '2024-07-01' + to_seconds((h % 63072000)::bigint) as created_at from drawn
    )
    select 'myla311' as source_system, '1-' || lpad(i::text, 9, '0') as sr_number, 'BSS' as department,
        'Type ' || (g % 12) as service_type, case when h % 20 = 0 then 'open' else 'closed' end as status,
        case when h % 20 > 0 then created_at + to_seconds((g % 864000)::bigint) end as closed_at,
        g % 5 = 0 as is_proactive, 33.75 + (p % 50000) / 100000.0 as latitude,
        -118.6 + (hash(place) % 40000) / 100000.0 as longitude, 'point' as location_quality,
        case when place % 20 = 0 then 'STREET ' || p % 5000 || ' ST & AVENUE ' || p % 900 || ' AVE'
            when place % 20 = 1 then '@' || p % 50000 || ',' || hash(place) % 40000
            else (p % 20000) || ' N STREET ' || (p // 20000 % 5000) || ' ST' end as place_id,
        created_at, false as created_by_day, false as closed_by_day, false as due_by_day, 0 as flags, 1 as first_load,
        case when h % {increment} = 1 then 2 else 1 end as last_load, 0 as row_hash
    from placed"""


def main(count: int) -> None:
    rows = duckdb.sql(_MADE.format(count=count, increment=INCREMENT)).df()
    print(f"{count:,} requests, {rows['place_id'].nunique():,} places")
    _say("normalise each distinct address", lambda: [normalise(place) for place in rows["place_id"].unique()])
    with tempfile.TemporaryDirectory() as folder:
        _bench_link(create_engine(f"duckdb:///{Path(folder) / 'requests.duckdb'}"), rows)
    if url := os.environ.get("DATABASE_URL"):
        _bench_link(create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1)), rows)


def _bench_link(engine: Engine, rows: pd.DataFrame) -> None:
    name = engine.dialect.name
    metadata.create_all(engine)
    with engine.connect() as connection:
        _fill(connection, rows)
        _say(f"{name}: link everything", lambda: link(connection))
        _say(f"{name}: link everything, nothing new", lambda: link(connection))
        connection.execute(text("update requests set repeat_kind = null, repeat_of = null where last_load = 2"))
        _say(f"{name}: link one row in {INCREMENT}", lambda: link(connection, since_load=2))


def _fill(connection: Connection, rows: pd.DataFrame) -> None:
    if connection.dialect.name == "duckdb":
        connection.connection.driver_connection.register("made", rows)
        connection.execute(text("insert into requests by name select * from made"))
        return
    rows.to_sql("requests", connection, if_exists="append", index=False, chunksize=10_000)
    connection.execute(text("analyze requests"))


def _say(what: str, run: Callable[[], object]) -> None:
    started = perf_counter()
    found = run()
    told = f", {found:,} rows written" if isinstance(found, int) else ""
    print(f"{what}: {perf_counter() - started:.1f} s{told}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
