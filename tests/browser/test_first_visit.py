"""A newcomer on a fresh machine: first start without data, first request straight to a page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Server, Start, Visitor
from tests.builders import open_request
from tests.pages.conftest import write

pytestmark = pytest.mark.browser
Look = Callable[[Server], Visitor]

ROW = (200, 54)  # the first row of a table, from its upper left corner
ROWS = [
    open_request("Fri 2026-07-10 12:00", due="Tue 2026-07-14 12:00", sr_number="1-222", department="BSS"),
    open_request("Wed 2026-07-01 12:00", due="Wed 2026-07-08 12:00", sr_number="1-111", department="BSS"),
    open_request("Thu 2026-07-09 12:00", sr_number="1-333", department="LASAN"),
]


def open_first_row(visitor: Visitor) -> None:
    """Choose a cell of the first row, which opens its request beside the list, and from there its own page."""
    table = visitor.page.locator("[data-testid=stDataFrame]").first
    table.scroll_into_view_if_needed()
    table.click(position={"x": ROW[0], "y": ROW[1]})
    visitor.page.wait_for_url("**sr=**")
    visitor.press("o", lambda patience: visitor.page.wait_for_url("**/request?**", timeout=patience))


def test_from_nothing_straight_to_the_queue_and_on_to_a_request(start: Start, look: Look, tmp_path: Path) -> None:
    server = start(tmp_path / "data")
    assert "about 20 seconds. The address answers when it is there" in server.said()
    assert "generated city is there" in server.said()
    visitor = look(server)
    visitor.open("/queue?department=BSS")
    page = visitor.page
    page.get_by_role("heading", name="Queue").wait_for()
    page.get_by_text("Generated data").first.wait_for()
    page.get_by_role("button", name="Department: Street Services").wait_for()
    open_first_row(visitor)
    page.get_by_role("heading", name="What and when").wait_for()
    assert "/request?" in page.url
    assert "department=BSS" in page.url
    assert "WARNING" not in server.said()
    assert "Traceback" not in server.said()


@pytest.fixture(scope="module")
def small(start: Start, tmp_path_factory: pytest.TempPathFactory) -> tuple[Server, Path]:
    folder = tmp_path_factory.mktemp("small") / "data"
    write(folder, ROWS)
    return start(folder), folder


def test_filters_survive_a_change_of_page_and_the_way_back(small: tuple[Server, Path], look: Look) -> None:
    visitor = look(small[0])
    page = visitor.page
    visitor.open("/?department=LASAN")
    page.get_by_role("link", name="Queue").click()
    page.get_by_role("heading", name="Queue").wait_for()
    page.get_by_role("button", name="Department: Sanitation").wait_for()
    assert page.url.endswith("/queue?department=LASAN")
    page.go_back()
    page.get_by_role("heading", name="Right now").wait_for()
    page.get_by_role("button", name="Department: Sanitation").wait_for()


def test_a_request_opened_from_the_queue_does_not_open_itself_again(small: tuple[Server, Path], look: Look) -> None:
    visitor = look(small[0])
    visitor.open("/queue?lane=late")  # in the list of today the first row may be the line where today ends
    open_first_row(visitor)
    visitor.page.get_by_role("heading", name="Request 1-111").wait_for()
    visitor.page.wait_for_url("**/request?**")
    visitor.page.go_back()
    visitor.page.get_by_role("heading", name="Queue").wait_for()
    visitor.wait()
    assert "/queue" in visitor.page.url


def test_a_choice_in_the_bar_is_in_the_link(small: tuple[Server, Path], look: Look) -> None:
    visitor = look(small[0])
    page = visitor.page
    visitor.open("/")
    page.get_by_role("button", name="Department: all").click()
    page.get_by_role("combobox", name="Department").click()
    page.keyboard.type("Street Ser")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?department=BSS")
    page.keyboard.press("Escape")  # while the list of options is open, everything else is hidden from assistive tools
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Department: Street Services").wait_for()
    page.get_by_role("button", name="More").click()
    for choice in ("Residents only", "All working goals"):  # what the link says is shown in a part opened only now
        page.get_by_role("radio", name=choice, checked=True).wait_for()


def test_new_data_are_shown_by_themselves(small: tuple[Server, Path], look: Look) -> None:
    server, folder = small
    visitor = look(server)
    visitor.open("/")
    open_count = visitor.figure("Open")
    expect(open_count).to_have_text("3")
    write(folder, [*ROWS, open_request("Fri 2026-07-10 11:00", sr_number="1-444")])
    expect(open_count).to_have_text("4", timeout=15_000)
    write(folder, ROWS)
