"""The words of an inspector's round: what was found where a very old request should be."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from db.rules.errors import DeskError
from db.rules.proportions import wilson


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


class ShareGone(NamedTuple):
    """Of the requests that an inspector found or did not find any more, the share gone, with its 95% interval.

    `share`, `low` and `high` are NaN where none was checked.
    """

    gone_count: int
    checked_count: int
    share: float
    low: float
    high: float

    def words(self) -> str:
        """ "12 of 30 checked were gone (25% to 58%)", or "unchecked"."""
        if not self.checked_count:
            return "unchecked"
        return f"{self.gone_count:,} of {self.checked_count:,} checked were gone ({self.low:.0%} to {self.high:.0%})"


def share_gone(answers: Sequence[str]) -> ShareGone:
    """The share of `GONE` among the answers; `NOT_FOUND` says nothing of a request and is left out."""
    gone = sum(answer == RoundAnswer.GONE for answer in answers)
    checked = gone + sum(answer == RoundAnswer.STILL_THERE for answer in answers)
    low, high = (float(bound) for bound in wilson(gone, checked))
    return ShareGone(gone, checked, gone / checked if checked else float("nan"), low, high)
