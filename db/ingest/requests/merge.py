"""`incoming` of the scratch database -> the tables of the request database, on either engine.

Everything runs in the caller's transaction: rows and plan go over in bulk, then the same SQL on
both engines inserts, updates or leaves alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
from sqlalchemy import Connection, text

from db.model import schema
from db.model.expressions import TURNING_POINTS
from db.model.links import LINKS
from db.model.stored_columns import OF_CALLS, calls_told
from db.storage.transfer import hand_over, is_inside

KEY = "source_system text, sr_number text, seq bigint, row_hash bigint, updated_at timestamp"
NOT_OVERWRITTEN = ("source_system", "sr_number", "first_load")
ON_OTHER_ROWS = (*LINKS, *OF_CALLS)
BY_BOUNDARY = ("council_district_by_boundary", "neighborhood_council_by_boundary")


def drop_repeated(scratch: duckdb.DuckDBPyConnection) -> int:
    """Of rows with the same key keep the one updated last, else the last in the file; returns how many went."""
    gone = scratch.execute(
        """delete from incoming where seq in (
            select seq from incoming semi join (
                select source_system, sr_number from incoming group by all having count(*) > 1) twice
                using (source_system, sr_number)
            qualify row_number() over (partition by source_system, sr_number
                order by updated_at desc nulls last, seq desc) > 1)"""
    ).fetchone()
    return int(gone[0]) if gone else 0


def working_session(connection: Connection, scratch: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The DuckDB session for all steps from the plan on: the transaction must see the tables that they make.

    On DuckDB that is the transaction's own session, which sees the tables of `scratch` (see
    `db/storage/write_session.py`) and keeps its own as temporary ones; elsewhere it is `scratch`.
    """
    if connection.dialect.name == "duckdb":
        session: Any = connection.connection.driver_connection
        return session
    return scratch


