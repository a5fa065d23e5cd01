"""What the database stores although it follows from its requests, so that no question works it out again.

Loading writes it with each row or at its end; here it is written for all rows at once: after an upgrade, and where
districts were assigned anew.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, literal, select, text

from db.measures import TURNING_POINTS
from db.schema import offered, requests

OFFERED = ("department", "service_type", "council_district", "neighborhood_council", "channel", "assigned_to")


def set_turning_points(connection: Connection) -> None:
    """Write the `TURNING_POINTS` of every request, inside the caller's transaction."""
    points = ", ".join(f"{name} = {sql}" for name, sql in TURNING_POINTS.items())
    connection.execute(text(f"update requests set {points}"))


def note_offered(connection: Connection) -> None:
    """Write which values the columns of `OFFERED` hold and since when, inside the caller's transaction."""
    connection.execute(delete(offered))
    for kind in OFFERED:
        value = requests.c[kind]
        found = select(literal(kind), value, func.min(requests.c.created_at)).where(value.is_not(None)).group_by(value)
        connection.execute(insert(offered).from_select(["kind", "value", "first_created_at"], found))
