"""Compliance counted by hand, on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from db.model.filters import Period, RequestFilter
from db.queries.compliance import rates
from tests.builders import cancelled_request, closed_request, moment, open_request

AS_OF = moment("Wed 2026-07-08 12:00")
WEEK = RequestFilter(period=Period("week", date(2026, 7, 6), date(2026, 7, 13)))
MADE = "Mon 2026-06-29 09:00"


def rows() -> list[dict]:
    return [
        closed_request(MADE, "Mon 2026-07-06 09:00", due="Mon 2026-07-06 09:00"),
        closed_request(MADE, "Tue 2026-07-07 09:00", due="Tue 2026-07-07 10:00", outcome="nothing_found"),
        closed_request(MADE, "Tue 2026-07-07 09:00", due="Mon 2026-07-06 10:00"),
        closed_request(MADE, "Thu 2026-07-09 09:00", due="Wed 2026-07-08 11:00"),
        open_request(MADE, due="Wed 2026-07-08 12:00"),
        open_request(MADE, due="Wed 2026-07-08 12:01"),
        open_request(MADE, due="Sun 2026-07-05 23:59"),
        closed_request(MADE, "Sun 2026-07-05 09:00", due="Mon 2026-07-06 00:00"),
        closed_request(MADE, None, due="Mon 2026-07-06 09:00"),
        closed_request(MADE, "Mon 2026-07-06 09:00", due="Fri 2026-07-17 09:00"),
        cancelled_request(MADE, "Tue 2026-07-07 09:00", due="Mon 2026-07-06 09:00"),
        cancelled_request(MADE, "Mon 2026-07-06 08:00", due="Mon 2026-07-06 09:00"),
        open_request("Mon 2026-07-06 09:00", due="Fri 2026-07-17 09:00"),
        open_request("Mon 2026-07-06 09:00"),
    ]


def test_an_open_overdue_request_is_a_miss_and_the_rest_is_shown_beside(both):
    found = both(rows())(rates.summary, WEEK, as_of=AS_OF).iloc[0].to_dict()
    counts = {name: value for name, value in found.items() if name.endswith("_count")}
    assert counts == {
        "due_count": 6,
        "met_count": 3,
        "missed_count": 3,
        "work_done_on_time_count": 2,
        "unknown_count": 1,
        "left_after_due_count": 1,
        "closed_count": 4,
        "closed_on_time_count": 3,
        "eligible_count": 2,
        "with_goal_count": 1,
        "overdue_count": 3,
    }
    assert (found["compliance"], found["closed_only_share"], found["gap_points"]) == (0.5, 0.75, 25.0)
    assert (round(found["low"], 4), round(found["high"], 4)) == (0.1876, 0.8124)
    assert (found["with_goal_share"], found["is_small"]) == (0.5, True)


def test_nothing_due_is_no_data_and_never_a_hundred_per_cent(both):
    ask = both()
    found = ask(rates.summary, WEEK, as_of=AS_OF).iloc[0]
    assert found["due_count"] == 0
    assert found[["compliance", "low", "high", "closed_only_share", "gap_points"]].isna().all()
    for by in rates.GROUPS:
        frame = ask(rates.by, WEEK, as_of=AS_OF, by=by)
        assert frame.empty
        assert {"key", "name", "compliance", "low", "overdue_count"} <= set(frame.columns)
    for question in (rates.outcomes, rates.ageing_multiples, rates.by_type_for_change):
        assert ask(question, WEEK, as_of=AS_OF).empty


@pytest.mark.parametrize(("start", "incomplete"), [(date(2026, 7, 6), True), (date(2026, 7, 7), False)])
def test_a_period_sooner_than_the_longest_goal_after_the_first_row_starts_incomplete(both, start, incomplete):
    ask = both(
        [
            open_request(MADE),
            open_request("Wed 2026-07-01 00:00", due="Wed 2026-07-08 00:00"),
            open_request("Wed 2026-07-01 00:00", due="Wed 2026-07-08 00:00"),
            open_request("Wed 2026-07-01 00:00", due="Fri 2059-07-11 00:00"),
        ]
    )
    filters = RequestFilter(period=Period("from", start, date(2026, 7, 13)))
    assert ask(rates.summary, filters, as_of=AS_OF)["incomplete_start"][0] == incomplete


def test_a_type_of_which_nothing_could_be_due_yet_starts_a_period_incomplete_too(both):
    short = open_request("Wed 2026-07-01 00:00", due="Thu 2026-07-02 00:00")
    slow = open_request("Wed 2026-07-01 00:00", due="Wed 2026-12-30 00:00", service_type="Tree Removal")
    for rows, incomplete in (([short], False), ([short, slow], True)):
        assert both(rows)(rates.summary, WEEK, as_of=AS_OF)["incomplete_start"][0] == incomplete


def test_departments_rank_from_the_lowest_with_their_change(both):
    ask = both(
        [
            closed_request(MADE, "Mon 2026-07-06 09:00", due="Mon 2026-07-06 10:00"),
            open_request(MADE, due="Mon 2026-07-06 10:00"),
            closed_request(MADE, "Tue 2026-06-30 09:00", due="Wed 2026-07-01 10:00"),
            open_request(MADE, due="Mon 2026-07-06 10:00", department="LASAN"),
            open_request(MADE, due="Fri 2026-07-17 10:00", department="QUIET"),
        ],
        departments=[{"department": "BSS", "name": "Street Services"}],
    )
    frame = ask(rates.by, WEEK, as_of=AS_OF).set_index("key")
    assert frame.index.tolist() == ["LASAN", "BSS"]
    assert frame["name"].tolist() == ["LASAN", "Street Services"]
    assert frame["compliance"].tolist() == [0.0, 0.5]
    assert frame["overdue_count"].tolist() == [1, 1]
    assert frame.loc["BSS", ["previous_due_count", "previous_compliance", "change_points"]].tolist() == [1, 1.0, -50.0]
    assert frame.loc["LASAN", "previous_due_count"] == 0
    year = ask(rates.by, WEEK, as_of=AS_OF, against="year_before")
    assert year["previous_due_count"].tolist() == [0, 0]
    with pytest.raises(ValueError, match='by "moon" is not one of department'):
        ask(rates.by, WEEK, as_of=AS_OF, by="moon")


def test_each_figure_of_a_week_counts_in_the_week_of_its_own_moment(both):
    ask = both([closed_request("Mon 2026-06-22 09:00", "Mon 2026-07-06 09:00", due="Mon 2026-06-29 09:00")])
    filters = RequestFilter(period=Period("weeks", date(2026, 6, 22), date(2026, 7, 13)))
    frame = ask(rates.by, filters, as_of=AS_OF, by="week")
    assert frame["name"].tolist() == ["2026-06-22", "2026-06-29", "2026-07-06"]
    assert frame["eligible_count"].tolist() == [1, 0, 0]
    assert frame["due_count"].tolist() == [0, 1, 0]
    assert frame["closed_count"].tolist() == [0, 0, 1]
    months = ask(rates.by, filters, as_of=AS_OF, by="month")
    assert months[["name", "due_count", "closed_count"]].to_numpy().tolist() == [
        ["2026-06-01", 1, 0],
        ["2026-07-01", 0, 1],
    ]


def test_no_district_is_a_group_of_its_own(both):
    late = {"due": "Mon 2026-07-06 10:00"}
    ask = both([open_request(MADE, **late), open_request(MADE, council_district="4", **late)])
    frame = ask(rates.by, WEEK, as_of=AS_OF, by="district")
    assert frame["key"].tolist() == ["4", None]
    bands = ask(rates.ageing_multiples, WEEK, as_of=AS_OF, by="district")
    assert bands[bands["open_count"] > 0][["key", "band", "group_count", "share"]].to_numpy().tolist() == [
        ["4", "1 to 2 times", 1, 1.0],
        [None, "1 to 2 times", 1, 1.0],
    ]
    assert len(bands) == 10


def test_a_change_is_split_in_better_and_other_work(both):
    before, now = {"due": "Wed 2026-07-01 10:00"}, {"due": "Mon 2026-07-06 10:00"}
    ask = both(
        [
            closed_request(MADE, "Tue 2026-06-30 09:00", **before),
            open_request(MADE, service_type="Tree", **before),
            closed_request(MADE, "Tue 2026-06-30 09:00", **now),
            closed_request(MADE, "Tue 2026-06-30 09:00", **now),
            closed_request(MADE, "Tue 2026-06-30 09:00", **now),
            open_request(MADE, service_type="Tree", **now),
        ]
    )
    frame = ask(rates.by_type_for_change, WEEK, as_of=AS_OF)
    assert frame["service_type"].tolist() == ["Pothole", "Tree"]
    assert frame[["due_before", "met_before", "due_now", "met_now"]].to_numpy().tolist() == [[1, 1, 3, 3], [1, 0, 1, 0]]
    assert frame["better_points"].sum() == pytest.approx(0)
    assert frame["other_work_points"].sum() == pytest.approx(25)
    year = ask(rates.by_type_for_change, WEEK, as_of=AS_OF, against="year_before")
    assert year["better_points"].isna().all()
    with pytest.raises(ValueError, match='against "ever"'):
        ask(rates.by_type_for_change, WEEK, as_of=AS_OF, against="ever")


def test_an_unknown_outcome_is_a_figure_of_its_own(both):
    ask = both(
        [
            closed_request(outcome=None),
            closed_request(),
            closed_request(),
            closed_request(service_type="Tree", outcome="administrative"),
            closed_request(closed="Thu 2026-07-09 09:00"),
        ]
    )
    frame = ask(rates.outcomes, WEEK, as_of=AS_OF)
    assert frame[["service_type", "outcome", "closed_count", "type_closed_count"]].to_numpy().tolist() == [
        ["Pothole", "work_done", 2, 3],
        ["Pothole", "unknown", 1, 3],
        ["Tree", "administrative", 1, 1],
    ]
    assert frame["share"].tolist() == [2 / 3, 1 / 3, 1.0]


def test_raw_counts_everything_and_nothing_leaves_it(both):
    found = both(rows())(rates.summary, replace(WEEK, population="raw"), as_of=AS_OF).iloc[0]
    assert (found["due_count"], found["met_count"], found["left_after_due_count"]) == (8, 4, 0)


def test_a_question_of_a_period_says_so_when_there_is_none(both):
    with pytest.raises(ValueError, match="needs a period"):
        both()(rates.summary, RequestFilter(), as_of=AS_OF)
