"""Where the public tables are kept, and that a load publishes them: on both engines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, create_engine, text

from db.__main__ import main
from db.publish import read
from db.rules.errors import DeskError
from db.storage.database import ServerDatabase
from db.storage.snapshots import SnapshotServer, SnapshotStore, UnreadableSnapshotError, open_snapshot
from tests.engines.ingest.loading import case, write_cases

Capture = pytest.CaptureFixture[str]
tables = MetaData()
Table("numbers", tables, Column("name", Text, nullable=False), Column("value", Integer))
WHICH = ["folder", "server"]


@pytest.fixture
def place(tmp_path: Path, server_database: Callable[[str], ServerDatabase]) -> Callable[[str], dict[str, str]]:
    """`place(which)` gives the setting of an empty snapshot, a folder or a database of its own."""

    def named(which: str) -> dict[str, str]:
        if which == "folder":
            return {"KIOSK_DATA": str(tmp_path / "snapshot")}
        url = server_database(f"kiosk_{abs(hash(tmp_path))}").url.set(drivername="postgresql")
        return {"KIOSK_DATABASE_URL": url.render_as_string(hide_password=False)}

    return named


def store_at(setting: dict[str, str]) -> SnapshotStore:
    return open_snapshot(Path(setting.get("KIOSK_DATA", "")), setting.get("KIOSK_DATABASE_URL"))


@pytest.mark.parametrize("which", WHICH)
def test_an_edition_is_written_whole_and_read_whole(place: Any, which: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_at(place(which))
    assert store.edition() == 0
    store.write(tables, {"numbers": [{"name": "a", "value": 1}, {"name": "b", "value": None}]})
    store.write(tables, {"numbers": [{"name": "c", "value": 3}]})
    assert store.edition() == 2
    assert store.read(tables)["numbers"] == [{"name": "c", "value": 3}]
    with pytest.raises(Exception, match="name"):
        store.write(tables, {"numbers": [{"name": "d", "value": 4}, {"name": None, "value": 5}]})
    assert store.edition() == 2
    assert store.read(tables)["numbers"] == [{"name": "c", "value": 3}]
    monkeypatch.setattr(type(store), "edition", lambda self: 1)  # as for somebody who began before the second
    with pytest.raises(DeskError, match="somebody else published edition 2"):
        store.write(tables, {"numbers": [{"name": "e", "value": 6}]})
    monkeypatch.undo()
    assert store.read(tables)["numbers"] == [{"name": "c", "value": 3}]


def test_a_server_that_is_away_is_told_without_its_password() -> None:
    store = open_snapshot(Path(), "postgresql://u:secret@127.0.0.1:1/x")
    with pytest.raises(UnreadableSnapshotError) as told:
        store.edition()
    assert "secret" not in str(told.value)


def test_a_database_that_holds_requests_takes_no_snapshot(server_database: Callable[[str], ServerDatabase]) -> None:
    url = server_database("holds_requests").url
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("create table requests (x integer)"))
    engine.dispose()
    with pytest.raises(DeskError, match="a database that holds requests"):
        SnapshotServer(url).write(tables, {"numbers": []})


@pytest.mark.parametrize("which", WHICH)
def test_a_load_publishes_where_the_setting_says_so(
    place: Any, which: str, tmp_path: Path, server_database: Callable[[str], ServerDatabase], capsys: Capture
) -> None:
    """Requests and snapshot each in a database of their own on the server, each in a folder of its own else."""
    snapshot = place(which)
    environ = {"DESK_CITY": "los_angeles", "DESK_DATA": str(tmp_path / "desk")} | snapshot
    if which == "server":
        url = server_database(f"desk_{abs(hash(tmp_path))}").url.set(drivername="postgresql")
        environ["DATABASE_URL"] = url.render_as_string(hide_password=False)
        assert main(["init", "--no-roles"], environ) == 0
    path = str(write_cases(tmp_path / "cases.csv", case(1), case(2, RequestType="Graffiti Removal")))
    assert main(["load", path], environ) == 0
    assert store_at(snapshot).edition() == 0
    assert main(["load", path], environ | {"KIOSK_PUBLISH": "1"}) == 0
    assert "Edition 1 is published." in capsys.readouterr().out
    found = read.snapshot(store_at(snapshot))
    assert found is not None
    assert found.said["city"] == "los_angeles"
