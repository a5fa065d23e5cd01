"""What a person reads instead of the codes of the data; exports keep the codes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from components import cache, state
from components.drawing.notices import shortened
from components.links import LISTS
from db.model.filters import RequestFilter

MOST_LISTED = 5
HALF = 0.5
CODES = ("outcome", "repeat_kind", "status", "source_system")  # columns that hold a code of this desk


def department(key: Any) -> Any:
    """The name of a department, its key where the data have no name; a missing value stays missing."""
    return key if pd.isna(key) else state.options().lists.get("department", {}).get(key, key)


def described(filters: RequestFilter) -> str:
    """`RequestFilter.describe` with names of departments; long values are cut, and of many only the first few stand."""
    lists = {name: listed([str(value) for value in getattr(filters, name)]) for name in LISTS.values()}
    lists["departments"] = listed([str(department(key)) for key in filters.departments])
    place = None if filters.place is None else shortened(filters.place)
    return replace(filters, **lists, place=place).describe()  # type: ignore[arg-type]


def listed(values: Sequence[str]) -> tuple[str, ...]:
    """The first few of some values, each cut, and how many more there are."""
    shown = tuple(shortened(value) for value in values[:MOST_LISTED])
    rest_count = len(values) - len(shown)
    return (*shown, f"{rest_count:,} more") if rest_count else shown


def words(code: Any) -> str | None:
    """A code without its underscores: "nothing found"; None for none."""
    return None if code is None or code == "" or pd.isna(code) else str(code).replace("_", " ").replace(",", ", ")


def kinds(counts: Mapping[Any, int]) -> str:
    """How many of each kind of request about the same: "1 first request, 2 chasers, 1 asked again"."""
    return ", ".join(
        f"{count} {str(kind).lower()}{'s' if kind == 'Chaser' and count > 1 else ''}" for kind, count in counts.items()
    )


def short_addresses(addresses: pd.Series) -> pd.Series:
    """Addresses without the name of the city on screen and what follows it, with which all of a file may end."""
    if not addresses.notna().any():
        return addresses
    city = re.escape(cache.city().name)
    return addresses.str.replace(rf",\s*{city}(,.*)?$", "", case=False, regex=True)


def place(address: object, latitude: float, longitude: float) -> str:
    """Where a request is, for who must drive there: the address, else the coordinates, else that neither is known."""
    if isinstance(address, str) and address:
        return address
    return "no address" if pd.isna(latitude) else f"no address; {latitude:.5f}, {longitude:.5f}"


def places(stops: pd.DataFrame) -> list[str]:
    """`place` of each row."""
    rows = zip(stops["address"], stops["latitude"], stops["longitude"], strict=True)
    return [place(address, latitude, longitude) for address, latitude, longitude in rows]


def other_requests(frame: pd.DataFrame, number: str, system: str) -> pd.Series:
    """The numbers of other requests in a column of a table, with their source system where it is not the row's own."""
    same = frame[number].isna() | (frame[system] == frame["source_system"])
    return frame[number].where(same, frame[number] + " (" + frame[system].map(words) + ")")


def days_taken(found: float, longest: float) -> str | None:
    """A quantile of time to close; where the curve does not reach it, the longest time seen."""
    if not pd.isna(found):
        return f"{found:,.1f} days" if found >= 1 else f"{24 * found:,.1f} hours"
    return None if pd.isna(longest) else f"more than {longest:,.0f} days"


def days_until_done(found: float, longest: float, most: float, share: float = 0.5) -> str | None:
    """A quantile of the time until work done; "fewer than half" (or nine in ten) where too many ended otherwise.

    `most`: the largest share that can still be reached, done so far and still open; `share`: the one asked for.
    """
    too_few = "fewer than half" if share == HALF else "fewer than nine in ten"
    return too_few if most < share else days_taken(found, longest)
