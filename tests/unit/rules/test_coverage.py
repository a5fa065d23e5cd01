"""What the data do not cover is said, and nothing else."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from db.rules.coverage import gaps, is_beyond, note

MONDAY = date(2014, 12, 1)


def weeks(*counts: int) -> list[tuple[date, int]]:
    """Weeks from 1 December 2014; a count of 0 is a week without a row."""
    return [(MONDAY + timedelta(weeks=place), count) for place, count in enumerate(counts) if count]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((100, 100, 100), []),
        ((100, 0, 0, 100), [(date(2014, 12, 8), date(2014, 12, 21))]),
        ((100, 0, 100, 0, 100), [(date(2014, 12, 8), date(2014, 12, 14)), (date(2014, 12, 22), date(2014, 12, 28))]),
        ((5, 0, 5, 0, 5), []),  # where a week has few, one without any is chance
        ((), []),
    ],
)
def test_a_week_without_a_request_is_a_gap_where_weeks_have_many(counts: tuple[int, ...], expected: list):
    assert gaps(weeks(*counts)) == expected


def test_the_rest_of_the_last_day_is_not_beyond_the_data():
    newest = datetime(2018, 12, 31, 22, 10)
    assert not is_beyond(datetime(2018, 12, 31, 23, 59), newest)
    assert not is_beyond(datetime(2019, 1, 1), newest)  # the midnight that ends it
    assert is_beyond(datetime(2019, 1, 1, 0, 1), newest)


def test_only_what_touches_the_stretch_is_said():
    newest, gap = datetime(2018, 12, 31, 22), (date(2015, 1, 5), date(2016, 1, 3))
    inside = (date(2015, 12, 1), date(2016, 2, 1))
    assert note(newest, newest, [gap], (date(2018, 1, 1), date(2018, 12, 31))) == ""
    assert "from 5 January 2015 to 3 January 2016" in note(newest, newest, [gap], inside)
    beyond = note(datetime(2019, 6, 1), newest, [gap], (date(2019, 5, 1), date(2019, 6, 1)))
    assert beyond.startswith("Beyond the data: no request made after 31 December 2018 is known")
