"""What due dates depend on: the goals in the database, and whether a source gives due dates of its own."""

from __future__ import annotations

from sqlalchemy import Connection, exists, select

from db.ingest.requests.derive import Goal
from db.model import schema

_g = schema.goals.c
_r = schema.requests.c


def goals_of(connection: Connection) -> list[Goal]:
    """Every stored goal that gives due dates, not sorted."""
    columns = (_g.goal_id, _g.service_type, _g.amount, _g.unit, _g.calendar, _g.basis, _g.effective_on, _g.withdrawn_on)
    adopted = _g.adopted_by.is_not(None).label("is_adopted")
    return [Goal(*row) for row in connection.execute(select(*columns, adopted).where(_g.basis != "none"))]


def city_sets_due(connection: Connection, source_system: str) -> bool:
    """Whether any stored request of this source carries a due date of the city's own."""
    has_city_due = exists().where(_r.source_system == source_system, _r.city_due_at.is_not(None))
    return bool(connection.scalar(select(has_city_due)))
