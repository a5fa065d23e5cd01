"""Rows in bulk from a DuckDB working database into the request database, whichever engine keeps it."""

from __future__ import annotations

from typing import Any

import duckdb
from sqlalchemy import Connection, text

from db.storage.workspace import workspace

COPY_BLOCK = 1 << 20


def quoted(value: str) -> str:
    """A text as an SQL literal, for the statements that take no parameters."""
    return "'" + value.replace("'", "''") + "'"


def hand_over(connection: Connection, scratch: duckdb.DuckDBPyConnection, table: str, source: str, shape: str) -> None:
    """Make the temporary `table` (columns `shape`) in the request database from a query of the working one."""
    if is_inside(connection, scratch):
        scratch.execute(f"create temporary table {table} as {source}")
        return
    names = ", ".join(part.split()[0] for part in shape.split(", "))
    if connection.dialect.name == "duckdb":
        connection.execute(text(f"create temporary table {table} ({shape})"))
        target: Any = connection.connection.driver_connection
        target.register("handed_over", scratch.execute(source).to_arrow_table())
        target.execute(f"insert into {table} ({names}) from handed_over")
        target.unregister("handed_over")
        return
    connection.execute(text(f"create temporary table {table} ({shape}) on commit drop"))
    _copy(connection, scratch, source, f"{table} ({names})")
    # Without statistics the server may join a hundred thousand rows one by one.
    connection.execute(text(f"analyze {table}"))


def is_inside(connection: Connection, scratch: duckdb.DuckDBPyConnection) -> bool:
    """Whether `scratch` is the session in which the transaction of `connection` runs, see `write_session.py`."""
    return connection.connection.driver_connection is scratch


def _copy(connection: Connection, scratch: duckdb.DuckDBPyConnection, source: str, target: str) -> None:
    """Send the rows of the query `source` of the scratch database to a PostgreSQL table by COPY, as one text."""
    driver: Any = connection.connection.driver_connection
    with workspace() as folder:
        path = folder / "rows.csv"
        # With every value in quotes, an empty text and no value stay apart.
        scratch.execute(f"copy ({source}) to {quoted(str(path))} (format csv, header false, force_quote *)")
        statement = f"COPY {target} FROM STDIN (FORMAT csv, ENCODING 'UTF8')"
        with path.open("rb") as file, driver.cursor() as cursor, cursor.copy(statement) as copy:
            while block := file.read(COPY_BLOCK):
                copy.write(block)
