"""A feature of a map (GeoJSON, ArcGIS) as one flat record: its properties, and its point in degrees."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

from pyproj import Transformer

from db.cities.words import fold

DEGREES = (None, 4326)
WEB_MERCATOR = (3857, 102100, 102113, 900913)
EARTH = 6378137.0  # metres, of the sphere that web maps are drawn on
_LATITUDES = ("latitude", "lat")


class _UnknownGridError(Exception):
    """The coordinate system of a point is not known: the record then has no point."""


def flat(entry: Any, document: Mapping[str, Any]) -> Any:
    """The record of a feature; any other entry unchanged. `document`: the whole document, which may name the grid.

    A point becomes `Latitude` and `Longitude`, unless a property is named so and filled.
    """
    if not isinstance(entry, dict):
        return entry
    if entry.get("type") == "Feature":
        record = entry.get("properties")
    elif entry.keys() <= {"attributes", "geometry", "centroid", "id"}:  # ArcGIS; with other keys it is a plain record
        record = entry.get("attributes")
    else:
        record = None
    if not isinstance(record, dict):
        return entry
    has_own = any(fold(str(name)) in _LATITUDES and value not in (None, "") for name, value in record.items())
    point = None if has_own else _point(entry.get("geometry"), document)
    return record if point is None else record | {"Longitude": point[0], "Latitude": point[1]}


def _point(geometry: Any, document: Mapping[str, Any]) -> tuple[float, float] | None:
    if not isinstance(geometry, dict):
        return None
    try:
        if "coordinates" in geometry:
            first = geometry["coordinates"]
            while isinstance(first[0], list):  # the first point of a line, an area or several points
                first = first[0]
            return float(first[0]), float(first[1])
        if "x" not in geometry or "y" not in geometry:
            return None
        return _degrees(float(geometry["x"]), float(geometry["y"]), _grid(geometry, document))
    except (TypeError, ValueError, IndexError, KeyError, _UnknownGridError):
        return None


def _grid(geometry: Mapping[str, Any], document: Mapping[str, Any]) -> int | None:
    """The EPSG number of the grid that ArcGIS names with a point or once for the document; None where it names none."""
    for holder in (geometry, document):
        reference = holder.get("spatialReference")
        if isinstance(reference, dict):
            number = reference.get("latestWkid") or reference.get("wkid")
            return int(number) if number else None
    return None


def _degrees(x: float, y: float, grid: int | None) -> tuple[float, float] | None:
    if grid in WEB_MERCATOR:
        return math.degrees(x / EARTH), math.degrees(2 * math.atan(math.exp(y / EARTH)) - math.pi / 2)
    if grid in DEGREES:
        return x, y
    longitude, latitude = _transformer(grid).transform(x, y)
    return (longitude, latitude) if math.isfinite(longitude) and math.isfinite(latitude) else None


@cache
def _transformer(grid: int | None) -> Transformer:
    try:
        return Transformer.from_crs(f"EPSG:{grid}", "EPSG:4326", always_xy=True)
    except Exception as error:  # pyproj raises errors of several kinds; the record then has no point
        raise _UnknownGridError from error
