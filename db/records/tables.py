"""The tables of the records. A change here takes a new file in `migrations/versions/`, for both engines.

Each row is one revision of one thing: `revision` counts from 1, and the key of the table is the thing and its
revision, so that of two writers who saw the same revision only one can add the next one.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Column, Date, DateTime, Float, Integer, MetaData, Table, Text

from db.rules.rounds import RoundAnswer
from db.rules.vocabulary import PromiseFigure

SCHEMA = "desk_records"
"""The schema on a PostgreSQL server; an SQLite file has none, see `database.py`."""

LONGEST_NAME, LONGEST_NOTE, LONGEST_LINK = 120, 1000, 8000

metadata = MetaData(schema=SCHEMA)


def _author_columns() -> tuple[Column[Any], Column[Any]]:
    return (Column("written_by", Text, nullable=False), Column("written_at", DateTime, nullable=False))


saved_views = Table(
    "saved_views",
    metadata,
    Column("name_key", Text, primary_key=True, comment="the name in small letters: what makes two names the same"),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("page", Text, nullable=False, comment="the name of a page, as in its address"),
    Column("link", Text, nullable=False, comment="what follows the ? of the address"),
    Column("is_removed", Boolean, nullable=False),
    *_author_columns(),
)
rounds = Table(
    "rounds",
    metadata,
    Column("round_id", Text, primary_key=True, comment="the day it was drawn and a number, such as 2026-11-30-1"),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("title", Text, nullable=False),
    Column("link", Text, nullable=False, comment="the view it was drawn from: what follows the ? of the address"),
    Column("drawn_as_of", DateTime, nullable=False, comment="the moment of the data it was drawn from"),
    Column("is_removed", Boolean, nullable=False),
    *_author_columns(),
)
round_stops = Table(
    "round_stops",
    metadata,
    Column("round_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False, comment="from 1, in the order to drive"),
    Column("source_system", Text, nullable=False),
    Column("sr_number", Text, nullable=False),
    Column("service_type", Text),
    Column("department", Text),
    Column("address", Text),
)
round_answers = Table(
    "round_answers",
    metadata,
    Column("round_id", Text, primary_key=True),
    Column("source_system", Text, primary_key=True),
    Column("sr_number", Text, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("answer", Text, nullable=False),
    Column("answered_on", Date, nullable=False, comment="the day somebody stood there"),
    Column("note", Text, nullable=False),
    *_author_columns(),
    CheckConstraint(f"answer IN ({', '.join(repr(str(item)) for item in RoundAnswer)})", name="round_answers_answer"),
)
promises = Table(
    "promises",
    metadata,
    Column("name_key", Text, primary_key=True, comment="the name in small letters: what makes two names the same"),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("promised_by", Text, nullable=False, comment="who promised it"),
    Column("figure", Text, nullable=False),
    Column("department", Text, comment="the code; empty for the whole city"),
    Column("service_type", Text, comment="empty for all"),
    Column("start_value", Float, nullable=False, comment="from what: a share or a number of requests"),
    Column("target_value", Float, nullable=False, comment="to what"),
    Column("due_on", Date, nullable=False, comment="by when, that day included"),
    Column("note", Text, nullable=False),
    Column("is_removed", Boolean, nullable=False, comment="closed: off the register"),
    *_author_columns(),
    CheckConstraint(f"figure IN ({', '.join(repr(str(item)) for item in PromiseFigure)})", name="promises_figure"),
)
load_attempts = Table(
    "load_attempts",
    metadata,
    Column("file_key", Text, primary_key=True, comment="the name of the file without its folder"),
    Column("revision", Integer, primary_key=True, autoincrement=False, comment="counts the attempts on a file"),
    Column("is_refused", Boolean, nullable=False, comment="nothing of the file was published"),
    Column("told", Text, nullable=False, comment="why, or what the load warned of; empty where all was well"),
    *_author_columns(),
)
