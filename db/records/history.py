"""Records that are never overwritten: a change adds a revision, and the newest revision of a thing counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, FromClause, RowMapping, Select, Table, and_, func, insert, select
from sqlalchemy.exc import IntegrityError

from db.records.errors import ConflictError, RecordsError
from db.records.tables import LONGEST_NAME


def newest(table: Table, *, is_removed_too: bool = False) -> Select[Any]:
    """The newest revision of every thing in `table`; removed things only when asked for."""
    keys = [column for column in table.primary_key.columns if column.name != "revision"]
    latest: FromClause = select(*keys, func.max(table.c.revision).label("revision")).group_by(*keys).subquery("latest")
    is_latest = and_(*(table.c[column.name] == latest.c[column.name] for column in (*keys, table.c.revision)))
    rows = select(table).join(latest, is_latest)
    if "is_removed" in table.c and not is_removed_too:
        rows = rows.where(~table.c.is_removed)
    return rows


def history(connection: Connection, table: Table, key: Mapping[str, Any]) -> Sequence[RowMapping]:
    """Every revision of one thing, oldest first; empty where there is none."""
    rows = select(table).where(*_matches_key(table, key)).order_by(table.c.revision)
    return connection.execute(rows).mappings().all()


def append(
    connection: Connection,
    table: Table,
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    *,
    seen: int,
    by: str,
    now: datetime,
) -> int:
    """Write one more revision of the thing `key`; gives its number.

    `seen`: the revision that the writer saw, 0 for a thing that they did not find there. `by`: the name of a person.
    `now`: the city's local time. Raises ConflictError where a newer revision is there, and RecordsError
    for an empty or overlong name.
    """
    row = {
        **key,
        **values,
        "revision": seen + 1,
        "written_by": clean_name(by, "your name"),
        "written_at": now.replace(microsecond=0),
    }
    _refuse_conflict(connection, table, key, seen)
    try:
        with connection.begin_nested():
            connection.execute(insert(table), [row])
    except IntegrityError:
        # On a server somebody else can have written between the check and the insert.
        _refuse_conflict(connection, table, key, seen)
        raise
    return seen + 1


def clean_name(text: str, what: str) -> str:
    """A name on one line without control characters. Raises RecordsError where nothing is left, or far too much."""
    name = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    if not name:
        raise RecordsError(f"{what} is empty; nothing was written")
    if len(name) > LONGEST_NAME:
        raise RecordsError(f"{what} has {len(name)} characters, at most {LONGEST_NAME} are kept; nothing was written")
    return name


def _refuse_conflict(connection: Connection, table: Table, key: Mapping[str, Any], seen: int) -> None:
    revisions = history(connection, table, key)
    newest_revision = revisions[-1]["revision"] if revisions else 0
    if newest_revision == seen:
        return
    if not revisions:
        raise ConflictError("what you changed is not in the records any more; nothing was written. Look again")
    last = revisions[-1]
    raise ConflictError(
        f"{last['written_by']} changed this on {last['written_at']:%Y-%m-%d at %H:%M}, after you had opened it; "
        "nothing of yours was written. Look at it again, then decide"
    )


def _matches_key(table: Table, key: Mapping[str, Any]) -> list[Any]:
    return [table.c[name] == value for name, value in key.items()]
