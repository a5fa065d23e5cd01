"""Every sentence of the briefings of real cities, counted again in pandas from the stored rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Connection, select

from components.briefing import wording
from components.briefing.wording import Scope
from db.ingest.requests.load import load_files
from db.model.expressions import NEVER
from db.model.filters import Period, RequestFilter
from db.model.schema import requests
from db.queries.briefing import coverage, findings, overdue
from db.rules.stretches import Stretch, parse_week
from db.rules.weekly_series import BASE, YEAR
from db.storage.embedded import EmbeddedDatabase
from db.storage.frames import fetch

pytestmark = pytest.mark.real
NOW = datetime(2026, 11, 30)
FILES = {
    "boston": "boston_311/boston_2011_jul_to_dec.csv.gz",
    "january": "myla311_legacy/myla311_2020-01-01_to_03_iso_dates.csv.gz",
    "september": "myla311_legacy/myla311_2022-09-19_to_23_api_fields.csv.gz",
}
WEEKS = {"boston": [f"2011-W{week}" for week in (46, 48, 50)], "january": ["2020-W01"], "september": ["2022-W38"]}
GOALS = {"boston": "promises", "january": "working", "september": "working"}
MOMENTS = ("due_at", "open_until", "counts_until", "closed_from", "overdue_from", "created_at", "closed_at")


@pytest.fixture(scope="module", params=FILES)
def city(request: pytest.FixtureRequest, real_data: Path, tmp_path_factory: Any) -> Iterator[tuple[str, Connection]]:
    name = request.param
    database = EmbeddedDatabase(tmp_path_factory.mktemp(name))
    load_files(database, [real_data / FILES[name]], city="boston" if name == "boston" else "los_angeles", now=NOW)
    with database.reader().connect() as connection:
        yield name, connection
    database.close()


class Rows:
    """The rows that count at a moment, as pandas sees them."""

    def __init__(self, connection: Connection, goals: str, as_of: datetime) -> None:
        frame = fetch(connection, select(requests), dict.fromkeys(MOMENTS, "moment"))
        frame = frame[(frame["created_at"] <= as_of) & ~frame["is_proactive"].astype(bool)]
        self.as_of = pd.Timestamp(as_of)
        self.ever = frame
        self.now = frame[frame["counts_until"] > self.as_of]
        self.has_due = frame["due_at"].notna() & ((frame["goal_basis"] == "published") | (goals == "working"))

    def of(self, row: Any) -> pd.Series:
        columns = {"department": "department", "service_type": "service_type", "district": "council_district"}
        chosen = pd.Series(True, index=self.now.index)
        if row["by"] in columns:
            chosen &= self.now[columns[row["by"]]] == row["key"]
        return chosen & (self.now["department"] == row["department"]) if row["department"] else chosen

    def due(self, chosen: pd.Series, start: date, end: date) -> tuple[int, int]:
        rows = self.now[chosen & self.has_due.loc[self.now.index]]
        unknown = (rows["open_until"] < pd.Timestamp(NEVER)) & (rows["closed_from"] == pd.Timestamp(NEVER))
        inside = (rows["due_at"] >= pd.Timestamp(start)) & (rows["due_at"] < pd.Timestamp(end))
        rows = rows[inside & ~unknown & (rows["overdue_from"] <= self.as_of)]
        met = (rows["closed_from"] <= self.as_of) & rows["closed_on_time"].fillna(False).astype(bool)
        return len(rows), int(met.sum())

    def happened(self, chosen: pd.Series, column: str, start: date, end: date) -> int:
        rows = self.now[chosen]
        if column == "closed_at":
            rows = rows[rows["closed_from"] <= self.as_of]
        return int(((rows[column] >= pd.Timestamp(start)) & (rows[column] < pd.Timestamp(end))).sum())

    def overdue(self, moment: datetime) -> pd.DataFrame:
        at = pd.Timestamp(moment)
        rows = self.ever[(self.ever["counts_until"] > at) & (self.ever["created_at"] <= at) & self.has_due]
        return rows[(rows["open_until"] > at) & (rows["overdue_from"] <= at)]


def spans(stretch: Stretch, against: str) -> tuple[tuple[date, date], tuple[date, date]]:
    week = timedelta(weeks=1)
    if against == "before":
        return (stretch.start, stretch.end), (stretch.start - BASE * week, stretch.start)
    last = (stretch.end - BASE * week, stretch.end)
    return last, last if against == "others" else (last[0] - YEAR * week, last[1] - YEAR * week)


def test_every_sentence_is_what_pandas_counts(city: tuple[str, Connection]) -> None:
    name, connection = city
    told = 0
    for week in WEEKS[name]:
        stretch = parse_week(week)
        newest = fetch(connection, select(requests.c.created_at))["created_at"].max().to_pydatetime()
        as_of = min(stretch.ends_at, newest)
        filters = RequestFilter(goals=GOALS[name], period=Period(week, stretch.start, stretch.end))
        rows = Rows(connection, GOALS[name], as_of)
        five_figures(connection, filters, as_of, rows, stretch)
        longest(connection, filters, as_of, rows)
        if coverage.coverage(connection, filters, as_of=as_of)["state"].iloc[0] != coverage.WHOLE:
            continue
        for row in findings.findings(connection, filters, as_of=as_of).to_dict("records"):
            recounted(row, rows, stretch)
            told += 1
    assert bool(told) == (name == "boston")  # five days of data have no findings


def five_figures(connection: Connection, filters: RequestFilter, as_of: datetime, rows: Rows, stretch: Stretch) -> None:
    found = coverage.figures(connection, filters, as_of=as_of).set_index("figure")["now"]
    everything = pd.Series(True, index=rows.now.index)
    due, met = rows.due(everything, stretch.start, stretch.end)
    assert found["compliance"] == pytest.approx(met / due if due else np.nan, nan_ok=True)
    assert found["inflow"] == rows.happened(everything, "created_at", stretch.start, stretch.end)
    assert found["throughput"] == rows.happened(everything, "closed_at", stretch.start, stretch.end)
    late = rows.overdue(as_of)
    assert found["overdue_count"] == len(late)


def longest(connection: Connection, filters: RequestFilter, as_of: datetime, rows: Rows) -> None:
    late = rows.overdue(as_of)
    days = (pd.Timestamp(as_of) - late["overdue_from"]).dt.total_seconds() / 86400
    groups = days.groupby([late["service_type"], late["department"]]).agg(["count", "median", "max"])
    for row in overdue.longest(connection, replace(filters, period=None), as_of=as_of).itertuples():
        count, median, most = groups.loc[(row.service_type, row.department)]
        assert row.overdue_count == count
        assert (row.median_overdue_days, row.longest_overdue_days) == pytest.approx((median, most), abs=1e-4)


def recounted(row: Any, rows: Rows, stretch: Stretch) -> None:
    """One finding: its two values by another way, and that its sentence says them."""
    scope = Scope("the city", "district", stretch)
    chosen = rows.of(row)
    now, before = spans(stretch, row["against"])
    weeks = [(end - start).days / 7 for start, end in (now, before)]
    sentence = wording.finding(row, scope)
    if row["measure"] in ("compliance", "level"):
        due, met = rows.due(chosen, *now)
        assert row["now"] == pytest.approx(met / due)
        assert f"{met / due:.0%} of {due:,} due" in sentence
        if row["by"] != "district":
            others = ~chosen if row["measure"] == "level" else chosen
            other_due, other_met = rows.due(others, *before)
            assert row["usual"] == pytest.approx(other_met / other_due)
            assert f"{other_met / other_due:.0%}" in sentence
    elif row["measure"] in ("inflow", "throughput"):
        column = "created_at" if row["measure"] == "inflow" else "closed_at"
        values = [
            rows.happened(chosen, column, *span) / length for span, length in zip((now, before), weeks, strict=True)
        ]
        assert row["now"] == pytest.approx(values[0])
        if row["by"] != "district":
            assert row["usual"] == pytest.approx(values[1])
    elif row["measure"] == "overdue":
        mine = rows.of({**row, "by": row["by"]})
        growth = [
            sum(
                sign * int(mine.reindex(late.index, fill_value=False).sum())
                for sign, late in (
                    (1, rows.overdue(datetime.combine(end, time.min))),
                    (-1, rows.overdue(datetime.combine(start, time.min))),
                )
            )
            / length
            for (start, end), length in zip((now, before), weeks, strict=True)
        ]
        assert row["now"] == pytest.approx(growth[0], abs=1.0)  # what left the count since is in one of the two alone
