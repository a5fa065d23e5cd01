"""Places on the city's real files: repeats within the hour, hand-counted cells, districts against the CD column."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import duckdb
import h3
import pytest
from sqlalchemy import Connection

from db.cities.profile import load
from db.ingest.reference.boundaries import load_boundaries
from db.ingest.requests.load import load_files
from db.model.filters import Period, RequestFilter
from db.queries.map import cells, districts
from db.queries.repeats import calls
from db.storage.database import EmbeddedDatabase

pytestmark = pytest.mark.real
NOW = datetime(2021, 1, 1)
AT_2018 = datetime(2018, 1, 1)
FILES = ("myla311_2017-12-27_to_31.csv.gz", "myla311_2020-01-01_to_03_iso_dates.csv.gz")


@pytest.fixture(scope="module")
def city(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    database = EmbeddedDatabase(tmp_path_factory.mktemp("city"))
    load_files(database, [real_data / "myla311_legacy" / name for name in FILES], city="los_angeles", now=NOW)
    with database.write(NOW) as connection:
        path = real_data / "la_boundaries" / "la_council_districts_2012_simplified.geojson"
        load_boundaries(connection, path, "council_district", bounds=load("los_angeles").bounds)
    with database.reader().connect() as connection:
        yield connection
    database.close()


@pytest.mark.parametrize(
    ("population", "same", "within_hour", "repeated"),
    [
        ("raw", "address", 877, 1092),
        ("residents", "address", 523, 683),
        ("raw", "address_norm", 883, 1107),
        ("residents", "address_norm", 528, 695),
    ],
)
def test_most_raw_repeats_come_within_the_hour(
    city: Connection, population: str, same: str, within_hour: int, repeated: int
) -> None:
    found = calls.gaps(city, RequestFilter(population=population), as_of=AT_2018, same=same).iloc[0]  # type: ignore[arg-type]
    assert (found["within_hour_count"], found["repeat_count"]) == (within_hour, repeated)


def test_boundaries_of_2012_agree_with_the_files_of_2017_and_2020(city: Connection) -> None:
    found = districts.district_agreement(city, RequestFilter(population="raw"), as_of=NOW).iloc[0]
    assert found["compared"] > 18_000
    assert found["agree_share"] >= 0.99


def test_cells_of_january_2020_are_those_counted_from_the_file(city: Connection, real_data: Path) -> None:
    january = RequestFilter(population="raw", period=Period("january", date(2020, 1, 1), date(2020, 2, 1)))
    found = cells.cells(city, january, as_of=NOW)
    rows = duckdb.sql(
        f"select latitude::double, longitude::double from '{real_data / 'myla311_legacy' / FILES[1]}'"
        " where latitude is not null and longitude is not null"
    ).fetchall()
    west, south, east, north = load("los_angeles").bounds
    inside = [(lat, lon) for lat, lon in rows if south <= lat <= north and west <= lon <= east]
    resolution = int(found["resolution"].iloc[0])
    counted: dict[str, int] = {}
    for latitude, longitude in inside:
        cell = h3.cell_to_parent(h3.latlng_to_cell(latitude, longitude, 9), resolution)
        counted[cell] = counted.get(cell, 0) + 1
    assert dict(zip(found["cell"], found["request_count"], strict=True)) == counted
    told = cells.located(city, january, as_of=NOW).iloc[0]
    assert found["request_count"].sum() == told["point_count"] == len(inside)
