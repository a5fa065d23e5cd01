"""What counts as the same call, a chaser and asked again, on both engines and in any order of loads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select, update

from db.model import links as linking
from db.model.links import LINKS, link
from db.model.schema import requests
from db.model.stored_columns import OF_CALLS, wrong_calls
from tests.builders import closed_request, moment, open_request
from tests.conftest import Ask

PLACE = {"place_id": "1721 S KINGSLEY DR", "address_norm": "1721 S KINGSLEY DR"}
Links = dict[str, tuple[str | None, str | None]]
Link = Callable[..., Links]
_CLOCK = {"a": "09:00", "b": "09:50", "c": "10:40"}


@pytest.fixture
def linked(both: Callable[..., Ask]) -> Link:
    """Links the given rows on both engines; gives `sr_number -> (repeat_kind, repeat_of)` after both agree."""

    def run(*rows: dict[str, Any], failures: Mapping[str, Sequence[str]] | None = None) -> Links:
        reports = [
            {"service_type": name, "failed_type": failed} for name, of in (failures or {}).items() for failed in of
        ]
        found: Links = both(rows, reported_failures=reports)(_linked)
        return found

    return run


def _linked(connection: Connection) -> Links:
    link(connection)
    return _links(connection)


def _links(connection: Connection) -> Links:
    columns = (requests.c.sr_number, requests.c.repeat_kind, requests.c.repeat_of)
    return {number: (kind, of) for number, kind, of in connection.execute(select(*columns))}


def test_a_second_request_within_the_hour_is_the_same_call(linked: Link) -> None:
    found = linked(
        open_request("Mon 2026-07-06 09:00", sr_number="a", **PLACE),
        open_request("Mon 2026-07-06 10:00", sr_number="b", **PLACE),
        open_request("Mon 2026-07-06 11:00:01", sr_number="c", **PLACE),
    )
    assert found == {"a": (None, None), "b": ("same_call", "a"), "c": ("chaser", "a")}


def test_a_run_of_gaps_under_an_hour_ends_after_three_hours_in_all(linked: Link) -> None:
    clock = ["09:00", "09:50", "10:40", "11:30", "12:00", "12:01"]
    rows = [open_request(f"Mon 2026-07-06 {at}", sr_number=str(n), **PLACE) for n, at in enumerate(clock)]
    found = linked(*rows)
    assert [found[str(n)] for n in range(6)] == [(None, None)] + [("same_call", "0")] * 4 + [("chaser", "0")]


def test_another_type_or_another_place_is_no_repeat(linked: Link) -> None:
    found = linked(
        open_request("Mon 2026-07-06 09:00", sr_number="a", **PLACE),
        open_request("Mon 2026-07-06 09:01", sr_number="b", service_type="Graffiti Removal", **PLACE),
        open_request("Mon 2026-07-06 09:02", sr_number="c", place_id="1723 S KINGSLEY DR"),
    )
    assert {kind for kind, _ in found.values()} == {None}


def test_a_request_while_the_earlier_is_open_is_a_chaser_even_if_that_was_closed_later(linked: Link) -> None:
    found = linked(
        closed_request("Mon 2026-07-06 09:00", "Fri 2026-07-10 09:00", sr_number="a", **PLACE),
        open_request("Wed 2026-07-08 09:00", sr_number="b", status="duplicate", **PLACE),
    )
    assert found["b"] == ("chaser", "a")


@pytest.mark.parametrize(
    ("created", "kind"),
    [
        ("Fri 2026-07-24 09:00", "asked_again"),
        ("Fri 2026-07-24 09:00:01", None),
        ("Fri 2026-07-10 09:00", "asked_again"),
    ],
)
def test_asked_again_means_within_14_days_of_the_closing(linked: Link, created: str, kind: str | None) -> None:
    found = linked(
        closed_request("Mon 2026-07-06 09:00", "Fri 2026-07-10 09:00", sr_number="a", **PLACE),
        open_request(created, sr_number="b", **PLACE),
    )
    assert found["b"][0] == kind


def test_the_citys_own_crew_neither_chases_nor_asks_again(linked: Link) -> None:
    found = linked(
        open_request("Mon 2026-07-06 09:00", sr_number="a", **PLACE),
        open_request("Wed 2026-07-08 09:00", sr_number="b", is_proactive=True, **PLACE),
    )
    assert found["b"] == (None, None)


def test_an_older_request_still_open_is_chased_though_a_later_one_was_closed(linked: Link) -> None:
    found = linked(
        open_request("Mon 2026-07-06 09:00", sr_number="a", **PLACE),
        closed_request("Tue 2026-07-07 09:00", "Tue 2026-07-07 12:00", sr_number="b", is_proactive=True, **PLACE),
        open_request("Wed 2026-07-08 09:00", sr_number="c", **PLACE),
    )
    assert found["c"] == ("chaser", "a")


def test_nothing_is_concluded_from_an_end_without_a_time(linked: Link) -> None:
    found = linked(
        closed_request("Mon 2026-07-06 09:00", sr_number="a", closed_at=None, **PLACE),
        open_request("Wed 2026-07-08 09:00", sr_number="b", **PLACE),
    )
    assert found["b"] == (None, None)


def test_a_type_may_report_the_failure_of_another(linked: Link) -> None:
    found = linked(
        closed_request(
            "Mon 2026-07-06 09:00", "Thu 2026-07-09 09:00", sr_number="a", service_type="Item Pickups", **PLACE
        ),
        closed_request(
            "Tue 2026-07-07 09:00", "Fri 2026-07-10 09:00", sr_number="b", service_type="Item Pickups", **PLACE
        ),
        open_request("Mon 2026-07-13 09:00", sr_number="c", service_type="Service Not Complete", **PLACE),
        failures={"Service Not Complete": ("Item Pickups", "Containers")},
    )
    assert found["c"] == ("asked_again", "b")


def _at(latitude: float, place: str) -> dict[str, Any]:
    point = {"latitude": latitude, "longitude": -118.25, "location_quality": "point"}
    return point | {"place_id": place, "address_norm": place}


def test_25_metres_count_only_where_one_side_has_no_house_number(linked: Link) -> None:
    twenty_metres = 20 / 111_320
    found = linked(
        open_request("Mon 2026-07-06 09:00", sr_number="a", **_at(34.0, "100 A ST")),
        open_request("Tue 2026-07-07 09:00", sr_number="b", **_at(34.0 + twenty_metres, "102 A ST")),
        open_request("Wed 2026-07-08 09:00", sr_number="c", **_at(34.0 + twenty_metres, "A ST & B AVE")),
        open_request("Thu 2026-07-09 09:00", sr_number="d", **_at(34.0 + 3 * twenty_metres, "@34.0005,-118.2500")),
    )
    assert found["b"] == (None, None)
    assert found["c"] == ("chaser", "b")
    assert found["d"] == (None, None)


def test_near_is_near_over_the_edges_of_the_cells_in_which_it_is_looked_for(linked: Link) -> None:
    first = moment("Mon 2026-07-06 09:00")
    steps = [step * 1e-4 for step in range(-4, 4)]  # eleven metres each, over three cells and more
    rows = [
        open_request(first + timedelta(days=n), sr_number=str(n), **_at(34 + step, f"@{34 + step:.4f},-118.2500"))
        for n, step in enumerate(steps)
    ]
    found = linked(*rows)
    assert {found[str(n)] for n in range(1, 8)} == {("chaser", str(n - 1)) for n in range(1, 8)}


def test_identical_moments_are_told_apart_by_number(linked: Link) -> None:
    rows = [open_request("Mon 2026-07-06 09:00", sr_number=number, **PLACE) for number in "cab"]
    assert linked(*rows) == {"a": (None, None), "b": ("same_call", "a"), "c": ("same_call", "a")}


def test_loads_in_any_order_end_in_the_same_links(duckdb_engine: Engine) -> None:
    """Linking what one load touched, load after load, gives what linking everything gives."""
    days = ["Mon 2026-07-06", "Tue 2026-07-07", "Wed 2026-07-08", "Thu 2026-07-09", "Fri 2026-07-10"]
    rows = [
        closed_request(f"{day} 09:00", f"{day} 15:00", sr_number=f"{day}{place}", **_at(34.0 + step * 1e-4, place))
        for step, place in enumerate(("100 A ST", "A ST & B AVE", "@34.0002,-118.2500"))
        for day in days
    ]
    outcomes = []
    for order in (rows, rows[::-1]):
        with duckdb_engine.connect() as connection:  # never committed
            for load_id, row in enumerate(order, start=1):
                connection.execute(requests.insert(), [row | {"first_load": load_id, "last_load": load_id}])
                link(connection, since_load=load_id)
                assert wrong_calls(connection) == 0
            outcomes.append(_links(connection))
            connection.execute(update(requests).values(call_id=None, repeat_kind=None, repeat_of=None))
            outcomes.append(_linked(connection))
    assert outcomes[0] == outcomes[1] == outcomes[2] == outcomes[3]
    assert any(kind for kind, _ in outcomes[0].values())


_WRITTEN = ("created_at", "closed_at", "status", "outcome", "place_id", "latitude", "last_load")
# Twenty metres from one to the next, so that each is near its neighbours only: a load reaches but a part of them.
_SPOTS = {(f"@{n}" if n % 3 else f"{n} A ST"): 34 + n * 20 / 111_320 for n in range(12)}


def _drawn(dice: Random, number: str, load_id: int) -> dict[str, Any]:
    """A request at one of a few spots, in a row, within a month."""
    created = moment("Mon 2026-07-06 09:00") + timedelta(minutes=dice.randrange(20 * 24 * 60))
    place = dice.choice(list(_SPOTS))
    loads = {"first_load": load_id, "last_load": load_id}
    named = {"sr_number": number, "is_proactive": dice.random() < 0.1} | loads | _at(_SPOTS[place], place)
    if dice.random() < 0.05:
        return open_request(created, **named)
    return closed_request(created, created + timedelta(minutes=dice.randrange(3 * 24 * 60)), **named)


def _load_after_load(connection: Connection, seed: int) -> list[list[tuple[Any, ...]]]:
    """What is stored of links after fifteen loads of new and changed requests, and after linking everything anew."""
    dice, numbers = Random(seed), list[str]()
    for load_id in range(1, 16):
        for number in dice.sample(numbers, min(len(numbers), 2)):
            row = _drawn(dice, number, load_id)
            changed = update(requests).where(requests.c.sr_number == number)
            connection.execute(changed.values({name: row[name] for name in _WRITTEN}))
        new = [f"{load_id}-{n}" for n in range(dice.randrange(1, 20))]
        connection.execute(requests.insert(), [_drawn(dice, number, load_id) for number in new])
        numbers += new
        link(connection, since_load=load_id)
        assert wrong_calls(connection) == 0
    stored = [requests.c[name] for name in ("sr_number", *LINKS, *OF_CALLS)]
    rows = select(*stored).order_by(requests.c.sr_number.collate("C"))
    by_loads = [tuple(row) for row in connection.execute(rows)]
    connection.execute(update(requests).values(dict.fromkeys((*LINKS, *OF_CALLS))))
    link(connection)
    return [by_loads, [tuple(row) for row in connection.execute(rows)]]


def test_changed_and_new_requests_load_after_load_end_as_if_all_had_come_at_once(
    both: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking, "MOST", 2)  # so that it never gives up working over a part
    ask, seen = both(), list[tuple[Any, ...]]()
    for seed in range(6):
        by_loads, at_once = ask(_load_after_load, seed)
        assert by_loads == at_once, seed
        seen += at_once
    _, _, _, kinds, _, _, shares, asked_again_at, _, _ = zip(*seen, strict=True)
    assert set(kinds) == {None, "same_call", "chaser", "asked_again"}
    assert any(shares)
    assert any(asked_again_at)


def test_a_load_that_touches_much_is_linked_as_if_all_were_new(both: Any) -> None:
    first = {"first_load": 1, "last_load": 1}
    rows = [open_request(sr_number=f"{n}", **first, **_at(34 + n / 100, f"{n} A ST")) for n in range(20)]
    newer = {"first_load": 2, "last_load": 2}
    one, many = (
        [open_request(sr_number=f"new {n}", **newer, **_at(34 + n / 100, f"{n} A ST")) for n in range(count)]
        for count in (1, 4)
    )
    assert both([*rows, *one])(linking.find_links, "requests", since_load=2) is False
    assert both([*rows, *many])(linking.find_links, "requests", since_load=2) is True


def test_those_left_behind_by_a_request_that_moved_are_linked_anew(duckdb_engine: Engine) -> None:
    rows = [open_request(f"Mon 2026-07-06 {at}", sr_number=number, **PLACE) for number, at in _CLOCK.items()]
    with duckdb_engine.connect() as connection:  # never committed
        connection.execute(requests.insert(), rows)
        assert _linked(connection)["c"] == ("same_call", "a")
        moved = update(requests).where(requests.c.sr_number == "b").values(place_id="1 ELM ST", last_load=2)
        connection.execute(moved)
        link(connection, since_load=2)
        assert _links(connection) == {"a": (None, None), "b": (None, None), "c": ("chaser", "a")}


def test_five_thousand_requests_at_one_address_are_linked(linked: Link) -> None:
    rows = [open_request("Mon 2026-07-06 09:00", sr_number=f"{n:05d}", **PLACE) for n in range(5000)]
    found = linked(*rows)
    assert sum(kind == "same_call" for kind, _ in found.values()) == 4999
