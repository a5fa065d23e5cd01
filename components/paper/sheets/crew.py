"""Crew lists on paper, a sheet a truck: a box to tick, where and what, room for a note, a small map of the stops."""

from __future__ import annotations

from typing import Any

import pandas as pd

from components.drawing import wording
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
    Column("Note", weight=0.8, is_blank=True),
)
LEFT_OUT = (Column("Address", weight=1), Column("What and why", weight=2), Column("Due"), Column("Request"))


def build(view: View) -> Sheet:
    queue = snapshot.made(view)
    count, truck = trucks.asked()
    division = trucks.divided(queue, count)
    loads = [load for load in division.loads if truck in (0, load.number) and len(load.rows)]
    blocks: list[Block | None] = [] if loads else [Text("No open request is on this list.")]
    for place, load in enumerate(loads):
        blocks += [PageBreak()] if place else []
        blocks += stops(load, view)
    if len(division.left_out) and not truck:
        blocks += _left_out(division.left_out, view)
    title = f"Truck {truck}" if truck else f"Crew lists for {count} truck{'' if count == 1 else 's'}"
    return parts.sheet("crew", title, view, blocks, page="queue", figures=("plan_count",))


def stops(load: Load, view: View) -> list[Block | None]:
    """The stops of one truck: how long its tour is, the table, the map."""
    rows = load.rows
    unplaced = int(rows["latitude"].isna().sum())
    sentence = f"{load.words()}. {load.unit.name.capitalize()} are straight lines."
    sentence += f" {unplaced} without a place on the map." if unplaced else ""
    map_of_stops = drawing.stops_map(list(rows["latitude"]), list(rows["longitude"]), load.unit)
    alt = f"Map of the {len(rows) - unplaced} stops, numbered in driving order and joined by straight lines"
    return [
        Heading(f"Truck {load.number}"),
        Text(sentence),
        Table(COLUMNS, _rows(rows, view)),
        Picture(map_of_stops, alt, "Straight lines, not streets.", width=0.65) if map_of_stops else None,
    ]


def _rows(stops: pd.DataFrame, view: View) -> list[list[str | Cell]]:
    return [
        [str(row.stop), Cell(place, _type_and_reason(row)), _due_day(row.due_at, view), str(row.sr_number)]
        for place, row in zip(wording.places(stops), stops.itertuples(), strict=True)
    ]


def _left_out(stops: pd.DataFrame, view: View) -> list[Block | None]:
    """What no truck has time for, close together: nobody drives there today."""
    rows = [
        [place, _type_and_reason(row), _due_day(row.due_at, view), str(row.sr_number)]
        for place, row in zip(wording.places(stops), stops.itertuples(), strict=True)
    ]
    return [
        PageBreak(),
        Heading(f"Not on any truck ({len(stops)})"),
        Text("There is no time for these in the shifts of the trucks; most pressing first.", is_quiet=True),
        Table(LEFT_OUT, rows),
    ]


def _type_and_reason(row: Any) -> str:
    return "; ".join(text for text in (row.service_type, row.why) if isinstance(text, str) and text)


def _due_day(due: Any, view: View) -> str:
    """The day, with its year where it is not this one."""
    if pd.isna(due):
        return "no date"
    return f"{due:%a} {due.day} {due:%b}" + ("" if due.year == view.as_of.year else f" {due:%Y}")
