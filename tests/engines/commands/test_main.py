"""`python -m db` as someone at a terminal meets it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from db.__main__ import main
from db.commands.context import Context
from db.settings import Settings
from db.storage.versions import Store
from tests.engines.ingest.loading import NOW, case, database_in, load, write_cases

Capture = pytest.CaptureFixture[str]


def test_init_makes_the_tables_once(tmp_path: Path, capsys: Capture) -> None:
    environ = {"DESK_DATA": str(tmp_path)}
    assert main(["init"], environ) == 0
    assert "Made the tables" in capsys.readouterr().out
    assert main(["init"], environ) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert Store(tmp_path).current() == 1


def test_a_fault_of_the_desk_has_a_number_a_traceback_and_an_exit_code_of_its_own(
    tmp_path: Path, capsys: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    database = database_in(tmp_path)
    load(database, write_cases(tmp_path / "cases.csv", case(1)))
    with database.write(NOW) as connection:
        connection.execute(text("drop table load_runs"))
    database.close()
    environ = {"DESK_DATA": str(tmp_path / "data")}
    assert main(["ask", "loads"], environ) == 3
    told = capsys.readouterr().err
    logged = caplog.text
    assert re.search(r"error: a fault of the desk, number \d{5}; the log has its traceback", told)
    assert "Traceback" in logged
    assert "load_runs" in logged
    assert main(["ask", "loads", "--by", "mood"], environ) == 2


def test_versions_lists_size_and_readers(tmp_path: Path, capsys: Capture) -> None:
    environ = {"DESK_DATA": str(tmp_path)}
    assert main(["versions"], environ) == 0
    assert "No version yet" in capsys.readouterr().out
    main(["init"], environ)
    lease = Store(tmp_path).lease()
    assert main(["versions"], environ) == 0
    assert f"current  read by process {os.getpid()}" in capsys.readouterr().out
    lease.release()


def test_an_error_is_one_line_without_a_traceback(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "file").write_text("")
    assert main(["init"], {"DESK_DATA": str(tmp_path / "file")}) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert len(told.splitlines()) == 1
    assert "Errno" not in told


def test_a_server_that_is_away_is_named_without_its_password(capsys: Capture) -> None:
    assert main(["init"], {"DATABASE_URL": "postgresql://desk:s3cret@127.0.0.1:1/requests"}) == 2
    told = capsys.readouterr().err
    assert "desk:***@127.0.0.1:1/requests" in told
    assert "s3cret" not in told
    assert len(told.splitlines()) == 1


def test_a_wrong_password_is_told_but_not_shown(postgres_url: str, capsys: Capture) -> None:
    role = f"desk_{uuid4().hex[:8]}"
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE ROLE {role} LOGIN PASSWORD 'right'"))
        rules = Path(connection.execute(text("SHOW hba_file")).scalar_one())
        rules.write_text(f"local all {role} scram-sha-256\n" + rules.read_text())
        connection.execute(text("SELECT pg_reload_conf()"))
    url = make_url(postgres_url).set(username=role, password="s3cret").render_as_string(hide_password=False)
    assert main(["init"], {"DATABASE_URL": url}) == 2
    told = capsys.readouterr().err
    assert f'password authentication failed for user "{role}"' in told
    assert "s3cret" not in told
    admin.dispose()


def test_help_lists_every_command_and_setting() -> None:
    told = subprocess.run([sys.executable, "-m", "db", "--help"], capture_output=True, text=True, check=True).stdout
    for word in ("init", "versions", "DESK_DATA", "DATABASE_URL", "DESK_CITY"):
        assert word in told


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (["no-such-command"], "no-such-command"),
        (["load"], "FILE"),
        (["demo", "--scale", "large"], "large"),
        (["ask", "totals", "--colour\nblue"], "--colour"),
    ],
)
def test_a_wrong_call_is_told_in_one_line_and_exits_with_2(wrong: list[str], named: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as caught:
        main(wrong, {})
    assert caught.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert named in told
    assert len(told.splitlines()) == 1


def test_a_reader_of_the_output_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    command = f'"{sys.executable}" -m db versions | true; test "${{PIPESTATUS[0]}}" = 0'
    environ = os.environ | {"DESK_DATA": str(tmp_path)}
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=environ, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_now_is_given_on_the_clock_of_the_city() -> None:
    context = Context(Settings(Path("data")), datetime(2026, 7, 3, 12, 0), print, print, {}, print)
    assert context.now_in("America/Los_Angeles") - context.now_in("UTC") == datetime(2026, 7, 3, 5) - datetime(
        2026, 7, 3, 12
    )
