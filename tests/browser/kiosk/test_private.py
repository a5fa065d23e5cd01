"""Nothing private of a city crosses the socket or stands in the snapshot's file, whatever a visitor presses."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, WebSocket

from components.kiosk.language import LANGUAGES
from db.cities.profile import load
from db.ingest.requests.load import load_files
from db.publish import read, write
from db.settings import Settings
from db.storage.database import EmbeddedDatabase, open_database
from db.storage.snapshots import SnapshotFolder
from tests.browser.conftest import Server
from tests.browser.kiosk.conftest import SCREENS, Start, drawn, visit
from tests.private_words import coordinates, found_in, private_words

BOSTON_2011 = "boston_311/boston_2011_jul_to_dec.csv.gz"


class Recorder:
    """Keeps every frame of every socket that a page opens."""

    def __init__(self, page: Page) -> None:
        self.frames: list[bytes] = []
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda data: self.frames.append(data if isinstance(data, bytes) else data.encode()))


def drive(page: Page, kiosk: Server, languages: list[str], *, most_districts: int) -> None:
    """Open every screen and so many districts in each of the languages."""
    for lang in languages:
        visit(page, kiosk, lang=lang, seconds="300")
        assert page.locator("html").get_attribute("lang") == lang
        for screen in SCREENS[1:]:
            press(page, "kiosk_next", f"screen={screen}")
        visit(page, kiosk, lang=lang, seconds="300", screen="district")
        keys = page.locator("[class*=st-key-district_]").evaluate_all("all => all.map(e => e.className)")
        districts = [key.split("st-key-district_")[1].split()[0] for key in keys]
        assert districts
        for district in districts[:most_districts]:
            press(page, f"district_{district}", f"district={district}")
            press(page, "kiosk_all", "screen=district")


def press(page: Page, key: str, leads_to: str) -> None:
    page.locator(f".st-key-{key} button").click()
    page.wait_for_url(f"**/*{leads_to}*")
    drawn(page)


def test_no_private_word_of_the_generated_city_crosses_the_socket(
    kiosk: Server, snapshot: Path, browser: BrowserContext, demo: EmbeddedDatabase
) -> None:
    recorder = Recorder(browser.pages[0])
    drive(browser.pages[0], kiosk, ["en", "ko"], most_districts=1)
    check(demo, snapshot, "los_angeles", recorder.frames)


@pytest.mark.real
def test_none_of_a_real_file_does_in_any_language(
    real_data: Path, start: Start, browser: BrowserContext, tmp_path: Path
) -> None:
    city, snapshot, now = tmp_path / "city", tmp_path / "snapshot", datetime(2026, 7, 7)
    database = open_database(Settings(city))
    load_files(database, [real_data / BOSTON_2011], city=None, now=now)
    with database.reader().connect() as connection:
        write.publish(
            connection,
            SnapshotFolder(snapshot),
            load("boston"),
            now=now,
            level="council_district",
            seconds=120,
        )
    recorder = Recorder(browser.pages[0])
    drive(browser.pages[0], start(snapshot), list(LANGUAGES), most_districts=99)
    check(database, snapshot, "boston", recorder.frames)
    database.close()


def check(database: EmbeddedDatabase, folder: Path, city: str, frames: list[bytes]) -> None:
    store = SnapshotFolder(folder)
    content = store.path(store.edition()).read_bytes()
    told = read.snapshot(store)
    assert told is not None
    with database.reader().connect() as connection:
        private = private_words(connection, load(city))
        numbers = coordinates(connection)
    assert len(private["sr_number"]) > 5_000
    assert len(private["address"]) > 1_000
    assert sum(map(len, frames)) > 50_000
    assert found_in(frames, private) == {}
    assert found_in([content, repr(told.tables).encode()], private) == {}
    assert not [number for number in numbers if number in content]
    assert found_in([f"at {sorted(private['address'])[0]}, today".encode()], private)  # the test of the test
