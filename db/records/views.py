"""Saved views: a name for a link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from db.records.errors import RecordsError
from db.records.history import append, clean_name, history, newest
from db.records.tables import LONGEST_LINK, saved_views


@dataclass(frozen=True)
class SavedView:
    """A link with a name. `link` is what follows the `?` of the address; `revision` is what `save` wants as `seen`."""

    name: str
    page: str
    link: str
    revision: int
    written_by: str
    written_at: datetime


def listing(connection: Connection) -> list[SavedView]:
    """Every saved view by its name, removed ones left out."""
    rows = connection.execute(newest(saved_views).order_by(saved_views.c.name_key)).mappings()
    names = ("name", "page", "link", "revision", "written_by", "written_at")
    return [SavedView(**{name: row[name] for name in names}) for row in rows]


def save(connection: Connection, *, name: str, page: str, link: str, seen: int, by: str, now: datetime) -> int:
    """Give a link a name, or the name a new link; gives the revision.

    `seen`: the revision of that name in the listing that the writer looked at, 0 where it was not in it. A name that
    was removed may be taken again with 0. Raises RecordsError for a bad name or link, ConflictError where the name was
    given meanwhile.
    """
    name = clean_name(name, "the name of the view")
    if len(link) > LONGEST_LINK:
        raise RecordsError(f"the link has {len(link):,} characters, at most {LONGEST_LINK:,} are kept; choose less")
    key = {"name_key": name.casefold()}
    before = history(connection, saved_views, key)
    if seen == 0 and before and before[-1]["is_removed"]:
        seen = before[-1]["revision"]
    values = {"name": name, "page": page, "link": link, "is_removed": False}
    return append(connection, saved_views, key, values, seen=seen, by=by, now=now)


def remove(connection: Connection, *, name: str, seen: int, by: str, now: datetime) -> int:
    """Take a view off the list; its history stays. Raises RecordsError where there is none of that name."""
    key = {"name_key": name.casefold()}
    revisions = history(connection, saved_views, key)
    if not revisions or revisions[-1]["is_removed"]:
        raise RecordsError(f'there is no saved view "{name}"; nothing was written')
    values = {column: revisions[-1][column] for column in ("name", "page", "link")} | {"is_removed": True}
    return append(connection, saved_views, key, values, seen=seen, by=by, now=now)
