"""The words of an inspector's round: what was found where a very old request should be."""

from __future__ import annotations

from enum import StrEnum

from db.rules.errors import DeskError


class RoundAnswer(StrEnum):
    """What the inspector found. `NOT_FOUND`: the place could not be told, which says nothing of the request."""

    STILL_THERE = "still there"
    GONE = "gone"
    NOT_FOUND = "not found"


def round_answer(text: str) -> RoundAnswer:
    """The answer that a person wrote, whatever its case, spaces and underscores. Raises DeskError with the three."""
    written = " ".join(text.replace("_", " ").split()).lower()
    try:
        return RoundAnswer(written)
    except ValueError:
        raise DeskError(f'answer "{text}" is not one of: {", ".join(RoundAnswer)}') from None