def plan(connection: Connection, scratch: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Decide for each incoming row: insert, update, unchanged or stale; `chosen` gets those to write.

    Returns the counts of the four. A row is stale when the stored one was updated later.
    """
    counted = dict.fromkeys(("insert", "update", "unchanged", "stale"), 0)
    if has_no_request(connection):
        scratch.execute("create or replace temp table chosen as select seq, 'insert' as action from incoming")
        found = scratch.execute("select count(*) from chosen").fetchone()
        return counted | {"insert": int(found[0]) if found else 0}
    hand_over(
        connection,
        scratch,
        "incoming_key",
        "select source_system, sr_number, seq, row_hash, updated_at from incoming",
        KEY,
    )
    connection.execute(text(_PLAN))
    rows = connection.execute(text("select action, count(*) as found from incoming_plan group by action"))
    counted |= {row.action: row.found for row in rows}
    _choose(connection, scratch)
    return counted


def has_no_request(connection: Connection) -> bool:
    return connection.execute(text("select 1 from requests limit 1")).first() is None


_PLAN = """
    create temporary table incoming_plan as
    select k.seq, case when r.sr_number is null then 'insert' when r.row_hash = k.row_hash then 'unchanged'
        when k.updated_at < r.updated_at then 'stale' else 'update' end as action
    from incoming_key k left join requests r
        on r.source_system = k.source_system and r.sr_number = k.sr_number"""


def _choose(connection: Connection, scratch: duckdb.DuckDBPyConnection) -> None:
    to_write = "select seq, action from incoming_plan where action in ('insert', 'update')"
    if is_inside(connection, scratch):
        scratch.execute(f"create or replace temp table chosen as {to_write}")
        return
    rows = connection.execute(text(to_write)).all()
    columns = list(zip(*rows, strict=True)) or [(), ()]
    picked = pa.table({"seq": pa.array(columns[0], pa.int64()), "action": pa.array(columns[1], pa.string())})
    scratch.register("arriving", picked)
    scratch.execute("create or replace temp table chosen as from arriving")
    scratch.unregister("arriving")


def stage_arriving(scratch: duckdb.DuckDBPyConnection) -> None:
    """Make `arriving`: the rows of `chosen` with the columns that linking reads, see `db/model/links.py`."""
    scratch.execute(
        f"""create or replace temp table arriving as select source_system, sr_number, service_type, derived.place_id,
            latitude, longitude, location_quality, created_at, closed_at, status, is_proactive {_JOINED}"""
    )


def stage_call_columns(scratch: duckdb.DuckDBPyConnection) -> None:
    """Make `told`: the columns of calls that follow from `link_found`, see `db/model/stored_columns.py`."""
    scratch.execute(
        f"""create or replace temp table linked as
        select source_system, sr_number, created_at, {", ".join(LINKS)}
        from link_found join arriving using (source_system, sr_number)"""
    )
    scratch.execute(f"create or replace temp table told as {calls_told('linked')}")


def write(
    connection: Connection,
    scratch: duckdb.DuckDBPyConnection,
    load_id: int,
    began_at: datetime,
    *,
    linked: bool = False,
) -> None:
    """Insert and update the rows of `chosen` with what was derived for them, and keep the history of their status.

    A change is seen when the city says it updated the request, else at `began_at`, when the load began.
    `linked`: all are new, and their links are in `link_found` and `told` already.
    """
    columns = [column.name for column in schema.requests.columns]
    source = f"select action, {', '.join(_value(column, load_id, linked) for column in columns)} {_JOINED}"
    names = ", ".join(columns)
    if is_inside(connection, scratch) and _inserts_only(scratch):
        links = _LINKED if linked else ""
        # What closed together lies together, and what is still open at the end: most questions then skip most rows.
        scratch.execute(f"insert into requests ({names}) select {names} from ({source} {links}) order by open_until")
        return
    shape = "action text, " + ", ".join(
        f"{column.name} {_type(column, connection)}" for column in schema.requests.columns
    )
    hand_over(connection, scratch, "incoming_row", source, shape)
    connection.execute(text(_HISTORY), {"load_id": load_id, "began_at": began_at})
    for statement in _upsert(connection, names):
        connection.execute(text(statement))
    connection.execute(text("drop table incoming_row"))


def drop_plan(connection: Connection) -> None:
    """Drop the tables of `plan`, so that the next file of the same transaction can be planned."""
    connection.execute(text("drop table if exists incoming_plan"))
    connection.execute(text("drop table if exists incoming_key"))


_JOINED = "from incoming join chosen using (seq) join derived using (seq)"
_DERIVED = (
    *("address_norm", "place_id", "h3_cell", "due_at", "due_source", "goal_id", "goal_basis"),
    *("due_by_day", "closed_on_time", *TURNING_POINTS),
)
_LINKED = """left join link_found using (source_system, sr_number)
    left join told on told.call_system = link_found.call_system and told.call_id = link_found.call_id"""
_FROM_LINKS = {
    **{name: f"link_found.{name}" for name in LINKS},
    **{name: f"told.{name}" for name in OF_CALLS},
    "shares_call": "coalesce(told.shares_call, false)",
}
_NOT_YET = {
    **dict.fromkeys((*BY_BOUNDARY, *ON_OTHER_ROWS), "null::varchar"),
    **{"shares_call": "false", "asked_again_at": "null::timestamp"},
}
_SAME = "i.source_system = r.source_system and i.sr_number = r.sr_number and i.action = 'update'"
_HISTORY = f"""
    insert into status_history (source_system, sr_number, load_id, seen_at, status_before, status_after,
        source_status_before, source_status_after, closed_at_before, closed_at_after)
    select r.source_system, r.sr_number, :load_id, coalesce(i.updated_at, cast(:began_at as timestamp)), r.status,
        i.status, r.source_status, i.source_status, r.closed_at, i.closed_at
    from requests r join incoming_row i on {_SAME}
    where r.status <> i.status or r.source_status is distinct from i.source_status
        or r.closed_at is distinct from i.closed_at"""


def _value(column: str, load_id: int, linked: bool) -> str:
    """SQL in the scratch database for a column of `requests`."""
    elsewhere = _NOT_YET | (_FROM_LINKS if linked else {})
    if column in elsewhere:
        return f"{elsewhere[column]} as {column}"
    if column in ("first_load", "last_load"):
        return f"{load_id}::integer as {column}"
    if column in _DERIVED:
        return f"derived.{column}"
    return column


def _upsert(connection: Connection, names: str) -> list[str]:
    """Statements that bring the rows of `incoming_row` into `requests`: one on PostgreSQL, where the key is kept."""
    kept = (*NOT_OVERWRITTEN, *ON_OTHER_ROWS, *BY_BOUNDARY)
    changed = [column.name for column in schema.requests.columns if column.name not in kept]
    added = f"insert into requests ({names}) select {names} from incoming_row"
    if connection.dialect.name == "postgresql":
        changes = ", ".join(f"{column} = {_update(column, 'excluded', 'requests')}" for column in changed)
        return [f"{added} on conflict (source_system, sr_number) do update set {changes}"]
    changes = ", ".join(f"{column} = {_update(column, 'i', 'r')}" for column in changed)
    return [f"update requests r set {changes} from incoming_row i where {_SAME}", f"{added} where action = 'insert'"]


def _update(column: str, new: str, old: str) -> str:
    """What the file does not say about where a request lies, the boundaries already said."""
    if column in ("council_district", "neighborhood_council"):
        return f"coalesce({new}.{column}, {old}.{column}_by_boundary)"
    return f"{new}.{column}"


def _type(column: object, connection: Connection) -> str:
    return str(column.type.compile(connection.dialect))  # type: ignore[attr-defined]


def _inserts_only(scratch: duckdb.DuckDBPyConnection) -> bool:
    return scratch.execute("select 1 from chosen where action <> 'insert' limit 1").fetchone() is None
