"""Compliance of each group by week, on both engines."""

from __future__ import annotations

from datetime import date

import pytest

from db.model.filters import Period, RequestFilter
from db.queries.compliance import ranking, rates
from tests.builders import closed_request, moment, open_request

AS_OF = moment("Wed 2026-07-08 12:00")
TWO_WEEKS = RequestFilter(period=Period("two", date(2026, 6, 29), date(2026, 7, 13)))
ROWS = [
    closed_request("Mon 2026-06-22 09:00", "Tue 2026-06-30 08:00", due="Tue 2026-06-30 09:00"),
    open_request("Mon 2026-06-22 09:00", due="Sun 2026-07-05 23:59"),
    open_request("Mon 2026-06-22 09:00", due="Mon 2026-07-06 00:00"),
    open_request("Mon 2026-06-22 09:00", due="Thu 2026-07-09 00:00"),
    closed_request("Mon 2026-06-22 09:00", "Tue 2026-06-30 08:00", due="Tue 2026-06-30 09:00", department="LASAN"),
    open_request("Mon 2026-06-22 09:00", department="LASAN"),
]


def test_each_week_holds_what_was_due_in_it_by_the_moment_described(both):
    frame = both(ROWS)(ranking.weekly, TWO_WEEKS, as_of=AS_OF)
    assert frame[["key", "due_count", "met_count", "compliance"]].to_numpy().tolist() == [
        ["BSS", 2, 1, 0.5],
        ["BSS", 1, 0, 0.0],
        ["LASAN", 1, 1, 1.0],
    ]


def test_the_weeks_add_up_to_the_period(both):
    ask = both(ROWS)
    weeks = ask(ranking.weekly, TWO_WEEKS, as_of=AS_OF, by="service_type")
    whole = ask(rates.summary, TWO_WEEKS, as_of=AS_OF)
    assert weeks["due_count"].sum() == whole["due_count"][0] == 4
    assert weeks["met_count"].sum() == whole["met_count"][0] == 2


def test_a_group_that_is_none_and_a_filter_without_period_are_refused(both):
    ask = both()
    with pytest.raises(ValueError, match='by "moon"'):
        ask(ranking.weekly, TWO_WEEKS, as_of=AS_OF, by="moon")
    with pytest.raises(ValueError, match="needs a period"):
        ask(ranking.weekly, RequestFilter(), as_of=AS_OF)
    assert list(ask(ranking.weekly, TWO_WEEKS, as_of=AS_OF).columns) == [
        "key",
        "week_start",
        "due_count",
        "met_count",
        "compliance",
    ]
