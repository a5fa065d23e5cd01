"""The documented bounds of the rules, each from both sides, where an example in the middle lets a shifted one pass."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pytest

from components.links import Options, parse
from db.rules import address
from db.rules import workload as rules
from db.rules.replay.work import NEVER, Work
from db.rules.survival import observe


def moments(*texts: str) -> np.ndarray:
    return np.array(texts, "datetime64[us]")


AS_OF = datetime(2026, 7, 1)


@pytest.mark.parametrize(
    ("ended", "is_event"),
    [("2026-06-30T23:59:59", True), ("2026-07-01T00:00:00", True), ("2026-07-01T00:00:01", False)],
)
def test_a_closing_at_the_moment_described_is_a_closing(ended: str, is_event: bool) -> None:
    seen = observe(moments("2026-06-01"), moments(ended), AS_OF)
    assert seen.is_event.tolist() == [is_event]


@pytest.mark.parametrize(
    ("ended", "is_seen"),
    [("2026-06-20T23:59:59", False), ("2026-06-21T00:00:00", False), ("2026-06-21T00:00:01", True)],
)
def test_what_was_gone_when_the_window_began_is_not_seen(ended: str, is_seen: bool) -> None:
    seen = observe(moments("2026-06-01"), moments(ended), AS_OF, window_days=10)
    assert len(seen.is_event) == int(is_seen)


@pytest.mark.parametrize(("loaded_weeks", "is_lower_bound"), [(12, True), (13, False), (14, False)])
def test_capacity_needs_thirteen_loaded_weeks(loaded_weeks: int, is_lower_bound: bool) -> None:
    backlog = np.where(np.arange(30) < 30 - loaded_weeks, 0.0, 500.0)
    found = rules.demonstrated_capacity(np.full(30, 70.0), np.full(30, 10.0), backlog)
    assert (found.loaded_weeks, found.is_lower_bound) == (loaded_weeks, is_lower_bound)


@pytest.mark.parametrize(("waiting", "is_loaded"), [(69.9, False), (70.0, True)])
def test_a_week_is_loaded_from_a_weeks_work_waiting(waiting: float, is_loaded: bool) -> None:
    found = rules.demonstrated_capacity(np.full(30, 70.0), np.full(30, 10.0), np.full(30, waiting))
    assert found.loaded_weeks == (30 if is_loaded else 0)


@pytest.mark.parametrize(("served", "is_met"), [(99, True), (100, True), (101, False), (-1, False)])
def test_served_at_its_due_second_is_met(served: int, is_met: bool) -> None:
    one = np.array([0])
    work = Work(
        created=one,
        due=np.array([100]),
        closed=np.array([NEVER]),
        type_code=one,
        is_fixed=np.array([False]),
        is_judged=np.array([True]),
        is_met=np.array([False]),
        usual_seconds=np.array([100.0]),
        danger_grade=one,
    )
    assert work.met_if(np.array([served])).tolist() == [is_met]


@pytest.mark.parametrize(
    ("number", "ordinal"),
    [
        *((1, "1ST"), (2, "2ND"), (3, "3RD"), (4, "4TH"), (9, "9TH"), (10, "10TH"), (11, "11TH"), (12, "12TH")),
        *((13, "13TH"), (19, "19TH"), (20, "20TH"), (21, "21ST"), (22, "22ND"), (23, "23RD"), (101, "101ST")),
        *((111, "111TH"), (112, "112TH"), (113, "113TH"), (121, "121ST"), (110, "110TH"), (120, "120TH")),
    ],
)
def test_a_numbered_street_has_one_spelling(number: int, ordinal: str) -> None:
    bare, spelled = address.normalise(f"100 W {number} ST"), address.normalise(f"100 W {ordinal} ST")
    assert bare is not None
    assert bare == spelled
    assert f" {ordinal} ST" in bare.norm


@pytest.mark.parametrize(
    ("as_of", "is_taken"), [("2026-07-10T12:29", True), ("2026-07-10T12:30", True), ("2026-07-10T12:31", False)]
)
def test_a_link_may_name_the_newest_moment_and_none_after_it(as_of: str, is_taken: bool) -> None:
    newest = datetime(2026, 7, 10, 12, 30)
    options = Options(lists={}, default_goals="working", first_day=date(2026, 1, 1), default_as_of=newest, now=newest)
    assert (parse({"as_of": [as_of]}, options).problems == ()) is is_taken
