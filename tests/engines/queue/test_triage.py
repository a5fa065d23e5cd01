"""The queue in the right order, page by page, on both engines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from db.cities import load
from db.model import stored_columns
from db.model.filters import RequestFilter
from db.queries.queue import backlog, morning, status_enquiries, triage
from db.queries.request import requests
from db.rules.triage.moments import evening_before, horizons
from db.rules.triage.points import Weights
from tests.builders import closed_request, moment, open_request

AS_OF = moment("Wed 2026-07-08 12:00")
OFFICE = load("los_angeles").calendars["office"]
RESIDENTS = RequestFilter()
PLACE = {"place_id": "100 MAIN ST"}
SAFETY = [
    {"service_type": name, "public_name": name, "calendar": "office", "safety_points": points}
    | {"is_sensitive": False, "is_service": True, "is_contracted": False, "repeat_means": means}
    for name, points, means in (("Pothole", 6, "problem"), ("Tree", 30, "problem"), ("Sofa", 0, "new_need"))
]

ROWS = [
    open_request("Wed 2026-07-08 10:00", due="Wed 2026-07-08 16:00", sr_number="today"),
    open_request("Mon 2026-07-06 12:00", due="Fri 2026-07-10 12:00", sr_number="friday"),
    open_request("Mon 2026-06-29 12:00", due="Wed 2026-07-01 12:00", sr_number="late"),
    open_request("Wed 2026-07-08 09:00", service_type="Tree", sr_number="tree"),
    open_request("Wed 2026-07-08 11:00", sr_number="new"),
    open_request("Mon 2026-07-06 12:00", sr_number="asked", **PLACE),
    open_request("Tue 2026-07-07 18:00", sr_number="chaser", repeat_kind="chaser", call_id="chaser", **PLACE),
    closed_request(
        "Mon 2026-07-06 18:00", "Tue 2026-07-07 08:00", repeat_kind="chaser", call_id="c2", sr_number="gone", **PLACE
    ),
]


def ranked(both: Any, rows: list[dict[str, Any]] | None = None, **named: Any) -> Any:
    ask = both(ROWS if rows is None else rows, service_types=SAFETY)
    return ask(triage.ranking, RESIDENTS, as_of=AS_OF, **named)


def test_the_points_are_the_sum_of_their_parts_and_order_the_queue(both):
    found = ranked(both).set_index("sr_number")
    # late: 6 of 30 safety points, 4.5 times its goal, nobody asked, nine days old.
    late = found.loc["late"]
    assert list(late[list(triage.PARTS)]) == [6.0, round(40 * (1 - 0.5 / 4.5), 1), 0.0, round(15 * 9 / 39, 1)]
    assert found["points"].is_monotonic_decreasing
    assert found.index[:2].tolist() == ["late", "tree"]
    assert (found[list(triage.PARTS)].sum(axis=1) - found["points"]).abs().max() < 1e-6


def test_repeats_at_the_place_count_for_every_open_request_of_the_type_there(both):
    asked = ranked(both).set_index("sr_number")["asked_count"]
    assert (asked["asked"], asked["chaser"], asked["late"]) == (2, 2, 0)


def test_another_sofa_is_a_new_need_and_not_asked_again(both):
    rows = [row | {"service_type": "Sofa"} for row in ROWS]
    assert ranked(both, rows)["asked_count"].tolist() == [0] * 7


def test_an_unknown_type_has_no_safety_points_and_still_a_place_in_the_queue(both):
    found = ranked(both, [row | {"service_type": "Whatever"} for row in ROWS]).set_index("sr_number")
    assert (found.loc["late", "safety_points"], found.loc["asked", "asked_count"]) == (0, 2)


def test_the_weights_of_the_profile_decide(both):
    found = ranked(both, weights=Weights(safety=100, clock=0, asked_again=0, waiting=0))
    assert found["sr_number"].iloc[0] == "tree"
    assert found["points"].max() == 100


def test_the_lanes_and_their_counts(both):
    found = ranked(both)
    assert triage.lane_counts(found) == {"all": 7, "keepable": 2, "overdue": 1}
    assert set(triage.in_lane(found, "keepable")["sr_number"]) == {"today", "friday"}
    with pytest.raises(ValueError, match='lane "sideways"'):
        triage.in_lane(found, "sideways")
    with pytest.raises(ValueError, match='order "odd"'):
        triage.page_of(found, order="odd")


def test_without_any_goal_the_queue_is_ordered_all_the_same(both):
    rows = [row | {"due_at": None, "goal_basis": None} for row in ROWS]
    found = ranked(both, rows)
    assert found["sr_number"].iloc[0] == "tree"
    assert triage.lane_counts(found) == {"all": 7, "keepable": 0, "overdue": 0}
    assert triage.radar(found, horizons(AS_OF, OFFICE))["falling_due_count"].tolist() == [0, 0, 0]


@pytest.mark.parametrize("lane", backlog.LANES)
def test_the_plain_order_is_that_of_the_backlog(both, lane):
    ask = both(ROWS)
    plain = ask(triage.queue, RESIDENTS, as_of=AS_OF, lane=lane, order="plain", limit=None)
    backlogged = ask(backlog.open_requests, RESIDENTS, as_of=AS_OF, lane=lane, limit=None)
    assert plain["sr_number"].tolist() == backlogged["sr_number"].tolist()


def test_pages_follow_each_other_without_gap_or_repeat(both):
    ask = both(ROWS)
    everything = ask(triage.queue, RESIDENTS, as_of=AS_OF, limit=None)["sr_number"].tolist()
    pages = [ask(triage.queue, RESIDENTS, as_of=AS_OF, limit=3, offset=start) for start in (0, 3, 6, 9)]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert [number for page in pages for number in page["sr_number"]] == everything
    assert list(pages[3].columns) == list(pages[0].columns)


def test_every_row_says_why(both):
    rows = both(ROWS, service_types=SAFETY)(triage.queue, RESIDENTS, as_of=AS_OF, limit=None).set_index("sr_number")
    assert rows.loc["late", "why"] == "overdue by 7 days, 4.5 times its goal"
    assert rows.loc["asked", "why"] == "third request at this place; no goal, open 2 days"
    assert rows.loc["tree", "why"] == "a danger to people; no goal, open 3 hours"


def test_a_group_of_50_000_rows_is_read_a_page_at_a_time(duckdb_engine):
    columns = "source_system, sr_number, department, service_type, status, is_proactive, location_quality, created_at, "
    columns += "time_precision, flags, first_load, last_load, row_hash, street_name, due_at, goal_basis"
    made = f"""insert into requests ({columns}) select 'myla311', '1-' || i, 'BSS', 'Pothole', 'open', false, 'none',
        timestamp '2026-07-01' + to_minutes(i::int % 9000), '', '', 1, 1, 0, 'MAIN',
        timestamp '2026-07-06' + to_minutes(i::int % 5000), 'published' from range(50000) t(i)"""
    with duckdb_engine.connect() as connection:
        connection.execute(text(made))
        stored_columns.write_all(connection)
        found = triage.ranking(connection, RequestFilter(streets=("MAIN",)), as_of=AS_OF)
        assert (len(found), triage.lane_counts(found)["overdue"]) == (50000, 36010)
        last = triage.page_of(found, offset=49900)
        assert len(triage.details(connection, triage.keys_of(last), as_of=AS_OF)) == len(last) == 100
        connection.rollback()


def test_details_are_also_found_of_what_a_later_load_closed_under_a_list_that_is_held(both):
    found = both(ROWS)(triage.details, (("gone", "myla311"),), as_of=AS_OF)
    assert found[["sr_number", "place_id"]].values.tolist() == [["gone", "100 MAIN ST"]]


def test_an_open_request_of_the_same_number_does_not_hide_the_closed_one_that_was_asked_for(both):
    namesake = next(row for row in ROWS if row["sr_number"] == "today") | {
        "sr_number": "gone",
        "source_system": "myla311_cases",
        "place_id": "7 ELM ST",
    }
    found = both([*ROWS, namesake])(triage.details, (("gone", "myla311"),), as_of=AS_OF)
    assert {"100 MAIN ST", "7 ELM ST"} == set(found["place_id"])


def test_an_empty_queue_has_all_columns(both):
    ask = both()
    rows = ask(triage.queue, RESIDENTS, as_of=AS_OF)
    assert rows.empty
    assert {"sr_number", "points", "why", "address", *triage.PARTS} <= set(rows.columns)


def test_the_radar_counts_what_falls_due_and_adds_up_its_risks(both):
    found = ranked(both)
    found["breach_risk"] = found["sr_number"].map({"today": 0.5, "friday": 0.25})
    radar = triage.radar(found, horizons(AS_OF, OFFICE)).set_index("horizon")
    assert radar["falling_due_count"].to_dict() == {"tonight": 1, "3": 2, "7": 2}
    assert radar["expected_misses"].to_dict() == {"tonight": 0.5, "3": 0.75, "7": 0.75}


def test_what_came_and_went_is_told_whichever_way_the_clock_ran(both):
    now = ranked(both)
    before = both(ROWS)(triage.ranking, RESIDENTS, as_of=moment("Mon 2026-07-06 19:00"))
    assert triage.changes(before, now) == (4, 1)
    assert triage.changes(now, before) == (1, 4)
    assert triage.changes(now, now) == (0, 0)


def test_requests_can_be_listed_with_their_risk_and_points(both):
    ask = both(ROWS, service_types=SAFETY)
    columns = ["sr_number", "repeat_kind", "repeat_of", "breach_risk", "points"]
    listed = ask(requests.list_requests, RESIDENTS, as_of=AS_OF, columns=columns)
    assert list(listed.columns) == columns
    queued = ask(triage.ranking, RESIDENTS, as_of=AS_OF).set_index("sr_number")["points"]
    assert listed.set_index("sr_number")["points"].dropna().to_dict() == queued.to_dict()
    assert listed.set_index("sr_number")["points"].isna()["gone"]
    with pytest.raises(ValueError, match="pointz"):
        requests.list_requests(None, RESIDENTS, as_of=AS_OF, columns=["pointz"])


def test_the_morning_holds_what_came_in_what_is_due_and_what_was_asked_again(both):
    since = evening_before(AS_OF, OFFICE)
    found = morning.sections(ranked(both), since=since, until=horizons(AS_OF, OFFICE)["tonight"])
    assert {name: set(rows["sr_number"]) for name, rows in found.items()} == {
        "came_in": {"today", "tree", "new", "chaser"},
        "due_today": {"today"},
        "asked_again": {"chaser"},
    }
    counts = both(ROWS)(morning.came_in, RESIDENTS, as_of=AS_OF, since=since - timedelta(days=1)).iloc[0].to_dict()
    assert counts == {"came_in_count": 5, "closed_count": 1, "asked_again_count": 2}


def test_calls_that_only_ask_what_became_of_a_request_are_counted_by_department(both):
    info = {"service_type": "Information-Only", "exclusion_reason": "not_a_service"}
    rows = [
        closed_request(action_taken="Status Provided", sr_number="s1", **info),
        closed_request(action_taken=" status provided ", sr_number="s2", **info),
        closed_request(action_taken="Information Provided", sr_number="s3", **info),
        open_request(sr_number="s4", department="LASAN"),
    ]
    (row,) = both(rows)(status_enquiries.status_enquiries, RESIDENTS, as_of=AS_OF, words=("status provided",)).to_dict(
        "records"
    )
    assert (row["department"], row["enquiry_count"], row["contact_count"]) == ("BSS", 2, 3)
    assert both(rows)(status_enquiries.status_enquiries, RESIDENTS, as_of=AS_OF).empty


def test_the_queue_does_not_tell_how_a_request_was_closed_later(both):
    rows = [closed_request("Wed 2026-07-08 09:00", "Wed 2026-07-08 12:01", source_status="Closed")]
    found = both(rows, service_types=SAFETY)(triage.queue, RESIDENTS, as_of=AS_OF)
    assert found["source_status"].tolist() == [None]
