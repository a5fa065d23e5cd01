"""Boundaries: a GeoJSON file of districts -> the table `boundaries`, repaired, simplified and ready for the screen.

The property that names a district is found by comparing its values with the districts that the requests name; see
docs/places.md.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely
from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.sql.elements import KeyedColumnElement

from db.cities.profile import fold
from db.ingest.requests.districts import COLUMNS, assign
from db.model import schema
from db.model.stored_columns import note_offered
from db.rules.errors import DeskError

LEVELS = (*COLUMNS, "city")
MOST_BYTES = 50_000_000
SCREEN_BYTES = 400_000
FIRST_TOLERANCE = 0.0001  # degrees, about 10 m
SCREEN_GRID = 0.00001  # degrees, about 1 m: five decimals
USUAL_KEYS = ("district", "nc_id", "key", "id", "name", "label")
USUAL_NAMES = ("name", "label", "title")
USUAL_POPULATIONS = ("population", "pop", "residents", "total_population")
DEGREES = "EPSG:4326"

Feature = Mapping[str, Any]


@dataclass(frozen=True)
class Loaded:
    """The result of loading. `assigned`: requests whose district changed; `repaired`: areas with crossing borders."""

    count: int
    key_property: str
    repaired: int
    converted_from: str | None
    screen_bytes: int
    assigned: int


def load_boundaries(
    connection: Connection,
    path: Path,
    level: str,
    *,
    bounds: tuple[float, float, float, float],
    key_property: str | None = None,
    population_property: str | None = None,
    crs: str | None = None,
) -> Loaded:
    """Replace the boundaries of `level` by those of a GeoJSON file (or `.gz`), and put each located request in one.

    `level`: one of `LEVELS`. `bounds`: west, south, east, north of the city in degrees, which the
    boundaries must meet. `crs`: the file's coordinates, such as EPSG:2229, where the file does not say.
    Runs in the caller's transaction. Raises DeskError that says what is wrong with the file, OSError
    where it cannot be read.
    """
    if level not in LEVELS:
        raise DeskError(f'level "{level}" is not one of {", ".join(LEVELS)}')
    document = _read(path)
    features = _features(document, path.name)
    stated = crs or _stated_crs(document)
    shapes = _in_degrees(_shapes(features, path.name), stated, path.name)
    _refuse_outside_city(shapes, bounds, path.name)
    repaired = int((~shapely.is_valid(shapes)).sum())
    shapes = np.array([_polygons_of(shape) for shape in shapely.make_valid(shapes)])
    known_districts = _districts_in_requests(connection, level)
    name = key_property or _key_property(features, known_districts, path.name)
    keys = _keys(features, name, known_districts, path.name)
    screen_geometries = _simplified(shapes)
    rows = [
        {
            "level": level,
            "key": key,
            "name": _text(feature, USUAL_NAMES) or key,
            "population": _population(feature, population_property, path.name),
            "geometry": shapely.to_geojson(shape),
            "geometry_screen": simplified,
            "source": path.name,
        }
        for key, feature, shape, simplified in zip(keys, features, shapes, screen_geometries, strict=True)
    ]
    connection.execute(delete(schema.boundaries).where(schema.boundaries.c.level == level))
    connection.execute(insert(schema.boundaries), rows)
    changed = assign(connection) if level in COLUMNS else 0
    if changed:
        note_offered(connection)
    return Loaded(len(rows), name, repaired, stated, sum(map(len, screen_geometries)), changed)


def _read(path: Path) -> Any:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise DeskError(
                f"{path.name}: is larger than {MOST_BYTES // 1_000_000} MB; simplify it first, a few hundred kB will do"
            )
        return json.loads(content)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DeskError(f"{path.name}: is not a whole gzip file: {error}") from error
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DeskError(f"{path.name}: is not GeoJSON: {error}") from error


def _features(document: Any, name: str) -> list[Feature]:
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise DeskError(f'{name}: is not GeoJSON: expected {{"type": "FeatureCollection", "features": [...]}}')
    features = document.get("features")
    if not isinstance(features, list) or not features:
        raise DeskError(f"{name}: has no features, so there is nothing to load")
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
            raise DeskError(f"{name}: feature {number} has no properties that could name it")
    return features


def _shapes(features: Sequence[Feature], name: str) -> Any:
    """The geometry of each feature as a shapely polygon or multipolygon, shape (features,)."""
    shapes = []
    for number, feature in enumerate(features, start=1):
        kind = (feature.get("geometry") or {}).get("type")
        if kind not in ("Polygon", "MultiPolygon"):
            raise DeskError(f"{name}: feature {number} is a {kind or 'nothing'}; expected a Polygon or MultiPolygon")
        try:
            shapes.append(shapely.force_2d(shapely.from_geojson(json.dumps(feature["geometry"]))))
        except shapely.errors.GEOSException as error:
            raise DeskError(f"{name}: feature {number} is no polygon: {error}") from error
        if shapes[-1].is_empty:
            raise DeskError(f"{name}: feature {number} is an empty polygon")
    return np.array(shapes)


def _stated_crs(document: Mapping[str, Any]) -> str | None:
    """The coordinate system that the file names in the `crs` key of old GeoJSON; None for degrees or without one."""
    stated = document.get("crs")
    name = (stated.get("properties") or {}).get("name") if isinstance(stated, dict) else None
    if not isinstance(name, str) or re.search(r"CRS84|4326", name):
        return None
    return name


def _in_degrees(shapes: Any, crs: str | None, name: str) -> Any:
    if crs is not None:
        try:
            to_degrees = pyproj.Transformer.from_crs(crs, DEGREES, always_xy=True)
        except pyproj.exceptions.CRSError as error:
            raise DeskError(f'{name}: the coordinates "{crs}" are not known: {error}') from error
        shapes = shapely.transform(shapes, lambda points: np.column_stack(to_degrees.transform(*points.T)))
    west, south, east, north = shapely.total_bounds(shapes)
    if not np.isfinite([west, south, east, north]).all() or max(-west, east) > 180 or max(-south, north) > 90:
        swapped = crs is None and max(-west, east) <= 90 and max(-south, north) <= 180
        why = "latitude stands first; GeoJSON wants longitude first" if swapped else "say which with --crs EPSG:..."
        raise DeskError(
            f"{name}: coordinates such as {west:g}, {south:g} are not longitude and latitude in degrees: {why}"
        )
    return shapes


def _refuse_outside_city(shapes: Any, bounds: tuple[float, float, float, float], name: str) -> None:
    file_bounds = shapely.total_bounds(shapes)
    if not shapely.box(*file_bounds).intersects(shapely.box(*bounds)):
        where = ", ".join(f"{value:.2f}" for value in file_bounds)
        city = ", ".join(f"{value:.2f}" for value in bounds)
        raise DeskError(f"{name}: lies at {where} (west, south, east, north), outside the city's bounds {city}")


def _polygons_of(shape: Any) -> Any:
    """The polygons of a repaired shape: repairing can leave lines and points behind."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type in ("Polygon", "MultiPolygon")]
    return parts[0] if len(parts) == 1 else shapely.multipolygons(shapely.get_parts(parts))


