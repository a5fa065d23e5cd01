"""A sensible driving order for a crew's list: nearest neighbour from the first stop, then untangled (2-opt)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

MOST_ROUNDS = 20
KM_PER_DEGREE = 111.32

Floats = NDArray[np.float64]


def driving_order(latitude: ArrayLike, longitude: ArrayLike) -> list[int]:
    """The order in which to visit the stops, as their numbers; the first stop stays first.

    `latitude`, `longitude` in degrees, shape (n,). Distances are straight lines on a flat map, good within a city.
    Stops without coordinates come last, in the order given. Made for a day's list: time grows as n squared.
    """
    places = flat(np.asarray(latitude, np.float64), np.asarray(longitude, np.float64))
    known = np.flatnonzero(~np.isnan(places).any(axis=1))
    distance = _distances(places[known])
    order = _untangled(_nearest(distance), distance)
    return [int(known[stop]) for stop in order] + [int(stop) for stop in np.flatnonzero(np.isnan(places).any(axis=1))]


def length_km(latitude: ArrayLike, longitude: ArrayLike) -> float:
    """The way through the stops in the order given, in straight lines; those without coordinates are left out."""
    places = flat(np.asarray(latitude, np.float64), np.asarray(longitude, np.float64))
    places = places[~np.isnan(places).any(axis=1)]
    return float(np.hypot(*np.diff(places, axis=0).T).sum())


def kilometres(places: Floats) -> Floats:
    """Kilometres east and north of places in degrees of latitude and longitude, shape (n, 2) in and out."""
    return flat(places[:, 0], places[:, 1])


def flat(latitude: Floats, longitude: Floats) -> Floats:
    """Kilometres east and north, shape (n, 2)."""
    known = latitude[~np.isnan(latitude)]
    squeeze = np.cos(np.radians(known.mean())) if len(known) else 1.0
    return np.column_stack([longitude * squeeze, latitude]) * KM_PER_DEGREE


def _distances(places: Floats) -> Floats:
    return np.hypot(*(places[:, None, :] - places[None, :, :]).transpose(2, 0, 1))


def _nearest(distance: Floats) -> list[int]:
    left = list(range(len(distance)))
    order = left[:1]
    del left[:1]
    while left:
        nearest = min(left, key=lambda stop: distance[order[-1], stop])
        left.remove(nearest)
        order.append(nearest)
    return order


def _untangled(order: list[int], distance: Floats) -> list[int]:
    """The order with parts of it reversed until no reversal shortens the way (2-opt); it may end at any stop."""
    for _ in range(MOST_ROUNDS):
        is_better = False
        for first in range(1, len(order) - 1):
            for last in range(first + 1, len(order)):
                if _gain(order, first, last, distance) > 1e-9:
                    order[first : last + 1] = order[first : last + 1][::-1]
                    is_better = True
        if not is_better:
            break
    return order


def _gain(order: list[int], first: int, last: int, distance: Floats) -> float:
    """How much shorter the way is with the stops from `first` to `last` in reverse."""
    before, start, end = order[first - 1], order[first], order[last]
    gain = distance[before, start] - distance[before, end]
    if last + 1 < len(order):
        after = order[last + 1]
        gain += distance[end, after] - distance[start, after]
    return float(gain)
