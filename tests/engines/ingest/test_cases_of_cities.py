"""What other cities' files once did to the figures, each loaded and asked as an analyst does it at the terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from db.__main__ import main
from db.rules.vocabulary import BITS, Flag
from tests.engines.ingest.loading import database_in, stored
from tests.engines.ingest.springfield import HEADER as SPRINGFIELD
from tests.engines.ingest.springfield import PROFILE, write_profile

HEADER = "SRNumber,CreatedDate,UpdatedDate,Owner,RequestType,Status,ClosedDate,Address,Latitude,Longitude"
AS_OF = "2026-03-13 10:00"
Capture = pytest.CaptureFixture[str]


class Desk:
    """A data folder and the commands run on it; `told` is what the last one said."""

    def __init__(self, folder: Path, capsys: Capture) -> None:
        self.folder, self.capsys, self.told = folder, capsys, ""

    def run(self, *words: str) -> int:
        code = main(list(words), {"DESK_DATA": str(self.folder / "data")})
        out, err = self.capsys.readouterr()
        self.told = out + err
        return code

    def load(self, path: Path, city: str = "los_angeles") -> int:
        return self.run("load", "--city", city, str(path))

    def ask(self, *words: str) -> dict[str, Any]:
        """The first row of the answer."""
        assert self.run("ask", *words, "--format", "json") == 0, self.told
        answer = json.loads(self.told)
        return (answer if isinstance(answer, list) else answer["rows"])[0]

    def open_and_overdue(self) -> tuple[int, int]:
        found = self.ask("totals", "--as-of", AS_OF)
        return found["open_count"], found["overdue_count"]

    def requests(self) -> dict[str, dict[str, Any]]:
        rows = stored(database_in(self.folder)).to_dict("records")
        return {row["sr_number"]: row for row in rows}


@pytest.fixture
def desk(tmp_path: Path, capsys: Capture) -> Desk:
    return Desk(tmp_path, capsys)


def row(number: str, *, created: str = "03/02/2026 09:00:00 AM", closed: str = "", **other: str) -> str:
    """A graffiti removal, which Los Angeles promises within 72 hours; closed where `closed` says when."""
    cells = {"updated": created, "status": "Closed" if closed else "Open", "type": "Graffiti Removal"}
    cells |= {"latitude": "34.05", "longitude": "-118.25"} | other
    listed = (number, created, cells["updated"], "OCB", cells["type"], cells["status"], closed)
    return ",".join([*listed, "200 N SPRING ST", cells["latitude"], cells["longitude"]])


def table(path: Path, *rows: str, header: str = HEADER) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_01_words_for_nothing_leave_requests_open(desk: Desk) -> None:
    words = ("NULL", "None", "N/A", "nan", "NaT", "-", "(null)", "\\N", "0000-00-00")
    opened = [row(f"8-{n}", closed=word, status="Open") for n, word in enumerate(words)]
    done = row("9-8", closed="03/03/2026 08:00:00 AM")
    today = row("9-9", created="03/13/2026 09:00:00 AM")
    assert desk.load(table(desk.folder / "a.csv", *opened, done, today)) == 0
    assert "11 read = 11 inserted" in desk.told
    assert desk.open_and_overdue() == (10, 9)


def test_02_a_mistyped_year_loses_no_request(desk: Desk) -> None:
    rows = [
        row("a", closed="03/04/3026 08:00:00 AM"),
        row("b", updated="03/04/3026 08:00:00 AM"),
        row("c", closed="03/04/0026 08:00:00 AM"),
        row("d", closed="02/30/2026 08:00:00 AM"),
    ]
    assert desk.load(table(desk.folder / "a.csv", *rows)) == 0
    found = desk.requests()
    assert {number: one["status"] for number, one in found.items()} == {
        **dict.fromkeys("acd", "closed"),
        "b": "open",
    }
    assert all(found[number]["flags"] & BITS[Flag.UNUSABLE_CLOSED_DATE] for number in "acd")
    assert all(
        found[number]["closed_at"] != found[number]["closed_at"] or not found[number]["closed_at"] for number in "acd"
    )


def test_03_a_city_outside_the_package_needs_no_setting_after_its_first_load(desk: Desk) -> None:
    profile = write_profile(desk.folder)
    path = table(desk.folder / "a.csv", "7,2025-06-02 09:00,,,open,PW,Pothole,41.9,-87.6,4", header=SPRINGFIELD)
    assert desk.load(path, str(profile)) == 0
    profile.unlink()
    for command in (["check"], ["goals", "list"], ["ask", "totals"], ["load", str(path)], ["morning"]):
        assert desk.run(*command) == 0, desk.told
    assert "nothing changed" in (desk.run("load", str(path)), desk.told)[1]


def test_04_a_profile_without_outcomes_of_a_status_loads(desk: Desk) -> None:
    assert "[status_outcomes]" not in PROFILE
    line = "7,2025-06-02 09:00,2025-06-03 09:00,,completed,PW,Pothole,41.9,-87.6,4"
    path = table(desk.folder / "a.csv", line, header=SPRINGFIELD)
    assert desk.load(path, str(write_profile(desk.folder))) == 0
    assert desk.requests()["7"]["outcome"] == "unknown"


def test_05_moments_without_seconds_are_read(desk: Desk) -> None:
    written = ["3/9/2026 2:41 PM", "3/9/2026 14:41", "3/9/26 2:41 PM", "2026-03-09T14:41"]
    other = row("9", created="3/30/2026 9:05 AM")  # shows that the month stands first
    rows = [row(str(n), created=moment) for n, moment in enumerate(written)]
    assert desk.load(table(desk.folder / "a.csv", *rows, other)) == 0
    found = desk.requests()
    assert {found[str(n)]["created_at"] for n in range(len(written))} == {datetime(2026, 3, 9, 14, 41)}


def test_05_where_no_row_can_be_kept_the_load_fails_and_says_why(desk: Desk) -> None:
    path = table(desk.folder / "a.csv", *(row(str(n), created="last week") for n in range(4)))
    assert desk.load(path) == 3
    assert "4 of 4 rows rejected, none can be kept" in desk.told
    assert 'CreatedDate "last week" is not a date' in desk.told


def test_06_offsets_become_the_citys_clock(desk: Desk) -> None:
    rows = [
        "1,2025-07-09T23:10:05-05:00,2025-07-10T01:30:00-05:00,,closed,PW,Pothole,41.9,-87.6,4",
        "2,2025-07-10T02:00:00Z,,,open,PW,Pothole,41.9,-87.6,4",
        "3,2025-12-01T12:00:00+01:00,,,open,PW,Pothole,41.9,-87.6,4",
    ]
    path = table(desk.folder / "a.csv", *rows, header=SPRINGFIELD)
    assert desk.load(path, str(write_profile(desk.folder))) == 0
    found = desk.requests()
    assert (found["1"]["created_at"], found["1"]["closed_at"]) == (
        datetime(2025, 7, 9, 23, 10, 5),
        datetime(2025, 7, 10, 1, 30),
    )
    assert found["2"]["created_at"] == datetime(2025, 7, 9, 21)
    assert found["3"]["created_at"] == datetime(2025, 12, 1, 5)


def test_07_a_placeholder_is_no_promise(desk: Desk) -> None:
    due = ("2099-01-01 00:00:00", "9999-12-31 23:59:59", "2050-12-31")
    rows = [
        f"{n},2025-06-{1 + n:02} 09:00,{f'2025-06-{2 + n:02} 09:00' if n % 2 else ''},{due[n % 3]},"
        f"{'closed' if n % 2 else 'open'},PW,Pothole,41.9,-87.6,4"
        for n in range(26)
    ]
    path = table(desk.folder / "a.csv", *rows, header=SPRINGFIELD)
    assert desk.load(path, str(write_profile(desk.folder))) == 0
    totals = desk.ask("totals", "--as-of", "2025-06-29")
    assert (totals["open_count"], totals["overdue_count"], totals["no_goal_count"]) == (13, 0, 13)
    compliance = desk.ask("compliance", "--period", "everything")
    assert (compliance["with_goal_share"], compliance["closed_only_share"]) == (0, None)


def workbook(path: Path, *rows: list[Any]) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "m/d/yyyy h:mm"}) as book:
        sheet = book.add_worksheet("Report")
        for place, cells in enumerate(rows):
            sheet.write_row(place, 0, cells)
    return path


def test_08_a_workbook_is_read_and_reference_tables_too(desk: Desk) -> None:
    cells = ["8-1", datetime(2026, 3, 5, 9), datetime(2026, 3, 6, 9), "OCB", "Graffiti Removal", "Closed"]
    path = workbook(desk.folder / "report.xlsx", HEADER.split(",")[:6], cells)
    assert desk.load(path) == 0
    assert desk.requests()["8-1"]["created_at"] == datetime(2026, 3, 5, 9)
    posts = ["department", "as_of_on", "fte_authorised", "fte_filled", "basis"]
    staff = workbook(desk.folder / "staff.xlsx", posts, ["LASAN", datetime(2026, 1, 1), 100, 80, "reported"])
    assert desk.run("staffing", "load", str(staff)) == 0, desk.told
    wrong = workbook(desk.folder / "wrong.xlsx", ["a", "b"], [1, 2])
    assert desk.run("goals", "import", str(wrong)) == 2
    assert len(desk.told.splitlines()) == 1


def test_09_numbers_that_lost_their_leading_zeros_are_the_stored_requests(desk: Desk) -> None:
    whole = [row(f"00{n}", status="Open") for n in (70111, 70112, 70113)]
    cut = [row("70111", closed="03/03/2026 09:00:00 AM"), row("70112"), row("70113")]
    assert desk.load(table(desk.folder / "a.csv", *whole)) == 0
    assert desk.load(table(desk.folder / "b.csv", *cut)) == 0
    assert "1 updated, 2 unchanged" in desk.told
    assert "3 numbers differ from stored ones by leading zeros only, such as 70111 from 0070111" in desk.told
    assert desk.open_and_overdue()[0] == 2
    assert sorted(desk.requests()) == ["0070111", "0070112", "0070113"]


def test_10_numbers_that_a_spreadsheet_cut_are_refused(desk: Desk) -> None:
    numbers = ("2.02603E+09", "1,5E+12", "3e+10")
    assert desk.load(table(desk.folder / "a.csv", *(row(f'"{number}"') for number in numbers))) == 3
    assert "3 of 3 rows rejected" in desk.told
    assert 'SRNumber "2.02603E+09" was cut by a spreadsheet' in desk.told


def test_11_decimal_commas_are_points(desk: Desk) -> None:
    text = table(desk.folder / "a.csv", row("1", latitude="34|05", longitude="-118|25")).read_text()
    path = desk.folder / "b.csv"
    path.write_text(text.replace(",", ";").replace("|", ","))
    assert desk.load(path) == 0
    found = desk.requests()["1"]
    assert (found["latitude"], found["longitude"], found["flags"]) == (34.05, -118.25, 0)


def records() -> list[dict[str, str]]:
    return [dict(zip(HEADER.split(","), row(str(n)).split(","), strict=True)) for n in range(3)]


FORMS: dict[str, Callable[[], Any]] = {
    "geojson": lambda: {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": r} for r in records()],
    },
    "arcgis": lambda: {"exceededTransferLimit": True, "features": [{"attributes": r} for r in records()]},
    "socrata": lambda: {
        "meta": {"view": {"columns": [{"name": name} for name in HEADER.split(",")]}},
        "data": [list(r.values()) for r in records()],
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_12_forms_of_json_load_as_what_they_are(desk: Desk, form: str) -> None:
    path = desk.folder / "a.json"
    path.write_text(json.dumps(FORMS[form]()))
    assert desk.load(path) == 0
    assert "3 read = 3 inserted" in desk.told
    assert ("the server has more rows" in desk.told) == (form == "arcgis")


def test_13_as_many_rows_as_a_page_are_warned_of(desk: Desk) -> None:
    count = 5_000
    assert desk.load(table(desk.folder / "a.csv", *(row(f"8-{n}") for n in range(count)))) == 0
    assert f"WARNING: exactly {count:,} rows" in desk.told
    assert desk.load(table(desk.folder / "b.csv", *(row(f"8-{n}") for n in range(count + 1)))) == 0
    assert "WARNING" not in desk.told
