"""What is kept of an answer, and for what: an answer is never shown under another version, filter or moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from components import cache, run
from db.model.filters import Period, RequestFilter
from db.queries.queue import backlog
from db.queries.repeats import calls
from tests.builders import closed_request, open_request
from tests.pages.conftest import figure, write

JULY = {"as_of": datetime(2026, 7, 10, 12)}
JUNE = RequestFilter(period=Period("june", date(2026, 6, 1), date(2026, 7, 1)))


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`load(rows)` makes these rows the newest version of the data that the cache reads."""
    monkeypatch.setenv("DESK_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return lambda rows: write(tmp_path / "data", rows)


def open_count(filters: RequestFilter = RequestFilter(), **moment: datetime) -> int:  # noqa: B008  # cannot change
    return int(cache.ask(backlog.totals, filters, **(moment or JULY))["open_count"].item())


def test_an_answer_belongs_to_its_version_its_filters_and_its_moment(load: Callable[..., None]) -> None:
    first = open_request("Fri 2026-07-10 10:00", department="BSS", sr_number="1")
    second = open_request("Fri 2026-07-10 11:00", department="LASAN", sr_number="2")
    load([first])
    assert open_count() == 1
    load([first, second])
    assert open_count() == 2
    assert open_count(RequestFilter(departments=("BSS",))) == 1
    assert open_count(as_of=datetime(2026, 7, 10, 10, 30)) == 1
    assert open_count(as_of=datetime(2026, 7, 10, 9)) == 0


def test_all_answers_of_a_run_are_of_the_version_it_began_with(load: Callable[..., None]) -> None:
    """Between two questions a load may bring another version: then the run has to begin again, not go on with it."""
    load([open_request("Fri 2026-07-10 10:00", sr_number="1")])
    with cache.one():
        assert open_count() == 1
        load([])
        assert open_count() == 1
        with pytest.raises(run.VersionGoneError):
            open_count(RequestFilter(departments=("BSS",)))
    assert open_count(RequestFilter(departments=("BSS",))) == 0


def test_answers_of_a_version_that_is_gone_are_dropped(load: Callable[..., None]) -> None:
    load([open_request("Fri 2026-07-10 10:00", sr_number="1")])
    open_count()
    before = run.source().newest()
    assert list(run.source().answers.count()) == [before]
    load([])
    open_count()
    assert list(run.source().answers.count()) == [run.source().newest()] != [before]


def test_what_a_page_does_to_its_answer_stays_with_the_page(load: Callable[..., None]) -> None:
    load([open_request("Fri 2026-07-10 10:00", sr_number="1")])
    with cache.one():
        cache.ask(backlog.totals, RequestFilter(), **JULY)["open_count"] = 99
        assert open_count() == 1


def test_an_answer_made_of_another_takes_that_one_as_it_was_given(load: Callable[..., None]) -> None:
    load([closed_request("Mon 2026-06-01 09:00", "Wed 2026-06-03 09:00", place_id="1 ELM")])
    with cache.one():
        counts = cache.ask(calls.counts, JUNE, **JULY)
        counts["closed_count"] = 99
        assert cache.ask(calls.rate, JUNE, using=counts, **JULY)["closed_count"].item() == 1
        with pytest.raises(TypeError, match="as `ask` gave it"):
            cache.ask(calls.rate, JUNE, using=counts.copy(), **JULY)


def test_what_is_made_of_answers_is_kept_for_its_version_and_its_arguments(load: Callable[..., None]) -> None:
    calls_of_it = []

    def doubled(filters: RequestFilter) -> int:
        calls_of_it.append(filters)
        return 2 * open_count(filters)

    load([open_request("Fri 2026-07-10 10:00", department="BSS")])
    assert [cache.made(doubled, RequestFilter()) for _ in range(2)] == [2, 2]
    assert cache.made(doubled, RequestFilter(departments=("LASAN",))) == 0
    assert len(calls_of_it) == 2
    load([])
    assert cache.made(doubled, RequestFilter()) == 0


def test_answers_below_what_is_kept_count_as_asked(load: Callable[..., None]) -> None:
    """They are what the page is drawn from when the database is away."""
    load([open_request("Fri 2026-07-10 10:00")])
    for _ in range(2):
        with cache.one() as now:
            assert cache.made(open_count) == 1
            assert [key[0] for key in now.asked if isinstance(key, tuple)] == [backlog.totals]


def test_a_drawing_is_never_shown_under_another_version_filter_or_moment(
    fill: Callable[..., Path], visit: Callable[..., AppTest]
) -> None:
    first = open_request("Fri 2026-07-10 10:00", department="BSS", sr_number="1")
    second = open_request("Fri 2026-07-10 11:00", department="LASAN", sr_number="2")
    folder = fill([first, second])
    links: list[tuple[dict[str, str], str]] = [
        ({}, "2"),
        ({"department": "BSS"}, "1"),
        ({"as_of": "2026-07-10T10:30"}, "1"),
        ({"as_of": "2026-07-10T11:00"}, "2"),
    ]
    for link, expected in [*links, *links]:  # the second time from what was sent the first time
        assert figure(visit("overview", **link), "Open") == expected
    write(folder, [first])
    assert figure(visit("overview"), "Open") == "1"


def test_what_any_browser_can_clear_are_not_the_answers(load: Callable[..., None]) -> None:
    load([open_request("Fri 2026-07-10 10:00", sr_number="1")])
    open_count()
    kept = run.source().answers.count()
    st.cache_data.clear()
    st.cache_resource.clear()
    assert run.source().answers.count() == kept
