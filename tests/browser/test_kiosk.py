"""The kiosk in a real browser: nothing private crosses the socket, everybody can use it, it lives through a restart."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page
from sqlalchemy import select

from db.cities.profile import load
from db.model.schema import requests
from db.publish import write
from db.storage.database import EmbeddedDatabase
from db.storage.snapshots import SnapshotFolder
from tests.browser.conftest import Server, free_port, wait_until_alive
from tests.conftest import DEMO_NOW
from tests.pages.conftest import ROOT

LANGS = ("en", "ko")
SCREENS = ("now", "district", "expect", "change", "about")


@pytest.fixture(scope="module")
def snapshot(demo: EmbeddedDatabase, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("snapshot")
    with demo.reader().connect() as connection:
        for weeks in (5, 0):
            now = DEMO_NOW - timedelta(weeks=weeks)
            profile = load("los_angeles")
            write.publish(connection, SnapshotFolder(folder), profile, now=now, level="council_district", seconds=120)
    return folder


def started(folder: Path, port: int, log: Path) -> Server:
    """A kiosk on a snapshot, with nothing else in its environment."""
    apart = {name: value for name, value in os.environ.items() if not name.startswith(("DESK_", "DATABASE_", "KIOSK_"))}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}", "--server.headless=true"]
    environ = apart | {"DESK_MODE": "kiosk", "KIOSK_DATA": str(folder), "KIOSK_ADDRESS": "https://311.example.org"}
    with log.open("a") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=output, stderr=subprocess.STDOUT, text=True)
    server = Server(f"http://127.0.0.1:{port}", process, log)
    wait_until_alive(server)
    return server


@pytest.fixture(scope="module")
def kiosk(snapshot: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = started(snapshot, free_port(), tmp_path_factory.mktemp("log") / "kiosk.log")
    yield server
    server.process.terminate()
    server.process.wait(30)


def visit(page: Page, kiosk: Server, **query: str) -> None:
    page.goto(f"{kiosk.address}/?" + "&".join(f"{name}={value}" for name, value in query.items()))
    page.wait_for_selector(".kiosk-foot", timeout=60_000)
    page.wait_for_timeout(500)


def test_no_private_word_of_the_city_crosses_the_socket(
    kiosk: Server, browser: BrowserContext, demo: EmbeddedDatabase
) -> None:
    frames: list[bytes] = []
    page = browser.pages[0]
    note = lambda data: frames.append(data if isinstance(data, bytes) else data.encode())  # noqa: E731
    page.on("websocket", lambda socket: socket.on("framereceived", note))
    for lang in LANGS:
        for screen in SCREENS:
            visit(page, kiosk, screen=screen, lang=lang)
            assert page.locator("html").get_attribute("lang") == lang
    r = requests.c
    columns = (r.sr_number, r.address, r.address_norm, r.place_id, r.street_name, r.latitude, r.longitude)
    with demo.reader().connect() as connection:
        names = {str(value) for row in connection.execute(select(*columns)) for value in row if len(str(value)) > 4}
    received = b"\n".join(frames).decode("utf-8", "ignore")
    assert len(received) > 10_000
    assert len(names - {"None"}) > 5_000
    assert not [name for name in names - {"None"} if name in received]


def test_every_screen_passes_axe_and_shows_nothing_of_the_shell(kiosk: Server, browser: BrowserContext) -> None:
    page = browser.pages[0]
    for screen in SCREENS:
        visit(page, kiosk, screen=screen)
        rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": rules}})
        faults = [(one["id"], [node["html"][:150] for node in one["nodes"]]) for one in found.response["violations"]]
        assert not faults, f"{screen}: {faults}"
        for test_id in ("stHeader", "stToolbar", "stStatusWidget", "stSidebar"):
            assert not page.get_by_test_id(test_id).first.is_visible()
        sizes = page.eval_on_selector_all(
            "button, .kiosk-header a",
            "all => all.filter(e => e.offsetParent).map(e => [e.offsetWidth, e.offsetHeight, e.innerText])",
        )
        assert not [size for size in sizes if min(size[:2]) < 44]
        links = page.eval_on_selector_all("a[href]", "all => all.map(e => new URL(e.href).origin)")
        assert set(links) == {kiosk.address}


def test_any_other_path_gets_the_kiosk(kiosk: Server, browser: BrowserContext) -> None:
    page = browser.pages[0]
    page.goto(f"{kiosk.address}/queue?department=BSS&screen=about")
    page.wait_for_selector(".kiosk-paragraphs", timeout=60_000)
    assert kiosk.get("/_stcore/metrics")[0] == 404
    assert kiosk.get("/app/static/icon.svg")[2].get("content-type", "").startswith("text/html")


@pytest.mark.slow
def test_screens_turn_by_themselves_stop_at_a_touch_and_live_through_a_restart(
    snapshot: Path, browser: BrowserContext, tmp_path: Path
) -> None:
    port, log, page = free_port(), tmp_path / "kiosk.log", browser.pages[0]
    server = started(snapshot, port, log)
    try:
        visit(page, server, seconds="5")
        page.wait_for_url(re.compile("screen=district"), timeout=60_000)
        page.mouse.click(600, 400)
        held = page.evaluate("location.search")
        page.wait_for_timeout(7_000)
        assert page.evaluate("location.search") == held
        server.process.terminate()
        server.process.wait(30)
        page.wait_for_selector(".kiosk-offline:not([hidden])", timeout=30_000)
        assert "2026" in page.locator(".kiosk-offline").inner_text()
        server = started(snapshot, port, log)
        page.wait_for_selector(".kiosk-offline", state="hidden", timeout=60_000)
        page.wait_for_selector(".kiosk-foot", timeout=60_000)
        assert page.evaluate("location.search") == held
    finally:
        server.process.terminate()
        server.process.wait(30)
    assert "Traceback" not in server.said()
