"""Where the records are kept, and how they are opened: an SQLite file in the data folder, or a schema on the server.

`open_records(settings)` gives a `Records` with `reading()` and `writing()`. Every problem is raised as a RecordsError
with a sentence for a person; pages show it and go on.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, QueuePool, StaticPool, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.schema import CreateSchema

from db.records import migrations
from db.records.errors import RecordsError
from db.records.tables import SCHEMA, metadata
from db.settings import Settings

FILE = "records.sqlite"
PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
WAIT_SECONDS = 5.0
UNSEEN_SECONDS = 5.0  # on a server, a change by another process may be seen this much later
_CONNECT_SECONDS = 5
_NOT_ALLOWED, _NO_SCHEMA, _NO_TABLE, _READ_ONLY = "42501", "3F000", "42P01", "25006"


class Records(Protocol):
    """The records of one desk, wherever they are kept."""

    place: str  # in words, for a sentence

    def reading(self) -> Any:
        """A context with a connection that only reads; where nothing was ever recorded it finds empty tables.

        Raises RecordsError where the records cannot be read.
        """

    def writing(self) -> Any:
        """A context with a connection in one transaction, all or nothing.

        Raises RecordsError where it cannot be written, or nothing was written because it failed.
        """

    def prepare(self) -> None:
        """Make the tables, or bring those of an older desk up to date."""

    def revision(self) -> str | None:
        """The revision of the tables, None where there are none yet."""

    def state(self) -> object:
        """A value that changes once anybody has written something, at the latest `UNSEEN_SECONDS` later."""

    def close(self) -> None:
        """Close every connection; the next use opens again."""


def open_records(settings: Settings) -> Records:
    """The records that the settings name. Connects only when they are first used."""
    if settings.database_url:
        return ServerRecords(make_url(settings.records_url or settings.database_url))
    return FileRecords(settings.data_dir / FILE)


class FileRecords:
    """An SQLite file with a write-ahead log: readers go on while one writes, a killed writer leaves no trace."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place = str(path)
        self._opening = threading.Lock()
        self._engine: Engine | None = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._as_records_error("read"):
            if not self.path.exists():
                with _empty_tables().connect() as connection:
                    yield connection
                return
            with self._upgraded_engine().connect() as connection:
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self._as_records_error("written"):
            self.prepare()
            with self._upgraded_engine().connect().execution_options(writes=True) as connection, connection.begin():
                yield connection

    def prepare(self) -> None:
        with self._as_records_error("written"):
            if self.path.exists() and self.revision() == migrations.newest():
                return
            self._make_file()
            with self._open().connect().execution_options(writes=True) as connection, connection.begin():
                _refuse_newer(migrations.held(connection), self.place)
                migrations.migrate(connection)

    def revision(self) -> str | None:
        with self._as_records_error("read"):
            if not self.path.exists():
                return None
            with self._open().connect() as connection:
                return migrations.held(connection)

    def close(self) -> None:
        with self._opening:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None

    def state(self) -> object:
        file_states = []
        with self._as_records_error("read"):
            for path in (self.path, self.path.with_name(f"{self.path.name}-wal")):
                with suppress(FileNotFoundError):
                    stat = path.stat()
                    file_states.append((stat.st_ino, stat.st_size, stat.st_mtime_ns))
        return tuple(file_states)

    def damage(self) -> str:
        """What SQLite finds wrong with the file, empty where it is whole."""
        with self._as_records_error("read"), self._open().connect() as connection:
            result = str(connection.exec_driver_sql("PRAGMA integrity_check").scalar())
        return "" if result == "ok" else result

    def content(self) -> bytes | None:
        """The whole database as one file, consistent while others write; None where there is none."""
        if not self.path.exists():
            return None
        with (
            self._as_records_error("read"),
            _sqlite_connection(self.path) as source,
            sqlite3.connect(":memory:") as copy,
        ):
            source.backup(copy)
            content = bytearray(copy.serialize())
            content[18:20] = b"\x01\x01"  # no write-ahead log: in memory there is no file to put one beside
            return bytes(content)

    def replace(self, content: bytes, earlier: Path) -> None:
        """Put another database in the place of this one, whole or not at all, also under desks that have it open.

        What was there is first copied to `earlier`. Raises RecordsError where `content` is no database of records.
        """
        with self._as_records_error("written"), sqlite3.connect(":memory:") as source:
            source.deserialize(content)
            _refuse_newer(_revision_of_backup(source), "the backup")
            if self.path.exists():
                self._put_aside(earlier)
            self._make_file()
            with _sqlite_connection(self.path) as target:
                source.backup(target)

    def _put_aside(self, earlier: Path) -> None:
        try:
            with _sqlite_connection(self.path) as current, _sqlite_connection(earlier) as copy:
                current.backup(copy)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # locked or read-only, not damaged
                raise
            self.close()
            self.path.replace(earlier)
            for rest in ("-wal", "-shm"):
                self.path.with_name(f"{self.path.name}{rest}").unlink(missing_ok=True)
        earlier.chmod(PRIVATE_FILE)

    def _upgraded_engine(self) -> Engine:
        """The engine, once the tables are those of this desk."""
        engine = self._open()
        with engine.connect() as connection:
            revision = migrations.held(connection)
        if revision != migrations.newest():
            _refuse_newer(revision, self.place)
            self.prepare()
        return engine

    def _open(self) -> Engine:
        with self._opening:
            if self._engine is None:
                self._engine = _file_engine(self.path)
            return self._engine

    def _make_file(self) -> None:
        self.path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        self.path.touch(mode=PRIVATE_FILE)
        with _sqlite_connection(self.path) as connection:
            connection.execute("PRAGMA journal_mode = WAL")

    @contextmanager
    def _as_records_error(self, what: str) -> Iterator[None]:
        """Raise RecordsError for an error within. `what`: "read" or "written"."""
        try:
            yield
        except (DBAPIError, sqlite3.Error, OSError) as error:
            raise RecordsError(_file_trouble(error, self.path, what)) from error


