"""On time, on arrays: boundaries to the second."""

from __future__ import annotations

import numpy as np
import pytest

from db.rules import on_time


def at(text: str) -> np.ndarray:
    return np.array([text], "datetime64[us]")


@pytest.mark.parametrize(
    ("now", "by_day", "past"),
    [
        ("2026-07-10T16:59:59", False, False),
        ("2026-07-10T17:00", False, True),
        ("2026-07-10T23:59:59", True, False),
        ("2026-07-11T00:00", True, True),
    ],
)
def test_a_due_moment_has_gone_by_at_itself_and_a_due_day_when_it_is_over(now: str, by_day: bool, past: bool) -> None:
    assert on_time.is_past(at("2026-07-10T17:00"), at(now)[0], due_by_day=[by_day]).tolist() == [past]


@pytest.mark.parametrize(
    ("closed", "closed_by_day", "due_by_day", "met"),
    [
        ("2026-07-10T17:00:00", False, False, True),
        ("2026-07-10T17:00:01", False, False, False),
        ("2026-07-10T23:59:59", True, False, True),
        ("2026-07-10T23:59:59", False, True, True),
        ("2026-07-11T00:00:00", True, True, False),
    ],
)
def test_a_due_moment_is_kept_at_itself_and_a_day_until_it_is_over(
    closed: str, closed_by_day: bool, due_by_day: bool, met: bool
) -> None:
    due = at("2026-07-10T17:00")
    found = on_time.is_met(at(closed), due, closed_by_day=[closed_by_day], due_by_day=[due_by_day])
    assert found.tolist() == [met]


@pytest.mark.parametrize(
    ("closed", "created_by_day", "closed_by_day", "usable"),
    [
        ("2026-07-03T12:00:00", False, False, True),
        ("2026-07-03T11:59:59", False, False, False),
        ("2026-07-03T00:00:00", True, False, True),
        ("2026-07-03T00:00:00", False, True, True),
        ("2026-07-02T23:59:59", True, True, False),
    ],
)
def test_a_closing_is_usable_from_the_creation_on(
    closed: str, created_by_day: bool, closed_by_day: bool, usable: bool
) -> None:
    found = on_time.is_usable(
        at("2026-07-03T12:00"), at(closed), created_by_day=[created_by_day], closed_by_day=[closed_by_day]
    )
    assert found.tolist() == [usable]


def test_nothing_is_usable_or_met_without_a_closing() -> None:
    no_closing, due = at("NaT"), at("2026-07-10T17:00")
    assert not on_time.is_usable(due, no_closing, created_by_day=[True], closed_by_day=[False]).any()
    assert not on_time.is_met(no_closing, due, closed_by_day=[False], due_by_day=[True]).any()
