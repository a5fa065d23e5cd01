"""The tables as the desk was first released with."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "boundaries",
        sa.Column("level", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("population", sa.Integer(), autoincrement=False, nullable=True),
        sa.Column("geometry", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("geometry_screen", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("level", "key", name="boundaries_key"),
    )
    op.create_table(
        "city",
        sa.Column("key", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("source_kind", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("demo_until", sa.DateTime(), autoincrement=False, nullable=True),
        sa.Column("demo_seed", sa.Integer(), autoincrement=False, nullable=True),
        sa.Column("demo_scale", sa.Float(), autoincrement=False, nullable=True),
        sa.Column("last_contact_at", sa.DateTime(), autoincrement=False, nullable=True),
        sa.Column("profile_hash", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.CheckConstraint("source_kind in ('file', 'feed', 'demo')", name="city_source_kind"),
    )
    op.create_table("data_version", sa.Column("version", sa.BigInteger(), nullable=False))
    op.create_table(
        "departments",
        sa.Column("department", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("aliases", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("valid_from", sa.Date(), autoincrement=False, nullable=True),
        sa.Column("valid_to", sa.Date(), autoincrement=False, nullable=True),
        sa.Column("successor", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("department", name="departments_key"),
    )
    op.create_table(
        "goals",
        sa.Column("goal_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("service_type", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("amount", sa.Float(), autoincrement=False, nullable=False),
        sa.Column("unit", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("calendar", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("effective_on", sa.Date(), autoincrement=False, nullable=True),
        sa.Column("basis", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("citation", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("adopted_by", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("adopted_on", sa.Date(), autoincrement=False, nullable=True),
        sa.Column("withdrawn_on", sa.Date(), autoincrement=False, nullable=True),
        sa.CheckConstraint("basis in ('published', 'budget_average', 'draft', 'none')", name="goals_basis"),
        sa.CheckConstraint("unit in ('hours', 'business_hours', 'calendar_days', 'business_days')", name="goals_unit"),
        sa.CheckConstraint("amount > 0", name="goals_amount"),
    )
    op.create_table(
        "load_runs",
        sa.Column("load_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("layout", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("file_bytes", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("file_hash", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("started_at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column("finished_at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column("read", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("inserted", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("updated", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("unchanged", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stale", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("repeated", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rejected", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_min", sa.DateTime(), autoincrement=False, nullable=True),
        sa.Column("created_max", sa.DateTime(), autoincrement=False, nullable=True),
        sa.CheckConstraint(
            "read = inserted + updated + unchanged + stale + repeated + rejected",
            name="load_runs_every_row_accounted_for",
        ),
        sa.PrimaryKeyConstraint("load_id", name="load_runs_key"),
    )
    op.create_table(
        "rejected_rows",
        sa.Column("load_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("raw", sa.Text(collation="C"), autoincrement=False, nullable=True),
    )
    op.create_index("rejected_rows_load_id", "rejected_rows", ["load_id"], unique=False)
    op.create_table(
        "requests",
        sa.Column("source_system", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("sr_number", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("source_status", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("source_department", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("source_service_type", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("department", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("service_type", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("status", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("resolution_code", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("reason_code", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("action_taken", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("channel", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("is_proactive", sa.Boolean(), autoincrement=False, nullable=False),
        sa.Column("assigned_to", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("address", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("street_name", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("zip", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("address_norm", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("place_id", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("latitude", sa.Float(), autoincrement=False, nullable=True),
        sa.Column("longitude", sa.Float(), autoincrement=False, nullable=True),
        sa.Column("location_quality", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("h3_cell", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("council_district", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("council_district_by_file", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("council_district_by_boundary", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("neighborhood_council", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("neighborhood_council_by_file", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("neighborhood_council_by_boundary", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("created_at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.Column("updated_at", sa.DateTime(), autoincrement=False, nullable=True),
        sa.Column("closed_at", sa.DateTime(), autoincrement=False, nullable=True),
        sa.Column("time_precision", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("city_due_at", sa.DateTime(), autoincrement=False, nullable=True),
        sa.Column("city_verdict", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("due_at", sa.DateTime(), autoincrement=False, nullable=True),
        sa.Column("due_source", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("goal_id", sa.Integer(), autoincrement=False, nullable=True),
        sa.Column("goal_basis", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("closed_on_time", sa.Boolean(), autoincrement=False, nullable=True),
        sa.Column("exclusion_reason", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("flags", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("call_id", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("repeat_kind", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("repeat_of", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("first_load", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_load", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("row_hash", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("source_system", "sr_number", name="requests_key"),
    )
    op.create_index("requests_closed_at", "requests", ["closed_at"], unique=False)
    op.create_index("requests_created_at", "requests", ["created_at"], unique=False)
    op.create_index("requests_department", "requests", ["department"], unique=False)
    op.create_index("requests_due_at", "requests", ["due_at"], unique=False)
    op.create_index("requests_place_id", "requests", ["place_id"], unique=False)
    op.create_index("requests_service_type", "requests", ["service_type"], unique=False)
    op.create_table(
        "schema_version",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("applied_at", sa.DateTime(), autoincrement=False, nullable=False),
    )
    op.create_table(
        "service_types",
        sa.Column("service_type", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("public_name", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("category", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("department", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("calendar", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("effort_hours", sa.Float(), autoincrement=False, nullable=True),
        sa.Column("safety_points", sa.Float(), autoincrement=False, nullable=False),
        sa.Column("is_sensitive", sa.Boolean(), autoincrement=False, nullable=False),
        sa.Column("is_service", sa.Boolean(), autoincrement=False, nullable=False),
        sa.Column("is_contracted", sa.Boolean(), autoincrement=False, nullable=False),
        sa.Column("repeat_means", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("reports_failure_of", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.CheckConstraint("repeat_means in ('problem', 'new_need')", name="service_types_repeat_means"),
        sa.PrimaryKeyConstraint("service_type", name="service_types_key"),
    )
    op.create_table(
        "staffing",
        sa.Column("department", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("as_of_on", sa.Date(), autoincrement=False, nullable=False),
        sa.Column("fte_authorised", sa.Float(), autoincrement=False, nullable=False),
        sa.Column("fte_filled", sa.Float(), autoincrement=False, nullable=False),
        sa.Column("request_share", sa.Float(), autoincrement=False, nullable=False),
        sa.Column("basis", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.CheckConstraint("fte_filled >= 0 and fte_filled <= fte_authorised", name="staffing_filled"),
        sa.CheckConstraint("request_share > 0 and request_share <= 1", name="staffing_request_share"),
    )
    op.create_table(
        "status_history",
        sa.Column("source_system", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("sr_number", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("load_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seen_at", sa.DateTime(), autoincrement=False, nullable=True),
        sa.Column("status_before", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("status_after", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("source_status_before", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("source_status_after", sa.Text(collation="C"), autoincrement=False, nullable=True),
        sa.Column("closed_at_before", sa.DateTime(), autoincrement=False, nullable=True),
        sa.Column("closed_at_after", sa.DateTime(), autoincrement=False, nullable=True),
    )
    op.create_index("status_history_sr_number", "status_history", ["sr_number"], unique=False)


def downgrade() -> None:
    op.drop_index("status_history_sr_number", table_name="status_history")
    op.drop_table("status_history")
    op.drop_table("staffing")
    op.drop_table("service_types")
    op.drop_table("schema_version")
    op.drop_index("requests_service_type", table_name="requests")
    op.drop_index("requests_place_id", table_name="requests")
    op.drop_index("requests_due_at", table_name="requests")
    op.drop_index("requests_department", table_name="requests")
    op.drop_index("requests_created_at", table_name="requests")
    op.drop_index("requests_closed_at", table_name="requests")
    op.drop_table("requests")
    op.drop_index("rejected_rows_load_id", table_name="rejected_rows")
    op.drop_table("rejected_rows")
    op.drop_table("load_runs")
    op.drop_table("goals")
    op.drop_table("departments")
    op.drop_table("data_version")
    op.drop_table("city")
    op.drop_table("boundaries")
