"""Goals tried on history for many types at once, and due dates that are not to be trusted; on both engines."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from db.model.filters import RequestFilter
from db.queries.goals import in_force, what_if
from db.queries.goals.what_if import Try, added_up
from db.rules.calendar import Calendar
from tests.builders import closed_request, moment, open_request

AS_OF = moment("Wed 2026-07-08 12:00")
ALWAYS = Calendar(name="always")
ALL = RequestFilter()

# Made in May and closed after 1, 2, 3 and 4 days; the goal in force is two days. The data begin in March.
POTHOLES = [
    open_request("2026-03-02 09:00", service_type="Other"),
    *(
        closed_request("2026-05-11 09:00", f"2026-05-{11 + days} 08:00", due="2026-05-13 09:00")
        for days in (1, 2, 3, 4)
    ),
]
TREES = [
    closed_request("2026-05-11 09:00", "2026-05-12 08:00", service_type="Tree"),
    open_request("2026-05-11 09:00", service_type="Tree"),
]


def test_a_tried_goal_is_set_beside_the_one_in_force(both):
    ask = both(POTHOLES)
    tries = (Try("Pothole", 3, "calendar_days", ALWAYS),)
    frame = added_up(ask(what_if.tried, ALL, as_of=AS_OF, tries=tries), "month")
    counts = ["due_count", "met_count", "missed_count", "today_met_count", "today_missed_count", "more_missed_count"]
    assert frame["month"].tolist() == [pd.Timestamp("2026-05-01")]
    assert frame[counts].to_numpy().tolist() == [[4, 3, 1, 2, 2, -1]]
    assert bool(frame["is_complete"][0])


def test_many_types_add_up_by_month_and_stand_apart_by_type(both):
    ask = both(POTHOLES + TREES)
    tries = (Try("Pothole", 1, "calendar_days", ALWAYS), Try("Tree", 1, "calendar_days", ALWAYS))
    found = ask(what_if.tried, ALL, as_of=AS_OF, tries=tries)
    months = added_up(found, "month")
    assert months[["due_count", "met_count", "more_missed_count"]].to_numpy().tolist() == [[6, 2, 2]]
    types = added_up(found, "service_type")
    assert types[["service_type", "due_count", "met_count", "today_due_count"]].to_numpy().tolist() == [
        ["Pothole", 4, 1, 4],
        ["Tree", 2, 1, 0],
    ]
    assert pd.isna(types["today_compliance"][1])
    with pytest.raises(ValueError, match='by "moon"'):
        added_up(found, "moon")


def test_nothing_tried_is_no_rows_with_all_columns(both):
    full = both(POTHOLES)(what_if.tried, ALL, as_of=AS_OF, tries=(Try("Pothole", 1, "hours", ALWAYS),))
    ask = both()
    empty = ask(what_if.tried, ALL, as_of=AS_OF, tries=())
    assert empty.empty
    assert list(empty.columns) == list(full.columns)
    assert list(added_up(empty, "month").columns) == list(added_up(full, "month").columns)


def test_the_quantile_goal_of_each_type(both):
    ask = both(POTHOLES + TREES)
    calendars = (("Pothole", ALWAYS), ("Tree", ALWAYS), ("Unheard of", ALWAYS))
    frame = ask(what_if.quantile_goals, ALL, as_of=AS_OF, share=0.75, unit="calendar_days", calendars=calendars)
    assert frame["amount"].tolist()[0] == 3
    assert frame["amount"].isna().tolist() == [False, True, True]


def test_odd_due_dates_are_counted(both):
    goal = {"goal_id": 1, "service_type": "Pothole", "amount": 2.0, "unit": "business_days", "calendar": "office"}
    ask = both(
        [
            open_request(due="2027-01-01 09:00", goal_id=1),
            open_request(due="2026-12-31 09:00", goal_id=1),
            open_request(due="2059-12-31 19:00", flags="due_far_away"),
            open_request(due="2026-01-01 19:00", flags="due_before_created"),
        ],
        goals=[goal | {"basis": "draft"}],
    )
    frame = ask(in_force.odd_due_dates, calendar_ends=(("office", date(2026, 12, 31)),))
    assert dict(zip(frame["oddity"], frame["request_count"], strict=True)) == {
        "due_before_created": 1,
        "due_far_away": 1,
        "beyond_holidays": 1,
    }
    assert ask(in_force.odd_due_dates)["request_count"].tolist() == [1, 1, 0]
    before = moment("Fri 2026-07-03 16:58")
    assert ask(in_force.odd_due_dates, as_of=before)["request_count"].tolist() == [0, 0, 0]


def test_due_dates_of_the_city_that_its_goal_would_not_give_are_counted(both):
    due = ("2026-05-13 09:00", "2026-05-13 09:00:30", "2026-05-13 10:00", "2026-05-20 09:00")
    rows = [
        *(closed_request("2026-05-11 09:00", "2026-05-12 08:00", due=at, due_source="city") for at in due),
        closed_request("2026-05-11 09:00", "2026-05-12 08:00", due="2026-05-20 09:00", due_source="computed"),
        closed_request("2026-05-11 09:00", "2026-05-12 08:00"),
    ]
    ask = both(rows)
    tries = (Try("Pothole", 3, "calendar_days", ALWAYS, today=(2.0, "calendar_days")), Try("Tree", 1, "hours", ALWAYS))
    frame = ask(what_if.dates_differ, ALL, as_of=AS_OF, tries=tries)
    assert frame.to_numpy().tolist() == [["Pothole", 4, 2, 0.5]]
    assert ask(what_if.dates_differ, ALL, as_of=AS_OF, tries=()).columns.tolist() == frame.columns.tolist()
