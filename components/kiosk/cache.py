"""The snapshot on screen: read once an edition, and kept when a newer one cannot be read."""

from __future__ import annotations

import logging
from threading import Lock
from time import monotonic

from db.publish.read import Snapshot, snapshot
from db.rules.errors import DeskError
from db.settings import KioskSettings
from db.storage.snapshots import UnreadableSnapshotError, open_snapshot

LOOK_AGAIN_SECONDS = 10.0

log = logging.getLogger("desk")


class LastGood:
    """The newest edition that could be read. It belongs to the process: no visitor can make it forget."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._snapshot: Snapshot | None = None
        self._looked_at: float | None = None
        self._trouble = ""

    def get(self, kiosk: KioskSettings) -> tuple[Snapshot | None, str]:
        """The snapshot, None before there is one, and what is wrong with a newer one, '' where nothing is."""
        with self._lock:
            if self._looked_at is None or monotonic() - self._looked_at >= LOOK_AGAIN_SECONDS:
                self._looked_at = monotonic()
                self._read_newest(kiosk)
            return self._snapshot, self._trouble

    def _read_newest(self, kiosk: KioskSettings) -> None:
        store = open_snapshot(kiosk.folder, kiosk.database_url)
        try:
            if self._snapshot is None or self._trouble or store.edition() != self._snapshot.number:
                self._snapshot = snapshot(store) or self._snapshot
            self._trouble = ""
        except (DeskError, UnreadableSnapshotError, OSError) as error:
            if not self._trouble:
                log.error("The snapshot cannot be shown: %s", error)
            self._trouble = str(error)


_last_good = LastGood()


def current(kiosk: KioskSettings) -> tuple[Snapshot | None, str]:
    """The snapshot to show, and what is wrong with a newer one."""
    return _last_good.get(kiosk)
