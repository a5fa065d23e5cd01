"""One interface over a folder of DuckDB files and a real PostgreSQL server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Connection, Engine, Table, create_engine, delete, func, insert, inspect, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from db.model import schema, stored_columns
from db.model.expressions import TURNING_POINTS
from db.model.stored_columns import OF_CALLS
from db.rules.errors import DeskError
from db.settings import Settings
from db.storage import server
from db.storage.database import (
    AWAY,
    Database,
    EmbeddedDatabase,
    ServerDatabase,
    open_database,
    require_city,
)
from db.storage.ddl import server_metadata
from tests.builders import closed_request, open_request
from tests.engines.storage import older

NOW = datetime(2026, 7, 3, 16, 59)


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[EmbeddedDatabase]:
    database = EmbeddedDatabase(tmp_path)
    yield database
    database.close()


@pytest.fixture
def server_url(postgres_url: str) -> Iterator[str]:
    """A database of its own on the test server."""
    name, admin = f"desk_{uuid4().hex[:10]}", create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["duckdb", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = request.getfixturevalue("server_url") if request.param == "postgresql" else None
    found = open_database(Settings(data_dir=tmp_path, database_url=url))
    assert found.kind == request.param
    yield found
    found.close()


def add_line(connection: Connection, line: int) -> None:
    connection.execute(insert(schema.rejected_rows), [{"load_id": 1, "line": line, "reason": "a"}])


def lines(reader: Engine) -> int:
    with reader.connect() as connection:
        return connection.scalar(select(func.count()).select_from(schema.rejected_rows)) or 0


def set_schema_version(database: Database, version: int) -> None:
    with database.write(NOW) as connection:
        connection.execute(update(schema.schema_version).values(version=version))


def delete_and_fail(database: Database) -> None:
    with database.write(NOW) as connection:
        connection.execute(delete(schema.rejected_rows))
        connection.execute(text("SELECT no_such_column FROM rejected_rows"))


def add_and_swallow(database: Database) -> None:
    with database.write(NOW) as connection, suppress(DBAPIError):
        add_line(connection, 1)
        connection.execute(text("SELECT CAST('a' || load_id AS integer) FROM rejected_rows"))


def test_a_new_database_is_empty_and_its_reader_names_the_command(database: Database) -> None:
    assert (database.version(), database.is_empty(), database.schema_version()) == (0, True, None)
    with pytest.raises((FileNotFoundError, ValueError), match="python -m db"):
        database.reader()


def test_a_write_makes_the_tables_and_counts_as_new_data(database: Database) -> None:
    with database.write(NOW) as connection:
        add_line(connection, 1)
    first = database.version()
    assert database.schema_version() == schema.SCHEMA_VERSION
    assert lines(database.reader()) == 1
    with database.write(NOW) as connection:
        add_line(connection, 2)
    assert database.version() > first > 0
    assert lines(database.reader()) == 2


def test_a_database_with_one_request_is_not_empty(database: Database) -> None:
    with database.write(NOW):
        pass
    assert database.is_empty()
    with database.write(NOW) as connection:
        connection.execute(insert(schema.requests), [dict.fromkeys(schema.requests.c.keys()) | open_request()])
    assert not database.is_empty()


def test_a_write_that_fails_changes_nothing_at_all(database: Database) -> None:
    with database.write(NOW) as connection:
        add_line(connection, 1)
    before = database.version()
    with pytest.raises(DBAPIError):
        delete_and_fail(database)
    assert database.version() == before
    assert lines(database.reader()) == 1


def test_an_error_that_the_writer_swallows_is_no_silent_loss(database: Database) -> None:
    with database.write(NOW):
        pass
    before = database.version()
    with pytest.raises(DBAPIError):
        add_and_swallow(database)
    assert database.version() == before


def test_a_reader_cannot_write(database: Database) -> None:
    with database.write(NOW):
        pass
    with database.reader().connect() as connection, pytest.raises(DBAPIError):
        add_line(connection, 1)


def test_a_second_writer_is_told_who_writes(database: Database) -> None:
    with database.write(NOW) as connection:
        add_line(connection, 1)
        with pytest.raises(TimeoutError, match=r"process \d+ on .*since \d{4}-"), database.write(NOW, wait=0.1):
            pytest.fail("two writers at once")
    assert lines(database.reader()) == 1


def test_a_second_writer_waits_for_the_first_and_sees_its_rows(database: Database) -> None:
    seen: list[int] = []

    def second() -> None:
        with database.write(NOW, wait=30) as connection:
            seen.append(connection.scalar(select(func.count()).select_from(schema.rejected_rows)) or 0)

    thread = threading.Thread(target=second)
    with database.write(NOW) as connection:
        thread.start()
        add_line(connection, 1)
    thread.join()
    assert seen == [1]


def test_a_connection_keeps_the_data_it_began_with_while_others_move_on(database: Database) -> None:
    with database.write(NOW) as connection:
        add_line(connection, 1)
    with database.reader().connect() as old:
        counting = select(func.count()).select_from(schema.rejected_rows)
        assert old.scalar(counting) == 1
        with database.write(NOW) as connection:
            add_line(connection, 2)
        assert lines(database.reader()) == 2
        assert old.scalar(counting) == 1


def test_an_older_schema_names_the_command_and_the_upgrade_keeps_the_data(embedded: EmbeddedDatabase) -> None:
    database = embedded  # a server is upgraded by its migrations, see tests/engines/storage/test_migrations.py
    with database.write(NOW) as connection:
        add_line(connection, 1)
        connection.execute(text("ALTER TABLE goals DROP COLUMN citation"))
        connection.execute(text("DROP TABLE staffing"))
        connection.execute(schema.requests.insert(), [closed_request("Fri 2026-07-03 16:59", "Mon 2026-07-06 09:00")])
        connection.execute(schema.requests.insert(), older.linked_by_number())
        kept_whole = {"load_id": 1, "line": 7, "reason": "no date", "raw": "7,Jane Q Roe"}
        connection.execute(schema.rejected_rows.insert(), [kept_whole])
        older.shape_as_6(connection)
        for name in (*TURNING_POINTS, *OF_CALLS, "call_system", "repeat_of_system"):
            connection.execute(text(f"ALTER TABLE requests DROP COLUMN {name}"))
        connection.execute(update(schema.schema_version).values(version=0))
    database.close()
    with pytest.raises(ValueError, match=r'schema version 0.*"python -m db init"'):
        database.reader()
    assert database.upgrade(NOW) == 0
    assert lines(database.reader()) == 2
    with database.reader().connect() as connection:
        assert "citation" in {column["name"] for column in inspect(connection).get_columns("goals")}
        assert inspect(connection).has_table("staffing")
        assert connection.scalar(select(func.min(schema.requests.c.closed_from))) == datetime(2026, 7, 2, 9, 0)
        assert set(connection.scalars(select(schema.requests.c.shares_call))) == {False}
        assert older.asked_again_by(connection) == older.RIGHT
        assert "7,Jane Q Roe" not in set(connection.scalars(select(schema.rejected_rows.c.raw)))


def test_an_upgrade_keeps_what_lists_said_and_checks_the_rows_from_then_on(embedded: EmbeddedDatabase) -> None:
    odd = closed_request(flags="no_coordinates,past_date", closed_by_day=True, due="Tue 2026-07-07", due_by_day=True)
    with embedded.write(NOW) as connection:
        connection.execute(schema.requests.insert(), [odd, open_request()])
        connection.execute(schema.departments.insert(), [{"department": "BSL", "name": "Street Lighting"}])
        aliases = [{"department": "BSL", "alias": alias} for alias in ("BSL Yard", "Lights")]
        connection.execute(schema.department_aliases.insert(), aliases)
        stored_columns.write_all(connection)
        before = {table: rows_of(connection, table) for table in schema.metadata.sorted_tables}
        older.shape_as_6(connection)
    assert embedded.upgrade(NOW) == 6
    with embedded.reader().connect() as connection:
        after = {table: rows_of(connection, table) for table in schema.metadata.sorted_tables}
        names = set(inspect(connection).get_table_names())
    del before[schema.schema_version], after[schema.schema_version]
    assert after == before
    assert names == set(schema.metadata.tables)
    for change in ({"status": "floating"}, {"flags": -1}, {"due_source": None}, {"created_by_day": None}):
        with pytest.raises(DBAPIError), embedded.write(NOW) as connection:
            connection.execute(schema.requests.update().values(change))


def rows_of(connection: Connection, table: Table) -> list[tuple[object, ...]]:
    return sorted((tuple(row) for row in connection.execute(select(table))), key=repr)


def test_rows_that_break_a_rule_stop_the_upgrade_and_stay(embedded: EmbeddedDatabase) -> None:
    with embedded.write(NOW) as connection:
        connection.execute(schema.requests.insert(), [open_request(), open_request(), closed_request()])
        older.shape_as_6(connection)
        connection.execute(text("update requests set status = 'floating' where closed_at is null"))
    before = embedded.version_id()
    with pytest.raises(DeskError, match=r"requests: 2 rows break the rule status in .*The data are as before"):
        embedded.upgrade(NOW)
    assert (embedded.version_id(), embedded.schema_version()) == (before, 6)


def test_a_newer_schema_says_that_the_desk_is_older(database: Database) -> None:
    with database.write(NOW):
        pass
    set_schema_version(database, 99)
    database.close()
    with pytest.raises(ValueError, match="newer than the desk's"):
        database.reader()
    with pytest.raises(ValueError, match="update the desk"):
        database.upgrade(NOW)


def test_a_missing_column_that_may_not_be_empty_cannot_be_upgraded(embedded: EmbeddedDatabase) -> None:
    database = embedded
    with database.write(NOW) as connection:
        older.shape_as_6(connection)
        connection.execute(text("ALTER TABLE departments DROP COLUMN name"))
    with pytest.raises(ValueError, match=r"departments\.name"):
        database.upgrade(NOW)
    assert database.schema_version() == 6


def test_one_database_holds_one_city_and_the_refusal_names_the_setting(database: Database) -> None:
    setting = {"duckdb": "DESK_DATA", "postgresql": "DATABASE_URL"}[database.kind]
    with database.write(NOW) as connection:
        require_city(connection, "boston")
        connection.execute(insert(schema.city), [{"key": "boston", "name": "Boston", "source_kind": "file"}])
        require_city(connection, "boston")
    with database.reader().connect() as connection, pytest.raises(ValueError, match=f'"boston".*set {setting}'):
        require_city(connection, "los_angeles")


def test_threads_read_whole_versions_while_another_writes(database: Database) -> None:
    with database.write(NOW) as connection:
        add_line(connection, 0)
    found: list[int] = []

    def read() -> None:
        for _ in range(40):
            found.append(lines(database.reader()))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for batch in range(3):
        with database.write(NOW) as connection:
            for line in range(10):
                add_line(connection, 10 * batch + line)
    for thread in threads:
        thread.join()
    assert len(found) == 320
    assert set(found) <= {1, 11, 21, 31}
    assert lines(database.reader()) == 31


def test_an_old_version_goes_when_its_last_connection_is_closed(embedded: EmbeddedDatabase) -> None:
    with embedded.write(NOW):
        pass
    connection = embedded.reader().connect()
    for _ in range(2):
        with embedded.write(NOW):
            pass
        embedded.reader()
    assert embedded.store.path(1).exists()
    connection.close()
    del connection
    with embedded.write(NOW):
        pass
    assert [version.number for version in embedded.store.versions()] == [3, 4]


def test_a_reader_of_the_files_cannot_reach_other_files(embedded: EmbeddedDatabase, tmp_path: Path) -> None:
    (tmp_path / "private.csv").write_text("a\n1\n")
    with embedded.write(NOW):
        pass
    with embedded.reader().connect() as connection, pytest.raises(DBAPIError, match="Permission"):
        connection.execute(text(f"SELECT * FROM read_csv('{tmp_path}/private.csv')"))


def test_a_writer_may_insert_from_a_scratch_database(embedded: EmbeddedDatabase, tmp_path: Path) -> None:
    scratch = create_engine(f"duckdb:///{tmp_path / 'scratch.duckdb'}")
    with scratch.begin() as connection:
        connection.execute(text("CREATE TABLE found AS SELECT 1 AS load_id, 7 AS line, 'a' AS reason, 'b' AS raw"))
    scratch.dispose()
    with embedded.write(NOW) as connection:
        connection.execute(text(f"ATTACH '{tmp_path / 'scratch.duckdb'}' AS scratch (READ_ONLY)"))
        connection.execute(text("INSERT INTO rejected_rows SELECT * FROM scratch.found"))
    assert lines(embedded.reader()) == 1


def test_the_server_keeps_the_key_of_a_request_and_sorts_text_by_bytes(server_url: str) -> None:
    database = ServerDatabase(make_url(server_url))
    with database.write(NOW) as connection:
        for department in ("b", "B", "é", "a"):
            connection.execute(insert(schema.departments), [{"department": department, "name": department}])
    with database.reader().connect() as connection:
        key = inspect(connection).get_pk_constraint("requests")
        assert key["constrained_columns"] == ["source_system", "sr_number"]
        indexed = {index["name"] for index in inspect(connection).get_indexes("requests")}
        assert {"requests_due_at", "requests_place_id"} <= indexed
        names = connection.scalars(select(schema.departments.c.name).order_by(schema.departments.c.name)).all()
    assert list(names) == ["B", "a", "b", "é"]
    database.close()


def test_a_reader_recovers_by_itself_when_the_server_was_away(server_url: str) -> None:
    database = ServerDatabase(make_url(server_url))
    with database.write(NOW) as connection:
        add_line(connection, 1)
    assert lines(database.reader()) == 1
    admin = create_engine(make_url(server_url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        name = make_url(server_url).database
        ending = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
        assert connection.execute(ending, {"name": name}).all() == [(True,)]
    admin.dispose()
    assert lines(database.reader()) == 1
    database.close()


def test_the_server_gives_no_numbers_of_its_own(server_url: str) -> None:
    database = ServerDatabase(make_url(server_url))
    database.upgrade(NOW)
    with database.reader().connect() as connection:
        assert inspect(connection).get_sequence_names() == []
    database.close()


def test_the_servers_tables_are_those_of_the_schema_and_a_counter() -> None:
    assert set(server_metadata().tables) == {*schema.metadata.tables, "data_version"}


@pytest.mark.parametrize("version", [(13, 4), (9, 6, 24), None])
def test_a_server_older_than_the_desk_was_tested_with_is_refused(version: tuple[int, ...] | None) -> None:
    with pytest.raises(ValueError, match=f"{server.OLDEST_SERVER} or newer"):
        server.refuse_old_server(version)


def test_a_server_of_the_oldest_supported_version_is_accepted() -> None:
    server.refuse_old_server((server.OLDEST_SERVER, 0))


def test_a_server_that_is_away_raises_what_readers_catch() -> None:
    database = open_database(Settings(Path("data"), database_url="postgresql://desk:s3cret@127.0.0.1:1/requests"))
    with pytest.raises(AWAY) as caught:
        database.version()
    assert "s3cret" not in str(caught.value)
