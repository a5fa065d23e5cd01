"""Requests that repeat an earlier one: same call, chaser, asked again, in that order of precedence.

Definitions of "asked again" in docs/glossary.md. Linking runs over every row, before anything
is excluded, because a request later marked duplicate is exactly a person who asked again. It
depends on the rows alone, not on the order in which files were loaded, and uses only what was
known when the later request was made: an earlier one that was closed afterwards counts as open.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

SAME_CALL_GAP = "1 hour"
SAME_CALL_SECONDS = 3 * 3600
ASKED_AGAIN_WITHIN = "14 days"
NEAR_METRES = 25
OPEN_END = "timestamp '9999-12-31 00:00:00'"

# One degree of latitude is 111,320 m; a cell at least 25 m wide, so that neighbours are in the next cell at most.
_LATITUDE_CELL = 0.00025
_LONGITUDE_CELL = 0.0004

# When a request stopped being open; NULL where the city ended it without a time, so that nothing is concluded.
_END = f"""case when status = 'open' then {OPEN_END}
     when closed_at < created_at then created_at
     else closed_at end"""

# A crossing, or a point without an address (see db/ingest/derive.py).
_UNNUMBERED = "(place_id like '%&%' or place_id like '@%')"

_SCRATCH = ("link_grid", "link_around", "link_scope", "link_reached", "link_near", "link_calls", "link_found")


def link(connection: Connection, *, since_load: int | None = None) -> int:
    """Write `call_id`, `repeat_kind` and `repeat_of`; returns the number of rows whose link changed.

    `since_load`: only places (and their neighbours within 25 m) with a row written by this load or
    a later one are worked over again; None works over everything. Runs in the caller's transaction.
    """
    for name in _SCRATCH:
        connection.execute(text(f"drop table if exists {name}"))
    connection.execute(text(_GRID))
    connection.execute(text(_AROUND))
    if since_load is None:
        connection.execute(text(f"create temp table link_scope as select {_ROW} from requests"))
    else:
        _scope(connection, since_load)
    connection.execute(text(_NEAR))
    connection.execute(text(_CALLS))
    connection.execute(text(_FOUND))
    changed = connection.execute(text(_WRITE)).rowcount
    for name in _SCRATCH:
        connection.execute(text(f"drop table if exists {name}"))
    return max(changed, 0)


def _scope(connection: Connection, since_load: int) -> None:
    """The rows to work over: those touched, those linked with them, those near, and all at the same places."""
    connection.execute(text(_TOUCHED), {"since": since_load})
    connection.execute(text(_NEAR))
    connection.execute(text(_REACHED))
    connection.execute(text("drop table link_near"))
    connection.execute(text("drop table link_scope"))
    connection.execute(text("alter table link_reached rename to link_scope"))


_ROW = "source_system, sr_number, place_id"

_GRID = f"""
create temp table link_grid as
select source_system, sr_number, service_type, place_id, latitude, longitude, {_UNNUMBERED} as unnumbered,
       cast(floor(latitude / {_LATITUDE_CELL}) as bigint) as row_cell,
       cast(floor(longitude / {_LONGITUDE_CELL}) as bigint) as column_cell
from requests where location_quality = 'point' and place_id is not null"""

# Each place without a house number beside the nine cells around it, so that "near" is an equality join.
_AROUND = """
create temp table link_around as
select g.*, g.row_cell + r.step as near_row, g.column_cell + c.step as near_column
from link_grid g
cross join (values (-1), (0), (1)) r(step)
cross join (values (-1), (0), (1)) c(step)
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
from (select t.* from link_around t join link_scope using (source_system, sr_number)) u
join link_grid x on {_BESIDE}
union
select u.source_system, u.sr_number, x.source_system, x.sr_number
from link_around u
join (select t.* from link_grid t join link_scope using (source_system, sr_number)) x on {_BESIDE}"""

# A row that moved away leaves those behind whom it was linked with: they are found by the links still stored.
_TOUCHED = f"""
create temp table link_scope as
with touched as (
    select {_ROW}, call_id, repeat_of from requests where last_load >= :since
)
select {_ROW} from touched
union
select r.source_system, r.sr_number, r.place_id from requests r join touched t on r.repeat_of = t.sr_number
union
select r.source_system, r.sr_number, r.place_id from requests r join touched t on r.call_id = t.sr_number
union
select r.source_system, r.sr_number, r.place_id from requests r join touched t on r.call_id = t.call_id
union
select r.source_system, r.sr_number, r.place_id from requests r join touched t on r.sr_number = t.repeat_of
union
select {_ROW} from requests where place_id in (select place_id from touched)"""

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
select {_ROW} from requests where place_id in (select place_id from reached)"""

# Text by bytes, so that both engines break ties alike.
_ORDER = 'created_at, source_system collate "C", sr_number collate "C"'

