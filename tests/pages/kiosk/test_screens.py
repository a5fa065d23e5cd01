"""The public screens in every language, from a snapshot of a small city; and without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.kiosk.language import LANGUAGES
from components.kiosk.state import SCREENS
from tests.pages.kiosk.conftest import Open, shown


@pytest.mark.parametrize("lang", list(LANGUAGES))
def test_every_screen_opens_in_every_language(kiosk: Open, snapshot: Path, lang: str) -> None:
    for screen in SCREENS:
        told = shown(kiosk(snapshot, screen=screen, lang=lang))
        assert "kiosk-headline" in told or "kiosk-table" in told or "kiosk-paragraphs" in told
        assert "SECRET" not in told
    assert "<h1>" in shown(kiosk(snapshot, screen="district", lang=lang, district="1"))


def test_the_first_screen_tells_of_ten_promises_how_many_were_kept(kiosk: Open, snapshot: Path) -> None:
    told = shown(kiosk(snapshot))
    assert "7 of 10 promises that fell due in February 2026 were kept." in told  # 4 of each 6 within 4 days
    assert "67% of 168 promises." in told
    assert "Figures of Monday, March 16, 2026 10:40" in told


def test_a_district_tells_what_was_asked_there(kiosk: Open, snapshot: Path) -> None:
    told = shown(kiosk(snapshot, screen="district", district="1"))
    assert "Council district 1" in told
    assert "112 requests in February 2026" in told  # three potholes and one flooded street on each of 28 days


def test_next_and_back_lead_round_and_the_url_says_where(kiosk: Open, snapshot: Path) -> None:
    app = kiosk(snapshot, lang="es")
    app.button(key="kiosk_next").click().run()
    assert app.query_params["screen"] == "district"
    assert app.query_params["lang"] == "es"
    app.button(key="district_2").click().run()
    assert app.query_params["district"] == "2"
    app.button(key="kiosk_back").click().run()
    assert "screen" not in app.query_params
    assert not app.exception
