"""Coordinates in feet become degrees, and what is no coordinate stays what it is."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from db.ingest.requests.projected import to_degrees

TEXAS_SOUTH_CENTRAL = "EPSG:2278"
DOWNTOWN = (29.42, -98.49)  # degrees of the middle of San Antonio, about where the points below lie


@pytest.fixture
def scratch() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create table raw (latitude varchar, longitude varchar)")
        yield connection


def converted(scratch: duckdb.DuckDBPyConnection, northing: str | None, easting: str | None) -> tuple[str, str]:
    scratch.execute("insert into raw values (?, ?)", [northing, easting])
    to_degrees(scratch, TEXAS_SOUTH_CENTRAL)
    (found,) = scratch.execute("from raw").fetchall()
    return found


@pytest.mark.parametrize(("northing", "easting"), [("13700000", "2130000"), ("13,700,000.00", "2,130,000.00")])
def test_feet_become_degrees_with_commas_or_without(
    scratch: duckdb.DuckDBPyConnection, northing: str, easting: str
) -> None:
    assert tuple(map(float, converted(scratch, northing, easting))) == pytest.approx(DOWNTOWN, abs=0.01)


@pytest.mark.parametrize(
    ("northing", "easting"), [("0", "0"), ("0", "2130000"), (None, "2130000"), (None, None), ("north", "2130000")]
)
def test_what_is_no_point_stays_as_it_is(
    scratch: duckdb.DuckDBPyConnection, northing: str | None, easting: str | None
) -> None:
    assert converted(scratch, northing, easting) == (northing, easting)


def test_the_order_of_the_rows_stays(scratch: duckdb.DuckDBPyConnection) -> None:
    scratch.execute("insert into raw select (13700000 + range)::varchar, '2130000' from range(1000)")
    to_degrees(scratch, TEXAS_SOUTH_CENTRAL)
    latitudes = [float(text) for (text,) in scratch.execute("select latitude from raw order by rowid").fetchall()]
    assert latitudes == sorted(latitudes)


def test_a_grid_in_metres_is_refused(scratch: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(ValueError, match="counts in metre"):
        to_degrees(scratch, "EPSG:32614")
