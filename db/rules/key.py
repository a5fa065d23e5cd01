"""What names a request: its source system and its number. The number alone names none where two systems use it."""

from __future__ import annotations

from typing import NamedTuple

MARK = ":"


class RequestKey(NamedTuple):
    """A request's source system and number, in this order everywhere."""

    source_system: str
    sr_number: str

    def text(self) -> str:
        """The key in one word, as links carry it: "myla311:1-123"."""
        return f"{self.source_system}{MARK}{self.sr_number}"


def parse_key(text: str) -> RequestKey | str:
    """The key that a link names; the text itself where it names a number alone, as links of an older desk do."""
    system, mark, number = text.partition(MARK)
    return RequestKey(system, number) if mark and system and number else text
