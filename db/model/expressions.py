"""Shared SQL expressions on `requests`: who counts, what is open, what the verdict is at a moment.

Every expression that depends on the clock takes `as_of`, the moment described: rows created
after it do not exist yet, a request closed after it is still open, and an exclusion that a
closing brought (cancelled, duplicate, acknowledged) holds only from that closing on. Both
engines take each expression as it stands. Rules: definitions of "which requests count" and
"on time" in docs/glossary.md.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    cast,
    extract,
    false,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.types import Float

from db.model.schema import requests
from db.rules.vocabulary import ALWAYS_EXCLUDED, BITS, Exclusion, Flag, GoalChoice, Population, known

_r = requests.c

EXCLUSIONS = known(Exclusion)
H3_STORED_RESOLUTION = 9
NEVER, LONG_AGO = datetime(9999, 12, 31), datetime(1, 1, 1)


CLOSED_ON_TIME = """case when status = 'open' or due_at is null or closed_at is null then null
    when closed_at < created_at
        and not ((closed_by_day or created_by_day) and cast(closed_at as date) >= cast(created_at as date)) then null
    when closed_by_day or due_by_day then cast(closed_at as date) <= cast(due_at as date)
    else closed_at <= due_at end"""
"""Whether a closing kept its due date, as SQL on the other columns; on arrays it is db/rules/on_time.py."""
TURNING_POINTS = {
    # No longer open: its closing, or its creation where the city ended it without a time.
    "open_until": """case when status = 'open' then timestamp '9999-12-31 00:00:00'
        else coalesce(closed_at, created_at) end""",
    # No longer counted: never was as no service or test row, else from the closing that excluded it.
    "counts_until": """case when exclusion_reason is null then timestamp '9999-12-31 00:00:00'
        when exclusion_reason in ('not_a_service', 'test') then timestamp '0001-01-01 00:00:00'
        else coalesce(closed_at, timestamp '0001-01-01 00:00:00') end""",
    # Closed, at a usable time: one not before creation, compared by day where only the day is known.
    "closed_from": """case when status = 'open' or closed_at is null then timestamp '9999-12-31 00:00:00'
        when closed_at >= created_at then closed_at
        when (closed_by_day or created_by_day) and cast(closed_at as date) >= cast(created_at as date) then closed_at
        else timestamp '9999-12-31 00:00:00' end""",
    # Overdue while open: from its due moment or the end of its due day, at the earliest its creation.
    "overdue_from": """case when due_at is null then null
        when due_by_day then greatest(created_at, date_trunc('day', due_at) + interval '1 day')
        else greatest(created_at, due_at) end""",
}
"""The stored moments at which a request starts or stops to count as something, as SQL on its other columns.

