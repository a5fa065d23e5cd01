"""The map itself: pydeck layers over the city's own outlines, complete without any network."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from typing import Any

import h3
import pandas as pd
import pydeck as pdk
import shapely
import streamlit as st

from components import map_words, state
from components.cache import ask, profile
from components.theme import QUIET
from db.filters import RequestFilter

HEIGHT = 560
FEW = 2000  # so many single requests can be told apart
OPACITY = 205
OUTLINE_LEVEL = "council_district"
TOOLTIP_STYLE = {"backgroundColor": "#0E1726", "color": "#FFFFFF", "fontSize": "13px"}
APPROXIMATE = (
    "District borders are approximate: the cells in which most requests name them. Load boundaries for exact ones."
)

Feature = dict[str, Any]


class CompactDeck(pdk.Deck):
    """A deck whose description has no white space: a third of what would be sent otherwise."""

    def to_json(self) -> str:
        return json.dumps(json.loads(super().to_json()), separators=(",", ":"))


@dataclass(frozen=True)
class Narrowed:
    """One cell or district as names of a link and as fields of a filter."""

    link: dict[str, object]
    filters: dict[str, Any]


def districts(level: str) -> tuple[list[Feature], bool]:
    """The outlines of one level as GeoJSON features with `key` and `name`, and whether they are approximate."""
    known = ask("districts.outlines", level=level)
    if len(known):
        return [_feature(json.loads(row.geometry), row.key, row.name) for row in _rows(known)], False
    cells = ask("districts.cell_districts", level=level)
    return [
        _feature(h3.cells_to_geo(list(found["cell"])), str(key), str(key)) for key, found in cells.groupby("key")
    ], True


def hexagons(frame: pd.DataFrame, question: str, found: map_words.Classes) -> pdk.Layer:
    """One hexagon for each cell, coloured by its class."""
    data = _coloured(frame, question, found)[["cell", "c", "t"]]
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
    """A smooth surface over the cells' centres; what is late is weighed by how many were missed."""
    weight = frame["request_count"] * frame["value"] if question == "how_late" else frame["value"]
    centres = [h3.cell_to_latlng(cell) for cell in frame["cell"]]
    data = pd.DataFrame(centres, columns=["lat", "lon"]).round(4).assign(w=weight.fillna(0).round(2).to_numpy())
    colours = [list(_rgb(colour)) for colour in map_words.RAMP]
    return pdk.Layer(
        "HeatmapLayer",
        data,
        id="heat",
        get_position="[lon, lat]",
        get_weight="w",
        color_range=colours,
        radius_pixels=28,
    )


def areas(features: list[Feature], frame: pd.DataFrame, question: str, found: map_words.Classes) -> pdk.Layer:
    """Districts coloured by their class."""
    told = _coloured(frame[frame["key"].notna()], question, found).set_index("key")
    drawn = []
    for feature in features:
        key, name = feature["properties"]["key"], feature["properties"]["name"]
        colour = told["c"].get(key, [*_rgb(map_words.GREY), 70])
        properties = {"key": key, "c": colour, "t": f"{name}: {told['t'].get(key, 'none')}"}
        drawn.append({**feature, "properties": properties})
    return pdk.Layer(
        "GeoJsonLayer",
        {"type": "FeatureCollection", "features": drawn},
        id="areas",
        get_fill_color="properties.c",
        get_line_color=[*_rgb(QUIET), 255],
        line_width_min_pixels=1,
        pickable=True,
        auto_highlight=True,
    )


def outlines(features: list[Feature]) -> list[pdk.Layer]:
    """The base map: borders and labels, no picture from anywhere."""
    shapes = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in features]
    labels = [
        {"p": [round(shape.representative_point().x, 4), round(shape.representative_point().y, 4)], "n": key}
        for shape, key in zip(shapes, (feature["properties"]["key"] for feature in features), strict=True)
    ]
    lines = pdk.Layer(
        "GeoJsonLayer",
        {"type": "FeatureCollection", "features": features},
        id="outline",
        filled=False,
        get_line_color=[*_rgb(QUIET), 220],
        line_width_min_pixels=1,
    )
    text = pdk.Layer(
        "TextLayer",
        labels,
        id="labels",
        get_position="p",
        get_text="n",
        get_size=13,
        get_color=[*_rgb("#0B1A30"), 255],
        background=True,
        get_background_color=[255, 255, 255, 190],
        background_padding=[3, 1],
        character_set=pdk.types.String("auto"),
    )
    return [lines, text]


