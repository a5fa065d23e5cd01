"""Read the published snapshot. The only part of `db.publish` that the kiosk knows: it needs storage alone."""

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
    """One edition: its number, what is true of all of it, and its tables as rows."""

    number: int
    said: Mapping[str, str]
    tables: Mapping[str, Sequence[Mapping[str, Any]]]


def rows(store: SnapshotStore) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """All rows of the current edition. Raises DeskError that says what is wrong where they cannot be trusted."""
    try:
        found = store.read(TABLES)
    except UnreadableSnapshotError as error:
        raise DeskError(
            f"the snapshot cannot be read ({error}): put a copy of it back, or publish to a new place"
        ) from error
    said = {row["name"]: row["value"] for row in found["edition"]}
    if said.get("format") != FORMAT:
        raise DeskError(f"the snapshot has format {said.get('format')}, not {FORMAT}: use the program that wrote it")
    if said.get(CHECKSUM) != checksum(found):
        raise DeskError("the snapshot's checksum is wrong: it was damaged or changed; put a copy of it back")
    return found


def snapshot(store: SnapshotStore) -> Snapshot | None:
    """The current edition, None before there is one. Raises DeskError where it cannot be trusted."""
    try:
        number = store.edition()
    except UnreadableSnapshotError as error:
        raise DeskError(f"the snapshot cannot be reached ({error})") from error
    if not number:
        return None
    found = rows(store)
    return Snapshot(number, {row["name"]: row["value"] for row in found["edition"]}, found)
