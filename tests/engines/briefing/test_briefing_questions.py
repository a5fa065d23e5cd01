"""What a briefing is made of, counted by hand on both engines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from db.model.filters import Period, RequestFilter
from db.queries.briefing import coverage, findings, overdue, promises
from db.rules.errors import DeskError
from tests.builders import closed_request, open_request

MONDAY = datetime(2026, 7, 6)  # the stretch is the week before it
FILTERS = RequestFilter(goals="working", period=Period("week", date(2026, 6, 29), date(2026, 7, 6)))
Fill = Callable[..., Callable[..., Any]]


def weeks(service_type: str, counts: list[int], shares: list[float], **given: Any) -> list[dict[str, Any]]:
    """So many made in each week up to the stretch, due on its Friday, and of these the share closed by then."""
    rows = []
    for back, (count, share) in enumerate(zip(reversed(counts), reversed(shares), strict=True), start=1):
        monday = MONDAY - timedelta(weeks=back)
        for number in range(count):
            made = monday + timedelta(days=number % 4, hours=9)
            values = {"due": monday + timedelta(days=4, hours=12), "service_type": service_type, **given}
            values["sr_number"] = f"{service_type}-{given.get('department', '')}-{back}-{number}"
            is_kept = number < round(share * count)
            rows.append(
                closed_request(made, made + timedelta(hours=5), **values) if is_kept else open_request(made, **values)
            )
    return rows


def busy(number: int, last: int = 40) -> list[int]:
    return [*np.random.default_rng(number).poisson(40, 19).tolist(), last]


def test_a_fall_is_found_with_its_type_as_the_reason(both: Fill) -> None:
    rows = [
        *weeks("Pothole Repair", busy(1), [0.8] * 19 + [0.2], department="BSS", council_district="1"),
        *weeks("Sidewalk Repair", busy(2), [0.8] * 20, department="BSS", council_district="2"),
        *weeks("Graffiti Removal", busy(3), [0.8] * 20, department="OCB", council_district="2"),
    ]
    frame = both(rows)(findings.findings, FILTERS, as_of=MONDAY)
    first = frame[frame["is_first"]].iloc[0]
    assert (first["by"], first["key"], first["measure"], first["against"]) == (
        "department",
        "BSS",
        "compliance",
        "before",
    )
    assert first["now"] == pytest.approx(0.5, abs=0.02)
    assert (first["reason"], first["reason_key"]) == ("one_type", "Pothole Repair")
    assert first["reason_now"] == pytest.approx(0.2)
    assert first["low"] < first["change"] < first["high"] < 0
    inside = frame[(frame["branch"] == first["branch"]) & ~frame["is_first"]]
    assert "Pothole Repair" in set(inside["key"])


def test_a_goal_that_changed_is_named_with_its_day(both: Fill) -> None:
    rows = [
        *weeks("Pothole Repair", busy(1), [0.8] * 19 + [0.2], department="BSS"),
        *weeks("Graffiti Removal", busy(3), [0.8] * 20, department="OCB"),
    ]
    goals = [
        goal(1, "Pothole Repair", 10, None),
        goal(2, "Pothole Repair", 3, date(2026, 6, 22)),
    ]
    frame = both(rows, goals=goals)(findings.findings, FILTERS, as_of=MONDAY)
    row = frame[frame["measure"] == "compliance"].iloc[0]
    assert (row["reason"], row["reason_key"]) == ("goal_changed", "Pothole Repair")
    assert row["reason_words"] == "22 June 2026|10 business days|3 business days"


def test_a_department_in_a_briefing_of_its_own_stands_beside_all_others(both: Fill) -> None:
    rows = [
        *weeks("Street Light", busy(1), [0.2] * 20, department="BSL"),
        *weeks("Graffiti Removal", busy(3), [0.8] * 20, department="OCB"),
    ]
    frame = both(rows)(findings.findings, replace(FILTERS, departments=("BSL",)), as_of=MONDAY)
    row = frame.iloc[0]
    assert (row["measure"], row["key"], len(frame)) == ("level", "BSL", 1)
    assert (row["now"], row["usual"]) == pytest.approx((0.2, 0.8), abs=0.01)


def goal(number: int, service_type: str, amount: float, day: date | None) -> dict[str, Any]:
    return {
        **{"goal_id": number, "service_type": service_type, "amount": amount, "unit": "business_days"},
        **{"calendar": "office", "effective_on": day, "basis": "draft", "citation": None, "adopted_by": None},
        **{"adopted_on": None, "withdrawn_on": None},
    }


def test_a_mass_closure_is_the_reason_of_a_jump_of_closings(both: Fill) -> None:
    steady = weeks("Pothole Repair", busy(1), [1.0] * 20, department="BSS", resolution_code="A")
    old = [
        closed_request(
            MONDAY - timedelta(days=200 + number % 3),
            MONDAY - timedelta(days=3),
            service_type="Pothole Repair",
            department="BSS",
            resolution_code="A",
            sr_number=f"old-{number}",
        )
        for number in range(300)
    ]
    frame = both([*steady, *old])(findings.findings, FILTERS, as_of=MONDAY)
    row = frame[frame["measure"] == "throughput"].iloc[0]
    assert row["reason"] == "mass_closure"
    assert 300 <= row["reason_now"] < 320  # that day, with what was closed on it besides


def test_no_rows_and_one_request_say_nothing_and_have_every_column(both: Fill) -> None:
    for rows in ([], [open_request(MONDAY - timedelta(days=5))]):
        ask = both(rows)
        assert list(ask(findings.findings, FILTERS, as_of=MONDAY).columns) == list(findings.COLUMNS)
        assert ask(findings.findings, FILTERS, as_of=MONDAY).empty
        assert len(ask(coverage.figures, FILTERS, as_of=MONDAY)) == 5


def test_a_period_without_a_whole_week_is_refused(both: Fill) -> None:
    days = Period("days", date(2026, 6, 30), date(2026, 7, 6))
    with pytest.raises(DeskError, match="no whole week"):
        both([])(findings.findings, replace(FILTERS, period=days), as_of=MONDAY)


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (lambda rows: rows, "whole"),
        (
            lambda rows: [
                r for r in rows if not MONDAY - timedelta(days=6) <= r["created_at"] < MONDAY - timedelta(days=5)
            ],
            "half_loaded",
        ),
        (lambda rows: [r for r in rows if r["created_at"] < MONDAY - timedelta(days=4)], "not_over"),
        (lambda rows: [r for r in rows if r["created_at"] >= MONDAY - timedelta(days=6)], "begins_within"),
    ],
)
def test_a_week_that_is_not_whole_is_known_for_what_it_is(both: Fill, change: Any, state: str) -> None:
    rows = [
        open_request(MONDAY - timedelta(days=day, hours=-8), sr_number=f"{day}-{number}")
        for day in range(1, 100)
        for number in range(12)
    ]
    row = both(change(rows))(coverage.coverage, FILTERS, as_of=MONDAY).iloc[0]
    assert row["state"] == state


@pytest.mark.parametrize(("start", "state"), [("2026-01-05", "before_the_data"), ("2026-07-20", "beyond_the_data")])
def test_a_week_outside_the_data_is_known_for_what_it_is(both: Fill, start: str, state: str) -> None:
    rows = [open_request(MONDAY - timedelta(days=day)) for day in range(1, 60)]
    first = date.fromisoformat(start)
    filters = replace(FILTERS, period=Period("week", first, first + timedelta(days=7)))
    assert both(rows)(coverage.coverage, filters, as_of=MONDAY)["state"].iloc[0] == state


def test_the_five_figures_are_those_counted_by_hand(both: Fill) -> None:
    rows = [
        closed_request("Mon 2026-06-29 09:00", "Tue 2026-06-30 09:00", due="Wed 2026-07-01 09:00", sr_number="kept"),
        open_request("Mon 2026-06-29 10:00", due="Thu 2026-07-02 09:00", sr_number="missed"),
        open_request("Mon 2026-06-15 10:00", due="Wed 2026-06-17 09:00", sr_number="before"),
    ]
    frame = both(rows)(coverage.figures, FILTERS, as_of=MONDAY).set_index("figure")
    assert frame["now"].to_dict() == pytest.approx(
        {"compliance": 0.5, "overdue_count": 2, "inflow": 2, "throughput": 1, "asked_again_share": float("nan")},
        nan_ok=True,
    )
    assert frame.loc["compliance", "now_count"] == 2
    assert frame["usual"].isna().all()  # the data begin two weeks before


def test_what_is_overdue_longest_comes_first_and_few_come_last(both: Fill) -> None:
    def late(service_type: str, days: float, count: int) -> list[dict[str, Any]]:
        due = MONDAY - timedelta(days=days)
        return [
            open_request(due - timedelta(days=1), due=due, service_type=service_type, sr_number=f"{service_type}{n}")
            for n in range(count)
        ]

    frame = both([*late("Short", 3, 30), *late("Long", 90, 31), *late("Few", 400, 2)])(
        overdue.longest, FILTERS, as_of=MONDAY
    )
    assert frame["service_type"].tolist() == ["Long", "Short", "Few"]
    assert frame["median_overdue_days"].tolist() == pytest.approx([90, 3, 400])
    assert frame["is_small"].tolist() == [False, False, True]


def test_what_a_promise_is_measured_by(both: Fill) -> None:
    rows = [
        closed_request("Mon 2026-06-29 09:00", "Tue 2026-06-30 09:00", due="Wed 2026-07-01 09:00"),
        open_request("Mon 2026-06-29 10:00", due="Thu 2026-07-02 09:00"),
        open_request("Fri 2026-07-03 10:00", due="Thu 2026-07-16 09:00"),
    ]
    ask = both(rows)
    every = {"department": "", "service_type": "", "goals": "working", "as_of": MONDAY}
    found = {
        figure: ask(promises.measured, figure=figure, **every).iloc[0].tolist()
        for figure in ("compliance", "overdue_count", "open_count")
    }
    assert found == {"compliance": [0.5, 2], "overdue_count": [1, 2], "open_count": [2, 2]}
    with pytest.raises(ValueError, match="happiness"):
        ask(promises.measured, figure="happiness", **every)
    assert ask(promises.measured, figure="open_count", **every | {"department": "LASAN"}).iloc[0].tolist() == [0, 0]
