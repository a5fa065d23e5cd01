"""On a server: the role that adds records can add rows to them and nothing else; the reader reads them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import URL, create_engine, inspect, make_url, text
from sqlalchemy.exc import DBAPIError

from db.__main__ import main
from db.records import migrations, tables, views
from db.records.database import ServerRecords, open_records
from db.records.errors import RecordsError
from db.settings import Settings
from db.storage.database import ServerDatabase

Make = Callable[[str], ServerDatabase]
NOW = datetime(2026, 11, 30, 9)
PASSWORDS = {
    "DESK_WRITER_PASSWORD": "w",
    "DESK_READER_PASSWORD": "r",
    "DESK_RECORDER_PASSWORD": "c",
}


@pytest.fixture(scope="module")
def owner(server_database: Make) -> URL:
    url = server_database("record_role").url
    address = url.render_as_string(hide_password=False)
    assert main(["init"], {"DATABASE_URL": address, **PASSWORDS}) == 0
    return url


def as_role(owner: URL, role: str) -> str:
    return owner.set(username=role, password=PASSWORDS[f"{role.upper()}_PASSWORD"]).render_as_string(
        hide_password=False
    )


def save(records: ServerRecords, name: str) -> None:
    with records.writing() as connection:
        views.save(connection, name=name, page="queue", link="", seen=0, by="Ana", now=NOW)


def test_the_recorder_adds_and_the_reader_reads(owner: URL) -> None:
    desk = Settings(None, as_role(owner, "desk_reader"), records_url=as_role(owner, "desk_recorder"))  # type: ignore
    records = open_records(desk)
    assert isinstance(records, ServerRecords)
    save(records, "Mine")
    only_reads = ServerRecords(make_url(as_role(owner, "desk_reader")))
    with only_reads.reading() as connection:
        assert [view.name for view in views.listing(connection)] == ["Mine"]
    with pytest.raises(RecordsError, match="set DESK_RECORDS_URL to one that may"):
        save(only_reads, "More")


@pytest.mark.parametrize(
    "statement",
    [
        "update desk_records.saved_views set name = 'x'",
        "delete from desk_records.saved_views",
        "truncate desk_records.saved_views",
        "update desk_records.alembic_version set version_num = 'x'",
        "insert into desk_records.alembic_version values ('x')",
        "create table desk_records.mine (x int)",
        "create table public.mine (x int)",
        "create temporary table mine (x int)",
        "select * from public.requests",
    ],
)
def test_the_recorder_can_do_nothing_else(owner: URL, statement: str) -> None:
    engine = create_engine(as_role(owner, "desk_recorder").replace("postgresql:", "postgresql+psycopg:", 1))
    with engine.connect() as connection, pytest.raises(DBAPIError) as caught:
        connection.execute(text(statement))
    engine.dispose()
    assert getattr(caught.value.orig, "sqlstate", "") == "42501"


def test_without_tables_reading_finds_nothing_and_writing_says_what_to_run(server_database: Make) -> None:
    records = ServerRecords(server_database("record_none").url)
    with records.reading() as connection:
        assert views.listing(connection) == []
    with pytest.raises(RecordsError, match='run "python -m db init"'):
        save(records, "Mine")


def test_migrations_and_tables_agree_on_both_engines(owner: URL, tmp_path_factory: pytest.TempPathFactory) -> None:
    server = create_engine(owner)
    file = create_engine(f"sqlite:///{tmp_path_factory.mktemp('records') / 'records.sqlite'}")
    for engine in (server, file):
        with engine.begin() as connection:
            migrations.migrate(connection)
            schema = migrations.schema_of(connection)
            for table in tables.metadata.sorted_tables:
                held = {c["name"]: c["nullable"] for c in inspect(connection).get_columns(table.name, schema)}
                assert held == {column.name: column.nullable for column in table.columns}, table.name
                key = inspect(connection).get_pk_constraint(table.name, schema)["constrained_columns"]
                assert key == [column.name for column in table.primary_key.columns], table.name
        engine.dispose()


def test_a_server_that_is_away_is_told_without_its_password(owner: URL) -> None:
    records = ServerRecords(owner.set(host="127.0.0.1", port=1, password="s3cret", query={}))
    with pytest.raises(RecordsError, match="away") as caught, records.reading():
        pass
    assert "s3cret" not in str(caught.value)
