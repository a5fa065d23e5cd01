"""Rows and tables as an older desk left them: linked by number alone, lists within one text, no rules for rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select, text

from db.model import schema
from db.rules.vocabulary import BITS
from tests.builders import closed_request, open_request


def linked_by_number() -> list[dict[str, Any]]:
    """The old system's 1-1 is open elsewhere; the new one's was closed and asked for again as 1-2."""
    graffiti = {"source_system": "new", "service_type": "Graffiti Removal", "place_id": "99 Z AVE"}
    rows = [
        open_request("Wed 2026-07-01 09:00", source_system="old", sr_number="1-1", place_id="10 A ST"),
        closed_request("Wed 2026-07-01 09:00", "Thu 2026-07-02 09:00", sr_number="1-1", **graffiti),
        open_request("Sat 2026-07-04 09:00", sr_number="1-2", repeat_kind="asked_again", repeat_of="1-1", **graffiti),
    ]
    return [row | {"call_id": row["sr_number"], "call_system": None, "repeat_of_system": None} for row in rows]


def shape_as_6(connection: Connection) -> None:
    """Give an embedded database the tables of schema version 6, with its rows; a column of flags holds names."""
    flags = ", ".join(f"case when flags & {bit} <> 0 then '{flag}' end" for flag, bit in BITS.items())
    by_day = ", ".join(f"case when {name}_by_day then '{name}' end" for name in ("closed", "created", "due"))
    shapes = {
        "requests": f"""* exclude (created_by_day, closed_by_day, due_by_day)
            replace (concat_ws(',', {flags}) as flags), concat_ws(',', {by_day}) as time_precision""",
        "service_types": """*, (select string_agg(failed_type, ',') from reported_failures f
            where f.service_type = service_types.service_type) as reports_failure_of""",
        "departments": """*, coalesce((select string_agg(alias, '|') from department_aliases a
            where a.department = departments.department), '') as aliases""",
    }
    for table, columns in shapes.items():
        connection.execute(text(f"create table shaped as select {columns} from {table}"))
        connection.execute(text(f"drop table {table}"))
        connection.execute(text(f"alter table shaped rename to {table}"))
    for table in ("reported_failures", "department_aliases"):
        connection.execute(text(f"drop table {table}"))
    connection.execute(schema.schema_version.update().values(version=6))


def asked_again_by(connection: Connection) -> dict[tuple[str, str], tuple[str | None, str | None]]:
    """By system and number: the system and number of the request that asked again."""
    r = schema.requests.c
    rows = connection.execute(
        select(r.source_system, r.sr_number, r.asked_again_by_system, r.asked_again_by).where(r.sr_number.like("1-_"))
    )
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


RIGHT = {("old", "1-1"): (None, None), ("new", "1-1"): ("new", "1-2"), ("new", "1-2"): (None, None)}
