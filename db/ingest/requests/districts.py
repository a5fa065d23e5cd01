"""Which district a request lies in, by the boundaries that were loaded.

The district in the city's file goes first: `council_district` is `council_district_by_file`, else
`council_district_by_boundary`. So a district found here can always be told from one that the file has.
"""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from sqlalchemy import Connection, select, text

from db.model.schema import boundaries, requests
from db.storage.frames import fetch
from db.storage.transfer import hand_over

COLUMNS = ("council_district", "neighborhood_council")  # levels that requests have a column for


def assign(connection: Connection, *, since_load: int | None = None) -> int:
    """Write the `_by_boundary` columns of located requests, and the districts that follow from them.

    `since_load`: only requests written by this load or a later one. Returns how many requests
    changed, a request with two new districts counted twice. Runs in the caller's transaction;
    without boundaries it does nothing.
    """
    statement = select(boundaries.c.level, boundaries.c.key, boundaries.c.geometry).order_by(boundaries.c.key)
    areas = fetch(connection, statement.where(boundaries.c.level.in_(COLUMNS)))
    if areas.empty:
        return 0
    points = _located_points(connection, since_load)
    return sum(_write_districts(connection, str(level), points, rows) for level, rows in areas.groupby("level"))


def district_of(longitudes: np.ndarray, latitudes: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """The position in `shapes` of the first area that holds each point, -1 where none does; degrees."""
    positions = np.full(len(longitudes), -1)
    order = np.argsort(longitudes)
    sorted_longitudes = longitudes[order]
    for number, shape in reversed(list(enumerate(shapes))):
        west, _, east, _ = shape.bounds
        near = order[np.searchsorted(sorted_longitudes, west) : np.searchsorted(sorted_longitudes, east, side="right")]
        shapely.prepare(shape)
        positions[near[shapely.intersects_xy(shape, longitudes[near], latitudes[near])]] = number
    return positions


def _located_points(connection: Connection, since_load: int | None) -> pd.DataFrame:
    located = select(requests.c.latitude, requests.c.longitude).where(requests.c.location_quality == "point")
    if since_load is not None:
        located = located.where(requests.c.last_load >= since_load)
    return fetch(connection, located.distinct())


def _write_districts(connection: Connection, level: str, points: pd.DataFrame, areas: pd.DataFrame) -> int:
    shapes = shapely.from_geojson(areas["geometry"].to_numpy(dtype=object))
    positions = district_of(points["longitude"].to_numpy(), points["latitude"].to_numpy(), shapes)
    keys = np.append(areas["key"].to_numpy(dtype=object), [None])[positions]
    keyed_points = pa.table(
        {"latitude": points["latitude"], "longitude": points["longitude"], "key": pa.array(keys, pa.string())}
    )
    with duckdb.connect() as scratch:
        scratch.register("keyed_points", keyed_points)
        shape = "latitude double precision, longitude double precision, key text"
        hand_over(connection, scratch, "point_district", "select latitude, longitude, key from keyed_points", shape)
    changed = connection.execute(text(_UPDATE_DISTRICT.format(level=level))).rowcount
    connection.execute(text("drop table point_district"))
    return max(changed, 0)


_UPDATE_DISTRICT = """
    update requests set {level}_by_boundary = p.key, {level} = coalesce({level}_by_file, p.key)
    from point_district p
    where p.latitude = requests.latitude and p.longitude = requests.longitude and location_quality = 'point'
      and ({level}_by_boundary is distinct from p.key or {level} is distinct from coalesce({level}_by_file, p.key))"""
