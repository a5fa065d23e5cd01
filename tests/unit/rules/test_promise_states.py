"""What is promised is kept, missed or running."""

from __future__ import annotations

from datetime import date, datetime
from math import nan

import pytest

from db.rules.errors import DeskError
from db.rules.promises import figure_of, measured_at, state_of, value_of
from db.rules.vocabulary import PromiseFigure

DUE = date(2026, 12, 31)


@pytest.mark.parametrize(
    ("value", "start", "target", "day", "state"),
    [
        (0.5, 0.4, 0.6, date(2026, 12, 31), "running"),
        (0.7, 0.4, 0.6, date(2026, 12, 30), "running"),
        (0.6, 0.4, 0.6, date(2027, 1, 1), "kept"),
        (0.59, 0.4, 0.6, date(2027, 1, 1), "missed"),
        (100.0, 209.0, 120.0, date(2027, 1, 1), "kept"),
        (121.0, 209.0, 120.0, date(2027, 1, 1), "missed"),
        (nan, 0.4, 0.6, date(2027, 1, 1), "no figure"),
    ],
)
def test_a_promise_is_judged_after_its_day(value: float, start: float, target: float, day: date, state: str) -> None:
    assert state_of(value, start, target, DUE, day) == state


@pytest.mark.parametrize(
    ("now", "moment"),
    [
        (datetime(2026, 12, 1, 9, 30), datetime(2026, 12, 1)),
        (datetime(2026, 12, 31, 23, 59), datetime(2026, 12, 31)),
        (datetime(2027, 1, 1), datetime(2026, 12, 31, 23, 59, 59)),
        (datetime(2027, 6, 1, 12), datetime(2026, 12, 31, 23, 59, 59)),
    ],
)
def test_a_promise_says_the_same_all_day_and_stands_still_after_its_day(now: datetime, moment: datetime) -> None:
    assert measured_at(DUE, now) == moment


@pytest.mark.parametrize(
    ("text", "figure", "value"),
    [
        ("60%", "compliance", 0.6),
        ("0.6", "compliance", 0.6),
        ("1,200", "open_count", 1200.0),
        ("0", "overdue_count", 0.0),
    ],
)
def test_a_value_is_read_as_people_write_it(text: str, figure: str, value: float) -> None:
    assert value_of(text, PromiseFigure(figure), "To what") == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "figure"),
    [("60", "compliance"), ("x", "open_count"), ("-3", "open_count"), ("5%", "open_count"), ("nan", "compliance")],
)
def test_a_value_that_cannot_be_is_named(text: str, figure: str) -> None:
    with pytest.raises(DeskError, match=f'To what "{text}" is not a'):
        value_of(text, PromiseFigure(figure), "To what")


def test_an_unknown_figure_is_named_with_those_that_are_known() -> None:
    with pytest.raises(DeskError, match='"happiness" is not one of compliance, overdue_count, open_count'):
        figure_of("happiness")
