"""Whether a week or a month is whole in the data, and the figures of the stretch beside those of the weeks before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from db.model.filters import Period, RequestFilter
from db.queries.briefing import weekly
from db.queries.compliance import rates
from db.queries.data import freshness
from db.queries.examples import example, of_last_week
from db.queries.periods import whole_weeks
from db.queries.queue import backlog
from db.queries.repeats import calls
from db.rules.proportions import SMALL
from db.rules.weekly_series import BASE, FEWEST

WHOLE, NOT_OVER, HALF_LOADED = "whole", "not_over", "half_loaded"
BEFORE, BEYOND, BEGINS_WITHIN, NOTHING = "before_the_data", "beyond_the_data", "begins_within", "nothing"
HALF = 0.5


@example(of_last_week)
def coverage(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """Whether the weeks of the filter's period are whole in the data, always one row.

    Columns: state (text: whole | not_over: the data, or `as_of`, end in it | half_loaded: a day without a request of
    which there are ten and more on that weekday, or under half of the usual number | begins_within: the data begin in
    it | before_the_data | beyond_the_data | nothing: not one request, though the data cover it), made_count (int64,
    requests made), usual_count (float64, in as many weeks, by the 13 before; NaN where the data begin later),
    empty_day_count (int64), weeks_before (int64, whole weeks of data before it), newest_at (datetime64, up to where
    the data reach).
    """
    stretch = whole_weeks(filters.period)
    first, last = stretch.start, stretch.end
    began = freshness.first_created_at(connection)
    newest = min(freshness.default_as_of(connection, as_of), as_of)
    before = first - timedelta(weeks=BASE)
    days = weekly.by_day(connection, filters, as_of=as_of, first=before, last=last)
    inside = days["day"] >= pd.Timestamp(first)
    made = int(days.loc[inside, "made_count"].sum())
    covered = began is not None and began.date() <= before
    usual = float(days.loc[~inside, "made_count"].sum()) / BASE * (last - first).days / 7 if covered else np.nan
    empty = _empty_days(days, inside) if covered else 0
    weeks = 0 if began is None else max(0, (first - began.date()).days // 7)
    state = WHOLE
    if began is None or last <= began.date():
        state = BEFORE
    elif datetime.combine(first, time.min) > newest:
        state = BEYOND
    elif newest.date() < last - timedelta(days=1):
        state = NOT_OVER
    elif began.date() > first:
        state = BEGINS_WITHIN
    elif not made:
        state = NOTHING
    elif empty or made < HALF * usual:
        state = HALF_LOADED
    row = {"state": state, "made_count": made, "usual_count": usual, "empty_day_count": empty, "weeks_before": weeks}
    frame = pd.DataFrame([row | {"newest_at": newest}])
    return frame.astype({"state": "object", "usual_count": "float64", "newest_at": "datetime64[us]"})


def _empty_days(days: pd.DataFrame, inside: pd.Series) -> int:
    """Days of the stretch without a request, of weekdays on which ten and more are usual."""
    usual = days[~inside].groupby(days["day"].dt.weekday)["made_count"].median()
    stretch = days[inside]
    return int(((stretch["made_count"] == 0) & (stretch["day"].dt.weekday.map(usual) >= FEWEST)).sum())


@example(of_last_week)
def figures(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """The five figures of the whole weeks of the filter's period beside what was usual and a year ago; five rows.

    Columns: figure (text: compliance | overdue_count | inflow | throughput | asked_again_share), now, usual, year_ago
    (float64: shares; requests at the end of the stretch; requests a week), now_count (int64, requests behind it).
    `usual`: the 13 weeks before, of overdue the moment the stretch began; `year_ago`: the same stretch 52 weeks
    earlier; NaN where the data do not reach, or under 30 are behind a share. Asked again is of the last stretch of this
    length of which two weeks have passed.
    """
    stretch = whole_weeks(filters.period)
    first, last = stretch.start, stretch.end
    spans = {
        "now": (first, last),
        "usual": (first - timedelta(weeks=BASE), first),
        "year_ago": (first - timedelta(weeks=52), last - timedelta(weeks=52)),
    }
    began = freshness.first_created_at(connection)
    rows: dict[str, dict[str, float]] = {
        name: {} for name in ("compliance", "overdue_count", *_FLOWS, "asked_again_share")
    }
    counts = dict.fromkeys(rows, 0)
    for name, (start, end) in spans.items():
        known = began is not None and (name == "now" or began.date() <= start)
        for figure, (value, count) in _of_span(connection, filters, as_of, start, end, known, name).items():
            rows[figure][name] = value
            counts[figure] = count if name == "now" else counts[figure]
    frame = pd.DataFrame(
        [{"figure": figure} | values | {"now_count": counts[figure]} for figure, values in rows.items()]
    )
    numbers = dict.fromkeys(spans, "float64")
    return frame.astype({"figure": "object", "now_count": "int64"} | numbers)


_FLOWS = ("inflow", "throughput")


def _of_span(
    connection: Connection,
    filters: RequestFilter,
    as_of: datetime,
    start: date,
    end: date,
    known: bool,
    name: str,
) -> dict[str, tuple[float, int]]:
    nothing = dict.fromkeys(("compliance", "overdue_count", *_FLOWS, "asked_again_share"), (np.nan, 0))
    if not known:
        return nothing
    chosen = replace(filters, period=Period("stretch", start, end))
    shift = timedelta(weeks=2)
    asked_of = replace(filters, period=Period("stretch", start - shift, end - shift))
    kept = rates.summary(connection, chosen, as_of=as_of).iloc[0]
    again = calls.rate(connection, asked_of, as_of=as_of).iloc[0]
    made = weekly.by_day(connection, filters, as_of=as_of, first=start, last=end)["made_count"].sum()
    closed = weekly.closed_count(connection, filters, as_of=as_of, first=start, last=end)
    # At what moment the overdue are counted: the end of the stretch, its start, the end of that of a year ago.
    moment = min(as_of, datetime.combine(end, time.min))
    overdue = int(backlog.totals(connection, filters, as_of=moment)["overdue_count"].iloc[0])
    length = (end - start).days // 7
    is_many = name == "now"
    return {
        "compliance": (_share(kept["met_count"], kept["due_count"], is_many), int(kept["due_count"])),
        "overdue_count": (float(overdue), overdue),
        "inflow": (float(made) / length, int(made)),
        "throughput": (closed / length, closed),
        "asked_again_share": (
            _share(again["asked_again_count"], again["with_place_count"], is_many),
            int(again["with_place_count"]),
        ),
    }


def _share(part: int, whole: int, is_small_too: bool) -> float:
    return float(part) / whole if whole and (is_small_too or whole >= SMALL) else float("nan")
