"""The frame: a link is a view, what is wrong in it is named, and a database that is away breaks nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from components import run, watch
from components.menu import MENU
from db.model.schema import schema_version
from db.settings import Settings
from db.storage.database import open_database
from db.storage.versions import Store
from desk import readiness
from tests.builders import closed_request, open_request
from tests.pages.conftest import MADE_AT, ROOT, Open, figure, opened, said, write

Fill = Callable[..., Path]

ROWS = [
    open_request("Fri 2026-07-10 12:00", department="BSS", council_district="4", sr_number="1"),
    open_request("Thu 2026-07-09 12:00", department="LASAN", council_district="10", sr_number="2"),
    closed_request("Wed 2026-07-01 12:00", "Thu 2026-07-02 12:00", sr_number="3"),
]


def test_long_and_many_broken_values_do_not_flood_the_screen(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    strange = {f"strange{number}": "1" for number in range(300)}
    words = said(visit("overview", department='5"' * 2500, street="x" * 5000, **strange))
    assert "and 296 more" in words
    assert len(words) < 3000
    assert "x" * 61 not in words
    assert '5"' * 31 not in said(visit("overview", department='5"' * 2500))


def test_every_page_of_the_menu_exists_and_every_page_is_in_the_menu() -> None:
    assert {entry.name for entry in MENU} == {path.stem for path in (ROOT / "pages").glob("*.py")} - {"__init__"}


def test_every_page_opens_with_and_without_data(fill: Fill, visit: Open) -> None:
    for entry in MENU:
        assert "python -m db load" in said(visit(entry.name))
    fill(ROWS)
    drawn = {entry.name: visit(entry.name) for entry in MENU}
    assert all("Los Angeles" in said(desk) for desk in drawn.values())
    # The header, which every page has, draws neither a figure nor a table: a page with an empty body is told here.
    bare = {name for name, desk in drawn.items() if not (len(desk.metric) or len(desk.dataframe))}
    assert bare == {"briefing", "request"}  # of no whole week, and of no number
    assert "Promises made" in [header.value for header in drawn["briefing"].header]
    assert "History" in [header.value for header in visit("request", sr="1").subheader]


def test_the_header_tells_city_moment_and_the_delay_of_old_data(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    words = said(visit())
    assert "**Los Angeles** · as of Fri 10 Jul 2026, 12:00" in words
    assert "Delayed: data end" in words


def test_what_is_broken_in_a_link_is_dropped_and_named(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit(
        "overview",
        department=["BSS", "NOSUCH"],
        period="2026-13-01..x",
        as_of="yesterday",
        cell="zz",
        departmnt="BSS",
    )
    for value in ("NOSUCH", "2026-13-01..x", "yesterday", "zz", "departmnt"):
        assert value in desk.warning[0].value.replace("\\", "")
    assert figure(desk, "Open") == "1"
    words = said(visit("overview", goals="wishes", population="martians"))
    assert "wishes" in words
    assert "martians" in words


def test_a_moment_in_the_future_is_refused(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    assert "lies in the future" in said(visit("overview", as_of="2999-01-01"))


def test_choosing_in_the_bar_writes_the_link_and_the_menu_carries_it(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("overview")
    assert not desk.multiselect  # sent once it is opened
    opened(desk, "popover_department").multiselect(key="choose_department").set_value(["BSS"]).run()
    assert desk.multiselect(key="choose_department").value == ["BSS"]  # still open, though its label has changed
    opened(desk, "popover_period").radio(key="choose_period").set_value("last_4_weeks").run()
    assert desk.query_params == {"department": "BSS", "period": "last_4_weeks"}
    assert figure(desk, "Open") == "1"
    queue = next(link for link in desk.page_link if link.label == "Queue")
    assert "department=BSS" in queue.proto.query_string


def test_clearing_brings_everything_back(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("overview", district="4", goals="promises")
    desk.button(key="clear_filters").click().run()
    assert (figure(desk, "Open"), desk.query_params) == ("2", {})


def test_working_goals_are_badged_and_promises_are_not(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    assert "All working goals" in said(visit("overview", goals="working"))
    promises = said(visit("overview", goals="promises"))
    assert "violet-badge" not in promises
    assert "Promises only" in promises


def test_the_generated_city_says_so_on_every_page_and_on_the_data_page_how_to_load_real_requests(
    fill: Fill, visit: Open
) -> None:
    fill(ROWS, kind="demo")
    assert "Generated data" in said(visit())
    assert "python -m db load" not in said(visit())
    assert "python -m db load" in said(visit("data"))


def test_a_search_leads_to_the_request(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("overview", department="BSS")
    desk.text_input(key="search").set_value("3").run()
    assert "Request 3" in said(desk)
    assert desk.query_params == {"department": "BSS", "find": "3"}


def test_new_data_are_seen_with_the_next_run(fill: Fill, visit: Open) -> None:
    folder = fill(ROWS)
    desk = visit()
    write(folder, [*ROWS, open_request("Fri 2026-07-10 11:00", sr_number="4")])
    assert (figure(desk, "Open"), figure(desk.run(), "Open")) == ("2", "3")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """`clock(minutes)` lets the desk's clock go on, or back; it stands still otherwise."""
    now = [datetime(2026, 7, 10, 19, 30, tzinfo=UTC)]
    monkeypatch.setattr(run, "clock", lambda: now[0])
    monkeypatch.setattr(watch, "clock", lambda: now[0])

    def go_on(minutes: int) -> None:
        now[0] += timedelta(minutes=minutes)

    return go_on


