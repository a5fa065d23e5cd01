"""The tables as each engine wants them, and which schema version a database holds.

DuckDB takes `db/model/schema.py` as it stands: an index there slows a bulk load tenfold. PostgreSQL
gets the key and the indexes besides, text that sorts by bytes, and a counter of its changes.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from importlib import import_module

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    func,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from db.model import links, old_rejects, schema, stored_columns
from db.rules.errors import DeskError
from db.storage.rebuild import rebuild

LINKED_BY_SYSTEM = 5  # the schema version since which a link names the source system besides the number
KEYS = {
    "requests": ("source_system", "sr_number"),
    "service_types": ("service_type",),
    "departments": ("department",),
    "department_aliases": ("department", "alias"),
    "reported_failures": ("service_type", "failed_type"),
    "load_runs": ("load_id",),
    "boundaries": ("level", "key"),
    "offered": ("kind", "value"),
}
INDEXES = {
    "requests": ("created_at", "due_at", "closed_at", "open_until", "department", "service_type", "place_id"),
    "status_history": ("sr_number",),
    "rejected_rows": ("load_id",),
}


@cache
def server_metadata() -> MetaData:
    """The tables of `db/model/schema.py` with PostgreSQL's keys, indexes and byte order, and `data_version`."""
    metadata = MetaData()
    for table in schema.metadata.sorted_tables:
        copy = table.to_metadata(metadata)
        for column in copy.columns:
            column.autoincrement = False  # the load gives the numbers
            if isinstance(column.type, Text):
                column.type = Text(collation="C")
        if table.name in KEYS:
            copy.append_constraint(PrimaryKeyConstraint(*KEYS[table.name], name=f"{table.name}_key"))
        for name in INDEXES.get(table.name, ()):
            Index(f"{table.name}_{name}", copy.c[name])
    # Not max(load_id): goals, staffing and boundaries change without a load.
    Table("data_version", metadata, Column("version", BigInteger, nullable=False))
    return metadata


def metadata_for(connection: Connection) -> MetaData:
    """The tables as the engine behind `connection` wants them."""
    return server_metadata() if _is_server(connection) else schema.metadata


def stored_version(connection: Connection) -> int | None:
    """The schema version the database holds, None where it has no tables yet."""
    if not inspect(connection).has_table(schema.schema_version.name):
        return None
    return connection.scalar(select(func.max(schema.schema_version.c.version))) or 0


def check(connection: Connection) -> None:
    """Refuse a database that this desk cannot work with: DeskError that says what to do."""
    stored = stored_version(connection)
    if stored is None:
        raise DeskError('this database has no tables yet: run "python -m db init", or load a file')
    if stored < schema.SCHEMA_VERSION:
        raise DeskError(
            f"this database has schema version {stored}, the desk needs {schema.SCHEMA_VERSION}: "
            'run "python -m db init", which upgrades it and keeps the data'
        )
    _refuse_newer(stored)


def create(connection: Connection, now: datetime) -> None:
    """Make the tables in an empty database; leaves one that has tables alone. Raises as `check` does."""
    if stored_version(connection) is not None:
        check(connection)
        return
    metadata_for(connection).create_all(connection)
    _record(connection, now)
    if _is_server(connection):
        connection.execute(insert(server_metadata().tables["data_version"]).values(version=0))
        import_module("db.storage.migrations").stamp(connection)


def upgrade(connection: Connection, now: datetime) -> int | None:
    """Bring an older database to this desk's schema, data kept; gives the version it had.

    On PostgreSQL by the migrations of `db/storage/migrations`, in the embedded database by `rebuild.py`; a database of
    today's version gets nothing new. Raises DeskError for a database newer than the desk, for rows that break a rule of
    the tables, and for a new column that may not be empty.
    """
    before = stored_version(connection)
    if before is None:
        create(connection, now)
        return None
    _refuse_newer(before)
    if _is_server(connection):
        _migrate(connection)
    if before < schema.SCHEMA_VERSION:
        if not _is_server(connection):
            rebuild(connection, schema.metadata, before)
        if before < LINKED_BY_SYSTEM:
            links.link(connection)
        stored_columns.write_all(connection)
        old_rejects.clean(connection)
        _record(connection, now)
    return before


def _migrate(connection: Connection) -> None:
    # Named at run time: the migrations read this module, and the embedded database needs no Alembic.
    migrations = import_module("db.storage.migrations")
    if not inspect(connection).has_table("alembic_version"):
        migrations.stamp(connection, migrations.FIRST)
    try:
        migrations.migrate(connection)
    except IntegrityError as error:
        raise DeskError(
            f"{str(error.orig).splitlines()[0]}. The data are as before; load the files they came from into a new "
            "database, by DATABASE_URL"
        ) from error


def count_change(connection: Connection) -> None:
    """On PostgreSQL, count this transaction as one more version of the data."""
    if _is_server(connection):
        counter = server_metadata().tables["data_version"]
        connection.execute(update(counter).values(version=counter.c.version + 1))


def _record(connection: Connection, now: datetime) -> None:
    row = {"version": schema.SCHEMA_VERSION, "applied_at": now.replace(microsecond=0)}
    connection.execute(insert(schema.schema_version), [row])


def _refuse_newer(stored: int) -> None:
    if stored > schema.SCHEMA_VERSION:
        raise DeskError(
            f"this database has schema version {stored}, newer than the desk's {schema.SCHEMA_VERSION}: update the desk"
        )


def _is_server(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"
