"""`check` finds what would make figures wrong; a backup holds what was there and comes back as the next version."""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import create_engine, func, select, text

from db.__main__ import main
from db.cities.profile import load as load_profile
from db.commands.check import PROBLEM, WARNING, _holidays
from db.model import schema
from db.storage.database import EmbeddedDatabase
from db.storage.versions import Store
from tests.engines.ingest.loading import case, database_in, load, write_cases
from tests.engines.storage import older

Capture = pytest.CaptureFixture[str]
NOW = datetime(2026, 7, 1, 12)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    path = write_cases(tmp_path / "a.csv", case(1), case(2), case(2), case(3, CreatedDate="never"))
    load(database_in(tmp_path), path)
    return {"DESK_DATA": str(tmp_path / "data")}


def check(environ: dict[str, str], capsys: Capture, *arguments: str) -> tuple[int, list[str]]:
    code = main(["check", *arguments], environ)
    return code, capsys.readouterr().out.splitlines()


def spoil(environ: dict[str, str], statement: str) -> None:
    with EmbeddedDatabase(Path(environ["DESK_DATA"])).write(NOW) as connection:
        connection.execute(text(statement))


def count(environ: dict[str, str]) -> int:
    with EmbeddedDatabase(Path(environ["DESK_DATA"])).reader().connect() as connection:
        return connection.scalar(select(func.count()).select_from(schema.requests)) or 0


def test_a_sound_database_passes_and_says_what_was_looked_at(environ: dict[str, str], capsys: Capture) -> None:
    code, lines = check(environ, capsys)
    assert code == 0
    told = "\n".join(lines)
    for words in ("schema version", "1 loads, 4 rows read", "stored once", "raw 2, eligible 2", "holidays", "data end"):
        assert words in told
    assert check(environ, capsys, "--strict")[0] == 1  # the file is old


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("delete from rejected_rows", "1 rows were rejected and 0 are kept"),
        ("delete from requests where sr_number = '1'", "2 rows were inserted by all loads and 1 are stored"),
        ("update requests set sr_number = '1'", "stored more than once"),
        ("update requests set closed_at = null", "changed without the moments that follow"),
        ("update requests set asked_again_by = '9' where sr_number = '1'", "without noting who asked for them again"),
        ("update city set source_kind = 'feed', last_contact_at = timestamp '2026-01-01'", "the feed is silent"),
        ("delete from city", "no request yet"),
    ],
)
def test_what_is_wrong_is_named_and_the_exit_code_is_not_zero(
    environ: dict[str, str], capsys: Capture, statement: str, words: str
) -> None:
    spoil(environ, statement)
    code, lines = check(environ, capsys)
    assert code == 1
    assert any(line.startswith(PROBLEM) and words in line for line in lines), lines


@pytest.mark.parametrize(
    ("today", "level"), [(date(2029, 12, 31), "ok"), (date(2030, 1, 2), WARNING), (date(2031, 1, 1), PROBLEM)]
)
def test_holidays_that_end_within_a_year_are_told(today: date, level: str) -> None:
    findings = list(_holidays(load_profile("los_angeles"), today))
    assert {finding.level for finding in findings} == {level}


def test_without_tables_check_says_what_to_do(tmp_path: Path, capsys: Capture) -> None:
    assert main(["check"], {"DESK_DATA": str(tmp_path)}) == 2
    assert "python -m db load FILE" in capsys.readouterr().err