def away(folder: Path) -> Path:
    return Path(shutil.move(folder, folder.with_name("elsewhere")))


@pytest.mark.parametrize("name", [entry.name for entry in MENU])
def test_a_database_that_goes_away_leaves_the_last_good_figures_for_as_long_as_it_is_away(
    fill: Fill, visit: Open, clock: Callable[[int], None], name: str
) -> None:
    """Figures of a generated city are of the minute, so that each minute asks questions that were never answered."""
    folder = fill(ROWS, "demo")
    desk = visit(name)
    before = shown(desk)
    away(folder)
    for minutes in (1, 90):
        clock(minutes)
        words = said(desk.run())
        assert not desk.exception
        assert "The database is away. These are the last good figures" in words
        assert "no earlier figures" not in words
        assert shown(desk) == before
    assert "91 minutes ago" in words or "1 hour ago" in words
    shutil.move(folder.with_name("elsewhere"), folder)
    assert "last good figures" not in said(desk.run())


def shown(desk: AppTest) -> list[str]:
    """The header, every figure and every heading: what a reader takes for the state of the desk."""
    header = [str(one.value) for one in desk.markdown if "as of" in str(one.value)]
    return [*header, *(f"{one.label} {one.value}" for one in desk.metric), *(str(one.value) for one in desk.title)]


def test_old_figures_survive_what_any_browser_can_clear(fill: Fill, visit: Open) -> None:
    folder = fill(ROWS)
    desk = visit()
    away(folder)
    st.cache_data.clear()
    st.cache_resource.clear()
    assert figure(desk.run(), "Open") == "2"
    assert "No requests yet" not in said(visit("compliance"))


def test_a_choice_that_was_never_made_before_is_not_answered_from_another_one(fill: Fill, visit: Open) -> None:
    folder = fill(ROWS)
    visit("overview")
    away(folder)
    words = said(visit("overview", department="BSS"))
    assert "no earlier figures to show" in words
    assert "last good figures" not in words


def test_data_put_back_and_loaded_on_are_not_taken_for_those_that_were_undone(fill: Fill, visit: Open) -> None:
    """The folder is moved away and another one of the same number takes its place."""
    folder = fill(ROWS)
    desk = visit()
    other = folder.with_name("other")
    write(other, [ROWS[0]])
    shutil.rmtree(folder)
    shutil.move(other, folder)
    assert figure(desk.run(), "Open") == "1"


def test_a_file_that_is_damaged_is_named_beside_the_last_good_figures(fill: Fill, visit: Open) -> None:
    folder = fill(ROWS)
    desk = visit()
    number = Store(folder).current()
    assert number is not None
    with Store(folder).new_version(MADE_AT) as path:
        path.write_bytes(b"no database")
    desk.run()
    assert figure(desk, "Open") == "2"
    assert "is damaged" in said(desk)
    assert "is damaged" in said(visit("compliance"))


def test_a_file_that_is_cut_off_under_the_desk_is_named_as_soon_as_something_new_is_asked(
    fill: Fill, visit: Open
) -> None:
    folder = fill(ROWS)
    desk = visit()
    path = Store(folder).path(Store(folder).current() or 0)
    os.truncate(path, path.stat().st_size // 2)
    desk.query_params["period"] = "last_7_days"
    desk.run()
    assert "is damaged: restore a copy" in said(desk)
    assert figure(visit(), "Open") == "2"  # the version is the same, and this was asked before
    assert readiness()["status"] == "away"


@pytest.mark.parametrize("spoil", [lambda content: content[:9000], lambda content: content[:4096] + bytes(8192)])
def test_a_desk_started_on_a_damaged_file_says_what_to_do(
    fill: Fill, visit: Open, spoil: Callable[[bytes], bytes]
) -> None:
    folder = fill(ROWS)
    path = Store(folder).path(Store(folder).current() or 0)
    path.write_bytes(spoil(path.read_bytes()))
    assert "is damaged: restore a copy" in said(visit())


def test_a_database_of_another_schema_names_the_command(fill: Fill, visit: Open) -> None:
    folder = fill(ROWS)
    with open_database(Settings(folder)).write(MADE_AT) as connection:
        connection.execute(schema_version.update().values(version=0))
    assert "python -m db" in said(visit())
