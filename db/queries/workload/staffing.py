"""Posts authorised and filled: the history as it was imported, and who was there on each day.

A figure holds from its day until the next one of the same department. What belonged to a
department that was merged or renamed counts for its successor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select

from db.model.filters import RequestFilter
from db.model.schema import departments, staffing
from db.queries.examples import a_moment, example, of_filters
from db.storage.frames import bytes_order, fetch

ILLUSTRATIVE = "illustrative"
REPORTED = "reported"

_Figure = Mapping[Any, Any]  # a row of `history` by column


@example(of_filters)
def history(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """Every staffing figure dated by the day of `as_of`, of the filter's departments; its other parts do not apply.

    Columns: department (text, as imported), as_of_on (day), fte_authorised, fte_filled (number, posts),
    request_share (number, share of the posts that works on requests), basis (reported | illustrative), source
    (text), current (text, the department that answers for it at `as_of`), counts_until (day, the last day of a
    department that was merged or renamed, empty else). Order: department, as_of_on. No figures: no rows.
    """
    statement = (
        select(staffing, departments.c.valid_to.label("counts_until"))
        .outerjoin(departments, departments.c.department == staffing.c.department)
        .where(staffing.c.as_of_on <= as_of.date())
        .order_by(bytes_order(staffing.c.department), staffing.c.as_of_on)
    )
    frame = fetch(connection, statement, {"counts_until": "day"})
    now = successors(connection, as_of)
    frame["current"] = frame["department"].map(lambda name: now.get(name, name)).astype(object)
    frame["counts_until"] = frame["counts_until"].where(frame["current"] != frame["department"])
    if filters.departments:
        frame = frame[frame["current"].isin(filters.departments) | frame["department"].isin(filters.departments)]
    return frame.reset_index(drop=True)


@example(a_moment)
def successors(connection: Connection, as_of: datetime) -> dict[str, str]:
    """Department that has ended by `as_of` -> the one that answers for it now, through any number of changes."""
    ended = (
        select(departments.c.department, departments.c.successor)
        .where(departments.c.successor.is_not(None), departments.c.valid_to < as_of.date())
        .order_by(departments.c.department)
    )
    step = {row.department: row.successor for row in connection.execute(ended)}
    return {name: _follow(name, step) for name in step}


def _follow(name: str, step: Mapping[str, str]) -> str:
    seen = {name}
    while name in step and step[name] not in seen:
        name = step[name]
        seen.add(name)
    return name


@example(of_filters)
def current(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """The posts at `as_of`, one row a department that has figures.

    Columns: department (text, the one that answers now), as_of_on (day, the newest figure used),
    fte_authorised, fte_filled (number), request_share (number, by authorised posts where figures were added
    up), working_authorised, working_filled (number, multiplied by request_share), baseline_authorised (number,
    posts authorised at the end of the calendar year of the first figure), baseline_year (count), basis
    (illustrative if any figure used is), source (text). Order: department. Empty case: no rows.
    """
    return standing(history(connection, filters, as_of=as_of), as_of.date())


def standing(figures: pd.DataFrame, day: date) -> pd.DataFrame:
    """The answer of `current` from the `figures` of `history`, none of them later than `day`."""
    held: dict[str, list[_Figure]] = {}
    for figure in figures.to_dict("records"):
        held.setdefault(figure["current"], []).append(figure)
    rows = [_standing(name, held[name], pd.Timestamp(day)) for name in sorted(held)]
    names = "department as_of_on fte_authorised fte_filled request_share working_authorised working_filled"
    columns = [*names.split(), "baseline_authorised", "baseline_year", "basis", "source"]
    return pd.DataFrame(rows, columns=columns)


def _standing(department: str, figures: Sequence[_Figure], day: pd.Timestamp) -> dict[str, object]:
    used = _used_on(figures, department, day)
    year = int(min(figure["as_of_on"] for figure in figures).year)
    baseline = _used_on(figures, department, min(pd.Timestamp(year, 12, 31), day))
    authorised, filled = (float(sum(figure[name] for figure in used)) for name in ("fte_authorised", "fte_filled"))
    working = float(sum(figure["fte_authorised"] * figure["request_share"] for figure in used))
    return {
        "department": department,
        "as_of_on": max(figure["as_of_on"] for figure in used),
        "fte_authorised": authorised,
        "fte_filled": filled,
        "request_share": working / authorised if authorised else max(figure["request_share"] for figure in used),
        "working_authorised": working,
        "working_filled": float(sum(figure["fte_filled"] * figure["request_share"] for figure in used)),
        "baseline_authorised": float(sum(figure["fte_authorised"] for figure in baseline)),
        "baseline_year": year,
        "basis": ILLUSTRATIVE if any(figure["basis"] == ILLUSTRATIVE for figure in used) else REPORTED,
        "source": "; ".join(dict.fromkeys(figure["source"] for figure in used if figure["source"])) or None,
    }


def _used_on(figures: Sequence[_Figure], department: str, day: pd.Timestamp) -> list[_Figure]:
    """The figures that hold on `day`: the department's own latest, and those of departments it took over.

    A predecessor's figure counts until the department's own first figure after the change.
    """
    latest = {figure["department"]: figure for figure in figures if figure["as_of_on"] <= day}
    own = latest.pop(department, None)
    if own is None:
        return list(latest.values())
    return [own, *(figure for figure in latest.values() if not figure["counts_until"] < own["as_of_on"])]


def posts_by_day(figures: pd.DataFrame, department: str, first: date, days: int) -> tuple[np.ndarray, np.ndarray]:
    """Authorised and filled posts that work on requests on each day from `first`, shapes (days,); NaN before
    any figure.

    `figures` as `history` gives them.
    """
    day = np.datetime64(first, "D") + np.arange(days)
    chosen = (figures["current"] == department).to_numpy(bool)
    names = figures["department"].to_numpy()[chosen]
    held_from, counts_until = (figures[name].to_numpy("datetime64[D]")[chosen] for name in ("as_of_on", "counts_until"))
    share = figures["request_share"].to_numpy(float)[chosen]
    posts = [figures[name].to_numpy(float)[chosen] * share for name in ("fte_authorised", "fte_filled")]
    own = held_from[names == department]
    totals = np.full(days, np.nan), np.full(days, np.nan)
    for name in dict.fromkeys(names):
        mine = names == name
        latest = np.searchsorted(held_from[mine], day, side="right") - 1
        is_known = latest >= 0
        if name != department:
            replaced = own[own > counts_until[mine][0]]
            is_known &= day < replaced[0] if len(replaced) else True
        for total, working in zip(totals, posts, strict=True):
            total[is_known] = np.nan_to_num(total[is_known]) + working[mine][latest[is_known]]
    return totals
