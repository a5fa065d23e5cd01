"""Headers are known by their columns: mixtures of a city's namings, other cities' words, titles above the header."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from db.ingest.requests.headers import match, words_of
from db.rules.errors import DeskError
from tests.engines.ingest.loading import CASE, case, database_in, load, stored, write_cases
from tests.engines.ingest.springfield import write_profile

# As cities of the United States name them; each with the headers of number, creation, closing, type and status.
NAMED = {
    "SR_NUMBER,SR_TYPE,STATUS,CREATED_DATE,LAST_MODIFIED_DATE,CLOSED_DATE,CREATED_HOUR,PARENT_SR_NUMBER": (
        *("SR_NUMBER", "CREATED_DATE", "CLOSED_DATE", "SR_TYPE", "STATUS"),
    ),
    "creation_date,status,completion_date,service_request_number,type_of_service_request,current_activity": (
        *("service_request_number", "creation_date", "completion_date", "type_of_service_request", "status"),
    ),
    "Service Request Number,Unnamed: 1,Service Request: Type Name,Work Order Number,Date/Time Opened,Date/Time Closed,"
    "Service Request Status,Work Order Status": (
        *("Service Request Number", "Date/Time Opened", "Date/Time Closed"),
        *("Service Request: Type Name", "Service Request Status"),
    ),
    "service_request_id,requested_datetime,closed_date,updated_datetime,status_description,status_notes,service_name": (
        *("service_request_id", "requested_datetime", "closed_date", "service_name", "status_description"),
    ),
    "CaseID,Opened,Closed,Updated,Status,Status Notes,Category": ("CaseID", "Opened", "Closed", "Category", "Status"),
    "Service Request (SR) Number,SR Description,SR Status,Status Change Date,Created Date,Close Date": (
        *("Service Request (SR) Number", "Created Date", "Close Date", "SR Description", "SR Status"),
    ),
    "ticket_id,issue_type,ticket_created_date_time,ticket_closed_date_time,ticket_status": (
        *("ticket_id", "ticket_created_date_time", "ticket_closed_date_time", "issue_type", "ticket_status"),
    ),
    "source_objectid,case_number,request_type,opened_date,closed_date,status,resolve_by_time": (
        *("case_number", "opened_date", "closed_date", "request_type", "status"),
    ),
    "OBJECTID,SERVICECODE,SERVICECODEDESCRIPTION,ADDDATE,RESOLUTIONDATE,SERVICEDUEDATE,SERVICEORDERSTATUS,"
    "SERVICEREQUESTID": (
        *("SERVICEREQUESTID", "ADDDATE", "RESOLUTIONDATE", "SERVICECODEDESCRIPTION", "SERVICEORDERSTATUS"),
    ),
    "Request #,Status,Request Type,Date / Time Opened,Date / Time Closed,Closed When Created": (
        *("Request #", "Date / Time Opened", "Date / Time Closed", "Request Type", "Status"),
    ),
}
ASKED = ("sr_number", "created_at", "closed_at", "source_service_type", "source_status")


@pytest.mark.parametrize("header", NAMED)
def test_the_headers_of_other_cities_are_found_by_their_words(header: str) -> None:
    titles = header.split(",")
    found = match(titles).columns
    assert tuple(titles[found[column]] for column in ASKED) == NAMED[header]


@pytest.mark.parametrize("title", ["CreatedDate", "CREATED_DATE", "Created Date", "createddate", "created-date"])
def test_a_header_is_the_same_words_however_they_are_joined(title: str) -> None:
    assert words_of(title) == {"created", "date"}


def boston(path: Path, header: str, row: str) -> Path:
    path.write_text(f"{header}\n{row}\n")
    return path


def test_a_mixture_of_a_citys_namings_loads(tmp_path: Path) -> None:
    path = boston(
        tmp_path / "mixed.csv",
        "case_enquiry_id,open_dt,TARGET_DT,closed_dt,OnTime_Status,case_status,type",
        "7,2011-10-03 09:00:00,2011-10-05 09:00:00,2011-10-04 09:00:00,ONTIME,Closed,Rodent Activity",
    )
    database = database_in(tmp_path)
    report = load(database, path, city=None)
    assert (report.city, report.inserted) == ("boston", 1)
    row = stored(database).iloc[0]
    assert (row["source_system"], str(row["due_at"])) == ("boston311", "2011-10-05 09:00:00")


def test_lines_of_a_title_above_the_header_are_skipped_and_counted(tmp_path: Path) -> None:
    path = write_cases(tmp_path / "cases.csv", case(1), case(2, CaseNumber=""))
    path.write_text('Service requests by department\n\n"Printed, on 1 June"\n' + path.read_text())
    database = database_in(tmp_path)
    report = load(database, path)
    assert (report.inserted, report.rejected) == (1, 1)
    assert report.notes[0].startswith("1 rejected, such as line 6: CaseNumber is empty")


def test_unnamed_and_repeated_headers_do_no_harm(tmp_path: Path) -> None:
    path = write_cases(tmp_path / "cases.csv", case(1))
    header, row = path.read_text().splitlines()
    path.write_text(f",{header},Status,\n0,{row},other,\n")
    database = database_in(tmp_path)
    load(database, path)
    assert stored(database).iloc[0]["source_status"] == CASE["Status"]


def test_a_file_of_other_headers_loads_for_the_city_that_is_named(tmp_path: Path) -> None:
    path = boston(
        tmp_path / "other.csv",
        "Service Request Number,Service Request: Type Name,Date/Time Opened,Date/Time Closed,Service Request Status",
        "SR20-1,Pothole,9/15/2020 2:41 PM,9/25/2020 2:50 PM,Completed",
    )
    database = database_in(tmp_path)
    report = load(database, path, city=str(write_profile(tmp_path)))
    assert report.inserted == 1
    assert 'created_at in "Date/Time Opened"' in report.notes[0]
    assert stored(database).iloc[0]["status"] == "closed"


def test_a_file_of_other_headers_is_not_taken_for_a_citys_without_being_told_so(tmp_path: Path) -> None:
    path = boston(tmp_path / "other.csv", "CaseID,Opened,Closed,Status,Category", "1,2020-01-01,,Open,Graffiti")
    with pytest.raises(DeskError, match=r"look like requests.*--city"):
        load(database_in(tmp_path), path, city=None)


def test_a_file_of_another_city_is_refused_though_its_columns_could_be_read(tmp_path: Path) -> None:
    header = "Unique Key,Created Date,Closed Date,Agency,Complaint Type,Status"
    path = boston(tmp_path / "nyc.csv", header, "1,12/31/2015 11:00:00 PM,,NYPD,Noise,Open")
    with pytest.raises(DeskError, match="looks like a file of new_york, but los_angeles was asked for"):
        load(database_in(tmp_path), path)


def test_an_answer_of_open311_loads_for_the_city_that_is_named(tmp_path: Path) -> None:
    answer = {"service_request_id": "9", "status": "open", "service_name": "Pothole"}
    path = tmp_path / "requests.json"
    path.write_text(json.dumps([answer | {"requested_datetime": "2025-06-02T09:00:00-05:00"}]))
    with pytest.raises(DeskError, match="Open311"):
        load(database_in(tmp_path), path, city=None)
    database = database_in(tmp_path)
    load(database, path, city=str(write_profile(tmp_path)))
    row = stored(database).iloc[0]
    assert (row["source_system"], str(row["created_at"])) == ("open311", "2025-06-02 09:00:00")


def test_a_file_that_is_like_no_request_is_refused_with_what_is_missing(tmp_path: Path) -> None:
    path = boston(tmp_path / "odd.csv", "name,colour,size", "a,b,c")
    with pytest.raises(DeskError, match="a request's creation"):
        load(database_in(tmp_path), path)


def test_columns_that_a_portal_keeps_for_itself_are_not_the_requests_own() -> None:
    titles = [":id", ":created_at", ":updated_at", "sr_number", "created_date", "sr_type", "status"]
    found = match(titles).columns
    assert [titles[found[column]] for column in ("sr_number", "created_at")] == ["sr_number", "created_date"]
    assert ":updated_at" not in {titles[place] for place in found.values()}
    titles = ["_id", "REQUEST_ID", "DATETIMEINIT", "CREATED_DATE", "LAST_EDITED_DATE", "TYPE", "X", "Y"]
    columns = {column: titles[place] for column, place in match(titles).columns.items()}
    assert columns == {
        **{"sr_number": "REQUEST_ID", "created_at": "DATETIMEINIT", "source_service_type": "TYPE"},
        **{"longitude": "X", "latitude": "Y"},
    }


@pytest.mark.parametrize("title", ["Response Time", "Time to Close", "Days Open", "Drive Time"])
def test_a_duration_is_no_time_of_day(title: str) -> None:
    titles = ["Case Number", "Date Opened", "Date Closed", "Case Type", "Status", title]
    assert match(titles).times == {}
    assert match([*titles, "Time Opened"]).times == {"created_at": 6}


def test_an_empty_column_gives_way_to_one_that_says_when_the_request_was_made(tmp_path: Path) -> None:
    rows = [f"{n},,2026-04-0{n} 09:00,Open,Pothole,," for n in (1, 2, 3)]
    path = tmp_path / "two.csv"
    path.write_text("\n".join(["Case Number,Created Date,Date Reported,Status,Case Type,Closed Date,Owner", *rows]))
    database = database_in(tmp_path)
    report = load(database, path, city=str(write_profile(tmp_path)))
    assert 'created_at in "Date Reported"' in report.notes[0]
    assert set(stored(database)["created_at"].dt.day) == {1, 2, 3}


def test_the_line_of_an_address_comes_before_its_number() -> None:
    titles = ["Case Reference", "Open Date", "Type", "Address Number", "Address Line 1"]
    assert titles[match(titles).columns["address"]] == "Address Line 1"


def test_a_number_by_name_is_taken_before_a_key_and_a_type_in_words_before_its_code() -> None:
    dallas = ["Service Request Number", "Service Request Type", "Created Date", "Unique Key", "Lat_Long Location"]
    found = match(dallas).columns
    assert (found["sr_number"], found["location"]) == (0, 4)
    cincinnati = ["SR_NUMBER", "SR_STATUS", "SR_TYPE", "SR_TYPE_DESC", "DATE_CREATED", "TIME_RECEIVED", "location_type"]
    found = match(cincinnati).columns
    assert found["source_service_type"] == 3
    assert "location" not in found
