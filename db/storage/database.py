"""Which database the settings name: a folder with DuckDB files or a PostgreSQL server, behind one interface.

Both give a reader (an SQLAlchemy engine that can only read) and a writer (a connection in one transaction that counts
as a whole or not at all). Everything outside `db/storage` takes them from here.
"""

from __future__ import annotations

from sqlalchemy import Connection, select
from sqlalchemy.engine import make_url

from db.model import schema
from db.rules.errors import DeskError
from db.settings import Settings
from db.storage.embedded import EmbeddedDatabase
from db.storage.interface import AWAY, Database, is_being_restored, is_server
from db.storage.server import ServerDatabase
from db.storage.versions import NO_VERSION, VersionGoneError, VersionId

__all__ = [
    "AWAY",
    "NO_VERSION",
    "Database",
    "EmbeddedDatabase",
    "ServerDatabase",
    "VersionGoneError",
    "VersionId",
    "is_being_restored",
    "open_database",
    "require_city",
]


def open_database(settings: Settings) -> Database:
    """The database that the settings name. Connects only when it is first used."""
    if settings.database_url:
        return ServerDatabase(make_url(settings.database_url))
    return EmbeddedDatabase(settings.data_dir)


def require_city(connection: Connection, key: str) -> None:
    """One database holds one city: raises DeskError, which names the setting to use, where it holds another one."""
    stored_key = connection.scalar(select(schema.city.c.key))
    if stored_key is not None and stored_key != key:
        setting = "DATABASE_URL to another database" if is_server(connection) else "DESK_DATA to another folder"
        raise DeskError(f'this database holds "{stored_key}"; "{key}" needs one of its own: set {setting}')
