"""District outlines as SVG paths in the units of one small picture: no degrees leave the request database."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import cos, radians

WIDTH = 1000

Point = tuple[float, float]


def outlines(geometries: Mapping[str, str]) -> tuple[dict[str, str], int]:
    """The path of each GeoJSON geometry, by key, and the height of the picture that is 1000 units wide."""
    rings = {key: list(_rings(json.loads(text))) for key, text in geometries.items()}
    points = [point for rings_of_area in rings.values() for ring in rings_of_area for point in ring]
    if not points:
        return {}, 0
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    shrink = cos(radians((south + north) / 2))
    scale = WIDTH / max((east - west) * shrink, 1e-9)

    def svg_point(point: Point) -> str:
        return f"{round((point[0] - west) * shrink * scale)},{round((north - point[1]) * scale)}"

    paths = {
        key: "".join(f"M{'L'.join(dict.fromkeys(map(svg_point, ring)))}Z" for ring in rings_of_area)
        for key, rings_of_area in rings.items()
    }
    return paths, round((north - south) * scale)


def _rings(geometry: Mapping[str, object]) -> Iterator[list[Point]]:
    parts = geometry["coordinates"]
    polygons = [parts] if geometry["type"] == "Polygon" else parts
    for polygon in polygons:  # type: ignore[attr-defined]
        for ring in polygon:
            yield [(float(point[0]), float(point[1])) for point in ring]
