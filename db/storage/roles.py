"""Two roles of a PostgreSQL server: one that writes, and one that can only select and not for long."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg import sql
from sqlalchemy import Connection

from db.rules.errors import DeskError

WRITER, READER = "desk_writer", "desk_reader"
PASSWORDS = {WRITER: "DESK_WRITER_PASSWORD", READER: "DESK_READER_PASSWORD"}
LONGEST_QUERY = "30s"
LONGEST_IDLE = "60s"
MOST_CONNECTIONS = {WRITER: 4, READER: 60}

_COMMON_GRANTS = ("GRANT CONNECT ON DATABASE {database} TO {role}", "GRANT USAGE ON SCHEMA public TO {role}")
_WRITER_GRANTS = (
    "GRANT TEMPORARY ON DATABASE {database} TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
)
_READER_GRANTS = (
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {role}",
    "ALTER ROLE {role} SET default_transaction_read_only = on",
    f"ALTER ROLE {{role}} SET statement_timeout = '{LONGEST_QUERY}'",
    f"ALTER ROLE {{role}} SET idle_in_transaction_session_timeout = '{LONGEST_IDLE}'",
)
_REVOKED_FROM_EVERYONE = (
    "REVOKE TEMPORARY, CONNECT ON DATABASE {database} FROM PUBLIC",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
)
# Functions of the server that a reader could use against the desk: the first would hold up every load, for a load
# takes an advisory lock, the second would fill the disk.
_IS_LOCK_FUNCTION = r"proname ~ '^pg_(try_)?advisory_(xact_)?lock(_shared)?$'"
_IS_LARGE_OBJECT_FUNCTION = "proname IN ('lo_create', 'lo_creat', 'lo_from_bytea', 'lo_import', 'lo_put', 'lowrite')"
_ONLY_A_SUPERUSER = (
    f"the role of DATABASE_URL is no superuser, so {READER} can still take the lock that a load waits for, and store "
    "large objects: run this command once as a superuser, or see docs/postgresql.md"
)


def passwords(environ: Mapping[str, str]) -> dict[str, str]:
    """Each role's password, from the environment. Raises DeskError that names the variables that are missing."""
    password_by_role = {role: environ.get(name, "") for role, name in PASSWORDS.items()}
    if missing := [PASSWORDS[role] for role, password in password_by_role.items() if not password]:
        raise DeskError(
            f"the roles {WRITER} and {READER} need passwords: set {' and '.join(missing)}, or give --no-roles"
        )
    return password_by_role


def make(connection: Connection, by_role: Mapping[str, str]) -> tuple[str, ...]:
    """Make the two roles, or bring those there are up to date, for the database and its tables as they are.

    Only a digest of a password is sent, so that none can turn up in the server's log. The connection's own role
    must be allowed to make roles. Gives a sentence for what only a superuser of the server could still close.
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
        limit = f"ALTER ROLE {{role}} CONNECTION LIMIT {MOST_CONNECTIONS[role]}"
        _run(driver, (*_COMMON_GRANTS, limit, *(_WRITER_GRANTS if role == WRITER else _READER_GRANTS)), role)
    _run(driver, _REVOKED_FROM_EVERYONE, WRITER)
    return _confine_functions(driver)


def _confine_functions(driver: Any) -> tuple[str, ...]:
    """Take the server's lock and large-object functions from everybody; the writer keeps the locks it needs."""
    with driver.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if not cursor.fetchone()[0]:
            return (_ONLY_A_SUPERUSER,)
        for condition, is_for_writer in ((_IS_LOCK_FUNCTION, True), (_IS_LARGE_OBJECT_FUNCTION, False)):
            cursor.execute(
                "SELECT oid::regprocedure::text FROM pg_proc "
                f"WHERE {condition} AND pronamespace = 'pg_catalog'::regnamespace"
            )
            for (function,) in cursor.fetchall():
                cursor.execute(sql.SQL(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC"))
                if is_for_writer:
                    cursor.execute(
                        sql.SQL(f"GRANT EXECUTE ON FUNCTION {function} TO {{}}").format(sql.Identifier(WRITER))
                    )
        # So that a writer who has to wait can read who is writing.
        cursor.execute(sql.SQL("GRANT pg_read_all_stats TO {}").format(sql.Identifier(WRITER)))
    return ()


def _run(driver: Any, statements: tuple[str, ...], role: str) -> None:
    names = {"database": sql.Identifier(driver.info.dbname), "role": sql.Identifier(role)}
    with driver.cursor() as cursor:
        for statement in statements:
            cursor.execute(sql.SQL(statement).format(**names))
