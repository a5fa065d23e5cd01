"""Every real file on both engines against a recount by pandas straight from the file: rows, open, closed, overdue.

Cities without a profile of their own are loaded with one made here. Population raw; a request without a usable closing
time is closed, but at no moment.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from defusedxml.ElementTree import parse
from sqlalchemy import Connection, Engine, func, select

from db.ingest.requests.load import load_files
from db.ingest.requests.report import LoadReport
from db.model import expressions
from db.model.filters import RequestFilter
from db.model.schema import requests
from db.queries.queue import backlog
from db.storage.database import EmbeddedDatabase, ServerDatabase
from tests.conftest import assert_same_answer
from tests.engines.ingest.springfield import PROFILE

pytestmark = [pytest.mark.real, pytest.mark.postgres]
NOW = datetime(2026, 7, 7)
GOAL = timedelta(hours=72)
OPEN_WORDS = ("Open", "open", "Pending", "Assigned", "In Progress")


@dataclass(frozen=True)
class File:
    """A real file and which of its columns say what; `zone`: of a city whose moments carry an offset."""

    path: str
    number: str
    created: str
    closed: str | None
    status: str | None
    city: str | None = None  # a shipped profile, else one made here
    due: str | None = None  # the city's own; else every type has a goal of 72 hours, in a profile made here
    type: str | None = None
    zone: str | None = None
    shifted: bool = False  # Boston 2013 to 2019: the clock on the wall less the zone's offset
    day_first: bool = False
    large: bool = False
    rejected: int = 0
    hour_goal: tuple[str, ...] = field(default=())  # types of a shipped profile with a goal of 72 hours


LEGACY = {"number": "SRNumber", "created": "CreatedDate", "closed": "ClosedDate", "status": "Status"}
BOSTON = {"number": "case_enquiry_id", "created": "open_dt", "closed": "closed_dt", "status": "case_status"}
NYC = {"number": "Unique Key", "created": "Created Date", "closed": "Closed Date", "status": "Status"}
NYC_API = {"number": "unique_key", "created": "created_date", "closed": "closed_date"}
OPEN311 = {"number": "service_request_id", "created": "requested_datetime", "closed": None, "status": "status"}
GRAFFITI = ("Graffiti Removal",)
FILES = [
    File("myla311_legacy/myla311_2017-12-27_to_31.csv.gz", **LEGACY, city="los_angeles", large=True),
    File("myla311_legacy/myla311_2018-01-01_to_04.csv.gz", **LEGACY, city="los_angeles", large=True),
    File(
        "myla311_legacy/myla311_2020-01-01_to_03_iso_dates.csv.gz",
        **{name: header.lower() for name, header in LEGACY.items()},
        city="los_angeles",
        type="requesttype",
        hour_goal=GRAFFITI,
    ),
    File(
        *("myla311_legacy/myla311_2022-09-19_to_23_api_fields.csv.gz", "srnumber", "createdDate", "closedDate", None),
        city="los_angeles",
        type="typeName",
        hour_goal=("Graffiti",),
        large=True,
    ),
    File("myla311_cases_2026/myla311_cases_2026_3_rows.csv", **LEGACY | {"number": "CaseNumber"}, city="los_angeles"),
    File("boston_311/boston_2011_jul_to_dec.csv.gz", **BOSTON, city="boston", due="target_dt", large=True),
    *(
        File(
            f"boston_311/boston_{year}_animal_and_pest_types.csv.gz",
            **BOSTON,
            city="boston",
            due=due,
            large=True,
            shifted=True,
        )
        for year, due in ((2015, "sla_target_dt"), (2017, "sla_target_dt"), (2019, "sla_target_dt"))
    ),
    File("boston_311/boston311-100.csv", **BOSTON, city="boston", due="target_dt"),
    File("boston_311/boston311-dmy-100.csv", **BOSTON, city="boston", due="target_dt", day_first=True, large=True),
    File("nyc_311/nyc_2015-12_nypd_20000.csv.gz", **NYC_API, status="status", city="new_york", large=True),
    File("nyc_311/nyc_2022-05-01_41cols_924.csv.gz", **NYC, city="new_york", large=True),
    File("nyc_311/nyc_2026-06-27_to_28_10000.csv.gz", **NYC_API, status=None, city="new_york", large=True),
    File(
        *("san_antonio_311/san_antonio_311_rows.csv", "CASEID", "OPENEDDATETIME", "CLOSEDDATETIME", "CaseStatus"),
        city="san_antonio",
        due="SLA_Date",
    ),
    File("other_cities/nyc_2023-12_api_44cols.csv.gz", **NYC_API, status="status", city="new_york", large=True),
    File("other_cities/nyc_dohmh_animals_41cols.csv.gz", **NYC, city="new_york", large=True),
    File(
        *("other_cities/san_francisco_2008-2018_bigquery_layout.csv.gz", "unique_key", "created_date", "closed_date"),
        status="status",
        type="complaint_type",
        zone="America/Los_Angeles",
        large=True,
    ),
    File("other_cities/chicago_2023_5000.parquet", "request_id", "created_ts", "completed_ts", "status"),
    File(
        *("other_cities/chicago_foia_2020_no_heat.csv.gz", "Service Request Number", "Date/Time Opened"),
        *("Date/Time Closed", "Service Request Status"),
        type="Service Request: Type Name",
    ),
    File(
        *("other_cities/houston_2025-06_12_rows.csv", "case_number", "opened_date", "closed_date", "status"),
        type="request_type",
    ),
    File("open311/bloomington_requests.json", **OPEN311, type="service_name", zone="America/New_York"),
    File("open311/chicago_requests_2014.json", **OPEN311, type="service_name", zone="America/Chicago", large=True),
    File("open311/san_francisco_requests.xml", **OPEN311, due="expected_datetime"),
]


def table(path: Path) -> pd.DataFrame:
    """The file as pandas reads it, every value as text or empty."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".json":
        return pd.DataFrame(json.loads(path.read_text()))
    if path.suffix == ".xml":
        return pd.DataFrame([{part.tag: part.text for part in row} for row in parse(path).getroot()])
    return pd.read_csv(path, dtype=str).dropna(how="all")


