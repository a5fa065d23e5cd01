"""Two hours of a kiosk that nobody touches: the server is killed twice and five editions follow the first.

By hand: `KIOSK_RUN_MINUTES=25 pytest -m slow -s tests/browser/kiosk/test_long_run.py` is a shorter one. What it saw is
printed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import fmean
from time import monotonic

import psutil
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from db.cities.profile import load
from db.publish import write
from db.storage.database import EmbeddedDatabase
from db.storage.snapshots import SnapshotFolder
from tests.browser.conftest import Server, free_port
from tests.browser.kiosk.conftest import Start, visit
from tests.conftest import DEMO_NOW

MINUTES = float(os.environ.get("KIOSK_RUN_MINUTES", "120"))
EDITIONS, KILLS = 5, 2  # after the first edition
SECONDS_A_SCREEN = 10
LOOK_EVERY, DOWN_FOR = 5, 20  # seconds
MOST_GROWTH = 1.2  # of memory, from the first third of a stretch without a kill to its last


@dataclass
class Seen:
    """What stood on the screen, and what memory was taken, in MB."""

    turns: int = 0
    blank_looks: int = 0
    looks: int = 0
    browser: list[float] = field(default_factory=list)
    script: list[float] = field(default_factory=list)
    server: list[list[float]] = field(default_factory=lambda: [[]])
    new_after: list[float] = field(default_factory=list)
    back_after: list[float] = field(default_factory=list)
    screen: str = ""


def take(page: Page, server: Server, seen: Seen) -> None:
    """Look once."""
    page.wait_for_timeout(LOOK_EVERY * 1_000)
    url = page.url
    seen.turns += url != seen.screen
    seen.screen = url
    seen.looks += 1
    seen.blank_looks += page.locator(".kiosk-foot").count() == 0
    heap = page.evaluate("performance.memory.usedJSHeapSize")
    seen.script.append(heap / 1e6)
    children = psutil.Process().children(recursive=True)
    seen.browser.append(sum(memory(one) for one in children if "chrom" in name(one)))
    seen.server[-1].append(memory(psutil.Process(server.process.pid)))


def memory(process: psutil.Process) -> float:
    try:
        return process.memory_info().rss / 1e6
    except psutil.NoSuchProcess:
        return 0.0


def name(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""


def waited(until: Callable[[], bool], page: Page, seconds: float) -> float:
    """How long until it is so; fails where it is not within so many seconds."""
    began = monotonic()
    while not until():
        assert monotonic() - began < seconds
        page.wait_for_timeout(250)
    return monotonic() - began


def figures(page: Page) -> str:
    return page.locator(".kiosk-foot").get_attribute("data-figures") or ""


def publish(demo: EmbeddedDatabase, folder: Path, number: int) -> None:
    now = DEMO_NOW - timedelta(weeks=EDITIONS - number)
    with demo.reader().connect() as connection:
        profile, store = load("los_angeles"), SnapshotFolder(folder)
        write.publish(connection, store, profile, now=now, level="council_district", seconds=120)


def replace(page: Page, demo: EmbeddedDatabase, folder: Path, number: int, seen: Seen) -> None:
    before = figures(page)
    publish(demo, folder, number)
    seen.new_after.append(waited(lambda: figures(page) not in ("", before), page, 60))


def kill(page: Page, server: Server, again: Callable[[], Server], seen: Seen) -> Server:
    server.process.kill()
    server.process.wait()
    notice = page.locator(".kiosk-offline")
    expect(notice).to_be_visible(timeout=20_000)
    page.wait_for_timeout(DOWN_FOR * 1_000)
    assert page.locator(".kiosk-foot").count() == 1  # the last screen stays
    started = again()
    seen.back_after.append(waited(lambda: not notice.is_visible() and figures(page) != "", page, 60))
    seen.server.append([])
    return started


@pytest.mark.slow
def test_two_hours_unattended(start: Start, demo: EmbeddedDatabase, browser: BrowserContext, tmp_path: Path) -> None:
    folder, port, page, seen = tmp_path / "snapshot", free_port(), browser.pages[0], Seen()
    publish(demo, folder, 0)
    server = start(folder, port)
    visit(page, server, seconds=str(SECONDS_A_SCREEN))
    began, whole = monotonic(), MINUTES * 60
    editions = [whole * (number + 0.5) / EDITIONS for number in range(EDITIONS)]
    kills = [whole * (number + 1) / (KILLS + 1) for number in range(KILLS)]
    while (passed := monotonic() - began) < whole:
        take(page, server, seen)
        if editions and passed > editions[0]:
            editions.pop(0)
            replace(page, demo, folder, EDITIONS - len(editions), seen)
        if kills and passed > kills[0]:
            kills.pop(0)
            server = kill(page, server, lambda: start(folder, port), seen)
    report(seen)
    assert not editions
    assert not kills
    assert seen.turns > 0.6 * whole / SECONDS_A_SCREEN
    assert seen.blank_looks <= 0.01 * seen.looks
    for stretch in (seen.browser, seen.script, *seen.server):
        first, last = ends(stretch)
        assert last <= MOST_GROWTH * first


def ends(values: list[float]) -> tuple[float, float]:
    """The means of the first and of the last third."""
    third = max(len(values) // 3, 1)
    return fmean(values[:third]), fmean(values[-third:])


def report(seen: Seen) -> None:
    def line(values: list[float]) -> str:
        first, last = ends(values)
        return f"{first:.0f} to {last:.0f}, at most {max(values):.0f}"

    print(f"\n{MINUTES:g} minutes, {seen.turns} turns, {seen.blank_looks} of {seen.looks} looks without a screen")
    print(f"new figures after {', '.join(f'{each:.0f}' for each in seen.new_after)} s")
    print(f"back after the server answered again: {', '.join(f'{each:.0f}' for each in seen.back_after)} s")
    print("memory in MB, mean of the first and of the last third:")
    print(f"browser, all processes: {line(seen.browser)}; its script: {line(seen.script)}")
    for number, each in enumerate(seen.server, 1):
        print(f"server, run {number}: {line(each)}")
