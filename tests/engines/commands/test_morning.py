"""`python -m db morning` says what the page says, as text."""

from __future__ import annotations

from pathlib import Path

import pytest

from db.__main__ import main
from tests.builders import closed_request, open_request
from tests.pages.conftest import write

# As of the newest request, Friday 10 July 2026 12:00; the office closes at 17:00.
ROWS = [
    open_request("Thu 2026-07-09 16:00", due="Fri 2026-07-10 16:00", sr_number="due-today"),
    open_request("Wed 2026-07-01 12:00", due="Thu 2026-07-09 12:00", sr_number="overdue"),
    open_request("Fri 2026-07-10 12:00", sr_number="new", address="100 MAIN ST", repeat_kind="chaser"),
    closed_request("Fri 2026-07-10 08:00", "Fri 2026-07-10 09:00", sr_number="done"),
    open_request("Fri 2026-07-10 11:00", sr_number="elsewhere", department="LASAN"),
]


@pytest.fixture
def folder(tmp_path: Path) -> dict[str, str]:
    write(tmp_path, ROWS)
    return {"DESK_DATA": str(tmp_path)}


def test_the_morning_of_a_department_in_figures_and_lists(folder: dict[str, str], capsys: pytest.CaptureFixture[str]):
    assert main(["morning", "--department", "Street Services"], folder) == 0
    said = capsys.readouterr().out
    assert "since Thu 2026-07-09 17:00; until Fri 2026-07-10 17:00" in said
    figures = [line.split() for line in said.splitlines()[3:7]]
    assert [[word for word in line if word.isdigit()] for line in figures] == [["2", "1"], ["1"], ["1"], ["0", "3"]]
    due, asked, came = said.split("\n\n")[2:]
    assert due.startswith("Due today (1)\n")
    assert "due-today" in due
    assert "no address\n         Due today 16:00" in due
    assert "new  Pothole, 100 MAIN ST" in asked
    assert came.startswith("Came in since yesterday evening (1)\n")
    assert "elsewhere" not in said


def test_long_lists_are_cut_and_say_so(folder: dict[str, str], capsys: pytest.CaptureFixture[str]):
    assert main(["morning", "--rows", "1"], folder) == 0
    assert "... and 1 more" in capsys.readouterr().out


def test_an_early_morning_is_empty_and_not_an_error(folder: dict[str, str], capsys: pytest.CaptureFixture[str]):
    assert main(["morning", "--as-of", "2026-07-01 12:30"], folder) == 0
    assert capsys.readouterr().out.count("\n  none") == 2


@pytest.mark.parametrize(
    ("arguments", "named"),
    [(["--department", "Nobody"], "Nobody"), (["--rows", "0"], "--rows 0"), (["--as-of", "soon"], "soon")],
)
def test_what_cannot_be_answered_is_said_in_one_line(
    folder: dict[str, str], capsys: pytest.CaptureFixture[str], arguments: list[str], named: str
):
    assert main(["morning", *arguments], folder) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert named in told.err
    assert len(told.err.splitlines()) == 1
