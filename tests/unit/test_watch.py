"""When an open page is drawn anew: only when the clock would change what it says, and not all tabs at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from components.watch import A_MINUTE, SPREAD_SECONDS, Drawn
from db.storage.database import NO_VERSION

NOON = datetime(2026, 7, 3, 12, tzinfo=UTC)
SOURCE: Any = None  # is only asked for the version


def page(kind: str | None, spread: int = 0) -> Drawn:
    drawn = Drawn(SOURCE, NO_VERSION, NOON, holds_list=False, spread=timedelta(seconds=spread))
    if kind is not None:
        drawn.follow_clock(kind)
    return drawn


@pytest.mark.parametrize(
    ("kind", "last", "first"),
    [("demo", "12:00:59", "12:01:00"), ("feed", "12:04:59", "12:05:00"), ("file", "12:59:59", "13:00:00")],
)
def test_a_page_stays_as_long_as_the_clock_changes_nothing_on_it(kind: str, last: str, first: str) -> None:
    drawn = page(kind)
    stale = [drawn.is_stale(datetime.fromisoformat(f"2026-07-03 {time}+00:00")) for time in (last, first)]
    assert stale == [False, True]


def test_a_page_of_a_moment_that_was_chosen_never_goes_stale() -> None:
    assert not page(None).is_stale(NOON + timedelta(days=40))


def test_each_tab_has_a_second_of_its_own() -> None:
    assert not page("demo", spread=30).is_stale(NOON + A_MINUTE)
    assert page("demo", spread=30).is_stale(NOON + A_MINUTE + timedelta(seconds=30))
    spreads = {Drawn(SOURCE, NO_VERSION, NOON, holds_list=False).spread for _ in range(20)}
    assert len(spreads) == 20
    assert max(spreads) <= timedelta(seconds=SPREAD_SECONDS)


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_jumps_draws_the_page_anew(hours: int) -> None:
    assert page("demo").is_stale(NOON + timedelta(hours=hours))
