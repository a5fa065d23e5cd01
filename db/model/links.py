"""Requests that repeat an earlier one: same call, chaser, asked again, in that order of precedence.

Definitions of "asked again" in docs/glossary.md. Linking runs over every row, before anything
is excluded, because a request later marked duplicate is exactly a person who asked again. It
depends on the rows alone, not on the order in which files were loaded, and uses only what was
known when the later request was made: an earlier one that was closed afterwards counts as open.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from db.model.stored_columns import set_calls

LINKS = ("call_system", "call_id", "repeat_kind", "repeat_of_system", "repeat_of")
SAME_CALL_GAP = "1 hour"
SAME_CALL_SECONDS = 3 * 3600
ASKED_AGAIN_WITHIN = "14 days"
NEAR_METRES = 25
MOST = 1 / 8  # of all rows: where those touched and those at their places are more, all are linked as if new
OPEN_END = "timestamp '9999-12-31 00:00:00'"

# One degree of latitude is 111,320 m; a cell at least 25 m wide, so that neighbours are in the next cell at most.
_LATITUDE_CELL = 0.00025
_LONGITUDE_CELL = 0.0004

# When a request stopped being open; NULL where the city ended it without a time, so that nothing is concluded.
_END = f"""case when status = 'open' then {OPEN_END}
     when closed_at < created_at then created_at
     else closed_at end"""

# A crossing, or a point without an address (see db/ingest/requests/derive.py).
_UNNUMBERED = "(place_id like '%&%' or place_id like '@%')"

# The number of a request, and its source system where two share it, for an order of texts by their bytes.
_IN_LINE = '({0}.sr_number || chr(31) || {0}.source_system) collate "C"'

# Which of two repeats counts: the lower; none comes last.
_PRECEDENCE = "case {0} when 'same_call' then 0 when 'chaser' then 1 when 'asked_again' then 2 else 3 end"

_SCRATCH = (
    *("link_cells", "link_grid", "link_around", "link_scope", "link_reached", "link_near", "link_groups"),
    *("link_calls", "link_at_place", "link_reports", "link_elsewhere", "link_found", "link_affected"),
)


def link(connection: Connection, *, since_load: int | None = None) -> int:
    """Write `LINKS`, and what they say of calls.

    The last is `set_calls` in db/model/stored_columns.py.

    Returns the number of rows whose link changed. `since_load`: only places (and their neighbours within 25 m) with
    a row written by this load or a later one are worked over again; None works over everything. Runs in the caller's
    transaction.
    """
    is_whole = find_links(connection, "requests", since_load=since_load)
    if not is_whole:
        connection.execute(text(_AFFECTED))
    changed = connection.execute(text(_WRITE)).rowcount
    set_calls(connection, None if is_whole else "link_affected")
    _drop(connection)
    return max(changed, 0)


def find_links(connection: Connection, rows: str, *, since_load: int | None = None) -> bool:
    """Make the temporary table `link_found`: source_system, sr_number, and `LINKS`.

    `rows`: a table with the columns of `requests` that are named in this module. `since_load` as in `link`. Returns
    whether everything was worked over, which a load that touches many places also brings about.
    """

    def run(statement: str, **values: object) -> None:
        connection.execute(text(statement.replace("$rows", rows)), values)

    def look_around(*, beside_scope: bool) -> None:
        """`link_near`. Few rows lie beside the scope of a small load, so only these are looked at for it."""
        if beside_scope:
            run(_CELLS)
        run(_GRID.replace("$inside", _INSIDE if beside_scope else ""))
        run(_AROUND)
        run(_NEAR.replace("$scoped", _SCOPED if beside_scope else ""))

    _drop(connection)
    if since_load is not None:
        run(_TOUCHED, since=since_load)
    is_whole = since_load is None or _is_most(connection, rows)
    if is_whole:
        run("drop table if exists link_scope")
        run(f"create temp table link_scope as select {_ROW} from $rows")
    else:
        look_around(beside_scope=True)
        run(_REACHED)
        for name in ("link_cells", "link_grid", "link_around", "link_near", "link_scope"):
            run(f"drop table {name}")
        run("alter table link_reached rename to link_scope")
    look_around(beside_scope=not is_whole)
    for statement in (_GROUPS, _CALLS, _AT_PLACE, _REPORTS, _ELSEWHERE, _FOUND):
        run(statement)
    return is_whole


def _is_most(connection: Connection, rows: str) -> bool:
    """Whether the scope is so large a part of `rows` that finding what lies around it costs more than it saves."""
    counted = f"select (select count(*) from link_scope) > {MOST} * (select count(*) from {rows})"
    return bool(connection.scalar(text(counted)))


def _drop(connection: Connection) -> None:
    for name in _SCRATCH:
        connection.execute(text(f"drop table if exists {name}"))


_ROW = "source_system, sr_number, place_id"

_CELL = f"""cast(floor(latitude / {_LATITUDE_CELL}) as bigint) as row_cell,
    cast(floor(longitude / {_LONGITUDE_CELL}) as bigint) as column_cell"""
_LOCATED = "location_quality = 'point' and place_id is not null"
_STEPS = "cross join (values (-1), (0), (1)) r(step) cross join (values (-1), (0), (1)) c(step)"

# The cells in which something can be near a row of the scope.
_CELLS = f"""
create temp table link_cells as
select distinct h.row_cell + r.step as row_cell, h.column_cell + c.step as column_cell
from (select distinct {_CELL} from $rows join link_scope using (source_system, sr_number)
    where location_quality = 'point') h
{_STEPS}"""

_GRID = f"""
create temp table link_grid as
select source_system, sr_number, service_type, place_id, latitude, longitude, {_UNNUMBERED} as unnumbered,
       row_cell, column_cell
