"""A small table as people save it: any delimiter and encoding, comments, and each wrong row named by its line."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from db.ingest.reference.csv_rows import Problems, RowsRefusedError, read_rows
from db.rules.errors import DeskError

REQUIRED, OPTIONAL = ("name", "posts"), ("note",)


def rows(tmp_path: Path, content: str | bytes) -> list[tuple[int, list[str]]]:
    path = tmp_path / "table.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return [(row.line, list(row.cells.values())) for row in read_rows(path, REQUIRED, OPTIONAL)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_usual_way_of_saving_a_table_is_read(
    tmp_path: Path, delimiter: str, encoding: str, line_end: str
) -> None:
    lines = [delimiter.join(words) for words in (("Posts", " NAME ", "Note"), ("3", "Peña", ""), ("4", "Ost", "x"))]
    assert rows(tmp_path, line_end.join(lines).encode(encoding)) == [(2, ["Peña", "3", ""]), (3, ["Ost", "4", "x"])]


def test_lines_keep_their_number_beside_comments_empty_lines_and_values_of_several_lines(tmp_path: Path) -> None:
    text = '# made by the desk\n\nname,posts,note\n# a remark\na,1,"two\nlines"\n,,\nb,2,x\u2028y\n'
    assert rows(tmp_path, text) == [(5, ["a", "1", "two\nlines"]), (8, ["b", "2", "x\u2028y"])]


def test_a_column_that_is_missing_is_told_with_how_the_file_was_read(tmp_path: Path) -> None:
    with pytest.raises(DeskError) as refused:
        rows(tmp_path, "\ufeffname;headcount\na;1\n")
    assert str(refused.value) == (
        "table.csv has no column posts; expected name, posts, note (read as UTF-8 with a mark with semicolons between "
        "the values)"
    )
    with pytest.raises(DeskError, match="has no column name, posts"):
        rows(tmp_path, "# only a remark\n")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeskError, match=r"is no text; save the table as CSV"):
        rows(tmp_path, b"PK\x03\x04\x81\x8d\x8f")


@pytest.mark.parametrize(
    ("text", "number"), [("3512", 3512.0), ("3,512", 3512.0), ("1,234,567.5", 1234567.5), ("2.5", 2.5)]
)
def test_digits_may_be_grouped_in_threes(tmp_path: Path, text: str, number: float) -> None:
    path = tmp_path / "table.csv"
    path.write_text(f'name,posts\na,"{text}"\n', encoding="utf-8")
    assert read_rows(path, REQUIRED)[0].number("posts") == number


@pytest.mark.parametrize("text", ["3,51", "35,12", "1.234,5", "", "ten", "3 512"])
def test_any_other_comma_is_no_number(tmp_path: Path, text: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(f'name,posts\na,"{text}"\n', encoding="utf-8")
    with pytest.raises(DeskError, match=f'posts "{text}" is not a number'):
        read_rows(path, REQUIRED)[0].number("posts")


def test_every_problem_is_told_once_by_line_and_only_then_is_the_file_refused() -> None:
    problems = Problems("table.csv", "loaded")
    problems.refuse()
    for line, text in ((11, "b is wrong"), (2, "a is wrong"), (11, "b is wrong")):
        with problems.of_line(line):
            raise DeskError(text)
    with pytest.raises(RowsRefusedError) as refused:
        problems.refuse()
    assert refused.value.problems == ["line 2: a is wrong.", "line 11: b is wrong."]
    assert str(refused.value) == "table.csv: 2 wrong; nothing was loaded: line 2: a is wrong. line 11: b is wrong."


def test_a_fault_of_the_desk_is_no_problem_of_a_row() -> None:
    problems = Problems("table.csv", "loaded")
    with pytest.raises(ZeroDivisionError), problems.of_line(1):
        1 / 0  # noqa: B018


def test_a_workbook_is_read_below_its_title(tmp_path: Path) -> None:
    path = tmp_path / "posts.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet("Posts")
        sheet.write(0, 0, "Posts by department")
        for place, name in enumerate(("department", "day", "posts")):
            sheet.write(2, place, name)
        sheet.write(3, 0, "Parks")
        sheet.write(3, 1, datetime(2026, 3, 1), workbook.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write(3, 2, 1250)
    (row,) = read_rows(path, ("department", "day", "posts"))
    assert (row.cells["department"], row.day("day"), row.number("posts")) == ("Parks", date(2026, 3, 1), 1250)
