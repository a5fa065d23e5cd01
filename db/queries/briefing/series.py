"""Weekly counts as the series that findings are made of: the city, each department, type and district."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from db.model.filters import Period, RequestFilter
from db.queries.briefing import weekly
from db.queries.data import coverage
from db.queries.data.freshness import first_created_at
from db.queries.examples import each, example, one_week_before
from db.queries.repeats import calls
from db.rules.stretches import monday
from db.rules.vocabulary import Branch, Measure
from db.rules.weekly_series import BASE, YEAR, Series

HISTORY = 2 * YEAR + BASE  # weeks that are read before the stretch
SETTLING = 4  # weeks after the first request: what falls due then was mostly made before the data begin
ASKED_AFTER = 2  # weeks until it is known whether people asked again
COUNTS = (*weekly.COUNTS, "with_place", "asked_again")

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Weeks:
    """The counts of `COUNTS`, each (rows, weeks), with the department, type and district of every row.

    `mondays`: the weeks, oldest first; `is_known`: where nothing is missing, (weeks,).
    """

    mondays: pd.DatetimeIndex
    keys: pd.DataFrame
    counts: Mapping[str, Floats]
    is_known: NDArray[np.bool_]
    is_settled: NDArray[np.bool_]

    def sums(self, name: str, rows: NDArray[np.bool_] | None = None) -> Floats:
        """One count by week over some rows; NaN where it is not known."""
        values = self.counts[name] if rows is None else self.counts[name][rows]
        known = self.is_known if name == "inflow" else self.is_settled
        return np.where(known, values.sum(axis=0), np.nan)


@example(each(one_week_before, by_district=(False, True)))
def read(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    last: date,
    weeks: int,
    by_district: bool,
    with_repeats: bool = True,
) -> Weeks:
    """The weeks up to before Monday `last`, as far back as comparisons reach. Who asked again: by type alone."""
    first_at = first_created_at(connection)
    reach = weeks + (YEAR + BASE if by_district else HISTORY)
    first = last - timedelta(weeks=reach)
    began = (first_at or as_of).date()
    first = max(first, monday(began))
    question = weekly.by_district if by_district else weekly.by_type
    frame = question(connection, filters, as_of=as_of, first=first, last=last)
    keys = ["department", "service_type", *(["council_district"] if by_district else [])]
    if by_district:
        frame["council_district"] = frame["council_district"].fillna("")
    if with_repeats and not by_district:
        frame = _with_asked_again(connection, filters, as_of, first, last, frame)
    else:
        frame = frame.assign(with_place=0, asked_again=0)
    mondays = pd.date_range(first, last - timedelta(days=7), freq="7D", unit="us")
    known = _known(connection, mondays, began)
    settled = known & (mondays >= pd.Timestamp(began) + pd.Timedelta(weeks=SETTLING))
    table = frame[keys].drop_duplicates().sort_values(keys, ignore_index=True)
    rows = frame[keys].merge(table.assign(row=range(len(table))), on=keys, how="left")["row"].to_numpy(np.int64)
    week = mondays.get_indexer(pd.DatetimeIndex(frame["week_start"]))
    counts = {}
    for name in COUNTS:
        values = np.zeros((len(table), len(mondays)))
        np.add.at(values, (rows, week), frame[name].to_numpy(np.float64))
        counts[name] = values
    return Weeks(mondays, table, counts, known, settled)


def _with_asked_again(
    connection: Connection, filters: RequestFilter, as_of: datetime, first: date, last: date, frame: pd.DataFrame
) -> pd.DataFrame:
    again = calls.by_week(connection, replace(filters, period=Period("weeks", first, last)), as_of=as_of)
    again = again.rename(columns={"with_place_count": "with_place", "asked_again_count": "asked_again"})
    return pd.concat([frame, again], ignore_index=True).fillna(dict.fromkeys(COUNTS, 0))


def _known(connection: Connection, mondays: pd.DatetimeIndex, began: date) -> NDArray[np.bool_]:
    """Which weeks lie wholly in the data and in no gap of them."""
    known = np.asarray(mondays >= pd.Timestamp(began))
    gaps = coverage.gaps(connection)
    for first_day, last_day in zip(gaps["first_day"], gaps["last_day"], strict=True):
        known &= ~np.asarray((mondays <= last_day) & (mondays + pd.Timedelta(days=6) >= first_day))
    return known


def of_types(found: Weeks, measures: Collection[Measure] = tuple(Measure)) -> list[Series]:
    """The series of the city, of each department, and of each type within its department; those of `measures`."""
    made = _of_rows(found, None, Branch.CITY, "", "")
    departments = sorted(found.keys["department"].unique())
    for department in departments if len(departments) > 1 else []:
        rows = (found.keys["department"] == department).to_numpy(bool)
        made += _of_rows(found, rows, Branch.DEPARTMENT, department, "")
    for place, (department, service_type) in enumerate(found.keys.to_numpy(str)):
        rows = np.arange(len(found.keys)) == place
        made += _of_rows(found, rows, Branch.TYPE, str(service_type), str(department))
    return [one for one in made if one.measure in measures]


def _of_rows(found: Weeks, rows: NDArray[np.bool_] | None, by: Branch, key: str, parent: str) -> list[Series]:
    became, ended = found.sums("became_overdue", rows), found.sums("overdue_ended", rows)
    asked, closed = (found.sums(name, rows)[:-ASKED_AFTER] for name in ("asked_again", "with_place"))
    return [
        Series(Measure.COMPLIANCE, by, key, found.sums("met", rows), found.sums("due", rows), parent=parent),
        Series(Measure.INFLOW, by, key, found.sums("inflow", rows), parent=parent),
        Series(Measure.THROUGHPUT, by, key, found.sums("throughput", rows), parent=parent),
        Series(Measure.OVERDUE, by, key, became - ended, noise=became + ended, parent=parent),
        Series(Measure.ASKED_AGAIN, by, key, asked, closed, parent=parent),
    ]


def levels(found: Weeks) -> list[Series]:
    """Each department's share met, beside that of all others together."""
    departments = sorted(found.keys["department"].unique())
    if len(departments) < 2:
        return []
    due, met = found.sums("due"), found.sums("met")
    made = []
    for department in departments:
        rows = (found.keys["department"] == department).to_numpy(bool)
        own_due, own_met = found.sums("due", rows)[-BASE:], found.sums("met", rows)[-BASE:]
        others_due = np.nansum(due[-BASE:] - own_due)
        rate = np.nansum(met[-BASE:] - own_met) / others_due if others_due else np.nan
        made.append(Series(Measure.LEVEL, Branch.DEPARTMENT, department, own_met, own_due, rate * own_due))
    return made


