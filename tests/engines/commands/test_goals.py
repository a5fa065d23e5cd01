"""`python -m db goals` as someone at a terminal meets it."""

from __future__ import annotations

from pathlib import Path

import pytest

from db.__main__ import main
from db.ingest.requests.load import load_files
from db.settings import Settings
from db.storage.database import open_database
from tests.engines.ingest.loading import NOW, case, write_cases

Capture = pytest.CaptureFixture[str]
HEADER = "service_type,amount,unit,calendar,effective_on,basis\n"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A desk with two requests of 2 April 2026."""
    folder = tmp_path / "data"
    database = open_database(Settings(folder))
    path = write_cases(tmp_path / "cases.csv", case(1), case(2, RequestType="Graffiti Removal"))
    load_files(database, [path], city="los_angeles", now=NOW)
    database.close()
    return {"DESK_DATA": str(folder)}


def write(tmp_path: Path, row: str) -> str:
    path = tmp_path / "new.csv"
    path.write_text(f"{HEADER}{row}\n", encoding="utf-8")
    return str(path)


def test_a_goal_is_adopted_listed_and_written_out(environ: dict[str, str], tmp_path: Path, capsys: Capture) -> None:
    path = write(tmp_path, "Item Pickups,2,business_days,office,2126-08-01,draft")
    assert main(["goals", "import", path, "--by", "Steering committee"], environ) == 0
    told = capsys.readouterr().out
    assert "new.csv: 1 adopted, 0 as before." in told
    assert "after the last known holiday year of the calendar office" in told
    assert main(["goals", "list"], environ) == 0
    listed = capsys.readouterr().out
    assert "Graffiti Removal: 72 hours on always, published, since ever; from the city's profile" in listed
    assert "from 2126-08-01; adopted by Steering committee on " in listed
    out = tmp_path / "out.csv"
    assert main(["goals", "export", str(out)], environ) == 0
    count = len(out.read_text(encoding="utf-8").splitlines()) - 1
    assert f"out.csv: {count} goals written." in capsys.readouterr().out
    assert main(["goals", "import", str(out)], environ) == 0
    assert f"0 adopted, {count} as before." in capsys.readouterr().out


def test_a_wrong_file_is_told_row_by_row_and_changes_nothing(
    environ: dict[str, str], tmp_path: Path, capsys: Capture
) -> None:
    main(["goals", "export"], environ)
    before = capsys.readouterr().out
    path = write(
        tmp_path, "Item Pickups,-2,business_days,office,2126-08-01,draft\nNothing,1,hours,always,2126-08-01,draft"
    )
    assert main(["goals", "import", path, "--by", "Me"], environ) == 2
    told = capsys.readouterr().out
    assert "new.csv line 2: amount -2.0 business_days must be more than 0" in told
    assert 'new.csv line 3: service_type "Nothing" is unknown' in told
    main(["goals", "export"], environ)
    assert capsys.readouterr().out == before


def test_a_day_that_has_passed_judges_anew_only_when_it_is_meant(
    environ: dict[str, str], tmp_path: Path, capsys: Capture
) -> None:
    path = write(tmp_path, "Item Pickups,2,business_days,office,2026-04-01,published")
    assert main(["goals", "import", path, "--by", "Me"], environ) == 2
    assert "requests of Item Pickups were made since (1)" in capsys.readouterr().out
    assert main(["goals", "import", path, "--by", "Me", "--effective-in-the-past"], environ) == 0
    assert "Requests made since, judged anew: 1; with another due date: 1." in capsys.readouterr().out


def test_without_requests_the_command_says_what_to_do_first(tmp_path: Path, capsys: Capture) -> None:
    assert main(["goals", "list"], {"DESK_DATA": str(tmp_path)}) == 2
    assert "load the city's requests first" in capsys.readouterr().err
