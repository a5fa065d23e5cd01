"""`python -m db ask` answers with the code of the pages, and says in one line what it cannot answer."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from db.__main__ import main
from db.model.filters import RequestFilter
from db.queries.catalogue import QUESTIONS
from db.queries.queue import backlog
from db.settings import Settings
from db.storage.database import open_database
from tests.builders import closed_request, open_request
from tests.pages.conftest import write

Capture = pytest.CaptureFixture[str]

# As of the newest request, Friday 10 July 2026 12:00; the promise is published.
ROWS = [
    open_request("Wed 2026-07-01 09:00", due="Mon 2026-07-06 09:00", sr_number="late", council_district="4"),
    open_request("Fri 2026-07-10 12:00", department="LASAN", sr_number="newest", address="=HYPERLINK(1)"),
    closed_request(
        "Wed 2026-07-01 09:00",
        "Fri 2026-07-03 08:00",
        due="Mon 2026-07-06 09:00",
        sr_number="met",
        council_district="10",
    ),
]
ALWAYS = {name: ["--sr-number", "late"] for name in ("request", "history", "same_place", "chain")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, ROWS)
    return tmp_path


def ask(folder: Path, capsys: Capture, *arguments: str) -> dict[str, Any]:
    assert main(["ask", *arguments, "--format", "json"], {"DESK_DATA": str(folder)}) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def refusal(folder: Path, capsys: Capture, *arguments: str) -> str:
    assert main(["ask", *arguments], {"DESK_DATA": str(folder)}) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    return told.err


def test_without_a_name_every_question_is_listed_with_one_line(folder: Path, capsys: Capture) -> None:
    assert main(["ask"], {"DESK_DATA": str(folder)}) == 0
    lines = capsys.readouterr().out.splitlines()[1:]
    assert [line.split()[0] for line in lines] == list(QUESTIONS)
    assert "--by department|service_type|district|week|month" in next(line for line in lines if "compliance" in line)


@pytest.mark.parametrize("name", list(QUESTIONS))
def test_every_question_in_every_way_answers_with_exactly_four_keys(name: str, folder: Path, capsys: Capture) -> None:
    for by in QUESTIONS[name].ways:
        answer = ask(folder, capsys, name, *ALWAYS.get(name, []), *(["--by", by] if by else []))
        assert list(answer) == ["question", "filters", "as_of", "rows"]
        assert (answer["question"], answer["as_of"]) == (name, "2026-07-10T12:00:00")


def test_totals_are_those_of_the_page(folder: Path, capsys: Capture) -> None:
    (row,) = ask(folder, capsys, "totals", "--goals", "promises")["rows"]
    filters, as_of = RequestFilter(goals="promises"), datetime(2026, 7, 10, 12)
    with open_database(Settings(folder)).reader().connect() as connection:
        page = backlog.totals(connection, filters, as_of=as_of).iloc[0]
    assert row == {name: int(page[name]) if name.endswith("count") else page[name] for name in row}
    assert (row["open_count"], row["overdue_count"]) == (2, 1)


def test_what_is_empty_is_null_and_moments_are_iso(folder: Path, capsys: Capture) -> None:
    columns = "sr_number,created_at,closed_at,due_at,due_source,verdict,age_days,is_open,repeat_kind"
    rows = ask(folder, capsys, "requests", "--columns", columns)["rows"]
    assert [row["sr_number"] for row in rows] == ["late", "met", "newest"]
    assert rows[0] == {
        "sr_number": "late",
        "created_at": "2026-07-01T09:00:00",
        "closed_at": None,
        "due_at": "2026-07-06T09:00:00",
        "due_source": "computed",
        "verdict": "missed",
        "age_days": 9.125,
        "is_open": True,
        "repeat_kind": None,
    }


def test_filters_choose_and_are_told(folder: Path, capsys: Capture) -> None:
    answer = ask(
        folder, capsys, "requests", "--department", "street services", "--district", "10", "--columns", "sr_number"
    )
    assert answer["rows"] == [{"sr_number": "met"}]
    assert answer["filters"] == {
        "departments": ["BSS"],
        "districts": ["10"],
        "population": "residents",
        "goals": "working",
    }


def test_as_of_an_earlier_moment_the_request_was_not_late_yet(folder: Path, capsys: Capture) -> None:
    (row,) = ask(folder, capsys, "totals", "--as-of", "2026-07-06 08:59")["rows"]
    assert (row["open_count"], row["overdue_count"]) == (1, 0)


def test_a_period_is_the_days_named_both_included(folder: Path, capsys: Capture) -> None:
    given = ["compliance", "--by", "department", "--from", "2026-07-06", "--to", "2026-07-06"]
    answer = ask(folder, capsys, *given)
    assert answer["filters"]["period"] == "2026-07-06..2026-07-06"
    assert [(row["key"], row["met_count"], row["due_count"]) for row in answer["rows"]] == [("BSS", 1, 2)]
    assert ask(folder, capsys, *given[:4], "2026-07-07")["rows"][0]["due_count"] == 0


def test_csv_begins_with_its_header_and_says_what_it_is_where_asked(folder: Path, capsys: Capture) -> None:
    command = ["ask", "totals", "--format", "csv", "--goals", "promises"]
    assert main(command, {"DESK_DATA": str(folder)}) == 0
    plain = capsys.readouterr().out.splitlines()
    assert plain[0].startswith("open_count,")
    assert main([*command, "--about"], {"DESK_DATA": str(folder)}) == 0
    lines = capsys.readouterr().out.splitlines()
    comments = [row[0] for row in csv.reader(lines[: -len(plain)])]
    assert "# As of: 2026-07-10 12:00:00" in comments
    assert "# Filters: population=residents; goals=promises" in comments
    assert any(line.startswith("# Overdue (requests): Open past the due date.") for line in comments)
    assert lines[-len(plain) :] == plain


def test_a_workbook_holds_the_rows_and_what_they_are(folder: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "requests.xlsx"
    command = ["ask", "requests", "--columns", "sr_number,address,created_at", "--format", "xlsx", "--out", str(out)]
    assert main(command, {"DESK_DATA": str(folder)}) == 0
    assert str(out) in capsys.readouterr().out
    book = CalamineWorkbook.from_path(str(out))
    assert book.sheet_names == ["Data", "About"]
    rows = book.get_sheet_by_name("Data").to_python()
    assert rows[0] == ["sr_number", "address", "created_at"]
    assert {row[0]: row[1] for row in rows[1:]}["newest"] == "=HYPERLINK(1)"
    assert isinstance(rows[1][2], datetime)
    about = dict(row[:2] for row in book.get_sheet_by_name("About").to_python() if len(row) > 1)
    assert about["As of"] == "2026-07-10 12:00:00"
    assert about["Rows"] == f"{len(rows) - 1}"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--format", "xlsx"], "needs --out FILE"),
        (["--format", "json", "--about"], "--about is for --format csv"),
        (["--format", "csv", "--about", "--bare"], "not with --bare"),
        (["--format", "csv", "--out", "/no/such/folder/x.csv"], "there is no folder"),
    ],
)
def test_ways_to_write_that_cannot_be_are_told(folder: Path, capsys: Capture, more: list[str], words: str) -> None:
    assert main(["ask", "totals", *more], {"DESK_DATA": str(folder)}) == 2
    assert words in capsys.readouterr().err


def test_no_cell_of_a_csv_starts_a_formula(folder: Path, capsys: Capture) -> None:
    command = ["ask", "requests", "--columns", "sr_number,address", "--format", "csv", "--bare"]
    assert main(command, {"DESK_DATA": str(folder)}) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {row["sr_number"]: row["address"] for row in rows}["newest"] == "'=HYPERLINK(1)"


def test_a_table_says_when_there_are_more_rows(folder: Path, capsys: Capture) -> None:
    assert main(["ask", "queue", "--limit", "1"], {"DESK_DATA": str(folder)}) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    write(folder, [open_request(sr_number=f"{number}") for number in range(51)])
    assert main(["ask", "queue"], {"DESK_DATA": str(folder)}) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 + 50 + 1
    assert "there are more" in lines[-1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], ["nonsense", "totals", "waterfall"]),
        (["requests", "--columns", "sr_number,colour"], ["colour", "created_at", "verdict"]),
        (["compliance", "--by", "colour"], ["colour", "department, service_type, district, week, month"]),
        (["totals", "--by", "week"], ["week", "totals"]),
        (["totals", "--department", "Nowhere"], ["Nowhere", "BSS", "LASAN"]),
        (["totals", "--district", "99"], ["99", "4, 10"]),
        (["totals", "--population", "all"], ["all", "residents, eligible, raw"]),
        (["totals", "--goals", "all"], ["all", "promises, working"]),
        (["totals", "--format", "xml"], ["xml", "table, csv, json, xlsx"]),
        (["totals", "--as-of", "yesterday"], ["yesterday", "2026-07-01"]),
        (["totals", "--as-of", "2099-01-01"], ["2099-01-01", "2026-07-10 12:00"]),
        (["totals", "--as-of", "1999-01-01"], ["1999-01-01", "2026-07-01 09:00"]),
        (["totals", "--from", "2026-07-01"], ["totals", "--from", "--as-of"]),
        (["compliance", "--to", "2026-07-01"], ["--to needs --from"]),
        (["compliance", "--from", "2026-07-05", "--to", "2026-07-01"], ["2026-07-05..2026-07-01"]),
        (["compliance", "--period", "soon"], ["soon", "last_4_weeks"]),
        (["loads", "--department", "BSS"], ["loads", "--department"]),
        (["totals", "--columns", "sr_number"], ["totals", "--columns"]),
        (["queue", "--lane", "fast"], ["fast", "can_be_kept"]),
        (["plan", "--room", "3"], ["--room", "--department"]),
        (["plan", "--department", "BSS", "--room", "-3"], ["--room -3"]),
        (["request"], ["request", "--sr-number"]),
        (["queue", "--limit", "0"], ["--limit 0"]),
    ],
)
def test_what_cannot_be_asked_is_told_in_one_line_with_what_can(
    arguments: list[str], words: list[str], folder: Path, capsys: Capture
) -> None:
    told = refusal(folder, capsys, *arguments)
    for word in words:
        assert word in told


def test_a_database_without_requests_says_how_to_load_them(tmp_path: Path, capsys: Capture) -> None:
    assert "python -m db load" in refusal(tmp_path, capsys, "totals")
    main(["init"], {"DESK_DATA": str(tmp_path)})
    capsys.readouterr()
    assert "python -m db load" in refusal(tmp_path, capsys, "totals")


def test_a_request_that_is_not_there_is_said_beside_the_empty_answer(folder: Path, capsys: Capture) -> None:
    assert main(["ask", "request", "--sr-number", "1-0"], {"DESK_DATA": str(folder)}) == 0
    told = capsys.readouterr()
    assert told.err == 'no request "1-0" as of 2026-07-10 12:00: see --sr-number and --as-of\n'
    assert "no rows" in told.out
    assert ask(folder, capsys, "request", "--sr-number", "1-0")["rows"] == []


def test_a_list_holds_what_was_computed_beside_what_is_stored(folder: Path, capsys: Capture) -> None:
    columns = "sr_number,repeat_kind,repeat_of,breach_risk,rank"
    rows = ask(folder, capsys, "requests", "--columns", columns)["rows"]
    assert [list(row) for row in rows] == [columns.split(",")] * len(ROWS)
    assert {row["sr_number"] for row in rows if row["rank"] is not None} == {"late", "newest"}
