"""Who asked again, of what, and where it never ends: each figure counted by hand, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from db.model.filters import Period, RequestFilter
from db.queries.repeats import calls, chronic
from tests.builders import closed_request, moment, open_request
from tests.conftest import Ask

AS_OF = moment("Fri 2026-07-31 12:00")
JULY = RequestFilter(period=Period("july", date(2026, 7, 1), date(2026, 8, 1)))
PLACE = {"place_id": "1721 S KINGSLEY DR"}


def service_type(name: str, repeat_means: str) -> dict[str, Any]:
    return {
        "service_type": name, "public_name": name, "calendar": "always", "safety_points": 0.0, "is_sensitive": False,
        "is_service": True, "is_contracted": False, "repeat_means": repeat_means,
    }  # fmt: skip


def call(number: str, closed: str = "Mon 2026-07-06 09:00", **changes: Any) -> dict[str, Any]:
    return closed_request(
        "Fri 2026-07-03 09:00", closed, **{"sr_number": number, "call_id": number, **PLACE, **changes}
    )


def again(number: str, of: str, created: str = "Wed 2026-07-08 09:00", **changes: Any) -> dict[str, Any]:
    links = {"sr_number": number, "call_id": number, "repeat_of": of, "repeat_kind": "asked_again"}
    return open_request(created, **(links | PLACE | changes))


def test_the_rate_is_calls_asked_again_of_those_closed_with_a_place_two_weeks_ago(both: Callable[..., Ask]) -> None:
    ask = both(
        [
            call("a"),
            again("b", "a"),
            call("c"),
            call("d", place_id=None),
            call("too late to judge", "Sat 2026-07-18 09:00"),
            call("second of a call", call_id="c"),
            call("crew", is_proactive=True),
        ]
    )
    row = ask(calls.rate, JULY, as_of=AS_OF).iloc[0]
    assert (row["closed_count"], row["with_place_count"], row["asked_again_count"]) == (3, 2, 1)
    assert row["asked_again_share"] == 0.5
    assert row["without_place_share"] == pytest.approx(1 / 3)
    assert row["low"] < 0.5 < row["high"]


def test_an_asked_again_of_any_request_of_a_call_counts_the_call_once(both: Callable[..., Ask]) -> None:
    ask = both([call("a"), call("a2", call_id="a"), again("b", "a2"), again("c", "a", "Thu 2026-07-09 09:00")])
    assert ask(calls.rate, JULY, as_of=AS_OF)["asked_again_count"].item() == 1


def test_what_was_asked_after_the_moment_described_is_not_known(both: Callable[..., Ask]) -> None:
    ask = both([call("a"), again("b", "a", "Mon 2026-07-20 09:00")])
    earlier = moment("Mon 2026-07-20 08:59")
    assert ask(calls.rate, JULY, as_of=earlier)["asked_again_count"].item() == 0


def test_a_new_need_is_listed_by_type_and_left_out_of_the_headline(both: Callable[..., Ask]) -> None:
    ask = both(
        [call("a", service_type="Sofa"), again("b", "a", service_type="Sofa")],
        service_types=[service_type("Sofa", "new_need")],
    )
    assert ask(calls.rate, JULY, as_of=AS_OF)["closed_count"].item() == 0
    assert ask(calls.by, JULY, as_of=AS_OF).empty
    listed = ask(calls.by, JULY, as_of=AS_OF, by="service_type").iloc[0]
    assert (listed["key"], listed["repeat_means"], listed["asked_again_count"]) == ("Sofa", "new_need", 1)


def test_chasers_count_in_the_period_they_were_made_even_if_merged_later(both: Callable[..., Ask]) -> None:
    merged = {"repeat_kind": "chaser", "status": "duplicate", "exclusion_reason": "duplicate"}
    ask = both([call("a"), again("b", "a", **merged), again("c", "a", "Tue 2026-06-30 09:00", **merged)])
    assert ask(calls.rate, JULY, as_of=AS_OF)["chaser_count"].item() == 1


def test_no_rows_still_means_all_columns(both: Callable[..., Ask]) -> None:
    ask = both()
    rate = ask(calls.rate, JULY, as_of=AS_OF).iloc[0]
    assert rate["closed_count"] == 0
    assert rate[["asked_again_share", "low", "high"]].isna().all()
    for question in (calls.by, calls.fast_but_comes_back, calls.closures_asked_again, chronic.chronic):
        found = ask(question, JULY, as_of=AS_OF)
        assert found.empty
        assert len(found.columns) > 4


def test_weak_closures_are_those_with_nothing_found_or_administrative_that_were_asked_again(
    both: Callable[..., Ask],
) -> None:
    ask = both(
        [
            call("a", outcome="nothing_found"),
            again("b", "a"),
            call("c", outcome="administrative"),
            call("d"),
            again("e", "d"),
        ]
    )
    found = ask(calls.closures_asked_again, JULY, as_of=AS_OF)
    assert found[["sr_number", "asked_again_by"]].to_numpy().tolist() == [["a", "b"]]


def test_what_is_closed_in_time_and_asked_for_again_stands_side_by_side(both: Callable[..., Ask]) -> None:
    ask = both([call("a", due="Mon 2026-07-06 12:00"), again("b", "a")])
    row = ask(calls.fast_but_comes_back, JULY, as_of=AS_OF).iloc[0]
    assert (row["due_count"], row["compliance"], row["asked_again_share"]) == (1, 1.0, 1.0)
    assert row["is_small"]


def test_four_repeats_in_180_days_make_a_place_chronic(both: Callable[..., Ask]) -> None:
    days = ["Mon 2026-07-06 09:00", "Tue 2026-07-07 09:00", "Wed 2026-07-08 09:00", "Thu 2026-07-09 09:00"]
    rows = [again(f"b{n}", "a", day) for n, day in enumerate(days)]
    three = [again(f"c{n}", "a", day, place_id="1 ELM ST") for n, day in enumerate(days[:3])]
    old = again("old", "a", "Fri 2026-01-30 12:00", place_id="1 ELM ST")
    found = both([call("a"), *rows, *three, old])(chronic.chronic, JULY, as_of=AS_OF)
    assert found["place_id"].tolist() == ["1721 S KINGSLEY DR"]
    assert found[["repeat_count", "open_count"]].iloc[0].tolist() == [4, 4]
    assert found["last_created_at"].iloc[0] == moment(days[-1])


def test_the_story_of_a_place_is_told_oldest_first_as_it_stood(both: Callable[..., Ask]) -> None:
    ask = both([call("a"), again("b", "a"), again("later", "a", "Thu 2026-07-09 09:00")])
    found = ask(chronic.story, "1721 S KINGSLEY DR", as_of=moment("Wed 2026-07-08 10:00"))
    assert found["sr_number"].tolist() == ["a", "b"]
    before_closing = ask(chronic.story, "1721 S KINGSLEY DR", as_of=moment("Sat 2026-07-04 09:00"))
    assert before_closing["status"].tolist() == ["open"]
    assert before_closing["closed_at"].isna().all()


def test_unknown_groups_are_refused_by_name(both: Callable[..., Ask]) -> None:
    ask = both()
    with pytest.raises(ValueError, match='by "street" is not one of department, service_type'):
        ask(calls.by, JULY, as_of=AS_OF, by="street")
    with pytest.raises(ValueError, match='same "zip" is not one of'):
        ask(calls.gaps, JULY, as_of=AS_OF, same="zip")


MERGED = {"status": "duplicate", "outcome": "duplicate", "exclusion_reason": "duplicate"}


def test_a_call_whose_first_request_was_merged_is_counted_by_the_one_that_stayed(both: Callable[..., Ask]) -> None:
    stayed = call("stayed", "Tue 2026-07-07 09:00", call_id="merged", outcome="nothing_found")
    ask = both([call("merged", **MERGED), stayed, again("b", "merged")])
    row = ask(calls.rate, JULY, as_of=AS_OF).iloc[0]
    assert (row["closed_count"], row["asked_again_count"]) == (1, 1)
    assert ask(calls.closures_asked_again, JULY, as_of=AS_OF)["sr_number"].tolist() == ["stayed"]


def test_a_call_is_closed_with_the_last_of_its_requests_that_count(both: Callable[..., Ask]) -> None:
    august = RequestFilter(period=Period("august", date(2026, 8, 1), date(2026, 9, 1)))
    later = moment("Mon 2026-08-31 12:00")
    last = call("a2", "Mon 2026-08-03 09:00", call_id="a")
    ask = both([call("a"), last, call("a3", "Thu 2026-08-06 09:00", call_id="a", **MERGED)])
    assert ask(calls.rate, JULY, as_of=later)["closed_count"].item() == 0
    assert ask(calls.rate, august, as_of=later)["closed_count"].item() == 1
    # Before the last one was closed the call was not over.
    assert ask(calls.rate, JULY, as_of=AS_OF)["closed_count"].item() == 0


def test_a_chronic_place_lies_where_its_newest_located_repeat_does(both: Callable[..., Ask]) -> None:
    points = [
        (34.05, -118.20, "point"),
        (34.01, -118.29, "point"),
        (34.02, -118.25, "point"),
        (35.0, -117.0, "outside"),
    ]
    rows = [
        again(f"b{n}", "a", f"2026-07-0{n + 6} 09:00", latitude=north, longitude=east, location_quality=quality)
        for n, (north, east, quality) in enumerate(points)
    ]
    found = both([call("a"), *rows])(chronic.chronic, JULY, as_of=AS_OF)
    assert found[["latitude", "longitude"]].to_numpy().tolist() == [[34.02, -118.25]]
