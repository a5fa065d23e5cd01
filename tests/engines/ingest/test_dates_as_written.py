"""Moments as cities write them: words for none, dates that cannot be, offsets, numbers, and which comes first."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from db.cities.shapes import Layout
from db.ingest.requests import date_formats, moments
from db.ingest.requests.date_formats import DAY_FIRST, MONTH_FIRST, readings
from tests.engines.ingest.loading import case, database_in, load, stored, write_cases
from tests.engines.ingest.springfield import PROFILE, profile, write_profile

MAY_9 = datetime(2014, 5, 9, 19, 2, 21)


def read(*values: str, **changes: Any) -> list[datetime | None]:
    """Values of one column of a city in Chicago's time zone as moments on its clock, in order."""
    layout = Layout("any", "any", {}, ("id",), **changes)
    with duckdb.connect() as scratch:
        scratch.execute("set TimeZone = 'UTC'")
        scratch.execute(
            "create table raw as select unnest(?) as created_at, null::varchar as updated_at,"
            " null::varchar as closed_at, null::varchar as city_due_at",
            [list(values)],
        )
        found = readings(scratch, layout, {"created_at": "Opened"})
        sql = moments.read("created_at", profile(), layout, found["created_at"])
        return [row[0] for row in scratch.execute(f"select {sql} from raw order by rowid").fetchall()]


@pytest.mark.parametrize(
    "written",
    [
        *("2014-05-09 19:02:21", "2014-05-09T19:02:21", "2014-05-09T19:02:21.000", "2014/05/09 19:02:21"),
        *("5/9/2014 7:02:21 PM", "05/09/2014 07:02:21 PM", "5/9/14 19:02:21", "05-09-2014 19:02:21"),
        *("5/9/2014, 7:02:21 PM", "May 9, 2014 7:02:21 PM", "09-May-2014 19:02:21", "May 09 2014 07:02:21PM"),
        *("2014-05-10T00:02:21Z", "2014-05-10 00:02:21 UTC", "2014-05-10 00:02:21+00:00"),
        *("2014-05-09T19:02:21-05:00", "2014-05-10T02:02:21+02:00", "2014-05-09 20:02:21 EDT"),
        *("2014-05-09T17:02:21.000-0700", "05/09/2014 07:02:21 PM -05:00", "2014-05-10T05:32:21+05:30"),
        *("1399680141000", "1399680141", "/Date(1399680141000)/", "1399680141000.0", "41768.793299"),
        *("20140509190221", "Fri May 09 2014 19:02:21 GMT-0500 (Central Daylight Time)"),
    ],
)
def test_each_way_to_write_a_moment_is_the_citys_own_clock(written: str) -> None:
    # The second value says which of day and month comes first, where the first does not.
    assert read(written, "12/31/2013 10:00:00 AM")[0] == MAY_9


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1/5/2024 2:41 PM", datetime(2024, 1, 5, 14, 41)),
        ("1/5/24 14:41", datetime(2024, 1, 5, 14, 41)),
        ("2024-01-05T14:41", datetime(2024, 1, 5, 14, 41)),
        ("20240105", datetime(2024, 1, 5)),
        ("1/5/2024", datetime(2024, 1, 5)),
    ],
)
def test_seconds_and_times_of_day_may_be_left_out(written: str, expected: datetime) -> None:
    assert read(written, date_order=MONTH_FIRST) == [expected]


@pytest.mark.parametrize("written", ["2024-02-30", "2/30/2024", "24", "soon", "1.7E+12", "99/99/9999", "2024-13-01"])
def test_what_is_no_date_is_no_moment(written: str) -> None:
    assert read(written, "12/31/2013") == [None, datetime(2013, 12, 31)]


def test_the_values_decide_whether_the_day_or_the_month_comes_first() -> None:
    assert read("3/4/2024", "13/4/2024") == [datetime(2024, 4, 3), datetime(2024, 4, 13)]
    assert read("3/4/2024", "4/13/2024") == [datetime(2024, 3, 4), datetime(2024, 4, 13)]


def test_the_values_outweigh_the_formats_of_the_layout() -> None:
    day_first = ("%d/%m/%Y",)
    assert read("3/4/2024", "4/13/2024", date_formats=day_first) == [datetime(2024, 3, 4), datetime(2024, 4, 13)]
    assert read("3/4/2024", date_formats=day_first) == [datetime(2024, 4, 3)]


