"""The migrations of a PostgreSQL database, applied by Alembic within the caller's transaction.

The embedded database needs none: see docs/decisions/ and `db/storage/ddl.py`. A change of
`db/model/schema.py` takes a new file in `versions/`; `tests/engines/storage/test_migrations.py` fails until both agree.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

FIRST = "0001"


def migrate(connection: Connection) -> None:
    """Bring the tables to the newest revision."""
    command.upgrade(_config(connection), "head")


def stamp(connection: Connection, revision: str = "head") -> None:
    """Note that the tables are at `revision` already."""
    command.stamp(_config(connection), revision)


def _config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
