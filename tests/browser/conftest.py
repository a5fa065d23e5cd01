"""A real server of the desk, and a real headless browser to look at it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Response, sync_playwright
from playwright.sync_api import TimeoutError as NotThereError

from tests.pages.conftest import ROOT

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
ARGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
DRAWN = "[data-testid=stApp][data-test-script-state=notRunning]"
START_SECONDS = 120
PRESSES, PATIENCE = 4, 8_000  # milliseconds: longer than a step takes on a busy machine, so that none is taken twice
# The library draws its sparklines from no rows at first.
EXPECTED = ("Infinite extent for field",)


@dataclass
class Server:
    """A running desk."""

    address: str
    process: subprocess.Popen[str]
    log: Path

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def get(self, path: str) -> tuple[int, str, dict[str, str]]:
        """Status, body and headers (names in lower case) of a plain request."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=30) as answer:
                return answer.status, answer.read().decode(), {k.lower(): v for k, v in answer.headers.items()}
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), {k.lower(): v for k, v in error.headers.items()}


@dataclass
class Visitor:
    """A browser page and everything it complained about."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(self.address + path)
        self.wait()

    def wait(self) -> None:
        """Until the run that was asked for has been drawn."""
        self.page.wait_for_timeout(400)
        self.page.wait_for_selector(DRAWN, timeout=60_000)

    def figure(self, name: str) -> Locator:
        """The value of the tile with this name; tiles are drawn one by one, after the script has ended."""
        tile = self.page.get_by_test_id("stMetric").filter(has=self.page.get_by_text(name, exact=True))
        return tile.get_by_test_id("stMetricValue")

    def press(self, key: str, arrive: Callable[[float], None]) -> None:
        """Press a shortcut until it has led to where `arrive` waits, given milliseconds.

        It works some time after its button is drawn, and no sign on the page says from when on.
        """
        for _ in range(PRESSES - 1):
            self.wait()
            self.page.keyboard.press(key)
            with suppress(NotThereError):
                return arrive(PATIENCE)
        self.page.keyboard.press(key)
        return arrive(60_000)


Start = Callable[[Path], Server]


def launched(environ: Mapping[str, str], port: int, log: Path) -> Server:
    """A desk, or a kiosk, in a process of its own; what it says is added to `log`. It does not answer yet."""
    with log.open("a") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}", "--server.headless=true"],
            cwd=ROOT,
            env=environ,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
    return Server(f"http://127.0.0.1:{port}", process, log)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """`start(folder)` starts a fresh desk on a data folder and waits until it answers."""
    running: list[Server] = []

    def run(folder: Path) -> Server:
        environ = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DESK_CITY")}
        log = tmp_path_factory.mktemp("log") / "desk.log"
        server = launched(environ | {"DESK_DATA": str(folder)}, free_port(), log)
        running.append(server)
        wait_until_alive(server)
        return server

    yield run
    for server in running:
        server.process.terminate()
        server.process.wait(30)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[BrowserContext]:
    """A fresh headless Chromium; the test is skipped where there is none."""
    if CHROMIUM is None:
        pytest.skip("no chromium: name one in the environment as CHROMIUM")
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(tmp_path / "profile"),
            executable_path=CHROMIUM,
            headless=True,
            args=ARGS,
            viewport={"width": 1440, "height": 900},
        )
        yield context
        context.close()


@pytest.fixture
def look(browser: BrowserContext) -> Iterator[Callable[[Server], Visitor]]:
    """`look(server)` gives a visitor; at the end nothing may have been complained about or asked of another host."""
    visitors: list[Visitor] = []

    def at(server: Server) -> Visitor:
        page = browser.pages[0]
        visitor = Visitor(page, server.address)
        page.on("console", lambda message: note(visitor, message.type, f"{message.text} {message.location['url']}"))
        page.on("pageerror", lambda error: note(visitor, "error", str(error)))
        page.on("response", lambda response: note_foreign(visitor, response))
        visitors.append(visitor)
        return visitor

    yield at
    for visitor in visitors:
        assert visitor.complaints == []


def note(visitor: Visitor, kind: str, text: str) -> None:
    if kind in ("warning", "error") and not any(words in text for words in EXPECTED):
        visitor.complaints.append(f"{kind}: {text}")


def note_foreign(visitor: Visitor, response: Response) -> None:
    if not response.url.startswith((visitor.address, "data:", "blob:")):
        visitor.complaints.append(f"asked another host: {response.url}")


def wait_until_alive(server: Server) -> None:
    deadline = monotonic() + START_SECONDS
    while monotonic() < deadline:
        assert server.process.poll() is None, server.said()
        try:
            if server.get("/healthz")[0] == 200:
                return
        except OSError:
            sleep(0.3)
    raise TimeoutError(f"the desk did not answer within {START_SECONDS} s:\n{server.said()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
