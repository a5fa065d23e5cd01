"""`python -m db init`: make the tables, or upgrade those of an older desk."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _SubParsersAction

from db.commands.context import Context
from db.engine import open_database
from db.schema import SCHEMA_VERSION


def register(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "init",
        help="make the tables, or upgrade those of an older desk; the data are kept",
        description="Make the tables of an empty database, or upgrade those of an older desk. The data are kept.",
    )
    parser.set_defaults(run=run)


def run(args: Namespace, context: Context) -> int:
    database = open_database(context.settings)
    if database.schema_version() == SCHEMA_VERSION:
        context.say(f"The tables are there already, schema version {SCHEMA_VERSION}; nothing to do.")
        return 0
    before = database.upgrade(context.now)
    if before is None:
        context.say(f"Made the tables, schema version {SCHEMA_VERSION}.")
    else:
        context.say(f"Upgraded the tables from schema version {before} to {SCHEMA_VERSION}.")
    return 0
