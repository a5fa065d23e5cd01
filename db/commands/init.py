"""`python -m db init` and `upgrade`: make the tables, on a server with its roles, or bring them up to date."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _SubParsersAction

from db.commands.context import Context
from db.model.schema import SCHEMA_VERSION
from db.records import role as records_role
from db.records.database import ServerRecords
from db.rules.errors import DeskError
from db.storage import roles
from db.storage.database import Database, ServerDatabase, open_database


def register(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    init = subparsers.add_parser(
        "init",
        help="make the tables, on a server also two roles; the data are kept",
        description="Make the tables of an empty database, or upgrade those of an older desk; the data are kept. On a "
        f"PostgreSQL server also make the roles {roles.WRITER} and {roles.READER}, which can only select, with the "
        f"passwords of {' and '.join(roles.PASSWORDS.values())}; and {records_role.RECORDER}, which can only add "
        f"to the desk's own records, where {records_role.PASSWORD} is set.",
    )
    init.add_argument("--no-roles", action="store_true", help="on a server: tables only")
    init.set_defaults(run=run_init)
    upgrade = subparsers.add_parser(
        "upgrade",
        help="bring the tables of an older desk up to date; the data are kept",
        description="Bring the tables of an older desk up to date, on a server by its migrations. The data are kept.",
    )
    upgrade.set_defaults(run=run_upgrade)


def run_init(args: Namespace, context: Context) -> int:
    database = open_database(context.settings)
    wants_roles = database.kind == "postgresql" and not args.no_roles
    if wants_roles:
        database.schema_version()  # so that an unreachable server is reported before a missing password
    by_role = roles.passwords(context.environ) if wants_roles else {}
    _make_or_upgrade_tables(database, context)
    if wants_roles:
        with database.write(context.now) as connection:
            notices = roles.make(connection, by_role)
            has_recorder = records_role.make(connection, context.environ)
        context.say(f"The roles {roles.WRITER} and {roles.READER} can log in; {roles.READER} can only select.")
        if has_recorder:
            context.say(f"The role {records_role.RECORDER} can log in; it can only add to the desk's own records.")
        for notice in notices:
            context.say(notice)
    return 0


def run_upgrade(args: Namespace, context: Context) -> int:
    database = open_database(context.settings)
    if database.schema_version() is None:
        raise DeskError('there are no tables yet: run "python -m db init", or load a file')
    _make_or_upgrade_tables(database, context)
    return 0


def _make_or_upgrade_tables(database: Database, context: Context) -> None:
    if database.kind == "duckdb" and database.schema_version() == SCHEMA_VERSION:
        # An upgrade would copy the whole file to change nothing.
        context.say(f"The tables are there already, schema version {SCHEMA_VERSION}; nothing to do.")
        return
    before = database.upgrade(context.now)
    if isinstance(database, ServerDatabase):
        ServerRecords(database.url).prepare()
    if before is None:
        context.say(f"Made the tables, schema version {SCHEMA_VERSION}.")
    elif before == SCHEMA_VERSION:
        context.say(f"The tables are there already, schema version {SCHEMA_VERSION}; nothing to do.")
    else:
        context.say(f"Upgraded the tables from schema version {before} to {SCHEMA_VERSION}.")
