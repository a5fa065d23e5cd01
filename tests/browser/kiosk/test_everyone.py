"""The kiosk is for everyone: it passes axe, a finger can hit its targets, and nothing but the kiosk is there."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import Server
from tests.browser.kiosk.conftest import SCREENS, visit

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SHELL = ("stHeader", "stToolbar", "stStatusWidget", "stSidebar")
LEAST_TARGET = 44  # pixels


@pytest.fixture
def page(browser: BrowserContext) -> Page:
    return browser.pages[0]


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_passes_axe_and_shows_nothing_of_the_shell(kiosk: Server, page: Page, screen: str) -> None:
    visit(page, kiosk, screen=screen, seconds="300")
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    faults = [(one["id"], [node["html"][:150] for node in one["nodes"]]) for one in found.response["violations"]]
    assert not faults
    for test_id in SHELL:
        assert not page.get_by_test_id(test_id).first.is_visible()


@pytest.mark.parametrize("screen", SCREENS)
def test_every_target_can_be_hit_with_a_finger_and_none_leads_elsewhere(kiosk: Server, page: Page, screen: str) -> None:
    visit(page, kiosk, screen=screen, seconds="300")
    sizes = page.eval_on_selector_all(
        "button, .kiosk-header a",
        "all => all.filter(e => e.offsetParent).map(e => [e.offsetWidth, e.offsetHeight, e.innerText])",
    )
    assert sizes
    assert not [size for size in sizes if min(size[:2]) < LEAST_TARGET]
    links = page.eval_on_selector_all("a[href]", "all => all.map(e => new URL(e.href).origin)")
    assert set(links) <= {kiosk.address}


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1080, 1920), (390, 844)])
@pytest.mark.parametrize("lang", ["es", "hy"])
def test_the_longest_languages_fit_the_screen_from_side_to_side(
    kiosk: Server, page: Page, lang: str, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    for screen in SCREENS:
        visit(page, kiosk, screen=screen, lang=lang, seconds="300")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        main = page.evaluate("(e => e.scrollWidth - e.clientWidth)(document.querySelector('[data-testid=stMain]'))")
        assert (screen, wide <= 0, main <= 0) == (screen, True, True)


def test_any_other_path_gets_the_kiosk(kiosk: Server, page: Page) -> None:
    page.goto(f"{kiosk.address}/queue?department=BSS&screen=about")
    page.wait_for_selector(".kiosk-paragraphs", timeout=60_000)
    assert kiosk.get("/_stcore/metrics")[0] == 404
    assert kiosk.get("/app/static/icon.svg")[2].get("content-type", "").startswith("text/html")
