"""`python -m db versions`: which versions of the data there are, how large, and who reads them."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _SubParsersAction

from db.commands.context import Context
from db.storage.database import EmbeddedDatabase, open_database
from db.storage.versions import Version


def register(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "versions",
        help="list the versions of the data, their sizes, and who reads them",
        description="List the versions of the data, their sizes, and the processes that read them. "
        "An old version goes with the next load once nobody reads it.",
    )
    parser.set_defaults(run=run)


def run(args: Namespace, context: Context) -> int:
    database = open_database(context.settings)
    if not isinstance(database, EmbeddedDatabase):
        context.say(f"The server keeps one version of the data; it was changed {database.version()} times.")
        return 0
    versions = database.store.versions()
    for version in versions:
        context.say(_line(version))
    if not versions:
        context.say(f"No version yet in {context.settings.data_dir}.")
    return 0


def _line(version: Version) -> str:
    readers = ", ".join(map(str, version.holders))
    read_by = f"read by process {readers}" if readers else "read by nobody"
    state = "current" if version.is_current else "old"
    return f"{version.path.name}  {version.size_bytes / 1e6:9.1f} MB  made {version.made}  {state:7}  {read_by}"
