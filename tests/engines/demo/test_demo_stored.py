"""The generated city in the database: loaded by the standard loader, hidden until its time comes."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from db.commands import demo as command
from db.ingest.demo import demo_needs_renewal, make_demo
from db.model.expressions import exists, has_flag, is_open
from db.model.schema import city, load_runs, requests, staffing
from db.rules.vocabulary import Flag
from db.storage.database import EmbeddedDatabase

NOW = datetime(2026, 3, 11, 9, 30)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedDatabase]:
    stored = EmbeddedDatabase(tmp_path_factory.mktemp("demo"))
    make_demo(stored, now=NOW, scale=0.003)
    yield stored
    stored.close()


def test_every_generated_row_is_loaded_and_none_is_called_future(database: EmbeddedDatabase) -> None:
    with database.reader().connect() as connection:
        run = connection.execute(select(load_runs)).one()
        assert run.read == run.inserted > 8_000
        assert run.file == "generated_city.csv"
        assert connection.scalar(select(func.count()).where(has_flag(Flag.FUTURE_DATE))) == 0
        assert connection.scalar(select(func.count()).where(requests.c.created_at > NOW)) > 0


def test_the_city_says_that_it_is_generated_and_until_when(database: EmbeddedDatabase) -> None:
    with database.reader().connect() as connection:
        row = connection.execute(select(city)).mappings().one()
        assert (row["source_kind"], row["demo_seed"], row["demo_scale"]) == ("demo", 311, 0.003)
        assert not demo_needs_renewal(row, NOW + timedelta(days=59))
        assert demo_needs_renewal(row, NOW + timedelta(days=61))
        assert connection.scalar(select(func.count()).select_from(staffing)) > 27


def test_time_alone_brings_new_requests_and_closings(database: EmbeddedDatabase) -> None:
    later = NOW + timedelta(days=7)
    with database.reader().connect() as connection:
        known = [connection.scalar(select(func.count()).where(exists(moment))) for moment in (NOW, later)]
        waiting = select(requests.c.sr_number).where(is_open(NOW))
        done = select(func.count()).where(requests.c.sr_number.in_(waiting), ~is_open(later))
        assert known[1] > known[0] + 50
        assert connection.scalar(done) > 20


def test_a_new_generated_city_replaces_the_old_one(tmp_path: Path) -> None:
    stored = EmbeddedDatabase(tmp_path)
    make_demo(stored, now=NOW, scale=0.0005)
    again = make_demo(stored, now=NOW, seed=5, scale=0.0005)
    with stored.reader().connect() as connection:
        assert connection.scalar(select(func.count()).select_from(requests)) == again.inserted
        assert connection.scalar(select(city.c.demo_seed)) == 5
    stored.close()


def test_until_names_a_whole_day() -> None:
    assert command.day("2026-12-31") == datetime(2026, 12, 31, 23, 59, 59)
    with pytest.raises(ArgumentTypeError, match="is not a day; write it as"):
        command.day("31.12.2026")
