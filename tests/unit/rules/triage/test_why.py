"""The reason of a stop in words that fit. As of Wednesday 8 July 2026 12:00."""

from __future__ import annotations

from datetime import datetime
from itertools import product
from typing import Any

import pytest

from db.rules.triage.plan import CAN_BE_KEPT, CHECK_EXISTS, DANGER, LATE
from db.rules.triage.why import REASON_MOST, WHY_MOST, Standing, days, why

AS_OF = datetime(2026, 7, 8, 12)


def said(lane: int, **named: Any) -> str:
    usual = {"created": datetime(2026, 7, 6, 9), "reported": datetime(2026, 7, 6, 9)}
    return why(Standing(lane, **(usual | named)), AS_OF)


def due(text: str, **named: Any) -> dict[str, Any]:
    moment = datetime.fromisoformat(text)
    return {"due": moment, "overdue_from": moment} | named


def test_a_danger_says_what_it_does_and_when_it_was_reported():
    assert said(DANGER, danger="signal may be dark") == "Danger: signal may be dark; reported 2 days ago"
    today = {"reported": datetime(2026, 7, 8, 7, 58), "danger": "may fall", "is_asked_again": True}
    assert said(DANGER, **today) == "Danger: may fall; reported today 07:58; asked again"
    assert (
        said(DANGER, danger="may fall", **due("2026-07-07 12:00"))
        == "Danger: may fall; reported 2 days ago; 1 day late"
    )


def test_what_can_be_kept_says_when_it_is_due_and_how_such_ones_end():
    assert said(CAN_BE_KEPT, **due("2026-07-08 17:00", breach_risk=0.74)) == "Due today 17:00; 74% of such are late"
    assert said(CAN_BE_KEPT, **due("2026-07-09 08:30", is_asked_again=True)) == "Due tomorrow 08:30; asked again"
    assert said(CAN_BE_KEPT, **due("2026-07-10 00:00", is_day_only=True)) == "Due Fri"
    assert said(CAN_BE_KEPT, **due("2027-01-04 12:00")) == "Due Mon 4 Jan 2027 12:00"


def test_what_is_late_says_by_how_much_and_never_how_many_times_its_goal():
    late = due("2024-07-08 12:00", usual_days=0.04, created=datetime(2024, 7, 8), request_count=3)
    assert said(LATE, **late) == "730 days late; 3 requests"
    assert said(LATE, **due("2026-07-08 09:00")) == "3 hours late"


def test_without_a_goal_the_usual_time_stands_beside_the_age():
    assert said(LATE, usual_days=1.5) == "No goal, open 2 days; half take under 1 day"
    assert said(LATE) == "No goal, open 2 days"


def test_what_may_not_exist_says_from_when_on_few_are_closed():
    old = {"created": datetime(2024, 7, 27), "stale_days": 180.0}
    assert said(CHECK_EXISTS, **old) == "Open 711 days; past 180 days few are ever closed"


@pytest.mark.parametrize("lane", [DANGER, CAN_BE_KEPT, LATE, CHECK_EXISTS])
def test_no_reason_is_longer_than_fits(lane):
    for danger, again, count, risk, moment in product(
        ("x" * REASON_MOST,), (True, False), (1, 500), (0.5, float("nan")), ("2027-12-23 23:59", "1999-01-01", None)
    ):
        more = due(moment) if moment else {}
        text = said(
            lane,
            danger=danger,
            is_asked_again=again,
            request_count=count,
            breach_risk=risk,
            usual_days=12345.0,
            stale_days=9999.0,
            created=datetime(1999, 1, 1),
            reported=datetime(1999, 1, 1),
            **more,
        )
        assert 0 < len(text) <= WHY_MOST, text


def test_stretches_of_days_in_words():
    assert [days(number) for number in (-1, 0.01, 0.05, 0.5, 1.9, 1234.5)] == [
        "under an hour",
        "under an hour",
        "1 hour",
        "12 hours",
        "1 day",
        "1,234 days",
    ]
