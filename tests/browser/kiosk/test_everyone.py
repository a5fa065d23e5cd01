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
LEAST_CONTRAST = 7
# The contrast of every text on the screen with the ground behind it, as WCAG 2.2 works it out.
CONTRASTS = """() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => channels(color).slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, place) => sum + c * [0.2126, 0.7152, 0.0722][place], 0);
  const ground = (element) => {
    const color = getComputedStyle(element).backgroundColor;
    const [, , , alpha = 1] = channels(color);
    return alpha === 1 ? color : element.parentElement ? ground(element.parentElement) : "rgb(255, 255, 255)";
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!own.length || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const two = [light(getComputedStyle(element).color), light(ground(element))].sort((a, b) => b - a);
    found.push([(two[0] + 0.05) / (two[1] + 0.05), element.className.toString(), own[0].data.trim().slice(0, 40)]);
  }
  return found;
}"""


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


@pytest.mark.parametrize("screen", SCREENS)
def test_every_figure_and_word_stands_out_7_to_1(kiosk: Server, page: Page, screen: str) -> None:
    visit(page, kiosk, screen=screen, seconds="300", **({"district": "4"} if screen == "district" else {}))
    found = page.evaluate(CONTRASTS)
    assert len(found) > 8
    assert any(character.isdigit() for _, _, text in found for character in text)
    assert [one for one in found if one[0] < LEAST_CONTRAST] == []


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
