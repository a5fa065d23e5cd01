"""Words about time and words from the data."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from components.drawing.notices import length, moment, plain


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=119), "1 hour"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(hours=48), "2 days"),
        (timedelta(days=45), "45 days"),
        (timedelta(days=720), "23 months"),
        (timedelta(days=731), "2 years"),
    ],
)
def test_a_length_is_told_in_its_largest_whole_unit(span: timedelta, words: str) -> None:
    assert length(span) == words


def test_a_moment_is_told_with_its_weekday() -> None:
    assert moment(datetime(2026, 7, 3, 9, 5)) == "Fri 3 Jul 2026, 09:05"


def test_markup_in_data_is_made_plain() -> None:
    assert plain("[x](http://y) $1 *b* :red[z]") == r"\[x\]\(http\://y\) \$1 \*b\* \:red\[z\]"
