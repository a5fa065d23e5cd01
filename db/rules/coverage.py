"""What the data do not cover: moments after their end, and whole weeks without a request in their midst.

Requests made then are unknown, not absent: a figure of such a stretch is not low but unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise

WEEK = timedelta(weeks=1)
DAY = timedelta(days=1)
MANY = 30  # requests in the usual week; where it has fewer, a week without any may be chance
Stretch = tuple[date, date]
"""First and last day, both included."""


def gaps(weeks: Sequence[tuple[date, int]]) -> list[Stretch]:
    """The runs of whole weeks without a request between weeks that have many, oldest first.

    `weeks`: the Monday and the number of requests made, of each week that has any, oldest first.
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
    """The warning to show with a figure of `stretch` at `as_of`; empty where the data cover it. `found`: their gaps."""
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
