"""Compliance against a listing of the requests behind it, and every question on both engines, with real files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine

from db.ingest.requests.load import load_files
from db.model.filters import Period, RequestFilter
from db.queries.compliance import rates
from db.queries.data import freshness
from db.queries.request import requests
from db.storage.database import EmbeddedDatabase
from tests.engines.questions import Question, assert_same_examples, every_question, name_of

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
    columns = ["due_at", "closed_at", "closed_on_time", "verdict"]
    with boston.connect() as connection:
        as_of = freshness.data_span(connection)["last_closed_at"][0]
        return requests.list_requests(connection, RequestFilter(population="raw"), as_of=as_of, columns=columns)


def between(moments: pd.Series, period: Period) -> pd.Series:
    return (moments >= pd.Timestamp(period.start)) & (moments < pd.Timestamp(period.end))


def test_the_summary_adds_up_to_the_listed_requests(boston, boston_rows):
    filters = RequestFilter(population="raw", period=AUTUMN)
    with boston.connect() as connection:
        as_of = freshness.data_span(connection)["last_closed_at"][0]
        found = rates.summary(connection, filters, as_of=as_of).iloc[0]
    due = boston_rows[between(boston_rows["due_at"], AUTUMN)]
    closed = boston_rows[between(boston_rows["closed_at"], AUTUMN) & boston_rows["due_at"].notna()]
    assert (found["due_count"], found["met_count"]) == (len(due), (due["verdict"] == "met").sum())
    assert (found["closed_count"], found["closed_on_time_count"]) == (len(closed), closed["closed_on_time"].sum())
    assert round(found["gap_points"], 1) == 10.8


@pytest.mark.parametrize("question", every_question(), ids=name_of)
def test_both_engines_answer_alike_about_los_angeles(los_angeles, server, question: Question):
    for as_of in (AUGUST, datetime(2020, 1, 3, 14, 22)):
        assert_same_examples(question, (los_angeles, server), as_of)


@pytest.fixture(scope="module")
def server(real_data: Path, server_database) -> Iterator[Engine]:
    database = server_database("los_angeles")
    load_files(database, [real_data / LOS_ANGELES], city="los_angeles", now=LOADED_AT)
    yield database.reader()
    database.close()
