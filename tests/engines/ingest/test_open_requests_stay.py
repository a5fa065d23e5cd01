"""No open request is lost to the way a file is written: only a number and a usable creation are needed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from db.__main__ import main
from db.ingest.requests.gone_wrong import TooManyRejectedError
from db.ingest.requests.load import load_files
from db.model import schema
from db.model.filters import RequestFilter
from db.queries.queue import backlog
from db.rules.vocabulary import BITS, Flag
from db.storage.database import Database
from desk import needs_demo
from tests.engines.ingest.loading import NOW, case, database_in, load, one, stored, write_cases
from tests.engines.ingest.springfield import write_profile, write_requests

OPEN = {"Status": "New", "ClosedDate": ""}


def springfield(folder: Path, *rows: str) -> Database:
    database = database_in(folder)
    path = write_requests(folder / "requests.csv", *rows)
    load_files(database, [path], city=str(write_profile(folder)), now=NOW)
    return database


@pytest.mark.parametrize(
    "word",
    [
        *("NULL", "null", "None", "nan", "NaT", "N/A", "n/a", "-", "--", "(null)", "\\N", "#N/A", "<NA>", " NULL "),
        *(f"NULL{' ' * 30}", f"{' ' * 30}n/a"),
        *("0000-00-00 00:00:00", "0000-00-00", "1900-01-01", "1900-01-01T00:00:00", "01/01/1900 12:00:00 AM"),
        *("0001-01-01T00:00:00", "9999-12-31", "1970-01-01 00:00:00", "0"),
    ],
)
def test_a_word_for_nothing_is_an_empty_moment(tmp_path: Path, word: str) -> None:
    database = database_in(tmp_path)
    report = load(database, write_cases(tmp_path / "cases.csv", case(1, **OPEN | {"ClosedDate": word})))
    assert (report.inserted, report.rejected, dict(report.flags)) == (1, 0, {})
    row = one(database)
    assert (row["status"], row["closed_at"] is None or row["closed_at"] != row["closed_at"]) == ("open", True)


@pytest.mark.parametrize("column", ["Owner", "AssignTo", "RequestSource", "ResolutionCode", "Address", "CD", "NCName"])
def test_a_word_for_nothing_is_nothing_in_every_column(tmp_path: Path, column: str) -> None:
    database = database_in(tmp_path)
    empty = load(database, write_cases(tmp_path / "empty.csv", case(1, **{column: ""})))
    assert load(database, write_cases(tmp_path / "null.csv", case(1, **{column: "NULL"}))).unchanged == 1
    assert empty.inserted == 1


def test_words_for_nothing_give_the_figures_of_empty_cells(tmp_path: Path) -> None:
    figures = []
    for name, word in (("empty", ""), ("null", "NULL")):
        rows = [case(n, **({"ClosedDate": word, "Status": "New"} if n % 3 else {})) for n in range(30)]
        folder = tmp_path / name
        folder.mkdir()
        database = database_in(folder)
        load(database, write_cases(folder / "cases.csv", *rows))
        with database.reader().connect() as connection:
            figures.append(backlog.totals(connection, RequestFilter(), as_of=NOW))
    assert figures[0].equals(figures[1])
    assert figures[0]["open_count"].iloc[0] == 20


@pytest.mark.parametrize("written", ["01/12/3020 09:00:00 AM", "01/12/0024 09:00:00 AM", "02/30/2026 09:00:00 AM", "?"])
def test_a_closing_that_cannot_be_is_unknown_and_flagged(tmp_path: Path, written: str) -> None:
    database = database_in(tmp_path)
    report = load(database, write_cases(tmp_path / "cases.csv", case(1, ClosedDate=written)))
    assert dict(report.flags) == {"closed_without_date": 1, "unusable_closed_date": 1}
    row = one(database)
    assert (row["status"], row["closed_from"]) == ("closed", datetime(9999, 12, 31))


@pytest.mark.parametrize("written", ["01/12/3020 09:00:00 AM", "13/13/2026 01:00:00 AM", "08/01/2026 01:00:00 AM"])
def test_an_open_request_needs_no_usable_update(tmp_path: Path, written: str) -> None:
    database = database_in(tmp_path)
    load(database, write_cases(tmp_path / "cases.csv", case(1, UpdatedDate=written, **OPEN)))
    row = one(database)
    assert (row["status"], row["flags"]) == ("open", BITS[Flag.UNUSABLE_UPDATED_DATE])
    # An update in the future would make every later state of the request look stale.
    assert load(database, write_cases(tmp_path / "later.csv", case(1))).updated == 1


def test_an_unreadable_closing_without_a_status_is_a_closing_only_where_it_is_like_a_date(tmp_path: Path) -> None:
    header = "requestId,srnumber,typeName,createdDate,closedDate"
    rows = ["1,a,Graffiti,2022-09-19T10:00:00,2022-02-30", "2,b,Graffiti,2022-09-19T10:00:00,not yet"]
    path = tmp_path / "api.csv"
    path.write_text("\n".join([header, *rows]))
    database = database_in(tmp_path)
    load(database, path)
    assert stored(database).set_index("sr_number")["status"].to_dict() == {"a": "closed", "b": "open"}


@pytest.mark.parametrize(
    "written",
    [
        *("2999-12-31", "1/1/3000", "2079-06-06", "253402300799000", "1753-01-01", "1601-01-01T00:00:00", "1/0/1900"),
        *("12/31/1969 7:00 PM", "1969-12-31 16:00:00", "-62135596800000", "1901-01-01", "1980-01-01", "01-JAN-00"),
    ],
)
def test_a_date_that_stands_for_none_is_no_closing_where_no_status_says_so(tmp_path: Path, written: str) -> None:
    rows = [f"1,a,Graffiti,2022-09-19T10:00:00,{written}", "2,b,Graffiti,2022-09-19T10:00:00,2022-09-20T10:00:00"]
    path = tmp_path / "api.csv"
    path.write_text("\n".join(["requestId,srnumber,typeName,createdDate,closedDate", *rows, "3,c,Graffiti,2/13/2022,"]))
    database = database_in(tmp_path)
    load(database, path)
    found = stored(database).set_index("sr_number")
    assert found["status"].to_dict() == {"a": "open", "b": "closed", "c": "open"}
    assert not found.loc["a", "flags"] & BITS[Flag.UNUSABLE_CLOSED_DATE]


@pytest.mark.parametrize("due", ["2099-01-01 00:00", "9999-12-31", "2999-12-31T23:59:59"])
def test_a_due_date_that_stands_for_none_promises_nothing(tmp_path: Path, due: str) -> None:
    database = springfield(tmp_path, f"1,2025-06-02 09:00,,{due},open,PW,Pothole,41.88,-87.65,1")
    row = one(database)
    assert (pd.isna(row["due_at"]), row["flags"]) == (True, BITS[Flag.DUE_FAR_AWAY])


def test_one_due_date_for_most_requests_of_months_promises_nothing(tmp_path: Path) -> None:
    rows = [f"{n},2025-0{1 + n % 6}-02 09:00,,2030-01-01 00:00,open,PW,Pothole,41.88,-87.65,1" for n in range(40)]
    real = "99,2025-06-02 09:00,,2025-06-09 17:00,open,PW,Pothole,41.88,-87.65,1"
    found = stored(springfield(tmp_path, *rows, real)).set_index("sr_number")
    assert found["due_at"].notna().sum() == 1
    assert found.loc["99", "due_at"] == datetime(2025, 6, 9, 17)
    assert (found["flags"] == BITS[Flag.DUE_THE_SAME]).sum() == 40


def test_one_due_date_for_the_requests_of_a_day_is_a_promise(tmp_path: Path) -> None:
    rows = [f"{n},2025-06-02 09:{n},,2025-06-09,open,PW,Pothole,41.88,-87.65,1" for n in range(10, 50)]
    assert stored(springfield(tmp_path, *rows))["due_at"].notna().all()


def test_a_profile_without_outcomes_of_a_status_loads(tmp_path: Path) -> None:
    database = springfield(tmp_path, "1,2025-06-02 09:00,2025-06-03 09:00,,closed,PW,Pothole,41.88,-87.65,1")
    assert one(database)["outcome"] == "unknown"


def test_two_forms_of_an_unknown_type_are_one_type(tmp_path: Path) -> None:
    database = database_in(tmp_path)
    forms = ("Moon Dust", "MOON DUST", " moon  dust ")
    load(database, write_cases(tmp_path / "cases.csv", *(case(n, RequestType=form) for n, form in enumerate(forms))))
    assert set(stored(database)["service_type"]) == {"Moon Dust"}


def test_one_unknown_type_in_two_forms_in_two_files_is_one_type(tmp_path: Path) -> None:
    database = database_in(tmp_path)
    first = write_cases(tmp_path / "a.csv", case(1, RequestType="Moon Dust", RequestSource="Carrier Pigeon"))
    second = write_cases(tmp_path / "b.csv", case(2, RequestType="MOON  DUST", RequestSource="carrier pigeon"), case(3))
    load(database, first)
    load(database, second)
    assert stored(database)["service_type"].value_counts().to_dict() == {"Moon Dust": 2, "Item Pickups": 1}
    assert stored(database)["channel"].value_counts().to_dict() == {"Carrier Pigeon": 2, "Call": 1}
    assert load(database, second).unchanged == 2
    assert load(database, first).unchanged == 1


def test_decimal_commas_are_points(tmp_path: Path) -> None:
    path = write_cases(tmp_path / "cases.csv", case(1, Latitude="34,05", Longitude="-118,25"), delimiter=";")
    database = database_in(tmp_path)
    load(database, path)
    row = one(database)
    assert (row["latitude"], row["longitude"], row["location_quality"]) == (34.05, -118.25, "point")


@pytest.mark.parametrize(
    "location",
    [
        *("(34.05, -118.25)", "34.05, -118.25", "100 N MAIN ST\n(34.05, -118.25)", "POINT (-118.25 34.05)"),
        *("{'latitude': '34.05', 'longitude': '-118.25'}", '{"type": "Point", "coordinates": [-118.25, 34.05]}'),
    ],
)
def test_a_point_is_read_from_each_form_of_location(tmp_path: Path, location: str) -> None:
    database = database_in(tmp_path)
    load(database, write_cases(tmp_path / "cases.csv", case(1, Latitude="", Longitude="", Location=location)))
    row = one(database)
    assert (row["latitude"], row["longitude"]) == (34.05, -118.25)


@pytest.mark.parametrize("word", ["No Council", "NO NEIGHBORHOOD COUNCIL", "Not assigned", "Unassigned", "0"])
def test_a_word_for_no_council_is_none(tmp_path: Path, word: str) -> None:
    database = database_in(tmp_path)
    load(database, write_cases(tmp_path / "cases.csv", case(1, NCName=word), case(2, NCName="NORTH HOLLYWOOD NE")))
    assert stored(database).set_index("sr_number")["neighborhood_council"].fillna("").to_dict() == {
        "1": "",
        "2": "NORTH HOLLYWOOD NE",
    }


def test_closing_texts_are_matched_with_their_white_space_folded(tmp_path: Path) -> None:
    header = "case_enquiry_id,open_dt,target_dt,closed_dt,ontime,case_status,closure_reason,type"
    text = "Case Closed  Case Resolved\t duplicate   case"
    path = tmp_path / "boston.csv"
    path.write_text(f'{header}\n1,2011-10-03 09:00:00,,2011-10-04 09:00:00,ONTIME,Closed,"{text}",Rodent Activity\n')
    database = database_in(tmp_path)
    load(database, path, city="boston")
    assert one(database)["outcome"] == "duplicate"


@pytest.fixture
def cron(tmp_path: Path) -> dict[str, str]:
    return {"DESK_DATA": str(tmp_path / "data")}


def test_a_file_without_a_usable_row_publishes_nothing_and_exits_with_3(
    tmp_path: Path, cron: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_cases(tmp_path / "cases.csv", *(case(n, CreatedDate="soon") for n in range(3)))
    assert main(["load", "--city", "los_angeles", str(path)], cron) == 3
    told = capsys.readouterr().err
    assert (
        'none can be kept; nothing was published: 3 rejected, such as line 2: CreatedDate "soon" is not a date' in told
    )
    assert "mend the column that is named" in told
    assert len(told.splitlines()) == 1
    database = database_in(tmp_path)
    assert database.is_empty()
    # Empty, not untouched: the desk says so, and puts no generated city in the place of the data.
    assert not needs_demo(database, NOW)


def test_a_generated_city_is_made_only_where_nobody_made_tables_or_tried_to_load(
    tmp_path: Path, cron: dict[str, str]
) -> None:
    assert needs_demo(database_in(tmp_path), NOW)
    main(["init"], cron)
    assert not needs_demo(database_in(tmp_path), NOW)


def test_more_than_one_row_of_a_hundred_rejected_is_a_load_that_went_wrong(tmp_path: Path) -> None:
    rows = [case(n, **({"CaseNumber": ""} if n < 2 else {})) for n in range(100)]
    path = write_cases(tmp_path / "cases.csv", *rows)
    database = database_in(tmp_path)
    with pytest.raises(TooManyRejectedError, match="2 of 100 rows rejected, more than 1%"):
        load(database, path, accept_rejects=False)
    assert load(database, path, accept_rejects=False, most_rejected=0.02).inserted == 98


def test_rejects_that_are_accepted_are_told_and_seen_by_check(
    tmp_path: Path, cron: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_cases(tmp_path / "cases.csv", case(1), case(2, CaseNumber=""))
    assert main(["load", "--city", "los_angeles", "--accept-rejects", str(path)], cron) == 0
    assert "1 rejected, such as line 3: CaseNumber is empty" in capsys.readouterr().out
    main(["check"], cron)
    assert "1 of 2 rows were rejected" in capsys.readouterr().out


def test_far_fewer_open_requests_than_are_stored_are_warned_of(tmp_path: Path) -> None:
    database = database_in(tmp_path)
    load(database, write_cases(tmp_path / "before.csv", *(case(n, **(OPEN if n % 2 else {})) for n in range(100))))
    report = load(database, write_cases(tmp_path / "after.csv", *(case(n) for n in range(100))))
    assert report.notes[0].startswith(
        "WARNING: 0.0% of this file's requests are open (0 of 100), but 50.0% of those stored"
    )


@pytest.mark.parametrize("count", [1_000, 999])
def test_as_many_rows_as_a_page_of_an_interface_are_warned_of(tmp_path: Path, count: int) -> None:
    report = load(database_in(tmp_path), write_cases(tmp_path / "page.csv", *(case(n) for n in range(count))))
    assert [note[:28] for note in report.notes] == ["WARNING: exactly 1,000 rows"][: count == 1_000] or (
        report.notes[0].startswith("WARNING: exactly 1,000 rows")
    )


def test_numbers_that_a_spreadsheet_cut_are_refused_with_the_way_out(tmp_path: Path) -> None:
    path = write_cases(tmp_path / "cut.csv", *(case(0, CaseNumber="1.01001E+11") for _ in range(3)))
    with pytest.raises(TooManyRejectedError, match="was cut by a spreadsheet: show the column as a number"):
        load(database_in(tmp_path), path, accept_rejects=False)


def test_a_number_that_became_a_decimal_is_the_same_number(tmp_path: Path) -> None:
    database = database_in(tmp_path)
    load(database, write_cases(tmp_path / "cases.csv", case(0, CaseNumber="13066838.0")))
    assert one(database)["sr_number"] == "13066838"
    assert stored(database, schema.rejected_rows).empty
