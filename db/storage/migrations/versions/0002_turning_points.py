"""What is stored although it follows from the requests: when each turns, and which values the filter bar can offer."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COLUMNS = ("open_until", "counts_until", "closed_from", "overdue_from")


def upgrade() -> None:
    # `db/storage/ddl.py` fills both, as it does in the embedded database.
    for name in COLUMNS:
        op.add_column("requests", sa.Column(name, sa.DateTime(), autoincrement=False, nullable=True))
    op.create_index("requests_open_until", "requests", ["open_until"], unique=False)
    op.create_table(
        "offered",
        sa.Column("kind", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("value", sa.Text(collation="C"), autoincrement=False, nullable=False),
        sa.Column("first_created_at", sa.DateTime(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("kind", "value", name="offered_key"),
    )


def downgrade() -> None:
    op.drop_table("offered")
    op.drop_index("requests_open_until", table_name="requests")
    for name in COLUMNS:
        op.drop_column("requests", name)
