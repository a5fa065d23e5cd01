"""Shared SQL expressions on `requests`: who counts, what is open, what the verdict is at a moment.

Every expression that depends on the clock takes `as_of`, the moment described: rows created
after it do not exist yet, a request closed after it is still open, and an exclusion that a
closing brought (cancelled, duplicate, acknowledged) holds only from that closing on. Both
engines take each expression as it stands. Rules: definitions of "which requests count" and
"on time" in docs/glossary.md.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Select,
    and_,
    case,
    cast,
    extract,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.types import Float

from db.schema import requests

_r = requests.c

ALWAYS_EXCLUDED = ("not_a_service", "test")
EXCLUSIONS = (*ALWAYS_EXCLUDED, "cancelled", "duplicate", "acknowledged")
H3_STORED_RESOLUTION = 9
PAST = "past_date"  # the flag of a creation that lies too early to be true
_BY_CLOSING = (
    *(_r.closed_at, _r.source_status, _r.outcome, _r.resolution_code, _r.reason_code),
    *(_r.closed_on_time, _r.city_verdict),
)


def first_created_at(*conditions: ColumnElement[bool]) -> Select[Any]:
    """When the data begin: the earliest creation, rows with an impossibly early one (`PAST`) left out."""
    return select(func.min(_r.created_at)).where(~_r.flags.contains(PAST), *conditions)


def exists(as_of: datetime) -> ColumnElement[bool]:
    """Rows created after `as_of` do not exist yet."""
    return _r.created_at <= as_of


def has_usable_closing() -> ColumnElement[bool]:
    """A closing time that is there and not before creation; compared by day where only the day is known."""
    by_day = and_(_stay_by_day(), cast(_r.closed_at, Date) >= cast(_r.created_at, Date))
    return and_(_r.closed_at.is_not(None), or_(_r.closed_at >= _r.created_at, by_day))


def is_open(as_of: datetime) -> ColumnElement[bool]:
    """Open at `as_of`: not ended by the city's word, or ended only later.

    Closed without any closing time counts as neither open nor a closing (verdict `unknown`).
    """
    return and_(exists(as_of), or_(_r.status == "open", _r.closed_at > as_of))


def is_closed(as_of: datetime) -> ColumnElement[bool]:
    """Closed by `as_of` with a usable closing time."""
    return and_(_r.status != "open", has_usable_closing(), _r.closed_at <= as_of)


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
    too_early = or_(~_stay_by_day(), cast(_r.closed_at, Date) < cast(_r.created_at, Date))
    unusable = or_(_r.closed_at.is_(None), and_(_r.closed_at < _r.created_at, too_early))
    return and_(_r.status != "open", unusable)


def _stay_by_day() -> ColumnElement[bool]:
    """Whether only the day of the creation or of the closing is known."""
    return or_(_r.time_precision.contains("closed"), _r.time_precision.contains("created"))


def was_ever_open() -> ColumnElement[bool]:
    """Open at some moment: still open, or closed after creation."""
    return or_(_r.status == "open", _r.closed_at > _r.created_at)


def is_excluded_always() -> ColumnElement[bool]:
    """No service or a test row: out of every count at any moment, however the request was closed."""
    return func.coalesce(_r.exclusion_reason, "").in_(ALWAYS_EXCLUDED)


def is_excluded(as_of: datetime) -> ColumnElement[bool]:
    """Out of the eligible count at `as_of`, for any reason."""
    lasting = _r.exclusion_reason.in_(ALWAYS_EXCLUDED)
    by_closing = and_(_r.exclusion_reason.is_not(None), or_(_r.closed_at.is_(None), _r.closed_at <= as_of))
    return or_(lasting, by_closing)


def in_population(population: str, as_of: datetime) -> ColumnElement[bool]:
    """`raw`: every row; `eligible`: after the exclusions; `residents`: eligible and not proactive."""
    if population == "raw":
        return true()
    eligible = case((is_excluded(as_of), False), else_=True) == true()
    if population == "eligible":
        return eligible
    if population == "residents":
        return and_(eligible, _r.is_proactive == false())
    raise ValueError(f'population "{population}" is not one of raw, eligible, residents')


def ever_in_population(population: str) -> ColumnElement[bool]:
    """In the population at some moment: also requests that left it by being cancelled, merged or only acknowledged.

    The backlog of a past moment is made of these; ValueError for an unknown population.
    """
    if population == "raw":
        return true()
    stays = or_(_r.exclusion_reason.is_(None), _r.closed_at.is_not(None))
    eligible = and_(stays, func.coalesce(_r.exclusion_reason, "").not_in(ALWAYS_EXCLUDED))
    if population == "eligible":
        return eligible
    if population == "residents":
        return and_(eligible, _r.is_proactive == false())
    raise ValueError(f'population "{population}" is not one of raw, eligible, residents')


def has_left(as_of: datetime) -> ColumnElement[bool]:
    """Left the count by its closing (cancelled, merged, only acknowledged), by `as_of`, at a usable time."""
    by_closing = and_(_r.exclusion_reason.is_not(None), _r.exclusion_reason.not_in(ALWAYS_EXCLUDED))
    return and_(by_closing, has_usable_closing(), _r.closed_at <= as_of)


def due_at(goals: str) -> ColumnElement[Any]:
    """The due date under `goals`: `promises` counts published goals only, `working` any goal in force."""
    if goals == "working":
        return _r.due_at
    if goals == "promises":
        return case((_r.goal_basis == "published", _r.due_at), else_=None)
    raise ValueError(f'goals "{goals}" is not one of promises, working')


def has_due(goals: str) -> ColumnElement[bool]:
    """Whether `due_at(goals)` is there. With the bare column it lets an engine skip rows where the CASE does not."""
    if goals == "working":
        return _r.due_at.is_not(None)
    if goals == "promises":
        return and_(_r.goal_basis == "published", _r.due_at.is_not(None))
    raise ValueError(f'goals "{goals}" is not one of promises, working')


def is_past(moment: ColumnElement[Any], as_of: datetime) -> ColumnElement[bool]:
    """Whether a due moment has gone by at `as_of`; a due day has gone by when the day is over."""
    day_only = _r.time_precision.contains("due")
    return and_(moment <= as_of, or_(~day_only, cast(moment, Date) < as_of.date()))


def overdue_from(goals: str) -> ColumnElement[Any]:
    """The moment from which an open request is overdue: its due moment or the end of its due day, at the
    earliest its creation; empty without a due date.
    """
    due = due_at(goals)
    day_after = func.date_trunc("day", due) + literal(timedelta(days=1))
    moment = case((_r.time_precision.contains("due"), day_after), else_=due)
    return case((due.is_not(None), func.greatest(_r.created_at, moment, type_=DateTime())), else_=None)


def verdict(as_of: datetime, goals: str) -> ColumnElement[str]:
    """`met`, `missed`, `pending`, `no_goal` or `unknown` at `as_of`.

    `unknown`: the city calls it ended, but without a usable closing time.
    """
    due = due_at(goals)
    return case(
        (due.is_(None), literal("no_goal")),
        (is_unknown_closing(), literal("unknown")),
        (and_(_r.closed_at <= as_of, _r.status != "open", _r.closed_on_time == true()), literal("met")),
        (is_past(due, as_of), literal("missed")),
        else_=literal("pending"),
    )


def is_overdue(as_of: datetime, goals: str) -> ColumnElement[bool]:
    """Open past its due date. Never mixed with late, which is closed after it."""
    return and_(is_open(as_of), has_due(goals), is_past(_r.due_at, as_of))


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
