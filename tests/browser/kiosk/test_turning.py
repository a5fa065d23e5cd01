"""The screens of a kiosk turn by themselves, obey whoever touches them, and come back after the server was away.

Minutes pass by the browser's own clock, which is set on. Where the screen is, the URL says.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Server, free_port
from tests.browser.kiosk.conftest import Start, drawn, stop, visit

HOME = re.compile(r"/(\?seconds=\d+)?$")


@pytest.fixture
def page(browser: BrowserContext) -> Page:
    """A page whose clock can be set on."""
    browser.clock.install()
    return browser.pages[0]


def on(page: Page, screen: str) -> None:
    """Wait until this screen is shown."""
    expect(page).to_have_url(re.compile(f"screen={screen}") if screen else HOME, timeout=20_000)
    drawn(page)


def left_of_ring(page: Page) -> float:
    """The share of the ring that is still drawn."""
    length, whole = (page.locator(".kiosk-ring .left").evaluate("e => e.style.strokeDasharray")).split(",")
    return float(length.strip("px ")) / float(whole.strip("px "))


def ring_is_between(page: Page, low: float, high: float) -> None:
    """Wait until so much of the ring is left: it is drawn once a second."""
    for _ in range(50):
        if low < (left := left_of_ring(page)) <= high:
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"{left:.2f} of the ring is left, not {low} to {high}")


def pass_time(page: Page, seconds: int) -> None:
    """Set the browser's clock on: what was due meanwhile happens once."""
    page.clock.fast_forward(seconds * 1_000)


def test_screens_turn_by_themselves_with_a_ring_that_counts_down_each_time(kiosk: Server, page: Page) -> None:
    visit(page, kiosk, seconds="60")
    for leads_to in ("district", "expect"):
        ring_is_between(page, 0.7, 0.99)
        pass_time(page, 30)
        ring_is_between(page, 0.1, 0.6)
        pass_time(page, 31)
        on(page, leads_to)
    ring_is_between(page, 0.7, 0.99)


def test_a_touch_stops_them_for_a_minute_and_after_two_the_first_screen_is_back(kiosk: Server, page: Page) -> None:
    visit(page, kiosk, seconds="5")
    page.get_by_role("link", name="한국어").click()
    expect(page.locator("html")).to_have_attribute("lang", "ko", timeout=20_000)
    drawn(page)
    page.locator(".st-key-kiosk_next button").click()
    on(page, "district")
    pass_time(page, 50)
    ring_is_between(page, 0.99, 1)
    on(page, "district")
    pass_time(page, 17)
    on(page, "expect")
    pass_time(page, 60)
    on(page, "")
    assert page.locator("html").get_attribute("lang") == "en"
    pass_time(page, 6)
    on(page, "district")  # and they turn again


def test_pause_back_and_next(kiosk: Server, page: Page) -> None:
    visit(page, kiosk, seconds="5", screen="district")
    page.locator(".st-key-kiosk_back button").click()
    on(page, "")
    page.locator(".st-key-kiosk_next button").click()
    on(page, "district")
    ring = page.locator(".kiosk-ring")
    ring.click()
    expect(ring).to_have_text("Continue")
    pass_time(page, 90)
    on(page, "district")
    ring.click()
    expect(ring).to_have_text("Pause")
    pass_time(page, 6)
    on(page, "expect")
    ring.click()
    pass_time(page, 130)  # whoever paused it has gone
    on(page, "")
    pass_time(page, 6)
    on(page, "district")


def test_a_touch_in_the_middle_of_a_change_of_screen_is_obeyed(kiosk: Server, page: Page) -> None:
    visit(page, kiosk, seconds="5")
    for _ in range(3):
        pass_time(page, 5)
        page.locator(".st-key-kiosk_next button").click(no_wait_after=True)
        page.locator(".kiosk-city").click(no_wait_after=True)
        page.get_by_role("link", name="Español").click()
        expect(page.locator("html")).to_have_attribute("lang", "es", timeout=20_000)
        drawn(page)
    assert "Traceback" not in kiosk.said()


def test_a_reload_restores_screen_language_and_district(kiosk: Server, page: Page) -> None:
    visit(page, kiosk, screen="district", lang="ko", district="4", seconds="30")
    before = page.locator("[data-testid=stMain]").inner_text()
    page.reload()
    drawn(page)
    assert page.locator("[data-testid=stMain]").inner_text() == before
    assert "4" in page.locator(".kiosk-headline").inner_text()
    assert page.locator(".kiosk-foot").get_attribute("data-seconds") == "30"


@pytest.mark.parametrize("who", ["reduced motion", "phone"])
def test_nothing_turns_for_who_wants_no_motion_or_reads_on_a_phone(kiosk: Server, page: Page, who: str) -> None:
    if who == "phone":
        page.set_viewport_size({"width": 390, "height": 844})
    else:
        page.emulate_media(reduced_motion="reduce")
    visit(page, kiosk, seconds="5", lang="es")
    pass_time(page, 30)
    expect(page.locator(".kiosk-ring")).to_be_hidden()
    assert "screen=" not in page.url


def test_without_the_server_the_last_screen_stays_and_comes_back_by_itself(
    start: Start, snapshot: Path, page: Page
) -> None:
    port = free_port()
    server = start(snapshot, port)
    visit(page, server, screen="change", lang="es", seconds="60")
    stop(server)
    pass_time(page, 6)
    notice = page.locator(".kiosk-offline")
    expect(notice).to_be_visible(timeout=20_000)
    expect(notice).to_contain_text("2026")
    expect(page.locator(".kiosk-headline")).to_be_visible()
    page.locator(".kiosk-header a").first.evaluate("e => e.click()")  # the browser's own error page would be the end
    pass_time(page, 200)
    expect(page.locator(".kiosk-headline")).to_be_visible()
    server = start(snapshot, port)
    pass_time(page, 6)
    expect(notice).to_be_hidden(timeout=20_000)
    drawn(page)
    assert server.address in page.url
