"""A crew's list in a sensible driving order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from db.rules.route import driving_order, length_km

stops = st.lists(st.tuples(st.floats(33.9, 34.3), st.floats(-118.6, -118.1)), min_size=1, max_size=25)


def test_stops_along_a_street_are_visited_one_after_the_other():
    assert driving_order([34.0, 34.3, 34.1, 34.2], [-118.2] * 4) == [0, 2, 3, 1]


def test_a_way_that_crosses_itself_is_untangled():
    latitude, longitude = [0.0, 0.0, 0.010, 0.012, 0.0], [0.0, 0.010, 0.010, 0.0, 0.021]
    order = driving_order(latitude, longitude)
    turned = [latitude[stop] for stop in order], [longitude[stop] for stop in order]
    assert length_km(*turned) <= length_km(latitude, longitude)


def test_stops_without_coordinates_come_last_in_their_order():
    nowhere = float("nan")
    assert driving_order([nowhere, 34.2, nowhere, 34.1], [nowhere, -118.2, -118.2, -118.2]) == [1, 3, 0, 2]


def test_no_stop_and_one_stop_need_no_order():
    assert driving_order([], []) == []
    assert driving_order([34.0], [-118.0]) == [0]
    assert length_km([], []) == length_km([34.0], [-118.0]) == 0


def test_a_degree_of_latitude_is_111_kilometres():
    assert round(length_km([34.0, 35.0], [-118.0, -118.0])) == 111


@settings(max_examples=50)
@given(stops)
def test_every_stop_is_visited_once_and_the_first_stays_first(places):
    latitude, longitude = zip(*places, strict=True)
    order = driving_order(latitude, longitude)
    assert sorted(order) == list(range(len(places)))
    assert order[0] == 0
