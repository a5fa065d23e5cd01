"""A day's stops divided among trucks: by place, evenly, what cannot wait first, within a shift."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from db.rules.errors import DeskError
from db.rules.tours import MOST_STOPS, Division, divide

NAN = float("nan")


def divided(places: list[tuple[float, float]], trucks: int, **named: Any) -> Division:
    usual = {
        "is_urgent": [False] * len(places),
        "minutes": [20.0] * len(places),
        "streets": [""] * len(places),
        "shift_minutes": 480.0,
    }
    latitude, longitude = zip(*places, strict=True) if places else ((), ())
    return divide(latitude, longitude, trucks=trucks, **(usual | named))


NORTH = [(34.20 + step / 1000, -118.3) for step in range(4)]
SOUTH = [(33.90 + step / 1000, -118.3) for step in range(4)]


def test_neighbours_ride_together_and_no_truck_has_more_than_its_share():
    mixed = [stop for pair in zip(NORTH, SOUTH, strict=True) for stop in pair]
    tours = divided(mixed, 2).tours
    assert sorted(sorted(tour.stops) for tour in tours) == [[0, 2, 4, 6], [1, 3, 5, 7]]


def test_what_cannot_wait_comes_first_on_every_truck_and_is_shared_evenly():
    found = divided(NORTH + SOUTH, 2, is_urgent=[True, False] * 4)
    for tour in found.tours:
        assert tour.urgent_count == 2
        assert [stop % 2 for stop in tour.stops] == [0, 0, 1, 1]


def test_what_misses_the_shift_is_left_out_and_named():
    found = divided(NORTH, 1, shift_minutes=65.0)
    assert len(found.tours[0].stops) == 3
    assert len(found.left_out) == 1
    assert found.tours[0].minutes <= 65


def test_without_coordinates_tours_go_by_street():
    streets = ["OAK ST", "ELM ST", "OAK ST", "ELM ST"]
    found = divided([(NAN, NAN)] * 4, 2, streets=streets)
    assert [tour.stops for tour in found.tours] == [[1, 3], [0, 2]]
    assert [tour.km for tour in found.tours] == [0, 0]


def test_a_stop_without_coordinates_rides_at_the_end_of_a_tour():
    found = divided([*NORTH, (NAN, NAN)], 1)
    assert found.tours[0].stops[-1] == 4


def test_a_tour_begins_at_the_yard_where_it_is_known():
    found = divided([(34.2, -118.3), (34.0, -118.3)], 1, start=(33.9, -118.3))
    assert found.tours[0].stops == [1, 0]
    assert found.tours[0].km == pytest.approx(0.3 * 111.32, rel=0.01)


def test_no_stop_and_more_trucks_than_stops():
    assert [tour.stops for tour in divided([], 3).tours] == [[], [], []]
    assert sorted(stop for tour in divided(NORTH[:2], 5).tours for stop in tour.stops) == [0, 1]


def test_equal_stops_give_equal_tours():
    generator = np.random.default_rng(1)
    places = [(34 + a, -118 - b) for a, b in generator.random((60, 2)) / 5]
    assert divided(places, 4) == divided(places, 4)


def test_no_truck_and_far_too_many_stops_are_refused():
    with pytest.raises(DeskError, match="0 trucks"):
        divided(NORTH, 0)
    with pytest.raises(DeskError, match=f"at most {MOST_STOPS}"):
        divided([(34.0, -118.3)] * (MOST_STOPS + 1), 2)
