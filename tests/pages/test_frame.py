"""The frame: a link is a view, what is wrong in it is named, and a database that is away breaks nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from components.menu import MENU
from db.model.schema import schema_version
from db.settings import Settings
from db.storage.database import open_database
from tests.builders import closed_request, open_request
from tests.pages.conftest import MADE_AT, ROOT, Open, figure, said, write

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
    for entry in MENU:
        assert "Los Angeles" in said(visit(entry.name))


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
    desk.multiselect(key="choose_department").set_value(["BSS"]).run()
    desk.radio(key="choose_period").set_value("last_4_weeks").run()
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
    assert "violet-badge" not in said(visit("overview", goals="promises"))


def test_the_generated_city_says_so_until_it_is_told_to_be_quiet(fill: Fill, visit: Open) -> None:
    fill(ROWS, kind="demo")
    desk = visit()
    assert "Generated data" in said(desk)
    desk.button(key="hide_demo").click().run()
    assert "Generated data" not in said(desk)


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


def test_a_database_that_goes_away_leaves_the_last_good_figures_and_their_age(fill: Fill, visit: Open) -> None:
    folder = fill(ROWS)
    desk = visit()
    shutil.move(folder, folder.with_name("elsewhere"))
    desk.run()
    assert figure(desk, "Open") == "2"
    assert "last good figures" in said(desk)
    shutil.move(folder.with_name("elsewhere"), folder)
    assert "last good figures" not in said(desk.run())


def test_a_page_that_ends_early_says_too_that_the_figures_are_old(fill: Fill, visit: Open) -> None:
    folder = fill(ROWS)
    desk = visit("request", sr="nosuch")
    shutil.move(folder, folder.with_name("elsewhere"))
    assert "last good figures" in said(desk.run())
    assert "No request has this number" in said(desk)


def test_what_a_page_cannot_read_in_the_link_stands_with_the_rest_in_one_notice(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("compliance", target="soon", departmnt="BSS")
    (notice,) = desk.warning
    assert "departmnt" in notice.value
    assert 'target "soon" is not a percentage from 1 to 100' in notice.value


def test_a_database_of_another_schema_names_the_command(fill: Fill, visit: Open) -> None:
    folder = fill(ROWS)
    with open_database(Settings(folder)).write(MADE_AT) as connection:
        connection.execute(schema_version.update().values(version=0))
    assert "python -m db" in said(visit())