from (select *, {_CELL} from $rows where {_LOCATED}) located $inside"""
_INSIDE = "join link_cells using (row_cell, column_cell)"

# Each place without a house number beside the nine cells around it, so that "near" is an equality join.
_AROUND = f"""
create temp table link_around as
select g.*, g.row_cell + r.step as near_row, g.column_cell + c.step as near_column
from link_grid g {_STEPS}
where g.unnumbered"""

_BESIDE = f"""
    x.row_cell = u.near_row and x.column_cell = u.near_column and x.service_type = u.service_type
    and x.place_id <> u.place_id
    and sqrt(power((u.latitude - x.latitude) * 111320, 2)
        + power((u.longitude - x.longitude) * 111320 * cos(radians(u.latitude)), 2)) <= {NEAR_METRES}"""

# `b` is in scope and `a` is near it, one of them without a house number.
_NEAR = f"""
create temp table link_near as
select x.source_system as a_system, x.sr_number as a_number, u.source_system as b_system, u.sr_number as b_number
from (select t.* from link_around t $scoped) u
join link_grid x on {_BESIDE}
union
select u.source_system, u.sr_number, x.source_system, x.sr_number
from link_around u
join (select t.* from link_grid t $scoped) x on {_BESIDE}"""
_SCOPED = "join link_scope using (source_system, sr_number)"

# A row that moved away leaves those behind whom it was linked with: they are found by the links still stored. Numbers
# alone find them, and now and then one of another system besides, which is then linked anew to no effect.
_TOUCHED = f"""
create temp table link_scope as
with touched as (
    select {_ROW}, call_id, repeat_of from $rows where last_load >= :since
)
select {_ROW} from touched
union
select r.source_system, r.sr_number, r.place_id from $rows r join touched t on r.repeat_of = t.sr_number
union
select r.source_system, r.sr_number, r.place_id from $rows r join touched t on r.call_id = t.sr_number
union
select r.source_system, r.sr_number, r.place_id from $rows r join touched t on r.call_id = t.call_id
union
select r.source_system, r.sr_number, r.place_id from $rows r join touched t on r.sr_number = t.repeat_of
union
select {_ROW} from $rows where place_id in (select place_id from touched)"""

_REACHED = f"""
create temp table link_reached as
with reached as (
    select {_ROW} from link_scope
    union
    select a.source_system, a.sr_number, a.place_id
    from link_near n
    join link_grid a on a.source_system = n.a_system and a.sr_number = n.a_number
)
select {_ROW} from reached
union
select {_ROW} from $rows where place_id in (select place_id from reached)"""

# Text by bytes, so that both engines break ties alike.
_ORDER = 'created_at, source_system collate "C", sr_number collate "C"'

# Only where a place has several requests of a type is there anything to put in order.
_GROUPS = """
create temp table link_groups as
select place_id, service_type, row_number() over () as of_one
from $rows
where place_id in (select place_id from link_scope)
group by place_id, service_type
having count(*) > 1"""

# A run breaks after a gap of more than an hour, and again every three hours from its start.
_CALLS = f"""
create temp table link_calls as
with here as (
    select r.source_system, r.sr_number, g.of_one, r.created_at, r.closed_at, r.status, r.is_proactive,
           lag(r.created_at) over (partition by g.of_one order by {_ORDER}) as before_at
    from $rows r join link_groups g on g.place_id = r.place_id and g.service_type = r.service_type
), runs as (
    select *, max(case when before_at is null or created_at > before_at + interval '{SAME_CALL_GAP}'
        then created_at end) over (partition by of_one order by {_ORDER} rows unbounded preceding) as run_start
    from here
), slots as (
    select *, greatest(ceil(extract(epoch from created_at - run_start) / {SAME_CALL_SECONDS}.0) - 1, 0) as slot
    from runs
)
select source_system, sr_number, of_one, created_at, is_proactive,
       first_value(source_system) over call as call_system, first_value(sr_number) over call as call_id,
       max({_END}) over call as call_end
