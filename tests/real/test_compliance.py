"""Compliance and time to close against figures counted independently from real files of two cities."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine

from db.engine import EmbeddedDatabase
from db.filters import Period, RequestFilter
from db.ingest.load import load_files
from db.queries import compliance, freshness, requests
from tests.conftest import assert_same_answer
from tests.engines.questions import EVERY, Question

pytestmark = pytest.mark.real

LOADED_AT = datetime(2026, 7, 1)
AUTUMN = Period("autumn", date(2011, 8, 1), date(2011, 12, 1))
BOSTON = "boston_311/boston_2011_jul_to_dec.csv.gz"
LOS_ANGELES = "myla311_legacy/myla311_2020-01-01_to_03_iso_dates.csv.gz"
AUGUST = datetime(2020, 8, 4)


@pytest.fixture(scope="module")
def boston(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    database = EmbeddedDatabase(tmp_path_factory.mktemp("boston"))
    load_files(database, [real_data / BOSTON], city="boston", now=LOADED_AT)
    yield database.reader()
    database.close()


@pytest.fixture(scope="module")
def los_angeles(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    database = EmbeddedDatabase(tmp_path_factory.mktemp("los_angeles"))
    load_files(database, [real_data / LOS_ANGELES], city="los_angeles", now=LOADED_AT)
    yield database.reader()
    database.close()


@pytest.fixture(scope="module")
def boston_rows(boston: Engine) -> pd.DataFrame:
    """Boston 2011, raw, as of the file's last closing."""
    columns = ["due_at", "due_source", "closed_at", "closed_on_time", "city_verdict", "verdict", "is_open"]
    with boston.connect() as connection:
        as_of = freshness.data_span(connection)["last_closed_at"][0]
        return requests.list_requests(connection, RequestFilter(population="raw"), as_of=as_of, columns=columns)


def between(moments: pd.Series, period: Period) -> pd.Series:
    return (moments >= pd.Timestamp(period.start)) & (moments < pd.Timestamp(period.end))


def test_boston_2011_by_due_date_and_as_most_cities_report_it(boston_rows):
    promised = boston_rows[boston_rows["due_source"] == "city"]
    due = promised[between(promised["due_at"], AUTUMN)]
    closed = promised[between(promised["closed_at"], AUTUMN)]
    assert len(due) == 29_996
    assert round((due["verdict"] == "met").mean(), 3) == 0.759
    assert round(closed["closed_on_time"].mean(), 3) == 0.866


def test_boston_s_own_verdicts_are_ours_for_every_closed_request_with_a_due_date(boston_rows):
    judged = boston_rows[(boston_rows["due_source"] == "city") & boston_rows["city_verdict"].notna()]
    judged = judged[judged["verdict"].isin(["met", "missed"]) & ~judged["is_open"]]
    assert len(judged) > 40_000
    assert (judged["verdict"] == judged["city_verdict"]).all()


def test_the_summary_adds_up_to_the_listed_requests(boston, boston_rows):
    filters = RequestFilter(population="raw", period=AUTUMN)
    with boston.connect() as connection:
        as_of = freshness.data_span(connection)["last_closed_at"][0]
        found = compliance.summary(connection, filters, as_of=as_of).iloc[0]
    due = boston_rows[between(boston_rows["due_at"], AUTUMN)]
    assert found["due_count"] == len(due)
    assert found["met_count"] == (due["verdict"] == "met").sum()
    assert found["closed_count"] == (between(boston_rows["closed_at"], AUTUMN) & boston_rows["due_at"].notna()).sum()


@pytest.mark.parametrize(
    ("service_type", "count", "share", "residents_count", "residents_share"),
    [
        ("Graffiti Removal", 2493, 0.822, 703, 0.505),
        ("Illegal Dumping Item Pickup", 884, 0.528, 726, 0.431),
    ],
)
def test_los_angeles_january_2020_closed_within_three_days(
    los_angeles, service_type, count, share, residents_count, residents_share
):
    """Population raw, status Closed, as of 2020-08-04; then without the crews' own reports."""
    columns = ["source_status", "created_at", "closed_at", "is_proactive"]
    filters = RequestFilter(population="raw", service_types=(service_type,))
    with los_angeles.connect() as connection:
        found = requests.list_requests(connection, filters, as_of=AUGUST, columns=columns)
    found = found[found["source_status"] == "Closed"]
    in_time = found["closed_at"] - found["created_at"] <= pd.Timedelta(days=3)
    assert (len(found), round(in_time.mean(), 3)) == (count, share)
    by_residents = in_time[~found["is_proactive"].astype(bool)]
    assert (len(by_residents), round(by_residents.mean(), 3)) == (residents_count, residents_share)


@pytest.mark.parametrize("question", EVERY.values(), ids=EVERY.keys())
def test_both_engines_answer_alike_about_los_angeles(los_angeles, server, question: Question):
    filters = RequestFilter(period=Period("january", date(2020, 1, 1), date(2020, 2, 1)), goals="working")
    for as_of in (AUGUST, datetime(2020, 1, 3, 14, 22)):
        assert_same_answer(question, (los_angeles, server), filters, as_of)


@pytest.fixture(scope="module")
def server(real_data: Path, server_database) -> Iterator[Engine]:
    database = server_database("los_angeles")
    load_files(database, [real_data / LOS_ANGELES], city="los_angeles", now=LOADED_AT)
    yield database.reader()
    database.close()
