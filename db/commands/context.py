"""What every command is given besides its arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from db.settings import Settings


@dataclass(frozen=True)
class Context:
    """`now`: local time of the machine, without zone, to the second; read once when the command starts.

    `say` writes a text for a person at the terminal, without characters that could control it. `write` writes a text
    for another program, unchanged. `warn` writes to standard error. `environ`: the environment variables, for what
    the settings do not cover.
    """

    settings: Settings
    now: datetime
    say: Callable[[str], None]
    write: Callable[[str], None]
    environ: Mapping[str, str]
    warn: Callable[[str], None]

    def now_in(self, time_zone: str) -> datetime:
        """`now` in the city's local time, without zone; `time_zone` as in a profile."""
        return self.now.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None)
