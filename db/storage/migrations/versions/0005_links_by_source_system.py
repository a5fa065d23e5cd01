"""What a request is linked with is named by source system and number: two systems may use one number."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COLUMNS = ("call_system", "repeat_of_system", "asked_again_by_system")


def upgrade() -> None:
    # `db/storage/ddl.py` links all requests anew, as it does in the embedded database.
    for name in COLUMNS:
        op.add_column("requests", sa.Column(name, sa.Text(collation="C"), autoincrement=False, nullable=True))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("requests", name)
