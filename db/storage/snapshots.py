"""Where a published snapshot is kept: a folder with a small DuckDB file for each edition, or a PostgreSQL database.

A snapshot is a handful of small tables that are written whole and read whole. In a folder an edition is written
beside the others under a hidden name and given its own when it is closed: that is the one atomic step. The edition
before stays for those who still read it. On a server the rows of all tables are replaced in one transaction, and read
in one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import MetaData, NullPool, create_engine, inspect, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError

from db.rules.errors import DeskError

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
_FILE_NAME = re.compile(r"snapshot-(\d{6,})\.duckdb$")
_CONNECT_SECONDS = 5
ANOTHER = "meanwhile somebody else published edition"


class UnreadableSnapshotError(Exception):
    """The snapshot is there and cannot be read: damaged, of another program, or its server is away."""


class SnapshotStore(Protocol):
    """Where editions are kept; every edition has a number, the first is 1."""

    def edition(self) -> int:
        """The number of the current edition, 0 before there is one. Cheap: ask often."""

    def read(self, tables: MetaData) -> Rows:
        """All rows of the current edition by table. Raises UnreadableSnapshotError."""

    def write(self, tables: MetaData, rows: Rows) -> None:
        """Make `rows` the next edition, whole or not at all."""


def open_snapshot(folder: Path, url: str | None) -> SnapshotStore:
    """The server where an address is given, else the folder. Connects only when it is first used."""
    return SnapshotServer(make_url(url)) if url else SnapshotFolder(folder)


class SnapshotFolder:
    """One DuckDB file for each edition."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def edition(self) -> int:
        return max(self._numbers(), default=0)

    def path(self, edition: int) -> Path:
        return self.folder / f"snapshot-{edition:06d}.duckdb"

    def read(self, tables: MetaData) -> Rows:
        return _read_tables(_file_url(self.path(self.edition())), tables, read_only=True)

    def write(self, tables: MetaData, rows: Rows) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        edition = self.edition() + 1
        part = self.folder / f".snapshot-{edition:06d}.{os.getpid()}.part"
        part.unlink(missing_ok=True)
        try:
            engine = create_engine(_file_url(part), poolclass=NullPool)
            with engine.begin() as connection:
                tables.create_all(connection)
                _insert(connection, tables, rows)
            engine.dispose()
            part.chmod(0o600)
            with part.open("r+b") as file:
                os.fsync(file.fileno())
            try:
                os.link(part, self.path(edition))  # unlike a renaming it fails where somebody was faster
            except FileExistsError:
                raise DeskError(f"{ANOTHER} {edition}: nothing was written; publish again") from None
        finally:
            part.unlink(missing_ok=True)
            Path(f"{part}.wal").unlink(missing_ok=True)
        for old in self._numbers():
            if old < edition - 1:
                with suppress(PermissionError):  # where an open file cannot be removed, the next edition tries again
                    self.path(old).unlink(missing_ok=True)

    def _numbers(self) -> list[int]:
        try:
            names = os.listdir(self.folder)
        except FileNotFoundError:
            return []
        return [int(match[1]) for match in map(_FILE_NAME.fullmatch, names) if match]


class SnapshotServer:
    """Tables of a PostgreSQL database that holds nothing else."""

    def __init__(self, url: URL) -> None:
        self.url = url.set(drivername="postgresql+psycopg")

    def edition(self) -> int:
        try:
            with self._engine().connect() as connection:
                if not inspect(connection).has_table("editions"):
                    return 0
                newest = connection.exec_driver_sql("select max(edition) from editions").scalar()
        except DBAPIError as error:
            raise UnreadableSnapshotError(type(error).__name__) from error
        return int(newest or 0)

    def read(self, tables: MetaData) -> Rows:
        return _read_tables(self.url, tables, read_only=False)

    def write(self, tables: MetaData, rows: Rows) -> None:
        edition = self.edition() + 1
        with self._engine().begin() as connection:
            if inspect(connection).has_table("requests"):
                raise DeskError(
                    "KIOSK_DATABASE_URL names a database that holds requests; the kiosk's needs to be another"
                )
            connection.exec_driver_sql("create table if not exists editions (edition integer primary key)")
            tables.create_all(connection)
            for table in tables.sorted_tables:
                connection.execute(table.delete())
            _insert(connection, tables, rows)
            try:
                connection.exec_driver_sql(f"insert into editions values ({edition})")
            except IntegrityError:
                raise DeskError(f"{ANOTHER} {edition}: nothing was written; publish again") from None

    def _engine(self) -> Any:
        return create_engine(self.url, poolclass=NullPool, connect_args={"connect_timeout": _CONNECT_SECONDS})


def _insert(connection: Any, tables: MetaData, rows: Rows) -> None:
    for name, table in tables.tables.items():
        if rows[name]:
            connection.execute(table.insert(), [dict(row) for row in rows[name]])


def _read_tables(url: URL, tables: MetaData, *, read_only: bool) -> Rows:
    options: dict[str, Any] = {"read_only": True, "config": {"enable_external_access": False}} if read_only else {}
    engine = create_engine(url, poolclass=NullPool, connect_args=options)
    try:
        with engine.connect() as connection:
            if not read_only:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            return {
                name: [dict(row._mapping) for row in connection.execute(select(table))]
                for name, table in tables.tables.items()
            }
    except DBAPIError as error:
        raise UnreadableSnapshotError(type(error).__name__) from error
    finally:
        engine.dispose()


def _file_url(path: Path) -> URL:
    return URL.create("duckdb", database=str(path))
