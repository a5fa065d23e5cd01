"""The clock of the machine jumps, or stands at an odd moment: pages are drawn, and an open one goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

import desk
from db.ingest import demo
from db.queries.data import freshness
from db.settings import Settings
from db.storage.database import open_database
from tests.builders import closed_request, open_request
from tests.pages.conftest import Open

# In UTC; the city is Los Angeles.
MOMENTS = {
    "the hour that summer time leaves out": datetime(2026, 3, 8, 10, 0, 30, tzinfo=UTC),
    "the first of two hours at its end": datetime(2026, 11, 1, 8, 30, tzinfo=UTC),
    "the second of them": datetime(2026, 11, 1, 9, 30, tzinfo=UTC),
    "29 February": datetime(2028, 2, 29, 20, 0, tzinfo=UTC),
    "the last minute of a year": datetime(2027, 1, 1, 7, 59, 40, tzinfo=UTC),
    "before all data": datetime(2019, 6, 1, 12, 0, tzinfo=UTC),
}
NAMES = ("overview", "queue", "compliance", "workload")  # those that reckon with hours, days and weeks


def around(moment: datetime) -> list[dict[str, object]]:
    """Requests on the days around a moment, some of them due in the hours after it."""
    local = moment.replace(tzinfo=None) - timedelta(hours=8)
    rows = [
        open_request(local - timedelta(days=day, hours=3), due=local + timedelta(hours=2 * day - 6)) for day in range(8)
    ]
    rows += [closed_request(local - timedelta(days=9 + day), local - timedelta(days=day)) for day in range(8)]
    return [*rows]


@pytest.mark.parametrize("moment", MOMENTS)
def test_pages_are_drawn_at_an_odd_moment(visit: Open, fill: Callable[..., Path], moment: str) -> None:
    now = MOMENTS[moment]
    fill(around(MOMENTS["29 February"] if moment == "before all data" else now))
    with time_machine.travel(now, tick=True):
        for name in NAMES:
            page = visit(name)
            assert not [error.value for error in page.error], name


@pytest.mark.parametrize("days", [-400, -1, 1, 29, 400])
def test_an_open_page_goes_on_when_the_clock_jumps(visit: Open, fill: Callable[..., Path], days: int) -> None:
    now = datetime(2026, 7, 10, 19, 0, tzinfo=UTC)
    fill(around(now))
    with time_machine.travel(now, tick=True) as clock:
        page = visit("overview")
        before = [tile.value for tile in page.metric]
        clock.shift(timedelta(days=days))
        page.run()
        assert not page.exception
        assert not [error.value for error in page.error]
        clock.move_to(now + timedelta(seconds=30))
        page.run()
    assert [tile.value for tile in page.metric] == before


def test_a_generated_city_that_runs_out_under_a_running_desk_stays_and_is_made_anew_at_the_next_start(
    visit: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its requests end 60 days after it was made. The desk goes on; the next start makes it anew."""
    monkeypatch.setenv("DESK_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    made = datetime(2026, 7, 10, 12, 0)
    database = open_database(Settings(tmp_path / "data"))
    demo.make_demo(database, now=made, scale=0.002)
    assert not desk.needs_demo(database, made + timedelta(days=1))
    with database.reader().connect() as connection:
        assert freshness.default_as_of(connection, made + timedelta(days=90)) < made + timedelta(days=90)
    with time_machine.travel((made + timedelta(hours=7)).replace(tzinfo=UTC), tick=True) as clock:
        page = visit("overview")
        clock.shift(timedelta(days=90))
        page.run()
        assert not page.exception
        assert not [error.value for error in page.error]
        assert page.metric
    assert desk.needs_demo(database, made + timedelta(days=90))
    database.close()
