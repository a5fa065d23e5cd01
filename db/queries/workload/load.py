"""Workload by department, adjusted for vacancies: the one function behind the page and `ask workload`.

The definitions, what the model assumes and what simulations showed are in docs/workload.md.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, func, select

from db.model import expressions
from db.model.filters import RequestFilter, period
from db.model.schema import requests
from db.queries.shares import divided
from db.queries.workload import staffing
from db.queries.workload.flows import Flows, everyones, read
from db.queries.workload.replay import is_judged, misses
from db.rules import workload as rules
from db.storage.frames import fetch

USUAL_PERIOD = "last_13_weeks"
NO_FIGURES = "no staffing figures"
NO_REQUESTS = "no requests"
CONTRACTED = "done largely by contractors: vacancies in the city are not its capacity"
SEED = 311
COLUMNS = (
    *("department", "fte_authorised", "fte_filled", "vacancy_rate", "vacancy_rate_baseline", "baseline_year"),
    *("request_share", "staffing_as_of", "basis", "open_count", "overdue_count", "contracted_open_count", "unit"),
    *("load_per_filled_fte", "load_per_authorised_fte", "vacancy_added_load", "inflow_per_week"),
    *("throughput_per_week", "capacity_per_fte", "capacity_is_lower_bound", "utilisation", "weeks_to_clear"),
    *("clear_state", "due_count", "compliance", "compliance_if_staffed", "vacancy_points", "remains_points"),
    *("order_points", "miss_reason", "staff_limited", "staff_reason", "overdue_avoided_by_hire", "weeks_of_data"),
)
_COUNTS = ("open_count", "overdue_count", "contracted_open_count", "due_count", "weeks_of_data")
_TEXT = ("department", "basis", "unit", "clear_state", "miss_reason", "staff_limited", "staff_reason")
_r = requests.c


@dataclass(frozen=True)
class Staffed:
    """A department's flows with its posts in each of their weeks (posts that work on requests, NaN if unknown)."""

    flows: Flows
    authorised: np.ndarray  # shape (weeks,)
    filled: np.ndarray  # shape (weeks,)
    authorised_now: float
    filled_now: float
    capacity: rules.Capacity
    verdict: rules.Verdict


