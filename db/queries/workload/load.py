"""Workload by department, adjusted for vacancies: the one function behind the page and `ask workload`.

The definitions, what the model assumes and what simulations showed are in docs/workload.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from db.model.filters import RequestFilter, period
from db.queries.data import coverage
from db.queries.examples import example, of_filters
from db.queries.workload import staffing
from db.queries.workload.figures import (
    CONTRACTED,
    TOO_SMALL,
    Staffed,
    of_more_posts,
    of_posts,
    of_work,
    per_person,
)
from db.queries.workload.flows import Flows, read
from db.queries.workload.missed import NOTHING_DUE, USUAL_PERIOD, of_departments
from db.rules import workload as rules
from db.rules.workload.clearing import FEW

UNTOLD_BEYOND = (
    *("inflow_per_week", "utilisation", "overdue_avoided_by_hire", "overdue_avoided_if_filled"),
    *("overdue_change_ahead", "overdue_change_ahead_if_filled"),
)
"""What rests on requests that come in: after the last day of the data nothing is known of them."""
NO_FIGURES = "no staffing figures"
NO_REQUESTS = "no requests"
COLUMNS = (
    *("department", "fte_authorised", "fte_filled", "vacancy_rate", "vacancy_rate_baseline", "baseline_year"),
    *("request_share", "staffing_as_of", "basis", "open_count", "overdue_count", "contracted_open_count", "unit"),
    *("load_state", "load_per_filled_fte", "load_per_authorised_fte", "vacancy_added_load", "inflow_per_week"),
    *("throughput_per_week", "capacity_per_fte", "capacity_is_lower_bound", "utilisation", "clear_state"),
    *("overdue_change", "overdue_change_by_chance", "weeks_to_clear_low", "weeks_to_clear_high"),
    *("overdue_change_ahead", "overdue_change_ahead_if_filled", "due_count", "compliance", "miss_state"),
    *("remains_points", "vacancy_points_low", "vacancy_points", "order_points", "order_points_shared"),
    *("together_points", "untold_points", "best_share", "best_share_shared", "best_share_filled", "share_with_both"),
    *(
        "order_of_work",
        "since_on",
        "vacancy_points_since_low",
        "vacancy_points_since",
        "miss_reason",
        "usual_due_count",
    ),
    *("usual_compliance", "usual_vacancy_points_low", "usual_vacancy_points", "usual_order_points"),
    *("staff_limited", "staff_reason", "overdue_avoided_by_hire", "overdue_avoided_if_filled", "weeks_of_data"),
)
_COUNTS = ("open_count", "overdue_count", "contracted_open_count", "due_count", "usual_due_count", "weeks_of_data")
_TEXT = (
    *("department", "basis", "unit", "load_state", "clear_state", "miss_state", "miss_reason", "order_of_work"),
    *("staff_limited", "staff_reason"),
)
_DAYS = ("staffing_as_of", "since_on")


@example(of_filters)
def workload(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """Backlog, load per person, capacity and what the miss is made of, one row a department.

    Counts, load and capacity describe residents' and proactive requests whatever the filter's population; what was due
    and kept is of the filter's population in its period (the last 13 weeks without one). Columns:
    department (text); fte_authorised, fte_filled (posts at `as_of`); vacancy_rate (share); vacancy_rate_baseline
    (share, against posts authorised in baseline_year); request_share; staffing_as_of (day); basis (reported |
    illustrative); open_count, overdue_count, contracted_open_count (requests at `as_of`); unit (effort_hours |
    requests, of load, flows and capacity).
    load_state (shown | contractors | too_few: under 3 FTE on requests or 30 open | no_figures), which leaves empty what
    is said per person: load_per_filled_fte, load_per_authorised_fte, vacancy_added_load (work waiting a person),
    capacity_per_fte (a week), capacity_is_lower_bound (flag, "at least"), utilisation. inflow_per_week,
    throughput_per_week (mean of 8 weeks).
    clear_state (falling | rising | about_the_same | few_overdue: under 30 | too_few_weeks: under 26),
    overdue_change (of the last 8 weeks, sweeps left out), overdue_change_by_chance (so much up or down is chance),
    weeks_to_clear_low, weeks_to_clear_high (weeks until fewer than 30 are overdue, only where falling); where staff is
    the limit overdue_change_ahead, overdue_change_ahead_if_filled (requests in the next 8 weeks, in the model).
    due_count; compliance (share); miss_state (told | too_few: under 30 due | too_short: a period shorter than the usual
    time to close | cannot_tell: contractors | nothing_due); the missed points in parts that add up: remains_points,
    vacancy_points (up to, at least vacancy_points_low), order_points (up to; order_points_shared by crews tied to no
    type, beside it), together_points (what only both bring; negative where either alone would have kept the same),
    untold_points; best_share, best_share_shared (the most that today's hands could keep in any order, tied and shared),
    best_share_filled (the same shared, with all posts filled), share_with_both (all posts filled, the plan's order);
    order_of_work (oldest | newest | due | keepable, empty where none fits);
    since_on (day), vacancy_points_since_low, vacancy_points_since (had all posts been filled since the first staffing
    figure; another start, so not to be added up); miss_reason; usual_due_count, usual_compliance,
    usual_vacancy_points_low, usual_vacancy_points, usual_order_points (the last 13 weeks beside a period of too few or
    too short).
    staff_limited (yes | no | cannot_tell), staff_reason; overdue_avoided_by_hire, overdue_avoided_if_filled (requests
    that one more FTE, and all posts filled, avoid in 13 weeks; 0 where staff is not the limit, NaN where that cannot
    be told); weeks_of_data. After the last day of the data what rests on inflow is NaN. What needs posts is NaN, with
    a reason, where there are no staffing figures. Order: overdue requests avoided by a hire, most first (none where
    it cannot be told), then overdue requests, then department. Empty case: no rows, all columns.
    """
    filters = replace(filters, period=filters.period or period(USUAL_PERIOD, as_of))
    now = staffing.successors(connection, as_of)
    figures = staffing.history(connection, filters, as_of=as_of)
    departments = _departments(connection, filters, as_of, now, figures)
    posts = staffing.standing(figures, as_of.date()).set_index("department").to_dict("index")
    missed = of_departments(connection, filters, as_of=as_of, departments=departments, now=now, figures=figures)
    rows: list[dict[str, Any]] = []
    for name in sorted(departments.keys() | {str(key) for key in posts}):
        row: dict[str, Any] = dict.fromkeys(_COUNTS, 0) | {"department": name, "miss_state": NOTHING_DUE}
        if name in departments:
            found = departments[name]
            row |= of_work(found) | per_person(found) | of_more_posts(found)
        else:
            row |= {"staff_limited": rules.CANNOT_TELL, "staff_reason": NO_REQUESTS, "load_state": TOO_SMALL}
            row["clear_state"] = FEW
        if name in posts:
            row |= of_posts(posts[name])
        rows.append(row | missed.get(name, {}))
    if coverage.is_beyond(connection, as_of=as_of):
        rows = [row | dict.fromkeys(UNTOLD_BEYOND, np.nan) for row in rows]
    return _shaped(rows)


@example(of_filters)
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


def _shaped(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The frame with every column and its type, in the order in which help is needed."""
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame[list(_TEXT)] = frame[list(_TEXT)].astype(object).where(frame[list(_TEXT)].notna(), None)
    others = dict.fromkeys(_COUNTS, "int64") | {"capacity_is_lower_bound": "boolean", "baseline_year": "Int64"}
    others |= dict.fromkeys(_DAYS, "datetime64[us]") | dict.fromkeys(_TEXT, "object")
    frame = frame.astype({name: others.get(name, "float64") for name in COLUMNS})
    # What cannot be told must not put a department with hundreds overdue behind one with none.
    frame = frame.assign(avoided=frame["overdue_avoided_by_hire"].fillna(0.0).round(6))
    order = ["avoided", "overdue_count", "department"]
    frame = frame.sort_values(order, ascending=[False, False, True], ignore_index=True)
    return frame.drop(columns="avoided")
