"""What stays of a rejected row: the columns that a request would keep, and nothing that people wrote freely."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from db.ingest.requests.load import load_files
from db.model import schema
from db.storage import frames
from tests.engines.ingest.loading import NOW, case, database_in, write_cases


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
