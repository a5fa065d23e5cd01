"""A department's own view: its types, its weeks so far, the 13 weeks ahead, and what if more posts were filled."""

from __future__ import annotations

import numpy as np
import pandas as pd

from db.queries.workload.figures import SEED, Staffed
from db.rules import workload as rules
from db.rules.workload.capacity import RECENT_WEEKS
from db.rules.workload.projection import FUTURES, HORIZON_WEEKS, Projection

BAND = ("low", "middle", "high")


def types(found: Staffed) -> pd.DataFrame:
    """What waits and what moves, one row a service type, most overdue first, then most open, then by name.

    Columns: service_type (text), is_contracted (flag), open_count, overdue_count (requests at the moment
    described), goal_days (number, mean days from creation to due, NaN without a goal), inflow_per_week,
    throughput_per_week (mean of the last 8 weeks, in the department's unit; NaN without a complete week).
    """
    flows = found.flows
    recent = slice(-RECENT_WEEKS, None)
    unknown = np.full(len(flows.types), np.nan)
    frame = pd.DataFrame(
        {
            "service_type": list(flows.types),
            "is_contracted": flows.is_contracted,
            "open_count": flows.open_count.astype("int64"),
            "overdue_count": flows.overdue_count.astype("int64"),
            "goal_days": flows.goal_weeks * 7,
            "inflow_per_week": flows.inflow[recent].mean(axis=0) if flows.weeks else unknown,
            "throughput_per_week": flows.throughput[recent].mean(axis=0) if flows.weeks else unknown,
        }
    )
    order = ["overdue_count", "open_count", "service_type"]
    return frame.sort_values(order, ascending=[False, False, True], ignore_index=True)


def weeks(found: Staffed) -> pd.DataFrame:
    """Inflow against throughput and capacity, one row a complete week, oldest first.

    Columns: week_start (day, seven days from there), inflow, throughput, swept (closings in a sweep, part of
    throughput), open_at_start (number, in the department's unit), capacity (number, demonstrated capacity times the
    posts filled that week; NaN where either is unknown), fte_filled (number, posts that work on requests).
    """
    flows = found.flows
    starts = pd.Timestamp(flows.first_week) + pd.to_timedelta(7 * np.arange(flows.weeks), unit="D")
    return pd.DataFrame(
        {
            "week_start": starts.astype("datetime64[us]"),
            "inflow": flows.inflow.sum(axis=1),
            "throughput": flows.throughput.sum(axis=1),
            "swept": flows.swept.sum(axis=1),
            "open_at_start": flows.backlog_at_start,
            "capacity": found.capacity.per_fte * found.filled,
            "fte_filled": found.filled,
        }
    )


def ahead(found: Staffed, *, posts: float | None = None, weeks_until_productive: int = 0) -> pd.DataFrame:
    """Open and overdue requests at the end of each of the coming 13 weeks, with a band of 10 to 90 in a hundred.

    `posts`: FTE filled (of those that work on requests) in the scenario; empty for as now. Scenarios share their
    futures, so they differ by the posts alone. Only where staff is shown to be the limit do posts matter; else each
    open request leaves at its type's rate of the last 8 weeks, whatever the posts. Columns: week (count, 1 to 13),
    open_low, open_middle, open_high, overdue_low, overdue_middle, overdue_high, overdue_mean (number, in the
    department's unit). Empty case: no complete week of data, no rows.
    """
    if not found.flows.weeks:
        return _frame(None)
    rng = np.random.default_rng(SEED)
    history, standing = found.flows.inflow, found.flows.standing()
    if found.verdict.answer != rules.YES:
        inflow = rules.draw_inflow(history, HORIZON_WEEKS, FUTURES, rng)
        factor = rules.draw_capacity(found.flows.exit_factors(), np.ones(HORIZON_WEEKS), FUTURES, rng)
        return _frame(rules.project_unlimited(standing, inflow, factor))
    filled = found.filled_now if posts is None else posts
    rates = found.capacity.rates
    return _frame(rules.what_if(standing, history, rates, found.filled_now, filled, weeks_until_productive, rng=rng))


def _frame(projection: Projection | None) -> pd.DataFrame:
    empty = np.empty((3, 0))
    bands = {
        "open": empty if projection is None else projection.open_count,
        "overdue": empty if projection is None else projection.overdue_count,
    }
    columns = {f"{name}_{part}": band[place] for name, band in bands.items() for place, part in enumerate(BAND)}
    mean = np.empty(0) if projection is None else projection.overdue_mean
    return pd.DataFrame({"week": np.arange(1, len(mean) + 1), **columns, "overdue_mean": mean})
