"""What was asked in one month, by service, category and district: counted, and hidden where it must be.

Requests of sensitive types, and of types that the city's profile does not know, are counted in the whole city only:
district and category totals leave them out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from sqlalchemy import Connection, func, select
from sqlalchemy.sql.elements import KeyedColumnElement

from db.model.filters import RequestFilter
from db.model.schema import requests
from db.publish.privacy import CannotBeHiddenError, OutOfTimeError, Views, halfway_to, hidden_views
from db.publish.schema import ALL, LEVELS, NOWHERE, OTHER
from db.queries.periods import within
from db.storage.frames import fetch

WHOLE_CITY = "*"  # the district of a cell that no district total may hold
KEYS = ["category", "service_type", "district"]
# How much is lost with a number of each kind that is hidden for the sake of another. Totals are never given up for
# finer numbers, the table is made coarser instead.
COSTS = {"cell": 1.0, "category": 1.0, "service": np.inf, "district": np.inf, "city": np.inf}
COSTS_OF_TOTALS = COSTS | {"service": 1.0, "district": 2.0}
FINEST = ("service_by_district", "category_by_district")

_r = requests.c


@dataclass(frozen=True)
class Service:
    """What the tables say of one service type."""

    service_type: str
    name: str
    category: str
    is_sensitive: bool


def count_cells(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    level: str,
    services: Mapping[str, Service],
    known_districts: Sequence[str],
) -> pd.DataFrame:
    """The finest counts of the filter's period, one row a service type, district and address.

    Columns: category, service_type, district, address (text; an empty address stands for itself alone), asked_count
    (int64). This frame never leaves the process: it is what the hiding is worked out from.
    """
    district: KeyedColumnElement[Any] = _r[level]
    statement = (
        select(
            _r.service_type,
            district.label("district"),
            func.coalesce(_r.place_id, _r.address_norm).label("address"),
            func.count().label("asked_count"),
        )
        .where(*filters.clauses(as_of), *within(_r.created_at, filters.period))
        .group_by(_r.service_type, district, func.coalesce(_r.place_id, _r.address_norm))
    )
    found = fetch(connection, statement)
    known = found["service_type"].map(lambda key: services.get(key))
    hides = known.map(lambda service: service is None or service.is_sensitive).astype(bool)
    district_shown = found["district"].where(found["district"].isin(list(known_districts)), NOWHERE)
    return found.assign(
        category=known.map(lambda service: service.category if service else OTHER).astype(object),
        service_type=known.map(lambda service: service.service_type if service else OTHER).astype(object),
        district=district_shown.where(~hides, WHOLE_CITY),
    )


def count_by_service(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> dict[str, int]:
    """How many requests each service type has in the filter's period. It never leaves the process."""
    statement = (
        select(_r.service_type, func.count())
        .where(*filters.clauses(as_of), *within(_r.created_at, filters.period))
        .group_by(_r.service_type)
    )
    return {key: int(count) for key, count in connection.execute(statement)}


def whole_grid(counted: pd.DataFrame, services: Mapping[str, Service], districts: Sequence[str]) -> pd.DataFrame:
    """The cells of every service in every district, also where nothing was asked: an absent row would say so.

    Columns as of `count_cells` without the address. Requests in a district that is not of `districts` count where
    the district is not known.
    """
    local = [one for one in services.values() if not one.is_sensitive]
    places = [(one.category, one.service_type, place) for one in local for place in (*districts, NOWHERE)]
    places += [(one.category, one.service_type, WHOLE_CITY) for one in services.values() if one.is_sensitive]
    index = pd.MultiIndex.from_tuples([*places, (OTHER, OTHER, WHOLE_CITY)], names=KEYS)
    return counted.groupby(KEYS)["asked_count"].sum().reindex(index, fill_value=0).reset_index()


def publishable(
    counted: pd.DataFrame, cells: pd.DataFrame, deadline: float, *, coarsest: bool = False
) -> tuple[str, pd.DataFrame]:
    """The finest level at which everything that must be hidden can be, and its rows.

    `counted`: from `count_cells`; `cells`: the same on the whole grid.
    Columns: category, service_type, district (text), asked_count (Int64, empty where hidden). ("", no rows) where no
    level will do. `coarsest`: only the whole city. A level that does not end in half of the time that is left is given
    up for a coarser one. Raises OutOfTimeError where the last one does not end before `deadline`.
    """
    for level in LEVELS[-1:] if coarsest else LEVELS:
        labels, members = _members(cells, level)
        is_last = level == LEVELS[-1]
        try:
            views = _views(cells, counted, members, labels, level)
            hidden = hidden_views(views, deadline if is_last else halfway_to(deadline))
        except CannotBeHiddenError:
            continue
        except OutOfTimeError:
            if is_last:
                raise
            continue
        if level != "city" and hidden[labels["kind"] == "city"].any():
            continue  # the number of the whole city, where it is hidden, is the month's only one: db/publish/books.py
        counts = pd.Series([int(cells["asked_count"].to_numpy()[each].sum()) for each in members], dtype="Int64")
        return level, labels[KEYS].assign(asked_count=counts.mask(hidden))
    return "", pd.DataFrame(columns=[*KEYS, "asked_count"])


