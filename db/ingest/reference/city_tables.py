"""The tables that describe the city: written from its profile, and brought up to date when the profile changes.

A goal that was in force is never rewritten: a changed goal ends today and its successor begins,
so a verdict once given stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from db.cities.profile import Profile, profile_hash
from db.model import schema
from db.rules.errors import DeskError
from db.storage.database import require_city

DATA_TABLES = (
    schema.requests,
    schema.status_history,
    schema.load_runs,
    schema.rejected_rows,
    schema.staffing,
    schema.goals,
    schema.service_types,
    schema.departments,
    schema.boundaries,
    schema.city,
)


def make_room(connection: Connection, kind: str) -> None:
    """Empty the database of a generated city, which real data and a new generated city replace.

    Raises DeskError where a generated city would replace real data.
    """
    held = connection.scalar(select(schema.city.c.source_kind))
    if kind == "demo" and held not in (None, "demo"):
        raise DeskError(
            "this database holds real data; the demo needs a folder of its own: set DESK_DATA to another one"
        )
    if held == "demo":
        for table in DATA_TABLES:
            connection.execute(delete(table))


def needs_update(connection: Connection, profile: Profile) -> bool:
    """Whether the stored city says anything else of its profile than `profile`, be it only where its file lies."""
    names = ("key", "profile_hash", "profile_text", "profile_path")
    stored = connection.execute(select(*(schema.city.c[name] for name in names))).first()
    wanted = {"key": profile.key, "profile_hash": profile_hash(profile), **_read_from(profile)}
    return stored is None or stored._asdict() != wanted


def prepare(connection: Connection, profile: Profile, kind: str, now: datetime) -> None:
    """Write the city's tables, or bring them up to date with the profile. Raises DeskError for another city."""
    require_city(connection, profile.key)
    city = connection.execute(select(schema.city)).first()
    fingerprint = profile_hash(profile)
    values = {"name": profile.name, "profile_hash": fingerprint, **_read_from(profile)}
    if city is None:
        connection.execute(insert(schema.city).values(key=profile.key, source_kind=kind, **values))
    elif city.profile_hash == fingerprint:
        connection.execute(update(schema.city).values(_read_from(profile)))
        return
    else:
        connection.execute(update(schema.city).values(values))
    _replace(connection, schema.service_types, list(_service_types(profile)))
    _replace(connection, schema.reported_failures, list(_reported_failures(profile)))
    _replace(connection, schema.departments, list(_departments(profile)))
    _replace(connection, schema.department_aliases, list(_department_aliases(profile)))
    _bring_goals(connection, profile, now.date())


def _read_from(profile: Profile) -> dict[str, str | None]:
    own = profile.own
    return {"profile_text": own.text if own else None, "profile_path": own.path if own else None}


def _replace(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    connection.execute(delete(table))
    if rows:
        connection.execute(insert(table), rows)


# The column is older than the grades; what replays the past takes 24 and more for a danger.
SAFETY_OF_GRADE = {0: 0.0, 1: 24.0, 2: 30.0}


def _service_types(profile: Profile) -> Iterator[dict[str, Any]]:
    copied = (
        *("service_type", "public_name", "category", "department", "calendar", "effort_hours"),
        *("is_sensitive", "is_service", "is_contracted", "repeat_means"),
    )
    for entry in profile.service_types:
        row = {column: getattr(entry, column) for column in copied}
        yield row | {
            "safety_points": SAFETY_OF_GRADE[profile.triage.grade(entry.service_type, entry.department)],
            "category": entry.category or None,
        }


def _reported_failures(profile: Profile) -> Iterator[dict[str, Any]]:
    for entry in profile.service_types:
        for failed in dict.fromkeys(entry.reports_failure_of):
            yield {"service_type": entry.service_type, "failed_type": failed}


def _department_aliases(profile: Profile) -> Iterator[dict[str, Any]]:
    for entry in profile.departments:
        for alias in dict.fromkeys(entry.aliases):
            yield {"department": entry.department, "alias": alias}


def _departments(profile: Profile) -> Iterator[dict[str, Any]]:
    for entry in profile.departments:
        yield {
            "department": entry.department,
            "name": entry.name,
            "valid_from": entry.valid_from,
            "valid_to": entry.valid_to,
            "successor": entry.successor,
        }


def _bring_goals(connection: Connection, profile: Profile, today: date) -> None:
    """Add the profile's goals that are not stored yet and end the stored ones that it no longer has.

    Goals that people adopted at the desk are none of the profile's business.
    """
    goals = schema.goals
    stored = connection.execute(select(goals).where(goals.c.adopted_by.is_(None), goals.c.withdrawn_on.is_(None))).all()
    known = {_terms(row._asdict()): row for row in stored}
    wanted = {_terms(goal): goal for goal in _goals(profile)}
    had_goals = {row.service_type for row in stored}
    highest = connection.scalar(select(func.max(goals.c.goal_id))) or 0
    gone = [row.goal_id for terms, row in known.items() if terms not in wanted]
    if gone:
        connection.execute(update(goals).where(goals.c.goal_id.in_(gone)).values(withdrawn_on=today))
    new = [
        goal | {"goal_id": highest + place, "effective_on": _first_day(goal, had_goals, today)}
        for place, goal in enumerate((goal for terms, goal in wanted.items() if terms not in known), start=1)
    ]
    if new:
        connection.execute(insert(goals), new)


def _goals(profile: Profile) -> Iterator[dict[str, Any]]:
    for entry in profile.service_types:
        for goal in entry.goals:
            yield {
                "service_type": entry.service_type,
                "amount": goal.amount,
                "unit": goal.unit,
                "calendar": goal.calendar,
                "effective_on": goal.effective_on,
                "basis": goal.basis,
                "citation": goal.citation,
            }


def _terms(goal: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(goal[key] for key in ("service_type", "amount", "unit", "calendar", "basis"))


def _first_day(goal: dict[str, Any], had_goals: set[str], today: date) -> date | None:
    """The first day of a goal. One without holds from the first request on, after an earlier goal from today on."""
    if goal["effective_on"] is None and goal["service_type"] in had_goals:
        return today
    return goal["effective_on"]