class ServerRecords:
    """A schema of its own on a PostgreSQL server, beside the requests; its role can add rows there and nothing else."""

    place = f"schema {SCHEMA} of the server"

    def __init__(self, url: URL) -> None:
        self._engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=2,
            pool_pre_ping=True,
            connect_args={"connect_timeout": _CONNECT_SECONDS, "application_name": "desk records"},
        )
        self._tables_are_there = False
        weakref.finalize(self, self._engine.dispose)  # a server limits its connections: leave none open

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._as_records_error("read"):
            if not self._has_tables():
                with _empty_tables().connect() as connection:
                    yield connection
                return
            with self._engine.connect() as connection:
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self._as_records_error("written"):
            if not self._has_tables():
                raise RecordsError('the records have no tables yet: run "python -m db init"')
            with self._engine.begin() as connection:
                yield connection

    def prepare(self) -> None:
        with self._as_records_error("written"), self._engine.begin() as connection:
            connection.execute(CreateSchema(SCHEMA, if_not_exists=True))
            _refuse_newer(migrations.held(connection), self.place)
            migrations.migrate(connection)

    def revision(self) -> str | None:
        with self._as_records_error("read"), self._engine.connect() as connection:
            return migrations.held(connection)

    def state(self) -> object:
        return int(monotonic() / UNSEEN_SECONDS)

    def close(self) -> None:
        self._engine.dispose()
        self._tables_are_there = False

    def _has_tables(self) -> bool:
        """Whether the tables are there. Looked up until they are. Raises RecordsError for those of another desk."""
        if not self._tables_are_there:
            revision = self.revision()
            _refuse_newer(revision, self.place)
            if revision is not None and revision != migrations.newest():
                raise RecordsError('the records are of an older desk: run "python -m db upgrade", which keeps them')
            self._tables_are_there = revision is not None
        return self._tables_are_there

    @contextmanager
    def _as_records_error(self, what: str) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise RecordsError(_server_trouble(error, what)) from error


def _file_engine(path: Path) -> Engine:
    engine = create_engine(
        _file_url(path),
        poolclass=QueuePool,
        pool_size=2,
        connect_args={"timeout": WAIT_SECONDS, "check_same_thread": False, "isolation_level": None},
        execution_options={"schema_translate_map": {SCHEMA: None}},
    )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _file_url(path: Path) -> URL:
    """The URL of the file. Where this account may not write, it keeps SQLite from making files beside it."""
    if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        return URL.create("sqlite+pysqlite", database=str(path))
    is_open_elsewhere = path.with_name(f"{path.name}-wal").exists()
    query = {"uri": "true", "mode": "ro"} | ({} if is_open_elsewhere else {"immutable": "1"})
    return URL.create("sqlite+pysqlite", database=path.resolve().as_uri(), query=query)


def _set_up(raw: Any, record: Any) -> None:
    raw.execute("PRAGMA synchronous = FULL")  # what was recorded is still there after a power cut
    raw.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    """Take the write lock at the beginning, so that nothing changes between what a writer reads and writes."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _empty_tables() -> Engine:
    """Empty tables in memory: what a reader finds where nothing was ever recorded."""
    engine = create_engine(
        "sqlite+pysqlite://", poolclass=StaticPool, execution_options={"schema_translate_map": {SCHEMA: None}}
    )
    metadata.create_all(engine)
    return engine


@contextmanager
def _sqlite_connection(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, timeout=WAIT_SECONDS)
    try:
        yield connection
    finally:
        connection.close()


def _revision_of_backup(connection: sqlite3.Connection) -> str | None:
    row = None
    with suppress(sqlite3.OperationalError):  # no such table
        row = connection.execute("select version_num from alembic_version").fetchone()
    if row is None:
        raise RecordsError("the backup holds no records of a desk; the records are as before")
    return str(row[0])


def _refuse_newer(revision: str | None, place: str) -> None:
    if revision is not None and revision not in migrations.known():
        raise RecordsError(
            f"the records in {place} have revision {revision}, newer than this desk's {migrations.newest()}: "
            "update the desk"
        )


def _file_trouble(error: BaseException, path: Path, what: str) -> str:
    cause = str(getattr(error, "orig", error))
    if "not a database" in cause or "malformed" in cause:
        return (
            f'{path} is damaged: restore a backup with "python -m db restore FILE", or move the file away to begin '
            "with empty records"
        )
    if "locked" in cause:
        return f"{path} is being written by another process; waited {WAIT_SECONDS:g} s. Try again"
    if "readonly" in cause or isinstance(error, PermissionError):
        return f"{path} cannot be {what} by this account: it is read-only. What is recorded there stays as it is"
    return f"{path} cannot be {what}: {' '.join(cause.split())}"


def _server_trouble(error: DBAPIError, what: str) -> str:
    state = getattr(error.orig, "sqlstate", None)
    if state in (_NOT_ALLOWED, _READ_ONLY):
        return (
            "the role that the desk logs in with may not write records: set DESK_RECORDS_URL to one that may, such as "
            "desk_recorder; see docs/records.md"
        )
    if isinstance(error, ProgrammingError) and state in (_NO_SCHEMA, _NO_TABLE):
        return 'the records have no tables yet: run "python -m db init"'
    if isinstance(error, OperationalError | InterfaceError):
        return f"the server of the records is away, so nothing can be {what} now"
    return f"the records cannot be {what}: {type(error).__name__}"
