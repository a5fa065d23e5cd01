"""The fixed list of public tables. Nothing else leaves the request database for the kiosk.

An empty count, share or time stands for "hidden", whatever the reason. `edition` holds values of the whole edition
by name; its `checksum` covers all the other rows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Float, Integer, MetaData, Table, Text

FORMAT = "2"
CHECKSUM = "checksum"
TIMES_EDITION = "times_edition"  # the edition that last counted how long services take
ALL = ""  # of a service type, category or district: all of them together
NOWHERE = "-"  # the district of requests whose district is not known
OTHER = "-"  # the service type of requests whose type the city's profile does not know
LEVELS = ("service_by_district", "category_by_district", "district", "service", "city")

public = MetaData()

edition = Table("edition", public, Column("name", Text, nullable=False), Column("value", Text, nullable=False))

months = Table(
    "months",
    public,
    Column("month", Text, nullable=False),  # YYYY-MM
    Column("edition", Integer, nullable=False),  # which added it
    Column("first_on", Text, nullable=False),  # its first Monday
    Column("last_on", Text, nullable=False),  # its last Sunday
    Column("weeks", Integer, nullable=False),
    Column("counted_on", Text, nullable=False),
    Column("level", Text, nullable=False),  # how finely `asked` is published: one of LEVELS, or empty for not at all
    Column("withdrawn_on", Text),  # its figures were found wrong and are never published again
)

# The rows of withdrawn editions, as JSON. They are never shown, but whoever kept such an edition still knows them.
withdrawn = Table(
    "withdrawn",
    public,
    Column("edition", Integer, nullable=False),
    Column("name", Text, nullable=False),  # the table it stood in
    Column("row", Text, nullable=False),
)

asked = Table(
    "asked",
    public,
    Column("month", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("service_type", Text, nullable=False),
    Column("district", Text, nullable=False),
    Column("asked_count", Integer),
)

promises = Table(
    "promises",
    public,
    Column("month", Text, nullable=False),
    Column("due_count", Integer),
    Column("kept_percent", Integer),
    Column("bound", Text, nullable=False),  # '' | at_least | at_most
)

ended = Table(
    "ended",
    public,
    Column("month", Text, nullable=False),
    Column("ended_count", Integer),
    Column("work_done_count", Integer),
)

waiting = Table(
    "waiting",
    public,
    Column("week_end", Text, nullable=False),  # a Sunday
    Column("edition", Integer, nullable=False),  # which added it
    Column("waiting_count", Integer),  # to the nearest ten
)

services = Table(
    "services",
    public,
    Column("service_type", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("half_days", Integer),  # half were closed within so many days; with half_is_over: more than so many
    Column("half_is_over", Integer, nullable=False),
    Column("most_days", Integer),  # nine of ten
    Column("most_is_over", Integer, nullable=False),
    Column("promise_amount", Float),
    Column("promise_unit", Text),
)

districts = Table(
    "districts",
    public,
    Column("district", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("outline", Text, nullable=False),  # an SVG path in the map's own units; '' without boundaries
    Column("month", Text, nullable=False),
    Column("within_week_percent", Integer),
    Column("same_mix_percent", Integer),
)


def checksum(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """The SHA-256 of all rows of all tables, whatever their order, without the row of the checksum itself."""
    texts_by_table = {
        name: sorted(json.dumps({column.name: row[column.name] for column in table.c}) for row in rows[name])
        for name, table in public.tables.items()
    }
    checksum_name = json.dumps(CHECKSUM)
    texts_by_table["edition"] = [row for row in texts_by_table["edition"] if f'"name": {checksum_name}' not in row]
    return hashlib.sha256(json.dumps(texts_by_table, sort_keys=True).encode()).hexdigest()
