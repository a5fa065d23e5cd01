"""An older embedded database in the shape of today's: every table made anew, its rows copied over.

DuckDB adds no CHECK to a table that is there, and no column that may not be empty. So an upgrade, which works on a
copy of the file, makes each table as `db/model/schema.py` has it and fills it from the older one.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import CheckConstraint, Connection, MetaData, Table, inspect, text

from db.rules.errors import DeskError
from db.storage.older import BECAME, MOVED

_OLDER = "older_"


def rebuild(connection: Connection, tables: MetaData, before: int) -> None:
    """Make the tables of a database of schema version `before` anew, data kept, inside the caller's transaction.

    Raises DeskError for rows that break a rule of today's tables, and for a new column that may not be empty.
    """
    present = inspect(connection).get_table_names()
    older = {name: _columns(connection, name) for name in tables.tables if name in present}
    for name in older:
        connection.execute(text(f"alter table {name} rename to {_OLDER}{name}"))
    tables.create_all(connection)
    became = {where: sql for version, changes in BECAME.items() if version > before for where, sql in changes.items()}
    for name, columns in older.items():
        _copy(connection, tables.tables[name], columns, became)
    for version, moved in MOVED.items():
        for name, rows in moved.items() if version > before else ():
            connection.execute(text(f"insert into {name} {rows.format(older=_OLDER)}"))
    for name in older:
        connection.execute(text(f"drop table {_OLDER}{name}"))


def _columns(connection: Connection, table: str) -> set[str]:
    return {column["name"] for column in inspect(connection).get_columns(table)}


def _copy(connection: Connection, table: Table, older: set[str], became: Mapping[tuple[str, str], str]) -> None:
    values = {}
    for column in table.columns:
        value = became.get((table.name, column.name), column.name if column.name in older else "null")
        if value == "null" and not column.nullable:
            raise DeskError(
                f"{table.name}.{column.name} is new and may not be empty: load the files into a new database"
            )
        values[column.name] = value
    rows = f"select {', '.join(f'{value} as {name}' for name, value in values.items())} from {_OLDER}{table.name}"
    _refuse_what_breaks_a_rule(connection, table, rows)
    connection.execute(text(f"insert into {table.name} ({', '.join(values)}) {rows}"))


def _refuse_what_breaks_a_rule(connection: Connection, table: Table, rows: str) -> None:
    rules = [str(rule.sqltext) for rule in table.constraints if isinstance(rule, CheckConstraint)]
    if not rules:
        return
    counts = ", ".join(f"count(*) filter (where not ({rule}))" for rule in rules)
    found = connection.execute(text(f"select {counts} from ({rows}) found")).one()
    broken = [f"{count:,} rows break the rule {rule}" for rule, count in zip(rules, found, strict=True) if count]
    if broken:
        raise DeskError(
            f"{table.name}: {'; '.join(sorted(broken))}. The data are as before; load the files they came from into a "
            "new database, by DESK_DATA"
        )