def test_a_backup_comes_back_as_the_next_version(environ: dict[str, str], tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "kept.duckdb"
    assert main(["backup", str(file)], environ) == 0
    assert "2 requests" in capsys.readouterr().out
    spoil(environ, "delete from requests")
    before = Store(Path(environ["DESK_DATA"])).current() or 0
    assert main(["restore", str(file)], environ) == 0
    assert count(environ) == 2
    assert Store(Path(environ["DESK_DATA"])).current() == before + 1


def test_a_backup_of_an_older_desk_is_upgraded_on_the_way(
    environ: dict[str, str], tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "old.duckdb"
    assert main(["backup", str(file)], environ) == 0
    engine = create_engine(f"duckdb:///{file}")
    with engine.begin() as connection:
        older.shape_as_6(connection)
        connection.execute(text("alter table requests drop column asked_again_by_system"))
        connection.execute(schema.schema_version.update().values(version=3))
    engine.dispose()
    assert main(["restore", str(file)], environ) == 0
    assert f"upgraded from schema version 3 to {schema.SCHEMA_VERSION}" in capsys.readouterr().out
    assert count(environ) == 2  # a reader refuses tables of another schema version
    assert check(environ, capsys)[0] == 0


def test_what_a_backup_replaced_stays_until_the_next_write(environ: dict[str, str], tmp_path: Path) -> None:
    file, store = tmp_path / "kept.duckdb", Store(Path(environ["DESK_DATA"]))
    assert main(["backup", str(file)], environ) == 0
    before = store.current() or 0
    assert main(["restore", str(file)], environ) == 0
    assert [version.number for version in store.versions()] == [before, before + 1]
    spoil(environ, "delete from requests")
    assert before not in [version.number for version in store.versions()]


def test_a_backup_with_damaged_rows_leaves_the_data_as_they_were(
    environ: dict[str, str], tmp_path: Path, capsys: Capture
) -> None:
    """Its size is right and its tables are there, but what an upgrade reads of their rows is not."""
    file, before = tmp_path / "worn.duckdb", Store(Path(environ["DESK_DATA"])).current()
    assert main(["backup", str(file)], environ) == 0
    with duckdb.connect(str(file)) as connection:
        connection.execute("update schema_version set version = 3")
    content = bytearray(file.read_bytes())
    content[4096 * 3 : 4096 * 3 + 64 * 1024] = bytes(64 * 1024)
    file.write_bytes(content)
    assert main(["restore", str(file)], environ) == 2
    assert str(file) in capsys.readouterr().err
    assert Store(Path(environ["DESK_DATA"])).current() == before
    assert count(environ) == 2


def test_a_backup_of_a_version_with_free_blocks_is_whole(environ: dict[str, str], tmp_path: Path) -> None:
    """DuckDB leaves free blocks at its end out of a file, so that it is smaller than all its blocks."""
    for number in range(4):
        spoil(environ, f"update requests set address = '{number} ELM ST'")
        file = tmp_path / f"{number}.duckdb"
        assert main(["backup", str(file)], environ) == 0
        assert main(["restore", str(file)], environ) == 0
    assert count(environ) == 2


def test_a_backup_is_for_its_own_account_and_follows_no_link(environ: dict[str, str], tmp_path: Path) -> None:
    assert main(["backup", str(tmp_path / "a.duckdb")], environ) == 0
    assert (tmp_path / "a.duckdb").stat().st_mode & 0o777 == 0o600
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / f".b.duckdb.{os.getpid()}.part").symlink_to(victim)
    assert main(["backup", str(tmp_path / "b.duckdb")], environ) == 2
    assert victim.read_text() == "mine"


def test_a_backup_never_replaces_a_file(environ: dict[str, str], tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "a.duckdb").write_text("mine")
    assert main(["backup", str(tmp_path / "a.duckdb")], environ) == 2
    assert "is there already" in capsys.readouterr().err
    assert (tmp_path / "a.duckdb").read_text() == "mine"


@pytest.mark.parametrize("content", [None, b"", b"no database", "half"])
def test_what_is_no_backup_changes_nothing(
    environ: dict[str, str], tmp_path: Path, capsys: Capture, content: bytes | str | None
) -> None:
    file = tmp_path / "b.duckdb"
    if content == "half":
        whole = Store(Path(environ["DESK_DATA"])).path(1).read_bytes()
        file.write_bytes(whole[: len(whole) // 2])
    elif isinstance(content, bytes):
        file.write_bytes(content)
    assert main(["restore", str(file)], environ) == 2
    assert str(file) in capsys.readouterr().err
    assert count(environ) == 2


def test_on_a_server_a_backup_names_the_tool_to_use(capsys: Capture) -> None:
    assert main(["backup", "x"], {"DATABASE_URL": "postgresql://desk:s3cret@127.0.0.1:1/requests"}) == 2
    assert "pg_dump" in capsys.readouterr().err


def test_what_follows_from_the_requests_can_be_mended(environ: dict[str, str], capsys: Capture) -> None:
    spoil(environ, "update requests set closed_at = null, asked_again_by = '9' where sr_number = '1'")
    code, lines = check(environ, capsys)
    assert (code, sum("check --mend" in line for line in lines)) == (1, 2)
    assert check(environ, capsys, "--mend")[0] == 0
    assert check(environ, capsys)[0] == 0
