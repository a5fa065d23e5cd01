"""The register of promises."""

import sqlalchemy as sa
from alembic import op

from db.records.migrations import schema_of

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "promises",
        sa.Column("name_key", sa.Text, primary_key=True, autoincrement=False),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("name", "promised_by", "figure")),
        *(sa.Column(name, sa.Text) for name in ("department", "service_type")),
        *(sa.Column(name, sa.Float, nullable=False) for name in ("start_value", "target_value")),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("is_removed", sa.Boolean, nullable=False),
        sa.Column("written_by", sa.Text, nullable=False),
        sa.Column("written_at", sa.DateTime, nullable=False),
        sa.CheckConstraint(
            "figure IN ('compliance', 'overdue_count', 'open_count', 'asked_again_share')", name="promises_figure"
        ),
        schema=schema_of(op.get_bind()),
    )


def downgrade() -> None:
    op.drop_table("promises", schema=schema_of(op.get_bind()))
