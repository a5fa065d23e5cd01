"""A load that is killed at any moment leaves the data as they were, and loading again completes it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.engines.ingest.loading import case, database_in, load, stored, write_cases


def _kill_during_load(path: Path, data: Path, after: float) -> None:
    """Start a load in a process of its own and kill it after some seconds, unless it ends before."""
    command = [sys.executable, "-m", "db", "load", str(path), "--city", "los_angeles"]
    environment = os.environ | {"DESK_DATA": str(data)}
    environment.pop("DATABASE_URL", None)
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        time.sleep(after)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()


def _survives(tmp_path: Path, kills: int) -> None:
    database = database_in(tmp_path)
    load(database, write_cases(tmp_path / "old.csv", *[case(number) for number in range(100)]))
    started = time.perf_counter()
    load(database, write_cases(tmp_path / "warm.csv", case(0)))
    whole = time.perf_counter() - started + 3.0  # a process of its own first has to start
    new = write_cases(tmp_path / "new.csv", *[case(number) for number in range(20_000)])
    moments = random.Random(311)
    for _ in range(kills):
        _kill_during_load(new, tmp_path / "data", moments.uniform(0.2, whole))
        assert len(stored(database)) in (100, 20_000)
    report = load(database, new)
    assert report.inserted in (0, 19_900)
    assert len(stored(database)) == 20_000


def test_a_load_killed_three_times_loses_nothing(tmp_path: Path) -> None:
    _survives(tmp_path, kills=3)


@pytest.mark.slow
def test_a_load_killed_twenty_times_loses_nothing(tmp_path: Path) -> None:
    _survives(tmp_path, kills=20)
