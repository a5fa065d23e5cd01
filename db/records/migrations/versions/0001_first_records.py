"""Saved views, and rounds with their stops and answers."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from db.records.migrations import schema_of

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _author_columns() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return (sa.Column("written_by", sa.Text, nullable=False), sa.Column("written_at", sa.DateTime, nullable=False))


def _key_column(name: str, kind: type = sa.Text) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def upgrade() -> None:
    schema = schema_of(op.get_bind())
    op.create_table(
        "saved_views",
        _key_column("name_key"),
        _key_column("revision", sa.Integer),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("name", "page", "link")),
        sa.Column("is_removed", sa.Boolean, nullable=False),
        *_author_columns(),
        schema=schema,
    )
    op.create_table(
        "rounds",
        _key_column("round_id"),
        _key_column("revision", sa.Integer),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("title", "link")),
        sa.Column("drawn_as_of", sa.DateTime, nullable=False),
        sa.Column("is_removed", sa.Boolean, nullable=False),
        *_author_columns(),
        schema=schema,
    )
    op.create_table(
        "round_stops",
        _key_column("round_id"),
        _key_column("position", sa.Integer),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("source_system", "sr_number")),
        *(sa.Column(name, sa.Text) for name in ("service_type", "department", "address")),
        schema=schema,
    )
    op.create_table(
        "round_answers",
        *(_key_column(name) for name in ("round_id", "source_system", "sr_number")),
        _key_column("revision", sa.Integer),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("answered_on", sa.Date, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        *_author_columns(),
        sa.CheckConstraint("answer IN ('still there', 'gone', 'not found')", name="round_answers_answer"),
        schema=schema,
    )


def downgrade() -> None:
    schema = schema_of(op.get_bind())
    for name in ("round_answers", "round_stops", "rounds", "saved_views"):
        op.drop_table(name, schema=schema)
