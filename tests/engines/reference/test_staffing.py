"""Staffing files: what is refused, with its line, and what the history makes of the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, insert, select

from db.__main__ import main
from db.ingest.reference.csv_rows import RowsRefusedError
from db.ingest.reference.staffing import load
from db.model.schema import department_aliases, departments, metadata, requests, staffing
from db.storage.database import EmbeddedDatabase
from tests.builders import open_request

HEADER = "department,as_of_on,fte_authorised,fte_filled,request_share,basis,source\n"
Write = Callable[..., Path]


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("duckdb:///:memory:")
    metadata.create_all(engine)
    listed = [
        {"department": "BSL", "name": "Bureau of Street Lighting"},
        {"department": "BSS", "name": "Street Services"},
        {"department": "LSD", "name": "Lot cleaning", "valid_to": date(2024, 6, 30), "successor": "BSS"},
    ]
    with engine.begin() as opened:
        for row in listed:
            opened.execute(insert(departments).values(**row))
        for alias in ("Street Lighting", "BSL Yard"):
            opened.execute(insert(department_aliases).values(department="BSL", alias=alias))
        yield opened
    engine.dispose()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def file(*lines: str, header: str = HEADER) -> Path:
        path = tmp_path / "staffing.csv"
        path.write_text(header + "\n".join(lines) + "\n", encoding="utf-8-sig")
        return path

    return file


def stored(connection: Connection) -> list[tuple]:
    return sorted(tuple(row) for row in connection.execute(select(staffing)))


def refusal(connection: Connection, path: Path) -> list[str]:
    with pytest.raises(RowsRefusedError) as refused:
        load(connection, path)
    assert stored(connection) == []
    return refused.value.problems


def test_a_department_is_known_by_code_name_or_alias_in_any_case(connection, write):
    path = write("bsl,2024-01-01,10,8,0.5,reported,budget", "street  lighting,2024-02-01,10,7,,Reported,")
    assert load(connection, path).inserted == 2
    assert stored(connection) == [
        ("BSL", date(2024, 1, 1), 10, 8, 0.5, "reported", "budget"),
        ("BSL", date(2024, 2, 1), 10, 7, 1.0, "reported", None),
    ]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("BSL,2024-01-01,10,11,1,reported,", "fte_filled 11 is more than fte_authorised 10"),
        ("BSL,2024-01-01,-10,-11,1,reported,", "fte_authorised -10 is negative"),
        ("BSL,2024-01-01,10,-1,1,reported,", "fte_filled -1 is negative"),
        ("Parks,2024-01-01,10,9,1,reported,", 'department "Parks" is unknown'),
        ("BSL,01/02/2024,10,9,1,reported,", 'as_of_on "01/02/2024" is not a date'),
        ("BSL,2024-02-30,10,9,1,reported,", 'as_of_on "2024-02-30" is not a date'),
        ("BSL,2024-01-01,ten,9,1,reported,", 'fte_authorised "ten" is not a number'),
        ("BSL,2024-01-01,inf,9,1,reported,", 'fte_authorised "inf" is not a number'),
        ("BSL,2024-01-01,10,,1,reported,", 'fte_filled "" is not a number'),
        ("BSL,2024-01-01,10,9,0,reported,", "request_share 0 is not above 0"),
        ("BSL,2024-01-01,10,9,1.5,reported,", "request_share 1.5 is not above 0 and at most 1"),
        ("BSL,2024-01-01,10,9,1,guess,", 'basis "guess" is not one of reported, illustrative'),
    ],
)
def test_a_wrong_row_is_named_with_its_line_and_nothing_is_loaded(connection, write, row, words):
    (problem,) = refusal(connection, write("BSS,2024-01-01,10,9,1,reported,", row))
    assert problem.startswith("line 3: ")
    assert words in problem


def test_a_file_as_the_desk_and_as_a_spreadsheet_write_it(connection, write):
    header = "# Staffing, by department\ndepartment;as_of_on;fte_authorised;fte_filled;basis\n"
    assert load(connection, write('BSL;2024-01-01;"3,512";2890;reported', header=header)).inserted == 1
    assert stored(connection) == [("BSL", date(2024, 1, 1), 3512, 2890, 1.0, "reported", None)]


def test_every_wrong_row_is_named_at_once(connection, write):
    problems = refusal(connection, write("X,2024-01-01,10,9,1,reported,", "BSL,2024-01-01,1,2,1,reported,"))
    assert [problem.split(":")[0] for problem in problems] == ["line 2", "line 3"]


def test_zero_filled_is_a_figure(connection, write):
    assert load(connection, write("BSL,2024-01-01,10,0,1,reported,")).inserted == 1


def test_two_figures_for_one_day_are_refused_even_when_equal(connection, write):
    row = "BSL,2024-01-01,10,9,1,reported,"
    (problem,) = refusal(connection, write(row, row.replace("BSL", "BSL Yard")))
    assert problem == "line 3: BSL on 2024-01-01 has a figure in line 2 already; keep one."


def test_loading_the_same_file_again_changes_nothing(connection, write):
    path = write("BSL,2024-01-01,10,9,1,reported,")
    load(connection, path)
    again = load(connection, path)
    assert (again.inserted, again.unchanged) == (0, 1)
    assert len(stored(connection)) == 1


def test_another_figure_for_a_stored_day_needs_to_be_a_correction(connection, write):
    load(connection, write("BSL,2024-01-01,10,9,1,reported,"))
    path = write("BSL,2024-01-01,10,8,1,reported,")
    with pytest.raises(RowsRefusedError, match=r"stored as 9 of 10 filled.*--correct"):
        load(connection, path)
    assert load(connection, path, correct=True).corrected == 1
    assert stored(connection) == [("BSL", date(2024, 1, 1), 10, 8, 1, "reported", None)]


def test_a_figure_after_a_department_ended_goes_to_its_successor(connection, write):
    done = load(connection, write("LSD,2024-06-30,5,4,1,reported,", "LSD,2024-07-01,5,4,1,reported,"))
    assert [row[0] for row in stored(connection)] == ["BSS", "LSD"]
    assert any("Line 3" in notice and "successor BSS" in notice for notice in done.notices)


def test_late_starts_long_gaps_and_missing_departments_are_told(connection, write):
    connection.execute(insert(requests), [open_request("2023-01-02 09:00", department=name) for name in ("BSL", "BSS")])
    done = load(connection, write("BSL,2023-06-01,10,9,1,reported,", "BSL,2025-06-01,10,9,1,reported,"))
    assert "BSL: figures start on 2023-06-01, requests on 2023-01-02; no staffing in between." in done.notices
    assert any("no figure between 2023-06-01 and 2025-06-01" in notice for notice in done.notices)
    assert any(notice.startswith("No figure for BSS") for notice in done.notices)


def test_a_file_of_another_kind_is_refused_with_the_columns_it_lacks(connection, write):
    path = write("1,2", header="department,posts\n")
    with pytest.raises(ValueError, match="no column as_of_on, fte_authorised, fte_filled, basis"):
        load(connection, path)


def test_a_database_without_departments_says_what_to_load_first(connection, write):
    connection.execute(departments.delete())
    with pytest.raises(ValueError, match="load the city's requests first"):
        load(connection, write("BSL,2024-01-01,10,9,1,reported,"))


def test_the_command_loads_lists_and_refuses(tmp_path, write, capsys):
    environ = {"DESK_DATA": str(tmp_path / "data"), "DESK_CITY": "los_angeles"}
    with EmbeddedDatabase(tmp_path / "data").write(datetime(2026, 7, 1)) as opened:
        opened.execute(insert(departments).values(department="BSL", name="Street Lighting"))
    path = write("BSL,2024-01-01,10,8,0.5,reported,budget")
    assert main(["staffing", "list"], environ) == 0
    assert "No staffing figures yet" in capsys.readouterr().out
    assert main(["staffing", "load", str(path)], environ) == 0
    assert "1 new, 0 corrected, 0 as before" in capsys.readouterr().out
    assert main(["staffing", "list"], environ) == 0
    assert "8 of 10 filled, 50% on requests, reported, budget" in capsys.readouterr().out
    assert main(["staffing", "load", str(write("BSL,2024-02-01,10,12,1,reported,"))], environ) == 2
    assert "staffing.csv line 2: fte_filled 12 is more than fte_authorised 10" in capsys.readouterr().out
