"""The moments from which a request is closed, overdue, no longer open and no longer counted."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COLUMNS = ("open_until", "counts_until", "closed_from", "overdue_from")


def upgrade() -> None:
    # `db/ddl.py` fills them, as it does in the embedded database.
    for name in COLUMNS:
        op.add_column("requests", sa.Column(name, sa.DateTime(), autoincrement=False, nullable=True))
    op.create_index("requests_open_until", "requests", ["open_until"], unique=False)


def downgrade() -> None:
    op.drop_index("requests_open_until", table_name="requests")
    for name in COLUMNS:
        op.drop_column("requests", name)
