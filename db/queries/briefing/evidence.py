"""What stands beside a change: its types and districts, goals, posts, sweeps, and the pace of work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from db.model import expressions
from db.model.filters import RequestFilter
from db.queries.briefing import series
from db.queries.briefing.series import Weeks
from db.queries.goals import in_force
from db.queries.workload import counts, staffing
from db.rules.comparisons import SHARES, Move
from db.rules.findings import weekly as weekly_change
from db.rules.proportions import SMALL, change_parts
from db.rules.reasons import Evidence, GoalChange, Pace, Part, Why, across_types, reasons
from db.rules.vocabulary import Branch, Measure
from db.rules.weekly_series import BASE
from db.rules.workload import mass_closures

LATELY = 4  # weeks that a pace is taken over at least: what falls due now came in and was worked on in several
Rows = NDArray[np.bool_]
_SHARE_OF = {
    Measure.COMPLIANCE: ("met", "due"),
    Measure.LEVEL: ("met", "due"),
    Measure.ASKED_AGAIN: ("asked_again", "with_place"),
}


@dataclass(frozen=True, eq=False)
class Known:
    """The data in which reasons are looked for, read once for a briefing."""

    types: Weeks
    districts: Weeks
    weeks: int
    last: date
    goals: pd.DataFrame
    posts: pd.DataFrame
    swept: pd.DataFrame

    @classmethod
    def read(
        cls,
        connection: Connection,
        filters: RequestFilter,
        types: Weeks,
        districts: Weeks,
        *,
        as_of: datetime,
        last: date,
        weeks: int,
    ) -> Known:
        swept = _swept(connection, filters, as_of, last, weeks)
        posts = staffing.history(connection, filters, as_of=as_of)
        return cls(types, districts, weeks, last, in_force.versions(connection), posts, swept)

    def reasons(self, move: Move) -> list[Why]:
        """Why this moved: at most two reasons."""
        figure = move.series
        source = self.districts if figure.by == Branch.DISTRICT else self.types
        rows = _rows(source, figure.by, figure.key, figure.parent)
        now, before = series.windows(source, self.weeks, figure.measure, str(move.against))
        if figure.measure == Measure.LEVEL:
            return [across_types(self._beside_others(rows))] if figure.by == Branch.DISTRICT else [across_types(())]
        parts = _parts(source, rows, "service_type", figure.measure, now, before) if figure.by != Branch.TYPE else []
        department = figure.key if figure.by == Branch.DEPARTMENT else figure.parent
        return reasons(
            move,
            Evidence(
                moved=weekly_change(move),
                types=parts,
                districts=self._by_district(move),
                goals=self._goal_changes(move, source, rows, now, before),
                other_work=_other_work(source, rows, now, before) if figure.measure == Measure.COMPLIANCE else 0.0,
                inflow=_pace(source, rows, "inflow", self.weeks),
                throughput=_pace(source, rows, "throughput", self.weeks),
                swept=self._sweeps(move, now, before),
                posts=self._filled(department, now, before) if department else None,
            ),
        )

    def _by_district(self, move: Move) -> list[Part]:
        figure = move.series
        if figure.by == Branch.DISTRICT or figure.measure == Measure.ASKED_AGAIN:
            return []
        rows = _rows(self.districts, figure.by, figure.key, figure.parent)
        now, before = series.windows(self.districts, self.weeks, figure.measure, str(move.against))
        return _parts(self.districts, rows, "council_district", figure.measure, now, before)

    def _beside_others(self, rows: Rows) -> list[Part]:
        """Of each type with enough due in 13 weeks: the share met here and elsewhere."""
        week_count, types = len(self.districts.mondays), self.districts.keys["service_type"]
        recent = np.arange(week_count) >= week_count - BASE
        due, met = (self.districts.counts[name][:, recent].sum(axis=1) for name in ("due", "met"))
        parts = []
        for name in sorted(types[rows].unique()):
            own = rows & (types == name).to_numpy(bool)
            other = ~rows & (types == name).to_numpy(bool)
            if due[own].sum() >= SMALL and due[other].sum() >= SMALL:
                here = float(met[own].sum() / due[own].sum())
                elsewhere = float(met[other].sum() / due[other].sum())
                parts.append(Part(Branch.TYPE, str(name), 0.0, here, elsewhere, float(due[own].sum())))
        return parts

    def _goal_changes(self, move: Move, source: Weeks, rows: Rows, now: Rows, before: Rows) -> list[GoalChange]:
        if move.series.measure not in (Measure.COMPLIANCE, Measure.OVERDUE) or not before.any():
            return []
        first, last = source.mondays[before][0], source.mondays[now][-1] + pd.Timedelta(days=7)
        new_goals = self.goals[(self.goals["effective_on"] >= first) & (self.goals["effective_on"] < last)]
        own_types = set(source.keys["service_type"][rows])
        parts = {part.key: part for part in _parts(source, rows, "service_type", move.series.measure, now, before)}
        changes = []
        for goal in new_goals[new_goals["service_type"].isin(own_types)].to_dict("records"):
            name, day = str(goal["service_type"]), goal["effective_on"].date()
            if name in parts:
                goal_before, goal_after = self._goal_words(name, day - timedelta(days=1)), self._goal_words(name, day)
                changes.append(GoalChange(name, day, parts[name].moved, goal_before, goal_after))
        return changes

    def _goal_words(self, service_type: str, day: date) -> str:
        """The goal of a type in force on `day`, like "5 business days", or "no goal"."""
        has_begun = self.goals["effective_on"].isna() | (self.goals["effective_on"] <= pd.Timestamp(day))
        goals = self.goals[(self.goals["service_type"] == service_type) & has_begun]
        if goals.empty:
            return "no goal"
        goal = goals.sort_values(["effective_on", "goal_id"], na_position="first").iloc[-1]
        unit = str(goal["unit"]).replace("_", " ")
        return f"{goal['amount']:g} {unit if goal['amount'] != 1 else unit.removesuffix('s')}"

    def _sweeps(self, move: Move, now: Rows, before: Rows) -> tuple[float, float]:
        """Closings a week in sweeps, now and before; none for a district."""
        figure = move.series
        if figure.by == Branch.DISTRICT or self.swept.empty:
            return 0.0, 0.0
        sweeps = self.swept
        if figure.by == Branch.DEPARTMENT:
            sweeps = sweeps[sweeps["department"] == figure.key]
        elif figure.by == Branch.TYPE:
            sweeps = sweeps[(sweeps["service_type"] == figure.key) & (sweeps["department"] == figure.parent)]
        by_week = sweeps.groupby("week_start")["count"].sum()
        values = by_week.reindex(self.types.mondays, fill_value=0).to_numpy(np.float64)
        return series.mean_a_week(values, now), series.mean_a_week(values, before)

    def _filled(self, department: str, now: Rows, before: Rows) -> tuple[float, float] | None:
        """Posts filled in the middle of both stretches; None where either is not known."""
        if self.posts.empty or not before.any() or not now.any():
            return None
        first = self.types.mondays[0].date()
        _, filled = staffing.posts_by_day(self.posts, department, first, (self.last - first).days)
        stretches = (now[-len(self.types.mondays) :], before)
        middle_days = [int(np.flatnonzero(stretch).mean() * 7) for stretch in stretches]
        posts = [float(filled[min(day, len(filled) - 1)]) for day in middle_days]
        return None if not np.isfinite(posts).all() else (posts[0], posts[1])


def _rows(source: Weeks, by: Branch, key: str, parent: str) -> Rows:
    """Which rows of `source` belong to a branch; all for the city."""
    keys = source.keys
    if by == Branch.DEPARTMENT:
        return (keys["department"] == key).to_numpy(bool)
    if by == Branch.TYPE:
        return ((keys["service_type"] == key) & (keys["department"] == parent)).to_numpy(bool)
    if by == Branch.DISTRICT:
        return (keys["council_district"] == key).to_numpy(bool)
    return np.ones(len(keys), bool)


def _parts(source: Weeks, rows: Rows, column: str, measure: Measure, now: Rows, before: Rows) -> list[Part]:
    """What each type or district of some rows did to the change, in requests a week."""
    names = source.keys[column].where(rows)
    by = Branch.TYPE if column == "service_type" else Branch.DISTRICT

    def count_of(name: str) -> pd.DataFrame:
        return sum_by(source, names, name, now, before)

    if measure in SHARES:
        top, bottom = _SHARE_OF[measure]
        parts = _share_parts(by, count_of(top), count_of(bottom), max(int(now.sum()), 1))
    elif measure == Measure.OVERDUE:
        parts = _count_parts(by, count_of("became_overdue") - count_of("overdue_ended"), now, before)
    else:
        parts = _count_parts(by, count_of(str(measure)), now, before)
    return [part for part in parts if part.key]


def _share_parts(by: Branch, top: pd.DataFrame, bottom: pd.DataFrame, weeks: int) -> list[Part]:
    """What each type or district did to the change of a share, in requests a week: `top` of `bottom`, now and before.

    One that makes up more of the whole than before moves it by how far its own share lies from the overall share.
    """
    better, other = change_parts(bottom["before"], top["before"], bottom["now"], top["now"])
    whole = bottom.sum()
    overall = float((top.sum() / whole.where(whole > 0)).mean())
    shift = (bottom["now"] / max(whole["now"], 1) - bottom["before"] / max(whole["before"], 1)).to_numpy(np.float64)
    moved = np.nan_to_num(better + other - overall * shift) * float(whole["now"]) / weeks
    shares = (top / bottom.where(bottom > 0)).to_numpy(np.float64)
    return [
        Part(
            by,
            str(key),
            float(moved[row]),
            float(shares[row, 0]),
            float(shares[row, 1]),
            float(bottom["now"].iloc[row]),
        )
        for row, key in enumerate(bottom.index)
    ]


def _count_parts(by: Branch, values: pd.DataFrame, now: Rows, before: Rows) -> list[Part]:
    """What each type or district did to the change of a count, in requests a week."""
    pace = (values / [max(int(now.sum()), 1), max(int(before.sum()), 1)]).to_numpy(np.float64)
    return [
        Part(by, str(key), float(recent - usual), float(recent), float(usual), float(values["now"].iloc[row]))
        for row, (key, (recent, usual)) in enumerate(zip(values.index, pace, strict=True))
    ]


def sum_by(found: Weeks, names: pd.Series, name: str, now: Rows, before: Rows) -> pd.DataFrame:
    """One count by name, now and before."""
    values = pd.DataFrame(
        {"now": found.counts[name][:, now].sum(axis=1), "before": found.counts[name][:, before].sum(axis=1)}
    )
    return values.groupby(names.to_numpy()).sum()


def _other_work(source: Weeks, rows: Rows, now: Rows, before: Rows) -> float:
    """What another mix of types did to the change of the share met, in requests a week."""
    due, met = (sum_by(source, source.keys["service_type"].where(rows), name, now, before) for name in ("due", "met"))
    _, other = change_parts(due["before"], met["before"], due["now"], met["now"])
    total = float(np.nansum(other))
    return total * due["now"].sum() / max(int(now.sum()), 1)


def _pace(source: Weeks, rows: Rows, name: str, weeks: int) -> Pace | None:
    """One count a week, lately and in the 13 weeks before; None where any of these weeks is not known."""
    values = source.sums(name, rows)
    length = max(weeks, LATELY)
    if len(values) < length + BASE:
        return None
    now, base = values[-length:], values[-length - BASE : -length]
    if not (np.isfinite(now).all() and np.isfinite(base).all()):
        return None
    variance = max(float(base.var(ddof=1)), float(base.mean()), 1.0)
    sure = (now.mean() - base.mean()) / np.sqrt(variance * (1 / length + 1 / BASE))
    return Pace(float(now.mean()), float(base.mean()), float(sure))


def _swept(connection: Connection, filters: RequestFilter, as_of: datetime, last: date, weeks: int) -> pd.DataFrame:
    """Closings in sweeps, of the stretch and the weeks before it that it is compared with.

    Columns: department, service_type, week_start (Monday), count.
    """
    first = last - timedelta(weeks=weeks + BASE + series.ASKED_AFTER)
    start, end = (datetime.combine(day, time.min) for day in (first, last))
    closings = counts.closings(
        connection, [*filters.clauses(as_of), expressions.is_closed(as_of)], start, end, filters.goals
    )
    if closings.empty:
        return pd.DataFrame(columns=["department", "service_type", "week_start", "count"])
    day_number = (closings["day"].to_numpy("datetime64[D]") - np.datetime64(start, "D")).astype(int)
    code, _ = pd.factorize(closings["department"].astype(str) + "|" + closings["resolution_code"].astype(str))
    daily = np.zeros(((end - start).days, int(code.max()) + 1), np.int64)
    np.add.at(daily, (day_number, code), closings["count"].to_numpy(np.int64))
    closings = closings[mass_closures(daily)[day_number, code]]
    monday = closings["day"] - pd.to_timedelta(closings["day"].dt.weekday, unit="D")
    return closings.assign(week_start=monday.astype("datetime64[us]"))[
        ["department", "service_type", "week_start", "count"]
    ]
