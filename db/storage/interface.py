"""The interface of every database of the desk, whichever engine it has, and what both engines share."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, Engine, exists, select
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError

from db.model import schema
from db.storage.versions import DEFAULT_WAIT, VersionId
from db.storage.write_session import Scratch

AWAY = (OperationalError, InterfaceError)
"""The errors of a database that cannot be reached: show the last good figures. See also `is_being_restored`."""
_NO_SUCH_TABLE = "42P01"


class Database(Protocol):
    """One city's requests, wherever they are kept."""

    kind: str  # duckdb | postgresql

    def version(self) -> int:
        """A number that changes whenever the data change; 0 before there are any."""

    def version_id(self) -> VersionId:
        """Which version is current: its number, and a text no other version has; `NO_VERSION` before there is any."""

    def connect(self, version: VersionId) -> AbstractContextManager[Connection]:
        """A connection to exactly this version of the data. Raises VersionGoneError when it is no longer current, and
        as `reader` does.
        """

    def reader(self) -> Engine:
        """An engine on the current data. Call it for each use: after a change it gives an engine on the new data.

        A connection keeps the version it began with. Raises FileNotFoundError or DeskError that
        names the command to run where there are no tables, or of another schema version.
        """

    def write(
        self, now: datetime, wait: float = DEFAULT_WAIT, scratch: Scratch | None = None
    ) -> AbstractContextManager[Connection]:
        """One transaction, all or nothing; makes the tables where there are none.

        `scratch`: a DuckDB database whose tables an embedded database can then read as its own, see
        `db/storage/write_session.py`.
        Raises TimeoutError that says who writes when another writer is not done after `wait` seconds.
        """

    def upgrade(self, now: datetime, wait: float = DEFAULT_WAIT) -> int | None:
        """Make or upgrade the tables; gives the schema version before, None where there were none."""

    def schema_version(self) -> int | None:
        """The schema version of the tables, None where there are none."""

    def is_empty(self) -> bool:
        """Whether there is no request yet."""

    def close(self) -> None:
        """Give up connections and leases; the next `reader()` opens again."""


def has_no_request(engine: Engine) -> bool:
    """Whether the tables hold no request."""
    with engine.connect() as connection:
        return not connection.scalar(select(exists(select(schema.requests.c.sr_number))))


def is_being_restored(error: BaseException) -> bool:
    """Whether a question failed because a table of the server is not there, as while a backup is put back."""
    return isinstance(error, ProgrammingError) and getattr(error.orig, "sqlstate", None) == _NO_SUCH_TABLE


def is_server(connection: Connection) -> bool:
    """Whether a connection is to a PostgreSQL server."""
    return connection.dialect.name == "postgresql"
