"""The register of promises: who promised what, measured by which figure, from what to what, by when."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from db.records.errors import RecordsError
from db.records.history import append, clean_name, history, newest
from db.records.tables import LONGEST_NOTE, promises
from db.rules.vocabulary import PromiseFigure


@dataclass(frozen=True)
class Promise:
    """One promise. `department`, `service_type`: empty for all; `revision` is what `close` wants as `seen`."""

    name: str
    promised_by: str
    figure: PromiseFigure
    start_value: float
    target_value: float
    due_on: date
    department: str = ""
    service_type: str = ""
    note: str = ""
    revision: int = 0
    written_by: str = ""
    written_at: datetime | None = None


def listing(connection: Connection) -> list[Promise]:
    """Every promise on the register, sorted by due day, then by name."""
    rows = connection.execute(newest(promises).order_by(promises.c.due_on, promises.c.name_key)).mappings()
    return [_promise(row) for row in rows]


def add(connection: Connection, *, promise: Promise, by: str, now: datetime) -> int:
    """Put a promise on the register; gives its revision.

    Raises RecordsError for an empty name, for one that is on the register already, for a target equal to
    the start, and for a day that has passed.
    """
    name = clean_name(promise.name, "the name of the promise")
    who = clean_name(promise.promised_by, "who promised it")
    if promise.start_value == promise.target_value:
        raise RecordsError("the promise starts where it ends: give two different values; nothing was written")
    if promise.due_on < now.date():
        raise RecordsError(f"the day {promise.due_on} has passed; nothing was written")
    key = {"name_key": name.casefold()}
    before = history(connection, promises, key)
    if before and not before[-1]["is_removed"]:
        last = before[-1]
        raise RecordsError(
            f'a promise of the name "{last["name"]}" is on the register, since {last["written_at"]:%Y-%m-%d} by '
            f"{last['written_by']}; take another name, or close that one first. Nothing was written"
        )
    values = {
        "name": name,
        "promised_by": who,
        "figure": str(promise.figure),
        "department": promise.department or None,
        "service_type": promise.service_type or None,
        "start_value": promise.start_value,
        "target_value": promise.target_value,
        "due_on": promise.due_on,
        "note": " ".join(promise.note.split())[:LONGEST_NOTE],
        "is_removed": False,
    }
    return append(connection, promises, key, values, seen=before[-1]["revision"] if before else 0, by=by, now=now)


def close(connection: Connection, *, name: str, seen: int | None = None, by: str, now: datetime) -> int:
    """Take a promise off the register; its history stays. `seen`: the revision that was looked at, None for the newest.

    Raises RecordsError where there is none of that name, ConflictError where it was changed meanwhile.
    """
    key = {"name_key": " ".join(name.split()).casefold()}
    revisions = history(connection, promises, key)
    if not revisions or revisions[-1]["is_removed"]:
        raise RecordsError(f'there is no promise "{name}" on the register; nothing was written')
    last = revisions[-1]
    copied = {column.name for column in promises.c} - {"name_key", "revision", "written_by", "written_at", "is_removed"}
    values = {column: last[column] for column in copied} | {"is_removed": True}
    return append(connection, promises, key, values, seen=last["revision"] if seen is None else seen, by=by, now=now)


def _promise(row: Any) -> Promise:
    values = {entry.name: row[entry.name] for entry in fields(Promise)}
    texts = {name: values[name] or "" for name in ("department", "service_type")}
    return Promise(**{**values, **texts, "figure": PromiseFigure(values["figure"])})
