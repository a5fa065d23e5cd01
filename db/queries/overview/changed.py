"""What changed most in the last whole week, by service type and district: only what weeks before do not explain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from sqlalchemy import ColumnElement, Connection, Select, func, select, true

from db.model import expressions
from db.model.filters import Period, RequestFilter
from db.model.schema import requests, service_types
from db.queries.compliance import cohorts
from db.queries.examples import example, of_filters
from db.queries.periods import required, within
from db.rules.proportions import SMALL
from db.storage.frames import fetch

WEEKS_BEFORE = 13
LEVEL = 0.05
FEWEST_A_WEEK = 10.0
"""A type of which fewer come in a week, in the mean, is not judged by its inflow."""
GROUPS = {"service_type": requests.c.service_type, "district": requests.c.council_district}
COLUMNS = ("by", "key", "name", "what", "week_start", "now", "usual", "change", "now_count", "p_value", "is_worse")

_r = requests.c
Floats = NDArray[np.float64]


@example(of_filters)
def changed(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """What the last whole week (Monday to Sunday) before `as_of` did otherwise than the 13 weeks before it.

    Columns: by ("service_type" | "district"), key, name (text); what ("compliance": of those due that week, the share
    met | "inflow": requests made that week); week_start (datetime64); now, usual (float64, that week and the mean of
    the weeks before: a share, or requests a week), change (float64, now - usual), now_count (int64, due or made that
    week), p_value (float64, chance of so large a change if weeks go on as before), is_worse (bool, fewer kept, or more
    came in).
    The weeks before say by how much a week differs by itself, and never less than requests falling due one by one
    would. All changes tried are one family: only those are given that remain at 5% by Benjamini and Yekutieli. Fewer
    than 30 due that week, or than 10 requests a week, are not tried. Order: most requests moved first, then by, key,
    what. Empty case: no rows, all columns. Source: Benjamini and Yekutieli, "The control of the false discovery rate in
    multiple testing under dependency", Annals of Statistics 29 (2001).
    """
    monday = as_of.date() - timedelta(days=as_of.weekday())
    weeks = [monday - timedelta(weeks=back) for back in range(WEEKS_BEFORE + 1, 0, -1)]
    first = connection.scalar(expressions.first_created_at())
    if first is None or first.date() > weeks[0]:
        return _shaped([])
    chosen = replace(filters, period=Period("weeks", weeks[0], monday))
    tried: list[dict[str, Any]] = []
    for by, column in GROUPS.items():
        tried += _tried(by, "compliance", fetch(connection, _due(chosen, as_of, column)), weeks)
        tried += _tried(by, "inflow", fetch(connection, _made(chosen, as_of, column)), weeks)
    remain = [row for row, is_told in zip(tried, _remaining(tried), strict=True) if is_told]
    known = select(service_types.c.service_type, service_types.c.public_name)
    names = {row[0]: row[1] for row in connection.execute(known)}
    return _shaped([row | {"name": names.get(row["key"]) or row["key"]} for row in remain])


def _due(filters: RequestFilter, as_of: datetime, column: ColumnElement[Any]) -> Select[Any]:
    """Requests due in each week of the filter's period, `total`, and those of them that were met, `part`."""
    judged = cohorts.is_judged(filters, as_of)
    return _by_week(column, _r.due_at, expressions.is_met(as_of)).where(*judged, *filters.clauses(as_of))


def _made(filters: RequestFilter, as_of: datetime, column: ColumnElement[Any]) -> Select[Any]:
    """Requests made in each week of the filter's period, `total` and `part` alike."""
    return _by_week(column, _r.created_at, true()).where(
        *within(_r.created_at, required(filters.period)), *filters.clauses(as_of)
    )


def _by_week(column: ColumnElement[Any], moment: ColumnElement[Any], part: ColumnElement[bool]) -> Select[Any]:
    week = func.date_trunc("week", moment)
    return (
        select(
            column.label("key"),
            week.label("week"),
            func.count().label("total"),
            expressions.counted(part).label("part"),
        )
        .where(column.is_not(None))
        .group_by(column, week)
    )


def _tried(by: str, what: str, counts: pd.DataFrame, weeks: Sequence[date]) -> list[dict[str, Any]]:
    """One row for each key of which enough is there, with the change of the last week and its p value."""
    found = []
    columns = pd.to_datetime(pd.Index(weeks))
    for key, rows in counts.groupby("key"):
        at = rows.set_index(pd.to_datetime(rows["week"]))
        total, part = (at[name].reindex(columns, fill_value=0).to_numpy(np.float64) for name in ("total", "part"))
        row = _share_change(total, part) if what == "compliance" else _count_change(total)
        if row is not None:
            found.append({"by": by, "key": str(key), "what": what, "week_start": columns[-1], **row})
    return found


def _share_change(due: Floats, met: Floats) -> dict[str, Any] | None:
    """The share kept of those due in the last week against the weeks before; None where too few were due."""
    if due[-1] < SMALL or due[:-1].sum() < SMALL * WEEKS_BEFORE / 2:
        return None
    usual = met[:-1].sum() / due[:-1].sum()
    now = met[-1] / due[-1]
    weighted = np.sqrt(due[:-1]) * (
        np.divide(met[:-1], due[:-1], out=np.full(WEEKS_BEFORE, usual), where=due[:-1] > 0) - usual
    )
    by_chance = usual * (1 - usual)
    variance = max(float((weighted**2).sum()) / (WEEKS_BEFORE - 1), by_chance, 1 / due.sum())
    error = np.sqrt(variance * (1 / due[-1] + 1 / due[:-1].sum()))
    return _row(now, usual, error, due[-1], is_worse=now < usual)


def _count_change(made: Floats) -> dict[str, Any] | None:
    """The requests of the last week against the weeks before; None where few come in a week."""
    usual = float(made[:-1].mean())
    if usual < FEWEST_A_WEEK:
        return None
    variance = max(float(made[:-1].var(ddof=1)), usual)
    error = np.sqrt(variance * (1 + 1 / WEEKS_BEFORE))
    return _row(float(made[-1]), usual, error, made[-1], is_worse=made[-1] > usual)


def _row(now: float, usual: float, error: float, count: float, *, is_worse: bool) -> dict[str, Any]:
    p_value = float(2 * stats.t.sf(abs(now - usual) / error, df=WEEKS_BEFORE - 1))
    return {
        "now": float(now),
        "usual": float(usual),
        "change": float(now - usual),
        "now_count": int(count),
        "p_value": p_value,
        "is_worse": bool(is_worse),
    }


def _remaining(tried: Sequence[Mapping[str, Any]]) -> NDArray[np.bool_]:
    """Which changes remain when all that were tried are one family."""
    if not tried:
        return np.zeros(0, bool)
    adjusted = stats.false_discovery_control([row["p_value"] for row in tried], method="by")
    return np.asarray(adjusted <= LEVEL)


def _shaped(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    numbers = dict.fromkeys(("now", "usual", "change", "p_value"), "float64")
    frame = frame.astype({**numbers, "week_start": "datetime64[us]", "now_count": "int64", "is_worse": "bool"})
    # A share moves as many requests as were due; inflow as many as came more or fewer.
    moved = frame["change"].abs() * frame["now_count"].where(frame["what"] == "compliance", 1)
    order = frame.assign(moved=-moved.round(6)).sort_values(["moved", "by", "key", "what"])
    return order.drop(columns="moved").reset_index(drop=True)
