"""One place of the map: what was clicked on, as a filter and as a link, and its list beside the map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st

from components import state
from components.cache import ask
from components.drawing import notices, tables
from components.links import View
from components.map import layers
from db.model.filters import RequestFilter
from db.queries.map import cells

FEW = 2000  # from so many single requests on they cannot be told apart within one place
LISTED = 200
LIST_LABELS = {"service_type": "Type", "status": "Status", "address": "Address", "sr_number": "Request"}
WHOLE_CITY: dict[str, object] = {"cell": None, "district": None, "neighborhood": None, "place": None, "street": None}


@dataclass(frozen=True)
class Narrowed:
    """One cell or district as names of a link and as fields of a filter."""

    link: dict[str, object]
    filters: dict[str, Any]


def narrowed(picked: Mapping[Any, Any] | None, level: str) -> Narrowed | None:
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


def is_narrow(filters: RequestFilter) -> bool:
    """Whether the reader looks at a part of the city."""
    return bool(
        filters.cell is not None or filters.place or filters.districts or filters.neighborhoods or filters.streets
    )


def dots(picked: Mapping[Any, Any] | None, level: str, shows: str, chosen: RequestFilter, view: View) -> list[Any]:
    """The single requests of the place that was clicked on or filtered to, where they are fewer than `FEW`."""
    changes = narrowed(picked, level)
    if changes is None and not is_narrow(chosen):
        return []
    filters = chosen if changes is None else replace(chosen, **changes.filters)
    rows = ask(cells.points, filters, as_of=view.as_of, shows=shows, limit=FEW)
    return [layers.dots(rows)] if len(rows) < FEW else []


def beside(picked: Mapping[Any, Any], level: str, shows: str, chosen: RequestFilter, frame: pd.DataFrame) -> None:
    """Draw the list of the cell or district that was clicked on, a link to its queue, and a button that zooms to it."""
    changes = narrowed(picked, level)
    if changes is None:
        return
    view = state.current()
    st.markdown(f"**{notices.plain(title(picked, frame))}**")
    rows = ask(cells.points, replace(chosen, **changes.filters), as_of=view.as_of, shows=shows, limit=LISTED)
    count = f"The newest {LISTED} are listed." if len(rows) == LISTED else f"{len(rows)} on the map, newest first."
    st.caption(f"{count} Choose a row to open the request.")
    with st.container(horizontal=True, gap="small"):
        st.page_link(
            state.page("queue"), label="Its queue", icon=":material/list_alt:", query_params=state.link(changes.link)
        )
        # A link to the page that is open would leave the address as it was.
        st.button("Look closer", key="closer", icon=":material/zoom_in:", on_click=_look_at, kwargs=changes.link)
    row = tables.opening_table(
        rows,
        LIST_LABELS,
        key="of_place",
        height=layers.list_height(len(rows)),
        alt="Requests of the place that was chosen",
    )
    if row is not None:
        state.go("request", sr=row["sr_number"], system=row["source_system"])


def way_out(filters: RequestFilter) -> None:
    """Draw the button that leads from a part of the city back to all of it."""
    if is_narrow(filters):
        st.button(
            "Whole city", key="whole_city", icon=":material/zoom_out_map:", on_click=state.choose, kwargs=WHOLE_CITY
        )


def title(picked: Mapping[Any, Any], frame: pd.DataFrame) -> str:
    """The chosen place in words, with its number of requests; `frame` as `wording.with_places` gives it."""
    name = "cell" if "cell" in picked else "key"
    if name not in frame:
        return "The chosen place"
    rows = frame[frame[name] == picked.get("properties", picked)[name]]
    return "The chosen place" if rows.empty else str(rows["place"].iloc[0])


def _look_at(**link: object) -> None:
    """Filter to a place, and draw it in hexagons finer than it."""
    state.choose(**link)
    state.set_params(level="hexagon")
