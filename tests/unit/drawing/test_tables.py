"""What is taken away as CSV says what it is and cannot harm a spreadsheet."""

from __future__ import annotations

import io
from urllib.parse import parse_qs

import pandas as pd

from components.drawing.tables import header, to_csv
from components.links import Options, parse

OPTIONS = Options(lists={"district": {"4": "4", "Los Feliz": "Los Feliz"}})
VIEW = parse({"district": ["4"]}, OPTIONS)


def test_an_export_carries_definition_filters_and_moment_above_its_rows() -> None:
    text = to_csv(pd.DataFrame({"open_count": [3]}), header("Backlog", VIEW, ["open_count"])).decode("utf-8-sig")
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert comments[0] == "# Backlog"
    assert "# As of: Sat 1 Jan 2000, 00:00" in comments
    assert any("district 4" in line and "published goals only" in line for line in comments)
    assert any("are open at the moment described" in line for line in comments)
    assert comments[-1] == "# Rows: 1"
    assert pd.read_csv(io.StringIO(text), comment="#")["open_count"].tolist() == [3]


def test_the_filters_of_an_export_lead_back_to_what_it_holds() -> None:
    link = {"district": ["4", "Los Feliz"], "period": ["last_4_weeks"], "as_of": ["2000-01-01T00:00"]}
    view = parse(link, OPTIONS)
    lines = header("Backlog", view, uses_period=True)
    filters = next(line for line in lines if line.startswith("Filters")).partition(": ")[2]
    assert parse(parse_qs(filters), OPTIONS) == view
    assert "period=" not in "".join(header("Backlog", view))


def test_no_cell_starts_a_formula_and_numbers_stay_numbers() -> None:
    frame = pd.DataFrame(
        {"address": ["=HYPERLINK(1)", "+1", "-1", "@x", "\tx", "10 MAIN", None], "change": range(-3, 4)}
    )
    read = pd.read_csv(io.BytesIO(to_csv(frame, ["x"])), comment="#", encoding="utf-8-sig")
    assert read["address"].tolist()[:6] == ["'=HYPERLINK(1)", "'+1", "'-1", "'@x", "'\tx", "10 MAIN"]
    assert pd.isna(read["address"].iloc[6])
    assert read["change"].tolist() == list(range(-3, 4))


def test_a_line_break_in_the_header_cannot_become_a_row() -> None:
    assert to_csv(pd.DataFrame({"a": [1]}), ["one\ntwo"]).decode("utf-8-sig") == "# one two\n# Rows: 1\na\n1\n"