def moments(rows: pd.DataFrame, column: str | None, file: File) -> pd.Series:
    """A column of moments on the city's clock."""
    if column is None:
        return pd.Series(pd.NaT, rows.index, dtype="datetime64[ns]")
    if file.zone is None:
        found = pd.to_datetime(rows[column], format="mixed", dayfirst=file.day_first).astype("datetime64[ns]")
        if not file.shifted:
            return found
        eastern = found.dt.tz_localize("America/New_York", ambiguous=True, nonexistent="shift_forward")
        return eastern.dt.tz_convert("UTC").dt.tz_localize(None)
    return pd.to_datetime(rows[column], format="mixed", utc=True).dt.tz_convert(file.zone).dt.tz_localize(None)


@dataclass(frozen=True)
class Recount:
    """What pandas finds: one row a request with `created`, `closed`, `due` and `ended`."""

    rows_in_file: int
    requests: pd.DataFrame

    def open_at(self, as_of: datetime) -> pd.Series:
        found = self.requests
        later = self.has_closing() & (found["closed"] > as_of)
        return (found["created"] <= as_of) & (~found["ended"] | later)

    def closed_at(self, as_of: datetime) -> pd.Series:
        found = self.requests
        return (found["created"] <= as_of) & self.has_closing() & (found["closed"] <= as_of)

    def has_closing(self) -> pd.Series:
        """Ended at a moment not before creation; of a closing at a bare midnight only the day is known."""
        found = self.requests
        is_day = found["closed"] == found["closed"].dt.normalize()
        begun = found["created"].where(~is_day, found["created"].dt.normalize())
        return found["ended"] & (found["closed"] >= begun)

    def overdue_at(self, as_of: datetime) -> pd.Series:
        due = self.requests["due"]
        is_day = (due == due.dt.normalize()) & self.requests["due_of_city"]
        return self.open_at(as_of) & (due.where(~is_day, due + timedelta(days=1)) <= as_of)


def recount(path: Path, file: File) -> Recount:
    rows = table(path)
    created, closed = moments(rows, file.created, file), moments(rows, file.closed, file)
    found = pd.DataFrame({"number": rows[file.number].astype(str), "created": created, "closed": closed})
    found["ended"] = ~rows[file.status].isin(OPEN_WORDS) if file.status else closed.notna()
    found["due_of_city"] = file.due is not None
    if file.due:
        due = moments(rows, file.due, file)
        found["due"] = due.where(due <= created + pd.DateOffset(years=10))
    elif file.city is None:
        found["due"] = created + GOAL
    else:
        has_goal = rows[file.type].isin(file.hour_goal) if file.type else pd.Series(False, rows.index)
        found["due"] = (created + GOAL).where(has_goal)
    return Recount(len(rows), found.drop_duplicates("number", keep="last"))