def workload(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """Backlog, load per person, capacity and what vacancies explain, one row a department.

    Counts, load and capacity describe residents' and proactive requests whatever the filter's population;
    compliance is that of the filter's population over its period (the last 13 weeks without one). Columns:
    department (text); fte_authorised, fte_filled (posts at `as_of`); vacancy_rate (share); vacancy_rate_baseline
    (share, against posts authorised in baseline_year); request_share; staffing_as_of (day); basis (reported |
    illustrative); open_count, overdue_count, contracted_open_count (requests at `as_of`); unit (effort_hours |
    requests, of load, flows and capacity); load_per_filled_fte, load_per_authorised_fte, vacancy_added_load
    (work waiting a person); inflow_per_week, throughput_per_week (mean of 8 weeks); capacity_per_fte (a week),
    capacity_is_lower_bound (flag, "at least"); utilisation; weeks_to_clear and clear_state (clearing |
    not_clearing | nothing_overdue | no one fills these posts | unknown); due_count; compliance,
    compliance_if_staffed (shares); vacancy_points (up to), remains_points, order_points (points of compliance);
    miss_reason; staff_limited (yes | no | cannot_tell), staff_reason; overdue_avoided_by_hire (requests that one
    more FTE avoids in 13 weeks, 0 where staff is not the limit, NaN where that cannot be told); weeks_of_data.
    What needs posts is NaN, with a reason, where there are no staffing figures. Order: overdue requests avoided
    by a hire, most first (none where it cannot be told), then overdue requests, then department. Empty case: no
    rows, all columns.
    """
    filters = replace(filters, period=filters.period or period(USUAL_PERIOD, as_of))
    now = staffing.successors(connection, as_of)
    figures = staffing.history(connection, filters, as_of=as_of)
    departments = _departments(connection, filters, as_of, now, figures)
    posts = staffing.standing(figures, as_of.date()).set_index("department").to_dict("index")
    judged = _compliance(connection, filters, as_of, now)
    verdicts = {name: found.verdict for name, found in departments.items() if found.verdict.answer == rules.YES}
    first = min((found.flows.first_week for found in departments.values()), default=as_of.date())
    parts = misses(connection, filters, as_of=as_of, verdicts=verdicts, first_day=first, now=now, figures=figures)
    rows: list[dict[str, Any]] = []
    for name in sorted(departments.keys() | {str(key) for key in posts}):
        row: dict[str, Any] = {"department": name}
        if name in departments:
            row |= _work(departments[name]) | _hire(departments[name])
        else:
            row |= dict.fromkeys(_COUNTS, 0) | {"staff_limited": rules.CANNOT_TELL, "staff_reason": NO_REQUESTS}
        if name in posts:
            row |= _posts(posts[name])
        row |= {str(key): value for key, value in judged.get(name, {"due_count": 0}).items()}
        row |= _miss(parts[name] if name in parts else _without_replay(row))
        rows.append(row)
    return _shaped(rows)


def staffed(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> dict[str, Staffed]:
    """Every department's flows, posts, capacity and verdict at `as_of`: what a department's own view draws from."""
    figures = staffing.history(connection, filters, as_of=as_of)
    return _departments(connection, filters, as_of, staffing.successors(connection, as_of), figures)


def _departments(
    connection: Connection, filters: RequestFilter, as_of: datetime, now: Mapping[str, str], figures: pd.DataFrame
) -> dict[str, Staffed]:
    flows = read(connection, filters, as_of=as_of, now=now)
    return {name: _staffed(found, figures) for name, found in flows.items()}


def _staffed(flows: Flows, figures: pd.DataFrame) -> Staffed:
    authorised, filled = staffing.posts_by_day(figures, flows.department, flows.first_week, flows.weeks * 7 + 1)
    weekly = [days[:-1].reshape(flows.weeks, 7).mean(axis=1) for days in (authorised, filled)]
    throughput = (flows.throughput - flows.swept).sum(axis=1)
    capacity = rules.demonstrated_capacity(throughput, weekly[1], flows.backlog_at_start)
    verdict = _verdict(flows, weekly[1], float(filled[-1]))
    # Work that waits for something else than hands shows what was asked, not what could be done.
    capacity = replace(capacity, is_lower_bound=capacity.is_lower_bound or verdict.answer != rules.YES)
    return Staffed(flows, weekly[0], weekly[1], float(authorised[-1]), float(filled[-1]), capacity, verdict)


def _verdict(flows: Flows, filled: np.ndarray, filled_now: float) -> rules.Verdict:
    inflow = flows.inflow.sum()
    if inflow > 0 and flows.inflow[:, flows.is_contracted].sum() > inflow / 2:
        return rules.Verdict(rules.CANNOT_TELL, CONTRACTED)
    if np.isnan(filled_now):
        return rules.Verdict(rules.CANNOT_TELL, NO_FIGURES)
    if filled_now == 0:
        return rules.Verdict(rules.CANNOT_TELL, rules.NO_ONE)
    own = flows.own(flows.throughput - flows.swept)
    return rules.is_it_staff(flows.own(flows.inflow), own, filled, flows.closed_by_lag)


def _work(found: Staffed) -> dict[str, object]:
    flows, capacity = found.flows, found.capacity
    inflow, throughput = flows.inflow.sum(axis=1), flows.throughput.sum(axis=1)
    work = float((flows.open_count * flows.weight).sum())
    load = rules.load(work, found.authorised_now, found.filled_now)
    overdue = float((flows.overdue_count * flows.weight).sum())
    clearing = rules.weeks_to_clear(overdue, inflow, throughput, capacity.per_fte, found.filled_now)
    return {
        "open_count": int(flows.open_count.sum()),
        "overdue_count": int(flows.overdue_count.sum()),
        "contracted_open_count": int(flows.open_count[flows.is_contracted].sum()),
        "unit": flows.unit,
        "load_per_filled_fte": float(load.per_filled),
        "load_per_authorised_fte": float(load.per_authorised),
        "vacancy_added_load": float(load.added),
        "inflow_per_week": float(inflow[-8:].mean()) if len(inflow) else np.nan,
        "throughput_per_week": float(throughput[-8:].mean()) if len(inflow) else np.nan,
        "capacity_per_fte": capacity.per_fte,
        "capacity_is_lower_bound": capacity.is_lower_bound if np.isfinite(capacity.per_fte) else None,
        "utilisation": rules.utilisation(inflow, capacity.per_fte, found.filled_now),
        "weeks_to_clear": clearing.weeks,
        "clear_state": clearing.state,
        "staff_limited": found.verdict.answer,
        "staff_reason": found.verdict.reason,
        "weeks_of_data": flows.weeks,
    }


def _hire(found: Staffed) -> dict[str, object]:
    """Overdue requests that one more post avoids: nothing where staff is not the limit."""
    if found.verdict.answer == rules.CANNOT_TELL:
        return {"overdue_avoided_by_hire": np.nan}
    if found.verdict.answer == rules.NO:
        return {"overdue_avoided_by_hire": 0.0}
    flows = found.flows
    avoided = rules.hire_helps(flows.standing(), flows.inflow, found.capacity.rates, found.filled_now, seed=SEED)
    mean_weight = float(np.average(flows.weight, weights=np.maximum(flows.inflow.sum(axis=0), 1e-9)))
    return {"overdue_avoided_by_hire": avoided / mean_weight}


def _posts(post: Mapping[Hashable, Any]) -> dict[str, object]:
    authorised, filled = float(post["fte_authorised"]), float(post["fte_filled"])
    return {
        "fte_authorised": authorised,
        "fte_filled": filled,
        "vacancy_rate": float(rules.vacancy_rate(authorised, filled)),
        "vacancy_rate_baseline": float(rules.vacancy_against(float(post["baseline_authorised"]), filled)),
        "baseline_year": post["baseline_year"],
        "request_share": float(post["request_share"]),
        "staffing_as_of": post["as_of_on"],
        "basis": post["basis"],
    }


def _compliance(
    connection: Connection, filters: RequestFilter, as_of: datetime, now: Mapping[str, str]
) -> dict[str, dict[Hashable, Any]]:
    """Requests due in the period and by `as_of`, and the share met, by the present department; none due: absent."""
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
    return {str(name): row for name, row in named.to_dict("index").items()}


def _without_replay(row: Mapping[str, Any]) -> rules.Miss:
    nan = float("nan")
    seen = rules.Replay(int(row["due_count"]), float(row.get("compliance", nan)), nan, nan)
    return rules.explain_miss(seen, row["staff_limited"], row["staff_reason"])


def _miss(found: rules.Miss) -> dict[str, object]:
    return {
        "compliance_if_staffed": found.compliance_if_staffed,
        "vacancy_points": 100 * found.vacancy,
        "remains_points": 100 * found.remains,
        "order_points": 100 * found.order,
        "miss_reason": found.reason,
    }


def _shaped(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The frame with every column and its type, in the order in which help is needed."""
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame[list(_TEXT)] = frame[list(_TEXT)].astype(object).where(frame[list(_TEXT)].notna(), None)
    others = dict.fromkeys(_COUNTS, "int64") | {"capacity_is_lower_bound": "boolean", "baseline_year": "Int64"}
    others |= {"staffing_as_of": "datetime64[us]"} | dict.fromkeys(_TEXT, "object")
    frame = frame.astype({name: others.get(name, "float64") for name in COLUMNS})
    # What cannot be told must not put a department with hundreds overdue behind one with none.
    frame = frame.assign(avoided=frame["overdue_avoided_by_hire"].fillna(0.0).round(6))
    order = ["avoided", "overdue_count", "department"]
    frame = frame.sort_values(order, ascending=[False, False, True], ignore_index=True)
    return frame.drop(columns="avoided")
