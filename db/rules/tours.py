"""A day's stops divided among trucks: tours by place, each with what must be done today first.

The division is made by a solver of vehicle routes (PyVRP) on straight-line distances; the order within each tour by
`route.py`. Both are seeded, so that equal stops give equal tours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyvrp import Model
from pyvrp.stop import MaxIterations

from db.rules.errors import DeskError
from db.rules.route import driving_order, kilometres

KM_AN_HOUR = 20.0  # straight-line kilometres in a city, lights and detours included; an assumption
ITERATIONS, OF_STOPS = 300, 150  # 300 rounds up to 150 stops, fewer for more stops, so that it takes under 2 seconds
MOST_STOPS = 300
METRES = 1000

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
Bools = NDArray[np.bool_]
Place = tuple[float, float]
"""Latitude and longitude in degrees."""


class Tour(NamedTuple):
    """One truck's tour. `stops`: their numbers in order, the first `urgent_count` of them the leg that cannot wait;
    `km` in straight lines between those with coordinates, `minutes` with the work at each stop.
    """

    stops: list[int]
    urgent_count: int
    km: float
    minutes: float


class Division(NamedTuple):
    """The tours, one for each truck, and the stops that no tour holds within its shift, in the order given."""

    tours: list[Tour]
    left_out: list[int]


def divide(
    latitude: ArrayLike,
    longitude: ArrayLike,
    *,
    is_urgent: ArrayLike,
    minutes: ArrayLike,
    streets: Sequence[str],
    trucks: int,
    shift_minutes: float,
    start: Place | None = None,
) -> Division:
    """Tours of stops, arguments of shape (n,), given in the order in which they should be done.

    `is_urgent`: dangers and what is due today, which each tour does first; `minutes` at each stop; `streets` for stops
    without coordinates, which follow at the end of a tour by street. `start`: where the trucks stand in the morning;
    without it a tour begins at its first stop. Each tour has about the same number of stops and of urgent ones. Raises
    DeskError for fewer than one truck and for more than `MOST_STOPS` stops.
    """
    places = np.column_stack([np.asarray(latitude, np.float64), np.asarray(longitude, np.float64)])
    urgent, work = np.asarray(is_urgent, bool), np.asarray(minutes, np.float64)
    if trucks < 1 or len(places) > MOST_STOPS:
        raise DeskError(f"{trucks} trucks for {len(places)} stops: expected at least 1, and at most {MOST_STOPS} stops")
    known = np.flatnonzero(~np.isnan(places).any(axis=1))
    unknown = sorted(np.flatnonzero(np.isnan(places).any(axis=1)).tolist(), key=lambda stop: (streets[stop], stop))
    truck = np.full(len(places), -1)
    if len(known):
        truck[known] = _by_place(places[known], urgent[known], trucks, start)
    _fill_up(truck, unknown, trucks)
    tours, left_out = [], []
    for number in range(trucks):
        tour, late = _tour(np.flatnonzero(truck == number), places, urgent, work, streets, shift_minutes, start)
        tours.append(tour)
        left_out += late
    return Division(tours, sorted(left_out))


def _by_place(places: Floats, urgent: Bools, trucks: int, start: Place | None) -> Numbers:
    """The truck of each stop, shape (n,): short ways, and equal numbers of stops and of urgent ones."""
    count = len(places)
    if trucks == 1:
        return np.zeros(count, np.int64)
    flat = kilometres(places if start is None else np.vstack([places, [start]]))
    metres = np.round((flat - flat.min(axis=0)) * METRES).astype(int)
    model = Model()
    home = model.add_location(*(metres[-1] if start is not None else metres[0]).tolist())
    depot = model.add_depot(home)
    share = [-(-count // trucks), -(-int(urgent.sum()) // trucks)]
    model.add_vehicle_type(trucks, capacity=share, start_depot=depot, end_depot=depot)
    spots = [model.add_location(*spot) for spot in metres[:count].tolist()]
    for spot, is_first in zip(spots, urgent.tolist(), strict=True):
        model.add_client(spot, delivery=[1, int(is_first)])
    _add_distances(model, [home, *spots], metres[:count], metres[-1] if start is not None else None)
    iterations = MaxIterations(ITERATIONS * OF_STOPS // max(count, OF_STOPS))
    solution = model.solve(iterations, seed=1, display=False, collect_stats=False).best
    truck = np.zeros(count, np.int64)
    for number, route in enumerate(solution.routes()):
        truck[[visit.idx for visit in route if visit.is_client()]] = number
    return truck


def _add_distances(model: Model, spots: list[Any], metres: Numbers, start: Numbers | None) -> None:
    """Add the distance between each pair of spots in metres; 0 to and from the start where that is not known."""
    between = np.hypot(*(metres[:, None, :] - metres[None, :, :]).transpose(2, 0, 1)).astype(int)
    home = np.zeros(len(metres), int) if start is None else np.hypot(*(metres - start).T).astype(int)
    for first, spot in enumerate(spots[1:]):
        model.add_edge(spots[0], spot, int(home[first]))
        model.add_edge(spot, spots[0], int(home[first]))
        for second, other in enumerate(spots[1:]):
            if first != second:
                model.add_edge(spot, other, int(between[first, second]))


def _fill_up(truck: Numbers, unknown: list[int], trucks: int) -> None:
    """Deal stops without coordinates out to the trucks, neighbours by street together, the emptier trucks first."""
    counts = np.bincount(truck[truck >= 0], minlength=trucks)
    room = np.maximum(-(-len(truck) // trucks) - counts, 0)
    owners = np.repeat(np.arange(trucks), room)
    for stop, owner in zip(unknown, owners.tolist(), strict=False):
        truck[stop] = owner


def _tour(
    stops: Numbers,
    places: Floats,
    urgent: Bools,
    work: Floats,
    streets: Sequence[str],
    shift_minutes: float,
    start: Place | None,
) -> tuple[Tour, list[int]]:
    """The stops of one truck in order, as many as fit into the shift, and those that do not."""
    first, at = _leg(stops[urgent[stops]], places, streets, start)
    second, _ = _leg(stops[~urgent[stops]], places, streets, at)
    ordered = first + second
    way = kilometres(places[ordered] if start is None else np.vstack([[start], places[ordered]]))
    known = ~np.isnan(way).any(axis=1)
    steps = np.zeros(len(way))
    steps[np.flatnonzero(known)[1:]] = np.hypot(*np.diff(way[known], axis=0).T)
    steps = steps if start is None else steps[1:]
    clock = np.cumsum(steps / KM_AN_HOUR * 60 + work[ordered])
    count = int((clock <= shift_minutes).sum())
    tour = Tour(
        ordered[:count],
        min(len(first), count),
        float(steps[:count].sum()),
        float(clock[count - 1]) if count else 0.0,
    )
    return tour, ordered[count:]


def _leg(stops: Numbers, places: Floats, streets: Sequence[str], at: Place | None) -> tuple[list[int], Place | None]:
    """The stops of a leg in driving order from `at`, those without coordinates last by street; and where it ends."""
    known = stops[~np.isnan(places[stops]).any(axis=1)]
    unknown = sorted(set(stops.tolist()) - set(known.tolist()), key=lambda stop: (streets[stop], stop))
    if not len(known):
        return unknown, at
    from_here = places[known] if at is None else np.vstack([[at], places[known]])
    order = driving_order(*from_here.T)
    ordered = [int(known[stop - (at is not None)]) for stop in order if at is None or stop > 0]
    end: Place = (float(places[ordered[-1]][0]), float(places[ordered[-1]][1]))
    return [*ordered, *unknown], end