Loading, upgrading and adopting goals write them, so that a question compares one moment where it would weigh five
columns. `NEVER` and `LONG_AGO` stand for no such moment; `overdue_from` alone is empty, without a due date.
"""
_BY_CLOSING = (
    *(_r.closed_at, _r.source_status, _r.outcome, _r.resolution_code, _r.reason_code),
    *(_r.closed_on_time, _r.city_verdict),
)


def first_created_at(*conditions: ColumnElement[bool]) -> Select[Any]:
    """When the data begin: the earliest creation, rows with an impossibly early one (`PAST_DATE`) left out."""
    # Not the minimum: for the first in order both engines look at no more rows than they must.
    return select(_r.created_at).where(~has_flag(Flag.PAST_DATE), *conditions).order_by(_r.created_at).limit(1)


def has_flag(*any_of: Flag, flags: ColumnElement[int] = _r.flags) -> ColumnElement[bool]:
    """Whether a request carries any of these flags."""
    return flags.bitwise_and(sum(BITS[flag] for flag in any_of)) != 0


def flag_words() -> ColumnElement[str]:
    """The flags of a request as an answer shows them: their names in order, with commas between them; '' for none."""
    named = (case((has_flag(flag), literal(flag.value)), else_=None) for flag in sorted(Flag))
    return case((_r.flags == 0, literal("")), else_=func.concat_ws(",", *named))


def exists(as_of: datetime) -> ColumnElement[bool]:
    """Rows created after `as_of` do not exist yet."""
    return _r.created_at <= as_of


def is_open(as_of: datetime) -> ColumnElement[bool]:
    """Open at `as_of`: not ended by the city's word, or ended only later.

    Closed without any closing time counts as neither open nor a closing (verdict `unknown`).
    """
    return and_(exists(as_of), _r.open_until > as_of)


def is_closed(as_of: datetime) -> ColumnElement[bool]:
    """Closed by `as_of` with a usable closing time: one that is not before creation, see `TURNING_POINTS`."""
    return _r.closed_from <= as_of


def status_at(as_of: datetime) -> ColumnElement[str]:
    """The status as it stood at `as_of`."""
    return case((_r.closed_at > as_of, literal("open")), else_=_r.status)


def outcome_at(as_of: datetime) -> ColumnElement[Any]:
    """What the closing was, empty while still open at `as_of`."""
    return case((_r.closed_at > as_of, None), else_=_r.outcome)


def as_it_stood(as_of: datetime) -> dict[str, ColumnElement[Any]]:
    """Columns of `requests` that a later closing or update wrote over, by name, as they stood at `as_of`.

    A request closed after `as_of` is open: its status says so, and what its closing brought is empty. What the
    city's own word and the other columns were before is not known, so these stay empty, and an earlier update is
    not guessed.
    """
    closed_later = _r.closed_at > as_of
    lasting = _r.exclusion_reason.in_(ALWAYS_EXCLUDED)
    return {
        **{column.name: case((closed_later, None), else_=column) for column in _BY_CLOSING},
        "status": status_at(as_of),
        "exclusion_reason": case((and_(closed_later, ~lasting), None), else_=_r.exclusion_reason),
        "updated_at": case((_r.updated_at > as_of, None), else_=_r.updated_at),
    }


def is_unknown_closing() -> ColumnElement[bool]:
    """Ended by the city's word, but without a usable closing time: neither open nor a closing."""
    return and_(_r.open_until < NEVER, _r.closed_from == NEVER)


def was_ever_open() -> ColumnElement[bool]:
    """Open at some moment: still open, or closed after creation."""
    return _r.open_until > _r.created_at


def is_excluded_always() -> ColumnElement[bool]:
    """No service or a test row: out of every count at any moment, however the request was closed."""
    return func.coalesce(_r.exclusion_reason, "").in_(ALWAYS_EXCLUDED)


def is_excluded(as_of: datetime) -> ColumnElement[bool]:
    """Out of the eligible count at `as_of`, for any reason."""
    return _r.counts_until <= as_of


def in_population(population: str, as_of: datetime) -> ColumnElement[bool]:
    """`raw`: every row; `eligible`: after the exclusions; `residents`: eligible and not proactive."""
    return _counts_after(as_of, population)


def ever_in_population(population: str) -> ColumnElement[bool]:
    """In the population at some moment: also requests that left it by being cancelled, merged or only acknowledged.

    The backlog of a past moment is made of these; ValueError for an unknown population.
    """
    return _counts_after(LONG_AGO, population)


def _counts_after(moment: datetime, population: str) -> ColumnElement[bool]:
    if population == Population.RAW:
        return true()
    if population == Population.ELIGIBLE:
        return _r.counts_until > moment
    if population == Population.RESIDENTS:
        return and_(_r.counts_until > moment, _r.is_proactive == false())
    raise ValueError(f'population "{population}" is not one of {", ".join(Population)}')


def has_left(as_of: datetime) -> ColumnElement[bool]:
    """Left the count by its closing (cancelled, merged, only acknowledged), by `as_of`, at a usable time."""
    return and_(_r.counts_until < NEVER, _r.counts_until > LONG_AGO, is_closed(as_of))


def due_at(goals: str) -> ColumnElement[Any]:
    """The due date under `goals`: `promises` counts published goals only, `working` any goal in force."""
    return _under(goals, _r.due_at)


