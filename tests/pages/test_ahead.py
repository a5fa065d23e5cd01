"""The answers of the coming minute are made once before it, and change nothing that a page says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection
from streamlit.testing.v1 import AppTest

from components import ahead, run, watch
from components.answers import Answers, Key
from db.queries.queue import today
from db.storage.database import NO_VERSION
from tests.builders import open_request
from tests.pages.conftest import figure, said

Fill = Callable[..., Path]
Open = Callable[..., AppTest]
# Noon in Los Angeles; one request comes in within the minute.
ROWS = [
    open_request("Fri 2026-07-10 10:00", department="BSS", sr_number="early"),
    open_request("2026-07-10 12:00:30", department="BSS", sr_number="late"),
]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """`clock(seconds)` lets the desk's clock go on from noon; it stands still otherwise."""
    now = [datetime(2026, 7, 10, 19, tzinfo=UTC)]
    monkeypatch.setattr(run, "clock", lambda: now[0])
    monkeypatch.setattr(watch, "clock", lambda: now[0])

    def go_on(seconds: int) -> None:
        now[0] += timedelta(seconds=seconds)

    return go_on


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the database was really asked."""
    found: list[Any] = []
    new = run.Run._new

    def noted(self: run.Run, key: Key, question: Callable[[Connection], object], is_large: bool) -> object:
        def asked(connection: Connection) -> object:
            found.append(key)
            return question(connection)

        return new(self, key, asked, is_large)

    monkeypatch.setattr(run.Run, "_new", noted)
    return found


@pytest.mark.parametrize("page", ["overview", "queue", "compliance"])
def test_the_first_of_a_minute_asks_the_database_nothing(
    fill: Fill, visit: Open, clock: Callable[[int], None], asked: list[Any], page: str
) -> None:
    fill(ROWS, kind="demo")
    first = visit(page)
    before = len(asked)
    clock(50)
    ahead.make_next()
    assert len(asked) > before
    clock(12)
    made = len(asked)
    second = visit(page)
    # Which rows the queue lists is known only once it is ranked: one has come in meanwhile.
    assert [key[0] for key in asked[made:]] == ([today.details] if page == "queue" else [])
    assert ("12:00" in said(first), "12:01" in said(second)) == (True, True)
    run.source().answers._shelves.clear()
    assert said(visit(page)) == said(second)  # and says what it would have said


def test_a_figure_made_ahead_is_of_its_own_minute(fill: Fill, visit: Open, clock: Callable[[int], None]) -> None:
    fill(ROWS, kind="demo")
    assert figure(visit("overview"), "Open") == "1"
    clock(50)
    ahead.make_next()
    assert figure(visit("overview"), "Open") == "1"
    clock(12)
    assert figure(visit("overview"), "Open") == "2"


def test_what_nobody_read_does_not_count_as_asked() -> None:
    answers = Answers()
    answers.get(NO_VERSION, "ahead", lambda: 1, is_ahead=True)
    assert answers.keys(NO_VERSION, 100) == []
    answers.get(NO_VERSION, "ahead", lambda: 2, is_ahead=True)
    assert answers.keys(NO_VERSION, 100) == []
    assert answers.get(NO_VERSION, "ahead", lambda: 3) == 1
    assert answers.keys(NO_VERSION, 100) == [("ahead", False)]


def test_while_a_minute_is_being_made_pages_are_of_the_one_before(
    fill: Fill, visit: Open, clock: Callable[[int], None]
) -> None:
    fill(ROWS, kind="demo")
    clock(63)
    run.source().making = run.minute()
    desk = visit("overview")
    assert "12:00" in said(desk)
    assert figure(desk, "Open") == "1"
    clock(20)
    late = visit("overview")
    assert "12:01" in said(late)
    assert figure(late, "Open") == "2"
    run.source().making = None
