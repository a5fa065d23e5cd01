"""An SQLite file that is absent, damaged, locked, read-only or of a newer desk: a sentence, and nothing is lost."""

from __future__ import annotations

import sqlite3
import stat
from datetime import datetime
from pathlib import Path

import pytest

from db.__main__ import main
from db.records import database as records_database
from db.records import views
from db.records.database import FileRecords, open_records
from db.records.errors import RecordsError
from db.settings import Settings, read
from db.storage.database import EmbeddedDatabase
from tests.conftest import DEMO_NOW

NOW = datetime(2026, 11, 30, 9)
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def file(tmp_path: Path) -> FileRecords:
    records = FileRecords(tmp_path / "records.sqlite")
    save(records, "Mine")
    return records


def save(records: FileRecords, name: str) -> None:
    with records.writing() as connection:
        views.save(connection, name=name, page="queue", link="", seen=0, by="Ana", now=NOW)


def names(records: FileRecords) -> list[str]:
    with records.reading() as connection:
        return [view.name for view in views.listing(connection)]


def test_reading_where_nothing_was_recorded_finds_nothing_and_makes_nothing(tmp_path: Path) -> None:
    records = FileRecords(tmp_path / "records.sqlite")
    assert names(records) == []
    assert records.revision() is None
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_for_the_account_of_the_desk_alone(file: FileRecords) -> None:
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_a_damaged_file_says_what_to_do(file: FileRecords) -> None:
    file.close()
    file.path.write_bytes(b"not a database at all" * 100)
    for use in (names, lambda records: save(records, "More")):
        with pytest.raises(RecordsError, match="is damaged: restore a backup"):
            use(FileRecords(file.path))


def test_a_file_that_another_process_holds_is_told(file: FileRecords, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records_database, "WAIT_SECONDS", 0.1)
    desk = FileRecords(file.path)
    with sqlite3.connect(file.path, isolation_level=None) as holder:
        holder.execute("begin immediate")
        assert names(desk) == ["Mine"]  # readers go on
        with pytest.raises(RecordsError, match="being written by another process"):
            save(desk, "More")
        holder.execute("rollback")
    save(desk, "More")
    assert names(desk) == ["Mine", "More"]


def test_a_file_of_a_newer_desk_is_left_alone(file: FileRecords) -> None:
    file.close()
    with sqlite3.connect(file.path) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    for use in (names, lambda records: save(records, "More")):
        with pytest.raises(RecordsError, match=r"newer than this desk's .*update the desk"):
            use(FileRecords(file.path))


def test_a_file_that_may_only_be_read_is_read(file: FileRecords, monkeypatch: pytest.MonkeyPatch) -> None:
    file.close()
    # Whoever runs the tests may be root, who may write everything: what `os.access` says is what counts.
    monkeypatch.setattr(records_database.os, "access", lambda path, mode: False)
    desk = FileRecords(file.path)
    assert names(desk) == ["Mine"]
    with pytest.raises(RecordsError, match="read-only"):
        save(desk, "More")
    assert names(desk) == ["Mine"]


def test_a_backup_holds_the_records_and_restore_brings_them_back(tmp_path: Path, capsys: Capture) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy.duckdb"
    with EmbeddedDatabase(data).write(DEMO_NOW):
        pass
    records = FileRecords(data / "records.sqlite")
    save(records, "Mine")
    environ = {"DESK_DATA": str(data)}
    assert main(["backup", str(copy)], environ) == 0
    save(records, "Since then")
    assert main(["restore", str(copy)], environ) == 0
    assert names(records) == ["Mine"]
    kept = next(data.glob("records-before-*.sqlite"))
    assert names(FileRecords(kept)) == ["Mine", "Since then"]
    assert str(kept) in capsys.readouterr().out


def test_restore_mends_damaged_records(tmp_path: Path) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy.duckdb"
    with EmbeddedDatabase(data).write(DEMO_NOW):
        pass
    save(FileRecords(data / "records.sqlite"), "Mine")
    environ = {"DESK_DATA": str(data)}
    assert main(["backup", str(copy)], environ) == 0
    (data / "records.sqlite").write_bytes(b"damaged" * 100)
    assert main(["restore", str(copy)], environ) == 0
    assert names(FileRecords(data / "records.sqlite")) == ["Mine"]


def test_a_backup_without_records_leaves_those_here(tmp_path: Path, capsys: Capture) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy.duckdb"
    with EmbeddedDatabase(data).write(DEMO_NOW):
        pass
    environ = {"DESK_DATA": str(data)}
    assert main(["backup", str(copy)], environ) == 0
    save(FileRecords(data / "records.sqlite"), "Mine")
    assert main(["restore", str(copy)], environ) == 0
    assert "no records" in capsys.readouterr().out
    assert names(FileRecords(data / "records.sqlite")) == ["Mine"]


def test_settings_name_who_may_write_and_where() -> None:
    assert read({}).writers is None
    assert read({"DESK_WRITERS": "Local"}).writers == "local"
    with pytest.raises(ValueError, match='DESK_WRITERS is "all"'):
        read({"DESK_WRITERS": "all"})
    with pytest.raises(ValueError, match="DESK_RECORDS_URL is set and DATABASE_URL is not"):
        read({"DESK_RECORDS_URL": "postgresql://a@b/c"})


def test_the_records_are_beside_the_versions(tmp_path: Path) -> None:
    assert open_records(Settings(tmp_path)).place == str(tmp_path / "records.sqlite")
