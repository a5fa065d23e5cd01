"""What the data do not cover: moments after their end, and whole weeks without a request in their midst.

Requests made then are unknown, not absent: a figure of such a stretch is not low, it is untold.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise

WEEK = timedelta(weeks=1)
DAY = timedelta(days=1)
MANY = 30  # requests a week from which a week without any is no chance
Stretch = tuple[date, date]
"""First and last day, both included."""


def gaps(weeks: Sequence[tuple[date, int]]) -> list[Stretch]:
    """The runs of whole weeks without a request between weeks that have many, oldest first.

    `weeks`: Monday and how many requests were made, of the weeks that have any, upwards.
    """
    if not weeks:
        return []
    usual = sorted(count for _, count in weeks)[len(weeks) // 2]
    if usual < MANY:
        return []
    mondays = [monday for monday, _ in weeks]
    return [(before + WEEK, after - DAY) for before, after in pairwise(mondays) if after - before > WEEK]


def is_beyond(as_of: datetime, newest: datetime) -> bool:
    """Whether `as_of` lies after the last day of the data: nothing is known of requests made since."""
    return as_of > datetime.combine(newest.date() + DAY, time.min)


def note(as_of: datetime, newest: datetime, found: Sequence[Stretch], stretch: Stretch) -> str:
    """What a figure of `stretch`, seen as of then, must be read with; empty where the data cover it."""
    parts = []
    if is_beyond(as_of, newest):
        parts.append(
            f"Beyond the data: no request made after {_day(newest.date())} is known, so what came in since, what is "
            "normal, trends, load and the weeks ahead cannot be told; what was open then only ages and closes."
        )
    for first, last in found:
        if first <= stretch[1] and last >= stretch[0]:
            parts.append(
                f"No request from {_day(first)} to {_day(last)} is in the data: figures of a stretch that touches it "
                "are incomplete."
            )
    return " ".join(parts)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
