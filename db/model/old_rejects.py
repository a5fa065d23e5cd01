"""Rejected rows as desks of before December 2026 kept them: the whole row, with whatever people had written in it."""

from __future__ import annotations

from sqlalchemy import Connection, and_, func, not_, or_, update

from db.model.schema import rejected_rows

NOT_KEPT = "(not kept: an older desk had kept the whole row; load the file again to see what it says)"
DELIMITERS = (",", ";", "\t", "|")


def clean(connection: Connection) -> int:
    """Leave nothing of rejected rows that were kept as they came; how many there were.

    Today's are kept as "TITLE: value; ...", so that a title and its colon come before anything that divides columns.
    """
    raw = rejected_rows.c.raw
    title = func.strpos(raw, ": ")
    is_first = [or_(func.strpos(raw, mark) == 0, func.strpos(raw, mark) > title) for mark in DELIMITERS]
    of_today = or_(raw.like("(not kept:%"), and_(title > 0, *is_first))
    cleaned = connection.execute(update(rejected_rows).where(not_(of_today)).values(raw=NOT_KEPT))
    return int(cleaned.rowcount)
