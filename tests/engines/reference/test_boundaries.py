"""Boundaries: what a GeoJSON file must be, and which district a request lies in, on both engines."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyproj
import pytest
from sqlalchemy import Connection, Engine, select

from db.ingest.reference import boundaries
from db.ingest.reference.boundaries import Loaded, load_boundaries
from db.ingest.requests.districts import assign
from db.model.schema import boundaries as stored
from db.model.schema import offered, requests
from tests.builders import open_request
from tests.conftest import Ask

CITY = (-118.67, 33.70, -118.155, 34.34)
LEVEL = "council_district"


def square(west: float, south: float, size: float = 0.1) -> list[list[float]]:
    east, north = west + size, south + size
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(ring: list[list[float]], **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def collection(*features: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features), **more}


TWO = collection(
    feature(square(-118.4, 34.0), DIST="01", label="West"), feature(square(-118.3, 34.0), DIST="02", label="East")
)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[Any], Path]:
    def write(content: Any) -> Path:
        path = tmp_path / "districts.geojson"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


@pytest.fixture
def load(duckdb_engine: Engine, written: Callable[[Any], Path]) -> Callable[..., Loaded]:
    def run(content: Any, **options: Any) -> Loaded:
        with duckdb_engine.connect() as connection:  # never committed
            return load_boundaries(connection, written(content), LEVEL, bounds=CITY, **options)

    return run


def at(latitude: float, longitude: float, **more: Any) -> dict[str, Any]:
    return {"latitude": latitude, "longitude": longitude, "location_quality": "point", **more}


def test_a_request_without_a_district_gets_the_one_it_lies_in_and_is_marked_so(
    both: Callable[..., Ask], written: Callable[[Any], Path]
) -> None:
    path = written(TWO)

    def placed(connection: Connection) -> dict[str, tuple[str | None, ...]]:
        done = load_boundaries(connection, path, LEVEL, bounds=CITY)
        assert (done.count, done.key_property, done.assigned) == (2, "DIST", 2)
        assert assign(connection) == 0
        districts = select(offered.c.value).where(offered.c.kind == "council_district")
        assert connection.scalars(districts).all() == ["1"]
        columns = (requests.c.council_district, requests.c.council_district_by_file)
        rows = connection.execute(select(requests.c.sr_number, *columns, requests.c.council_district_by_boundary))
        return {number: tuple(found) for number, *found in rows}

    named = {"council_district": "1", "council_district_by_file": "1"}
    ask = both(
        [
            open_request(sr_number="named", **at(34.05, -118.25, **named)),
            open_request(sr_number="west", **at(34.05, -118.35)),
            open_request(sr_number="beyond", **at(34.25, -118.35)),
            open_request(sr_number="zero", location_quality="zero"),
        ]
    )
    assert ask(placed) == {
        "named": ("1", "1", "2"),
        "west": ("1", None, "1"),
        "beyond": (None, None, None),
        "zero": (None, None, None),
    }


def test_where_no_request_names_an_area_a_usual_property_does_or_the_one_asked_for(load: Callable[..., Loaded]) -> None:
    assert load(TWO).key_property == "label"
    assert load(TWO, key_property="DIST").key_property == "DIST"


def test_projected_coordinates_are_converted_where_the_file_or_the_caller_says_which(
    load: Callable[..., Loaded],
) -> None:
    to_feet = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:2229", always_xy=True)
    ring = [list(to_feet.transform(*point)) for point in square(-118.4, 34.0)]
    stated = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2229"}}
    assert load(collection(feature(ring, name="1"), crs=stated)).converted_from == "urn:ogc:def:crs:EPSG::2229"
    assert load(collection(feature(ring, name="1")), crs="EPSG:2229").count == 1
    with pytest.raises(ValueError, match="not longitude and latitude in degrees: say which with --crs"):
        load(collection(feature(ring, name="1")))


def test_crossing_borders_are_repaired(load: Callable[..., Loaded]) -> None:
    bow_tie = [[-118.4, 34.0], [-118.3, 34.1], [-118.3, 34.0], [-118.4, 34.1], [-118.4, 34.0]]
    assert load(collection(feature(bow_tie, name="1"))).repaired == 1


def test_population_is_read_and_must_be_a_number(
    duckdb_engine: Engine, written: Callable[[Any], Path], load: Callable[..., Loaded]
) -> None:
    path = written(collection(feature(square(-118.4, 34.0), name="1", POPULATION="260,000")))
    with duckdb_engine.connect() as connection:
        load_boundaries(connection, path, LEVEL, bounds=CITY)
        assert connection.scalar(select(stored.c.population)) == 260_000
    with pytest.raises(ValueError, match='people "many" is not a number of residents'):
        load(collection(feature(square(-118.4, 34.0), name="1", people="many")), population_property="people")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("not json at all", "is not GeoJSON"),
        ("[1, 2]", "is not GeoJSON: expected"),
        ({"type": "Topology"}, "is not GeoJSON: expected"),
        (collection(), "has no features"),
        (collection({"type": "Feature", "geometry": None}), "feature 1 has no properties"),
        (collection({"type": "Feature", "properties": {"a": 1}, "geometry": None}), "feature 1 is a nothing"),
        (
            collection({"properties": {"a": 1}, "geometry": {"type": "Point", "coordinates": [0, 0]}}),
            "feature 1 is a Point; expected a Polygon",
        ),
        (collection({"properties": {"a": 1}, "geometry": {"type": "Polygon", "coordinates": [[[0, 0]]]}}), "feature 1"),
        (collection(feature([[lat, lon] for lon, lat in square(-118.4, 34.0)], a=1)), "latitude stands first"),
        (collection(feature(square(2.3, 48.8), a=1)), "outside the city's bounds"),
        (collection(feature(square(-118.4, 34.0), a=1), feature(square(-118.3, 34.0), a=1)), "no property names each"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(
    load: Callable[..., Loaded], content: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        load(content)


def test_an_unknown_key_property_projection_or_level_is_named(
    duckdb_engine: Engine, written: Callable[[Any], Path], load: Callable[..., Loaded]
) -> None:
    with pytest.raises(ValueError, match='feature 1 has no property "ward"; it has DIST, label'):
        load(TWO, key_property="ward")
    with pytest.raises(ValueError, match='the coordinates "EPSG:0" are not known'):
        load(TWO, crs="EPSG:0")
    with duckdb_engine.connect() as connection, pytest.raises(ValueError, match='level "street" is not one of'):
        load_boundaries(connection, written(TWO), "street", bounds=CITY)


def test_a_file_that_is_too_large_or_no_whole_gzip_is_refused(
    duckdb_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boundaries, "MOST_BYTES", 1000)
    large, cut = tmp_path / "large.geojson", tmp_path / "cut.geojson.gz"
    large.write_bytes(b" " * 1001)
    cut.write_bytes(gzip.compress(json.dumps(TWO).encode())[:-20])
    with duckdb_engine.connect() as connection:
        for path, message in ((large, "is larger than"), (cut, "is not a whole gzip file")):
            with pytest.raises(ValueError, match=message):
                load_boundaries(connection, path, LEVEL, bounds=CITY)
