"""Who keeps the promise: compliance over the requests due in a period, and everything always shown beside it.

Compliance = of the requests due in [start, end) and by `as_of`, the share met; an open overdue request
is a miss. The period is the filter's; ValueError without one. Definition: "on time" in docs/glossary.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pandas as pd
from sqlalchemy import (
    BigInteger,
    Connection,
    and_,
    cast,
    func,
    literal,
    select,
)

from db.model import expressions
from db.model.filters import Period, RequestFilter
from db.model.schema import departments, requests, service_types
from db.queries.compliance.cohorts import COUNTS, Keys, due_in, streams, totals
from db.queries.examples import each, example, of_filters
from db.queries.periods import required, within
from db.queries.queue.backlog import GOAL_BANDS, band_number
from db.queries.shares import divided
from db.rules.proportions import SMALL, change_parts, wilson
from db.storage.frames import bytes_order, fetch

GROUPS = ("department", "service_type", "district", "week", "month")
AGAINST = ("previous", "year_before")

_r = requests.c
_COLUMNS = {"department": _r.department, "service_type": _r.service_type, "district": _r.council_district}
_NAMES = {
    "department": (departments.c.department, departments.c.name),
    "service_type": (service_types.c.service_type, service_types.c.public_name),
}


@example(of_filters, in_order=False)
def counts(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """What `summary`, `by` and `by_type_for_change` are made of, so that a screen with all of them counts once.

    Columns: department, service_type (text), the counts of `summary` as far as they are counted, and for each of
    `AGAINST` due_X and met_X (int64: due and met in that earlier stretch). In no order. Empty case: no rows, all
    columns.
    """
    return _counted(connection, filters, as_of, {name: _COLUMNS[name] for name in _NAMES}, AGAINST)


@example(of_filters)
def summary(
    connection: Connection, filters: RequestFilter, *, as_of: datetime, using: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Compliance of the filter's period, always one row.

    Columns (counts int64, shares float64 from 0 to 1, NaN where the denominator is 0): due_count (due in the
    period and by `as_of`, verdict met or missed), met_count, missed_count, compliance (met / due), low, high
    (95% Wilson interval), closed_count (closed in the period, with a due date), closed_on_time_count,
    closed_only_share (closed on time / closed, "as most cities report it"), gap_points (100 x
    (closed_only_share - compliance), "what open requests hide"), left_after_due_count (due in the period, left
    the count after the due date: cancelled, duplicate, acknowledged), work_done_on_time_count (met with outcome
    work_done), work_done_on_time_share (of due_count), eligible_count (created in the period), with_goal_count
    (of these, with a due date), with_goal_share, unknown_count (due in the period, ended without a usable
    closing time: in neither numerator nor denominator), overdue_count (open past due at `as_of`, whenever due),
    is_small (bool, due_count under 30), incomplete_start (bool, the period starts sooner than the longest usual
    goal after the first row). `using`: the answer of `counts`, counted here where left out.
    """
    period = required(filters.period)
    if using is None:
        using = fetch(connection, totals(streams(filters, as_of, lambda moment: {})))
    frame = _with_shares(using[list(COUNTS)].sum().astype("int64").to_frame().T)
    frame["incomplete_start"] = _starts_incomplete(connection, filters, as_of, period)
    return frame


