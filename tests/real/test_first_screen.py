"""Every figure of the first screen on real cities, counted again in pandas from the stored rows.

The page is opened as a reader opens it, and what it says is held against words made of pandas' own counts. Not counted
again here: the parts of a miss, what a remedy would bring, and how many are perhaps gone, which are models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from components.overview.wording import NO_TARGET, changes
from db.ingest.requests.load import load_files
from db.model.filters import Period, period
from db.model.schema import departments
from db.rules.proportions import SMALL, is_about_same
from db.storage.embedded import EmbeddedDatabase
from tests.pages.conftest import ROOT, figure, said
from tests.real.test_briefing import Rows

pytestmark = pytest.mark.real
NOW = datetime(2026, 11, 30)
FILES = {
    "boston": "boston_311/boston_2011_jul_to_dec.csv.gz",
    "los_angeles": "myla311_legacy/myla311_2020-01-01_to_03_iso_dates.csv.gz",
}
LAST_WEEKS = "in the last 13 weeks"
MOMENTS = [
    ("boston", "working", datetime(2011, 12, 31, 23, 11)),
    ("boston", "promises", datetime(2011, 12, 31, 23, 11)),
    ("boston", "working", datetime(2011, 11, 7, 10)),
    ("boston", "working", datetime(2011, 9, 5, 8)),
    ("los_angeles", "working", datetime(2020, 1, 2, 12)),
    ("los_angeles", "promises", datetime(2020, 1, 3, 23, 59)),
]


@dataclass(frozen=True)
class City:
    folder: Path
    database: EmbeddedDatabase
    names: dict[str, str]


@pytest.fixture(scope="module")
def cities(real_data: Path, tmp_path_factory: Any) -> Iterator[dict[str, City]]:
    found = {}
    for name, file in FILES.items():
        folder = tmp_path_factory.mktemp(name)
        database = EmbeddedDatabase(folder)
        load_files(database, [real_data / file], city=name, now=NOW)
        with database.reader().connect() as connection:
            names = {row[0]: row[1] for row in connection.execute(select(departments.c.department, departments.c.name))}
        found[name] = City(folder, database, names)
    yield found
    for city in found.values():
        city.database.close()


def first_screen(**params: str) -> AppTest:
    """The overview opened by a link with these parameters."""
    desk = AppTest.from_file(str(ROOT / "components" / "frame.py"), default_timeout=60)
    desk.switch_page(str(ROOT / "pages" / "overview.py"))
    for key, value in params.items():
        desk.query_params[key] = value
    desk.run()
    assert not desk.exception, desk.exception
    return desk


def standing(rows: Rows, names: dict[str, str], stretch: Period, as_of: datetime) -> pd.DataFrame:
    """One row a department: what the page's first screen should say of it."""
    late, late_before = rows.overdue(as_of), rows.overdue(as_of - timedelta(days=7))
    is_open = rows.now["open_until"] > rows.as_of
    reaches_back = rows.ever["created_at"].min() <= rows.as_of - pd.Timedelta(days=7)
    found = []
    for department in sorted(rows.now["department"].unique()):
        mine = rows.now["department"] == department
        row: dict[str, Any] = {"department": department, "name": names.get(department, department)}
        row["due_count"], row["met_count"] = rows.due(mine, stretch.start, stretch.end)
        for name, earlier in (("previous", stretch.previous()), ("year_before", stretch.year_before())):
            due, met = rows.due(mine, earlier.start, earlier.end)
            few = min(due, row["due_count"]) < SMALL
            same = bool(is_about_same(row["met_count"], row["due_count"], met, due)) if not few else False
            points = np.nan if not due or not row["due_count"] else met / due
            row |= {f"{name}_is_small": few, f"{name}_is_same": same}
            row[f"{name}_points"] = 100 * (row["met_count"] / max(row["due_count"], 1) - points)
        row["overdue_count"] = int((late["department"] == department).sum())
        before = int((late_before["department"] == department).sum())
        row["week_change"] = row["overdue_count"] - before if reaches_back else np.nan
        row["open_count"] = int((mine & is_open).sum())
        found.append(row)
    frame = pd.DataFrame(found)
    return frame.assign(compliance=frame["met_count"] / frame["due_count"].where(frame["due_count"] > 0))


def overdue_words(row: Any) -> str:
    """How many are overdue and how many more than a week ago, as the page puts it."""
    change = row["week_change"]
    told = f"{row['overdue_count']:,} overdue"
    if np.isnan(change):
        return told
    if change == 0:
        return f"{told}, as many as a week ago"
    return f"{told}, {abs(change):,.0f} {'more' if change > 0 else 'fewer'} than a week ago"


