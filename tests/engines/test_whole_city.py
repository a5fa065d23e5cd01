"""Every question about a whole city has one answer, whichever engine holds it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pandas as pd
import pytest
from sqlalchemy import Engine

from db.ingest.demo import make_demo
from db.model.filters import Period, RequestFilter
from db.queries import flow
from db.queries.compliance import rates
from db.queries.data import freshness
from db.queries.queue import backlog
from db.queries.workload import load
from tests.conftest import DEMO_NOW, DEMO_SCALE
from tests.engines.questions import Question, assert_same_examples, every_question, name_of

QUARTER = Period("quarter", date(2026, 4, 8), date(2026, 7, 9))


@pytest.fixture(scope="module")
def engines(demo, server_database) -> Iterator[tuple[Engine, Engine]]:
    server = server_database("demo")
    make_demo(server, now=DEMO_NOW, scale=DEMO_SCALE)
    yield demo.reader(), server.reader()
    server.close()


@pytest.mark.parametrize("question", every_question(), ids=name_of)
def test_both_engines_give_the_same_answer(engines, question: Question):
    for as_of in (DEMO_NOW, DEMO_NOW - timedelta(days=40)):
        assert_same_examples(question, engines, as_of)


@pytest.mark.parametrize("population", ["residents", "eligible", "raw"])
def test_the_followed_backlog_is_the_one_counted_on_that_day(demo, population):
    filters = RequestFilter(population=population, goals="working")
    with demo.reader().connect() as connection:
        days = flow.by_day(connection, filters, as_of=DEMO_NOW, days=60)
        for row in days.iloc[[0, 7, 30, 58, 59]].itertuples():
            moment = min(DEMO_NOW, datetime.combine(row.day.date(), time.max))
            counted = backlog.totals(connection, filters, as_of=moment).iloc[0]
            assert (row.open_count, row.overdue_count) == (counted["open_count"], counted["overdue_count"]), row.day


def test_bands_departments_and_the_waterfall_add_up_to_the_totals(demo):
    filters = RequestFilter(goals="working")
    with demo.reader().connect() as connection:
        total = backlog.totals(connection, filters, as_of=DEMO_NOW).iloc[0]
        departments = backlog.by_department(connection, filters, as_of=DEMO_NOW)
        ageing = backlog.ageing(connection, filters, as_of=DEMO_NOW)
        steps = freshness.waterfall(connection, filters, as_of=DEMO_NOW).set_index("step")["request_count"]
    assert departments[["open_count", "overdue_count"]].sum().tolist() == [total["open_count"], total["overdue_count"]]
    assert set(ageing.groupby("scale")["open_count"].sum()) == {total["open_count"]}
    assert steps["raw"] - steps["not_a_service":"acknowledged"].sum() == steps["eligible"]
    assert steps["eligible"] - steps["proactive"] == steps["residents"]


@pytest.mark.parametrize("goals", ["promises", "working"])
def test_workload_judges_the_requests_that_compliance_does(demo, goals):
    """At a moment when more falls due later that day, some of it met already."""
    filters = RequestFilter(goals=goals, period=QUARTER)
    with demo.reader().connect() as connection:
        for as_of in (DEMO_NOW, DEMO_NOW - timedelta(days=40)):
            judged = rates.by(connection, filters, as_of=as_of).set_index("key")
            shown = load.workload(connection, filters, as_of=as_of).set_index("department")
            both = judged[["due_count", "compliance"]].join(shown[["due_count", "compliance"]], rsuffix="_shown")
            pd.testing.assert_series_equal(both["due_count"], both["due_count_shown"], check_names=False)
            pd.testing.assert_series_equal(both["compliance"], both["compliance_shown"], check_names=False)
