"""An inspector's round on paper: thirty requests that may no longer exist, with what was found to tick."""

from __future__ import annotations

import pandas as pd

from components.drawing import wording
from components.links import View
from components.paper import drawing, parts
from components.paper.blocks import Block, Cell, Column, Picture, Sheet, Table, Text
from components.queue import checking, snapshot, trucks

COLUMNS = (
    Column("Still there", is_tick=True),
    Column("Gone", is_tick=True),
    Column("Not found", is_tick=True),
    Column("Stop", "end"),
    Column("Address and what", weight=3),
    Column("Request"),
    Column("Note", weight=0.8, is_blank=True),
)


def build(view: View) -> Sheet:
    queue = snapshot.made(view)
    stops = checking.drawn(queue)
    return parts.sheet("round", "Still there?", view, _blocks(stops, view), page="queue")


def _blocks(stops: pd.DataFrame, view: View) -> list[Block | None]:
    if stops.empty:
        return [Text("No open request is so old that it may no longer exist.")]
    picture = drawing.stops_map(list(stops["latitude"]), list(stops["longitude"]), trucks.length_unit())
    alt = f"Map of the {len(stops)} stops, numbered in driving order and joined by straight lines"
    return [
        Text(
            f"{len(stops)} drawn at random, dangers first, of what is so old that hardly any such is ever closed; in "
            "driving order. Not found: the place could not be told, which says nothing of the request."
        ),
        Text(checking.words(view)),
        Table(COLUMNS, _rows(stops)),
        Picture(picture, alt, "Straight lines, not streets.", width=0.65) if picture else None,
    ]


def _rows(stops: pd.DataFrame) -> list[list[str | Cell]]:
    stops = stops.assign(address=wording.short_addresses(stops["address"]))
    return [
        [str(number), Cell(place, f"{row['service_type']}; {row['why']}"), str(row["sr_number"])]
        for number, (place, row) in enumerate(
            zip(wording.places(stops), stops.to_dict("records"), strict=True), start=1
        )
    ]
