"""Points and reasons: what puts one request before another, and what never may."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.cities import load
from db.cities.profile import FOLDER
from db.rules.triage.moments import due_by, evening_before, horizons
from db.rules.triage.points import Points, Weights, points, why

OFFICE = load("los_angeles").calendars["office"]
AS_OF = datetime(2026, 7, 8, 12)  # a Wednesday
shares = st.floats(0, 1)
multiples = st.one_of(st.floats(0, 1e6), st.just(float("nan")))
ages = st.floats(0, 1e5)
counts = st.integers(0, 1000)


def rate(
    *,
    safety: float = 0.0,
    risk: float = float("nan"),
    multiple: float = float("nan"),
    overdue: bool = False,
    asked: int = 0,
    age: float = 0.0,
    weights: Weights | None = None,
) -> Points:
    found = points(
        weights or Weights(),
        safety_points=[safety],
        breach_risk=[risk],
        multiple=[multiple],
        is_overdue=[overdue],
        asked_count=[asked],
        age_days=[age],
    )
    return Points(*(part[0] for part in found))


@given(st.floats(0, 30), st.one_of(shares, st.just(float("nan"))), multiples, st.booleans(), counts, ages)
def test_points_are_between_0_and_100_and_are_the_sum_of_their_parts(safety, risk, multiple, overdue, asked, age):
    found = rate(safety=safety, risk=risk, multiple=multiple, overdue=overdue, asked=asked, age=age)
    assert 0 <= found.total <= 100
    assert found.total == pytest.approx(sum(found[1:]))
    assert min(found[1:]) >= 0


@given(multiples, st.booleans(), ages, st.floats(0, 1e4), st.floats(1, 100))
def test_growing_older_never_lowers_points(multiple, overdue, age, more, factor):
    younger = rate(multiple=multiple, overdue=overdue, age=age)
    assert rate(multiple=multiple * factor, overdue=overdue, age=age + more).total >= younger.total


@given(st.one_of(shares, st.just(float("nan"))), st.floats(0, 1), multiples, ages, st.floats(0, 1e4))
def test_an_overdue_request_never_ranks_below_itself_before_it_was_due(risk, before, multiple, age, more):
    pending = rate(risk=risk, multiple=before, age=age)
    assert rate(multiple=multiple, overdue=True, age=age + more).total >= pending.total


@given(shares, shares, counts, counts)
def test_more_risk_and_more_people_asking_never_lower_points(low, high, few, many):
    low, high, few, many = *sorted((low, high)), *sorted((few, many))
    assert rate(risk=high, asked=many).total >= rate(risk=low, asked=few).total


def test_the_clock_gives_a_half_at_the_due_moment_and_three_quarters_at_twice_the_goal():
    assert [rate(multiple=times, overdue=True).clock for times in (1, 2, 4)] == [20.0, 30.0, 35.0]


def test_without_a_risk_the_share_of_the_time_gone_stands_in_for_it():
    assert rate(multiple=0.5).clock == rate(risk=0.5, multiple=0.9).clock == 10.0


def test_without_a_goal_only_the_other_parts_count():
    assert rate(safety=15, asked=2, age=30) == Points(30.0, 15.0, 0.0, 7.5, 7.5)


def test_a_request_made_after_the_moment_described_waits_not_at_all():
    assert rate(age=-3).waiting == 0


def test_the_parts_must_add_up_to_100():
    with pytest.raises(ValueError, match="add up to 100, not 110"):
        Weights(safety=40)
    with pytest.raises(ValueError, match="waiting_half_days 0"):
        Weights(waiting_half_days=0)


def test_nothing_open_has_no_points():
    found = points(Weights(), safety_points=[], breach_risk=[], multiple=[], is_overdue=[], asked_count=[], age_days=[])
    assert [part.shape for part in found] == [(0,)] * 5


@pytest.mark.parametrize(
    ("said", "facts"),
    [
        (
            "due tomorrow 17:00, 74% likely missed; third request at this address",
            {"due_at": datetime(2026, 7, 9, 17), "breach_risk": 0.74, "asked_count": 2},
        ),
        ("due today 12:30", {"due_at": datetime(2026, 7, 8, 12, 30)}),
        ("due Tue 09:00", {"due_at": datetime(2026, 7, 14, 9)}),
        ("due Wed 15 Jul 09:00", {"due_at": datetime(2026, 7, 15, 9)}),
        ("due today", {"due_at": datetime(2026, 7, 8), "is_day_only": True}),
        ("overdue by 5 hours", {"due_at": datetime(2026, 7, 8, 7), "is_overdue": True, "multiple": 1.2}),
        ("overdue by 1 day, 2.0 times its goal", {"due_at": datetime(2026, 7, 7), "is_overdue": True, "multiple": 2.0}),
        (
            "overdue by 189 days, over 100 times its goal; a danger to people",
            {"due_at": datetime(2025, 12, 31), "is_overdue": True, "multiple": 950.0, "safety_points": 30},
        ),
        ("no goal, open 12 days", {"due_at": None, "age_days": 12.9}),
        ("second request at this address; no goal, open 3 hours", {"due_at": None, "age_days": 0.13, "asked_count": 1}),
        (
            "fifth request at this place; no goal, open 2 days",
            {"due_at": None, "age_days": 2, "asked_count": 4, "has_address": False},
        ),
        ("22nd request at this address; no goal, open 1 day", {"due_at": None, "age_days": 1.0, "asked_count": 21}),
    ],
)
def test_every_row_says_why_in_a_few_words(said, facts):
    assert why(as_of=AS_OF, is_overdue=facts.pop("is_overdue", False), **facts) == said


@pytest.mark.parametrize(
    ("as_of", "tonight", "in_3", "in_7"),
    [
        (datetime(2026, 7, 8, 12), datetime(2026, 7, 8, 17), datetime(2026, 7, 13, 17), datetime(2026, 7, 17, 17)),
        # After hours on a Friday "tonight" is Monday's end; 3 July 2026 is a holiday.
        (datetime(2026, 7, 2, 18), datetime(2026, 7, 6, 17), datetime(2026, 7, 9, 17), datetime(2026, 7, 15, 17)),
    ],
)
def test_the_radar_looks_to_the_end_of_working_days(as_of, tonight, in_3, in_7):
    assert horizons(as_of, OFFICE) == {"tonight": tonight, "3": in_3, "7": in_7}


def test_the_end_of_a_working_day_is_named_as_the_day_it_is_of():
    assert due_by(datetime(2026, 7, 8, 17), datetime(2026, 7, 8, 12)) == "today"
    assert due_by(datetime(2026, 7, 9), datetime(2026, 7, 8, 12)) == "today"  # open around the clock
    assert due_by(datetime(2026, 7, 6, 17), datetime(2026, 7, 2, 18)) == "by Mon 17:00"


def test_a_calendar_that_never_closes_has_its_evening_at_midnight():
    always = load("los_angeles").calendars["always"]
    assert horizons(AS_OF, always)["tonight"] == datetime(2026, 7, 9)
    assert horizons(AS_OF, always)["3"] == datetime(2026, 7, 12)


@pytest.mark.parametrize(
    ("as_of", "evening"),
    [
        (datetime(2026, 7, 8, 8), datetime(2026, 7, 7, 17)),
        (datetime(2026, 7, 13, 8), datetime(2026, 7, 10, 17)),
        (datetime(2026, 7, 6, 8), datetime(2026, 7, 2, 17)),
    ],
)
def test_yesterday_evening_is_that_of_the_last_working_day(as_of, evening):
    assert evening_before(as_of, OFFICE) == evening


def test_points_are_whole_tenths():
    found = rate(safety=17, risk=1 / 3, asked=1, age=11)
    assert np.allclose(np.array(found) * 10, np.round(np.array(found) * 10))


def changed_profile(tmp_path: Path, before: str, after: str) -> Path:
    """Los Angeles' profile with one piece of text changed."""
    text = (FOLDER / "los_angeles.toml").read_text(encoding="utf-8")
    assert before in text
    path = tmp_path / "los_angeles.toml"
    path.write_text(text.replace(before, after), encoding="utf-8")
    return path


def test_a_profile_states_the_parts_and_the_words_of_status_enquiries():
    profile = load("los_angeles")
    assert profile.triage == Weights()
    assert profile.status_enquiries == ("status provided",)
    assert load("boston").triage == Weights()
    assert load("boston").status_enquiries == ()


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ("[triage]\nsafety = 40", "add up to 110; expected 100"),
        ("[triage]\nsafety = -1", "triage.safety is -1"),
        ("[triage]\nspeed = 1\nsafety = 30", "speed"),
    ],
)
def test_parts_that_cannot_be_are_refused_with_file_and_key(tmp_path, after, told):
    with pytest.raises(ValueError, match=told) as refused:
        load(changed_profile(tmp_path, "[triage]\nsafety = 30", after))
    assert "los_angeles.toml: triage" in str(refused.value)
