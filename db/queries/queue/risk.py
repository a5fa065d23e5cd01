"""Breach risk: how likely an open request is to miss its due moment, at the pace of the last 180 days.

P(not closed by due | open at age a) = S(a + r) / S(a) on period estimates with delayed entry, where every exit is an
event: the curve of type x department x district where it has 200 closings and 10 requests at risk at that age, else
of type x department, else of the type, else of the department's requests with about as long a goal, else of all with
such a goal, else no risk is shown. What the curves said in the last 13 weeks is held against what came of it, and
corrects what they say today. Ages are elapsed hours: the goal's own calendar proved no better in the backtest of
docs/risk.md. Rules: "time to close, breach risk" in docs/glossary.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from math import prod
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, case, func, select

from db.model import expressions
from db.model.filters import RequestFilter
from db.model.schema import requests
from db.queries.examples import a_moment, example, of_filters
from db.rules.calendar import Calendar
from db.rules.calibration import NONE, Calibration, fitted
from db.rules.clock import Moments, elapsed_business_hours_many
from db.rules.proportions import brier_score, reliability
from db.rules.survival import CLOSINGS_NEEDED, WINDOW_DAYS, Curve, Risk, breach_risk, observe, period_estimate
from db.storage.frames import fetch

LEVELS = (
    ("service_type", "department", "council_district"),
    ("service_type", "department"),
    ("service_type",),
    ("department", "goal_class"),
    ("goal_class",),
)
OWN_LEVELS = 3  # of the type itself; the coarser ones that follow are corrected apart
GOAL_DAYS = (1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 180)  # upper bounds of the classes of goals
CALIBRATED_BY = tuple(timedelta(weeks=weeks) for weeks in (1, 3, 5, 7, 9, 11, 13))  # before the day of the curves
MORNING = time(9)  # when a plan is made: as of this hour the past predictions are made
JUDGED_DAYS = 30
BINS = 10

Group = tuple[int, *tuple[str | int | None, ...]]
"""The place of one of `LEVELS`, and the values of its columns."""
History = tuple[Moments, Moments]
"""When the requests of a group were created and when they left, shape (n,) each."""

EMPTY: Moments = np.zeros(0, "datetime64[us]")

_r = requests.c


@dataclass(frozen=True, eq=False)
class Curves:
    """The curves of one moment and population for the groups of all `LEVELS`, each made when it is first asked for.

    `as_of` is the moment up to which the curves know anything. Ages are elapsed hours, or working hours of `calendar`.
    `histories`: each group to those of the finest groups in it. `calibrations`: what corrects the risks of curves of
    the type itself, and of the coarser ones.
    """

    as_of: datetime
    histories: Mapping[Group, list[History]]
    calendar: Calendar | None = None
    calibrations: tuple[Calibration, Calibration] = (NONE, NONE)
    _made: dict[Group, Curve | None] = field(default_factory=dict, init=False)

    def of(self, group: Group) -> Curve | None:
        """The curve of a group, the values of the columns of a level; None where it has too few closings."""
        if group not in self._made:
            self._made[group] = self._make(group)
        return self._made[group]

    def _make(self, group: Group) -> Curve | None:
        histories = self.histories.get(group, [])
        if sum(len(created) for created, _ in histories) < CLOSINGS_NEEDED:
            return None
        created, left = (np.concatenate(moments) for moments in zip(*histories, strict=True))
        observed = observe(created, left, self.as_of, calendar=self.calendar)
        return period_estimate(*observed) if observed.is_event.sum() >= CLOSINGS_NEEDED else None


def curves_moment(as_of: datetime) -> datetime:
    """The moment whose curves serve figures at `as_of`: the start of its day, so that they are made once a day."""
    return datetime.combine(as_of.date(), time.min)


@example(a_moment)
def curves(
    connection: Connection, *, as_of: datetime, population: str = "residents", calendar: Calendar | None = None
) -> Curves:
    """The period estimates over the 180 days before `as_of`, as they were known then, and what corrects them.

    Requests that left the population since by their closing (cancelled, merged) count as exits; those ended without a
    usable time are left out. Without closings: no curves.
    """
    seen = _seen(connection, as_of, population)
    histories: dict[Group, list[History]] = defaultdict(list)
    for row in seen.to_dict("records"):
        for level, names in enumerate(LEVELS):
            histories[(level, *(row[name] for name in names))].append((row["created_at"], row["left_at"]))
    found = Curves(as_of, histories, calendar)
    return replace(found, calibrations=_calibrations(found, seen))


def _seen(connection: Connection, as_of: datetime, population: str) -> pd.DataFrame:
    """One row for each finest group of requests that were open within the windows of all the curves to be made."""
    start = as_of - timedelta(days=WINDOW_DAYS) - CALIBRATED_BY[-1]
    breach = func.coalesce(expressions.overdue_from("working"), expressions.NEVER, type_=_r.open_until.type)
    group = (_r.service_type, _r.department, _r.council_district, _goal_class(breach).label("goal_class"))
    # Grouped by the database, because three texts for each request cost more than all that follows. All lists of a
    # group are in one order: each row goes to all of them at once.
    lists = {"created_at": _r.created_at, "left_at": left_at(), "breach_at": breach}
    statement = (
        select(*group, *(func.array_agg(column).label(name) for name, column in lists.items()))
        .where(
            expressions.exists(as_of),
            expressions.ever_in_population(population),
            _r.open_until > start,
            ~expressions.is_unknown_closing(),
        )
        .group_by(*group)
    )
    return fetch(connection, statement)


def _goal_class(breach: ColumnElement[Any]) -> ColumnElement[int]:
    """The class of the goal of each request, its place in `GOAL_DAYS`; one more than the last also without a goal."""
    days = expressions.elapsed_days(_r.created_at, breach)
    return case(*((days <= most, number) for number, most in enumerate(GOAL_DAYS)), else_=len(GOAL_DAYS))


def goal_classes(frame: pd.DataFrame) -> NDArray[np.int64]:
    """The same of the rows of a frame with created_at and `breach_at`."""
    days = (frame["breach_at"] - frame["created_at"]).to_numpy("timedelta64[us]") / np.timedelta64(1, "D")
    return np.searchsorted(np.array(GOAL_DAYS, float), days)  # nan is sorted last


def _calibrations(curves: Curves, seen: pd.DataFrame) -> tuple[Calibration, Calibration]:
    """What the curves of the last weeks said of requests that have come due since, held against what happened."""
    moments = {name: list(seen[name]) for name in ("created_at", "left_at", "breach_at")}
    sizes = [len(found) for found in moments["created_at"]]
    flat = {name: np.concatenate([*found, EMPTY]).astype("datetime64[us]") for name, found in moments.items()}
    row = np.repeat(np.arange(len(seen)), sizes)
    chance, level, missed = [np.zeros(0)], [np.zeros(0, np.int64)], [np.zeros(0, bool)]
    for before in CALIBRATED_BY:
        day = curves_moment(curves.as_of - before)
        then = datetime.combine(day.date(), MORNING)
        now = np.datetime64(then, "us")
        came_due = (flat["breach_at"] > now) & (flat["breach_at"] <= np.datetime64(curves.as_of, "us"))
        asked = np.flatnonzero(came_due & (flat["created_at"] <= now) & (flat["left_at"] > now))
        if not len(asked):
            continue
        frame = seen[list(LEVELS[0])].take(row[asked]).reset_index(drop=True)
        frame = frame.assign(**{name: flat[name][asked] for name in ("created_at", "breach_at")})
        found = risks(Curves(day, curves.histories, curves.calendar), frame, then)
        chance.append(found.risk)
        level.append(found.level)
        missed.append(flat["left_at"][asked] > flat["breach_at"][asked])
    said, by, came = np.concatenate(chance), np.concatenate(level), np.concatenate(missed)
    own = by < OWN_LEVELS
    return fitted(said[own], came[own]), fitted(said[~own], came[~own])


def risks(curves: Curves, frame: pd.DataFrame, as_of: datetime) -> Risk:
    """The breach risk of open requests at `as_of`, shape (n,): nan and level -1 where none is shown, else the place in
    `LEVELS` of the curve that it came from.

    `frame`: service_type, department, council_district, created_at and `breach_at`, the moment from which each is
    overdue (NaT without a goal). None is shown for requests without a goal, and for those overdue already.
    """
    created: Moments = frame["created_at"].to_numpy("datetime64[us]")
    breach: Moments = frame["breach_at"].to_numpy("datetime64[us]")
    now = np.full(len(frame), np.datetime64(as_of, "us"))
    age, remaining = _hours(created, now, curves.calendar), _hours(now, breach, curves.calendar)
    found = Risk(np.full(len(frame), np.nan), np.full(len(frame), -1))
    left = np.flatnonzero(breach > now)  # NaT compares as false
    frame = frame.assign(goal_class=goal_classes(frame))
    for level, names in enumerate(LEVELS):
        for group, rows in _groups(frame[list(names)].iloc[left]).items():
            curve, where = curves.of((level, *group)), left[rows]
            if curve is None:
                continue
            of_group = breach_risk([curve], age[where], remaining[where])
            found.risk[where] = of_group.risk
            found.level[where] = np.where(of_group.level < 0, -1, level)
        left = left[found.level[left] < 0]
    is_own: NDArray[np.bool_] = found.level < OWN_LEVELS
    for calibration, mine in zip(curves.calibrations, (is_own, ~is_own), strict=True):
        found.risk[mine] = calibration.of(found.risk[mine])
    return found


@example(of_filters, in_order=False)
def of_open(
    connection: Connection, filters: RequestFilter, *, as_of: datetime, using: Curves | None = None
) -> pd.DataFrame:
    """The breach risk of every open request of the filter at `as_of`.

    Columns: sr_number, source_system (text), due_at, overdue_from (datetime64, under the filter's goals), breach_risk
    (float64, NaN where none is shown), risk_level (int64: 0 type x department x district, 1 type x department,
    2 type, 3 department x class of goal, 4 class of goal, -1 none). `using`: the curves; made for the start of the day
    where left out. By creation, in no further order. Empty case: no rows, all columns.
    """
    using = using or curves(connection, as_of=curves_moment(as_of), population=filters.population)
    statement = (
        select(_r.sr_number, _r.source_system, *risk_inputs(filters.goals))
        .where(*filters.clauses(as_of), expressions.is_open(as_of))
        .order_by(_r.created_at)
    )
    frame = fetch(connection, statement, {"due_at": "moment", "breach_at": "moment"})
    found = risks(using, frame, as_of)
    answer = frame[["sr_number", "source_system", "due_at"]].assign(overdue_from=frame["breach_at"])
    answer["breach_risk"], answer["risk_level"] = found.risk, found.level.astype("int64")
    return answer


@example(of_filters)
def came_true(
    connection: Connection, filters: RequestFilter, *, as_of: datetime, days: int = JUDGED_DAYS
) -> pd.DataFrame:
    """What the risks shown `days` ago came to: requests open then and due since, by their risk as it was shown then.

    Columns: risk_from, risk_to (float64, bounds of the bin), request_count, missed_count (int64), predicted_share
    (float64, the mean risk shown), observed_share (float64, missed_count / request_count; both NaN for none), and the
    same in every row: brier, brier_base (float64; the latter for saying the overall share to everyone), judged_count
    (int64), unshown_count (int64, due since and open then, but without a risk). Ten rows, always. Missed = not gone,
    for whatever reason, by the due moment.
    """
    then = as_of - timedelta(days=days)
    breach_at = expressions.overdue_from(filters.goals)
    statement = select(*risk_inputs(filters.goals), left_at().label("left_at")).where(
        *filters.ever_clauses(then),
        expressions.is_open(then),
        ~expressions.is_unknown_closing(),
        breach_at > then,
        breach_at <= as_of,
    )
    frame = fetch(connection, statement, {"due_at": "moment", "breach_at": "moment"})
    shown = risks(curves(connection, as_of=curves_moment(then), population=filters.population), frame, then).risk
    missed = ~(frame["left_at"] <= frame["breach_at"]).to_numpy(bool)
    return _judged(shown, missed)


def risk_inputs(goals: str) -> list[ColumnElement[Any]]:
    """The columns that `risks` needs, and due_at."""
    return [
        _r.service_type,
        _r.department,
        _r.council_district,
        _r.created_at,
        expressions.due_at(goals).label("due_at"),
        expressions.overdue_from(goals).label("breach_at"),
    ]


def _hours(start: Moments, end: Moments, calendar: Calendar | None) -> NDArray[np.float64]:
    return (
        (end - start) / np.timedelta64(1, "h")
        if calendar is None
        else elapsed_business_hours_many(start, end, calendar)
    )


def left_at() -> ColumnElement[Any]:
    """When a request stopped being open, `expressions.NEVER` while it is; at the earliest its creation."""
    return func.greatest(_r.open_until, _r.created_at, type_=_r.open_until.type)


def _groups(frame: pd.DataFrame) -> dict[tuple[str | int | None, ...], NDArray[np.int64]]:
    """The row numbers of each group of equal rows, the group as a tuple of its values, None where empty."""
    codes, values = zip(*(pd.factorize(frame[name], use_na_sentinel=False) for name in frame), strict=True)
    words = [[None if pd.isna(value) else value for value in found] for found in values]
    sizes = tuple(max(len(found), 1) for found in words)
    combined = np.ravel_multi_index(codes, sizes)
    combined = combined.astype(np.min_scalar_type(prod(sizes)))  # numbers of 16 bits are sorted much faster
    order = np.argsort(combined, kind="stable")
    numbers, starts = np.unique(combined[order], return_index=True)
    parts = np.split(order, starts[1:])
    places = zip(*np.unravel_index(numbers, sizes), strict=True)
    groups = (tuple(found[place] for found, place in zip(words, group, strict=True)) for group in places)
    return dict(zip(groups, parts, strict=True)) if len(frame) else {}


def _judged(shown: NDArray[np.float64], missed: NDArray[np.bool_]) -> pd.DataFrame:
    has_risk = ~np.isnan(shown)
    chance, outcome = shown[has_risk], missed[has_risk]
    table = reliability(chance, outcome, BINS)
    frame = pd.DataFrame({"risk_from": table.low, "risk_to": table.high})
    frame["request_count"] = table.request_count.astype("int64")
    frame["missed_count"] = np.round(np.nan_to_num(table.observed) * table.request_count).astype("int64")
    frame["predicted_share"], frame["observed_share"] = table.predicted, table.observed
    frame["brier"] = brier_score(chance, outcome)
    frame["brier_base"] = brier_score(outcome.mean(), outcome) if len(outcome) else np.nan
    frame["judged_count"], frame["unshown_count"] = len(outcome), int((~has_risk).sum())
    return frame
