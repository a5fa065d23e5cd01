"""Breach risk of open requests, by hand and on the histories that a curve cannot judge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Connection

from db.model.filters import RequestFilter
from db.queries.queue import risk
from db.rules.calibration import NONE
from tests.builders import cancelled_request, closed_request, moment, open_request

AS_OF = moment("Wed 2026-07-08 12:00")
RESIDENTS = RequestFilter()


def history(closings: int, goal_days: float | None = None, **changes: Any) -> Iterator[dict[str, Any]]:
    """Potholes of the last weeks, one an hour, the n-th closed after 1 + n % 10 days."""
    for number in range(closings):
        created = AS_OF - timedelta(days=11, hours=number)
        due = None if goal_days is None else created + timedelta(days=goal_days)
        yield closed_request(created, created + timedelta(days=1 + number % 10), due=due, **changes)


def bare_risk(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """The risk of the one open request as the curves alone say it."""
    curves = risk.curves(connection, as_of=risk.curves_moment(as_of))
    bare = replace(curves, calibrations=(NONE, NONE))
    found = risk.of_open(connection, filters, as_of=as_of, using=bare)
    return found[found["sr_number"] == "open"][["breach_risk"]].reset_index(drop=True)


def one_open(age_days: float, due_in_days: float | None, **changes: Any) -> dict[str, Any]:
    due = None if due_in_days is None else AS_OF + timedelta(days=due_in_days)
    return open_request(AS_OF - timedelta(days=age_days), due=due, sr_number="open", **changes)


def asked(both: Any, rows: list[dict[str, Any]], as_of: datetime = AS_OF) -> tuple[float, int]:
    found = both(rows)(risk.of_open, RESIDENTS, as_of=as_of).set_index("sr_number").loc["open"]
    return float(found["breach_risk"]), int(found["risk_level"])


def test_the_risk_is_the_share_still_open_at_the_due_age_of_those_still_open_now(both):
    # One in ten is closed after each whole day: of those open after 2.5 days (8 in 10) 4 in 10 are open after 6.5.
    found, level = asked(both, [*history(200), one_open(2.5, 4)])
    assert found == pytest.approx(4 / 8, abs=0.02)
    assert level == 0


@pytest.mark.parametrize(("closings", "level"), [(10, -1), (199, -1), (200, 0)])
def test_a_type_with_few_closings_in_its_history_has_no_risk(both, closings, level):
    assert asked(both, [*history(closings), one_open(2.5, 4)])[1] == level


def test_a_request_older_than_any_closing_has_no_risk(both):
    found, level = asked(both, [*history(250), one_open(150, 4)])
    assert (found != found, level) == (True, -1)


def test_a_thin_district_is_judged_by_its_department_and_a_thin_department_by_the_type(both):
    elsewhere = list(history(250, council_district="4"))
    assert asked(both, [*elsewhere, one_open(2.5, 4, council_district="9")])[1] == 1
    assert asked(both, [*elsewhere, one_open(2.5, 4, department="LASAN")])[1] == 2
    assert asked(both, [*elsewhere, one_open(2.5, 4, service_type="Flooding")])[1] == -1


def test_a_type_without_curve_is_judged_by_its_department_with_as_long_a_goal_then_by_all_with_such_a_goal(both):
    promised = list(history(250, goal_days=7))
    assert asked(both, [*promised, one_open(2.5, 4, service_type="Flooding")])[1] == 3
    assert asked(both, [*promised, one_open(2.5, 4, service_type="Flooding", department="LASAN")])[1] == 4
    assert asked(both, [*promised, one_open(2.5, 40, service_type="Flooding")])[1] == -1
    found, _ = asked(both, [*promised, one_open(2.5, 4, service_type="Flooding")])
    assert 0 < found < 1


def test_what_came_of_the_last_weeks_risks_corrects_todays(both):
    """Until a month ago one in ten was closed a day; since then each on its second day. The curve still remembers."""
    slow = [row for row in history(1500, goal_days=5) if row["created_at"] < AS_OF - timedelta(days=40)]
    quick = [
        closed_request(created, created + timedelta(hours=47), due=created + timedelta(days=5))
        for created in (AS_OF - timedelta(days=38) + timedelta(hours=number) for number in range(34 * 24))
    ]
    by_curve = asked(both, [*slow, one_open(1.5, 3.5)])[0]
    corrected = asked(both, [*slow, *quick, one_open(1.5, 3.5)])[0]
    uncorrected = both([*slow, *quick, one_open(1.5, 3.5)])(bare_risk, RESIDENTS, as_of=AS_OF)["breach_risk"].item()
    assert corrected < uncorrected < by_curve


def test_without_a_goal_or_once_overdue_there_is_no_risk_to_show(both):
    for due_in in (None, -1.0, 0.0):
        found, level = asked(both, [*history(250), one_open(2.5, due_in)])
        assert (found != found, level) == (True, -1)


def test_nothing_at_all_has_no_risk(both):
    ask = both()
    assert ask(risk.of_open, RESIDENTS, as_of=AS_OF).empty
    judged = ask(risk.came_true, RESIDENTS, as_of=AS_OF)
    assert len(judged) == 10
    assert judged["judged_count"].tolist() == [0] * 10


def test_a_cancelled_request_counts_as_gone_and_one_closed_without_a_time_not_at_all(both):
    untimed = [closed_request(AS_OF - timedelta(days=20), closed=None, closed_on_time=None) for _ in range(300)]
    assert asked(both, [*history(200), *untimed, one_open(2.5, 4)])[0] == pytest.approx(0.5, abs=0.02)
    cancelled = [cancelled_request(row["created_at"], row["closed_at"]) for row in history(200)]
    assert asked(both, [*cancelled, one_open(2.5, 4)])[0] == pytest.approx(0.5, abs=0.02)


def test_a_due_day_is_missed_when_the_day_is_over(both):
    # Due at midnight with only the day known: until the end of that day, not its start.
    day = one_open(2.5, 0.5, due_by_day=True)
    day["due_at"] = moment("Wed 2026-07-08")
    found, level = asked(both, [*history(250), day])
    assert level == 0
    assert 0 < found <= 1


def test_clocks_that_run_backwards_between_two_loads_only_tell_less(both):
    # Rows of a later load, seen from an earlier moment: what was created since does not exist, what closed is open.
    rows = [*history(400), one_open(2.5, 4)]
    back = AS_OF - timedelta(days=1)
    assert asked(both, rows, back)[1] == 0
    early = both(rows)(risk.of_open, RESIDENTS, as_of=AS_OF - timedelta(days=15))
    assert "open" not in early["sr_number"].tolist()


def test_last_months_risks_are_held_against_what_happened(both):
    then = AS_OF - timedelta(days=30)
    shift = timedelta(days=30)
    past = [
        row | {"created_at": row["created_at"] - shift, "closed_at": row["closed_at"] - shift} for row in history(250)
    ]
    numbers = count()
    due = then + timedelta(days=4)
    open_then = [
        closed_request(
            then - timedelta(days=2, hours=12), due + timedelta(hours=hours), due=due, sr_number=f"{next(numbers)}"
        )
        for hours in (-24, -24, -24, 24)
    ]
    still = open_request(then - timedelta(days=2, hours=12), due=due, sr_number="still")
    judged = both([*past, *open_then, still])(risk.came_true, RESIDENTS, as_of=AS_OF)
    (row,) = judged[judged["request_count"] > 0].to_dict("records")
    assert (row["request_count"], row["missed_count"], row["observed_share"]) == (5, 2, 0.4)
    assert row["predicted_share"] == pytest.approx(0.5, abs=0.02)
    assert (row["judged_count"], row["unshown_count"]) == (5, 0)
    assert row["brier_base"] == pytest.approx(0.24)