@pytest.mark.parametrize(("name", "goals", "as_of"), MOMENTS)
def test_every_figure_of_the_first_screen_is_what_pandas_counts(
    cities: dict[str, City], monkeypatch: pytest.MonkeyPatch, name: str, goals: str, as_of: datetime
) -> None:
    city = cities[name]
    with city.database.reader().connect() as connection:
        rows = Rows(connection, goals, as_of)
    stretch = period("last_13_weeks", as_of)
    counted = standing(rows, city.names, stretch, as_of)
    monkeypatch.setenv("DESK_DATA", str(city.folder))
    desk = first_screen(goals=goals, as_of=f"{as_of:%Y-%m-%dT%H:%M}")
    heading(desk, counted, goals)
    lines(desk, counted)
    folded(desk, counted)
    counts(desk, rows, as_of)


def heading(desk: Any, counted: pd.DataFrame, goals: str) -> None:
    """The sentence on top and the line of the whole city."""
    judged = counted[counted["due_count"] >= SMALL].sort_values("compliance")
    title = desk.title[0].value.replace("\\", "")
    what = "promises" if goals == "promises" else "goals"
    if judged.empty:
        assert title.startswith(f"Nothing can be said of who keeps its {what}: fewer than {SMALL}")
    else:
        worst = judged.iloc[0]
        kept = f"{worst['compliance']:.0%} of {worst['due_count']:,} due {LAST_WEEKS} were done in time"
        assert title.startswith(f"{worst['name']} keeps its {what} least: {kept}")
    due, met = counted["due_count"].sum(), counted["met_count"].sum()
    if due:
        assert f"{met / due:.0%} of {due:,} due were done in time." in said(desk)
    if share := re.search(r"make (\d+)% of the misses", said(desk)):
        missed = (counted["due_count"] - counted["met_count"]).nlargest(3).sum()
        assert int(share[1]) == round(100 * missed / (due - met))


def lines(desk: Any, counted: pd.DataFrame) -> None:
    """The rows of those who keep less than all others together: share, number, both comparisons, overdue."""
    others_due = counted["due_count"].sum() - counted["due_count"]
    others_met = counted["met_count"].sum() - counted["met_count"]
    is_lower = counted["compliance"] < others_met / others_due.where(others_due > 0)
    differs = ~is_about_same(counted["met_count"], counted["due_count"], others_met, others_due)
    below = counted[is_lower & differs & (counted["due_count"] >= SMALL)].sort_values("compliance").head(5)
    assert [bar.proto.text for bar in desk.get("progress")] == [
        f"**{row.compliance:.0%}** of {row.due_count:,}" for row in below.itertuples()
    ]
    words = said(desk)
    for row in below.to_dict("records"):
        assert changes(row, "the 13 weeks before") in words
        assert overdue_words(row) in words


def folded(desk: Any, counted: pd.DataFrame) -> None:
    """The table of all other departments."""
    for row in desk.dataframe[0].value.to_dict("records"):
        mine = counted[counted["name"] == row["name"]]
        if mine.empty:  # nothing of it counts at this moment
            assert row["due_count"] == 0
            continue
        one = mine.iloc[0]
        assert row["due_count"] == one["due_count"]
        assert row["kept_share"] == pytest.approx(100 * one["compliance"], nan_ok=True) or not one["due_count"]
        assert row["overdue_words"] == NO_TARGET or row["overdue_words"].startswith(overdue_words(one))


def counts(desk: Any, rows: Rows, as_of: datetime) -> None:
    """The five counts of the moment."""
    now = rows.now
    midnight = pd.Timestamp(datetime.combine(as_of.date(), time.min))
    is_open = now["open_until"] > rows.as_of
    assert figure(desk, "Open") == f"{is_open.sum():,}"
    assert figure(desk, "Overdue") == f"{len(rows.overdue(as_of)):,}"
    assert figure(desk, "Opened today") == f"{(now['created_at'] >= midnight).sum():,}"
    closed = (now["closed_from"] <= rows.as_of) & (now["closed_at"] >= midnight)
    assert figure(desk, "Closed today") == f"{closed.sum():,}"
    normal = median_of_weekdays(rows, as_of)
    opened = next(tile for tile in desk.metric if tile.label == "Opened today")
    if not np.isnan(normal):
        assert f"normal: {normal:,.0f}" in str(opened.proto)


def median_of_weekdays(rows: Rows, as_of: datetime) -> float:
    """The median of what came in on the same weekday of the eight weeks before, up to the same time of day."""
    first: date = rows.ever["created_at"].min().date()
    made, found = rows.now["created_at"], []
    for week in range(1, 9):
        end = as_of - timedelta(weeks=week)
        if end.date() > first:
            start = datetime.combine(end.date(), time.min)
            found.append(int(((made >= pd.Timestamp(start)) & (made <= pd.Timestamp(end))).sum()))
    return float(np.median(found)) if found else float("nan")