def _members(cells: pd.DataFrame, level: str) -> tuple[pd.DataFrame, list[np.ndarray[Any, Any]]]:
    """The numbers that a level publishes, and for each the positions of the cells that make it."""
    local = cells[cells["district"] != WHOLE_CITY]
    tables: list[tuple[str, pd.DataFrame, list[str]]] = [("city", cells, [])]
    if level != "city":
        tables.append(("service", cells, ["category", "service_type"]))
    if level in (*FINEST, "district"):
        tables.append(("district", local, ["district"]))
    if level == "category_by_district":
        tables.append(("category", local, ["category", "district"]))
    if level == "service_by_district":
        tables.append(("cell", local, KEYS))
    labels: list[dict[str, str]] = []
    members: list[np.ndarray[Any, Any]] = []
    for kind, rows, by in tables:
        every = rows.index.to_numpy()
        groups = {(): np.arange(len(every))} if not by else rows.groupby(by).indices
        for key, places in groups.items():
            values = key if isinstance(key, tuple) else (key,)
            labels.append(dict.fromkeys(KEYS, ALL) | dict(zip(by, values, strict=True)) | {"kind": kind})
            members.append(every[np.asarray(places)])
    return pd.DataFrame(labels, columns=[*KEYS, "kind"]), members


def _views(
    cells: pd.DataFrame,
    counted: pd.DataFrame,
    members: list[np.ndarray[Any, Any]],
    labels: pd.DataFrame,
    level: str,
) -> Views:
    starts = np.cumsum([0, *map(len, members)])
    columns = np.concatenate(members) if members else np.array([], dtype=int)
    matrix = csr_array((np.ones(len(columns)), columns, starts), shape=(len(members), len(cells)))
    counts = cells["asked_count"].to_numpy(dtype="int64")
    values = np.asarray(matrix @ counts)
    costs = COSTS if level in FINEST else COSTS_OF_TOTALS
    cost = labels["kind"].map(costs).to_numpy(dtype=float) * (1 + np.log1p(values))
    is_cell = labels["kind"].isin(["cell", "category"]).to_numpy()
    return Views(
        counts,
        matrix,
        _dominated(cells, counted, members, values),
        cost,
        shows_nought=~is_cell | _known_empty(cells, labels),
        least=(~is_cell).astype("int64"),
    )


def _known_empty(cells: pd.DataFrame, labels: pd.DataFrame) -> np.ndarray[Any, Any]:
    """Which numbers belong to a service, category or district that has none at all: a total of nought says so."""
    local = cells[cells["district"] != WHOLE_CITY]
    empty = np.zeros(len(labels), dtype=bool)
    for name in KEYS:
        sums = local.groupby(name)["asked_count"].sum()
        empty |= labels[name].isin(list(sums.index[sums == 0])).to_numpy()
    return empty


def _dominated(
    cells: pd.DataFrame, counted: pd.DataFrame, members: list[np.ndarray[Any, Any]], values: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    """Which numbers are made by one address to more than half."""
    position = pd.MultiIndex.from_frame(cells[KEYS])
    known = counted[counted["address"].notna()]
    of_cell = position.get_indexer(pd.MultiIndex.from_frame(known[KEYS]))
    by_cell = pd.DataFrame(
        {"cell": of_cell, "address": known["address"].to_numpy(), "n": known["asked_count"].to_numpy()}
    )
    rows_of = by_cell.groupby("cell").indices
    found = []
    for each, value in zip(members, values, strict=True):
        places = [rows_of[cell] for cell in each if cell in rows_of]
        rows = by_cell.iloc[np.concatenate(places)] if places else by_cell.iloc[:0]
        most = rows.groupby("address")["n"].sum().max() if len(rows) else 0
        found.append(most * 2 > value)
    return np.array(found, dtype=bool)
