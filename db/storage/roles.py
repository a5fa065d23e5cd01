"""Two roles of a PostgreSQL server: one that writes, and one that can only select and not for long."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg import sql
from sqlalchemy import Connection

WRITER, READER = "desk_writer", "desk_reader"
PASSWORDS = {WRITER: "DESK_WRITER_PASSWORD", READER: "DESK_READER_PASSWORD"}
LONGEST_QUERY = "30s"

_FOR_BOTH = ("GRANT CONNECT ON DATABASE {database} TO {role}", "GRANT USAGE ON SCHEMA public TO {role}")
_WRITER = (
    "GRANT TEMPORARY ON DATABASE {database} TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
)
_READER = (
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {role}",
    "ALTER ROLE {role} SET default_transaction_read_only = on",
    f"ALTER ROLE {{role}} SET statement_timeout = '{LONGEST_QUERY}'",
)
_EVERYONE = ("REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC", "REVOKE CREATE ON SCHEMA public FROM PUBLIC")


def passwords(environ: Mapping[str, str]) -> dict[str, str]:
    """Each role's password, from the environment. Raises ValueError that names the variables that are missing."""
    found = {role: environ.get(name, "") for role, name in PASSWORDS.items()}
    if missing := [PASSWORDS[role] for role, password in found.items() if not password]:
        raise ValueError(
            f"the roles {WRITER} and {READER} need passwords: set {' and '.join(missing)}, or give --no-roles"
        )
    return found


def make(connection: Connection, by_role: Mapping[str, str]) -> None:
    """Make the two roles, or bring those there are up to date, for the database and its tables as they are.

    Only a digest of a password is sent, so that none can turn up in the server's log. The connection's own role
    must be allowed to make roles.
    """
    driver: Any = connection.connection.driver_connection
    for role, password in by_role.items():
        digest = driver.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
        with driver.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,))
            verb = "ALTER" if cursor.fetchone() else "CREATE"
            cursor.execute(
                sql.SQL(f"{verb} ROLE {{}} LOGIN PASSWORD {{}}").format(sql.Identifier(role), sql.Literal(digest))
            )
        _run(driver, (*_FOR_BOTH, *(_WRITER if role == WRITER else _READER)), role)
    _run(driver, _EVERYONE, WRITER)


def _run(driver: Any, statements: tuple[str, ...], role: str) -> None:
    names = {"database": sql.Identifier(driver.info.dbname), "role": sql.Identifier(role)}
    with driver.cursor() as cursor:
        for statement in statements:
            cursor.execute(sql.SQL(statement).format(**names))
