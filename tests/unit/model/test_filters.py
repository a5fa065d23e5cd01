"""What the reader chose: periods, conditions and the sentence above the chart."""

from __future__ import annotations

from datetime import date

import pytest

from db.model.filters import PERIODS, Period, RequestFilter, period
from db.queries.queue import backlog
from tests.builders import moment, open_request

AS_OF = moment("Wed 2026-07-08 12:00")
CELL = 0x8929A1D7597FFFF  # resolution 9
PARENT = 0x8629A1D77FFFFFF  # the resolution 6 cell around it


@pytest.mark.parametrize(
    ("key", "start", "end"),
    [
        ("last_7_days", date(2026, 7, 2), date(2026, 7, 9)),
        ("last_4_weeks", date(2026, 6, 11), date(2026, 7, 9)),
        ("this_fiscal_year", date(2026, 7, 1), date(2026, 7, 9)),
        ("last_fiscal_year", date(2025, 7, 1), date(2026, 7, 1)),
        ("everything", date(2024, 2, 29), date(2026, 7, 9)),
        ("2026-07-01..2026-07-01", date(2026, 7, 1), date(2026, 7, 2)),
    ],
)
def test_a_period_ends_with_the_day_of_as_of(key, start, end):
    assert period(key, AS_OF, first=date(2024, 2, 29)) == Period(key, start, end)


def test_before_july_the_fiscal_year_is_the_one_that_began_last_year():
    found = period("this_fiscal_year", moment("Tue 2026-06-30 23:59"))
    assert (found.start, found.end) == (date(2025, 7, 1), date(2026, 7, 1))
    assert period("last_fiscal_year", moment("Tue 2026-06-30 23:59")).start == date(2024, 7, 1)


@pytest.mark.parametrize("key", ["", "yesterday", "2026-07-02", "2026-07-02..", "2026-02-30..2026-03-01"])
def test_a_period_that_is_none_is_named(key):
    with pytest.raises(ValueError, match="period"):
        period(key, AS_OF)


def test_a_period_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="ends before it starts"):
        period("2026-07-02..2026-07-01", AS_OF)


@pytest.mark.parametrize("key", ["0001-01-01..2026-07-02", "2026-07-02..9999-12-31"])
def test_a_period_without_a_stretch_before_it_is_refused(key):
    with pytest.raises(ValueError, match="leaves the years 1900 to 2200"):
        period(key, AS_OF)


def test_every_named_period_has_a_length():
    assert all(period(key, AS_OF).days > 0 for key in PERIODS)


def test_the_period_before_is_as_long_and_the_year_before_keeps_weekdays():
    week = Period("week", date(2026, 7, 6), date(2026, 7, 13))
    assert (week.previous().start, week.previous().end) == (date(2026, 6, 29), date(2026, 7, 6))
    assert week.year_before().start == date(2025, 7, 7)
    assert week.year_before().start.weekday() == week.start.weekday()
    assert week.describe() == "6 July 2026 to 12 July 2026"


def test_equal_filters_are_one_cache_key():
    assert len({RequestFilter(districts=("4",)), RequestFilter(districts=("4",))}) == 1


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        (RequestFilter(), "residents' open requests"),
        (
            RequestFilter(departments=("BSS",), districts=("4", "10"), population="eligible"),
            "open requests, BSS, districts 4 and 10",
        ),
        (RequestFilter(districts=("4",), population="raw"), "all open requests, raw, district 4"),
        (
            RequestFilter(yards=("A", "B", "C"), period=Period("day", date(2026, 8, 1), date(2026, 8, 2))),
            "residents' open requests, yards A, B and C, 1 August 2026",
        ),
    ],
)
def test_a_filter_says_what_it_chose(chosen, sentence):
    assert chosen.describe("open requests") == sentence


@pytest.mark.parametrize(
    ("chosen", "column", "value"),
    [
        ({"departments": ("LASAN",)}, "department", "LASAN"),
        ({"service_types": ("Tree",)}, "service_type", "Tree"),
        ({"districts": ("4",)}, "council_district", "4"),
        ({"neighborhoods": ("Echo Park",)}, "neighborhood_council", "Echo Park"),
        ({"channels": ("app",)}, "channel", "app"),
        ({"yards": ("North",)}, "assigned_to", "North"),
        ({"streets": ("MAIN ST",)}, "street_name", "MAIN ST"),
        ({"place": "1 MAIN ST"}, "place_id", "1 MAIN ST"),
        ({"cell": CELL}, "h3_cell", CELL),
        ({"cell": PARENT}, "h3_cell", CELL),
    ],
)
def test_each_choice_keeps_only_its_requests(both, chosen, column, value):
    ask = both([open_request(), open_request(sr_number="mine", **{column: value})])
    frame = ask(backlog.open_requests, RequestFilter(**chosen), as_of=AS_OF)
    assert frame["sr_number"].tolist() == ["mine"]


def test_an_unknown_population_is_named():
    with pytest.raises(ValueError, match='population "all" is not one of residents, eligible, raw'):
        RequestFilter(population="all").clauses(AS_OF)  # type: ignore[arg-type]


def test_an_export_names_what_was_chosen():
    chosen = RequestFilter(departments=("BSS", "LASAN"), period=Period("day", date(2026, 8, 1), date(2026, 8, 3)))
    assert chosen.names() == {
        "departments": "BSS, LASAN",
        "population": "residents",
        "goals": "promises",
        "period": "2026-08-01..2026-08-02",
    }
    assert chosen.without_period().period is None
