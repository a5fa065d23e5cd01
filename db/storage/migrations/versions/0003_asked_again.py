"""Who asked again for a call, and whether it has several requests: stored with each of its requests."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # `db/storage/ddl.py` fills them, as it does in the embedded database.
    op.add_column("requests", sa.Column("shares_call", sa.Boolean(), autoincrement=False, nullable=True))
    op.add_column("requests", sa.Column("asked_again_at", sa.DateTime(), autoincrement=False, nullable=True))
    op.add_column("requests", sa.Column("asked_again_by", sa.Text(collation="C"), autoincrement=False, nullable=True))


def downgrade() -> None:
    for name in ("asked_again_by", "asked_again_at", "shares_call"):
        op.drop_column("requests", name)