def dots(frame: pd.DataFrame) -> pdk.Layer:
    """Single requests, where they are few enough to be told apart."""
    data = frame[["longitude", "latitude"]].round(5).assign(t=frame["sr_number"] + ", " + frame["service_type"])
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


def draw(layers: list[pdk.Layer], bounds: tuple[float, float, float, float], *, key: str, alt: str) -> Feature | None:
    """Draw the map; gives what was clicked on, as the data of its layer, else None. `bounds` in degrees."""
    west, south, east, north = bounds
    middle = pdk.ViewState(longitude=(west + east) / 2, latitude=(south + north) / 2, zoom=_zoom(bounds))
    deck = CompactDeck(
        layers=layers,
        initial_view_state=middle,
        map_provider=None,
        tooltip={"html": "{t}", "style": TOOLTIP_STYLE},
    )
    chosen = st.pydeck_chart(deck, height=HEIGHT, key=key, on_select="rerun", selection_mode="single-object", alt=alt)
    objects = chosen["selection"]["objects"] if chosen else {}
    picked = [found for layer in ("cells", "areas") for found in objects.get(layer, [])]
    return picked[0] if picked else None


def bounds() -> tuple[float, float, float, float]:
    """West, south, east, north of the city in degrees."""
    return profile(str(ask("freshness.city")["key"].iloc[0])).bounds


def is_dark() -> bool:
    """Whether the reader's theme is dark."""
    return st.context.theme.type == "dark"


def beside(picked: Feature | None, level: str, shows: str, chosen: RequestFilter) -> None:
    """The list of the cell or district that was clicked on, and the way to its queue."""
    view = state.current()
    changes = narrowed(picked, level)
    if changes is None:
        st.caption("Choose a place on the map to see its requests here.")
        return
    st.markdown(f"**{_title(picked, level)}**")
    filters = replace(chosen, **changes.filters)
    rows = ask("places.points", filters, as_of=view.as_of, shows=shows, limit=200)
    st.page_link(
        state.page("queue"), label="Its queue", icon=":material/list_alt:", query_params=state.link(changes.link)
    )
    st.dataframe(
        rows[["sr_number", "service_type", "status", "address"]],
        column_config={"sr_number": "Request", "service_type": "Type", "status": "Status", "address": "Address"},
        hide_index=True,
        height=HEIGHT - 110,
        alt="Requests of the place that was chosen, newest first",
    )


def narrowed(picked: Feature | None, level: str) -> Narrowed | None:
    """What was chosen, as a cell or a district; None where nothing was, or a place without a key."""
    if picked is None:
        return None
    if "cell" in picked:
        return Narrowed({"cell": str(picked["cell"])}, {"cell": int(str(picked["cell"]), 16)})
    value = picked.get("properties", picked).get("key")
    if value is None or pd.isna(value):
        return None
    key = str(value)
    if level == "council_district":
        return Narrowed({"district": [key]}, {"districts": (key,)})
    return Narrowed({"neighborhood": [key]}, {"neighborhoods": (key,)})


def _title(picked: Feature | None, level: str) -> str:
    if picked is None or "cell" in picked:
        return "Requests in this hexagon"
    return f"Requests in {'district ' if level == 'council_district' else ''}{picked.get('properties', picked)['key']}"


def _coloured(frame: pd.DataFrame, question: str, found: map_words.Classes) -> pd.DataFrame:
    """`c`: the colour of each row; `t`: what its tooltip says."""
    colours = found.colour(frame["value"].where(~frame["is_small"]))
    texts = [
        map_words.place_text(question, value, count)
        for value, count in zip(frame["value"], frame["request_count"], strict=True)
    ]
    return frame.assign(c=colours.map(lambda colour: [*_rgb(colour), OPACITY]), t=texts)


def _feature(geometry: Any, key: str, name: str) -> Feature:
    return {"type": "Feature", "geometry": geometry, "properties": {"key": key, "name": name}}


def _rows(frame: pd.DataFrame) -> Any:
    return frame.itertuples(index=False)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _zoom(bounds: tuple[float, float, float, float]) -> float:
    """A zoom at which the whole city is seen in a picture of `HEIGHT`."""
    west, south, east, north = bounds
    tall = (north - south) / math.cos(math.radians((north + south) / 2))
    return math.log2(360 / max(east - west, tall)) + math.log2(HEIGHT / 512) - 0.1
