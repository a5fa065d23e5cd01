"""What a reader sees when the desk itself is at fault, and when a person can put things right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from db.settings import Settings
from db.storage.database import open_database
from tests.builders import open_request
from tests.pages.conftest import MADE_AT, Open, said

Fill = Callable[..., Path]


def change(folder: Path, statement: str) -> None:
    database = open_database(Settings(folder))
    with database.write(MADE_AT) as connection:
        connection.execute(text(statement))
    database.close()


@pytest.mark.faulty
def test_a_fault_is_told_by_its_number_inside_the_frame_and_logged_with_its_cause(
    fill: Fill, visit: Open, caplog: pytest.LogCaptureFixture
) -> None:
    change(fill([open_request("Fri 2026-07-10 12:00")]), "drop table rejected_rows")
    words = said(visit("data"))
    assert "**Los Angeles**" in words  # menu, header and filters stand, so that the reader can go elsewhere
    (logged,) = [record.getMessage() for record in caplog.records if record.name == "desk.fault"]
    number = logged.splitlines()[0].rpartition(" ")[2]
    assert f"This cannot be shown: a fault of the desk, number {number}. Nothing was changed." in words
    assert "rejected_rows" not in words
    assert "Traceback" in logged
    assert "rejected_rows" in logged


def test_what_a_person_can_put_right_is_told_in_its_own_words(fill: Fill, visit: Open) -> None:
    change(fill([open_request("Fri 2026-07-10 12:00")]), "update city set key = 'springfield'")
    assert 'The profile of "springfield" is not stored with this database' in said(visit("queue"))
