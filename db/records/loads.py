"""Loads that were refused or gave a warning, by file, until a later load of that file goes well."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from db.records.tables import load_attempts

BY = "python -m db load"
MOST_TOLD = 2_000  # characters

_a = load_attempts.c


@dataclass(frozen=True)
class Attempt:
    """The last load of one file. `told`: why it was refused, or what it warned of."""

    file: str
    is_refused: bool
    told: str
    written_at: datetime

    def sentence(self) -> str:
        when = f"{self.written_at:%Y-%m-%d %H:%M}"
        if self.is_refused:
            return f"{self.file} was refused on {when}, nothing of it counts: {self.told}"
        return f"{self.file}, loaded on {when}: {self.told}"


def name_of(file: str) -> str:
    """The name by which a file is known here: without its folder, which may differ from load to load."""
    return re.split(r"[/\\]", file)[-1]


def note(connection: Connection, file: str, *, is_refused: bool, told: str, now: datetime) -> None:
    """Record the result of a load. One that went well is recorded only where an earlier one of that file did not."""
    key = name_of(file)
    before = connection.execute(select(func.max(_a.revision), func.count()).where(_a.file_key == key)).one()
    if not told and key not in {attempt.file for attempt in standing(connection)}:
        return
    values = {"file_key": key, "revision": (before[0] or 0) + 1, "is_refused": is_refused, "told": told[:MOST_TOLD]}
    connection.execute(insert(load_attempts).values(**values, written_by=BY, written_at=now))


def standing(connection: Connection) -> Sequence[Attempt]:
    """The last load of each file, where it was refused or gave a warning; newest first."""
    last = select(_a.file_key, func.max(_a.revision).label("revision")).group_by(_a.file_key).subquery()
    is_last = (last.c.file_key == _a.file_key) & (last.c.revision == _a.revision)
    rows = connection.execute(
        select(_a.file_key, _a.is_refused, _a.told, _a.written_at)
        .join(last, is_last)
        .where(_a.told != "")
        .order_by(_a.written_at.desc(), _a.file_key)
    )
    return [Attempt(*row) for row in rows]
