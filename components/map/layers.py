"""The map itself: pydeck layers over the city's own outlines, complete without any network."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import h3
import pandas as pd
import pydeck as pdk
import shapely
import streamlit as st

from components import state
from components.cache import ask, cached_without_copy, city, made, settings
from components.drawing import tables
from components.drawing.theme import QUIET
from components.map import classes, wording
from components.map.classes import Classes
from components.map.deck import CompactDeck
from db.queries.map import districts as map_districts

HEIGHT = 560
NARROWEST = 350  # pixels: the map on a phone
ONE_COLUMN = 640  # pixels: in a window narrower than this columns stand below each other
MENU, PART, MARGIN = 450, 0.6, 40  # pixels of menu and margins beside the page, and the map's part of what is left
CLOSEST = 0.004  # degrees: no closer than about 400 m, or a single place fills the picture
OPACITY, OVER_STREETS = 230, 165  # of 255, alone and above street pictures
FAINT = round(255 * classes.FAINT)
MOST_LABELS = 30
OUTLINE_LEVEL = "council_district"
TOOLTIP_STYLE = {"backgroundColor": "#0E1726", "color": "#FFFFFF", "fontSize": "13px"}
STREETS_BY = "Streets: © OpenStreetMap contributors, © CARTO. Without a network the map is drawn without them."
APPROXIMATE = (
    "District borders are approximate: the cells in which most requests name them. Load boundaries for exact ones."
)

Feature = dict[str, Any]


Bounds = tuple[float, float, float, float]


def districts(level: str) -> tuple[list[Feature], bool]:
    """The outlines of one level as GeoJSON features with `key` and `name`, and whether they are approximate."""
    return made(_districts, level)


def _districts(level: str) -> tuple[list[Feature], bool]:
    stored = ask(map_districts.outlines, level=level)
    if len(stored):
        return _stored_outlines(stored), False
    return _outlines_of_cells(ask(map_districts.cell_districts, level=level)), True


def _stored_outlines(stored: pd.DataFrame) -> list[Feature]:
    return [_feature(json.loads(row.geometry), row.key, row.name) for row in _rows(stored)]


def _outlines_of_cells(cells: pd.DataFrame) -> list[Feature]:
    """Each district as its cells side by side, for a level whose outlines were never loaded."""
    return [
        _feature(_rounded(h3.cells_to_geo(list(district_cells["cell"]))), str(key), str(key))
        for key, district_cells in cells.groupby("key")
    ]


def hexagons(frame: pd.DataFrame, question: str, found: Classes) -> pdk.Layer:
    """One hexagon for each cell, coloured by its class; made once for equal ones."""
    return _hexagons(frame, question, found, _opacity())


@cached_without_copy
def _hexagons(frame: pd.DataFrame, question: str, place_classes: Classes, opacity: int) -> pdk.Layer:
    data = _coloured(frame, question, place_classes, opacity)[["cell", "c", "t"]]
    return pdk.Layer(
        "H3HexagonLayer",
        data,
        id="cells",
        get_hexagon="cell",
        get_fill_color="c",
        stroked=False,
        extruded=False,
        pickable=True,
        auto_highlight=True,
    )


def heat(frame: pd.DataFrame, question: str) -> pdk.Layer:
    """A smooth surface over the cells' centres; for `how_late` a cell weighs as many as were missed.

    Low values must fade into the background, so on a dark one the ramp of colours is reversed.
    """
    weight = frame["request_count"] * frame["value"] if question == "how_late" else frame["value"]
    centres = [h3.cell_to_latlng(cell) for cell in frame["cell"]]
    data = pd.DataFrame(centres, columns=["lat", "lon"]).round(4).assign(w=weight.fillna(0).round(2).to_numpy())
    colours = [list(_rgb(colour)) for colour in (wording.RAMP[::-1] if is_dark() else wording.RAMP)]
    return pdk.Layer(
        "HeatmapLayer",
        data,
        id="heat",
        get_position="[lon, lat]",
        get_weight="w",
        color_range=colours,
        radius_pixels=28,
    )


def areas(features: list[Feature], frame: pd.DataFrame, question: str, found: Classes) -> pdk.Layer:
    """Districts coloured by their class."""
    coloured = _coloured(frame[frame["key"].notna()], question, found, _opacity()).set_index("key")
    drawn_features = []
    for feature in features:
        key, name = feature["properties"]["key"], feature["properties"]["name"]
        no_requests = f"{wording.area_name('', key, name)}: none"
        colour = coloured["c"].get(key, [*_rgb(classes.GREY), FAINT])
        properties = {"key": key, "c": colour, "t": coloured["t"].get(key, no_requests)}
        drawn_features.append({**feature, "properties": properties})
    return pdk.Layer(
        "GeoJsonLayer",
        {"type": "FeatureCollection", "features": drawn_features},
        id="areas",
        get_fill_color="properties.c",
        get_line_color=[*_rgb(QUIET), 255],
        line_width_min_pixels=1,
        pickable=True,
        auto_highlight=True,
    )


def outlines(features: list[Feature]) -> list[pdk.Layer]:
    """The base map: borders and labels, no picture from anywhere."""
    lines = pdk.Layer(
        "GeoJsonLayer",
        {"type": "FeatureCollection", "features": features},
        id="outline",
        filled=False,
        get_line_color=[*_rgb(QUIET), 220],
        line_width_min_pixels=1,
    )
    return [lines, *labels(features)]


def labels(features: list[Feature]) -> list[pdk.Layer]:
    """The key of each area within it, where they are few enough to be read."""
    if len(features) > MOST_LABELS:
        return []
    data = [{"p": _inside(feature), "n": feature["properties"]["key"]} for feature in features]
    ink, ground = ("#E6ECF4", "#18253A") if is_dark() else ("#0B1A30", "#FFFFFF")
    text = pdk.Layer(
        "TextLayer",
        data,
        id="labels",
        get_position="p",
        get_text="n",
        get_size=13,
        get_color=[*_rgb(ink), 255],
        background=True,
        get_background_color=[*_rgb(ground), 200],
        background_padding=[3, 1],
        character_set=pdk.types.String("auto"),
    )
    return [text]


def _inside(feature: Feature) -> list[float]:
    """A place within an area, found once for each outline."""
    return _point_within(json.dumps(feature["geometry"]))


@lru_cache(maxsize=500)
def _point_within(geometry: str) -> list[float]:
    point = shapely.from_geojson(geometry).representative_point()
    return [round(point.x, 4), round(point.y, 4)]


def dots(frame: pd.DataFrame) -> pdk.Layer:
    """Single requests, where they are few enough to be told apart."""
    texts = frame["sr_number"] + ", " + frame["service_type"]
    data = frame[["longitude", "latitude"]].round(5).assign(t=texts)
    return pdk.Layer(
        "ScatterplotLayer",
        data,
        id="dots",
        get_position="[longitude, latitude]",
        get_fill_color=[*_rgb("#B97512"), 230],
        radius_min_pixels=3,
        radius_max_pixels=6,
        pickable=True,
    )


def deck(layers: list[pdk.Layer], seen: Bounds) -> CompactDeck:
    """The map; `seen` in degrees."""
    west, south, east, north = seen
    initial_view = pdk.ViewState(longitude=(west + east) / 2, latitude=(south + north) / 2, zoom=_zoom(seen))
    # Any style, even None, makes the browser ask the style's host.
    base_map = {"map_style": "dark" if is_dark() else "light"} if with_streets() else {"map_provider": None}
    tooltip = {"html": "{t}", "style": TOOLTIP_STYLE}
    return CompactDeck(layers=layers, initial_view_state=initial_view, tooltip=tooltip, **base_map)


def draw(deck: pdk.Deck, *, key: str, alt: str) -> None:
    """Draw the map. In the run that follows, `picked` gives what was clicked on."""
    st.pydeck_chart(deck, height=HEIGHT, key=key, on_select="rerun", selection_mode="single-object", alt=alt)


def picked(key: str) -> Feature | None:
    """What was clicked on in the map `key`, as the data of its layer, else None."""
    widget = state.value(key)
    objects = widget["selection"]["objects"] if widget else {}
    clicked = [item for layer in ("cells", "areas") for item in objects.get(layer, [])]
    return clicked[0] if clicked else None


def bounds(level: str) -> Bounds:
    """West, south, east, north of the whole city in degrees: of its outlines, else the bounds in its profile."""
    extent = made(_extent, level)
    return extent or city().profile.bounds


def _extent(level: str) -> Bounds | None:
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in _districts(level)[0]]
    if not shapes:
        return None
    west, south, east, north = (float(edge) for edge in shapely.total_bounds(shapes))
    return west - CLOSEST, south - CLOSEST, east + CLOSEST, north + CLOSEST


def around(located: Mapping[Any, Any], level: str) -> Bounds:
    """The rectangle around all points of `cells.located`; the whole city where there are none."""
    west, south, east, north = (located[name] for name in ("west", "south", "east", "north"))
    if pd.isna(west):
        return bounds(level)
    return west - CLOSEST, south - CLOSEST, east + CLOSEST, north + CLOSEST


def list_height(count: int) -> tables.Height:
    """As high as the map, or as its rows where they are fewer."""
    most = HEIGHT - 60
    return "content" if tables.ROW_HEIGHT * (count + 1) < most else most


def with_streets() -> bool:
    """Whether street pictures from the network lie under the map."""
    return settings().tiles


def is_dark() -> bool:
    """Whether the reader's theme is dark."""
    return st.context.theme.type == "dark"


