"""The data folder under fire: writers killed at any instant, readers in other processes."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import func, insert, select

from db.model.schema import rejected_rows
from db.storage.database import EmbeddedDatabase
from db.storage.versions import Store

NOW = datetime(2026, 7, 3, 16, 59)
ROWS = 2000
KILLS = 20

# Forks a writer for each line it is sent and prints its id, because imports take longer than a write.
WRITERS = f"""
import datetime, os, pathlib, sys
from sqlalchemy import text
from db.storage.database import EmbeddedDatabase

def write():
    with EmbeddedDatabase(pathlib.Path(sys.argv[1])).write(datetime.datetime(2026, 7, 3)) as connection:
        connection.execute(text("INSERT INTO rejected_rows SELECT 1, i, 'reason', 'raw' FROM range({ROWS}) r(i)"))

write()
print("ready", flush=True)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        while True:
            write()
    print(child, flush=True)
    os.waitpid(child, 0)
    print("dead", flush=True)
"""

READER = """
import sys, pathlib, time
from sqlalchemy import func, select
from db.storage.database import EmbeddedDatabase
from db.model.schema import rejected_rows
database = EmbeddedDatabase(pathlib.Path(sys.argv[1]))
seen = set()
print("ready", flush=True)
while len(seen) < int(sys.argv[2]):
    with database.reader().connect() as connection:
        seen.add(connection.scalar(select(func.count()).select_from(rejected_rows)))
    time.sleep(0.01)
print(sorted(seen))
"""


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def counted(store: Store) -> int:
    """Rows of the current version, read by DuckDB alone."""
    version = store.current()
    if version is None:
        return 0
    with duckdb.connect(str(store.path(version)), read_only=True) as connection:
        row = connection.execute("SELECT count(*) FROM rejected_rows").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_a_writer_killed_at_any_instant_leaves_whole_versions_only(tmp_path: Path) -> None:
    store, chance, before = Store(tmp_path), random.Random(311), ROWS
    halfway = 0
    with start(WRITERS, str(tmp_path)) as writers:
        assert writers.stdout is not None
        assert writers.stdin is not None
        writers.stdout.readline()
        for _ in range(KILLS):
            print("next", file=writers.stdin, flush=True)
            writer = int(writers.stdout.readline())
            time.sleep(chance.uniform(0, 0.3))
            os.kill(writer, signal.SIGKILL)
            writers.stdout.readline()
            found = counted(store)
            assert found % ROWS == 0
            assert found >= before
            before = found
            halfway += len(list(tmp_path.glob("*.duckdb"))) > len(list(tmp_path.glob("*.ready")))
        writers.stdin.close()
    with EmbeddedDatabase(tmp_path).write(NOW, wait=5) as connection:
        assert connection.scalar(select(func.count()).select_from(rejected_rows)) == before
    assert before > ROWS
    assert halfway > 0  # else no kill hit a writer at work
    assert len(list(tmp_path.glob("requests-*"))) == 2


def test_three_processes_read_while_a_fourth_writes_and_move_over_by_themselves(tmp_path: Path) -> None:
    database = EmbeddedDatabase(tmp_path)
    with database.write(NOW):
        pass
    readers = [start(READER, str(tmp_path), "3") for _ in range(3)]
    for reader in readers:
        assert reader.stdout is not None
        reader.stdout.readline()
    written = 0
    while any(reader.poll() is None for reader in readers):
        with database.write(NOW) as connection:
            connection.execute(insert(rejected_rows), [{"load_id": 1, "line": written, "reason": "a"}])
        written += 1
        time.sleep(0.1)
    for reader in readers:
        seen, _ = reader.communicate()
        assert reader.returncode == 0
        assert len(json.loads(seen)) == 3
    with database.write(NOW):
        pass
    assert len(list(tmp_path.glob("requests-*.duckdb"))) == 1


FILLING = """
import datetime, pathlib, resource, signal, sys
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from db.storage.database import EmbeddedDatabase
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))
try:
    with EmbeddedDatabase(pathlib.Path(sys.argv[1])).write(datetime.datetime(2026, 7, 3)) as connection:
        connection.execute(text("INSERT INTO rejected_rows SELECT 1, i, md5(i::text), 'raw' FROM range(1000000) r(i)"))
except OperationalError as error:
    print(error.orig)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file sizes cannot be limited there")
def test_a_disk_that_fills_up_during_a_write_leaves_the_data_as_before(tmp_path: Path) -> None:
    database = EmbeddedDatabase(tmp_path)
    with database.write(NOW) as connection:
        connection.execute(insert(rejected_rows), [{"load_id": 1, "line": 1, "reason": "a"}])
    told, _ = start(FILLING, str(tmp_path)).communicate()
    assert "Could not write file" in told
    assert counted(database.store) == 1
    assert len(list(tmp_path.glob("requests-*"))) == 2
