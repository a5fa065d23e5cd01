"""What stays of a rejected row: the columns that a request would keep, and nothing that people wrote freely."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from db.ingest.requests.load import load_files
from db.model import old_rejects, schema
from db.storage import frames
from tests.engines.ingest.loading import NOW, case, database_in, write_cases

ROWS = {
    "1,2026-07-01 09:00,Jane Q Roe,called: gate code 2468": True,
    "2;Jane Roe: yes;x": True,
    "3\tJane: Roe": True,
    "a whole row without a mark": True,
    "CaseNumber: 2; CreatedDate: yesterday, noon; RequestType: Item Pickups": False,
    "(not kept: the row does not have the columns of its file)": False,
}


def test_rows_that_an_older_desk_kept_whole_are_cleaned(both: Callable[..., Any]) -> None:
    columns = {"load_id": 1, "reason": "no date"}
    ask = both(rejected_rows=[columns | {"line": line, "raw": raw} for line, raw in enumerate(ROWS)])

    def question(connection: Connection) -> list[str]:
        assert old_rejects.clean(connection) == sum(ROWS.values())
        assert old_rejects.clean(connection) == 0
        r = schema.rejected_rows.c
        return list(connection.scalars(select(r.raw).order_by(r.line)))

    assert ask(question) == [old_rejects.NOT_KEPT if is_old else raw for raw, is_old in ROWS.items()]


def stored_rows(folder: Path) -> list[str]:
    with database_in(folder).reader().connect() as connection:
        return [str(text) for text in frames.fetch(connection, select(schema.rejected_rows.c.raw))["raw"]]


def test_of_a_rejected_row_no_closing_text_and_no_staff_name_stays(tmp_path: Path) -> None:
    private = {
        "AssignTo": "Jane Q Roe",
        "ActionTaken": "called Ana Lopez 213-555-0199, gate code 2468",
        "ReasonCode": "her dog",
    }
    file = write_cases(tmp_path / "a.csv", case(1), case(2, CreatedDate="yesterday", **private))
    load_files(database_in(tmp_path), [file], city="los_angeles", now=NOW, accept_rejects=True)
    (kept,) = stored_rows(tmp_path)
    assert kept.startswith("CaseNumber: 2; CreatedDate: yesterday; ")
    assert "RequestType: Item Pickups" in kept
    assert not [word for word in ("Roe", "Lopez", "2468", "dog", "AssignTo", "ActionTaken") if word in kept]


@pytest.mark.parametrize("torn", ["3,too few", '4,"' + "x," * 40])
def test_a_row_that_does_not_have_the_columns_of_its_file_is_not_kept(tmp_path: Path, torn: str) -> None:
    file = write_cases(tmp_path / "a.csv", case(1))
    file.write_text(file.read_text(encoding="utf-8") + torn + "\n", encoding="utf-8")
    load_files(database_in(tmp_path), [file], city="los_angeles", now=NOW, accept_rejects=True)
    assert stored_rows(tmp_path) == ["(not kept: the row does not have the columns of its file)"]
