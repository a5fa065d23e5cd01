"""Records on both engines: the same test runs on an SQLite file and on a schema of a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from db.records.database import FileRecords, Records, ServerRecords
from db.storage.database import ServerDatabase

Open = Callable[[], Records]


@pytest.fixture(scope="session")
def records_url(server_database: Callable[[str], ServerDatabase]) -> str:
    return server_database("records").url.render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def open_again(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the same records anew each time, as another desk would; they begin empty."""
    opened: list[Records] = []

    def make() -> Records:
        records: Records
        if request.param == "sqlite":
            records = FileRecords(tmp_path / "records.sqlite")
        else:
            records = ServerRecords(make_url(request.getfixturevalue("records_url")))
        opened.append(records)
        return records

    make().prepare()
    yield make
    for records in opened:
        records.close()
    if request.param == "postgresql":
        engine = create_engine(request.getfixturevalue("records_url"))
        with engine.begin() as connection:
            connection.execute(text("drop schema desk_records cascade"))
        engine.dispose()


@pytest.fixture
def records(open_again: Open) -> Records:
    return open_again()
