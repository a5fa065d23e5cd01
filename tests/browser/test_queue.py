"""The queue on a second screen: new data come in by another process, a notice says so, the list stays still."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.conftest import Server, Start, Visitor
from tests.builders import closed_request, open_request
from tests.pages.conftest import write

pytestmark = pytest.mark.browser
Look = Callable[[Server], Visitor]
RENEWED = 40_000  # the notice renews every 15 s

ROWS = [
    open_request("Fri 2026-07-10 12:00", sr_number="1-001"),
    open_request("Wed 2026-07-08 12:00", due="Thu 2026-07-09 12:00", sr_number="1-002"),
    open_request("Thu 2026-07-09 12:00", due="Fri 2026-07-10 16:00", sr_number="1-003"),
]
LATER = [
    ROWS[0],
    closed_request("Wed 2026-07-08 12:00", "Fri 2026-07-10 12:30", sr_number="1-002"),
    ROWS[2],
    open_request("Fri 2026-07-10 12:40", sr_number="1-004"),
    open_request("Fri 2026-07-10 12:45", sr_number="1-005"),
]


@pytest.fixture
def desk(start: Start, tmp_path: Path) -> tuple[Server, Path]:
    write(tmp_path, ROWS)
    return start(tmp_path), tmp_path


def test_what_is_new_is_said_and_the_list_stays_until_the_newer_one_is_asked_for(
    desk: tuple[Server, Path], look: Look
) -> None:
    server, folder = desk
    visitor = look(server)
    visitor.open("/queue")
    page = visitor.page
    page.get_by_text("Rows 1 to 3 of 3").wait_for()
    write(folder, LATER)
    page.get_by_text("2 new, 1 closed").wait_for(timeout=RENEWED)
    assert page.get_by_text("Rows 1 to 3 of 3").count() == 1
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_text("Rows 1 to 4 of 4").wait_for()
    page.get_by_text("2 new, 1 closed").wait_for(state="detached")


def test_a_request_is_opened_stepped_through_and_left_without_a_mouse(desk: tuple[Server, Path], look: Look) -> None:
    visitor = look(desk[0])
    visitor.open("/queue?sr=1-003&system=myla311")
    page = visitor.page
    visitor.press("j", lambda patience: page.get_by_text("2 of the 3 on this page").wait_for(timeout=patience))
    visitor.press("k", lambda patience: page.get_by_text("1 of the 3 on this page").wait_for(timeout=patience))
    visitor.press("Escape", lambda patience: page.wait_for_url("**/queue", timeout=patience))
    visitor.wait()
    visitor.open("/queue?sr=1-003&system=myla311")
    page.get_by_text("1 of the 3 on this page").wait_for()
    visitor.press("o", lambda patience: page.wait_for_url("**/request?**", timeout=patience))
    page.get_by_role("heading", name="What and when").wait_for()


def test_a_row_ticked_is_not_ticked_on_another_page(start: Start, tmp_path: Path, look: Look) -> None:
    """Row 1 of page 2 looked ticked and went on the crew list because row 1 of page 1 was ticked."""
    write(tmp_path, [open_request("Fri 2026-07-10 12:00", sr_number=f"1-{number:03d}") for number in range(150)])
    visitor = look(start(tmp_path))
    page = visitor.page
    visitor.open("/queue?lane=late")
    page.locator("[data-testid=stDataFrame]").first.click(position={"x": 16, "y": 50})
    page.get_by_role("button", name="Trucks for the 1 ticked").wait_for()
    visitor.wait()
    page.get_by_test_id("stPaginationNext").click()
    page.get_by_text("Rows 101 to 150").wait_for()
    visitor.wait()
    page.locator("[data-testid=stDataFrame]").first.click(position={"x": 16, "y": 78})
    page.get_by_role("button", name="Trucks for the 2 ticked").click()
    page.get_by_role("heading", name="Truck 1").wait_for()
    assert "stops=myla311%3A1-000%2Cmyla311%3A1-101" in page.url


def test_four_trucks_are_two_taps_away(desk: tuple[Server, Path], look: Look) -> None:
    visitor = look(desk[0])
    visitor.open("/queue?department=BSS&room=3")
    page = visitor.page
    page.get_by_text("Trucks", exact=True).click()
    page.get_by_role("button", name="4", exact=True).click()
    page.get_by_role("heading", name="Truck 4").wait_for()
    assert "trucks=4" in page.url


def test_a_laptop_shows_twenty_rows_the_first_within_265_pixels(start: Start, tmp_path: Path, look: Look) -> None:
    write(tmp_path, [open_request("Fri 2026-07-10 12:00", sr_number=f"1-{number:03d}") for number in range(60)])
    visitor = look(start(tmp_path))
    visitor.open("/queue?department=BSS")
    table = visitor.page.get_by_test_id("stDataFrame").first.bounding_box()
    assert table is not None
    heading, row = 36, 28
    assert table["y"] + heading + row <= 265
    assert table["y"] + heading + 20 * row <= 900
    assert table["height"] >= heading + 20 * row
