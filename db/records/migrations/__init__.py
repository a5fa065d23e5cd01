"""The migrations of the records, the same files for SQLite and PostgreSQL, applied within the caller's transaction."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from db.records.tables import SCHEMA


def migrate(connection: Connection) -> None:
    """Bring the tables to the newest revision; on a server the schema must be there."""
    command.upgrade(_config(connection), "head")


def newest() -> str:
    """The revision that this desk works with."""
    return _script().get_current_head() or ""


def known() -> frozenset[str]:
    """Every revision that this desk knows; any other belongs to a newer desk."""
    return frozenset(script.revision for script in _script().walk_revisions())


def held(connection: Connection) -> str | None:
    """The revision of the tables behind a connection, None where there are none."""
    schema = schema_of(connection)
    return MigrationContext.configure(connection, opts={"version_table_schema": schema}).get_current_revision()


def schema_of(connection: Connection) -> str | None:
    """The schema of the tables on a server; None with SQLite, where they have a file of their own."""
    return SCHEMA if connection.dialect.name == "postgresql" else None


@cache
def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config(None))


def _config(connection: Connection | None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
