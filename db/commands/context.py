"""What every command is given besides its arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from db.settings import Settings


@dataclass(frozen=True)
class Context:
    """`now`: the machine's own clock on the wall, without zone, to the second; asked once at the entry.

    `say`: writes one text to read at the terminal, without characters that could steer it; `write`: one for another
    program to read, as it is; `warn`: one beside the answer, to standard error. `environ`: for what the settings do
    not cover.
    """

    settings: Settings
    now: datetime
    say: Callable[[str], None]
    write: Callable[[str], None]
    environ: Mapping[str, str]
    warn: Callable[[str], None]

    def now_in(self, time_zone: str) -> datetime:
        """`now` on the city's clock on the wall, without zone; `time_zone` as in a profile."""
        return self.now.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None)
