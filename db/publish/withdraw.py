"""Take a whole edition's figures out of the snapshot: they were found wrong.

Whoever kept that edition still knows them. So they stay in the table `withdrawn`: the kiosk never shows it, but the
programs that decide what to hide take it into account. Their months and weeks are never published again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from db.publish import read
from db.publish.schema import CHECKSUM, TIMES_EDITION, checksum
from db.rules.errors import DeskError
from db.storage.snapshots import SnapshotStore

Row = dict[str, Any]
OF_MONTHS = ("asked", "promises", "ended")


def withdraw(store: SnapshotStore, edition: str, *, now: datetime) -> list[str]:
    """Take out all that one edition added, as the next edition. Gives the months that it had added.

    `edition`: its number. Raises DeskError where it added nothing, or was withdrawn before.
    """
    rows: dict[str, list[Row]] = {name: [dict(row) for row in table] for name, table in read.rows(store).items()}
    number = _checked_number(rows, edition)
    of_edition = [row for row in rows["months"] if row["edition"] == number]
    names = {row["month"] for row in of_edition}
    for row in of_edition:
        row["withdrawn_on"] = f"{now:%Y-%m-%d}"
    for name in (*OF_MONTHS, "waiting"):
        wrong = [row for row in rows[name] if _belongs_to(row, number, names)]
        rows[name] = [row for row in rows[name] if not _belongs_to(row, number, names)]
        rows["withdrawn"] += [{"edition": number, "name": name, "row": json.dumps(row)} for row in wrong]
    rows["districts"] = [row for row in rows["districts"] if row["month"] not in names]
    values = {row["name"]: row["value"] for row in rows["edition"]}
    if values.get(TIMES_EDITION) == str(number):
        for row in rows["services"]:
            row |= {"half_days": None, "half_is_over": 0, "most_days": None, "most_is_over": 0}
    rows["edition"] = [row for row in rows["edition"] if row["name"] != CHECKSUM]
    rows["edition"].append({"name": CHECKSUM, "value": checksum(rows)})
    store.write(read.TABLES, rows)
    return sorted(names)


def known(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, list[Row]]:
    """The rows of withdrawn editions, by table."""
    rows_by_table: dict[str, list[Row]] = {name: [] for name in (*OF_MONTHS, "waiting")}
    for row in rows["withdrawn"]:
        rows_by_table[row["name"]].append(json.loads(row["row"]))
    return rows_by_table


def _checked_number(rows: Mapping[str, Sequence[Mapping[str, Any]]], edition: str) -> int:
    """The edition's number, where it is one that can be withdrawn."""
    added: dict[int, list[str]] = {row["edition"]: [] for row in rows["waiting"]}
    for row in rows["months"]:
        if row["withdrawn_on"] is None:
            added.setdefault(row["edition"], []).append(row["month"])
    if edition.isascii() and edition.isdigit() and int(edition) in added:
        return int(edition)
    listed = "; ".join(f"{number} ({', '.join(sorted(added[number])) or 'no month'})" for number in sorted(added))
    raise DeskError(
        f'edition "{edition}" is not in the snapshot or was withdrawn; editions and the months they added: '
        f"{listed or 'none'}"
    )


def _belongs_to(row: Mapping[str, Any], edition: int, months: set[str]) -> bool:
    return row["edition"] == edition if "edition" in row else row["month"] in months
