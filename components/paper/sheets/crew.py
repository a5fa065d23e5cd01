"""A crew's list on paper: a box to tick, where and what, room for a note, and a small map of the stops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from components.cache import ask
from components.links import View
from components.paper import drawing, parts
from components.paper.blocks import Block, Cell, Column, Picture, Sheet, Table, Text
from components.queue import crew_list, snapshot
from db.queries.queue import triage
from db.rules.route import length_km

COLUMNS = (
    Column("Done", is_tick=True),
    Column("Stop", "end"),
    Column("Address and what", weight=3),
    Column("Due"),
    Column("Request"),
    Column("Note", weight=1.3, is_blank=True),
)


def build(view: View) -> Sheet:
    asked = crew_list.asked()
    found = in_driving_order(view, asked)
    return parts.sheet("crew", "Crew list", view, stops(found, len(asked)), page="queue", figures=("why",))


def in_driving_order(view: View, numbers: Sequence[str]) -> pd.DataFrame:
    """The requests of these numbers that are open in this view, in driving order from the first, numbered in `stop`."""
    ranked = snapshot.ranking(view)
    rows = crew_list.chosen_of(ranked, numbers[: crew_list.MOST_STOPS])
    found = triage.detailed(rows, ask(triage.details, triage.keys_of(rows), as_of=view.as_of), view.as_of)
    return crew_list.in_driving_order(found)


def stops(found: pd.DataFrame, asked: int) -> list[Block | None]:
    """The stops of one crew: what is left out in a sentence, the map, the table. `asked`: how many the link names."""
    if found.empty:
        return [Text("No open request is on this list.")]
    km = length_km(found["latitude"], found["longitude"])
    gone, unplaced = min(asked, crew_list.MOST_STOPS) - len(found), int(found["latitude"].isna().sum())
    sentence = f"{len(found)} stops, {km:,.1f} km in straight lines from the first one chosen."
    sentence += f" {gone} no longer open." if gone else ""
    sentence += f" {unplaced} without a place on the map, at the end." if unplaced else ""
    left = asked - crew_list.MOST_STOPS
    sentence += f" A list holds {crew_list.MOST_STOPS} at most; {left} were left out." if left > 0 else ""
    map_of_stops = drawing.stops_map(list(found["latitude"]), list(found["longitude"]))
    alt = f"Map of the {len(found) - unplaced} stops, numbered in driving order and joined by straight lines"
    return [
        Text(sentence),
        Table(
            COLUMNS, [_row(row) for row in found.assign(place=parts.texts(found["address"], "address")).itertuples()]
        ),
        Picture(map_of_stops, alt, "Straight lines, not streets.", width=0.8) if map_of_stops else None,
    ]


def _row(row: Any) -> list[str | Cell]:
    due = "no date" if pd.isna(row.due_at) else f"{row.due_at:%a} {row.due_at.day} {row.due_at:%b %Y}"
    more = "; ".join(text for text in (row.service_type, row.why) if isinstance(text, str) and text)
    return [str(row.stop), Cell(str(row.place), more), due, str(row.sr_number)]
