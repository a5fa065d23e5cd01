"""The role of a PostgreSQL server that adds records: it can add rows to the records, read them, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg import sql
from sqlalchemy import Connection

from db.records.tables import SCHEMA
from db.storage.roles import READER, WRITER

RECORDER = "desk_recorder"
PASSWORD = "DESK_RECORDER_PASSWORD"

_READ_GRANTS = (
    "GRANT USAGE ON SCHEMA {schema} TO {role}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON TABLES TO {role}",
)
# Rows are only ever added: no record can be changed or deleted with this role.
_ADD_GRANTS = (
    "GRANT CONNECT ON DATABASE {database} TO {role}",
    "GRANT INSERT ON ALL TABLES IN SCHEMA {schema} TO {role}",
    "REVOKE INSERT ON {schema}.alembic_version FROM {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT INSERT ON TABLES TO {role}",
    "ALTER ROLE {role} SET statement_timeout = '10s'",
    "ALTER ROLE {role} SET idle_in_transaction_session_timeout = '30s'",
    "ALTER ROLE {role} CONNECTION LIMIT 20",
)


def make(connection: Connection, environ: Mapping[str, str]) -> bool:
    """Let the desk's roles read the records and, where its password is given, make the one that adds to them.

    Gives whether that role is there now with this password. Only a digest of the password is sent.
    """
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", ([READER, WRITER],))
        readers = [row[0] for row in cursor.fetchall()]
    for role in readers:
        _run(driver, _READ_GRANTS, role)
    password = environ.get(PASSWORD, "")
    if not password:
        return False
    digest = driver.pgconn.encrypt_password(password.encode(), RECORDER.encode(), b"scram-sha-256").decode()
    with driver.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (RECORDER,))
        verb = "ALTER" if cursor.fetchone() else "CREATE"
        statement = sql.SQL(f"{verb} ROLE {{}} LOGIN PASSWORD {{}}")
        cursor.execute(statement.format(sql.Identifier(RECORDER), sql.Literal(digest)))
    _run(driver, (*_READ_GRANTS, *_ADD_GRANTS), RECORDER)
    return True


def _run(driver: Any, statements: tuple[str, ...], role: str) -> None:
    names = {
        "database": sql.Identifier(driver.info.dbname),
        "schema": sql.Identifier(SCHEMA),
        "role": sql.Identifier(role),
    }
    with driver.cursor() as cursor:
        for statement in statements:
            cursor.execute(sql.SQL(statement).format(**names))
