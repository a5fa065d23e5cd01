"""The map in a browser: drawn without anybody else's pictures; a click and a key lead to a place."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import h3
import pytest
from PIL import Image
from playwright.sync_api import Page, Route

from tests.browser.conftest import Server, Start, Visitor
from tests.builders import open_request
from tests.pages.conftest import write

pytestmark = pytest.mark.browser
Look = Callable[[Server], Visitor]
MIDDLE = (34.02, -118.41)  # of the bounds of Los Angeles, so of the picture too
STYLE = {"version": 8, "sources": {}, "layers": [{"id": "b", "type": "background", "paint": {}}]}
FEW_PIXELS = 20  # so many of one colour are more than a softened edge
# Headless drawing by the processor warns that reading the picture back is slow.
DRIVER = "GL Driver Message"


@pytest.fixture
def desk(start: Start, tmp_path: Path) -> Server:
    write(tmp_path, [request_at(MIDDLE, "14") for _ in range(3)])
    return start(tmp_path)


def request_at(where: tuple[float, float], district: str) -> dict[str, Any]:
    latitude, longitude = where
    cell = h3.str_to_int(h3.latlng_to_cell(latitude, longitude, 9))
    point = {"latitude": latitude, "longitude": longitude, "location_quality": "point", "h3_cell": cell}
    district_of_it = {"council_district": district, "council_district_by_file": district}
    return open_request("Mon 2026-07-06 12:00", **point, **district_of_it)


def is_drawn(page: Page) -> bool:
    """Whether there is more on the map than its ground."""
    page.locator("[data-testid=stDeckGlJsonChart] canvas").first.wait_for()
    page.wait_for_timeout(1500)
    picture = Image.open(BytesIO(page.locator("[data-testid=stDeckGlJsonChart]").screenshot())).convert("RGB")
    colours = picture.getcolors(maxcolors=1 << 20)
    assert colours is not None
    return len([count for count, _ in colours if count > FEW_PIXELS]) > 2


def forgive_driver(visitor: Visitor) -> None:
    visitor.complaints[:] = [said for said in visitor.complaints if DRIVER not in said]


def test_the_map_is_drawn_without_asking_anybody_and_a_click_opens_the_place_beside_it(
    desk: Server, look: Look
) -> None:
    visitor = look(desk)
    page = visitor.page
    visitor.open("/map?level=council_district")
    assert is_drawn(page)
    box = page.locator("[data-testid=stDeckGlJsonChart]").bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.wait_for_timeout(500)
    page.mouse.click(*middle)
    page.get_by_text("District 14", exact=True).first.wait_for()
    page.get_by_role("button", name="Look closer").click()
    page.wait_for_url("**/map?**district=14**")
    visitor.wait()
    page.get_by_role("button", name="Whole city").click()
    page.wait_for_url(lambda url: "district=" not in url)
    visitor.wait()
    forgive_driver(visitor)


def test_the_table_of_the_map_leads_to_the_queue_by_keyboard(desk: Server, look: Look) -> None:
    visitor = look(desk)
    page = visitor.page
    visitor.open("/map")
    page.locator("[data-testid=data-grid-canvas]").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Space")
    page.wait_for_url("**/queue?cell=**")
    visitor.wait()
    forgive_driver(visitor)


@pytest.mark.parametrize("is_reachable", [True, False])
def test_streets_are_drawn_where_reachable_and_missed_without_a_word(
    start: Start, look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_reachable: bool
) -> None:
    monkeypatch.setenv("DESK_TILES", "1")
    write(tmp_path, [request_at(MIDDLE, "14")])
    visitor = look(start(tmp_path))
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        if is_reachable:
            route.fulfill(json=STYLE, headers={"access-control-allow-origin": "*"})
        else:
            route.abort()

    visitor.page.route("https://*.cartocdn.com/**", answer)
    visitor.open("/map")
    assert is_drawn(visitor.page)
    assert asked
    assert visitor.page.locator("[data-testid=stException], [data-testid=stAlert]").count() == 0
    assert not any("Content Security Policy" in said for said in visitor.complaints)
    visitor.complaints.clear()  # of the pictures that were asked for, and of their absence
