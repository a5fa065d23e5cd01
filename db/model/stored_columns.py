"""Values that follow from the requests, stored so that no question has to work them out again.

Loading writes them with each row or at its end. Here they are written for all rows at once: after an upgrade, and where
districts were assigned anew.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, literal, select, text

from db.model.expressions import TURNING_POINTS
from db.model.schema import offered, requests

OF_CALLS = ("shares_call", "asked_again_at", "asked_again_by_system", "asked_again_by")
OFFERED = ("department", "service_type", "council_district", "neighborhood_council", "channel", "assigned_to")


def write_all(connection: Connection) -> None:
    """Write everything of this module anew, inside the caller's transaction."""
    set_turning_points(connection)
    set_calls(connection)
    note_offered(connection)


def set_turning_points(connection: Connection) -> None:
    """Write the `TURNING_POINTS` of every request, inside the caller's transaction."""
    points = ", ".join(f"{name} = {sql}" for name, sql in TURNING_POINTS.items())
    connection.execute(text(f"update requests set {points}"))


def calls_told(rows: str) -> str:
    """SQL for the columns of calls that follow from links; `rows` has the columns of `requests` about links.

    One row for each call that has several requests or was asked for again. Columns: call_system, call_id, and those of
    `OF_CALLS`. Of several requests that asked again the earliest counts, of equally early ones the lower number.
    """
    return f"""
        with several as (
            select call_system, call_id, true as shares_call from {rows}
            where call_id in (
                select call_id from {rows} where call_id <> sr_number or call_system <> source_system)
            group by call_system, call_id having count(*) > 1),
        in_line as (
            select call.call_system, call.call_id, later.created_at as asked_again_at,
                later.source_system as asked_again_by_system, later.sr_number as asked_again_by,
                row_number() over (partition by call.call_system, call.call_id order by later.created_at,
                    later.sr_number collate "C", later.source_system collate "C") as place_in_line
            from {rows} later
            join {rows} call on call.source_system = later.repeat_of_system and call.sr_number = later.repeat_of
            where later.repeat_kind = 'asked_again'),
        asked as (select * from in_line where place_in_line = 1)
        select call_system, call_id, coalesce(shares_call, false) as shares_call, asked_again_at,
            asked_again_by_system, asked_again_by
        from several full join asked using (call_system, call_id)"""


def set_calls(connection: Connection, calls: str | None = None) -> None:
    """Write `OF_CALLS` of every request from the links as they stand, inside the caller's transaction.

    `calls`: a table whose `call_id` names the calls whose stored columns may change; without it, all.
    """
    _make_temporary_table(connection, "call_links", _ALL_LINKS if calls is None else _links_of(calls))
    _make_temporary_table(connection, "calls_told", calls_told("call_links"))
    _make_temporary_table(connection, "calls_wrong", _wrong_requests("call_links", "calls_told", calls))
    changes = ", ".join(f"{name} = calls_wrong.{name}" for name in OF_CALLS)
    same = "calls_wrong.source_system = requests.source_system and calls_wrong.sr_number = requests.sr_number"
    connection.execute(text(f"update requests set {changes} from calls_wrong where {same}"))
    for name in ("call_links", "calls_told", "calls_wrong"):
        connection.execute(text(f"drop table {name}"))


def wrong_calls(connection: Connection) -> int:
    """How many requests store another value of `OF_CALLS` than follows from the links."""
    requests_to_mend = _wrong_requests("requests", f"({calls_told('requests')})")
    return connection.scalar(text(f"select count(*) from ({requests_to_mend}) found")) or 0


def note_offered(connection: Connection) -> None:
    """Write which values the columns of `OFFERED` hold and since when, inside the caller's transaction."""
    connection.execute(delete(offered))
    for kind in OFFERED:
        value = requests.c[kind]
        values = select(literal(kind), value, func.min(requests.c.created_at)).where(value.is_not(None)).group_by(value)
        connection.execute(insert(offered).from_select(["kind", "value", "first_created_at"], values))


def _make_temporary_table(connection: Connection, name: str, query: str) -> None:
    """Make a temporary table from a query, with statistics where it is PostgreSQL's.

    Without them PostgreSQL may join a million rows one by one. Those of `requests` may be missing too after a load, but
    only its owner may take them.
    """
    connection.execute(text(f"create temporary table {name} as {query}"))
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"analyze {name}"))


_ALL_LINKS = f"""select source_system, sr_number, created_at, call_system, call_id, repeat_kind, repeat_of_system,
    repeat_of, {", ".join(OF_CALLS)} from requests"""


def _links_of(calls: str) -> str:
    """SQL for the links of the requests of some calls, and of the requests that asked again for any of these.

    Who asked again is found by number alone: that finds all of them, and perhaps some of another source system.
    """
    return f"""
        with members as ({_ALL_LINKS} where call_id in (select call_id from {calls}))
        select * from members
        union
        {_ALL_LINKS} where repeat_kind = 'asked_again' and repeat_of in (select sr_number from members)"""


def _wrong_requests(rows: str, expected: str, calls: str | None = None) -> str:
    """SQL for the requests of `rows` whose columns `OF_CALLS` differ from `expected`, with the values they should have.

    `calls` as in `set_calls`; requests of other calls are left out, for `rows` need not have all of them.
    """
    of_these_calls = "" if calls is None else f"r.call_id in (select call_id from {calls}) and"
    return f"""
        select r.source_system, r.sr_number, coalesce(expected.shares_call, false) as shares_call,
            expected.asked_again_at, expected.asked_again_by_system, expected.asked_again_by
        from {rows} r
        left join {expected} expected on expected.call_system = r.call_system and expected.call_id = r.call_id
        where {of_these_calls} (r.shares_call is distinct from coalesce(expected.shares_call, false)
            or r.asked_again_at is distinct from expected.asked_again_at
            or r.asked_again_by_system is distinct from expected.asked_again_by_system
            or r.asked_again_by is distinct from expected.asked_again_by)"""