def _under(goals: str, moment: ColumnElement[Any]) -> ColumnElement[Any]:
    if goals == GoalChoice.WORKING:
        return moment
    if goals == GoalChoice.PROMISES:
        return case((_r.goal_basis == "published", moment), else_=None)
    raise ValueError(f'goals "{goals}" is not one of {", ".join(GoalChoice)}')


def has_due(goals: str) -> ColumnElement[bool]:
    """Whether `due_at(goals)` is there. With the bare column it lets an engine skip rows where the CASE does not."""
    if goals == GoalChoice.WORKING:
        return _r.due_at.is_not(None)
    if goals == GoalChoice.PROMISES:
        return and_(_r.goal_basis == "published", _r.due_at.is_not(None))
    raise ValueError(f'goals "{goals}" is not one of {", ".join(GoalChoice)}')


def is_past(as_of: datetime) -> ColumnElement[bool]:
    """Whether the due moment has gone by at `as_of`; a due day has gone by when the day is over. Empty without one."""
    return _r.overdue_from <= as_of


def overdue_from(goals: str) -> ColumnElement[Any]:
    """The moment from which an open request is overdue: its due moment or the end of its due day, at the
    earliest its creation; empty without a due date.
    """
    return _under(goals, _r.overdue_from)


def is_met(as_of: datetime) -> ColumnElement[bool]:
    """The verdict `met` of a request that has a due date: closed by `as_of`, and on time."""
    return and_(is_closed(as_of), _r.closed_on_time == true())


def verdict(as_of: datetime, goals: str) -> ColumnElement[str]:
    """`met`, `missed`, `pending`, `no_goal` or `unknown` at `as_of`.

    `unknown`: the city calls it ended, but without a usable closing time.
    """
    due = due_at(goals)
    return case(
        (due.is_(None), literal("no_goal")),
        (is_unknown_closing(), literal("unknown")),
        (is_met(as_of), literal("met")),
        (is_past(as_of), literal("missed")),
        else_=literal("pending"),
    )


def is_overdue(as_of: datetime, goals: str) -> ColumnElement[bool]:
    """Open past its due date. Never mixed with late, which is closed after it."""
    return and_(is_open(as_of), has_due(goals), is_past(as_of))


def elapsed_days(start: Any, end: Any) -> ColumnElement[Any]:
    """Elapsed days between two moments, weekends included, as a float."""
    return cast(extract("epoch", end - start), Float) / 86400.0


def age_days(as_of: datetime) -> ColumnElement[Any]:
    """Ageing: elapsed days since creation at `as_of`, weekends included."""
    return elapsed_days(_r.created_at, literal(as_of))


def goal_multiple(as_of: datetime, goals: str) -> ColumnElement[Any]:
    """Time since creation over time promised; empty without a due date, or with one that is not after creation."""
    due = due_at(goals)
    return case((due > _r.created_at, age_days(as_of) / elapsed_days(_r.created_at, due)), else_=None)


def counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows of the group meet the condition."""
    return func.count().filter(condition)


def is_on_map() -> ColumnElement[bool]:
    """Has coordinates within the city's bounds, and so a map cell."""
    return and_(_r.location_quality == "point", _r.h3_cell.is_not(None))


def cell_at(resolution: int) -> ColumnElement[Any]:
    """The H3 cell of `resolution` (0 to 9) that holds the stored cell, by bit arithmetic on the index."""
    if not 0 <= resolution <= H3_STORED_RESOLUTION:
        raise ValueError(f"resolution {resolution} is not between 0 and {H3_STORED_RESOLUTION}")
    if resolution == H3_STORED_RESOLUTION:
        return _r.h3_cell
    keep = ~(0xF << 52) & 0x7FFFFFFFFFFFFFFF
    blank = (1 << (3 * (15 - resolution))) - 1
    return _r.h3_cell.bitwise_and(keep).bitwise_or((resolution << 52) | blank)


def in_cell(cell: int) -> ColumnElement[bool]:
    """Requests whose stored cell lies in `cell`, an H3 index of resolution 0 to 9."""
    return cell_at((cell >> 52) & 0xF) == cell
