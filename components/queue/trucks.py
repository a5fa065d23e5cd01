"""Crew lists: today's plan, or the rows ticked, divided among trucks; one list a truck, and the same as cards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from components import cache, state
from components.drawing import notices, tables, wording
from components.drawing.notices import plain
from components.queue import lanes, listing, table
from components.queue.snapshot import Held, profile, working_day
from db.rules import tours
from db.rules.lengths import LENGTHS, Length
from db.rules.triage.moments import due_by, horizons
from db.rules.triage.plan import Lane
from db.rules.triage.setting import TriageRules

MOST_TRUCKS = 30
LABELS = {
    "stop": "Stop",
    "why": "Why",
    "service_type": "Type",
    "address": "Address",
    "sr_number": "Request",
}


_cached_division = cache.cached(tours.divide)


@dataclass(frozen=True)
class Load:
    """One truck's stops in order, with `stop` from 1, and how long its tour is."""

    number: int
    rows: pd.DataFrame
    urgent_count: int
    km: float
    minutes: float
    unit: Length

    def words(self) -> str:
        """ "19 stops, 12 miles, 7 h 10 min; the first 6 cannot wait"."""
        hours, minutes = divmod(round(self.minutes), 60)
        count = f"{len(self.rows)} stop{'' if len(self.rows) == 1 else 's'}"
        first = f"; the first {self.urgent_count} cannot wait" if self.urgent_count else ""
        return f"{count}, {self.unit.words(self.km)}, {hours} h {minutes:02} min{first}"


class Divided(NamedTuple):
    """The trucks' loads and the rows no truck has time for; of `chosen_count` stops, `too_many` were more than can be
    divided; `gone_count` of the link are no longer open.
    """

    loads: list[Load]
    left_out: pd.DataFrame
    chosen_count: int
    gone_count: int
    too_many: int


def show(kept: Held) -> None:
    """The number of trucks, then one list a truck; of a single truck that the link names its cards."""
    count, truck = asked()
    division = divided(kept, count)
    if truck:
        cards(division.loads[truck - 1], kept)
        return
    with st.container(horizontal=True, key="trucks_line", gap="small", vertical_alignment="center"):
        st.title("Trucks", anchor=False, width="content")
        _truck_count_control(count)
        st.button(
            "Back to the queue",
            key="trucks_back",
            icon=":material/arrow_back:",
            on_click=_back_to_queue,
            shortcut="Esc",
        )
    st.markdown(_summary(kept, division))
    with st.container(key="truck_lists"):
        for load in division.loads:
            _truck_list(load, count)
        if len(division.left_out):
            st.subheader(f"Not on any truck ({len(division.left_out)})", anchor=False)
            shown = {name: label for name, label in LABELS.items() if name != "stop"}
            stops = division.left_out
            tables.table(stops.assign(address=wording.places(stops)), shown, alt="Stops that no truck has time for")
    tables.download(
        "trucks",
        lambda: pd.concat([load.rows.assign(truck=load.number) for load in division.loads], ignore_index=True),
        tables.header(f"Crew lists for {count} trucks", kept.view, ["plan_count"]),
    )


def asked() -> tuple[int, int]:
    """How many trucks the link asks for, and which of them, 0 for all."""
    own = state.page_params()
    count = own.whole("trucks", 1, least=1, most=MOST_TRUCKS, expected=f"a number of trucks from 1 to {MOST_TRUCKS}")
    return count, own.whole("truck", 0, least=1, most=count, expected=f"one of the {count} trucks")


def length_unit() -> Length:
    """How this city says a distance."""
    return LENGTHS[profile().distances]


def cards(load: Load, kept: Held) -> None:
    """One truck's stops as cards for a phone: what, where as text to copy, and a way into the phone's own map."""
    st.title(f"Truck {load.number}", anchor=False)
    st.caption(f"{load.words()}, as of {plain(notices.moment(kept.view.as_of))}.")
    for row in load.rows.to_dict("records"):
        with st.container(border=True, gap="small"):
            st.markdown(f"**{row['stop']}. {plain(row['service_type'])}**  \n{plain(row['why'])}")
            st.code(wording.place(row["address"], row["latitude"], row["longitude"]), language=None, wrap_lines=True)
            with st.container(horizontal=True, gap="small", vertical_alignment="center"):
                st.caption(plain(row["numbers"]))
                if not pd.isna(row["latitude"]):
                    st.link_button("Map", map_address(row["latitude"], row["longitude"], state.is_apple()))


def map_address(latitude: float, longitude: float, is_apple: bool) -> str:
    """The address that opens a phone's own map there; Apple's phones do not know `geo:`."""
    place = f"{latitude:.6f},{longitude:.6f}"
    return f"maps://?q={place}" if is_apple else f"geo:{place}?q={place}"


