"""On PostgreSQL the migrations make the very tables of the metadata, and the roles can do what they should."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from alembic import command
from sqlalchemy import Connection, create_engine, func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from db.__main__ import main
from db.model import old_rejects, schema
from db.storage import ddl, migrations, roles
from db.storage.database import ServerDatabase
from tests.builders import closed_request
from tests.engines.storage import older

pytestmark = pytest.mark.postgres
NOW = datetime(2026, 7, 3, 16, 59)
LIMITS = ("statement_timeout", "idle_in_transaction_session_timeout")
Make = Callable[[str], ServerDatabase]
Capture = pytest.CaptureFixture[str]
_COLUMNS = """select table_name, column_name, data_type, is_nullable, collation_name from information_schema.columns
    where table_schema = 'public' order by 1, 2"""
_RULES = """select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
    where connamespace = 'public'::regnamespace and contype <> 'n' order by 1, 2"""
_INDEXES = "select indexname, indexdef from pg_indexes where schemaname = 'public' order by 1"


def catalogue(connection: Connection) -> list[list[tuple[object, ...]]]:
    return [[tuple(row) for row in connection.execute(text(query))] for query in (_COLUMNS, _RULES, _INDEXES)]


def environ(database: ServerDatabase, **more: str) -> dict[str, str]:
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return {"DATABASE_URL": url} | more


def test_migrations_and_metadata_agree(server_database: Make) -> None:
    made, migrated = server_database("made"), server_database("migrated")
    with made.write(NOW) as connection:
        by_metadata = catalogue(connection)
    engine = create_engine(migrated.url)
    with engine.begin() as connection:
        migrations.migrate(connection)
        by_migrations = catalogue(connection)
    engine.dispose()
    assert by_migrations == by_metadata


def test_tables_from_before_the_migrations_are_upgraded_with_their_data(server_database: Make, capsys: Capture) -> None:
    database = server_database("older")
    with database.write(NOW) as connection:
        connection.execute(
            schema.rejected_rows.insert(), [{"load_id": 1, "line": 7, "reason": "r", "raw": "7,Jane Q Roe"}]
        )
        odd = closed_request(flags="no_coordinates,past_date", closed_by_day=True, sr_number="odd")
        connection.execute(schema.requests.insert(), [odd])
        connection.execute(schema.department_aliases.insert(), [{"department": "BSL", "alias": "Lights"}])
        connection.execute(schema.departments.insert(), [{"department": "BSL", "name": "Street Lighting"}])
        connection.execute(schema.requests.insert(), older.linked_by_number())
        command.downgrade(migrations._config(connection), migrations.FIRST)
        connection.execute(text("drop table alembic_version"))
        connection.execute(schema.schema_version.update().values(version=0))
    assert main(["upgrade"], environ(database)) == 0
    assert f"from schema version 0 to {schema.SCHEMA_VERSION}" in capsys.readouterr().out
    with database.reader().connect() as connection:
        assert connection.scalar(select(schema.rejected_rows.c.line)) == 7
        kept = ("flags", "created_by_day", "closed_by_day", "due_by_day")
        columns = select(*(schema.requests.c[name] for name in kept)).where(schema.requests.c.sr_number == "odd")
        assert tuple(connection.execute(columns).one()) == tuple(odd[name] for name in kept)
        assert [tuple(row) for row in connection.execute(select(schema.department_aliases))] == [("BSL", "Lights")]
        assert connection.scalar(select(schema.rejected_rows.c.raw)) == old_rejects.NOT_KEPT
        assert connection.scalar(select(func.min(schema.requests.c.closed_from))) == datetime(2026, 7, 2, 9, 0)
        assert set(connection.scalars(select(schema.requests.c.shares_call))) == {False}
        assert older.asked_again_by(connection) == older.RIGHT
        assert inspect(connection).has_table("alembic_version")
        assert ddl.stored_version(connection) == schema.SCHEMA_VERSION


def test_rows_that_break_a_rule_stop_the_upgrade_in_one_line(server_database: Make, capsys: Capture) -> None:
    database = server_database("broken")
    with database.write(NOW) as connection:
        connection.execute(schema.requests.insert(), [closed_request()])
        command.downgrade(migrations._config(connection), "0005")
        connection.execute(text("update requests set status = 'floating'"))
        connection.execute(schema.schema_version.update().values(version=5))
    assert main(["upgrade"], environ(database)) == 2
    told = capsys.readouterr().err
    assert "requests_status" in told
    assert "The data are as before" in told
    assert len(told.splitlines()) == 1
    assert database.schema_version() == 5


def test_an_upgrade_without_tables_says_what_to_run(server_database: Make, capsys: Capture) -> None:
    assert main(["upgrade"], environ(server_database("bare"))) == 2
    assert "python -m db init" in capsys.readouterr().err


def test_init_without_passwords_makes_nothing_and_names_the_variables(server_database: Make, capsys: Capture) -> None:
    database = server_database("no_passwords")
    assert main(["init"], environ(database, DESK_WRITER_PASSWORD="w")) == 2
    assert "DESK_READER_PASSWORD" in capsys.readouterr().err
    assert database.schema_version() is None
    assert main(["init", "--no-roles"], environ(database)) == 0
    assert database.schema_version() == schema.SCHEMA_VERSION


def test_the_reader_can_only_select_and_the_writer_can_load(server_database: Make, capsys: Capture) -> None:
    database = server_database("with_roles")
    given = environ(database, DESK_WRITER_PASSWORD="wr1te'r", DESK_READER_PASSWORD="re@der")
    assert main(["init"], given) == 0
    assert main(["init"], given) == 0
    told = capsys.readouterr()
    assert not any(password in told.out + told.err for password in ("wr1te'r", "re@der"))
    reader = create_engine(database.url.set(username=roles.READER, password="re@der"))
    with reader.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(schema.requests)) == 0
        assert connection.scalar(text("show statement_timeout")) == roles.LONGEST_QUERY
    for attempt in (
        "set transaction read write; delete from requests",
        "set transaction read write; create table mine (a int)",
        "set transaction read write; create temporary table mine (a int)",
        "select pg_advisory_lock(311000001)",
        "select pg_try_advisory_xact_lock(311000001)",
        "set transaction read write; select lo_create(0)",
        "set transaction read write; select lo_from_bytea(0, 'x')",
    ):
        with pytest.raises(DBAPIError, match="permission denied"), reader.begin() as connection:
            connection.execute(text(attempt))
    with reader.connect() as connection:
        grants = connection.scalar(text("select datacl::text from pg_database where datname = current_database()"))
        assert not any(grant.startswith("=") for grant in str(grants).strip("{}").split(","))
        limits = dict(tuple(row) for row in connection.execute(text("select rolname, rolconnlimit from pg_roles")))
    assert {role: limits[role] for role in roles.MOST_CONNECTIONS} == roles.MOST_CONNECTIONS
    reader.dispose()
    writer = ServerDatabase(database.url.set(username=roles.WRITER, password="wr1te'r"))
    with writer.write(NOW) as connection:
        connection.execute(schema.rejected_rows.insert(), [{"load_id": 1, "line": 1, "reason": "r", "raw": "x"}])
        connection.execute(text("create temporary table mine (a int)"))
    writer.close()


def test_a_reader_asks_for_its_own_limits_whatever_its_role_says(server_database: Make) -> None:
    database = server_database("limits")
    with database.write(NOW):
        pass
    with database.reader().connect() as connection:
        shown = [connection.scalar(text(f"show {name}")) for name in LIMITS]
    database.close()
    assert shown == [roles.LONGEST_QUERY, "1min"]
