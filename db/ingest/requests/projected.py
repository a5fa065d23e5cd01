"""Coordinates in feet of a state's grid -> degrees, for the layouts that say so (`projected_feet`)."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
from pyproj import CRS, Transformer

from db.rules.errors import DeskError

DEGREES = "EPSG:4326"
DECIMALS = 7  # of a degree: about a centimetre


def to_degrees(scratch: duckdb.DuckDBPyConnection, code: str) -> None:
    """Write degrees into `raw`.`latitude` and `longitude`, which hold northing and easting in the grid `code`.

    Thousands may have commas. A value that is no number, or is zero, stays unchanged, so that it is reported
    as such. Raises DeskError for a code that is no grid in feet.
    """
    in_feet = scratch.execute(
        """select latitude, longitude, try_cast(replace(latitude, ',', '') as double) as northing,
            try_cast(replace(longitude, ',', '') as double) as easting
        from (select distinct latitude, longitude from raw)
        where isfinite(northing) and isfinite(easting) and northing <> 0 and easting <> 0"""
    ).to_arrow_table()
    east, north = in_feet["easting"].to_numpy(), in_feet["northing"].to_numpy()
    longitudes, latitudes = _grid(code).transform(east, north)
    points = in_feet.select(["latitude", "longitude"])
    points = points.append_column("north", _text(latitudes)).append_column("east", _text(longitudes))
    scratch.register("in_degrees", points)
    scratch.execute(
        """update raw set latitude = north, longitude = east from in_degrees
        where in_degrees.latitude = raw.latitude and in_degrees.longitude = raw.longitude"""
    )
    scratch.unregister("in_degrees")


def _grid(code: str) -> Transformer:
    system = CRS.from_user_input(code)
    unit = system.axis_info[0].unit_name
    if "foot" not in unit:
        raise DeskError(f"projected_feet {code} counts in {unit}; expected a grid in feet, such as EPSG:2278")
    return Transformer.from_crs(system, DEGREES, always_xy=True)


def _text(degrees: np.ndarray) -> pa.Array:
    """Degrees as text, as in a file with degrees; `inf` for a point outside the grid."""
    return pa.array([f"{value:.{DECIMALS}f}" for value in degrees.tolist()], pa.string())
