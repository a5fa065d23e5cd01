"""Crew lists on paper, a sheet a truck: a box to tick, where and what, room for a note, a small map of the stops."""

from __future__ import annotations

from typing import Any

import pandas as pd

from components.links import View
from components.paper import drawing, parts
from components.paper.blocks import Block, Cell, Column, Heading, PageBreak, Picture, Sheet, Table, Text
from components.queue import snapshot, trucks
from components.queue.trucks import Load

COLUMNS = (
    Column("Done", is_tick=True),
    Column("Stop", "end"),
    Column("Address and what", weight=3),
    Column("Due"),
    Column("Request"),
    Column("Note", weight=1.3, is_blank=True),
)


def build(view: View) -> Sheet:
    kept = snapshot.made(view)
    count, truck = trucks.asked()
    found = trucks.divided(kept, count)
    loads = [load for load in found.loads if truck in (0, load.number) and len(load.rows)]
    blocks: list[Block | None] = [] if loads else [Text("No open request is on this list.")]
    for place, load in enumerate(loads):
        blocks += [PageBreak()] if place else []
        blocks += stops(load)
    if len(found.left_out) and not truck:
        blocks += [PageBreak(), Heading(f"Not on any truck ({len(found.left_out)})"), _table(found.left_out)]
    title = f"Truck {truck}" if truck else f"Crew lists for {count} truck{'' if count == 1 else 's'}"
    return parts.sheet("crew", title, view, blocks, page="queue", figures=("plan_count",))


def stops(load: Load) -> list[Block | None]:
    """The stops of one truck: how long its tour is, the table, the map."""
    found = load.rows
    unplaced = int(found["latitude"].isna().sum())
    sentence = f"{load.words()}. Kilometres are straight lines."
    sentence += f" {unplaced} without a place on the map." if unplaced else ""
    map_of_stops = drawing.stops_map(list(found["latitude"]), list(found["longitude"]))
    alt = f"Map of the {len(found) - unplaced} stops, numbered in driving order and joined by straight lines"
    return [
        Heading(f"Truck {load.number}"),
        Text(sentence),
        _table(found),
        Picture(map_of_stops, alt, "Straight lines, not streets.", width=0.8) if map_of_stops else None,
    ]


def _table(found: pd.DataFrame) -> Table:
    named = found.assign(place=parts.texts(found["address"], "address"))
    return Table(COLUMNS, [_row(row) for row in named.itertuples()])


def _row(row: Any) -> list[str | Cell]:
    due = "no date" if pd.isna(row.due_at) else f"{row.due_at:%a} {row.due_at.day} {row.due_at:%b %Y}"
    more = "; ".join(text for text in (row.service_type, row.why) if isinstance(text, str) and text)
    return [str(getattr(row, "stop", "")), Cell(str(row.place), more), due, str(row.sr_number)]
