"""A kiosk on the snapshot of the generated city, with nothing else in its environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from db.cities.profile import load
from db.publish import write
from db.storage.database import EmbeddedDatabase
from db.storage.snapshots import SnapshotFolder
from tests.browser.conftest import Server, free_port, launched, wait_until_alive
from tests.conftest import DEMO_NOW

SCREENS = ("now", "district", "expect", "change", "about")
Start = Callable[..., Server]


@pytest.fixture(scope="session")
def snapshot(demo: EmbeddedDatabase, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One edition of the generated city; never write to it."""
    folder = tmp_path_factory.mktemp("snapshot")
    with demo.reader().connect() as connection:
        profile = load("los_angeles")
        store = SnapshotFolder(folder)
        write.publish(connection, store, profile, now=DEMO_NOW, level="council_district", seconds=120)
    return folder


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """`start(folder, port=...)` starts a kiosk on a snapshot and waits until it answers."""
    running: list[Server] = []
    log = tmp_path_factory.mktemp("log") / "kiosk.log"

    def run(folder: Path, port: int = 0, **settings: str) -> Server:
        private = ("DESK_", "DATABASE_", "KIOSK_")
        environ = {name: value for name, value in os.environ.items() if not name.startswith(private)}
        environ |= {"DESK_MODE": "kiosk", "KIOSK_DATA": str(folder)} | settings
        server = launched(environ, port or free_port(), log)
        running.append(server)
        wait_until_alive(server)
        return server

    yield run
    for server in running:
        stop(server)
    assert "Traceback" not in log.read_text(encoding="utf-8")


def stop(server: Server) -> None:
    server.process.terminate()
    server.process.wait(30)


@pytest.fixture(scope="module")
def kiosk(start: Start, snapshot: Path) -> Server:
    return start(snapshot, KIOSK_ADDRESS="https://311.example.org", KIOSK_CONTACT="311data@example.org")


def visit(page: Page, kiosk: Server, **query: str) -> None:
    """Open a screen and wait until it has been drawn."""
    page.goto(f"{kiosk.address}/?" + "&".join(f"{name}={value}" for name, value in query.items()))
    drawn(page)


def drawn(page: Page) -> None:
    page.wait_for_selector(".kiosk-foot", timeout=60_000)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
