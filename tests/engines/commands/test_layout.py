"""A proposed layout is TOML that a profile takes, and says what a person has to add."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from db.__main__ import main
from db.cities.layouts import read_layouts
from db.cities.reading import Section
from tests.engines.ingest.loading import case, write_cases

Capture = pytest.CaptureFixture[str]


def test_the_proposal_for_a_known_file_is_a_layout_a_profile_takes(tmp_path: Path, capsys: Capture) -> None:
    path = write_cases(tmp_path / "My Cases.csv", case(1), case(2))
    assert main(["layout", str(path)], {}) == 0
    proposed = tomllib.loads(capsys.readouterr().out)
    (layout,) = read_layouts(Section("proposed", "", proposed))
    assert layout.name == "my_cases"
    assert layout.columns["sr_number"] == ("casenumber",)
    assert layout.columns["created_at"] == ("createddate",)
    assert layout.date_formats == ("%m/%d/%Y %I:%M:%S %p",)
    assert not layout.status_from_closed


def test_what_is_missing_is_said_and_the_exit_code_tells(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "other.csv"
    path.write_text("Created Date;colour\n31.12.2025 10:00;red\n", encoding="utf-8")
    assert main(["layout", str(path)], {}) == 1
    told = capsys.readouterr().out
    assert "# MISSING sr_number" in told
    assert '"%d.%m.%Y %H:%M"' in told
    assert '# not used: "colour"' in told


@pytest.mark.parametrize("content", ["", "one\n1\n"])
def test_a_file_without_a_header_of_columns_is_refused_in_one_line(
    tmp_path: Path, capsys: Capture, content: str
) -> None:
    path = tmp_path / "bare.csv"
    path.write_text(content, encoding="utf-8")
    assert main(["layout", str(path)], {}) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_file_without_status_and_closing_is_not_proposed_as_one_of_open_requests_only(
    tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "montreal.csv"
    path.write_text(
        "ID_UNIQUE,ACTI_NOM,DDS_DATE_CREATION,DERNIER_STATUT\n1,Nid-de-poule,2025-03-03T08:15:00,Terminée\n"
    )
    assert main(["layout", str(path)], {}) == 1
    told = capsys.readouterr().out
    assert "# MISSING source_status" in told
    assert "status_from_closed" not in told
