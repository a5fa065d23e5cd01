"""Today's plan on three cities at three moments each, a storm among them: what a manager would not accept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from db.cities import load
from db.ingest.demo import make_demo
from db.ingest.requests.load import load_files
from db.model.filters import RequestFilter
from db.queries.queue import learned, risk, today
from db.rules.triage.why import WHY_MOST
from db.settings import Settings
from db.storage.database import Database, open_database

pytestmark = [pytest.mark.real, pytest.mark.slow]

MADE_AT = datetime(2026, 11, 30, 10)
BOSTON = "boston_311/boston_2011_jul_to_dec.csv.gz"
PESTS = [f"boston_311/boston_{year}_animal_and_pest_types.csv.gz" for year in (2015, 2017, 2019)]
MOMENTS = [
    *(("boston", moment) for moment in ("2011-08-28 20:00", "2011-11-07 10:00", "2011-12-31 10:00")),
    *(("pests", moment) for moment in ("2015-12-01 10:00", "2017-10-02 10:00", "2019-12-31 10:00")),
    *(("generated", moment) for moment in ("2026-03-02 10:00", "2026-08-31 10:00", "2026-11-30 10:00")),
]


@pytest.fixture(scope="module")
def cities(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Database]]:
    found = {name: open_database(Settings(tmp_path_factory.mktemp(name))) for name in ("boston", "pests", "generated")}
    load_files(found["boston"], [real_data / BOSTON], city="boston", now=MADE_AT)
    load_files(found["pests"], [real_data / file for file in PESTS], city="boston", now=MADE_AT)
    make_demo(found["generated"], now=MADE_AT, scale=0.03)
    yield found
    for database in found.values():
        database.close()


@pytest.fixture(scope="module", params=MOMENTS, ids=lambda param: f"{param[0]} {param[1]}")
def plans(request: pytest.FixtureRequest, cities: dict[str, Database]) -> Iterator[tuple[datetime, pd.DataFrame]]:
    """The plan of every department of one city at one moment, department by department."""
    city, text = request.param
    as_of, profile = datetime.fromisoformat(text), load("los_angeles" if city == "generated" else "boston")
    calendar = profile.calendars[profile.working_day_calendar]
    with cities[city].reader().connect() as connection:
        past = learned.learn(connection, as_of=risk.curves_moment(as_of))
        given = {"as_of": as_of, "calendar": calendar, "rules": profile.triage, "using": past}
        everyone = today.queue(connection, RequestFilter(), limit=None, **given)
        yield (
            as_of,
            pd.concat(
                [
                    today.plan(connection, RequestFilter(departments=(name,)), **given)
                    for name in sorted(everyone["department"].unique())
                ],
                ignore_index=True,
            ),
        )


def test_before_a_danger_reported_an_hour_ago_stand_only_graver_or_equally_young_ones(plans):
    as_of, rows = plans
    for _, plan in rows.groupby("department"):
        young = plan[(plan["lane"] == "danger") & (plan["reported_at"] >= as_of - timedelta(hours=1))]
        for row in young.itertuples():
            before = plan[plan["rank"] < row.rank]
            graver = before["danger_grade"] > row.danger_grade
            as_young = (before["danger_grade"] == row.danger_grade) & (
                before["reported_at"].dt.date == row.reported_at.date()
            )
            assert (graver | as_young).all(), before[~(graver | as_young)].head()


def test_no_stale_row_is_in_the_plan_or_in_the_lanes_to_be_worked(plans):
    as_of, rows = plans
    worked = rows[rows["lane"] != "check_exists"]
    age = (as_of - worked["reported_at"]) / timedelta(days=1)
    assert not rows[rows["lane"] == "check_exists"]["is_in_plan"].any()
    stale = worked[(age >= worked["stale_days"]) & ~worked["is_asked_again"]]
    assert stale.empty


def test_after_the_dangers_at_least_half_of_today_can_still_be_kept_where_so_many_exist(plans):
    _, rows = plans
    for _, plan in rows.groupby("department"):
        today_rows = plan[plan["is_in_plan"] & (plan["lane"] != "danger")]
        can_be_kept = (today_rows["lane"] == "can_be_kept").sum()
        there = (plan["lane"] == "can_be_kept").sum()
        assert can_be_kept >= min(len(today_rows) / 2, there) - 0.5


def test_every_reason_fits_and_the_plan_comes_first(plans):
    _, rows = plans
    assert rows["why"].str.len().between(1, WHY_MOST).all()
    for _, plan in rows.groupby("department"):
        assert plan["is_in_plan"].tolist() == sorted(plan["is_in_plan"], reverse=True)


def test_the_storm_of_28_august_2011_has_hundreds_of_dangers_and_they_come_first(cities):
    profile, as_of = load("boston"), datetime(2011, 8, 28, 20)
    calendar = profile.calendars[profile.working_day_calendar]
    with cities["boston"].reader().connect() as connection:
        found = today.plan(
            connection, RequestFilter(departments=("PARK",)), as_of=as_of, calendar=calendar, rules=profile.triage
        )
    assert (found["lane"] == "danger").sum() > 100
    assert set(found[found["is_in_plan"]]["lane"]) == {"danger"}
