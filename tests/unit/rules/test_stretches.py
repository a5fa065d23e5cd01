"""Weeks and months of whole weeks, as people write them."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from db.rules.errors import DeskError
from db.rules.stretches import earlier, newest, parse_month, parse_week


@pytest.mark.parametrize(
    ("text", "first", "last", "words"),
    [
        ("2026-W46", "2026-11-09", "2026-11-16", "week of 9 to 15 November 2026"),
        ("2026-W40", "2026-09-28", "2026-10-05", "week of 28 September to 4 October 2026"),
        ("2026-W53", "2026-12-28", "2027-01-04", "week of 28 December 2026 to 3 January 2027"),
    ],
)
def test_a_week_is_monday_to_sunday(text: str, first: str, last: str, words: str) -> None:
    found = parse_week(text)
    assert (found.start.isoformat(), found.end.isoformat(), found.words(), found.key) == (first, last, words, text)


def test_a_month_is_the_weeks_whose_thursday_lies_in_it() -> None:
    found = parse_month("2026-10")
    assert (found.start, found.end, found.weeks) == (date(2026, 9, 28), date(2026, 11, 2), 5)
    assert found.words() == "October 2026 (28 September to 1 November, whole weeks)"


@pytest.mark.parametrize("text", ["2026-W54", "2025-W53", "2026-46", "W46", "0000-W01", "9999-W52", "", "2026-W4x"])
def test_another_text_is_no_week(text: str) -> None:
    with pytest.raises(DeskError, match="is not a week like 2026-W46"):
        parse_week(text)


@pytest.mark.parametrize("text", ["2026-13", "2026-1", "9999-12", "November"])
def test_another_text_is_no_month(text: str) -> None:
    with pytest.raises(DeskError, match="is not a month like 2026-11"):
        parse_month(text)


def test_the_newest_is_the_last_complete_one_or_the_one_in_which_the_data_begin() -> None:
    assert newest(datetime(2026, 11, 30, 9), date(2024, 1, 1)).key == "2026-W48"
    assert newest(datetime(2022, 9, 23, 19), date(2022, 9, 19)).key == "2022-W38"
    assert newest(datetime(2026, 11, 30, 9), date(2024, 1, 1), is_week=False).key == "2026-11"


def test_the_stretches_before_reach_down_to_the_first_day() -> None:
    last = newest(datetime(2026, 11, 30, 9), date(2026, 11, 11))
    assert [one.key for one in earlier(last, date(2026, 11, 11), 20)] == ["2026-W48", "2026-W47", "2026-W46"]