def _stops_to_divide(kept: Held) -> tuple[pd.DataFrame, int]:
    """The rows to divide: those that the link names, else today's plan; and how many of the link are gone."""
    keys_in_link = dict.fromkeys(text for text in state.param("stops").split(",") if text)
    if not keys_in_link:
        return kept.ranked[kept.ranked["is_in_plan"]].reset_index(drop=True), 0
    keys = kept.ranked["source_system"] + ":" + kept.ranked["sr_number"]
    rows = kept.ranked[keys.isin(list(keys_in_link))]
    return rows.reset_index(drop=True), len(keys_in_link) - len(rows)


def divided(kept: Held, count: int) -> Divided:
    """The stops of the link, or of today's plan, divided among so many trucks."""
    stops, gone_count = _stops_to_divide(kept)
    rows = listing.detailed(kept, stops.head(tours.MOST_STOPS).reset_index(drop=True))
    rules = profile().triage
    is_urgent = _is_urgent(rows, horizons(kept.view.as_of, working_day())["tonight"])
    division = _divide(rows, is_urgent, rules, count)
    rows["address"] = table.addresses(rows["address"])
    loads = []
    for number, tour in enumerate(division.tours, start=1):
        truck_rows = rows.iloc[tour.stops].reset_index(drop=True)
        truck_rows.insert(0, "stop", range(1, len(truck_rows) + 1))
        loads.append(Load(number, truck_rows, tour.urgent_count, tour.km, tour.minutes, length_unit()))
    left_out = rows.iloc[division.left_out].reset_index(drop=True)
    return Divided(loads, left_out, len(stops), gone_count, max(len(stops) - tours.MOST_STOPS, 0))


def _is_urgent(rows: pd.DataFrame, tonight: datetime) -> np.ndarray:
    """Which rows cannot wait: dangers, and what falls due by tonight and is not overdue yet."""
    due = rows["overdue_from"].to_numpy("datetime64[us]") <= np.datetime64(tonight, "us")
    return (rows["lane"] == Lane.DANGER).to_numpy(bool) | (due & ~rows["is_overdue"].to_numpy(bool))


def _divide(rows: pd.DataFrame, is_urgent: np.ndarray, rules: TriageRules, count: int) -> tours.Division:
    """The rows divided among the trucks, which start at the yard of the department where all rows are of one."""
    departments = rows["department"].unique()
    yard = next((candidate for candidate in rules.yards if [candidate.department] == list(departments)), None)
    return _cached_division(
        tuple(rows["latitude"]),
        tuple(rows["longitude"]),
        is_urgent=tuple(is_urgent.tolist()),
        minutes=tuple(rules.minutes(name) for name in rows["service_type"]),
        streets=tuple(rows["address"].fillna("").str.lstrip("0123456789- ")),
        trucks=count,
        shift_minutes=rules.shift_hours * 60,
        start=None if yard is None else (yard.latitude, yard.longitude),
    )


def _summary(kept: Held, division: Divided) -> str:
    rules, until = profile().triage, horizons(kept.view.as_of, working_day())["tonight"]
    which = "the rows ticked" if state.param("stops") else "today's plan"
    day = plain(due_by(until, kept.view.as_of))
    parts = [
        f"{division.chosen_count:,} stops of {which}, as of {plain(notices.moment(kept.view.as_of))}. Distances are "
        f"straight lines at {length_unit().words(tours.KM_AN_HOUR)} an hour; {rules.stop_minutes:g} minutes a stop are "
        f"assumed, a shift of {rules.shift_hours:g} hours at most. Each truck does dangers and what is due {day} first."
    ]
    if len(division.left_out):
        parts.append(f"**{len(division.left_out):,} do not fit into the shifts.**")
    if division.too_many:
        parts.append(f"More than {tours.MOST_STOPS} stops are not divided; {division.too_many:,} were left out.")
    if division.gone_count:
        parts.append(f"{division.gone_count:,} of the link are no longer open in this view.")
    return " ".join(parts)


def _truck_count_control(count: int) -> None:
    numbers = sorted({*lanes.TRUCKS, count})
    state.seed("choose_trucks", count)
    st.segmented_control(
        "How many trucks",
        numbers,
        key="choose_trucks",
        required=True,
        label_visibility="collapsed",
        on_change=lambda: state.set_params(trucks=str(state.value("choose_trucks"))),
    )


def _truck_list(load: Load, count: int) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.subheader(f"Truck {load.number}", anchor=False, width="content")
        st.caption(load.words(), width="content")
        names = {name: state.param(name) for name in ("room", "stops") if state.param(name)}
        st.page_link(
            state.page("queue"),
            label="As cards, for a phone",
            icon=":material/smartphone:",
            query_params=state.link({}, view="trucks", trucks=str(count), truck=str(load.number), **names),
            width="content",
        )
    if load.rows.empty:
        st.caption("Nothing is left for it.")
        return
    shown = load.rows.assign(address=wording.places(load.rows))
    st.table(
        shown[list(LABELS)].fillna("–").map(plain).rename(columns=LABELS).set_index("Stop"),
        border="horizontal",
        alt=f"The stops of truck {load.number} in driving order",
    )


def _back_to_queue() -> None:
    state.set_params(view=None, trucks=None, truck=None, stops=None)
