"""A load does the same on both engines."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from db.ingest.requests.report import COUNTS
from db.model import schema
from db.settings import Settings
from db.storage.database import open_database
from tests.engines.ingest.loading import case, database_in, load, stored, write_cases

pytestmark = pytest.mark.postgres

SORTED = ["source_system", "sr_number"]


@pytest.fixture
def empty_server(postgres_url: str) -> str:
    """The address of a database of its own on the test server."""
    administrator = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        connection.execute(text("drop database if exists loading with (force)"))
        connection.execute(text("create database loading"))
    administrator.dispose()
    return make_url(postgres_url).set(drivername="postgresql", database="loading").render_as_string(hide_password=False)


def test_counts_rows_history_and_rejects_are_the_same(tmp_path: Path, empty_server: str) -> None:
    opened = case(3, Status="New", ClosedDate="", ResolutionCode="")
    first = write_cases(tmp_path / "a.csv", case(1), case(2), opened, case(4))
    changed = case(2, UpdatedDate="04/08/2026 01:00:00 AM", CD="1")
    broken = case(6, CreatedDate="never", Address='tab\tand "quote" \\ back')
    later = case(3, UpdatedDate="04/10/2026 01:00:00 AM")
    second = write_cases(tmp_path / "b.csv", case(1), changed, later, case(5), case(5), broken)
    server = open_database(Settings(tmp_path, database_url=empty_server))
    found = []
    for database in (database_in(tmp_path), server):
        reports = [load(database, path) for path in (first, second, second)]
        frames = [stored(database, table) for table in (schema.requests, schema.status_history, schema.rejected_rows)]
        found.append(([[getattr(report, name) for name in COUNTS] for report in reports], frames))
    server.close()
    (embedded_counts, embedded), (server_counts, served) = found
    assert embedded_counts == server_counts
    for one, other in zip(embedded, served, strict=True):
        keys = SORTED if "sr_number" in one else ["line"]
        left, right = (frame.sort_values(keys).reset_index(drop=True) for frame in (one, other))
        assert left.equals(right)