from slots
window call as (partition by of_one, run_start, slot order by {_ORDER}
    rows between unbounded preceding and unbounded following)"""

# At most one earlier request for each: the same call's first, else the one of this type that ended last.
_AT_PLACE = f"""
create temp table link_at_place as
with heads as (
    select *, max((cast(call_end as varchar(19)) || '|' || sr_number || chr(31) || source_system) collate "C") over (
        partition by of_one order by {_ORDER} rows between unbounded preceding and 1 preceding
    ) as latest
    from link_calls where sr_number = call_id and source_system = call_system
)
select source_system, sr_number, call_system, call_id,
    case when is_proactive then null
         when cast(substr(latest, 1, 19) as timestamp) > created_at then 'chaser'
         when cast(substr(latest, 1, 19) as timestamp) + interval '{ASKED_AGAIN_WITHIN}' >= created_at
         then 'asked_again' end as kind,
    split_part(substr(latest, 21), chr(31), 2) as earlier_system,
    split_part(substr(latest, 21), chr(31), 1) as earlier
from heads
union all
select source_system, sr_number, call_system, call_id, 'same_call', call_system, call_id
from link_calls where sr_number <> call_id or source_system <> call_system"""

# Few are reports of a failure, so they are picked out before anything is looked for at their places.
_REPORTS = """
create temp table link_reports as
select b.source_system, b.sr_number, b.place_id, b.created_at, t.failed_type
from $rows b
join reported_failures t on t.service_type = b.service_type
where not b.is_proactive and b.place_id in (select place_id from link_scope)"""

# The best earlier request that lies nearby or was of a type whose failure is reported.
_ELSEWHERE = f"""
create temp table link_elsewhere as
with earlier_nearby as (
    select b.source_system, b.sr_number, b.created_at, b.is_proactive, a.source_system as earlier_system,
        a.sr_number as earlier, a.created_at as earlier_created, case when a.status = 'open' then {OPEN_END}
             when a.closed_at < a.created_at then a.created_at else a.closed_at end as earlier_end
    from link_near n
    join link_scope s on s.source_system = n.b_system and s.sr_number = n.b_number
    join $rows b on b.source_system = n.b_system and b.sr_number = n.b_number
    join $rows a on a.source_system = n.a_system and a.sr_number = n.a_number
        and (a.created_at < b.created_at
             or (a.created_at = b.created_at and {_IN_LINE.format("a")} < {_IN_LINE.format("b")}))
), nearby as (
    select source_system, sr_number, earlier_system, earlier, earlier_end,
        case when created_at <= earlier_created + interval '{SAME_CALL_GAP}' then 'same_call'
             when is_proactive then null
             when earlier_end > created_at then 'chaser'
             when created_at <= earlier_end + interval '{ASKED_AGAIN_WITHIN}' then 'asked_again' end as kind
    from earlier_nearby
), candidates as (
    select source_system, sr_number, kind, earlier_system, earlier, 1 as source_rank, earlier_end
    from nearby where kind is not null
    union all
    select b.source_system, b.sr_number, 'asked_again', a.source_system, a.sr_number, 2, a.closed_at
    from link_reports b
    join $rows a on a.place_id = b.place_id
        and a.service_type = b.failed_type
        and a.status <> 'open' and a.closed_at >= a.created_at and a.closed_at <= b.created_at
        and b.created_at <= a.closed_at + interval '{ASKED_AGAIN_WITHIN}'
), ranked as (
    select *, row_number() over (
        partition by source_system, sr_number
        order by {_PRECEDENCE.format("kind")}, source_rank,
            (cast(earlier_end as varchar(19)) || earlier || chr(31) || earlier_system) collate "C" desc
    ) as place_in_line
    from candidates
)
select source_system, sr_number, kind, earlier_system, earlier from ranked where place_in_line = 1"""

_FOUND = f"""
create temp table link_found as
with here as (
    select s.source_system, s.sr_number, coalesce(p.call_system, s.source_system) as call_system,
        coalesce(p.call_id, s.sr_number) as call_id, p.kind, p.earlier_system, p.earlier, e.kind as kind_elsewhere,
        e.earlier_system as system_elsewhere, e.earlier as earlier_elsewhere,
        {_PRECEDENCE.format("e.kind")} < {_PRECEDENCE.format("p.kind")} as is_elsewhere
    from link_scope s
    left join link_at_place p on p.source_system = s.source_system and p.sr_number = s.sr_number
    left join link_elsewhere e on e.source_system = s.source_system and e.sr_number = s.sr_number
)
select source_system, sr_number, call_system, call_id,
    case when is_elsewhere then kind_elsewhere else kind end as repeat_kind,
    case when is_elsewhere then system_elsewhere when kind is not null then earlier_system end as repeat_of_system,
    case when is_elsewhere then earlier_elsewhere when kind is not null then earlier end as repeat_of
from here"""

_WRITE = f"""
update requests set {", ".join(f"{name} = f.{name}" for name in LINKS)}
from link_found f
where f.source_system = requests.source_system and f.sr_number = requests.sr_number
  and ({" or ".join(f"requests.{name} is distinct from f.{name}" for name in LINKS)})"""

# The calls of which the links to be written may say something else: those they name, were stored with, or point at.
_AFFECTED = """
create temp table link_affected as
with links as (
    select call_id, repeat_of from link_found
    union
    select r.call_id, r.repeat_of from requests r
    join link_found f on f.source_system = r.source_system and f.sr_number = r.sr_number
)
select call_id from links where call_id is not null
union
select r.call_id from requests r join links on r.sr_number = links.repeat_of where r.call_id is not null"""
