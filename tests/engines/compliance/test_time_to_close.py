"""Time to close and goals tried on history, on both engines."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from lifelines import AalenJohansenFitter, KaplanMeierFitter

from db.model.filters import RequestFilter
from db.queries.compliance import time_to_close
from db.rules.calendar import Calendar
from tests.builders import cancelled_request, closed_request, moment, open_request

AS_OF = moment("Wed 2026-07-08 12:00")
MADE = moment("Wed 2026-06-24 12:00")
ALL = RequestFilter()
ALWAYS = Calendar(name="always")


def closed_after(hours: float, **changes) -> dict:
    return closed_request(MADE, MADE + timedelta(hours=hours), **changes)


def test_requests_are_counted_by_how_they_ended_to_the_second_under_three_days(both):
    ask = both(
        [
            closed_after(0),
            closed_after(0.05),
            closed_after(30.5),
            closed_after(30.2, outcome="referred", status="referred"),
            closed_after(250, outcome=None),
            cancelled_request(MADE, MADE + timedelta(hours=250)),
            closed_after(400),
            open_request(MADE),
            closed_request(MADE, None),
            closed_request("Wed 2026-06-24 12:00", "Wed 2026-06-24 00:00", closed_by_day=True, service_type="Light"),
        ]
    )
    frame = ask(time_to_close.durations, ALL, as_of=AS_OF)
    counts = ["service_type", "done_count", "other_end_count", "open_count"]
    assert frame[counts].to_numpy().tolist() == [
        ["Light", 1, 0, 0],
        ["Pothole", 1, 0, 0],
        ["Pothole", 1, 0, 0],
        ["Pothole", 0, 1, 0],
        ["Pothole", 1, 0, 0],
        ["Pothole", 0, 2, 0],
        ["Pothole", 0, 0, 2],
    ]
    assert frame["hours"].tolist() == pytest.approx([0, 0, 0.05, 30.2, 30.5, 252, 348])


def test_the_median_agrees_with_a_survival_library(both):
    random = np.random.default_rng(4)
    hours = random.exponential(60, 300)
    kinds = random.choice(["closed", "left", "open"], 300, p=[0.7, 0.1, 0.2])
    rows = []
    for length, kind in zip(hours, kinds, strict=True):
        if kind == "open":
            rows.append(open_request(AS_OF - timedelta(hours=length)))
        else:
            changes = {} if kind == "closed" else {"outcome": "administrative"}
            rows.append(closed_after(length, **changes))
    found = both(rows)(time_to_close.time_to_close, ALL, as_of=AS_OF).iloc[0]
    any_end = KaplanMeierFitter().fit(hours, kinds != "open")
    work = AalenJohansenFitter(calculate_variance=False)
    work.fit(hours, np.select([kinds == "closed", kinds == "left"], [1, 2], 0), event_of_interest=1)
    incidence = work.cumulative_density_.iloc[:, 0]
    left = any_end.survival_function_.iloc[:, 0]
    assert found["median_days"] * 24 == pytest.approx(left[left <= 0.5].index[0], abs=1 / 3600)
    assert found["p90_days"] * 24 == pytest.approx(left[left <= 0.1].index[0], abs=0.51)  # by the hour from 3 days on
    assert found["work_median_days"] * 24 == pytest.approx(incidence[incidence >= 0.5].index[0], abs=0.51)
    assert found["work_share_most"] >= incidence.iloc[-1] - 1e-9
    assert found["other_end_share"] == (kinds == "left").mean()


def test_where_most_end_otherwise_fewer_than_half_are_ever_done(both):
    rows = [closed_after(5), *[closed_after(5 + place, outcome="administrative") for place in range(1, 6)]]
    found = both(rows)(time_to_close.time_to_close, ALL, as_of=AS_OF).iloc[0]
    assert np.isnan(found["work_median_days"])
    assert found["work_share_most"] == pytest.approx(1 / 6)
    assert found["median_days"] * 24 == pytest.approx(7, abs=1 / 3600)


def test_a_quantile_that_is_not_reached_is_not_a_number(both):
    ask = both([closed_after(24), open_request(MADE), open_request(MADE)])
    found = ask(time_to_close.time_to_close, ALL, as_of=AS_OF).iloc[0]
    assert np.isnan(found["median_days"])
    assert found["longest_days"] == 14.5
    assert ask(time_to_close.time_to_close, RequestFilter(departments=("X",)), as_of=AS_OF).empty


def test_a_tried_goal_is_judged_by_month_beside_the_goal_in_force(both):
    ask = both(
        [
            closed_request("Mon 2026-05-04 09:00", "Wed 2026-05-06 09:00", due="Tue 2026-05-05 09:00"),
            closed_request("Mon 2026-05-04 09:00", "Wed 2026-05-06 09:01", due="Tue 2026-05-05 09:00"),
            open_request("Mon 2026-06-29 09:00", due="Thu 2026-07-02 09:00"),
            open_request("Tue 2026-07-07 09:00", due="Wed 2026-07-08 09:00"),
            closed_request("Mon 2026-05-04 09:00", None, due="Tue 2026-05-05 09:00"),
            open_request("Mon 2026-04-27 09:00", service_type="Tree"),
        ]
    )
    frame = ask(
        time_to_close.what_if_goal,
        ALL,
        as_of=AS_OF,
        service_type="Pothole",
        amount=2,
        unit="calendar_days",
        calendar=ALWAYS,
    )
    assert frame["month"].dt.strftime("%Y-%m").tolist() == ["2026-05", "2026-07"]
    assert frame[["due_count", "met_count", "missed_count"]].to_numpy().tolist() == [[2, 1, 1], [1, 0, 1]]
    assert frame[["today_due_count", "today_met_count"]].to_numpy().tolist() == [[2, 0], [2, 0]]
    assert frame["compliance"].tolist() == [0.5, 0.0]
    assert frame["is_complete"].tolist() == [True, False]
    with pytest.raises(ValueError, match="amount -1"):
        ask(
            time_to_close.what_if_goal,
            ALL,
            as_of=AS_OF,
            service_type="Pothole",
            amount=-1,
            unit="hours",
            calendar=ALWAYS,
        )


def test_the_goal_in_force_is_put_on_the_same_requests_as_the_goal_tried(both):
    made = {"created": "Mon 2026-05-04 09:00", "closed": "Thu 2026-05-07 09:00"}
    ask = both([closed_request(**made, due="Fri 2026-05-29 09:00"), closed_request(**made)])
    named = {"as_of": AS_OF, "service_type": "Pothole", "amount": 4, "unit": "calendar_days", "calendar": ALWAYS}
    counts = ["due_count", "met_count", "today_due_count", "today_met_count"]
    stands, anew = (
        ask(time_to_close.what_if_goal, ALL, **named, today=today) for today in (None, (2.0, "calendar_days"))
    )
    assert stands[counts].to_numpy().tolist() == [[2, 2, 1, 1]]
    assert anew[counts].to_numpy().tolist() == [[2, 2, 2, 0]]


def test_a_type_without_requests_has_no_months_and_no_quantile(both):
    ask = both()
    named = {"as_of": AS_OF, "service_type": "Pothole", "unit": "hours", "calendar": ALWAYS}
    assert ask(time_to_close.what_if_goal, ALL, amount=2, **named).empty
    assert ask(time_to_close.quantile_goal, ALL, share=0.8, **named)["amount"].isna().all()


def test_the_quantile_goal_is_the_smallest_that_enough_would_have_met(both):
    ask = both([closed_after(24 * days) for days in (1, 2, 3, 4, 10)])
    named = {"as_of": AS_OF, "service_type": "Pothole", "unit": "calendar_days", "calendar": ALWAYS}
    found = ask(time_to_close.quantile_goal, ALL, share=0.8, **named)
    assert found.iloc[0].tolist() == ["Pothole", "calendar_days", 0.8, 4.0, 5, 4]
    with pytest.raises(ValueError, match="share 80 must be between 0 and 1"):
        ask(time_to_close.quantile_goal, ALL, share=80, **named)


def test_a_month_before_which_too_little_is_known_is_not_whole(both):
    rows = [closed_request(f"2026-0{month}-05 09:00", f"2026-0{month}-06 09:00") for month in (3, 4, 5, 6)]
    frame = both(rows)(
        time_to_close.what_if_goal,
        ALL,
        as_of=AS_OF,
        service_type="Pothole",
        amount=30,
        unit="calendar_days",
        calendar=ALWAYS,
    )
    months = dict(zip(frame["month"].dt.month, frame["is_complete"].tolist(), strict=True))
    assert months == {4: False, 5: True, 6: True, 7: False}


def test_one_due_date_far_away_makes_no_month_incomplete(both):
    rows = [
        *(closed_request(f"2026-05-0{day} 09:00", due=f"2026-05-0{day + 2} 09:00") for day in (4, 5, 6)),
        open_request("2026-05-05 09:00", due="2059-12-31 19:00"),
    ]
    named = {"service_type": "Pothole", "amount": 1, "unit": "calendar_days", "calendar": ALWAYS}
    frame = both([*rows, closed_request("2026-01-05 09:00")])(time_to_close.what_if_goal, ALL, as_of=AS_OF, **named)
    assert bool(frame.set_index("month").loc["2026-05-01", "is_complete"])


def test_a_due_day_is_due_when_it_is_over(both):
    day = {"due": "Wed 2026-07-08 00:00", "due_by_day": True}
    over = {"due": "Tue 2026-07-07 00:00", "due_by_day": True}
    rows = [
        open_request("Mon 2026-07-06 09:00", **day),
        closed_request("Mon 2026-07-06 09:00", "Tue 2026-07-07 15:00", **over),
        open_request("Mon 2026-07-06 09:00", **over),
    ]
    named = {"service_type": "Pothole", "amount": 1, "unit": "calendar_days", "calendar": ALWAYS}
    row = both(rows)(time_to_close.what_if_goal, ALL, as_of=AS_OF, **named).iloc[0]
    assert row[["today_due_count", "today_met_count"]].tolist() == [2, 1]
    assert row[["due_count", "met_count"]].tolist() == [3, 0]  # the goal tried is counted from a moment


def test_a_goal_tried_on_requests_known_to_the_day_is_judged_by_the_day(both):
    made = {"created": "Tue 2026-07-07 00:00", "created_by_day": True}
    rows = [open_request(**made), closed_request(closed="Wed 2026-07-08 11:00", **made)]
    named = {"service_type": "Pothole", "amount": 1, "unit": "calendar_days", "calendar": ALWAYS}
    ask = both(rows)
    assert ask(time_to_close.what_if_goal, ALL, as_of=AS_OF, **named).empty
    after = ask(time_to_close.what_if_goal, ALL, as_of=moment("Thu 2026-07-09 00:00"), **named).iloc[0]
    assert after[["due_count", "met_count"]].tolist() == [2, 1]
