"""A link is a view: what it says comes back as it was, and what cannot be right is named."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.links import NAMES, Options, change, encode, fiscal_years, parse

OPTIONS = Options(
    lists={
        "department": {"BSS": "Street Services", "LASAN": "Sanitation"},
        "type": {"Pothole": "Pothole"},
        "district": {"4": "4", "10": "10"},
        "channel": {"call": "call"},
    },
    default_goals="working",
    first_day=date(2023, 8, 1),
    default_as_of=datetime(2026, 7, 10, 12, 30),
    now=datetime(2026, 7, 12, 9, 0),
)


def test_an_empty_link_is_the_desk_as_it_first_stands() -> None:
    view = parse({}, OPTIONS)
    assert (view.filters.departments, view.filters.population, view.filters.goals) == ((), "residents", "working")
    assert (view.as_of, view.is_live, view.problems) == (datetime(2026, 7, 10, 12, 30), True, ())
    assert view.period.end == date(2026, 7, 11)
    assert encode(view, OPTIONS) == {}


def test_a_link_comes_back_as_it_was() -> None:
    link = {
        "department": ["BSS", "LASAN"],
        "district": ["10"],
        "place": ["100 MAIN ST"],
        "cell": ["8929a1d7543ffff"],
        "population": ["eligible"],
        "period": ["2026-01-01..2026-01-31"],
        "goals": ["promises"],
        "as_of": ["2026-07-01T09:30"],
    }
    view = parse(link, OPTIONS)
    assert view.problems == ()
    assert (view.period.start, view.period.end) == (date(2026, 1, 1), date(2026, 2, 1))
    assert encode(view, OPTIONS) == link


def test_rolling_periods_stand_as_they_did_at_the_moment_described() -> None:
    view = parse({"as_of": ["2026-01-15T08:00"], "period": ["last_7_days"]}, OPTIONS)
    assert (view.period.start, view.period.end) == (date(2026, 1, 9), date(2026, 1, 16))


@pytest.mark.parametrize(
    ("link", "named"),
    [
        ({"department": ["XX"]}, 'department "XX"'),
        ({"period": ["2026-02-01..2026-01-01"]}, "ends before it starts"),
        ({"period": ["2026-02-30..2026-03-01"]}, "2026-02-30"),
        ({"period": ["0001-01-01..9999-12-31"]}, "1900"),
        ({"goals": ["all"]}, 'goals "all"'),
        ({"population": ["raw"]}, 'population "raw"'),
        ({"as_of": ["07/01/2026"]}, "07/01/2026"),
        ({"as_of": ["2026-07-12T09:01"]}, "in the future"),
        ({"as_of": ["2023-07-31"]}, "before the first request"),
        ({"cell": ["xyz"]}, 'cell "xyz"'),
        ({"cell": ["ffffffffffffffffffff"]}, 'cell "ffffffffffffffffffff"'),
        ({"cell": ["-1"]}, 'cell "-1"'),
        ({"cell": ["0"]}, 'cell "0"'),
        ({"cell": ["8a29a1d7543ffff"]}, 'cell "8a29a1d7543ffff"'),
        ({"deparment": ["BSS"]}, '"deparment"'),
    ],
)
def test_what_cannot_be_right_is_named_and_left_out(link: dict[str, list[str]], named: str) -> None:
    view = parse(link, OPTIONS)
    assert len(view.problems) == 1
    assert named in view.problems[0]
    assert encode(view, OPTIONS) == {}


@given(st.dictionaries(st.sampled_from([*NAMES, "other"]), st.lists(st.text(max_size=12), max_size=3)))
def test_no_link_breaks_the_desk_and_what_it_kept_is_stable(link: dict[str, list[str]]) -> None:
    view = parse(link, OPTIONS)
    again = parse(encode(view, OPTIONS), OPTIONS)
    assert (again.filters, again.as_of, again.problems) == (view.filters, view.as_of, ())


def test_a_change_keeps_the_rest_and_an_empty_value_clears() -> None:
    view = parse({"department": ["BSS"], "district": ["4"]}, OPTIONS)
    assert change(view, OPTIONS, district=None, type=["Pothole"]) == {"department": ["BSS"], "type": ["Pothole"]}
    with pytest.raises(KeyError, match="sr"):
        change(view, OPTIONS, sr="1")


def test_fiscal_years_run_from_july_and_reach_back_to_the_first_request() -> None:
    assert fiscal_years(OPTIONS) == {
        "2024-07-01..2025-06-30": "Fiscal year 2024-25",
        "2023-07-01..2024-06-30": "Fiscal year 2023-24",
    }
