"""What one load of one file did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from db.rules.errors import DeskError

COUNTS = ("read", "inserted", "updated", "unchanged", "stale", "repeated", "rejected")


@dataclass(frozen=True)
class LoadReport:
    """Every data record of `file` accounted for: `read` is the sum of the six counts after it.

    `flags`: how many rows of the file carry each flag. `notes`: what was done to the text itself.
    Seconds of each step: `read` (decompress and parse), `normalise`, `derive`, `store`.
    """

    file: str
    city: str
    layout: str
    read: int
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    stale: int = 0
    repeated: int = 0
    rejected: int = 0
    flags: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        counted = sum(getattr(self, name) for name in COUNTS[1:])
        if counted != self.read:
            raise DeskError(f"{self.file}: {self.read} rows were read and {counted} accounted for; nothing was loaded")

    @property
    def changed(self) -> bool:
        return bool(self.inserted or self.updated)

    def as_json(self) -> dict[str, object]:
        return asdict(self) | {"notes": list(self.notes), "changed": self.changed}

    def describe(self) -> str:
        """One line: the counts, and that nothing changed where nothing did."""
        counts = ", ".join(f"{getattr(self, name):,} {name}" for name in COUNTS[1:] if getattr(self, name))
        line = f"{self.file}: {self.read:,} read = {counts}"
        if not self.changed:
            line += "; nothing changed"
        return "; ".join([line, *self.notes])
