"""DuckDB files in a folder: a reader follows the current version, a writer makes the next one."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, QueuePool, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from db.rules.errors import DeskError
from db.storage import ddl
from db.storage.interface import has_no_request
from db.storage.versions import DEFAULT_WAIT, Lease, Store, VersionGoneError, VersionId
from db.storage.write_session import Scratch, writing

_READER_CONFIG = {"enable_external_access": False}
DAMAGED = (
    '{path} is damaged: restore a copy with "python -m db restore FILE", or move the folder away and load the '
    "files again"
)
# How the messages of DuckDB begin for a file that is none of its own, was cut off, or has overwritten blocks.
_SIGNS_OF_DAMAGE = ("not a valid DuckDB database file", "Could not read enough bytes", "Corrupt database file")


class EmbeddedDatabase:
    """DuckDB files in a folder; readers follow the current version, see `db/storage/versions.py`."""

    kind = "duckdb"

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder)
        self._opening = threading.Lock()
        self._reader: tuple[VersionId, Engine] | None = None
        self._size = 0  # bytes of the version being read, when it was opened

    def version(self) -> int:
        return self.store.current() or 0

    def version_id(self) -> VersionId:
        return self.store.current_id()

    def reader(self) -> Engine:
        return self._current_reader()[1]

    @contextmanager
    def connect(self, version: VersionId) -> Iterator[Connection]:
        current, engine = self._current_reader()
        if current != version:
            raise VersionGoneError(f"version {version.number} is no longer what readers are given")
        with engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self, now: datetime, wait: float = DEFAULT_WAIT, scratch: Scratch | None = None) -> Iterator[Connection]:
        with self._transaction(now, wait, scratch) as connection:
            ddl.create(connection, now)
            yield connection

    def upgrade(self, now: datetime, wait: float = DEFAULT_WAIT) -> int | None:
        with self._transaction(now, wait) as connection:
            return ddl.upgrade(connection, now)

    @contextmanager
    def restoring(self, file: Path, now: datetime, wait: float = DEFAULT_WAIT) -> Iterator[Path]:
        """A copy of `file`, which becomes the next version on normal exit, upgraded to this desk's schema.

        The caller removes from the copy what does not belong to the requests. Raises as `upgrade` does; the data are
        then as before.
        """
        with self.store.new_version(now, wait, begin_with=file) as path:
            yield path
            with writing(path, None) as connection:
                ddl.upgrade(connection, now)

    def schema_version(self) -> int | None:
        if self.store.current() is None:
            return None
        with _engine_on(self.store.lease()).connect() as connection:
            return ddl.stored_version(connection)

    def is_empty(self) -> bool:
        return self.store.current() is None or has_no_request(self.reader())

    def close(self) -> None:
        with self._opening:
            self._reader = None

    def _current_reader(self) -> tuple[VersionId, Engine]:
        with self._opening:
            if self._reader is None or self._reader[0] != self.store.current_id():
                self._drop_old_reader()
                lease = self.store.lease()
                engine = _engine_on(lease)
                with _damage_explained(lease.path), engine.connect() as connection:
                    ddl.check(connection)
                self._size = lease.path.stat().st_size
                self._reader = lease.version, engine
            path = self.store.path(self._reader[0].number)
            if path.stat().st_size < self._size:  # a version never changes, so it was cut off
                raise DeskError(DAMAGED.format(path=path))
            return self._reader

    def _drop_old_reader(self) -> None:
        """Drop the engine on the old version before the new one is opened.

        DuckDB gives a database that is still open to whoever opens a file of the same path, even where there is another
        file by now. Raises OSError while a thread still reads the old one.
        """
        if self._reader is None:
            return
        (version, engine), self._reader = self._reader, None
        in_use = weakref.ref(engine)
        del engine
        if in_use() is not None and version.number == self.store.current():
            raise OSError(f"{self.store.path(version.number)} was just replaced and is still being read")

    @contextmanager
    def _transaction(self, now: datetime, wait: float, scratch: Scratch | None = None) -> Iterator[Connection]:
        with self.store.new_version(now, wait) as path, writing(path, scratch) as connection:
            yield connection


@contextmanager
def _damage_explained(path: Path) -> Iterator[None]:
    """Raise DeskError, which says what to do, for a file that is damaged or no database."""
    try:
        yield
    except OperationalError as error:
        if not any(sign in str(error.orig) for sign in _SIGNS_OF_DAMAGE):
            raise
        raise DeskError(DAMAGED.format(path=path)) from error


def _engine_on(lease: Lease) -> Engine:
    """An engine on the leased version that lives as long as it, or a connection of it, is used.

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
    weakref.finalize(handle, _close_engine, engine, lease)
    return handle


def _close_engine(engine: Engine, lease: Lease) -> None:
    engine.dispose()
    lease.release()


def _file_url(path: Path) -> URL:
    return URL.create("duckdb", database=str(path))
