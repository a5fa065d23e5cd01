"""`python -m db backup FILE` and `restore FILE`: one consistent copy of the embedded database, and back."""

from __future__ import annotations

import os
import shutil
from argparse import ArgumentParser, Namespace, _SubParsersAction
from pathlib import Path

import duckdb

from db.commands.context import Context
from db.model.schema import SCHEMA_VERSION
from db.storage.database import EmbeddedDatabase, open_database
from db.storage.versions import PRIVATE_FILE

_COPIED_AT_ONCE = 16 * 1024 * 1024
ON_A_SERVER = "the data are on a PostgreSQL server: use pg_dump and pg_restore, see docs/postgresql.md"


def register(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    backup = subparsers.add_parser(
        "backup",
        help="copy the current version of the data to a file",
        description="Copy the current version of the data to a file, while others read or write. "
        f"On a PostgreSQL server: {ON_A_SERVER}.",
    )
    backup.add_argument("file", type=Path, metavar="FILE")
    backup.set_defaults(run=run_backup)
    restore = subparsers.add_parser(
        "restore",
        help="make a backup the current version of the data",
        description="Make a backup the next version of the data; readers move over. What was there stays until then.",
    )
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.set_defaults(run=run_restore)


def run_backup(args: Namespace, context: Context) -> int:
    database = _embedded(context)
    if args.file.exists():
        raise ValueError(f"{args.file}: is there already; name another file")
    lease = database.store.lease()
    partial = args.file.with_name(f".{args.file.name}.{os.getpid()}.part")
    try:
        # A name that is there already, also as a link to another file, is refused rather than followed.
        with lease.path.open("rb") as source, os.fdopen(_new_private_file(partial), "wb") as file:
            shutil.copyfileobj(source, file, length=_COPIED_AT_ONCE)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(args.file)  # a file of that name is whole, whatever happens on the way
    finally:
        lease.release()
        partial.unlink(missing_ok=True)
    size = args.file.stat().st_size / 1e6
    context.say(f"Version {lease.version} is in {args.file}, {size:.1f} MB, {_request_count(args.file):,} requests.")
    return 0


def run_restore(args: Namespace, context: Context) -> int:
    database = _embedded(context)
    count = _request_count(args.file)
    with database.store.new_version(context.now) as path:
        shutil.copyfile(args.file, path)
    context.say(f"Version {database.version()} is the backup {args.file}, {count:,} requests.")
    return 0


def _new_private_file(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)


def _embedded(context: Context) -> EmbeddedDatabase:
    database = open_database(context.settings)
    if not isinstance(database, EmbeddedDatabase):
        raise ValueError(ON_A_SERVER)
    return database


def _request_count(path: Path) -> int:
    """How many requests a backup holds. Raises ValueError where it is none, or one of a newer desk."""
    if not path.is_file():
        raise ValueError(f"{path}: there is no such file")
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            version = connection.execute("select max(version) from schema_version").fetchone()
            count = connection.execute("select count(*) from requests").fetchone()
            blocks = connection.execute("select block_size * total_blocks from pragma_database_size()").fetchone()
    except duckdb.Error as error:
        raise ValueError(f"{path}: is not a backup of the desk, or is cut off; nothing was restored") from error
    # Opening and counting read only what describes the tables; that may be whole where rows are missing.
    if blocks is None or path.stat().st_size < int(blocks[0]):
        raise ValueError(f"{path}: is cut off; nothing was restored")
    if version is None or count is None or version[0] is None:
        raise ValueError(f"{path}: holds no schema version; nothing was restored")
    if version[0] > SCHEMA_VERSION:
        raise ValueError(f"{path}: has schema version {version[0]}, newer than the desk's {SCHEMA_VERSION}")
    return int(count[0])
