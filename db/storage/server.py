"""A PostgreSQL server: one writer at a time by an advisory lock, readers see what was committed."""

from __future__ import annotations

import os
import socket
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, Text, column, create_engine, func, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError, ProgrammingError

from db.rules.errors import DeskError
from db.storage import ddl
from db.storage.interface import has_no_request
from db.storage.roles import LONGEST_IDLE, LONGEST_QUERY
from db.storage.versions import DEFAULT_WAIT, NO_VERSION, VersionGoneError, VersionId
from db.storage.write_session import Scratch

OLDEST_SERVER = 14
_WRITE_LOCK = 311_000_001
_NO_SUCH_TABLE, _LOCK_NOT_GOT = "42P01", "55P03"
_CONNECT_SECONDS = 5


class ServerDatabase:
    """A PostgreSQL server; what writers commit is what readers see."""

    kind = "postgresql"

    def __init__(self, url: URL) -> None:
        self.url = url.set(drivername="postgresql+psycopg")
        self._opening = threading.Lock()
        self._engine = self._make_engine()
        weakref.finalize(self, self._engine.dispose)  # a server limits its connections: leave none open
        self._is_checked = False

    def version(self) -> int:
        return self.version_id().number

    def version_id(self) -> VersionId:
        try:
            with self._engine.connect() as connection:
                return _version_seen(connection)
        except ProgrammingError as error:
            if getattr(error.orig, "sqlstate", None) != _NO_SUCH_TABLE:
                raise
            return NO_VERSION

    @contextmanager
    def connect(self, version: VersionId) -> Iterator[Connection]:
        with self.reader().connect() as connection:
            # Read in the transaction that the questions are asked in: it sees one state of the data throughout.
            if _version_seen(connection) != version:
                raise VersionGoneError(f"version {version.number} is no longer what readers are given")
            yield connection

    def reader(self) -> Engine:
        with self._opening:
            if not self._is_checked:
                with self._engine.connect() as connection:
                    refuse_old_server(connection.dialect.server_version_info)
                    ddl.check(connection)
                self._is_checked = True
            return self._engine

    @contextmanager
    def write(self, now: datetime, wait: float = DEFAULT_WAIT, scratch: Scratch | None = None) -> Iterator[Connection]:
        with self._transaction(wait) as connection:
            ddl.create(connection, now)
            yield connection
            ddl.count_change(connection)

    def upgrade(self, now: datetime, wait: float = DEFAULT_WAIT) -> int | None:
        with self._transaction(wait) as connection:
            before = ddl.upgrade(connection, now)
            ddl.count_change(connection)
            return before

    def schema_version(self) -> int | None:
        with self._engine.connect() as connection:
            return ddl.stored_version(connection)

    def is_empty(self) -> bool:
        return self.schema_version() is None or has_no_request(self.reader())

    def close(self) -> None:
        self._engine.dispose()
        self._is_checked = False

    def _make_engine(self) -> Engine:
        return create_engine(
            self.url,
            pool_pre_ping=True,
            isolation_level="REPEATABLE READ",  # the figures of one page describe one moment
            execution_options={"postgresql_readonly": True},
            connect_args={
                "connect_timeout": _CONNECT_SECONDS,
                "application_name": _process_name(),
                # A role may change its own settings, so the limits of `desk_reader` are asked for here too.
                "options": f"-c statement_timeout={LONGEST_QUERY} "
                f"-c idle_in_transaction_session_timeout={LONGEST_IDLE}",
            },
        )

    @contextmanager
    def _transaction(self, wait: float) -> Iterator[Connection]:
        connect_args = {"connect_timeout": _CONNECT_SECONDS, "application_name": _process_name()}
        engine = create_engine(self.url, poolclass=NullPool, connect_args=connect_args)
        try:
            with engine.begin() as connection:
                refuse_old_server(connection.dialect.server_version_info)
                _lock_writers(connection, wait)
                yield connection
        finally:
            engine.dispose()


def _version_seen(connection: Connection) -> VersionId:
    """The version that this transaction sees.

    The number is counted inside the tables, so a backup that is put back brings an old one with it, and the next load
    counts on from there. So the version also has what no backup holds: which transaction wrote the number,
    into which table.
    """
    counter = ddl.server_metadata().tables["data_version"]
    written_by = (column(name).cast(Text) for name in ("xmin", "tableoid"))
    row = connection.execute(select(counter.c.version, *written_by).select_from(counter)).first()
    return VersionId(row[0], f"{row[1]}-{row[2]}") if row else NO_VERSION


def refuse_old_server(version: tuple[int | str, ...] | None) -> None:
    """DeskError for a PostgreSQL server older than the desk is tested with."""
    if version is None or int(version[0]) < OLDEST_SERVER:
        shown = ".".join(map(str, version or ("unknown",)))
        raise DeskError(f"the server of DATABASE_URL is PostgreSQL {shown}; the desk needs {OLDEST_SERVER} or newer")


def _lock_writers(connection: Connection, wait: float) -> None:
    """Hold the one write lock of this database until the transaction ends."""
    try:
        # 0 would mean to wait for ever.
        with connection.begin_nested():
            connection.execute(text(f"SET LOCAL lock_timeout = {max(1, round(wait * 1000))}"))
            connection.execute(select(func.pg_advisory_xact_lock(_WRITE_LOCK)))
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_GOT:
            raise
        raise TimeoutError(
            f"the database is being written by {_current_writer(connection)}; waited {wait:g} s; "
            "try again when it is done"
        ) from None
    connection.execute(text("SET LOCAL lock_timeout = 0"))


def _current_writer(connection: Connection) -> str:
    row = connection.execute(
        text(
            "SELECT a.application_name, to_char(a.xact_start, 'YYYY-MM-DD HH24:MI:SS') FROM pg_locks l "
            "JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted AND l.objid = :key"
        ),
        {"key": _WRITE_LOCK},
    ).first()
    return f"{row[0]}, since {row[1]}" if row else "another process"


def _process_name() -> str:
    """This process in words; the server cuts a name after 63 bytes."""
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])
    return f"process {os.getpid()} on {socket.gethostname()[:20]}, {command}"[:63]
