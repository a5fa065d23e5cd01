"""Shared expressions, each against a hand-written truth on both engines."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import h3
import pytest
from sqlalchemy import ColumnElement, Connection, case, select

from db.model import expressions
from db.model.schema import requests
from tests.builders import cancelled_request, closed_request, moment, open_request

AS_OF = moment("Mon 2026-07-06 12:00")


def value_of(both: Any, row: dict[str, Any], expression: ColumnElement[Any]) -> Any:
    def question(connection: Connection) -> Any:
        return connection.scalar(select(expression).select_from(requests))

    return both([row])(question)


def is_true(both: Any, row: dict[str, Any], condition: ColumnElement[bool]) -> bool:
    return value_of(both, row, case((condition, True), else_=False))


@pytest.mark.parametrize(
    ("row", "usable"),
    [
        (closed_request("Mon 2026-07-06 09:00", "Mon 2026-07-06 09:00"), True),
        (closed_request("Mon 2026-07-06 09:00", "Mon 2026-07-06 08:59"), False),
        (closed_request("Mon 2026-07-06 09:00", "Mon 2026-07-06 00:00", closed_by_day=True), True),
        (closed_request("Mon 2026-07-06 09:00", "Sun 2026-07-05 00:00", closed_by_day=True), False),
        (closed_request("Mon 2026-07-06 09:00", "Mon 2026-07-06 08:59", created_by_day=True), True),
        (closed_request("Mon 2026-07-06 09:00", "Mon 2026-07-06 08:59", due_by_day=True), False),
        (closed_request(closed=None), False),
    ],
)
def test_a_closing_is_usable_when_it_is_there_and_not_before_creation(both, row, usable):
    assert is_true(both, row, expressions.is_closed(AS_OF)) == usable
    assert is_true(both, row, expressions.is_unknown_closing()) == (not usable)


@pytest.mark.parametrize(
    ("row", "excluded"),
    [
        (open_request(), False),
        (open_request(exclusion_reason="test"), True),
        (closed_request(closed="Tue 2026-07-07 09:00", exclusion_reason="not_a_service"), True),
        (cancelled_request(closed="Mon 2026-07-06 12:00"), True),
        (cancelled_request(closed="Mon 2026-07-06 12:01"), False),
        (cancelled_request(closed=None), True),
    ],
)
def test_an_exclusion_that_a_closing_brought_holds_from_then_on(both, row, excluded):
    assert is_true(both, row, expressions.is_excluded(AS_OF)) == excluded
    assert is_true(both, row, expressions.in_population("eligible", AS_OF)) == (not excluded)
    assert is_true(both, row, expressions.in_population("raw", AS_OF))


@pytest.mark.parametrize(
    ("row", "ever"),
    [
        (open_request(), True),
        (cancelled_request(), True),
        (cancelled_request(closed=None), False),
        (open_request(exclusion_reason="test"), False),
        (open_request(is_proactive=True), False),
    ],
)
def test_a_past_backlog_is_made_of_what_was_ever_counted(both, row, ever):
    assert is_true(both, row, expressions.ever_in_population("residents")) == ever


@pytest.mark.parametrize(
    ("row", "since"),
    [
        (open_request(due="Tue 2026-07-07 09:00"), datetime(2026, 7, 7, 9)),
        (open_request(due="Tue 2026-07-07 09:00", due_by_day=True), datetime(2026, 7, 8)),
        (open_request("Fri 2026-07-03 16:59", due="Thu 2026-07-02 09:00"), datetime(2026, 7, 3, 16, 59)),
        (open_request(due="Tue 2026-07-07 09:00", goal_basis="draft"), None),
        (open_request(), None),
    ],
)
def test_a_request_is_overdue_from_its_due_moment_or_the_end_of_its_due_day(both, row, since):
    assert value_of(both, row, expressions.overdue_from("promises")) == since


@pytest.mark.parametrize(
    ("row", "multiple"),
    [
        (open_request("Sat 2026-07-04 12:00", due="Sun 2026-07-05 12:00"), 2.0),
        (open_request("Sun 2026-07-05 12:00", due="Fri 2026-07-10 12:00"), 0.2),
        (open_request("Sun 2026-07-05 12:00", due="Sun 2026-07-05 12:00"), None),
        (open_request("Sun 2026-07-05 12:00"), None),
    ],
)
def test_age_in_multiples_of_the_goal(both, row, multiple):
    assert value_of(both, row, expressions.goal_multiple(AS_OF, "promises")) == multiple


def test_ages_count_weekends_and_seconds(both):
    assert value_of(both, open_request("Fri 2026-07-03 11:59:30"), expressions.age_days(AS_OF)) == 3 + 30 / 86400


@pytest.mark.parametrize("resolution", range(10))
def test_a_coarser_cell_is_the_library_s_parent(both, resolution):
    cell = h3.latlng_to_cell(34.05, -118.25, expressions.H3_STORED_RESOLUTION)
    row = open_request(h3_cell=int(cell, 16))
    parent = int(h3.cell_to_parent(cell, resolution), 16)
    assert value_of(both, row, expressions.cell_at(resolution)) == parent
    assert is_true(both, row, expressions.in_cell(parent))


def test_wrong_names_are_named():
    with pytest.raises(ValueError, match="resolution 10 is not between 0 and 9"):
        expressions.cell_at(10)
    for wrong in (expressions.due_at, expressions.has_due, expressions.ever_in_population):
        with pytest.raises(ValueError, match="is not one of"):
            wrong("everything")
