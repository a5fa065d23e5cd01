"""A profile that does not come with the desk is stored with the database: its text, and where its file lay."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("profile_text", "profile_path"):
        op.add_column("city", sa.Column(name, sa.Text(collation="C"), autoincrement=False, nullable=True))


def downgrade() -> None:
    for name in ("profile_path", "profile_text"):
        op.drop_column("city", name)
