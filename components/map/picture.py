"""What the map shows of one question, made once for a version of the data and what is chosen: shapes, words, table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
import pydeck as pdk

from components.cache import ask, made
from components.drawing import tables
from components.map import classes, controls, layers, wording
from components.map.classes import Classes
from db.model.filters import RequestFilter
from db.queries.map import cells


@dataclass(frozen=True, eq=False)
class Picture:
    """Nobody may change any of it. `told`: how many are on the map and how many cannot be."""

    located: Mapping[str, Any]
    frame: pd.DataFrame
    told: str
    what: str
    found: Classes
    layers: list[pdk.Layer]
    is_approximate: bool
    twin: tables.Ready

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw and nothing to tell."""
        return self.frame.empty and not self.located["request_count"]


def picture(chosen: RequestFilter, as_of: datetime, shows: str, level: str, finest: int, is_dark: bool) -> Picture:
    """The answer to the question `shows` by `level`, cells no finer than `finest`."""
    located = {
        str(name): value
        for name, value in ask(cells.located, chosen, as_of=as_of, shows=shows).to_dict("records")[0].items()
    }
    is_area = level in wording.AREAS
    if is_area:
        frame = ask(cells.districts, chosen, level=level, as_of=as_of, shows=shows)
    else:
        frame = ask(cells.cells, chosen, finest=finest, as_of=as_of, shows=shows)
    frame = wording.with_places(frame, level)
    found = classes.classes(frame, shows, is_dark=is_dark)
    shapes, is_approximate = layers.districts(level if is_area else layers.OUTLINE_LEVEL)
    if is_area:
        drawn = [layers.areas(shapes, frame, shows, found), *layers.labels(shapes)]
    else:
        surface = layers.heat(frame, shows) if level == "heat" else layers.hexagons(frame, shows, found)
        drawn = [surface, *layers.outlines(shapes)]
    rows, labels = controls.twin(frame.assign(against=classes.against(found)), shows, level)
    return Picture(
        located,
        frame,
        wording.told(located, shows),
        controls.what(chosen, shows, frame),
        found,
        drawn,
        is_approximate,
        tables.ready(rows, labels, units=controls.UNITS),
    )


def deck(
    chosen: RequestFilter, as_of: datetime, shows: str, level: str, finest: int, is_dark: bool, seen: layers.Bounds
) -> pdk.Deck:
    """The map of `picture` without any single request on it."""
    return layers.deck(made(picture, chosen, as_of, shows, level, finest, is_dark).layers, seen)
