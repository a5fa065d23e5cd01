"""Stops in the order to work them, today's plan and its words, on both engines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from db.cities import load
from db.model import stored_columns
from db.model.filters import RequestFilter
from db.queries.queue import falling_due, morning, status_enquiries, stops, today
from db.queries.request import requests
from db.rules.errors import DeskError
from db.rules.triage.moments import evening_before, horizons
from db.rules.triage.plan import LANES
from db.rules.triage.setting import Danger, TriageRules
from db.rules.triage.why import WHY_MOST
from tests.builders import closed_request, moment, open_request

AS_OF = moment("Wed 2026-07-08 12:00")
OFFICE = load("los_angeles").calendars["office"]
RESIDENTS = RequestFilter()
PLACE = {"place_id": "100 MAIN ST"}
TYPES = [
    {"service_type": name, "public_name": name, "calendar": "office", "safety_points": 0.0}
    | {"is_sensitive": False, "is_service": True, "is_contracted": contracted, "repeat_means": means}
    for name, means, contracted in (
        ("Pothole", "problem", False),
        ("Tree", "problem", False),
        ("Sofa", "new_need", False),
        ("Bus bench", "problem", True),
    )
]
RULES = TriageRules(dangers=(Danger("Tree", "grave", "tree or limb down"),))

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


def ranked(
    both: Any, rows: list[dict[str, Any]] | None = None, filters: RequestFilter = RESIDENTS, **named: Any
) -> Any:
    ask = both(ROWS if rows is None else rows, service_types=TYPES)
    return ask(stops.ranking, filters, as_of=AS_OF, **({"calendar": OFFICE, "rules": RULES} | named))


def numbers(frame: Any) -> list[str]:
    return frame["sr_number"].tolist()


def test_each_stop_stands_in_its_lane_and_the_plan_comes_first(both):
    found = ranked(both, room=3)
    assert dict(zip(numbers(found), found["lane"], strict=True)) == {
        "tree": "danger",
        "today": "can_be_kept",
        "friday": "can_be_kept",
        "late": "late",
        "asked": "late",
        "new": "late",
    }
    assert numbers(found[found["is_in_plan"]]) == [
        "tree",
        "today",
        "late",
    ]  # 3 in 10 over days
    assert found["rank"].tolist() == [1, 2, 3, 4, 5, 6]


def test_open_requests_of_one_type_at_one_place_are_one_stop_that_was_asked_again(both):
    found = ranked(both).set_index("sr_number")
    asked = found.loc["asked"]
    assert (asked["request_count"], asked["numbers"]) == (2, ("myla311:asked", "myla311:chaser"))
    assert (asked["created_at"], asked["reported_at"]) == (
        moment("Mon 2026-07-06 12:00"),
        moment("Tue 2026-07-07 18:00"),
    )
    assert asked["is_asked_again"]
    assert "chaser" not in found.index
    assert not found.loc["today", "is_asked_again"]


def test_a_stop_is_named_by_the_request_that_can_still_be_kept(both):
    rows = [
        open_request("Mon 2026-06-29 12:00", due="Wed 2026-07-01 12:00", sr_number="late", **PLACE),
        open_request("Tue 2026-07-07 12:00", due="Fri 2026-07-10 12:00", sr_number="kept", **PLACE),
        open_request("Tue 2026-07-07 12:00", due="Thu 2026-07-09 12:00", sr_number="sooner", **PLACE),
    ]
    (row,) = ranked(both, rows).to_dict("records")
    assert (row["sr_number"], row["lane"], row["request_count"]) == ("sooner", "can_be_kept", 3)
    assert row["created_at"] == moment("Mon 2026-06-29 12:00")


def test_one_address_five_hundred_times_is_one_stop(both):
    rows = [open_request("Mon 2026-07-06 12:00", sr_number=f"{number:03d}", **PLACE) for number in range(500)]
    (row,) = ranked(both, rows).to_dict("records")
    assert row["request_count"] == len(row["numbers"]) == 500


def test_requests_without_a_place_are_stops_of_their_own(both):
    assert len(ranked(both, [open_request("Mon 2026-07-06 12:00") for _ in range(3)])) == 3


def test_another_sofa_is_a_new_need_and_not_asked_again(both):
    found = ranked(both, [row | {"service_type": "Sofa"} for row in ROWS])
    assert not found["is_asked_again"].any()


def test_a_chaser_that_is_closed_already_still_says_that_the_first_was_asked_again(both):
    rows = [row for row in ROWS if row["sr_number"] in ("asked", "gone")]
    assert ranked(both, rows)["is_asked_again"].tolist() == [True]


def test_no_type_marked_a_danger_leaves_two_lanes(both):
    assert set(ranked(both, rules=TriageRules())["lane"]) == {"can_be_kept", "late"}


def test_a_type_is_a_danger_in_one_department_only(both):
    rules = TriageRules(dangers=(Danger("Tree", "danger", "may fall", ("BSS",)),))
    rows = [open_request("Wed 2026-07-08 09:00", service_type="Tree", department=name) for name in ("BSS", "RAP")]
    found = ranked(both, rows, rules=rules).set_index("department")
    assert (found.loc["BSS", "lane"], found.loc["RAP", "lane"]) == ("danger", "late")
    assert found["danger_grade"].to_dict() == {"BSS": 1, "RAP": 0}


def test_the_switch_of_goals_changes_no_lane_and_no_rank(both):
    rows = [row | {"goal_basis": "draft"} if row["due_at"] else row for row in ROWS]
    working, promises = (ranked(both, rows, RequestFilter(goals=goals), room=3) for goals in ("working", "promises"))
    assert working.equals(promises)
    assert (working["lane"] == "can_be_kept").sum() == 2


def test_without_any_goal_there_are_dangers_and_late_ones(both):
    rows = [row | {"due_at": None, "goal_basis": None, "due_source": None} for row in ROWS]
    assert stops.lane_counts(ranked(both, rows)) == {"danger": 1, "can_be_kept": 0, "late": 5, "check_exists": 0}


def test_a_district_picks_rows_out_of_the_plan_of_the_department_and_makes_none(both):
    everyone = ranked(both, room=2)
    rows = [row | {"council_district": "4" if row["sr_number"] in ("friday", "today") else "5"} for row in ROWS]
    found = ranked(both, rows, RequestFilter(districts=("4",)), room=2).set_index("sr_number")
    of_all = everyone.set_index("sr_number")
    assert found["rank"].to_dict() == {name: of_all.loc[name, "rank"] for name in ("today", "friday")}
    assert found["is_in_plan"].to_dict() == {"today": True, "friday": False}


def test_each_department_has_a_plan_of_its_own(both):
    rows = [row | {"department": "BSS" if row["sr_number"] in ("today", "late") else "RAP"} for row in ROWS]
    found = ranked(both, rows, room=1)
    assert found[found["is_in_plan"]]["department"].tolist() == ["RAP", "BSS"]
    assert found["is_in_plan"].tolist() == [True, True, False, False, False, False]


@pytest.mark.parametrize(("room", "count"), [(0, 0), (10_000, 6)])
def test_no_room_and_more_than_there_is(both, room, count):
    assert ranked(both, room=room)["is_in_plan"].sum() == count


def old_ones(count: int) -> list[dict[str, Any]]:
    """Of a thousand potholes a year nearly all are closed in two days; `count` are open since last summer."""
    quick = [
        closed_request(start, start + timedelta(days=2), resolution_code=None)
        for start in (moment("Wed 2025-09-03 08:00") + timedelta(hours=7 * number) for number in range(1000))
    ]
    start = moment("Mon 2025-08-04 08:00")
    return quick + [open_request(start + timedelta(days=number), sr_number=f"old-{number}") for number in range(count)]


def test_what_is_older_than_hardly_any_that_is_closed_is_to_be_checked(both):
    found = ranked(both, [*old_ones(12), *ROWS])
    lane = found.set_index("sr_number")["lane"]
    assert set(lane[lane.index.str.startswith("old")]) == {"check_exists"}
    assert set(lane[~lane.index.str.startswith("old")]) == {"danger", "can_be_kept", "late"}
    assert not found[found["lane"] == "check_exists"]["is_in_plan"].any()


def test_a_chaser_of_these_ninety_days_says_that_an_old_one_is_still_there(both):
    rows = old_ones(12)
    rows[-1] |= PLACE
    chaser = {"repeat_kind": "chaser", "exclusion_reason": "duplicate", "status": "duplicate"} | PLACE
    recent = closed_request("Mon 2026-06-01 08:00", "Tue 2026-06-02 08:00", **chaser)
    long_ago = closed_request("Mon 2026-02-02 08:00", "Tue 2026-02-03 08:00", **chaser)
    assert ranked(both, [*rows, recent]).set_index("sr_number").loc["old-11", "lane"] == "late"
    assert ranked(both, [*rows, long_ago]).set_index("sr_number").loc["old-11", "lane"] == "check_exists"


def test_everything_stale_leaves_an_empty_plan(both):
    found = ranked(both, old_ones(12))
    assert set(found["lane"]) == {"check_exists"}
    assert not found["is_in_plan"].any()


def test_an_unknown_lane_is_refused_by_name(both):
    with pytest.raises(DeskError, match='lane "sideways"'):
        stops.in_lane(ranked(both), "sideways")


def test_the_room_of_a_department_is_the_median_of_what_its_crews_ended(both):
    days = [moment("Mon 2026-05-11 09:00") + timedelta(days=number) for number in range(58)]
    rows = [
        closed_request(day - timedelta(days=1), day + timedelta(minutes=number), place_id=f"{day:%j} {number}")
        for day in days
        for number in range(4 if day.weekday() < 5 else 1)
    ]
    rows += [row | {"sr_number": f"{row['sr_number']}b"} for row in rows[:40]]  # a second request at one stop
    rows += [row | {"service_type": "Bus bench", "sr_number": f"{row['sr_number']}c"} for row in rows[:40]]
    rows += [row | {"is_proactive": True, "sr_number": f"{row['sr_number']}d"} for row in rows[:40]]
    (row,) = both(rows, service_types=TYPES)(stops.rooms, RESIDENTS, as_of=AS_OF, calendar=OFFICE).to_dict("records")
    assert (row["department"], row["room"]) == ("BSS", 4)
    assert both([], service_types=TYPES)(stops.rooms, RESIDENTS, as_of=AS_OF, calendar=OFFICE).empty


def test_a_mass_closure_is_no_days_work_and_a_department_of_two_requests_has_room_for_one(both):
    rows = [
        closed_request("Fri 2026-06-05 09:00", "Mon 2026-06-08 09:00", place_id="a"),
        closed_request("Fri 2026-06-05 09:00", "Tue 2026-06-09 09:00", place_id="b"),
    ]
    sweep = [
        closed_request("Fri 2026-06-05 09:00", "Wed 2026-06-10 09:00", place_id=f"s{number}") for number in range(60)
    ]
    ask = both([*rows, *sweep], service_types=TYPES)
    (row,) = ask(stops.rooms, RESIDENTS, as_of=AS_OF, calendar=OFFICE).to_dict("records")
    assert (row["room"], row["stop_count"]) == (1, 2)


def test_pages_follow_each_other_without_gap_or_repeat(both):
    ask = both(ROWS, service_types=TYPES)
    given = {"as_of": AS_OF, "calendar": OFFICE, "rules": RULES}
    everything = numbers(ask(today.queue, RESIDENTS, limit=None, **given))
    pages = [ask(today.queue, RESIDENTS, limit=3, offset=start, **given) for start in (0, 3, 6)]
    assert [len(page) for page in pages] == [3, 3, 0]
    assert [number for page in pages for number in numbers(page)] == everything
    assert list(pages[2].columns) == list(pages[0].columns)


def test_every_row_says_why_in_words_that_fit(both):
    rows = both([*ROWS, *old_ones(12)], service_types=TYPES)(
        today.queue, RESIDENTS, as_of=AS_OF, calendar=OFFICE, rules=RULES, limit=None
    )
    assert rows["why"].str.len().between(1, WHY_MOST).all()
    why = rows.set_index("sr_number")["why"]
    assert why["tree"] == "Danger: tree or limb down; reported today 09:00"
    assert why["today"].startswith("Due today 16:00")
    assert why["late"] == "7 days late"
    assert why["asked"] == "No goal, open 2 days; half take under 2 days; 2 requests"
    assert why["old-0"] == "Open 338 days; past 90 days few are ever closed"


def test_the_plan_of_one_department_takes_a_room_and_that_of_all_takes_none(both):
    ask = both(ROWS, service_types=TYPES)
    given = {"as_of": AS_OF, "calendar": OFFICE, "rules": RULES}
    found = ask(today.plan, RequestFilter(departments=("BSS",)), room=2, **given)
    assert found["is_in_plan"].tolist() == [True, True, False, False, False, False]
    assert list(found.columns[:6]) == ["rank", "is_in_plan", "lane", "why", "sr_number", "source_system"]
    assert set(found["lane"]) <= set(map(str, LANES))
    with pytest.raises(DeskError, match="--room is the room of one department"):
        ask(today.plan, RESIDENTS, room=2, **given)
    with pytest.raises(DeskError, match="--room -1 is under 0"):
        ask(today.plan, RequestFilter(departments=("BSS",)), room=-1, **given)


def test_a_group_of_50_000_rows_is_read_a_page_at_a_time(duckdb_engine):
    columns = "source_system, sr_number, department, service_type, status, is_proactive, location_quality, created_at, "
    columns += "created_by_day, closed_by_day, due_by_day, flags, "
    columns += "first_load, last_load, row_hash, street_name, due_at, due_source, goal_basis"
    made = f"""insert into requests ({columns}) select 'myla311', '1-' || i, 'BSS', 'Pothole', 'open', false, 'none',
        timestamp '2026-07-01' + to_minutes(i::int % 9000), false, false, false, 0, 1, 1, 0, 'MAIN',
        timestamp '2026-07-06' + to_minutes(i::int % 5000), 'computed', 'published' from range(50000) t(i)"""
    with duckdb_engine.connect() as connection:
        connection.execute(text(made))
        stored_columns.write_all(connection)
        found = stops.ranking(connection, RequestFilter(streets=("MAIN",)), as_of=AS_OF, calendar=OFFICE)
        assert (len(found), stops.lane_counts(found)["late"]) == (50000, 36010)
        last = found.iloc[-100:]
        assert len(today.details(connection, stops.keys_of(last), as_of=AS_OF)) == len(last) == 100
        connection.rollback()


def test_details_are_also_found_of_what_a_later_load_closed_under_a_list_that_is_held(both):
    found = both(ROWS)(today.details, (("gone", "myla311"),), as_of=AS_OF)
    assert found[["sr_number", "place_id"]].values.tolist() == [["gone", "100 MAIN ST"]]


def test_an_open_request_of_the_same_number_does_not_hide_the_closed_one_that_was_asked_for(both):
    namesake = next(row for row in ROWS if row["sr_number"] == "today") | {
        "sr_number": "gone",
        "source_system": "myla311_cases",
        "place_id": "7 ELM ST",
    }
    found = both([*ROWS, namesake])(today.details, (("gone", "myla311"),), as_of=AS_OF)
    assert {"100 MAIN ST", "7 ELM ST"} == set(found["place_id"])


def test_an_empty_queue_has_all_columns(both):
    rows = both()(today.queue, RESIDENTS, as_of=AS_OF, calendar=OFFICE)
    assert rows.empty
    assert {"sr_number", "lane", "why", "address", "is_in_plan", "rank"} <= set(rows.columns)


def test_what_falls_due_is_counted_in_requests(both):
    ask = both(ROWS)
    until = tuple(horizons(AS_OF, OFFICE).items())
    found = ask(falling_due.falling_due, RESIDENTS, as_of=AS_OF, until=until).set_index("horizon")
    assert found["falling_due_count"].to_dict() == {"tonight": 1, "3": 2, "7": 2}
    assert found["known_count"].tolist() == [0, 0, 0]
    assert both()(falling_due.falling_due, RESIDENTS, as_of=AS_OF, until=until)["falling_due_count"].tolist() == [
        0,
        0,
        0,
    ]


def test_what_is_due_today_and_not_in_the_plan_will_be_late_even_so(both):
    tonight = horizons(AS_OF, OFFICE)["tonight"]
    assert stops.left_out(ranked(both, room=1), tonight) == 1
    assert stops.left_out(ranked(both, room=2), tonight) == 0


def test_what_came_and_went_is_told_whichever_way_the_clock_ran(both):
    now = ranked(both)
    before = both(ROWS)(stops.ranking, RESIDENTS, as_of=moment("Mon 2026-07-06 19:00"), calendar=OFFICE)
    assert stops.changes(before, now) == (4, 1)
    assert stops.changes(now, before) == (1, 4)
    assert stops.changes(now, now) == (0, 0)


def test_requests_can_be_listed_with_their_lane_and_rank(both):
    ask = both(ROWS, service_types=TYPES)
    columns = ["sr_number", "repeat_kind", "breach_risk", "lane", "rank", "is_in_plan"]
    listed = ask(
        requests.list_requests, RESIDENTS, as_of=AS_OF, columns=columns, calendar=OFFICE, rules=RULES
    ).set_index("sr_number")
    queued = ask(stops.ranking, RESIDENTS, as_of=AS_OF, calendar=OFFICE, rules=RULES).set_index("sr_number")
    assert listed.loc["late", ["lane", "rank"]].tolist() == queued.loc["late", ["lane", "rank"]].tolist()
    assert listed.loc["chaser", "rank"] == listed.loc["asked", "rank"]
    assert listed["rank"].isna()["gone"]
    with pytest.raises(DeskError, match="pointz"):
        requests.list_requests(None, RESIDENTS, as_of=AS_OF, columns=["pointz"])


def test_the_morning_holds_what_came_in_what_is_due_and_what_was_asked_again(both):
    since = evening_before(AS_OF, OFFICE)
    found = morning.sections(ranked(both), since=since, until=horizons(AS_OF, OFFICE)["tonight"])
    assert {name: set(rows["sr_number"]) for name, rows in found.items()} == {
        "came_in": {"today", "tree", "new", "asked"},
        "due_today": {"today"},
        "asked_again": {"asked"},
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
    found = both(rows, service_types=TYPES)(today.queue, RESIDENTS, as_of=AS_OF, calendar=OFFICE)
    assert found["source_status"].tolist() == [None]
