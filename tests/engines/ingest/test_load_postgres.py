"""Loads on a real server under fire: killed at any moment, two at once, and rows that did not change stay untouched."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from db.storage.database import ServerDatabase
from tests.engines.ingest.loading import case, load, stored, write_cases

pytestmark = pytest.mark.postgres
Make = Callable[[str], ServerDatabase]
OLD, NEW = 100, 4_000


def address(database: ServerDatabase) -> str:
    return database.url.set(drivername="postgresql").render_as_string(hide_password=False)


class Loader:
    """A process that waits for a word and then loads one file: imports take longer than a load."""

    CODE = (
        "import sys; from db.__main__ import main; import db.commands.load; print('ready', flush=True);"
        "sys.stdin.readline(); arguments = ['load', sys.argv[1], '--city', 'los_angeles'];"
        "sys.exit(main(arguments, {'DATABASE_URL': sys.argv[2]}))"
    )

    def __init__(self, path: Path, url: str) -> None:
        command = [sys.executable, "-c", self.CODE, str(path), url]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ
        )
        assert self.process.stdout is not None
        self.process.stdout.readline()

    def run(self, kill_after: float | None = None) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"go\n")
        self.process.stdin.flush()
        if kill_after is not None:
            time.sleep(kill_after)
            self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


def survives(database: ServerDatabase, tmp_path: Path, kills: int) -> None:
    load(database, write_cases(tmp_path / "old.csv", *[case(number) for number in range(OLD)]))
    new = write_cases(tmp_path / "new.csv", *[case(number) for number in range(NEW)])
    warm, started = Loader(write_cases(tmp_path / "warm.csv", case(0)), address(database)), time.perf_counter()
    warm.run()
    whole = 2 * (time.perf_counter() - started)
    moments = random.Random(311)
    for _ in range(kills):
        Loader(new, address(database)).run(kill_after=moments.uniform(0.0, whole))
        assert len(stored(database)) in (OLD, NEW)
    assert load(database, new).inserted in (0, NEW - OLD)
    assert len(stored(database)) == NEW


def test_a_load_killed_twice_loses_nothing(server_database: Make, tmp_path: Path) -> None:
    survives(server_database("killed"), tmp_path, kills=2)


@pytest.mark.slow
def test_a_load_killed_fifty_times_loses_nothing(server_database: Make, tmp_path: Path) -> None:
    survives(server_database("killed_often"), tmp_path, kills=50)


def test_two_loads_at_once_wait_for_each_other_and_both_count(server_database: Make, tmp_path: Path) -> None:
    database = server_database("at_once")
    load(database, write_cases(tmp_path / "first.csv", case(0)))
    paths = [
        write_cases(tmp_path / "a.csv", *[case(number) for number in range(0, 600)]),
        write_cases(tmp_path / "b.csv", *[case(number) for number in range(300, 900)]),
    ]
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda path: Loader(path, address(database)).run(), paths))
    rows = stored(database)
    assert len(rows) == rows["sr_number"].nunique() == 900


def test_a_row_that_did_not_change_is_not_written(server_database: Make, tmp_path: Path) -> None:
    database = server_database("untouched")
    load(database, write_cases(tmp_path / "a.csv", case(1), case(2)))
    before = versions(database)
    report = load(database, write_cases(tmp_path / "b.csv", case(1), case(2, CD="1"), case(3)))
    assert (report.unchanged, report.updated, report.inserted) == (1, 1, 1)
    after = versions(database)
    assert after["1"] == before["1"]
    assert after["2"] != before["2"]


def versions(database: ServerDatabase) -> dict[str, str]:
    """Request number to the place and transaction of its stored row, which every write changes."""
    with database.reader().connect() as connection:
        rows = connection.execute(text("select sr_number, ctid::text || '/' || xmin::text from requests"))
        return {row[0]: row[1] for row in rows}
