"""The backlog at a moment: what is open, what is overdue, how old it is, and in which order to work it.

Backlog (`open_count`) = requests of the filter's population that are open at `as_of`. Overdue = open
past the due date under the filter's goals. The filter's period is not used here: a backlog is a
moment, not a stretch. Definitions: docs/glossary.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Connection, Date, and_, case, cast, func, or_, select, true

from db.model import expressions
from db.model.filters import RequestFilter
from db.model.schema import departments, requests
from db.queries.data import coverage
from db.queries.examples import each, example, given, of_filters, soon
from db.queries.shares import divided
from db.rules.errors import DeskError
from db.storage.frames import bytes_order, fetch

LANES = ("all", "keepable", "overdue")
GROUPS = ("department", "service_type", "council_district", "neighborhood_council", "assigned_to", "street_name")
QUEUE_COLUMNS = (
    *("sr_number", "source_system", "department", "service_type", "address", "council_district"),
    *("neighborhood_council", "channel", "assigned_to", "created_at", "due_at", "goal_basis", "age_days"),
    *("goal_multiple", "is_overdue", "status", "source_status", "repeat_kind", "latitude", "longitude", "flags"),
)
TREND_DAYS = 28
NORMAL_WEEKS = 8

GOAL_BANDS = (
    ("under half", 0.0, 0.5),
    ("half to all", 0.5, 1.0),
    ("1 to 2 times", 1.0, 2.0),
    ("2 to 4 times", 2.0, 4.0),
    ("4 times and more", 4.0, np.nan),
)
DAY_BANDS = (
    ("under 1 day", 0.0, 1.0),
    ("1 to 3 days", 1.0, 3.0),
    ("3 to 7 days", 3.0, 7.0),
    ("7 to 14 days", 7.0, 14.0),
    ("14 to 30 days", 14.0, 30.0),
    ("30 to 90 days", 30.0, 90.0),
    ("90 to 365 days", 90.0, 365.0),
    ("1 year and more", 365.0, np.nan),
)
NO_GOAL = "no goal"
Bands = Sequence[tuple[str, float, float]]

_r = requests.c


@example(of_filters)
def totals(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """The headline figures at `as_of`, always one row.

    Columns: open_count, overdue_count, due_24h_count (open, not overdue, due within 24 hours),
    no_goal_count (open without a due date), unknown_count (ended, but without a usable closing time:
    neither open nor a closing), closed_today (since midnight up to `as_of`): int64; opened_today (as much, float64);
    normal_opened_today, normal_closed_today: float64, the median of the same weekday up to the same
    time of day over the 8 weeks before, as far as the data reach back; NaN with less than one week.
    Empty case: zeros and NaN.
    """
    clauses = filters.clauses(as_of)
    has_due = expressions.has_due(filters.goals)
    soon = and_(has_due, ~expressions.is_past(as_of), _r.due_at <= as_of + timedelta(hours=24))
    overdue = expressions.is_overdue(as_of, filters.goals)
    statement = select(
        func.count().label("open_count"),
        expressions.counted(overdue).label("overdue_count"),
        expressions.counted(soon).label("due_24h_count"),
        expressions.counted(case((has_due, False), else_=True) == true()).label("no_goal_count"),
    ).where(expressions.is_open(as_of), *clauses)
    frame = fetch(connection, statement)
    unknown = select(func.count()).where(expressions.is_unknown_closing(), *clauses)
    frame["unknown_count"] = int(connection.scalar(unknown) or 0)
    first = connection.scalar(expressions.first_created_at())
    opened = _same_hours(connection, _r.created_at, clauses, as_of)
    closed = _same_hours(connection, _r.closed_at, [expressions.is_closed(as_of), *clauses], as_of)
    frame["opened_today"], frame["closed_today"] = float(opened.get(as_of.date(), 0)), closed.get(as_of.date(), 0)
    frame["normal_opened_today"] = _normal(opened, as_of, first)
    frame["normal_closed_today"] = _normal(closed, as_of, first)
    if coverage.is_beyond(connection, as_of=as_of):
        frame[["opened_today", "normal_opened_today", "normal_closed_today"]] = np.nan
    return frame


@example(given(of_filters, until=soon))
def due_ahead(
    connection: Connection, filters: RequestFilter, *, as_of: datetime, until: tuple[tuple[str, datetime], ...]
) -> pd.DataFrame:
    """What falls due from `as_of` on up to each of several moments; the counts of `falling_due`, without a risk.

    `until`: pairs of a horizon's name and its moment, see `db.rules.triage.moments.horizons`. Columns: horizon (text),
    until_at (datetime64), falling_due_count (int64: open, not yet overdue, overdue by then). In the order given. The
    filter's period is not used. Empty case: zeros.
    """
    overdue_from = expressions.overdue_from(filters.goals)
    counts = [
        expressions.counted(and_(overdue_from > as_of, overdue_from <= moment)).label(f"by_{number}")
        for number, (_, moment) in enumerate(until)
    ]
    found = fetch(connection, select(*counts).where(expressions.is_open(as_of), *filters.clauses(as_of))).iloc[0]
    rows = [(name, moment, int(count)) for (name, moment), count in zip(until, found, strict=True)]
    frame = pd.DataFrame(rows, columns=["horizon", "until_at", "falling_due_count"])
    return frame.astype({"until_at": "datetime64[us]", "falling_due_count": "int64"})


@example(of_filters)
def by_department(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """The backlog of each department at `as_of`, most overdue first, then most open, then by code.

    Columns: department (text), name (text, the code where no name is known), open_count, overdue_count
    (int64), overdue_share (float64, overdue_count / open_count, NaN without open ones), due_week_count
    (int64, open, not overdue, due within 7 days), no_goal_count (int64), median_age_days and p90_age_days
    (float64 elapsed days, weekends included, NaN without open ones), inflow_4w and inflow_prev_4w (float64,
    created in the last 28 days and in the 28 before), trend (float64, inflow_4w / inflow_prev_4w - 1, NaN
    where nothing came before, or the data begin less than 56 days before `as_of`). A department without open requests
    is listed as long as it had inflow in these 8 weeks. Empty case: no rows, all columns.
    """
    frame = _grouped(connection, filters, as_of, "department").rename(columns={"key": "department"})
    names = {row[0]: row[1] for row in connection.execute(select(departments.c.department, departments.c.name))}
    called = [names.get(key) or key for key in frame["department"]]
    frame.insert(1, "name", pd.Series(called, index=frame.index, dtype=object))
    return frame


@example(each(of_filters, column=GROUPS))
def by_group(connection: Connection, filters: RequestFilter, *, as_of: datetime, column: str) -> pd.DataFrame:
    """The backlog by one column of requests: the columns of `by_department` with `key` in place of department
    and name.

    `column` is one of `GROUPS`; `key` is null for requests that have none. Order: most overdue, most open, key
    by bytes, null last. Raises DeskError for another column.
    """
    if column not in GROUPS:
        raise DeskError(f'column "{column}" is not one of {", ".join(GROUPS)}')
    return _grouped(connection, filters, as_of, column)


@example(of_filters)
def ageing(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """The backlog by age, in two scales: multiples of the goal, and elapsed days.

    Columns: scale ("goal" | "days"), band (text, for the axis: "under half", "1 to 2 times", "3 to 7 days", "no
    goal"), low and high (float64, in multiples or days, low included, high excluded; high NaN = without end;
    both NaN for "no goal"), open_count (int64), open_total (int64, the whole backlog), share (float64,
    open_count / open_total, NaN for none). Order: scale "goal" then "days", each upwards, "no goal" last. Every
    band is always there.
    """
    multiple = case(
        (expressions.due_at(filters.goals).is_(None), None),
        else_=func.coalesce(expressions.goal_multiple(as_of, filters.goals), GOAL_BANDS[-1][1]),
    )
    backlog = (
        select(
            band_number(multiple, GOAL_BANDS).label("goal"),
            band_number(expressions.age_days(as_of), DAY_BANDS).label("days"),
        )
        .where(expressions.is_open(as_of), *filters.clauses(as_of))
        .subquery()
    )
    statement = select(backlog.c.goal, backlog.c.days, func.count().label("open_count")).group_by("goal", "days")
    counts = fetch(connection, statement)
    without_goal = ((NO_GOAL, np.nan, np.nan),)
    return pd.concat(
        [_banded(counts, "goal", (*GOAL_BANDS, *without_goal)), _banded(counts, "days", DAY_BANDS)], ignore_index=True
    )


@example(each(of_filters, lane=LANES))
def open_requests(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    lane: str = "all",
    limit: int | None = 100,
    offset: int = 0,
) -> pd.DataFrame:
    """The queue at `as_of`: overdue ones by multiples of their goal, then nearest due, then oldest.

    `lane`: "all", "keepable" (due and not yet overdue) or "overdue". `limit` None gives all.
    Columns: sr_number, source_system, department, service_type, address, council_district,
    neighborhood_council, channel, assigned_to (text), created_at, due_at (datetime64; due_at under the
    filter's goals), goal_basis (text), age_days (float64, elapsed days), goal_multiple (float64, time since
    creation / time promised; NaN without a due date or with one not after creation), is_overdue (boolean), status,
    source_status, repeat_kind (text), latitude, longitude (float64), flags (text).
    Ties by sr_number and source_system. Empty case: no rows, all columns. Raises DeskError for an unknown lane.
    """
    late, multiple = expressions.is_overdue(as_of, filters.goals), expressions.goal_multiple(as_of, filters.goals)
    due = expressions.due_at(filters.goals)
    is_late = case((late, True), else_=False)
    computed = {
        "due_at": due,
        "age_days": expressions.age_days(as_of),
        "goal_multiple": multiple,
        "is_overdue": is_late,
        "flags": expressions.flag_words(),
    }
    computed |= {name: value for name, value in expressions.as_it_stood(as_of).items() if name in QUEUE_COLUMNS}
    statement = (
        select(*((computed[name] if name in computed else _r[name]).label(name) for name in QUEUE_COLUMNS))
        .where(*_in_lane(lane, filters, as_of), *filters.clauses(as_of))
        .order_by(
            is_late.desc(),
            case((late, multiple), else_=None).desc().nulls_last(),
            due.asc().nulls_last(),
            _r.created_at,
            bytes_order(_r.sr_number),
            bytes_order(_r.source_system),
        )
        .limit(limit)
        .offset(offset)
    )
    return fetch(connection, statement)


def band_number(value: ColumnElement[Any], bands: Bands) -> ColumnElement[Any]:
    """The place of `value` among `bands`, from 0; empty where the value is."""
    steps = [(value < high, number) for number, (_, _, high) in enumerate(bands[:-1])]
    return case((value.is_(None), None), *steps, else_=len(bands) - 1)


def _in_lane(lane: str, filters: RequestFilter, as_of: datetime) -> list[ColumnElement[bool]]:
    lanes = {
        "all": [expressions.is_open(as_of)],
        "keepable": [expressions.is_open(as_of), expressions.has_due(filters.goals), ~expressions.is_past(as_of)],
        "overdue": [expressions.is_overdue(as_of, filters.goals)],
    }
    if lane not in lanes:
        raise DeskError(f'lane "{lane}" is not one of {", ".join(LANES)}')
    return lanes[lane]


def _grouped(connection: Connection, filters: RequestFilter, as_of: datetime, column: str) -> pd.DataFrame:
    """`by_group`. What is open and what came in are two questions: asked as one, neither could skip a row."""
    frame = _open_by(connection, filters, as_of, column).merge(
        _inflow_by(connection, filters, as_of, column), how="outer", on="key"
    )
    counts = [name for name in frame.columns if name.endswith(("_count", "_4w"))]
    frame = frame.fillna(dict.fromkeys(counts, 0)).astype(dict.fromkeys(counts, "int64"))
    frame.insert(3, "overdue_share", divided(frame["overdue_count"], frame["open_count"]))
    first = connection.scalar(expressions.first_created_at())
    reaches_back = first is not None and first <= as_of - timedelta(days=2 * TREND_DAYS)
    frame["trend"] = divided(frame["inflow_4w"], frame["inflow_prev_4w"]) - 1 if reaches_back else np.nan
    came_in = ["inflow_4w", "inflow_prev_4w"]
    frame[came_in] = frame[came_in].astype("float64")
    if coverage.is_beyond(connection, as_of=as_of):
        frame[[*came_in, "trend"]] = np.nan
    order = ["overdue_count", "open_count", "key"]
    frame["key"] = frame["key"].astype(object).where(frame["key"].notna(), None)
    return frame.sort_values(order, ascending=[False, False, True], ignore_index=True)


def _open_by(connection: Connection, filters: RequestFilter, as_of: datetime, column: str) -> pd.DataFrame:
    due, age, key = expressions.due_at(filters.goals), expressions.age_days(as_of), _r[column]
    statement = (
        select(
            key.label("key"),
            func.count().label("open_count"),
            expressions.counted(expressions.is_overdue(as_of, filters.goals)).label("overdue_count"),
            expressions.counted(and_(due <= as_of + timedelta(days=7), ~expressions.is_past(as_of))).label(
                "due_week_count"
            ),
            expressions.counted(due.is_(None)).label("no_goal_count"),
            func.percentile_cont(0.5).within_group(age).label("median_age_days"),
            func.percentile_cont(0.9).within_group(age).label("p90_age_days"),
        )
        .where(expressions.is_open(as_of), *filters.clauses(as_of))
        .group_by(key)
    )
    return fetch(connection, statement)


def _inflow_by(connection: Connection, filters: RequestFilter, as_of: datetime, column: str) -> pd.DataFrame:
    recent, before = as_of - timedelta(days=TREND_DAYS), as_of - timedelta(days=2 * TREND_DAYS)
    statement = (
        select(
            _r[column].label("key"),
            expressions.counted(_r.created_at > recent).label("inflow_4w"),
            expressions.counted(_r.created_at <= recent).label("inflow_prev_4w"),
        )
        .where(_r.created_at > before, *filters.clauses(as_of))
        .group_by(_r[column])
    )
    return fetch(connection, statement)


def _banded(counts: pd.DataFrame, scale: str, bands: Bands) -> pd.DataFrame:
    found = counts[scale].fillna(len(bands) - 1).astype("int64")
    per_band = counts["open_count"].groupby(found).sum().reindex(range(len(bands)), fill_value=0)
    frame = pd.DataFrame(list(bands), columns=["band", "low", "high"])
    frame.insert(0, "scale", scale)
    frame["open_count"] = per_band.to_numpy("int64")
    frame["open_total"] = int(counts["open_count"].sum())
    frame["share"] = divided(frame["open_count"], frame["open_total"])
    return frame


def _same_hours(
    connection: Connection, column: ColumnElement[Any], clauses: Sequence[ColumnElement[bool]], as_of: datetime
) -> Mapping[date, int]:
    """How many up to the time of day of `as_of`, on its day and on the same weekday of each of the 8 weeks before."""
    ends = [as_of - timedelta(weeks=week) for week in range(NORMAL_WEEKS + 1)]
    same_hours = or_(*(and_(column >= _midnight(end), column <= end) for end in ends))
    day = cast(column, Date)
    statement = select(day, func.count()).where(column >= _midnight(ends[-1]), *clauses, same_hours).group_by(day)
    return {row[0]: row[1] for row in connection.execute(statement)}


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.date(), time.min)


def _normal(counts: Mapping[date, int], as_of: datetime, first: datetime | None) -> float:
    """The median of the days before that of `as_of`, of those that are whole days on record."""
    days = [as_of.date() - timedelta(weeks=week) for week in range(1, NORMAL_WEEKS + 1)]
    on_record = [day for day in days if first is not None and day > first.date()]
    return float(np.median([counts.get(day, 0) for day in on_record])) if on_record else float("nan")