def profile(path: Path, file: File, folder: Path) -> str:
    """The key of the shipped profile, or the path of one made for the file, with a goal for each of its types."""
    if file.city:
        return file.city
    words = table(path)[file.type].dropna() if file.type else pd.Series(["Unknown"])
    types = sorted(words[~words.str.lower().duplicated()])
    goal = '{ amount = 72, unit = "hours", basis = "published", citation = "of this test" }'
    entries = [
        f'[service_types.{json.dumps(name)}]\ndepartment = "PW"\ncalendar = "office"\ngoals = [{goal}]'
        for name in types
    ]
    head, _, rest = PROFILE.partition("[service_types.Pothole]")
    layout = rest.partition('calendar = "office"\n')[2]
    made = folder / f"{path.name.split('.')[0].replace('-', '_')}.toml"
    made.write_text(head.replace("America/Chicago", file.zone or "America/Chicago") + "\n".join(entries) + layout)
    return str(made)


@dataclass(frozen=True)
class Loaded:
    file: File
    counted: Recount
    engines: tuple[Engine, Engine]
    reports: tuple[LoadReport, LoadReport]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(file, id=Path(file.path).name.split(".")[0], marks=[pytest.mark.slow] if file.large else [])
        for file in FILES
    ],
)
def loaded(
    request: pytest.FixtureRequest,
    real_data: Path,
    tmp_path_factory: pytest.TempPathFactory,
    server_database: Callable[[str], ServerDatabase],
) -> Iterator[Loaded]:
    file: File = request.param
    path = real_data / file.path
    folder = tmp_path_factory.mktemp("recount")
    embedded = EmbeddedDatabase(folder / "data")
    server = server_database(f"recount_{FILES.index(file)}")
    city = profile(path, file, folder)
    reports: Any = [load_files(database, [path], city=city, now=NOW)[0] for database in (embedded, server)]
    yield Loaded(file, recount(path, file), (embedded.reader(), server.reader()), tuple(reports))
    server.close()
    embedded.close()


def closed_count(connection: Connection, as_of: datetime) -> int:
    statement = select(func.count()).select_from(requests).where(expressions.is_closed(as_of))
    return int(connection.scalar(statement) or 0)


def test_every_row_is_kept_rejected_or_a_repetition(loaded: Loaded) -> None:
    one, other = loaded.reports
    assert (one.read, one.inserted, one.repeated, one.rejected) == (
        other.read,
        other.inserted,
        other.repeated,
        other.rejected,
    )
    assert one.read == loaded.counted.rows_in_file
    assert (one.inserted, one.rejected) == (len(loaded.counted.requests), loaded.file.rejected)


def test_open_closed_and_overdue_are_what_pandas_counts(loaded: Loaded) -> None:
    last = loaded.counted.requests["created"].max().to_pydatetime()
    for as_of in (last, last + timedelta(days=30), NOW):
        totals = assert_same_answer(
            backlog.totals, loaded.engines, RequestFilter(population="raw", goals="working"), as_of=as_of
        )
        assert totals["open_count"].iloc[0] == loaded.counted.open_at(as_of).sum(), as_of
        closed = assert_same_answer(closed_count, loaded.engines, as_of)
        assert closed == loaded.counted.closed_at(as_of).sum(), as_of


def test_overdue_requests_are_what_pandas_counts(loaded: Loaded) -> None:
    file, counted = loaded.file, loaded.counted
    if file.city and not file.due and not file.hour_goal:
        pytest.skip("neither the city's due dates nor a goal in plain hours")
    last = counted.requests["created"].max().to_pydatetime()
    types = ("Graffiti Removal",) if file.hour_goal else ()
    filters = RequestFilter(population="raw", goals="working", service_types=types)
    for as_of in (last, NOW):
        totals = assert_same_answer(backlog.totals, loaded.engines, filters, as_of=as_of)
        assert totals["overdue_count"].iloc[0] == counted.overdue_at(as_of).sum(), as_of
