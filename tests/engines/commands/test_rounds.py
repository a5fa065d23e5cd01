"""An inspector's round is drawn, answered in its file, brought back, and counted."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

import pytest

from db.__main__ import main
from db.rules.rounds import share_gone
from tests.builders import closed_request, moment, open_request
from tests.pages.conftest import write

Capture = pytest.CaptureFixture[str]
START = moment("Mon 2025-08-04 08:00")
QUICK = [
    closed_request(START + timedelta(hours=7 * number), START + timedelta(hours=7 * number + 20))
    for number in range(900)
]
OLD = [
    open_request(START + timedelta(days=number), sr_number=f"old-{number}", address=f"{number} ELM ST")
    for number in range(40)
]
NEW = [open_request("Fri 2026-07-10 12:00", sr_number="new")]


@pytest.fixture
def folder(tmp_path: Path) -> dict[str, str]:
    write(tmp_path / "data", [*QUICK, *OLD, *NEW])
    return {"DESK_DATA": str(tmp_path / "data")}


def drawn(folder: dict[str, str], file: Path, count: int = 30) -> list[dict[str, str]]:
    arguments = ["rounds", "draw", "--department", "BSS", "--by", "Ana", "--count", str(count), "--out", str(file)]
    assert main(arguments, folder) == 0
    return list(csv.DictReader(file.open(encoding="utf-8-sig", newline="")))


def answered(file: Path, rows: list[dict[str, str]], answers: list[str]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, rows[0].keys())
        writer.writeheader()
        for row, answer in zip(rows, answers, strict=False):
            writer.writerow(row | {"answer": answer})


def test_thirty_are_drawn_answered_and_counted(folder: dict[str, str], tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "round.csv"
    rows = drawn(folder, file)
    assert len(rows) == 30
    assert all(row["sr_number"].startswith("old-") and row["source_system"] == "myla311" for row in rows)
    answered(file, rows, ["Gone"] * 12 + ["still there"] * 6 + ["not found"] * 2 + [""] * 10)
    assert main(["rounds", "load", str(file), "--by", "Ivy"], folder) == 0
    assert "20 answers, 20 new or changed" in capsys.readouterr().out
    assert main(["rounds", "load", str(file), "--by", "Ivy"], folder) == 0
    assert "20 answers, 0 new or changed" in capsys.readouterr().out
    assert main(["rounds", "list"], folder) == 0
    told = capsys.readouterr().out
    assert "20 of 30 answered" in told
    assert "BSS: 12 of 18 checked were gone (44% to 84%)" in told


def test_a_wrong_row_changes_nothing_and_is_named(folder: dict[str, str], tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "round.csv"
    rows = drawn(folder, file, 3)
    answered(file, rows, ["gone", "perhaps", "gone"])
    assert main(["rounds", "load", str(file), "--by", "Ivy"], folder) == 2
    assert 'line 3: answer "perhaps" is not one of' in capsys.readouterr().err
    rows[1]["sr_number"] = "1-nobody"
    answered(file, rows, ["gone", "gone", "gone"])
    assert main(["rounds", "load", str(file), "--by", "Ivy"], folder) == 2
    assert "1-nobody is not in round" in capsys.readouterr().err
    assert main(["rounds", "list"], folder) == 0
    assert "0 of 3 answered" in capsys.readouterr().out


def test_where_nothing_is_so_old_no_round_is_drawn(tmp_path: Path, capsys: Capture) -> None:
    write(tmp_path / "data", NEW)
    folder = {"DESK_DATA": str(tmp_path / "data")}
    assert main(["rounds", "draw", "--department", "BSS", "--by", "Ana"], folder) == 0
    assert "nothing was drawn" in capsys.readouterr().out
    assert main(["rounds", "list"], folder) == 0
    assert "no round was drawn yet" in capsys.readouterr().out


def test_the_share_gone_is_unchecked_before_anybody_looked() -> None:
    assert share_gone([]).words() == "unchecked"
    assert share_gone(["not found"]).words() == "unchecked"
