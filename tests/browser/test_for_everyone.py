"""The first screen is for everyone: on a laptop and on a phone it passes axe, our part and Streamlit's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Server, Start, Visitor
from tests.builders import closed_request, open_request
from tests.pages.conftest import write

pytestmark = pytest.mark.browser
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
END = datetime(2026, 7, 10, 12)


@pytest.fixture(scope="module")
def desk(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """Thirty weeks of three departments, one of which keeps a tenth of what is due, another nine in ten."""
    rows = [open_request(END, sr_number="newest")]
    for department, kept in (("BSL", 1), ("BSS", 6), ("LASAN", 9)):
        for week in range(1, 31):
            for number in range(10):
                made = END - timedelta(weeks=week) + timedelta(hours=3 * number)
                own = {"due": made + timedelta(days=3), "department": department}
                own["sr_number"] = f"{department}-{week}-{number}"
                closed = made + timedelta(days=2)
                rows.append(closed_request(made, closed, **own) if number < kept else open_request(made, **own))
    folder = tmp_path_factory.mktemp("everyone")
    write(folder, rows)
    return start(folder)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_the_first_screen_passes_axe(desk: Server, look: Callable[[Server], Visitor], width: int, height: int) -> None:
    visitor = look(desk)
    visitor.page.set_viewport_size({"width": width, "height": height})
    visitor.open("/?goals=working")
    visitor.page.get_by_text("Street Lighting keeps its goals least").wait_for()
    visitor.figure("Open").wait_for()
    found = Axe().run(visitor.page, options={"runOnly": {"type": "tag", "values": RULES}})
    assert not [(one["id"], [node["html"][:150] for node in one["nodes"]]) for one in found.response["violations"]]
