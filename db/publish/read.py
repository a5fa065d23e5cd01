"""Read the published snapshot. The kiosk imports only this part of `db.publish`, which needs only storage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from db.publish.schema import CHECKSUM, FORMAT, checksum, public
from db.rules.errors import DeskError
from db.storage.snapshots import SnapshotStore, UnreadableSnapshotError

TABLES = public


@dataclass(frozen=True)
class Snapshot:
    """One edition: its number, `said` (values of the whole edition by name), and its tables as rows."""

    number: int
    said: Mapping[str, str]
    tables: Mapping[str, Sequence[Mapping[str, Any]]]


def rows(store: SnapshotStore) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """All rows of the current edition, by table. Raises DeskError, which says why, where they cannot be trusted."""
    try:
        tables = store.read(TABLES)
    except UnreadableSnapshotError as error:
        raise DeskError(
            f"the snapshot cannot be read ({error}): put a copy of it back, or publish to a new place"
        ) from error
    values = {row["name"]: row["value"] for row in tables["edition"]}
    if values.get("format") != FORMAT:
        raise DeskError(f"the snapshot has format {values.get('format')}, not {FORMAT}: use the program that wrote it")
    if values.get(CHECKSUM) != checksum(tables):
        raise DeskError("the snapshot's checksum is wrong: it was damaged or changed; put a copy of it back")
    return tables


def snapshot(store: SnapshotStore) -> Snapshot | None:
    """The current edition, None before there is one. Raises DeskError where it cannot be trusted."""
    try:
        number = store.edition()
    except UnreadableSnapshotError as error:
        raise DeskError(f"the snapshot cannot be reached ({error})") from error
    if not number:
        return None
    tables = rows(store)
    return Snapshot(number, {row["name"]: row["value"] for row in tables["edition"]}, tables)
