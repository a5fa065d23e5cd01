"""The backlog, counted by hand, on both engines."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from db.model.filters import RequestFilter
from db.queries.queue import backlog, falling_due
from tests.builders import cancelled_request, closed_request, moment, open_request
from tests.conftest import Ask

AS_OF = moment("Mon 2026-07-06 12:00")
RESIDENTS = RequestFilter()


def totals(ask: Ask, as_of: datetime = AS_OF, filters: RequestFilter = RESIDENTS) -> dict[str, float]:
    return ask(backlog.totals, filters, as_of=as_of).iloc[0].to_dict()


def test_an_empty_database_has_no_backlog_and_no_normal(both):
    ask = both()
    found = totals(ask)
    assert [found[name] for name in ("open_count", "overdue_count", "opened_today", "unknown_count")] == [0, 0, 0, 0]
    assert found["normal_opened_today"] != found["normal_opened_today"]
    for question in (backlog.by_department, backlog.open_requests):
        frame = ask(question, RESIDENTS, as_of=AS_OF)
        assert frame.empty
        assert {"department", "open_count"} & set(frame.columns)
    assert ask(backlog.ageing, RESIDENTS, as_of=AS_OF)["open_count"].tolist() == [0] * 14


@pytest.mark.parametrize(
    ("due", "overdue"),
    [("Mon 2026-07-06 11:59", 1), ("Mon 2026-07-06 12:00", 1), ("Mon 2026-07-06 12:01", 0)],
)
def test_a_request_is_overdue_from_the_minute_it_was_due(both, due, overdue):
    assert totals(both([open_request(due=due)]))["overdue_count"] == overdue


@pytest.mark.parametrize(("as_of", "overdue"), [("Mon 2026-07-06 23:59", 0), ("Tue 2026-07-07 00:00", 1)])
def test_a_due_day_has_passed_when_the_day_is_over(both, as_of, overdue):
    ask = both([open_request(due="Mon 2026-07-06 00:00", due_by_day=True)])
    assert totals(ask, moment(as_of))["overdue_count"] == overdue


@pytest.mark.parametrize(("as_of", "soon"), [("Mon 2026-07-06 23:59", 1), ("Tue 2026-07-07 00:00", 0)])
def test_what_is_due_on_a_day_can_still_be_kept_until_it_is_over(both, as_of, soon):
    ask = both([open_request(due="Mon 2026-07-06 00:00", due_by_day=True)])
    assert totals(ask, moment(as_of))["due_24h_count"] == soon
    assert ask(backlog.by_department, RESIDENTS, as_of=moment(as_of))["due_week_count"][0] == soon


def test_the_queue_does_not_tell_how_a_request_was_closed_later(both):
    ask = both([closed_request(closed="Mon 2026-07-06 12:01", source_status="Closed")])
    found = ask(backlog.open_requests, RESIDENTS, as_of=AS_OF).iloc[0]
    assert (found["status"], found["source_status"]) == ("open", None)


@pytest.mark.parametrize(("closed", "still_open"), [("Mon 2026-07-06 12:00", 0), ("Mon 2026-07-06 12:01", 1)])
def test_a_request_closed_after_as_of_is_open(both, closed, still_open):
    assert totals(both([closed_request(closed=closed)]))["open_count"] == still_open


def test_a_request_cancelled_later_counts_until_then(both):
    ask = both([cancelled_request("Fri 2026-07-03 16:59", "Tue 2026-07-07 09:00")])
    assert totals(ask)["open_count"] == 1
    assert totals(ask, moment("Tue 2026-07-07 09:00"))["open_count"] == 0


def test_closed_without_a_usable_time_is_neither_open_nor_a_closing(both):
    ask = both(
        [
            closed_request(closed=None),
            closed_request("Mon 2026-07-06 10:00", "Mon 2026-07-06 09:00"),
            closed_request("Mon 2026-07-06 10:00", "Mon 2026-07-06 00:00", closed_by_day=True),
        ]
    )
    found = totals(ask)
    assert (found["open_count"], found["unknown_count"], found["closed_today"]) == (0, 2, 1)


def test_crew_reports_and_tests_stay_out_of_the_residents_backlog(both):
    ask = both(
        [
            open_request(),
            open_request(is_proactive=True),
            open_request(exclusion_reason="test"),
            open_request("Mon 2026-07-06 12:01"),
        ]
    )
    counts = [
        totals(ask, filters=RequestFilter(population=name))["open_count"] for name in ("residents", "eligible", "raw")
    ]
    assert counts == [1, 2, 3]


def test_promises_leave_out_due_dates_that_nobody_promised(both):
    ask = both([open_request(due="Mon 2026-07-06 09:00", goal_basis="draft"), open_request(due="Mon 2026-07-06 13:00")])
    promises, working = totals(ask), totals(ask, filters=RequestFilter(goals="working"))
    assert (promises["overdue_count"], promises["no_goal_count"], promises["due_24h_count"]) == (0, 1, 1)
    assert (working["overdue_count"], working["no_goal_count"], working["due_24h_count"]) == (1, 0, 1)


def test_normal_is_the_median_of_the_same_weekday_up_to_the_same_time(both):
    mondays = ["2026-06-29", "2026-06-22", "2026-06-15"]
    rows = [open_request("Fri 2026-06-12 08:00")]
    rows += [open_request(f"{mondays[0]} 11:00") for _ in range(4)]
    rows += [open_request(f"{mondays[0]} 12:01") for _ in range(9)]
    rows += [open_request(f"{mondays[1]} 12:00")]
    rows += [closed_request(f"{mondays[2]} 09:00", f"{mondays[2]} 10:00") for _ in range(2)]
    found = totals(both([*rows, open_request("Mon 2026-07-06 00:30")]))
    assert found["normal_opened_today"] == 2
    assert found["normal_closed_today"] == 0
    assert found["opened_today"] == 1


def test_beyond_the_data_what_came_in_is_empty_and_what_is_open_is_counted(both):
    ask = both([open_request("Fri 2026-07-03 08:00"), open_request("Mon 2026-05-04 08:00")])
    found = totals(ask)
    assert all(np.isnan(found[name]) for name in ("opened_today", "normal_opened_today", "normal_closed_today"))
    assert (found["open_count"], found["closed_today"]) == (2, 0)
    departments = ask(backlog.by_department, RESIDENTS, as_of=AS_OF)
    assert departments[["inflow_4w", "trend"]].isna().to_numpy().all()


def test_departments_are_listed_with_their_names_most_overdue_first(both):
    ask = both(
        [
            open_request("Mon 2026-06-29 12:00", due="Wed 2026-07-01 12:00"),
            open_request("Sat 2026-07-04 12:00", due="Wed 2026-07-08 12:00"),
            open_request("Mon 2026-07-06 00:00", department="LASAN"),
            open_request("Thu 2026-05-21 00:00", department="LASAN"),
            closed_request("Mon 2026-05-11 12:00", "Tue 2026-05-12 12:00", department="EARLIER"),
            closed_request("Fri 2026-06-05 00:00", "Sat 2026-06-06 00:00", department="GONE"),
        ],
        departments=[{"department": "BSS", "name": "Street Services"}],
    )
    frame = ask(backlog.by_department, RESIDENTS, as_of=AS_OF).set_index("department")
    assert frame.index.tolist() == ["BSS", "LASAN", "GONE"]
    assert frame["name"].tolist() == ["Street Services", "LASAN", "GONE"]
    assert frame["open_count"].tolist() == [2, 2, 0]
    assert frame["overdue_count"].tolist() == [1, 0, 0]
    assert frame["due_week_count"].tolist() == [1, 0, 0]
    assert frame["no_goal_count"].tolist() == [0, 2, 0]
    assert frame.loc["BSS", ["overdue_share", "median_age_days", "p90_age_days"]].tolist() == [0.5, 4.5, 6.5]
    assert frame.loc["LASAN", ["inflow_4w", "inflow_prev_4w", "trend"]].tolist() == [1, 1, 0]
    assert frame.loc["GONE", "overdue_share"] != frame.loc["GONE", "overdue_share"]


def test_a_group_without_a_value_comes_last(both):
    ask = both([open_request(council_district=None), open_request(council_district="10")])
    assert ask(backlog.by_group, RESIDENTS, as_of=AS_OF, column="council_district")["key"].tolist() == ["10", None]
    with pytest.raises(ValueError, match='column "flags" is not one of department'):
        ask(backlog.by_group, RESIDENTS, as_of=AS_OF, column="flags")


def test_ages_fall_into_bands_whose_lower_edge_is_theirs(both):
    ask = both(
        [
            open_request("Sun 2026-07-05 12:00", due="Tue 2026-07-07 12:00"),
            open_request("Sun 2026-07-05 12:00", due="Mon 2026-07-06 12:00"),
            open_request("Mon 2026-06-29 12:00"),
        ]
    )
    frame = ask(backlog.ageing, RESIDENTS, as_of=AS_OF)
    found = frame[frame["open_count"] > 0][["scale", "band", "open_count", "open_total"]].to_numpy().tolist()
    assert found == [
        ["goal", "half to all", 1, 3],
        ["goal", "1 to 2 times", 1, 3],
        ["goal", "no goal", 1, 3],
        ["days", "1 to 3 days", 2, 3],
        ["days", "7 to 14 days", 1, 3],
    ]


def queue_rows() -> list[dict]:
    return [
        open_request("Wed 2026-07-01 12:00", sr_number="no goal"),
        open_request("Wed 2026-07-01 12:00", sr_number="tomorrow", due="Tue 2026-07-07 12:00"),
        open_request("Sat 2026-07-04 12:00", sr_number="twice", due="Sun 2026-07-05 12:00"),
        open_request("Fri 2026-06-26 12:00", sr_number="once and a bit", due="Sat 2026-07-04 12:00"),
        open_request("Thu 2026-07-02 12:00", sr_number="in an hour", due="Mon 2026-07-06 13:00"),
        closed_request(sr_number="done"),
    ]


@pytest.mark.parametrize(
    ("lane", "expected"),
    [
        ("all", ["twice", "once and a bit", "in an hour", "tomorrow", "no goal"]),
        ("overdue", ["twice", "once and a bit"]),
        ("keepable", ["in an hour", "tomorrow"]),
    ],
)
def test_the_queue_puts_multiples_of_the_goal_first_then_the_nearest_due(both, lane, expected):
    ask = both(queue_rows())
    assert ask(backlog.open_requests, RESIDENTS, as_of=AS_OF, lane=lane)["sr_number"].tolist() == expected


def test_a_page_of_the_queue_follows_the_one_before(both):
    ask = both(queue_rows())
    frame = ask(backlog.open_requests, RESIDENTS, as_of=AS_OF, limit=2, offset=2)
    assert frame["sr_number"].tolist() == ["in an hour", "tomorrow"]
    assert frame["goal_multiple"].round(3).tolist() == [0.99, 0.833]
    assert list(frame.columns) == list(backlog.QUEUE_COLUMNS)


def test_an_unknown_lane_is_named(both):
    with pytest.raises(ValueError, match='lane "fast" is not one of all, keepable, overdue'):
        both()(backlog.open_requests, RESIDENTS, as_of=AS_OF, lane="fast")


def test_a_due_date_in_the_far_future_or_before_creation_breaks_nothing(both):
    ask = both(
        [
            open_request(sr_number="far", due="Fri 9999-12-31 00:00"),
            open_request(sr_number="backwards", due="Thu 2026-07-02 09:00"),
        ]
    )
    frame = ask(backlog.open_requests, RESIDENTS, as_of=AS_OF)
    assert frame["sr_number"].tolist() == ["backwards", "far"]
    assert frame["goal_multiple"].isna().tolist() == [True, False]
    bands = ask(backlog.ageing, RESIDENTS, as_of=AS_OF)
    assert bands.loc[bands["open_count"] > 0, "band"].tolist() == ["under half", "4 times and more", "1 to 3 days"]


def test_a_name_with_signs_of_sql_is_only_a_name(both):
    odd = "O'Brien; drop table requests -- %"
    ask = both([open_request(department=odd), open_request()])
    frame = ask(backlog.by_department, RequestFilter(departments=(odd,)), as_of=AS_OF)
    assert frame["department"].tolist() == [odd]


def test_there_is_no_trend_before_the_data_reach_back_8_weeks(both):
    begun = [open_request("Mon 2026-06-29 12:00"), open_request("Mon 2026-06-01 12:00")]
    begun.append(open_request("Mon 2026-07-06 09:00", department="LASAN"))  # the data end today
    first = "Mon 2026-05-11 12:00", "Tue 2026-05-12 12:00"

    def trend(*rows):
        return both([*begun, *rows])(backlog.by_department, RESIDENTS, as_of=AS_OF).set_index("department").trend["BSS"]

    assert np.isnan(trend())
    assert np.isnan(trend(closed_request("Mon 2026-05-11 12:01", first[1], department="LASAN")))
    assert trend(closed_request(*first, department="LASAN")) == 0
    assert np.isnan(trend(closed_request("1905-05-11 12:00", first[1], department="LASAN", flags="past_date")))


def test_what_lies_ahead_is_what_is_open_and_not_overdue_by_the_day_it_falls_due(both):
    ask = both(
        [
            open_request(due="Mon 2026-07-06 11:59"),
            open_request(due="Mon 2026-07-06 12:01"),
            open_request(due="Wed 2026-07-08 00:00"),
            open_request(due="Sun 2026-07-12 23:59"),
            open_request(due="Mon 2026-07-13 00:00"),
            closed_request(due="Tue 2026-07-07 09:00"),
        ]
    )
    until = (("tonight", moment("Mon 2026-07-06 17:00")), ("3", moment("Sun 2026-07-12 23:59")))
    frame = ask(backlog.due_ahead, RESIDENTS, as_of=AS_OF, until=until)
    assert frame["horizon"].tolist() == ["tonight", "3"]
    assert frame["falling_due_count"].tolist() == [1, 3]
    judged = ask(falling_due.falling_due, RESIDENTS, as_of=AS_OF, until=until)
    assert judged["falling_due_count"].tolist() == [1, 3]
