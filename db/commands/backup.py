"""`python -m db backup FILE` and `restore FILE`: one consistent copy of the embedded database, and back.

The desk's own records are in the copy too, as the content of their file in a table of its own.
"""

from __future__ import annotations

import os
import shutil
from argparse import ArgumentParser, Namespace, _SubParsersAction
from pathlib import Path

import duckdb

from db.commands.context import Context
from db.model.schema import SCHEMA_VERSION
from db.records.database import FileRecords, open_records
from db.rules.errors import DeskError
from db.storage.database import EmbeddedDatabase, open_database
from db.storage.versions import PRIVATE_FILE

_RECORDS_TABLE = "records_of_the_desk"
_COPY_BYTES = 16 * 1024 * 1024
ON_A_SERVER = "the data are on a PostgreSQL server: use pg_dump and pg_restore, see docs/postgresql.md"


def register(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    backup = subparsers.add_parser(
        "backup",
        help="copy the current version of the data, and the records, to a file",
        description="Copy the current version of the data and the desk's own records to a file, while others read or "
        "write. "
        f"On a PostgreSQL server: {ON_A_SERVER}.",
    )
    backup.add_argument("file", type=Path, metavar="FILE")
    backup.set_defaults(run=run_backup)
    restore = subparsers.add_parser(
        "restore",
        help="make a backup the current version of the data",
        description="Make a backup the next version of the data; readers move over. A backup of an older desk is "
        "upgraded on the way. What was there stays until the next load. The desk's own records become those of the "
        "backup; what was recorded since is kept in a file beside.",
    )
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.set_defaults(run=run_restore)


def run_backup(args: Namespace, context: Context) -> int:
    database = _embedded_database(context)
    if args.file.exists():
        raise DeskError(f"{args.file}: is there already; name another file")
    lease = database.store.lease()
    partial = args.file.with_name(f".{args.file.name}.{os.getpid()}.part")
    try:
        # An existing file or link of that name is refused, not overwritten or followed.
        with lease.path.open("rb") as source, os.fdopen(_new_private_file(partial), "wb") as file:
            shutil.copyfileobj(source, file, length=_COPY_BYTES)
        _put_records(partial, _records(context).content())
        with partial.open("r+b") as file:
            os.fsync(file.fileno())
        partial.replace(args.file)  # so a file of the final name is always whole
    finally:
        lease.release()
        partial.unlink(missing_ok=True)
    size = args.file.stat().st_size / 1e6
    context.say(
        f"Version {lease.version.number} is in {args.file}, {size:.1f} MB, {_inspect_backup(args.file)[0]:,} requests."
    )
    return 0


def run_restore(args: Namespace, context: Context) -> int:
    database = _embedded_database(context)
    count, schema_version = _inspect_backup(args.file)
    with database.restoring(args.file, context.now) as path:
        content = _take_records(path)
        if content is not None:
            earlier = _unused_path(path.with_name(f"records-before-{context.now:%Y%m%d-%H%M%S}.sqlite"))
            _records(context).replace(content, earlier)
            if earlier.exists():
                context.say(f"The records that were here are in {earlier}.")
    context.say(f"Version {database.version()} is the backup {args.file}, {count:,} requests.")
    if schema_version < SCHEMA_VERSION:
        context.say(f"It was made by an older desk: upgraded from schema version {schema_version} to {SCHEMA_VERSION}.")
    context.say("The version before stays in the folder until the next load.")
    context.say("The desk's own records are those of the backup." if content else "The backup holds no records.")
    return 0


def _records(context: Context) -> FileRecords:
    records = open_records(context.settings)
    assert isinstance(records, FileRecords)  # a server was refused before
    return records


def _put_records(path: Path, content: bytes | None) -> None:
    if content is None:
        return
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create table {_RECORDS_TABLE} as select cast(? as blob) as content", [content])


def _take_records(path: Path) -> bytes | None:
    """Take the records out of a copy of a backup and give their content; None where it has none."""
    with duckdb.connect(str(path)) as connection:
        table = connection.execute("select 1 from duckdb_tables() where table_name = ?", [_RECORDS_TABLE]).fetchone()
        if table is None:
            return None
        row = connection.execute(f"select content from {_RECORDS_TABLE}").fetchone()
        connection.execute(f"drop table {_RECORDS_TABLE}")
    return bytes(row[0]) if row else None


def _unused_path(path: Path) -> Path:
    number = 1
    free_path = path
    while free_path.exists():
        number += 1
        free_path = path.with_stem(f"{path.stem}-{number}")
    return free_path


def _new_private_file(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)


def _embedded_database(context: Context) -> EmbeddedDatabase:
    database = open_database(context.settings)
    if not isinstance(database, EmbeddedDatabase):
        raise DeskError(ON_A_SERVER)
    return database


def _inspect_backup(path: Path) -> tuple[int, int]:
    """How many requests a backup holds, and its schema version. Raises DeskError where the file is no backup, is cut
    off or comes from a newer desk.
    """
    if not path.is_file():
        raise DeskError(f"{path}: there is no such file")
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            version = connection.execute("select max(version) from schema_version").fetchone()
            count = connection.execute("select count(*) from requests").fetchone()
            blocks = connection.execute("select block_size * used_blocks from pragma_database_size()").fetchone()
    except duckdb.Error as error:
        raise DeskError(f"{path}: is not a backup of the desk, or is cut off; nothing was restored") from error
    # Opening and counting read only the description of the tables, which may be whole although rows are missing: so
    # the size is compared. Free blocks at the end do not count: DuckDB leaves them out of the file.
    if blocks is None or path.stat().st_size < int(blocks[0]):
        raise DeskError(f"{path}: is cut off; nothing was restored")
    if version is None or count is None or version[0] is None:
        raise DeskError(f"{path}: holds no schema version; nothing was restored")
    if version[0] > SCHEMA_VERSION:
        raise DeskError(f"{path}: has schema version {version[0]}, newer than the desk's {SCHEMA_VERSION}")
    return int(count[0]), int(version[0])
