"""Every question about a whole city has one answer, whichever engine holds it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from db.filters import Period, RequestFilter
from db.ingest.demo import make_demo
from tests.conftest import DEMO_NOW, DEMO_SCALE, assert_same_answer
from tests.engines.questions import EVERY, Question

QUARTER = Period("quarter", date(2026, 4, 8), date(2026, 7, 9))


@pytest.fixture(scope="module")
def engines(demo, server_database) -> Iterator[tuple[Engine, Engine]]:
    server = server_database("demo")
    make_demo(server, now=DEMO_NOW, scale=DEMO_SCALE)
    yield demo.reader(), server.reader()
    server.close()


@pytest.mark.parametrize("question", EVERY.values(), ids=EVERY.keys())
def test_both_engines_give_the_same_answer(engines, question: Question):
    for filters in (RequestFilter(period=QUARTER), RequestFilter(population="raw", goals="working", period=QUARTER)):
        for as_of in (DEMO_NOW, DEMO_NOW - timedelta(days=40)):
            assert_same_answer(question, engines, filters, as_of)
