"""The tables of one city's request database, in a form both DuckDB and PostgreSQL take.

One database holds one city. Moments are the city's own clock on the wall, stored without
zone; shares are never stored, only what they are made of. A request is keyed by
(`source_system`, `sr_number`); on DuckDB that key is kept by the load itself (see
`db/ingest/requests/load.py`), because an index there slows a bulk load tenfold.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    MetaData,
    Table,
    Text,
)

from db.rules.vocabulary import (
    ALL_FLAGS,
    Basis,
    DueSource,
    Exclusion,
    LocationQuality,
    Outcome,
    RepeatKind,
    RepeatMeaning,
    SourceKind,
    StaffingBasis,
    Status,
    Unit,
    known,
)

SCHEMA_VERSION = 7

metadata = MetaData()


def one_of(column: str, words: type[StrEnum], name: str) -> CheckConstraint:
    """A CHECK that a column holds a word of a closed list, or nothing."""
    listed = ", ".join(f"'{word}'" for word in known(words))
    return CheckConstraint(f"{column} in ({listed})", name=name)


schema_version = Table(
    "schema_version",
    metadata,
    Column("version", Integer, nullable=False),
    Column("applied_at", DateTime, nullable=False),
)

city = Table(
    "city",
    metadata,
    Column("key", Text, nullable=False),  # the profile's file name without ending: los_angeles
    Column("name", Text, nullable=False),
    Column("source_kind", Text, nullable=False),  # file | feed | demo: decides what as_of is
    Column("demo_until", DateTime),  # demo only: the last moment it was generated for
    Column("demo_seed", Integer),
    Column("demo_scale", Float),
    Column("last_contact_at", DateTime),  # feed only: the last successful contact
    Column("profile_hash", Text),
    Column("profile_text", Text),  # a profile of one's own as it was read; empty where it comes with the desk
    Column("profile_path", Text),  # where its file lay
    one_of("source_kind", SourceKind, "city_source_kind"),
)

requests = Table(
    "requests",
    metadata,
    Column("source_system", Text, nullable=False),
    Column("sr_number", Text, nullable=False),
    Column("source_status", Text),
    Column("source_department", Text),
    Column("source_service_type", Text),
    Column("department", Text, nullable=False),  # departments.department, or "Unknown"
    Column("service_type", Text, nullable=False),  # service_types.service_type, or the city's own word
    Column("status", Text, nullable=False),
    Column("outcome", Text),  # empty while open
    Column("resolution_code", Text),
    Column("reason_code", Text),
    Column("action_taken", Text),
    Column("channel", Text),
    Column("is_proactive", Boolean, nullable=False),
    Column("assigned_to", Text),
    Column("address", Text),
    Column("street_name", Text),
    Column("zip", Text),
    Column("address_norm", Text),  # empty where the address is no usable place
    Column("place_id", Text),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("location_quality", Text, nullable=False),  # point | none | outside | zero
    Column("h3_cell", BigInteger),  # resolution 9; coarser cells are derived by bit arithmetic
    Column("council_district", Text),  # by_file, else by_boundary
    Column("council_district_by_file", Text),
    Column("council_district_by_boundary", Text),
    Column("neighborhood_council", Text),
    Column("neighborhood_council_by_file", Text),
    Column("neighborhood_council_by_boundary", Text),
    Column("created_at", DateTime, nullable=False),
    Column("updated_at", DateTime),
    Column("closed_at", DateTime),
    # Whether only the day of the moment is known. On time and overdue then go by days.
    Column("created_by_day", Boolean, nullable=False),
    Column("closed_by_day", Boolean, nullable=False),
    Column("due_by_day", Boolean, nullable=False),
    Column("city_due_at", DateTime),
    Column("city_verdict", Text),
    Column("due_at", DateTime),
    Column("due_source", Text),  # city | computed | empty
    Column("goal_id", Integer),
    Column("goal_basis", Text),  # published | budget_average | draft; 'published' where due_source is city; else empty
    Column("closed_on_time", Boolean),  # empty while open, without a due date, or without a usable closing time
    # Between which moments the row is open, counted, closed, overdue: `TURNING_POINTS` in db/model/expressions.py.
    Column("open_until", DateTime),
    Column("counts_until", DateTime),
    Column("closed_from", DateTime),
    Column("overdue_from", DateTime),
    Column("exclusion_reason", Text),  # not_a_service | test | cancelled | duplicate | acknowledged | empty
    Column("flags", Integer, nullable=False),  # a bit for each `Flag` of db/rules/vocabulary.py; 0 if none
    # The first request of the same call, by source system and number; the call may reach over two systems.
    Column("call_system", Text),
    Column("call_id", Text),
    Column("repeat_kind", Text),  # same_call | chaser | asked_again | empty
    Column("repeat_of_system", Text),  # the request that this one repeats, by source system and number
    Column("repeat_of", Text),
    # What the links of others say of this row's call: `set_calls` in db/model/stored_columns.py.
    Column("shares_call", Boolean),  # whether other requests belong to the call
    Column("asked_again_at", DateTime),  # when the first request was made that asked for it again; empty if none
    Column("asked_again_by_system", Text),  # that one, by source system and number
    Column("asked_again_by", Text),
    Column("first_load", Integer, nullable=False),
    Column("last_load", Integer, nullable=False),
    Column("row_hash", BigInteger, nullable=False),
    one_of("status", Status, "requests_status"),
    one_of("outcome", Outcome, "requests_outcome"),
    one_of("exclusion_reason", Exclusion, "requests_exclusion_reason"),
    one_of("goal_basis", Basis, "requests_goal_basis"),
    one_of("due_source", DueSource, "requests_due_source"),
    one_of("repeat_kind", RepeatKind, "requests_repeat_kind"),
    CheckConstraint(f"flags between 0 and {ALL_FLAGS}", name="requests_flags"),
    one_of("location_quality", LocationQuality, "requests_location_quality"),
    CheckConstraint("(due_at is null) = (due_source is null)", name="requests_due"),
)

service_types = Table(
    "service_types",
    metadata,
    Column("service_type", Text, nullable=False),
    Column("public_name", Text, nullable=False),
    Column("category", Text),
    Column("department", Text),  # the usual owner
    Column("calendar", Text, nullable=False),
    Column("effort_hours", Float),
    Column("safety_points", Float, nullable=False),
    Column("is_sensitive", Boolean, nullable=False),
    Column("is_service", Boolean, nullable=False),  # false: Information-Only, Feedback, Program Research
    Column("is_contracted", Boolean, nullable=False),
    Column("repeat_means", Text, nullable=False),  # problem | new_need
    one_of("repeat_means", RepeatMeaning, "service_types_repeat_means"),
)

departments = Table(
    "departments",
    metadata,
    Column("department", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("successor", Text),
)

reported_failures = Table(
    "reported_failures",
    metadata,
    Column("service_type", Text, nullable=False),  # a request of this type
    Column("failed_type", Text, nullable=False),  # says that one of this type was not done
)

department_aliases = Table(
    "department_aliases",
    metadata,
    Column("department", Text, nullable=False),
    Column("alias", Text, nullable=False),  # the city's own spelling
)

goals = Table(
    "goals",
    metadata,
    Column("goal_id", Integer, nullable=False),
    Column("service_type", Text, nullable=False),
    Column("amount", Float, nullable=False),
    Column("unit", Text, nullable=False),  # hours | business_hours | calendar_days | business_days
    Column("calendar", Text, nullable=False),
    Column("effective_on", Date),  # empty: it holds from the first request on
    Column("basis", Text, nullable=False),  # published | budget_average | draft
    Column("citation", Text),
    Column("adopted_by", Text),
    Column("adopted_on", Date),
    Column("withdrawn_on", Date),
    CheckConstraint("amount > 0", name="goals_amount"),
    one_of("unit", Unit, "goals_unit"),
    one_of("basis", Basis, "goals_basis"),
)

GOAL_COLUMNS = tuple(column.name for column in goals.columns if column.name not in ("goal_id", "withdrawn_on"))
"""What a file of goals states, in its order; the desk adds the rest."""

staffing = Table(
    "staffing",
    metadata,
    Column("department", Text, nullable=False),
    Column("as_of_on", Date, nullable=False),
    Column("fte_authorised", Float, nullable=False),
    Column("fte_filled", Float, nullable=False),
    Column("request_share", Float, nullable=False),
    Column("basis", Text, nullable=False),  # reported | illustrative
    Column("source", Text),
    one_of("basis", StaffingBasis, "staffing_basis"),
    CheckConstraint("fte_filled >= 0 and fte_filled <= fte_authorised", name="staffing_filled"),
    CheckConstraint("request_share > 0 and request_share <= 1", name="staffing_request_share"),
)

offered = Table(
    "offered",
    metadata,
    Column("kind", Text, nullable=False),  # the column of requests: `OFFERED` in db/model/stored_columns.py
    Column("value", Text, nullable=False),
    Column("first_created_at", DateTime, nullable=False),  # of the requests that have it
)

status_history = Table(
    "status_history",
    metadata,
    Column("source_system", Text, nullable=False),
    Column("sr_number", Text, nullable=False),
    Column("load_id", Integer, nullable=False),
    Column("seen_at", DateTime),  # the new row's updated_at, else when its load began
    Column("status_before", Text, nullable=False),
    Column("status_after", Text, nullable=False),
    Column("source_status_before", Text),
    Column("source_status_after", Text),
    Column("closed_at_before", DateTime),
    Column("closed_at_after", DateTime),
)

load_runs = Table(
    "load_runs",
    metadata,
    Column("load_id", Integer, nullable=False),
    Column("file", Text, nullable=False),
    Column("layout", Text, nullable=False),
    Column("file_bytes", BigInteger),
    Column("file_hash", Text),
    Column("started_at", DateTime, nullable=False),
    Column("finished_at", DateTime, nullable=False),
    Column("read", BigInteger, nullable=False),
    Column("inserted", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("unchanged", BigInteger, nullable=False),
    Column("stale", BigInteger, nullable=False),
    Column("repeated", BigInteger, nullable=False),
    Column("rejected", BigInteger, nullable=False),
    Column("created_min", DateTime),
    Column("created_max", DateTime),
    CheckConstraint(
        "read = inserted + updated + unchanged + stale + repeated + rejected", name="load_runs_every_row_accounted_for"
    ),
)

rejected_rows = Table(
    "rejected_rows",
    metadata,
    Column("load_id", Integer, nullable=False),
    Column("line", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("raw", Text),
)

boundaries = Table(
    "boundaries",
    metadata,
    Column("level", Text, nullable=False),  # city | council_district | neighborhood_council
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("population", Integer),
    Column("geometry", Text, nullable=False),  # GeoJSON geometry, longitude and latitude
    Column("geometry_screen", Text, nullable=False),  # the same, simplified for the screen
    Column("source", Text),
)
