"""Inflow, throughput and the backlog over time, counted by hand, on both engines."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd
import pytest

from db.model.filters import Period, RequestFilter
from db.queries import flow
from db.queries.queue import backlog
from tests.builders import cancelled_request, closed_request, moment, open_request

AS_OF = moment("Wed 2026-07-08 12:00")
RESIDENTS = RequestFilter()


def rows() -> list[dict]:
    return [
        open_request("Wed 2026-06-24 09:00", due="Mon 2026-07-06 00:00"),
        open_request("Tue 2026-07-07 09:00", due="Tue 2026-07-07 00:00", due_by_day=True),
        open_request("Tue 2026-07-07 10:00", due="Tue 2026-07-07 08:00"),
        open_request("Wed 2026-07-08 12:01"),
        open_request("Wed 2026-07-08 11:00", is_proactive=True),
        closed_request("Mon 2026-06-29 09:00", "Tue 2026-07-07 23:59", due="Sun 2026-07-05 12:00"),
        closed_request("Mon 2026-07-06 09:00", "Mon 2026-07-06 09:00"),
        closed_request("Mon 2026-07-06 09:00", "Mon 2026-07-06 08:00"),
        closed_request("Mon 2026-07-06 09:00", "Wed 2026-07-08 12:30", due="Wed 2026-07-08 12:00"),
        closed_request("Mon 2026-07-06 09:00", None),
        cancelled_request("Sun 2026-07-05 09:00", "Tue 2026-07-07 09:00", due="Mon 2026-07-06 09:00"),
        cancelled_request("Sun 2026-07-05 09:00", None, status="duplicate", exclusion_reason="duplicate"),
    ]


def test_days_count_what_came_what_went_and_what_was_left(both):
    frame = both(rows())(flow.by_day, RESIDENTS, as_of=AS_OF, days=4)
    assert frame["day"].dt.strftime("%a %d").tolist() == ["Sun 05", "Mon 06", "Tue 07", "Wed 08"]
    assert frame["opened"].tolist() == [0, 4, 2, 0]
    assert frame["closed"].tolist() == [0, 1, 1, 0]
    assert frame["open_count"].tolist() == [3, 4, 4, 4]
    assert frame["overdue_count"].tolist() == [1, 3, 2, 4]


def test_each_day_ends_with_the_backlog_that_was_seen_then(both):
    ask = both(rows())
    frame = ask(flow.by_day, RESIDENTS, as_of=AS_OF, days=20)
    for day in frame.itertuples():
        seen = ask(backlog.totals, RESIDENTS, as_of=min(AS_OF, day.day + timedelta(days=1) - timedelta(microseconds=1)))
        assert (day.open_count, day.overdue_count) == (seen["open_count"][0], seen["overdue_count"][0]), day.day


def test_weeks_start_on_monday_with_the_first_request(both):
    frame = both(rows())(flow.by_week, RESIDENTS, as_of=AS_OF)
    assert frame["week_start"].dt.strftime("%a %m-%d").tolist() == ["Mon 06-22", "Mon 06-29", "Mon 07-06"]
    assert frame["inflow"].tolist() == [1, 1, 6]
    assert frame["throughput"].tolist() == [0, 0, 2]
    assert frame["net_change"].tolist() == [1, 1, 4]
    assert frame["open_at_end"].tolist() == [1, 3, 4]
    assert frame["overdue_at_end"].tolist() == [0, 1, 4]
    assert frame["is_complete"].tolist() == [False, True, False]


def test_a_period_gives_the_weeks_it_touches(both):
    filters = RequestFilter(period=Period("june", datetime(2026, 6, 28).date(), datetime(2026, 7, 1).date()))
    frame = both(rows())(flow.by_week, filters, as_of=AS_OF)
    assert frame["week_start"].dt.strftime("%a %m-%d").tolist() == ["Mon 06-22", "Mon 06-29"]
    assert frame["open_at_end"].tolist() == [1, 3]


def test_a_period_in_the_past_ends_with_the_backlog_of_then(both):
    rows = [
        open_request("Mon 2026-06-01 09:00"),
        closed_request("Tue 2026-06-02 09:00", "Tue 2026-07-07 09:00", due="Wed 2026-06-03 09:00"),
        open_request("Tue 2026-06-16 09:00"),
    ]
    filters = RequestFilter(period=Period("june", datetime(2026, 6, 1).date(), datetime(2026, 6, 15).date()))
    frame = both(rows)(flow.by_week, filters, as_of=AS_OF)
    assert frame[["open_at_end", "overdue_at_end"]].to_numpy().tolist() == [[2, 1], [2, 1]]


def test_weeks_after_the_last_day_of_the_data_are_not_told(both):
    rows = [open_request("Mon 2026-06-01 09:00"), open_request("Wed 2026-06-10 09:00")]
    frame = both(rows)(flow.by_week, RESIDENTS, as_of=AS_OF)
    assert frame["week_start"].dt.strftime("%m-%d").tolist() == ["06-01", "06-08"]
    assert frame["is_complete"].tolist() == [True, False]


def test_nothing_loaded_gives_quiet_days_and_no_weeks(both):
    ask = both()
    assert ask(flow.by_day, RESIDENTS, as_of=AS_OF, days=3)["opened"].tolist() == [0, 0, 0]
    weeks = ask(flow.by_week, RESIDENTS, as_of=AS_OF)
    assert weeks.empty
    assert weeks.columns.tolist() == [
        *("week_start", "inflow", "throughput", "net_change", "open_at_end", "overdue_at_end", "is_complete")
    ]
    assert pd.api.types.is_bool_dtype(weeks["is_complete"])
    with pytest.raises(ValueError, match="days 0 is under 1"):
        ask(flow.by_day, RESIDENTS, as_of=AS_OF, days=0)


def test_what_came_and_went_by_week_is_the_same_with_and_without_what_was_left(both):
    ask = both(rows())
    whole = ask(flow.by_week, RESIDENTS, as_of=AS_OF)
    moves = ask(flow.in_and_out, RESIDENTS, as_of=AS_OF)
    assert moves["inflow"].sum() == 8  # three open, five closed
    pd.testing.assert_frame_equal(moves, whole[list(moves.columns)])
