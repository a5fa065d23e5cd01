"""Numbers that differ from stored ones by zeros in front only: matched where it is the same request, told where not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from db.storage.database import Database, ServerDatabase
from tests.engines.ingest.loading import case, database_in, load, stored, write_cases

OPEN = {"Status": "New", "ClosedDate": ""}


@pytest.fixture(params=["duckdb", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    if request.param == "duckdb":
        return database_in(tmp_path)
    make: Callable[[str], ServerDatabase] = request.getfixturevalue("server_database")
    return make(f"zeros_{abs(hash(request.node.name))}")


def numbered(path: Path, *rows: tuple[str, str], **changes: str) -> Path:
    return write_cases(path, *(case(0, CaseNumber=number, CreatedDate=created, **changes) for number, created in rows))


def numbers(database: Database) -> list[str]:
    return sorted(stored(database)["sr_number"])


def test_a_number_without_its_zeros_is_the_request_of_that_minute(tmp_path: Path, database: Database) -> None:
    load(
        database, numbered(tmp_path / "a.csv", ("00042", "04/02/2026 12:24:43 PM"), ("00043", "04/03/2026 08:00:00 AM"))
    )
    after = numbered(
        tmp_path / "b.csv", ("42", "4/2/2026 12:24"), ("43", "4/30/2026"), ("44", "4/4/2026 10:00"), **OPEN
    )
    report = load(database, after)
    assert (report.updated, report.inserted) == (1, 2)
    assert report.notes[0].startswith("1 number differs from stored ones by leading zeros only, such as 42 from 00042")
    assert report.notes[1].startswith("WARNING: 1 number differs from stored ones by leading zeros only, such as 43")
    assert numbers(database) == ["00042", "00043", "43", "44"]
    assert load(database, after).unchanged == 3


def test_the_whole_number_after_the_cut_one_is_the_same_request(tmp_path: Path, database: Database) -> None:
    load(database, numbered(tmp_path / "a.csv", ("42", "04/02/2026"), **OPEN))
    assert load(database, numbered(tmp_path / "b.csv", ("00042", "04/02/2026 12:24:43 PM"))).updated == 1
    assert numbers(database) == ["42"]


def test_of_two_requests_that_it_could_be_neither_is_taken(tmp_path: Path) -> None:
    database, at = database_in(tmp_path), "04/02/2026 12:24:43 PM"
    load(database, numbered(tmp_path / "a.csv", ("042", at), ("0042", at)))
    report = load(database, numbered(tmp_path / "b.csv", ("42", at)))
    assert report.inserted == 1
    assert report.notes[0].startswith("WARNING: 1 number differs")


def test_where_no_number_begins_with_zero_nothing_is_told(tmp_path: Path) -> None:
    database = database_in(tmp_path)
    load(database, write_cases(tmp_path / "a.csv", case(1)))
    assert load(database, write_cases(tmp_path / "b.csv", case(10), case(100))).notes == ()