# A run breaks after a gap of more than an hour, and again every three hours from its start.
_CALLS = f"""
create temp table link_calls as
with here as (
    select source_system, sr_number, service_type, place_id, created_at, closed_at, status, is_proactive,
           lag(created_at) over (partition by place_id, service_type order by {_ORDER}) as before_at
    from requests
    where place_id in (select place_id from link_scope)
), runs as (
    select *, sum(case when before_at is null or created_at - before_at > interval '{SAME_CALL_GAP}' then 1 else 0 end)
        over (partition by place_id, service_type order by {_ORDER}) as run
    from here
), slots as (
    select *, greatest(ceil(extract(epoch from created_at
        - min(created_at) over (partition by place_id, service_type, run)) / {SAME_CALL_SECONDS}.0) - 1, 0) as slot
    from runs
)
select source_system, sr_number, service_type, place_id, created_at, closed_at, status, is_proactive,
       first_value(sr_number) over (partition by place_id, service_type, run, slot order by {_ORDER}) as call_id,
       max({_END}) over (partition by place_id, service_type, run, slot) as call_end
from slots"""

_FOUND = f"""
create temp table link_found as
with heads as (
    select *, max((cast(call_end as varchar(19)) || '|' || sr_number) collate "C") over (
        partition by place_id, service_type order by {_ORDER} rows between unbounded preceding and 1 preceding
    ) as latest
    from link_calls where sr_number = call_id
), at_place as (
    select source_system, sr_number,
        case when not is_proactive and cast(substr(latest, 1, 19) as timestamp) > created_at then 'chaser'
             when not is_proactive
                  and created_at - cast(substr(latest, 1, 19) as timestamp) <= interval '{ASKED_AGAIN_WITHIN}'
             then 'asked_again' end as kind,
        substr(latest, 21) as earlier
    from heads where latest is not null
    union all
    select source_system, sr_number, 'same_call', call_id from link_calls where sr_number <> call_id
), earlier_nearby as (
    select b.source_system, b.sr_number, b.created_at, b.is_proactive, a.sr_number as earlier,
        a.created_at as earlier_created, case when a.status = 'open' then {OPEN_END}
             when a.closed_at < a.created_at then a.created_at else a.closed_at end as earlier_end
    from link_near n
    join link_scope s on s.source_system = n.b_system and s.sr_number = n.b_number
    join requests b on b.source_system = n.b_system and b.sr_number = n.b_number
    join requests a on a.source_system = n.a_system and a.sr_number = n.a_number
        and (a.created_at < b.created_at
             or (a.created_at = b.created_at and a.sr_number collate "C" < b.sr_number collate "C"))
), nearby as (
    select source_system, sr_number, earlier, earlier_end, earlier_created,
        case when created_at - earlier_created <= interval '{SAME_CALL_GAP}' then 'same_call'
             when is_proactive then null
             when earlier_end > created_at then 'chaser'
             when created_at - earlier_end <= interval '{ASKED_AGAIN_WITHIN}' then 'asked_again' end as kind
    from earlier_nearby
), failures as (
    select b.source_system, b.sr_number, 'asked_again' as kind, a.sr_number as earlier, a.closed_at as earlier_end,
        a.created_at as earlier_created
    from requests b
    join link_scope s on s.source_system = b.source_system and s.sr_number = b.sr_number
    join service_types t on t.service_type = b.service_type and t.reports_failure_of is not null
    join requests a on a.place_id = b.place_id
        and ',' || t.reports_failure_of || ',' like '%,' || a.service_type || ',%'
        and a.status <> 'open' and a.closed_at >= a.created_at and a.closed_at <= b.created_at
        and b.created_at - a.closed_at <= interval '{ASKED_AGAIN_WITHIN}'
    where not b.is_proactive
), candidates as (
    select source_system, sr_number, kind, earlier, 0 as source_rank, cast(null as varchar) as tie
    from at_place where kind is not null
    union all
    select source_system, sr_number, kind, earlier, 1, cast(earlier_end as varchar(19)) || earlier
    from nearby where kind is not null
    union all
    select source_system, sr_number, kind, earlier, 2, cast(earlier_end as varchar(19)) || earlier from failures
), ranked as (
    select *, row_number() over (
        partition by source_system, sr_number
        order by case kind when 'same_call' then 0 when 'chaser' then 1 else 2 end, source_rank, tie collate "C" desc
    ) as place_in_line
    from candidates
)
select s.source_system, s.sr_number, coalesce(c.call_id, s.sr_number) as call_id, r.kind, r.earlier
from link_scope s
left join link_calls c on c.source_system = s.source_system and c.sr_number = s.sr_number
left join ranked r on r.source_system = s.source_system and r.sr_number = s.sr_number and r.place_in_line = 1"""

_WRITE = """
update requests set
    call_id = f.call_id,
    repeat_kind = f.kind,
    repeat_of = case when f.kind is null then null else f.earlier end
from link_found f
where f.source_system = requests.source_system and f.sr_number = requests.sr_number
  and (requests.call_id is distinct from f.call_id or requests.repeat_kind is distinct from f.kind
       or requests.repeat_of is distinct from (case when f.kind is null then null else f.earlier end))"""