def _opacity() -> int:
    """How opaque a colour is, of 255: less above street pictures."""
    return OVER_STREETS if with_streets() else OPACITY


def _coloured(frame: pd.DataFrame, question: str, place_classes: Classes, opacity: int) -> pd.DataFrame:
    """`c`: the colour of each row of `wording.with_places`; `t`: what its tooltip says, which the page makes safe."""
    texts = [
        f"{place}: {wording.place_text(question, value, count)}"
        for place, value, count in zip(frame["place"], frame["value"], frame["request_count"], strict=True)
    ]
    opacities = [opacity if has_value else FAINT for has_value in place_classes.of.loc[frame.index].notna()]
    colours = [
        [*_rgb(colour), row_opacity]
        for colour, row_opacity in zip(place_classes.colour().loc[frame.index], opacities, strict=True)
    ]
    return frame.assign(c=pd.Series(colours, index=frame.index, dtype=object), t=texts)


def _feature(geometry: Any, key: str, name: str) -> Feature:
    return {"type": "Feature", "geometry": geometry, "properties": {"key": key, "name": name}}


def _rows(frame: pd.DataFrame) -> Any:
    return frame.itertuples(index=False)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _rounded(geometry: Any) -> Feature:
    """A geometry to four decimals, about 10 m: a third of the text."""
    rounded: Feature = json.loads(shapely.to_geojson(shapely.set_precision(shapely.geometry.shape(geometry), 1e-4)))
    return rounded


def _zoom(seen: Bounds) -> float:
    """A zoom at which all of `seen` is in the picture: 512 pixels hold the world at zoom 0."""
    west, south, east, north = seen
    tall = (north - south) / math.cos(math.radians((north + south) / 2))
    return math.log2(360 / 512 * min(_width() / (east - west), HEIGHT / tall)) - 0.1


def _width() -> float:
    """About how wide the map is, by the window's width; as on a phone where that is not known."""
    window = state.window_width()
    if window is None:
        return NARROWEST
    return window - MARGIN if window < ONE_COLUMN else max(NARROWEST, PART * (window - MENU))