def _districts_in_requests(connection: Connection, level: str) -> dict[str, str]:
    """The districts of `level` that the city's request files name: folded name -> name as written."""
    if level not in COLUMNS:
        return {}
    column: KeyedColumnElement[Any] = schema.requests.c[f"{level}_by_file"]
    values = connection.scalars(select(column).distinct().where(column.is_not(None)))
    return {_folded(value): value for value in values}


def _key_property(features: Sequence[Feature], known_districts: Mapping[str, str], name: str) -> str:
    """The property that is different in every feature and matches most of the districts that requests name."""
    shared = [key for key in features[0]["properties"] if all(_value(feature, key) for feature in features)]
    distinct = [key for key in shared if len({_folded(_value(feature, key)) for feature in features}) == len(features)]
    if not distinct:
        raise DeskError(f"{name}: no property names each feature; name one with --key-property")

    def rank(key: str) -> tuple[int, int]:
        hits = sum(_folded(_value(feature, key)) in known_districts for feature in features)
        usual = USUAL_KEYS.index(key.lower()) if key.lower() in USUAL_KEYS else len(USUAL_KEYS)
        return -hits, usual

    return min(distinct, key=rank)


def _keys(features: Sequence[Feature], name: str, known_districts: Mapping[str, str], file: str) -> list[str]:
    """The key of each feature, in the city's own spelling where its requests have one."""
    keys = []
    for number, feature in enumerate(features, start=1):
        value = _value(feature, name)
        if not value:
            properties = ", ".join(feature["properties"])
            raise DeskError(f'{file}: feature {number} has no property "{name}"; it has {properties}')
        keys.append(known_districts.get(_folded(value), _without_zeros(value)))
    if repeated := sorted({key for key in keys if keys.count(key) > 1}):
        raise DeskError(f'{file}: property "{name}" is "{repeated[0]}" in several features; expected one each')
    return keys


def _folded(value: str) -> str:
    return fold(_without_zeros(value))


def _without_zeros(value: str) -> str:
    """The text of a whole number without zeros around it, as requests write it: "04" and "4.0" are district "4"."""
    return re.sub(r"^0*(\d+)(\.0+)?$", r"\1", value)


def _value(feature: Feature, key: str) -> str:
    value = feature["properties"].get(key)
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _text(feature: Feature, names: Sequence[str]) -> str:
    """The first property of `names` that holds a text other than a number; empty where there is none."""
    by_name = {key.lower(): _value(feature, key) for key in feature["properties"]}
    return next((by_name[name] for name in names if by_name.get(name) and not by_name[name].isdigit()), "")


def _population(feature: Feature, name: str | None, file: str) -> int | None:
    """Residents, from the named property or from one of the usual names; None where there is none."""
    properties = [name] if name else [key for key in feature["properties"] if key.lower() in USUAL_POPULATIONS]
    text = next((_value(feature, key) for key in properties), "").replace(",", "")
    if not text and name is None:
        return None
    try:
        people = int(float(text))
    except (ValueError, OverflowError) as error:
        raise DeskError(f'{file}: {properties[0]} "{text}" is not a number of residents') from error
    if people < 1:
        raise DeskError(f'{file}: {properties[0]} "{text}" is not a number of residents')
    return people


def _simplified(shapes: Any) -> list[str]:
    """Each shape as GeoJSON, simplified until all together have at most `SCREEN_BYTES`. Shared borders stay shared."""
    tolerance = FIRST_TOLERANCE
    while True:
        simple = shapely.set_precision(shapely.coverage_simplify(shapes, tolerance), SCREEN_GRID)
        texts = [
            shapely.to_geojson(shape if part.is_empty else part) for part, shape in zip(simple, shapes, strict=True)
        ]
        if sum(map(len, texts)) <= SCREEN_BYTES or tolerance > 1:
            return texts
        tolerance *= 2