def test_where_nothing_decides_the_order_of_day_and_month_it_is_asked() -> None:
    with pytest.raises(ValueError, match=r'Opened has dates such as "3/4/2024".*--date-order'):
        read("3/4/2024")


def test_two_files_of_opposite_order_are_each_read_by_their_own_dates(tmp_path: Path) -> None:
    first = write_cases(tmp_path / "us.csv", case(1, CreatedDate="04/13/2026 09:00"))
    second = write_cases(tmp_path / "eu.csv", case(2, CreatedDate="13/04/2026 09:00"))
    database = database_in(tmp_path)
    assert load(database, first).notes == ()
    assert load(database, second).notes == ("dates such as 3/4/2024 were read day first",)
    assert set(stored(database)["created_at"]) == {datetime(2026, 4, 13, 9)}


def test_moments_without_an_offset_are_utc_where_the_layout_says_so() -> None:
    assert read("2014-05-10 00:02:21", clock="utc") == [MAY_9]
    assert read("2014-05-10", clock="utc") == [datetime(2014, 5, 10)]


def test_offsets_count_for_nothing_where_the_layout_says_that_they_are_wrong() -> None:
    assert read("2014-05-09 19:02:21+00:00", clock="as_written") == [MAY_9]


@pytest.mark.parametrize(
    "midnights", [("2014-05-09T00:00:00Z", "2014-05-10T00:00:00Z"), ("1399593600000", "1399680000000")]
)
def test_days_written_as_midnights_in_utc_stay_these_days(midnights: tuple[str, str]) -> None:
    assert read(*midnights) == [datetime(2014, 5, 9), datetime(2014, 5, 10)]


def test_a_midnight_among_other_moments_is_a_moment() -> None:
    assert read("2014-05-09T00:00:00Z", "2014-05-10T07:00:00Z")[0] == datetime(2014, 5, 8, 19)


def test_every_known_format_reads_what_it_writes() -> None:
    moment = datetime(2014, 5, 29, 19, 2, 21, 500_000)
    for order in (MONTH_FIRST, DAY_FIRST):
        forms = date_formats.known_formats(order)
        found = read(*(moment.strftime(form) for form in forms))
        assert [
            form for form, value in zip(forms, found, strict=True) if not value or value.date() != moment.date()
        ] == []


@pytest.mark.parametrize(
    ("day", "time"),
    [
        *(("5/9/2014", "7:02:21 PM"), ("05/09/2014 12:00:00 AM", "19:02:21"), ("2014-05-09T00:00:00.000", "19.02.21")),
        *(("20140509", "190221"), ("2014-05-09", "0.793299"), ("2014-05-09 00:00:00", "1899-12-30 19:02:21")),
        *(("9-May-2014", "07:02:21 pm"), ("05/09/2014 07:02:21 PM", "08:00:00")),
    ],
)
def test_a_day_and_its_time_in_two_columns_are_one_moment(tmp_path: Path, day: str, time: str) -> None:
    path = tmp_path / "two.csv"
    rows = [f"1,{day},{time},Open,Pothole", "2,12/31/2013,,Open,Pothole", "3,12/30/2013,NULL,Open,Pothole"]
    path.write_text("\n".join(["Case Number,Date Opened,Time Opened,Status,Case Type", *rows]))
    database = database_in(tmp_path)
    report = load(database, path, city=str(write_profile(tmp_path)))
    assert 'created_at in "Date Opened" and "Time Opened"' in report.notes[0]
    found = stored(database).set_index("sr_number")["created_at"].to_dict()
    assert found == {"1": MAY_9, "2": datetime(2013, 12, 31), "3": datetime(2013, 12, 30)}


def test_a_layout_names_the_column_of_the_time_of_day(tmp_path: Path) -> None:
    text = PROFILE.replace(
        "[layouts.requests.columns]", '[layouts.requests.times]\nclosed_at = ["hour"]\n[layouts.requests.columns]'
    )
    profile_path = write_profile(tmp_path, text)
    path = tmp_path / "two.csv"
    path.write_text("id,opened,closed,hour,status,type\n7,2025-06-02 09:00,2025-06-03,1430,closed,Pothole\n")
    database = database_in(tmp_path)
    load(database, path, city=str(profile_path))
    assert stored(database).iloc[0]["closed_at"] == datetime(2025, 6, 3, 14, 30)


def test_milliseconds_are_never_taken_for_a_moment_in_digits() -> None:
    # 1743041416000 could be 14 April 1743, 16:00:0.
    assert read("1743041416000") == [datetime(2025, 3, 26, 21, 10, 16)]