@example(each(of_filters, by=GROUPS, against=AGAINST))
def by(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    by: str = "department",
    against: str = "previous",
    using: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Compliance by `by`, one of `GROUPS`: the columns of `summary` without incomplete_start, preceded by key
    and name (text).

    For department, service_type and district also previous_due_count, previous_met_count (int64),
    previous_compliance and change_points (float64, 100 x (compliance - previous_compliance)); `against` names the
    stretch compared with: "previous" (of equal length, just before) or "year_before" (52 weeks earlier). For week
    and month `key` is the first day (datetime64) and each figure counts in the week or month of its own moment:
    due, closed, created; overdue_count holds only what was due in it. Order: groups by compliance, lowest first,
    NaN last, then key; weeks and months upwards. Empty case: no rows, all columns. `using`: the answer of `counts`,
    for department and service_type; counted here where left out. Raises ValueError for another `by` or `against`.
    """
    required(filters.period)
    if by in _COLUMNS:
        _check_against(against)
        if using is None or by not in using:
            using = _counted(connection, filters, as_of, {by: _COLUMNS[by]}, (against,))
        frame = _by_column(connection, using, by, against)
    elif by in GROUPS:
        found = streams(filters, as_of, lambda moment: {"key": func.date_trunc(by, moment)}, overdue_of_period=True)
        frame = fetch(connection, totals(found)).sort_values("key", ignore_index=True)
        frame.insert(1, "name", frame["key"].dt.strftime("%Y-%m-%d").astype(object))
    else:
        raise ValueError(f'by "{by}" is not one of {", ".join(GROUPS)}')
    return _with_shares(frame)


@example(each(of_filters, against=AGAINST))
def by_type_for_change(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    against: str = "previous",
    using: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The counts that split a change of compliance in "did better" and "got other work".

    `against`: "previous" (the stretch just before) or "year_before" (52 weeks earlier). Columns: service_type
    (text), due_before, met_before, due_now, met_now (int64), better_points, other_work_points (float64; the
    type's part of the change in points: mean share x change of rate, mean rate x change of share; they add up
    to the change; a type absent in one period counts as other work). Order: service_type. `using`: the answer of
    `counts`, counted here where left out.
    """
    required(filters.period)
    _check_against(against)
    counts = ["due_before", "met_before", "due_now", "met_now"]
    if using is None:
        using = _counted(connection, filters, as_of, {"service_type": _r.service_type}, (against,))
    found = using[[f"due_{against}", f"met_{against}", "due_count", "met_count"]].set_axis(counts, axis=1)
    frame = found.groupby(using["service_type"], dropna=False).sum()
    frame = frame[frame.any(axis=1)].reset_index()
    better, other_work = change_parts(*(frame[name] for name in counts))
    return frame.assign(better_points=100 * better, other_work_points=100 * other_work)


@example(of_filters)
def outcomes(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """What closures really were, per service type, for those closed in the period.

    Columns: service_type, outcome (text; `unknown` is shown like any other), closed_count (int64),
    type_closed_count (int64), share (float64, closed_count / type_closed_count). Order: types by closures, most
    first, then name; outcomes by count, most first, then name.
    """
    outcome = func.coalesce(expressions.outcome_at(as_of), "unknown").label("outcome")
    closed = (
        select(_r.service_type, outcome, func.count().label("closed_count"))
        .where(
            *filters.clauses(as_of),
            expressions.is_closed(as_of),
            *within(_r.closed_at, required(filters.period)),
        )
        .group_by(_r.service_type, outcome)
        .subquery()
    )
    whole = cast(func.sum(closed.c.closed_count).over(partition_by=closed.c.service_type), BigInteger)
    statement = select(closed, whole.label("type_closed_count")).order_by(
        whole.desc(), bytes_order(closed.c.service_type), closed.c.closed_count.desc(), bytes_order(closed.c.outcome)
    )
    frame = fetch(connection, statement)
    return frame.assign(share=divided(frame["closed_count"], frame["type_closed_count"]))


@example(each(of_filters, by=("department", "service_type", "district")))
def ageing_multiples(
    connection: Connection, filters: RequestFilter, *, as_of: datetime, by: str = "department"
) -> pd.DataFrame:
    """The open backlog in multiples of its goal, by department, service_type or district.

    Columns: key (text), band (text), low, high (float64, multiples, low included), open_count, group_count
    (int64), share (float64). Every band of `backlog.ageing` without "no goal" for every key that has open
    requests with a due date. Order: key, then low.
    """
    if by not in _COLUMNS:
        raise ValueError(f'by "{by}" is not one of {", ".join(_COLUMNS)}')
    multiple = func.coalesce(expressions.goal_multiple(as_of, filters.goals), GOAL_BANDS[-1][1])
    band = band_number(multiple, GOAL_BANDS).label("number")
    statement = (
        select(_COLUMNS[by].label("key"), band, func.count().label("open_count"))
        .where(*filters.clauses(as_of), expressions.is_open(as_of), expressions.has_due(filters.goals))
        .group_by(_COLUMNS[by], band)
        .order_by(bytes_order(_COLUMNS[by]), band)
    )
    counts = fetch(connection, statement)
    bands = pd.DataFrame(list(GOAL_BANDS), columns=["band", "low", "high"]).rename_axis("number").reset_index()
    frame = counts[["key"]].drop_duplicates().merge(bands, how="cross")
    frame = frame.merge(counts, how="left", on=["key", "number"]).drop(columns="number")
    frame["open_count"] = frame["open_count"].fillna(0).astype("int64")
    frame["group_count"] = frame.groupby("key", dropna=False)["open_count"].transform("sum").astype("int64")
    return frame.assign(share=divided(frame["open_count"], frame["group_count"]))


def _check_against(against: str) -> None:
    if against not in AGAINST:
        raise ValueError(f'against "{against}" is not one of {", ".join(AGAINST)}')


def _counted(
    connection: Connection, filters: RequestFilter, as_of: datetime, keys: Keys, against: Sequence[str]
) -> pd.DataFrame:
    """`COUNTS` of the period, due_X and met_X of the stretches of `against`, for each combination of the keys."""
    period = required(filters.period)
    stretches = {"previous": period.previous(), "year_before": period.year_before()}
    now = fetch(connection, totals(streams(filters, as_of, lambda moment: keys)))
    earlier = {name: stretches[name] for name in against}
    before = fetch(connection, due_in(filters, as_of, keys, earlier))
    frame = now.merge(before, on=list(keys), how="outer")
    figures = [name for name in frame if name not in keys]
    return frame.assign(**frame[figures].fillna(0).astype("int64"))


def _by_column(connection: Connection, counted: pd.DataFrame, by: str, against: str) -> pd.DataFrame:
    earlier = {f"due_{against}": "previous_due_count", f"met_{against}": "previous_met_count"}
    figures = counted[[*COUNTS, *earlier]].rename(columns=earlier)
    frame = figures.groupby(counted[by].rename("key"), dropna=False).sum().reset_index()
    frame = frame[frame[list(COUNTS)].any(axis=1)]
    frame["key"] = frame["key"].where(frame["key"].notna(), None)
    frame["previous_compliance"] = divided(frame["previous_met_count"], frame["previous_due_count"])
    compliance = divided(frame["met_count"], frame["due_count"])
    frame["change_points"] = 100 * (compliance - frame["previous_compliance"])
    frame.insert(1, "name", _names(connection, by, frame["key"]))
    order = frame.assign(compliance=compliance).sort_values(["compliance", "key"], na_position="last").index
    return frame.loc[order].reset_index(drop=True)


def _names(connection: Connection, by: str, keys: pd.Series) -> pd.Series:
    if by not in _NAMES:
        return keys
    names = {row[0]: row[1] for row in connection.execute(select(*_NAMES[by]))}
    return keys.map(lambda key: names.get(key, key)).astype(object)


def _with_shares(frame: pd.DataFrame) -> pd.DataFrame:
    due, met = frame["due_count"], frame["met_count"]
    low, high = wilson(met, due)
    compliance = divided(met, due)
    closed_only = divided(frame["closed_on_time_count"], frame["closed_count"])
    return frame.assign(
        missed_count=due - met,
        compliance=compliance,
        low=low,
        high=high,
        closed_only_share=closed_only,
        gap_points=100 * (closed_only - compliance),
        work_done_on_time_share=divided(frame["work_done_on_time_count"], due),
        with_goal_share=divided(frame["with_goal_count"], frame["eligible_count"]),
        is_small=due < SMALL,
    )


def _starts_incomplete(connection: Connection, filters: RequestFilter, as_of: datetime, period: Period) -> bool:
    """Whether requests due in the period may have been created before the first row.

    The longest goal is the longest usual one (median by type), for a single due date may be a typing error. Types of
    which nothing is due yet count too: theirs are the requests that are missing.
    """
    first = connection.scalar(expressions.first_created_at())
    start, end = (datetime.combine(day, datetime.min.time()) for day in (period.start, period.end))
    made = [*filters.clauses(as_of), expressions.has_due(filters.goals), _r.created_at < end]
    if first is None:
        return False
    # A period that starts later than any goal reaches, usual or not, needs no medians.
    # What reaches the start was due after it, by which most rows can be skipped.
    far = and_(_r.due_at > start, _r.due_at > _r.created_at + literal(start - first))
    reaches = select(literal(1)).where(far, *made).limit(1)
    if start >= first and connection.scalar(reaches) is None:
        return False
    usual = func.percentile_disc(0.5).within_group(expressions.elapsed_days(_r.created_at, _r.due_at)).label("days")
    per_type = select(usual).where(*made).group_by(_r.service_type).subquery()
    longest = connection.scalar(select(func.max(per_type.c.days)))
    return longest is not None and start < first + timedelta(days=float(longest))