def of_districts(found: Weeks, weeks: int) -> list[Series]:
    """Each district beside what all others did with its own mix of types: how it moved, and where it stands."""
    districts = sorted(name for name in found.keys["council_district"].unique() if name)
    if len(districts) < 2:
        return []
    made = []
    now, before = _stretches(found, weeks)
    for district in districts:
        rows = (found.keys["council_district"] == district).to_numpy(bool)
        due, met, inflow = (found.sums(name, rows) for name in ("due", "met", "inflow"))
        expected = np.where(now, others_met(found, rows, now), others_met(found, rows, before))
        length = weeks + BASE
        recent = slice(-length, None)
        made.append(Series(Measure.COMPLIANCE, Branch.DISTRICT, district, met[recent], due[recent], expected[recent]))
        share = np.nansum(inflow[before]) / max(np.nansum(found.sums("inflow")[before]), 1.0)
        came = found.sums("inflow")[recent] * share
        made.append(
            Series(Measure.INFLOW, Branch.DISTRICT, district, inflow[recent], expected=came, noise=inflow[recent])
        )
        last = np.arange(len(found.mondays)) >= len(found.mondays) - BASE
        level = others_met(found, rows, last)
        made.append(Series(Measure.LEVEL, Branch.DISTRICT, district, met[-BASE:], due[-BASE:], level[-BASE:]))
    return made


def others_met(found: Weeks, rows: NDArray[np.bool_], weeks: NDArray[np.bool_]) -> Floats:
    """What would be met by week of what was due in these rows, type by type as in all other rows of these weeks."""
    due, met = (np.nansum(found.counts[name][:, weeks], axis=1) for name in ("due", "met"))
    types, names = pd.factorize(found.keys["service_type"])
    others_due, others = (
        np.bincount(types, np.where(rows, 0.0, values), minlength=len(names)) for values in (due, met)
    )
    own_due, own = (np.bincount(types, values, minlength=len(names)) for values in (due, met))
    has = others_due > 0
    rate = np.where(has, others / np.where(has, others_due, 1), own / np.where(own_due > 0, own_due, 1))
    expected = (found.counts["due"][rows] * rate[types[rows], None]).sum(axis=0)
    return np.where(found.is_settled, expected, np.nan)


def _stretches(found: Weeks, weeks: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    place = np.arange(len(found.mondays)) - len(found.mondays)
    return place >= -weeks, (place < -weeks) & (place >= -weeks - BASE)


def windows(found: Weeks, weeks: int, measure: Measure, against: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which weeks are now and which are before, for one comparison."""
    place = np.arange(len(found.mondays)) - len(found.mondays)
    if measure == Measure.ASKED_AGAIN:
        place = place + ASKED_AFTER
        place[place >= 0] = -10_000
    if against == "year_ago":
        return place >= -BASE, (place >= -YEAR - BASE) & (place < -YEAR)
    if against == "others":
        return place >= -BASE, place >= -BASE
    return place >= -weeks, (place < -weeks) & (place >= -weeks - BASE)


def mean_a_week(values: Floats, weeks: NDArray[np.bool_]) -> float:
    """The mean a week of what is known."""
    chosen = np.asarray(values, np.float64)[weeks]
    return float(np.nanmean(chosen)) if np.isfinite(chosen).any() else float("nan")
