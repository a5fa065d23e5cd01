"""Which database: a folder with DuckDB files, or a PostgreSQL server, behind one interface.

Both give a reader (an SQLAlchemy engine that can only read) and a writer (a connection in one
transaction that counts as a whole or not at all). What a question needs from an engine is in
`db/storage/frames.py`; the tables are in `db/storage/ddl.py`.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, NullPool, QueuePool, create_engine, exists, func, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError

from db.model import schema
from db.settings import Settings
from db.storage import ddl
from db.storage.versions import DEFAULT_WAIT, Lease, Store
from db.storage.write_session import Scratch, writing

AWAY = (OperationalError, InterfaceError)
"""What a reader meets when the database is away: catch these to show the last good figures."""

OLDEST_SERVER = 14
_WRITE_LOCK = 311_000_001
_NO_SUCH_TABLE, _LOCK_NOT_GOT = "42P01", "55P03"
_CONNECT_SECONDS = 5
_READER_CONFIG = {"enable_external_access": False}


class Database(Protocol):
    """One city's requests, wherever they are kept."""

    kind: str  # duckdb | postgresql

    def version(self) -> int:
        """A number that changes whenever there is new data; 0 before there is any. Cheap: ask often."""

    def reader(self) -> Engine:
        """An engine on the data as they are now; ask again for each use, it moves over by itself.

        A connection keeps the version it began with. Raises FileNotFoundError or ValueError that
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
        """Whether there is not one request yet."""

    def close(self) -> None:
        """Let go of connections and leases; the next `reader()` opens again."""


def open_database(settings: Settings) -> Database:
    """The database that the settings name. Connects only when it is first asked something."""
    if settings.database_url:
        return ServerDatabase(make_url(settings.database_url))
    return EmbeddedDatabase(settings.data_dir)


def require_city(connection: Connection, key: str) -> None:
    """One database holds one city: ValueError, naming the setting to use, when it holds another than `key`."""
    held = connection.scalar(select(schema.city.c.key))
    if held is not None and held != key:
        setting = "DATABASE_URL to another database" if _is_server(connection) else "DESK_DATA to another folder"
        raise ValueError(f'this database holds "{held}"; "{key}" needs one of its own: set {setting}')


class EmbeddedDatabase:
    """DuckDB files in a folder; readers follow the current version, see `db/storage/versions.py`."""

    kind = "duckdb"

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder)
        self._opening = threading.Lock()
        self._reader: tuple[int, Engine] | None = None

    def version(self) -> int:
        return self.store.current() or 0

    def reader(self) -> Engine:
        with self._opening:
            if self._reader is None or self._reader[0] != self.store.current():
                self._reader = None  # lets go of the old version before the new one is opened
                lease = self.store.lease()
                engine = _follow(lease)
                with _damage_named(lease.path), engine.connect() as connection:
                    ddl.check(connection)
                self._reader = lease.version, engine
            return self._reader[1]

    @contextmanager
    def write(self, now: datetime, wait: float = DEFAULT_WAIT, scratch: Scratch | None = None) -> Iterator[Connection]:
        with self._transaction(now, wait, scratch) as connection:
            ddl.create(connection, now)
            yield connection

    def upgrade(self, now: datetime, wait: float = DEFAULT_WAIT) -> int | None:
        with self._transaction(now, wait) as connection:
            return ddl.upgrade(connection, now)

    def schema_version(self) -> int | None:
        if self.store.current() is None:
            return None
        with _follow(self.store.lease()).connect() as connection:
            return ddl.stored_version(connection)

    def is_empty(self) -> bool:
        return self.store.current() is None or _has_no_request(self.reader())

    def close(self) -> None:
        with self._opening:
            self._reader = None

    @contextmanager
    def _transaction(self, now: datetime, wait: float, scratch: Scratch | None = None) -> Iterator[Connection]:
        with self.store.new_version(now, wait) as path, writing(path, scratch) as connection:
            yield connection


class ServerDatabase:
    """A PostgreSQL server; what writers commit is what readers see."""

    kind = "postgresql"

    def __init__(self, url: URL) -> None:
        self.url = url.set(drivername="postgresql+psycopg")
        self._opening = threading.Lock()
        self._engine = self._make_engine()
        self._is_checked = False

    def version(self) -> int:
        counter = ddl.server_metadata().tables["data_version"]
        try:
            with self._engine.connect() as connection:
                return connection.scalar(select(counter.c.version)) or 0
        except ProgrammingError as error:
            if getattr(error.orig, "sqlstate", None) != _NO_SUCH_TABLE:
                raise
            return 0

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
        return self.schema_version() is None or _has_no_request(self.reader())

    def close(self) -> None:
        self._engine.dispose()
        self._is_checked = False

    def _make_engine(self) -> Engine:
        return create_engine(
            self.url,
            pool_pre_ping=True,
            isolation_level="REPEATABLE READ",  # the figures of one page describe one moment
            execution_options={"postgresql_readonly": True},
            connect_args={"connect_timeout": _CONNECT_SECONDS, "application_name": _who()},
        )

    @contextmanager
    def _transaction(self, wait: float) -> Iterator[Connection]:
        connect_args = {"connect_timeout": _CONNECT_SECONDS, "application_name": _who()}
        engine = create_engine(self.url, poolclass=NullPool, connect_args=connect_args)
        try:
            with engine.begin() as connection:
                refuse_old_server(connection.dialect.server_version_info)
                _lock_writers(connection, wait)
                yield connection
        finally:
            engine.dispose()


def refuse_old_server(version: tuple[int | str, ...] | None) -> None:
    """ValueError for a PostgreSQL server older than the desk is tested with."""
    if version is None or int(version[0]) < OLDEST_SERVER:
        shown = ".".join(map(str, version or ("unknown",)))
        raise ValueError(f"the server of DATABASE_URL is PostgreSQL {shown}; the desk needs {OLDEST_SERVER} or newer")


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    """ValueError that says what to do for a file that is there and is no database."""
    try:
        yield
    except OperationalError as error:
        if "not a valid DuckDB database file" not in str(error.orig):
            raise
        raise ValueError(
            f'{path} is damaged: restore a copy with "python -m db restore FILE", or move the folder away and load the '
            "files again"
        ) from error


def _follow(lease: Lease) -> Engine:
    """An engine on the leased version that lives as long as anyone holds it or a connection of it.

    `execution_options` gives a light handle over the real engine. Every connection refers to
    the handle and nothing else does, so when the last user lets go, the pool is closed and
    then the lease: never under a thread that is still reading.
    """
    engine = create_engine(
        _file_url(lease.path),
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=24,
        connect_args={"read_only": True, "config": _READER_CONFIG},
    )
    handle = engine.execution_options()
    weakref.finalize(handle, _let_go, engine, lease)
    return handle


def _let_go(engine: Engine, lease: Lease) -> None:
    engine.dispose()
    lease.release()


def _file_url(path: Path) -> URL:
    return URL.create("duckdb", database=str(path))


def _has_no_request(engine: Engine) -> bool:
    with engine.connect() as connection:
        return not connection.scalar(select(exists(select(schema.requests.c.sr_number))))


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
            f"the database is being written by {_writer(connection)}; waited {wait:g} s; try again when it is done"
        ) from None
    connection.execute(text("SET LOCAL lock_timeout = 0"))


def _writer(connection: Connection) -> str:
    found = connection.execute(
        text(
            "SELECT a.application_name, to_char(a.xact_start, 'YYYY-MM-DD HH24:MI:SS') FROM pg_locks l "
            "JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted AND l.objid = :key"
        ),
        {"key": _WRITE_LOCK},
    ).first()
    return f"{found[0]}, since {found[1]}" if found else "another process"


def _who() -> str:
    """This process in words; the server cuts a name after 63 bytes."""
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])
    return f"process {os.getpid()} on {socket.gethostname()[:20]}, {command}"[:63]


def _is_server(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"
