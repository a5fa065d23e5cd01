"""Single requests: one with all that is known of it, its surroundings, and lists of any columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Boolean, ColumnElement, Connection, and_, case, func, literal, or_, select

from db.model import expressions
from db.model.filters import RequestFilter
from db.model.schema import departments, requests, service_types, status_history
from db.model.schema import goals as goal_versions
from db.queries.examples import Given, a_moment, a_number, each, example, given, of_filters, working_day
from db.queries.periods import within
from db.queries.queue import stops
from db.rules.address import normalise
from db.rules.calendar import Calendar
from db.rules.errors import DeskError
from db.rules.key import RequestKey
from db.rules.triage.setting import TriageRules
from db.rules.vocabulary import GoalChoice
from db.storage.frames import bytes_order, fetch

TRIAGED = ("breach_risk", "lane", "rank", "is_in_plan", "is_asked_again", "danger_grade")
COMPUTED = ("verdict", "age_days", "goal_multiple", "is_open", "is_overdue", "status_at", "outcome_at")
BRIEF = (
    *("sr_number", "source_system", "department", "service_type", "address"),
    *("created_at", "closed_at", "status", "outcome"),
)
NUMBER, ADDRESS = "number", "address"

_r = requests.c


def _of_all_columns(connection: Connection, as_of: datetime) -> list[Given]:
    """Every column that does not follow from the load itself, and those of the queue."""
    of_load = ("first_load", "last_load", "row_hash")
    stored = tuple(name for name in (*_r.keys(), *COMPUTED) if name not in of_load)
    ranked = {"columns": ("sr_number", *TRIAGED), "calendar": working_day(connection, as_of)}
    return [{**one, **more} for one in of_filters(connection, as_of) for more in ({"columns": stored}, ranked)]


@example(each(given(a_moment, sr_number=a_number), goals=tuple(GoalChoice)))
def one(
    connection: Connection,
    sr_number: str,
    *,
    as_of: datetime,
    goals: str = "promises",
    source_system: str | None = None,
) -> pd.DataFrame:
    """All that is known of one request at `as_of`: a row for each source system that has this number.

    Columns: every column of `requests` as it stood at `as_of` (`expressions.as_it_stood`), flags by name (text, commas
    between them), the computed ones of
    `COMPUTED`, department_name, public_name (text), goal_amount (float64), goal_unit, goal_calendar, goal_citation
    (text), goal_effective_on (datetime64). `due_at` is the stored one whatever its basis; `verdict`, `is_overdue`
    and `goal_multiple` follow `goals`. Order: source_system. Unknown number, or created after `as_of`: no rows.
    """
    made_of = (
        requests.outerjoin(departments, departments.c.department == _r.department)
        .outerjoin(service_types, service_types.c.service_type == _r.service_type)
        .outerjoin(goal_versions, goal_versions.c.goal_id == _r.goal_id)
    )
    statement = (
        select(
            *(column.label(name) for name, column in (_stored(as_of) | _computed(as_of, goals)).items()),
            departments.c.name.label("department_name"),
            service_types.c.public_name,
            goal_versions.c.amount.label("goal_amount"),
            goal_versions.c.unit.label("goal_unit"),
            goal_versions.c.calendar.label("goal_calendar"),
            goal_versions.c.citation.label("goal_citation"),
            goal_versions.c.effective_on.label("goal_effective_on"),
        )
        .select_from(made_of)
        .where(expressions.exists(as_of), *_is(sr_number, source_system))
        .order_by(bytes_order(_r.source_system))
    )
    return fetch(connection, statement)


@example(given(a_moment, sr_number=a_number))
def history(
    connection: Connection, sr_number: str, *, as_of: datetime, source_system: str | None = None
) -> pd.DataFrame:
    """What changed between two loads and was seen by `as_of`, oldest first.

    Columns: source_system, load_id (int64), seen_at (datetime64), status_before, status_after, source_status_before,
    source_status_after (text), closed_at_before, closed_at_after (datetime64). No change: no rows.
    """
    changed = status_history.c
    statement = (
        select(
            changed.source_system,
            changed.load_id,
            changed.seen_at,
            changed.status_before,
            changed.status_after,
            changed.source_status_before,
            changed.source_status_after,
            changed.closed_at_before,
            changed.closed_at_after,
        )
        .where(changed.sr_number == sr_number, changed.seen_at <= as_of)
        .order_by(changed.load_id, bytes_order(changed.source_system), changed.seen_at.nulls_last())
    )
    if source_system is not None:
        statement = statement.where(changed.source_system == source_system)
    return fetch(connection, statement)


@example(given(a_moment, sr_number=a_number))
def same_place(
    connection: Connection, sr_number: str, *, as_of: datetime, source_system: str | None = None, limit: int = 50
) -> pd.DataFrame:
    """Other requests at the same place (`place_id`) that exist at `as_of`, newest first, whatever their population.

    Columns: `BRIEF` as it stood at `as_of`, due_at (datetime64), is_open (bool),
    is_proactive (bool), repeat_kind (text). No usable place: no rows.
    """
    place = select(_r.place_id).where(*_is(sr_number, source_system), _r.place_id.is_not(None)).scalar_subquery()
    itself = and_(*_is(sr_number, source_system))
    statement = (
        select(
            *_brief(as_of),
            _r.due_at,
            case((expressions.is_open(as_of), True), else_=False).label("is_open"),
            _r.is_proactive,
            _r.repeat_kind,
        )
        .where(expressions.exists(as_of), _r.place_id.in_(place), ~itself)
        .order_by(_r.created_at.desc(), bytes_order(_r.sr_number), bytes_order(_r.source_system))
        .limit(limit)
    )
    return fetch(connection, statement)


@example(given(a_moment, sr_number=a_number))
def chain(connection: Connection, sr_number: str, *, as_of: datetime, source_system: str | None = None) -> pd.DataFrame:
    """The requests linked with this one by `repeat_of`, up to the first of them and down again, oldest first,
    itself included.

    `source_system`: the system whose request is meant; None: of whichever system has this number. Columns: `BRIEF` as
    it stood at `as_of`, repeat_kind, repeat_of_system, repeat_of, call_system, call_id (text). A request without
    links: itself alone. Unknown number: no rows.
    """
    linked = _linked(connection, _keys(connection, sr_number, source_system), as_of)
    statement = (
        select(*_brief(as_of), _r.repeat_kind, _r.repeat_of_system, _r.repeat_of, _r.call_system, _r.call_id)
        .where(expressions.exists(as_of), _r.sr_number.in_({key.sr_number for key in linked}))
        .order_by(_r.created_at, bytes_order(_r.sr_number), bytes_order(_r.source_system))
    )
    frame = fetch(connection, statement)  # another system's request of the same number may be among them
    keys = zip(frame["source_system"], frame["sr_number"], strict=True)
    return frame[[RequestKey(*key) in linked for key in keys]].reset_index(drop=True)


@example(each(a_moment, text=("1", "main")))
def search(connection: Connection, text: str, *, as_of: datetime, limit: int = 20) -> pd.DataFrame:
    """Requests whose number begins with `text`, or whose address holds it or is it in another spelling, case ignored.

    Columns: `BRIEF` as it stood at `as_of`, matched ("number" | "address"). Order: the exact number, other numbers,
    addresses; each newest first. Blank text: no rows. `%` and `_` are taken as written, a leading `#` is left out.
    """
    wanted = text.strip().removeprefix("#").lower()
    place = normalise(wanted)
    # Not LIKE, which would have to escape, and then takes three times as long.
    by_number = func.starts_with(func.lower(_r.sr_number), wanted, type_=Boolean)
    holds = func.strpos(func.lower(_r.address), wanted) > 0
    by_address = or_(holds, func.starts_with(_r.address_norm, place.norm, type_=Boolean)) if place else holds
    rank = case((func.lower(_r.sr_number) == wanted, 0), (by_number, 1), else_=2)
    matched = case((by_number, literal(NUMBER)), else_=literal(ADDRESS)).label("matched")
    statement = (
        select(*_brief(as_of), matched)
        .where(expressions.exists(as_of), or_(by_number, by_address), literal(wanted) != "")
        .order_by(rank, _r.created_at.desc(), bytes_order(_r.sr_number), bytes_order(_r.source_system))
        .limit(limit)
    )
    return fetch(connection, statement)


@example(_of_all_columns)
def list_requests(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    columns: Sequence[str],
    limit: int | None = None,
    calendar: Calendar | None = None,
    rules: TriageRules | None = None,
) -> pd.DataFrame:
    """Requests of the filter with the `columns` asked for, in that order; oldest first, then by number.

    `columns` names columns of `requests`, given as they stood at `as_of` (`expressions.as_it_stood`), of `COMPUTED`,
    given under the filter's goals, or of `TRIAGED`, which only open requests have and which need the `calendar` of the
    working day; `rules` are for these.
    The filter's period means created in it. Empty case: no rows, all columns. Raises DeskError that names an unknown
    column and the known ones, and where no column is asked for.
    """
    if not columns:
        raise DeskError("columns are empty: name at least one")
    known = _stored(as_of) | _computed(as_of, filters.goals)
    if unknown := [name for name in columns if name not in known and name not in TRIAGED]:
        raise DeskError(f"columns {', '.join(unknown)} are not among {', '.join([*known, *TRIAGED])}")
    if any(name in TRIAGED for name in columns):
        keys = ("sr_number", "source_system")
        stored = [*keys, *(name for name in columns if name in known and name not in keys)]
        frame = list_requests(connection, filters, as_of=as_of, columns=stored, limit=limit)
        if calendar is None:
            raise DeskError(f"columns {', '.join(TRIAGED)} need the calendar of the working day")
        ranked = stops.ranking(connection, filters, as_of=as_of, calendar=calendar, rules=rules)
        return frame.merge(stops.each_request(ranked, TRIAGED), on=list(keys), how="left")[list(columns)]
    statement = (
        select(*(known[name].label(name) for name in columns))
        .where(*filters.clauses(as_of), *within(_r.created_at, filters.period))
        .order_by(_r.created_at, bytes_order(_r.sr_number), bytes_order(_r.source_system))
        .limit(limit)
    )
    return fetch(connection, statement)


def _keys(connection: Connection, sr_number: str, source_system: str | None) -> set[RequestKey]:
    """The requests of this number: one, or one for each system that has it."""
    rows = connection.execute(select(_r.source_system, _r.sr_number).where(*_is(sr_number, source_system)))
    return {RequestKey(*row) for row in rows}


def _linked(connection: Connection, start: set[RequestKey], as_of: datetime) -> set[RequestKey]:
    """The requests of a chain: what these repeat, step by step, and all that repeat any of those.

    Each look into the database reads many rows, so it asks for a place at once and then for the whole chain at once,
    until nothing new is found, where a recursion takes one look a step. It looks by number, and then keeps to keys.
    """
    place = select(_r.place_id).where(_r.sr_number.in_({key.sr_number for key in start}))
    links = _links(connection, as_of, _r.place_id.in_(place))
    linked, asked = _chained(start, links), set[RequestKey]()
    while new := linked - asked:
        numbers = {key.sr_number for key in new}
        # Not both in one condition, which would let an engine skip nothing.
        links |= _links(connection, as_of, _r.sr_number.in_(numbers))
        links |= _links(connection, as_of, _r.repeat_of.in_(numbers))
        asked |= new
        linked = _chained(start, links)
    return linked


def _links(connection: Connection, as_of: datetime, wanted: ColumnElement[bool]) -> set[tuple[RequestKey, RequestKey]]:
    """Pairs of a request and the one that it repeats."""
    columns = (_r.source_system, _r.sr_number, _r.repeat_of_system, _r.repeat_of)
    statement = select(*columns).where(expressions.exists(as_of), _r.repeat_of.is_not(None), wanted)
    return {(RequestKey(*row[:2]), RequestKey(*row[2:])) for row in connection.execute(statement)}


def _chained(start: set[RequestKey], links: set[tuple[RequestKey, RequestKey]]) -> set[RequestKey]:
    upwards, downwards = defaultdict(set), defaultdict(set)
    for request, repeated in links:
        upwards[request].add(repeated)
        downwards[repeated].add(request)
    return _reached(_reached(start, upwards), downwards)


def _reached(start: set[RequestKey], steps: Mapping[RequestKey, set[RequestKey]]) -> set[RequestKey]:
    """`start` and everything that any number of `steps` leads to."""
    reached, ahead = set(start), set(start)
    while ahead:
        ahead = set().union(*(steps.get(key, set()) for key in ahead)) - reached
        reached |= ahead
    return reached


def _is(sr_number: str, source_system: str | None) -> list[ColumnElement[bool]]:
    clauses: list[ColumnElement[bool]] = [_r.sr_number == sr_number]
    return clauses if source_system is None else [*clauses, _r.source_system == source_system]


def _brief(as_of: datetime) -> list[ColumnElement[Any]]:
    stored = _stored(as_of)
    return [stored[name].label(name) for name in BRIEF]


def _stored(as_of: datetime) -> dict[str, ColumnElement[Any]]:
    stood = expressions.as_it_stood(as_of)
    return {column.name: column for column in _r} | {"flags": expressions.flag_words()} | stood


def _computed(as_of: datetime, goals: str) -> dict[str, ColumnElement[Any]]:
    return {
        "verdict": expressions.verdict(as_of, goals),
        "age_days": expressions.age_days(as_of),
        "goal_multiple": expressions.goal_multiple(as_of, goals),
        "is_open": case((expressions.is_open(as_of), True), else_=False),
        "is_overdue": case((expressions.is_overdue(as_of, goals), True), else_=False),
        "status_at": expressions.status_at(as_of),
        "outcome_at": expressions.outcome_at(as_of),
    }
