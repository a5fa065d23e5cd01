"""The data folder: what is current, who may write, what goes."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from db.storage.versions import Store

NOW = datetime(2026, 7, 3, 16, 59)
DYING_READER = """
import sys, pathlib, os
from db.storage.versions import Store
lease = Store(pathlib.Path(sys.argv[1])).lease()
os._exit(9)
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data")


def write(store: Store, content: str) -> None:
    with store.new_version(NOW, wait=1) as path:
        path.write_text(content)


def files(store: Store) -> list[str]:
    return sorted(path.name for path in store.folder.glob("requests-*"))


def test_a_folder_that_is_not_there_has_no_version(store: Store) -> None:
    assert store.current() is None
    assert store.versions() == []


def test_a_lease_on_nothing_names_the_commands_that_bring_data(store: Store) -> None:
    with pytest.raises(FileNotFoundError, match="python -m db demo"):
        store.lease()


def test_each_write_makes_the_next_version_from_a_copy_of_the_last(store: Store) -> None:
    write(store, "one")
    with store.new_version(NOW, wait=1) as path:
        assert path.read_text() == "one"
        path.write_text("two")
        assert store.current() == 1
    assert store.current() == 2
    assert store.path(2).read_text() == "two"


def test_a_write_that_fails_leaves_the_version_before_and_no_file(store: Store) -> None:
    write(store, "one")
    with pytest.raises(UnicodeEncodeError), store.new_version(NOW, wait=1) as path:
        path.write_text("half\udc00", encoding="utf-8")
    assert store.current() == 1
    assert files(store) == ["requests-000001.duckdb", "requests-000001.ready"]


def test_a_file_without_its_marker_is_not_current_and_goes_with_the_next_write(store: Store) -> None:
    write(store, "one")
    store.path(7).write_text("left by a killed writer")
    Path(f"{store.path(7)}.wal").write_text("left too")
    assert store.current() == 1
    write(store, "two")
    assert files(store) == ["requests-000002.duckdb", "requests-000002.ready"]


def test_a_version_that_was_not_closed_does_not_become_current(store: Store) -> None:
    write(store, "one")
    with pytest.raises(RuntimeError, match="was not closed"), store.new_version(NOW, wait=1) as path:
        Path(f"{path}.wal").write_text("not yet in the file")
    assert store.current() == 1
    assert files(store) == ["requests-000001.duckdb", "requests-000001.ready"]


def test_a_leased_version_stays_until_its_reader_lets_go(store: Store) -> None:
    write(store, "one")
    lease = store.lease()
    write(store, "two")
    write(store, "three")
    assert lease.path.read_text() == "one"
    assert not store.path(2).exists()
    lease.release()
    lease.release()
    write(store, "four")
    assert files(store) == ["requests-000004.duckdb", "requests-000004.ready"]


def test_the_lease_of_a_dead_process_holds_nothing(store: Store) -> None:
    write(store, "one")
    subprocess.run([sys.executable, "-c", DYING_READER, str(store.folder)], check=False)
    assert len(list((store.folder / "leases").iterdir())) == 1
    write(store, "two")
    assert files(store) == ["requests-000002.duckdb", "requests-000002.ready"]
    assert list((store.folder / "leases").iterdir()) == []


def test_the_list_of_versions_says_which_is_current_and_who_reads(store: Store) -> None:
    write(store, "one")
    lease = store.lease()
    write(store, "version two")
    old, current = store.versions()
    assert (old.number, old.is_current, len(old.holders)) == (1, False, 1)
    assert (current.number, current.is_current, current.holders) == (2, True, ())
    assert (current.size_bytes, current.made) == (11, "2026-07-03 16:59:00")
    lease.release()


def test_a_second_writer_is_told_who_holds_the_lock_since_when(store: Store) -> None:
    told = r"process \d+ on .+, since 2026-07-03 16:59:00; waited 0.1 s"
    with store.new_version(NOW, wait=1) as path:
        path.write_text("one")
        with pytest.raises(TimeoutError, match=told), store.new_version(NOW, wait=0.1):
            pytest.fail("two writers at once")
    assert store.current() == 1


def test_a_holder_file_cut_short_is_no_error(store: Store) -> None:
    write(store, "one")
    (store.folder / "write.holder.json").write_text(json.dumps({"pid": 1})[:5])
    assert store.writer() == "another process"


LIMITED = """
import resource, signal, sys, pathlib, datetime
from db.storage.versions import Store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    with Store(pathlib.Path(sys.argv[1])).new_version(datetime.datetime(2026, 7, 3), wait=1):
        pass
except OSError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file sizes cannot be limited there")
def test_a_disk_without_room_is_told_and_leaves_the_data_as_before(store: Store) -> None:
    write(store, "x" * 1_000_000)
    told = subprocess.run(
        [sys.executable, "-c", LIMITED, str(store.folder)], capture_output=True, text=True, check=True
    )
    assert "no room in" in told.stdout
    assert "it needs 1 MB" in told.stdout
    assert "DESK_DATA" in told.stdout
    assert files(store) == ["requests-000001.duckdb", "requests-000001.ready"]
    assert store.path(1).stat().st_size == 1_000_000


def test_a_version_and_its_folder_are_for_the_account_of_the_desk_alone(store: Store) -> None:
    with store.new_version(NOW) as path:
        path.write_bytes(b"rows")
    modes = {kept.stat().st_mode & 0o777 for kept in (store.path(1),)}
    assert (store.folder.stat().st_mode & 0o777, modes) == (0o700, {0o600})
