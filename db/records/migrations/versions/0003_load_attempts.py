"""Loads that were refused, and what loads warned of."""

import sqlalchemy as sa
from alembic import op

from db.records.migrations import schema_of

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "load_attempts",
        sa.Column("file_key", sa.Text, primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("is_refused", sa.Boolean, nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("written_by", sa.Text, nullable=False),
        sa.Column("written_at", sa.DateTime, nullable=False),
        schema=schema_of(op.get_bind()),
    )


def downgrade() -> None:
    op.drop_table("load_attempts", schema=schema_of(op.get_bind()))
