"""A version of the embedded database in one DuckDB instance with the rows that a load brings.

Handed from one instance to another, rows pass through a single thread; within one instance all
cores insert, and nothing is copied in between.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
from duckdb_sqlalchemy import ConnectionWrapper
from sqlalchemy import Connection, Engine, NullPool, create_engine

Scratch = duckdb.DuckDBPyConnection

CATALOG = "kept"
# Smaller and quicker to write than DuckDB's default, its oldest format.
STORAGE = "v1.4.0"
# DICT_FSST covers both; trying them as well only costs time.
NOT_TRIED = "fsst,dictionary"


@contextmanager
def writing(path: Path, scratch: Scratch | None) -> Iterator[Connection]:
    """One transaction on the version at `path`, which is made where absent and closed at the end.

    An unqualified name is a temporary table, a table of the version or one of `scratch`, in this order; a
    table that is created without a schema is created in the version. The tables of `scratch` can only be read, as they
    are when the transaction first reads any of them. Raises as SQLAlchemy does.
    """
    with duckdb.connect() if scratch is None else scratch.cursor() as session:
        if scratch is None:
            session.execute(f"set temp_directory = '{_quoted(path)}.tmp'")
        session.execute(f"set disabled_compression_methods = '{NOT_TRIED}'")
        # No reader relies on an order, and keeping one doubles the cost of inserting.
        session.execute("set preserve_insertion_order = false")
        try:
            with _transaction(session, path) as connection:
                yield connection
        except BaseException:
            with suppress(duckdb.Error):  # after a full disk the whole instance is unusable
                _detach(session)
            raise
        _detach(session)


@contextmanager
def _transaction(session: duckdb.DuckDBPyConnection, path: Path) -> Iterator[Connection]:
    engine = create_engine("duckdb://", creator=lambda: _SessionKeptOpen(session), poolclass=NullPool)
    try:
        with _autocommit(engine) as connection:
            connection.exec_driver_sql(f"ATTACH '{_quoted(path)}' AS {CATALOG} (STORAGE_VERSION '{STORAGE}')")
            connection.exec_driver_sql(f"SET search_path = '{CATALOG}.main,memory.main'")
        with engine.begin() as connection:
            yield connection
            # DuckDB commits nothing, and says nothing, after an error that the caller caught; this raises then.
            connection.exec_driver_sql("SELECT 1")
        with _autocommit(engine) as connection:
            connection.exec_driver_sql(f"CHECKPOINT {CATALOG}")
    finally:
        engine.dispose()


def _autocommit(engine: Engine) -> Connection:
    return engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def _detach(session: duckdb.DuckDBPyConnection) -> None:
    session.execute("set search_path = 'memory.main'")
    session.execute(f"detach database if exists {CATALOG}")


class _SessionKeptOpen(ConnectionWrapper):
    """A connection that does not close its session: another session would not see its temporary tables."""

    def close(self) -> None:
        pass


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
