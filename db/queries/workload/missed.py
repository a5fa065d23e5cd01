"""What of each department's miss was vacancies, order of work, both, or cannot be told: rows for `load.workload`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, func, select

from db.model import expressions
from db.model.filters import RequestFilter, period
from db.model.schema import requests
from db.queries.examples import Given, example, given, of_filters
from db.queries.periods import required
from db.queries.shares import divided
from db.queries.workload.figures import BY_CONTRACTORS, Staffed
from db.queries.workload.flows import everyones
from db.queries.workload.replay import Found, is_judged, misses
from db.rules import replay as rules
from db.storage.frames import fetch

USUAL_PERIOD = "last_13_weeks"
TOLD, CANNOT_TELL, NOTHING_DUE = "told", "cannot_tell", "nothing_due"
TOO_FEW, TOO_SHORT = "too_few", "too_short"
_UNSAID = {rules.TOO_FEW: TOO_FEW, rules.TOO_SHORT: TOO_SHORT}

_r = requests.c


def _of_staffed(connection: Connection, as_of: datetime) -> list[Given]:
    from db.queries.workload import load, staffing  # which is made of this module

    return [
        {
            **one,
            "departments": load.staffed(connection, **one),
            "now": staffing.successors(connection, as_of),
            "figures": staffing.history(connection, **one),
        }
        for one in of_filters(connection, as_of)
    ]


@example(_of_staffed)
def of_departments(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    departments: Mapping[str, Staffed],
    now: Mapping[str, str],
    figures: pd.DataFrame,
) -> dict[str, dict[str, Any]]:
    """The columns of `workload` about what was due, kept and missed, by department; absent where nothing was due.

    Where the period holds too few or is too short, the last 13 weeks' figures stand beside it.
    """
    rows = kept(connection, filters, as_of, now)
    first_day = min((found.flows.first_week for found in departments.values()), default=as_of.date())
    told = {name: found for name, found in departments.items() if found.load_state != BY_CONTRACTORS}

    def replayed(chosen: RequestFilter, names: Collection[str]) -> dict[str, Found]:
        return misses(
            connection,
            chosen,
            as_of=as_of,
            verdicts={name: told[name].verdict for name in names if name in told},
            varied={name: found.is_varied for name, found in told.items()},
            first_day=first_day,
            now=now,
            figures=figures,
        )

    found = replayed(filters, rows)
    for name, row in rows.items():
        row |= _parts(found.get(name), float(row["compliance"]))
    unsaid = [name for name, row in rows.items() if row["miss_state"] in (TOO_FEW, TOO_SHORT)]
    usual = replace(filters, period=period(USUAL_PERIOD, as_of))
    if unsaid and required(filters.period).days < required(usual.period).days:
        for name, beside in replayed(usual, unsaid).items():
            rows[name] |= _usual(beside.miss)
    return rows


@example(given(of_filters, now={}))
def kept(
    connection: Connection, filters: RequestFilter, as_of: datetime, now: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """due_count and compliance of the filter's period by the present department; absent where none was due."""
    statement = (
        select(_r.department, func.count().label("due"), expressions.counted(expressions.is_met(as_of)).label("met"))
        .where(*everyones(filters, now).clauses(as_of), is_judged(filters, as_of))
        .group_by(_r.department)
    )
    frame = fetch(connection, statement)
    frame["department"] = frame["department"].map(lambda name: now.get(name, name))
    sums = frame.groupby("department")[["due", "met"]].sum()
    sums["compliance"] = divided(sums["met"], sums["due"])
    named = sums.rename(columns={"due": "due_count"})[["due_count", "compliance"]]
    return {str(name): {str(key): value for key, value in row.items()} for name, row in named.to_dict("index").items()}


def _parts(found: Found | None, compliance: float) -> dict[str, Any]:
    if found is None:  # contractors' work
        reason = {"miss_reason": rules.CONTRACTORS}
        return reason | {"miss_state": CANNOT_TELL, "untold_points": 100 * (1 - compliance)}
    miss = found.miss
    if miss.reason in _UNSAID:
        return {"miss_state": _UNSAID[miss.reason], "miss_reason": miss.reason}
    return {
        "miss_state": TOLD,
        "remains_points": 100 * miss.remains,
        "vacancy_points_low": 100 * miss.vacancy_low,
        "vacancy_points": 100 * miss.vacancy,
        "order_points": 100 * miss.order,
        "order_points_shared": 100 * miss.order_shared,
        "together_points": 100 * miss.together,
        "untold_points": 100 * miss.untold,
        "best_share": miss.kept_best,
        "best_share_shared": miss.kept_best_shared,
        "best_share_filled": miss.kept_best_filled,
        "share_with_both": miss.kept_with_both,
        "order_of_work": miss.order_of_work or None,
        "miss_reason": miss.reason,
        **_since(found),
    }


def _since(found: Found) -> dict[str, Any]:
    if found.since is None:
        return {}
    since = found.since
    return {
        "since_on": pd.Timestamp(since.start),
        "vacancy_points_since_low": 100 * since.low,
        "vacancy_points_since": 100 * since.high,
    }


def _usual(miss: rules.Miss) -> dict[str, Any]:
    if miss.reason in _UNSAID:
        return {}
    return {
        "usual_due_count": miss.due_count,
        "usual_compliance": miss.kept,
        "usual_vacancy_points_low": 100 * miss.vacancy_low,
        "usual_vacancy_points": 100 * miss.vacancy,
        "usual_order_points": 100 * miss.order,
    }
