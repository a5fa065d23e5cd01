"""Posts authorised and filled: the history as it was imported, and who was there on each day.

A figure holds from its day until the next one of the same department. What belonged to a
department that was merged or renamed counts for its successor.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select

from db.filters import RequestFilter
from db.frames import bytes_order, fetch
from db.schema import departments, staffing

ILLUSTRATIVE = "illustrative"
REPORTED = "reported"


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


def current(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """The posts at `as_of`, one row a department that has figures.

    Columns: department (text, the one that answers now), as_of_on (day, the newest figure used),
    fte_authorised, fte_filled (number), request_share (number, by authorised posts where figures were added
    up), working_authorised, working_filled (number, multiplied by request_share), baseline_authorised (number,
    posts authorised at the end of the calendar year of the first figure), baseline_year (count), basis
    (illustrative if any figure used is), source (text). Order: department. Empty case: no rows.
    """
    figures = history(connection, filters, as_of=as_of)
    rows = [_standing(str(name), group, as_of.date()) for name, group in figures.groupby("current", sort=True)]
    names = "department as_of_on fte_authorised fte_filled request_share working_authorised working_filled"
    columns = [*names.split(), "baseline_authorised", "baseline_year", "basis", "source"]
    return pd.DataFrame(rows, columns=columns)


def _standing(department: str, figures: pd.DataFrame, day: date) -> dict[str, object]:
    used = _used_on(figures, department, pd.Timestamp(day))
    year = int(figures["as_of_on"].min().year)
    end_of_year = min(pd.Timestamp(year, 12, 31), pd.Timestamp(day))
    authorised, filled = used["fte_authorised"].sum(), used["fte_filled"].sum()
    working = float((used["fte_authorised"] * used["request_share"]).sum())
    return {
        "department": department,
        "as_of_on": used["as_of_on"].max(),
        "fte_authorised": authorised,
        "fte_filled": filled,
        "request_share": working / authorised if authorised else float(used["request_share"].max()),
        "working_authorised": working,
        "working_filled": float((used["fte_filled"] * used["request_share"]).sum()),
        "baseline_authorised": _used_on(figures, department, end_of_year)["fte_authorised"].sum(),
        "baseline_year": year,
        "basis": ILLUSTRATIVE if (used["basis"] == ILLUSTRATIVE).any() else REPORTED,
        "source": "; ".join(dict.fromkeys(text for text in used["source"] if text)) or None,
    }


def _used_on(figures: pd.DataFrame, department: str, day: pd.Timestamp) -> pd.DataFrame:
    """The figures that hold on `day`: the department's own latest, and those of departments it took over.

    A predecessor's figure counts until the department's own first figure after the change.
    """
    known = figures[figures["as_of_on"] <= day]
    latest = known.groupby("department").tail(1)
    own = latest[latest["department"] == department]
    newest_own = own["as_of_on"].max() if len(own) else pd.NaT
    others = latest[latest["department"] != department]
    replaced = (others["counts_until"] < newest_own) if len(own) else pd.Series(False, index=others.index)
    return pd.concat([own, others[~replaced.astype(bool)]])


def posts_by_day(figures: pd.DataFrame, department: str, first: date, days: int) -> tuple[np.ndarray, np.ndarray]:
    """Authorised and filled posts that work on requests on each day from `first`, shapes (days,); NaN before
    any figure.

    `figures` as `history` gives them.
    """
    day = np.datetime64(first, "D") + np.arange(days)
    mine = figures[figures["current"] == department]
    own = mine.loc[mine["department"] == department, "as_of_on"].to_numpy("datetime64[D]")
    authorised, filled = np.full(days, np.nan), np.full(days, np.nan)
    for name, held in mine.groupby("department"):
        dates = held["as_of_on"].to_numpy("datetime64[D]")
        latest = np.searchsorted(dates, day, side="right") - 1
        is_known = latest >= 0
        if name != department:
            replaced = own[own > np.datetime64(held["counts_until"].iloc[0], "D")]
            is_known &= day < replaced[0] if len(replaced) else True
        for total, column in ((authorised, "fte_authorised"), (filled, "fte_filled")):
            working = (held[column] * held["request_share"]).to_numpy(float)
            total[is_known] = np.nan_to_num(total[is_known]) + working[latest[is_known]]
    return authorised, filled
