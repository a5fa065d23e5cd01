"""The register of promises from the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from db.__main__ import main
from tests.builders import closed_request, open_request
from tests.pages.conftest import write

Capture = pytest.CaptureFixture[str]
ADD = [
    *(
        "promises",
        "add",
        "Potholes in time",
        "--who",
        "Bea",
        "--figure",
        "compliance",
        "--department",
        "Street Services",
    ),
    *("--from", "50%", "--to", "80%", "--until", "2999-12-31", "--by", "Ana"),
]


@pytest.fixture
def folder(tmp_path: Path) -> dict[str, str]:
    rows = [
        closed_request("Mon 2026-06-29 09:00", "Tue 2026-06-30 09:00", due="Wed 2026-07-01 09:00", department="BSS"),
        open_request("Mon 2026-06-29 10:00", due="Thu 2026-07-02 09:00", department="BSS"),
        open_request("Fri 2026-07-10 12:00", department="BSL"),
    ]
    write(tmp_path / "data", rows)
    return {"DESK_DATA": str(tmp_path / "data")}


def test_a_promise_is_added_listed_with_its_figure_and_closed(folder: dict[str, str], capsys: Capture) -> None:
    assert main(["promises", "list"], folder) == 0
    assert "no promise is on the register" in capsys.readouterr().out
    assert main(ADD, folder) == 0
    assert main(["promises", "list"], folder) == 0
    told = capsys.readouterr().out
    assert "running  Potholes in time (Bea): compliance of BSS from 50.0% to 80.0% by 2999-12-31" in told
    assert main(["promises", "close", "potholes in TIME", "--by", "Bo"], folder) == 0
    assert main(["promises", "close", "Potholes in time", "--by", "Bo"], folder) == 2
    assert 'no promise "Potholes in time"' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("--figure", "happiness", 'figure "happiness" is not one of compliance'),
        ("--to", "80", '--to "80" is not a share like 60%'),
        ("--until", "soon", '--until "soon" is not a day like 2026-12-31'),
        ("--until", "2020-01-01", "2020-01-01 has passed"),
        ("--department", "Nowhere", '--department "Nowhere" is not in these data'),
        ("--to", "50%", "starts where it ends"),
        ("--by", "", "your name is empty"),
    ],
)
def test_a_wrong_promise_is_told_in_one_line_and_nothing_is_written(
    folder: dict[str, str], capsys: Capture, option: str, value: str, reason: str
) -> None:
    arguments = list(ADD)
    arguments[arguments.index(option) + 1] = value
    assert main(arguments, folder) == 2
    told = capsys.readouterr().err
    assert reason in told
    assert told.count("\n") == 1
    assert not (Path(folder["DESK_DATA"]) / "records.sqlite").exists() or main(["promises", "list"], folder) == 0
    assert "Potholes" not in capsys.readouterr().out


def test_two_promises_of_one_name_are_refused(folder: dict[str, str], capsys: Capture) -> None:
    assert main(ADD, folder) == 0
    assert main(ADD, folder) == 2
    assert "on the register" in capsys.readouterr().err
