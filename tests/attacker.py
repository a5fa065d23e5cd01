"""Somebody who wants to know what the public tables hide: reads nothing but published rows, and knows the rule.

Another formulation than the program that hides: here every published number is a whole unknown of its own, tied to the
others by "the total is the sum of its parts", while the program knows only the finest cells. For every hidden number
and every value from 1 to 9 it looks for whole, not negative counts that fit all numbers of all editions.

`excluded` knows the table of what was asked. `excluded_by_balance` knows all tables that count, and that what waits is
what waited before and what was asked, less what was ended: with running sums from the first day, where the program
has weeks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack, lil_array

VALUES = range(1, 10)
ROUNDS = 4
Key = tuple[str, str, str, str]  # month, category, service type, district; '' for all of them
Ties = list[tuple[Key, list[Key]]]


class ReissuedError(AssertionError):
    """Two editions give different numbers for the same thing."""


def gathered(editions: Iterable[Sequence[Mapping[str, Any]]]) -> dict[Key, int | None]:
    """All numbers of all editions. Raises ReissuedError where two editions differ."""
    found: dict[Key, int | None] = {}
    for rows in editions:
        for row in rows:
            key = (row["month"], row["category"], row["service_type"], row["district"])
            if key in found and found[key] != row["asked_count"]:
                raise ReissuedError(f"{key} was {found[key]} and is {row['asked_count']}")
            found[key] = row["asked_count"]
    return found


def excluded(numbers: Mapping[Key, int | None]) -> dict[Key, set[int]]:
    """For each hidden number the values from 1 to 9 that it cannot have; empty where nothing is given away."""
    found: dict[Key, set[int]] = {}
    for month in sorted({key[0] for key in numbers}):
        found |= _excluded_in({key: value for key, value in numbers.items() if key[0] == month})
    return found


def _excluded_in(numbers: dict[Key, int | None]) -> dict[Key, set[int]]:
    unknown = list(numbers)
    ties = _ties(numbers, unknown)
    place = {key: number for number, key in enumerate(unknown)}
    # The rule is known: a total of nought is shown, so that a hidden total is at least 1.
    least = [0 if _kind(key) in ("cell", "category") or key not in numbers else 1 for key in unknown]
    known = [numbers.get(key) for key in unknown]
    low = np.array([at_least if value is None else value for value, at_least in zip(known, least, strict=True)], float)
    high = np.array([np.inf if value is None else value for value in known], dtype=float)
    matrix = lil_array((len(ties), len(unknown)))
    for row, (total, parts) in enumerate(ties):
        matrix[row, place[total]] = 1
        for part in parts:
            matrix[row, place[part]] = -1
    fits = LinearConstraint(matrix.tocsr(), 0, 0)
    hidden = [key for key, value in numbers.items() if value is None]
    at = [place[key] for key in hidden]
    possible: dict[Key, set[int]] = {key: set() for key in hidden}

    def note(found: np.ndarray | None) -> None:
        for key, where in zip(hidden, at, strict=True):
            if found is not None:
                possible[key].add(round(found[where]))

    for value in VALUES:
        for _ in range(ROUNDS):
            wanted = [where for key, where in zip(hidden, at, strict=True) if value not in possible[key]]
            note(_as_many_as_can_be(value, wanted, fits, low, high))
        for key in hidden:
            if value not in possible[key]:
                at_low, at_high = low.copy(), high.copy()
                at_low[place[key]] = at_high[place[key]] = value
                note(_solved(np.zeros(len(unknown)), [fits], at_low, at_high))
    return {key: missing for key in hidden if (missing := set(VALUES) - possible[key])}


def _as_many_as_can_be(
    value: int, wanted: list[int], fits: LinearConstraint, low: np.ndarray, high: np.ndarray
) -> np.ndarray | None:
    """Counts that fit, with as many of the wanted numbers near `value` as one solution can have."""
    if not wanted:
        return None
    count, extra = len(low), len(wanted)
    pick = csr_array((np.ones(extra), (np.arange(extra), wanted)), shape=(extra, count))
    away = eye_array(extra)
    held = LinearConstraint(hstack([fits.A, csr_array((fits.A.shape[0], extra))]), 0, 0)
    above = LinearConstraint(hstack([pick, -away]), -np.inf, value)
    below = LinearConstraint(hstack([pick, away]), value, np.inf)
    weights = np.concatenate([np.zeros(count), np.ones(extra)])
    widened = np.concatenate([low, np.zeros(extra)]), np.concatenate([high, np.full(extra, np.inf)])
    found = _solved(weights, [held, above, below], *widened)
    return None if found is None else found[:count]


def _solved(
    weights: np.ndarray, constraints: list[LinearConstraint], low: np.ndarray, high: np.ndarray
) -> np.ndarray | None:
    whole, bounds = np.ones(len(low)), Bounds(low, high)
    found = milp(weights, integrality=whole, bounds=bounds, constraints=constraints, options={"mip_rel_gap": 0.2})
    return found.x


def _ties(numbers: Mapping[Key, int | None], unknown: list[Key]) -> Ties:
    """Which number is the sum of which; adds unpublished unknowns where a table of parts is not published."""
    kinds: dict[str, list[Key]] = defaultdict(list)
    for key in numbers:
        kinds[_kind(key)].append(key)
    ties: Ties = []
    cells = kinds["cell"]
    if not cells and kinds["service"] and (kinds["district"] or kinds["category"]):
        cells = _unpublished(kinds)
        unknown += cells
    for service in kinds["service"]:
        parts = [cell for cell in cells if cell[1:3] == service[1:3]]
        if parts:
            ties.append((service, parts))
    for group in kinds["category"]:
        ties.append((group, [cell for cell in cells if cell[1] == group[1] and cell[3] == group[3]]))
    for district in kinds["district"]:
        ties.append((district, [cell for cell in cells if cell[3] == district[3]]))
    if kinds["service"]:
        ties.append((kinds["city"][0], kinds["service"]))
    return ties


def _unpublished(kinds: Mapping[str, list[Key]]) -> list[Key]:
    """A cell for each service in each district. An attacker knows that sensitive services are in no district; one
    who does not name them only knows less, so every known one of the city's profile is told apart by `is_local`.
    """
    places = sorted({key[3] for key in (*kinds["district"], *kinds["category"])})
    return [(*service[:3], place) for service in kinds["service"] if is_local(service[2]) for place in places]


def is_local(service_type: str) -> bool:
    from db.cities.profile import load

    sensitive = {one.service_type for one in load("los_angeles").service_types if one.is_sensitive}
    return service_type not in sensitive and service_type != "-"


def _kind(key: Key) -> str:
    _, category, service, district = key
    if service:
        return "cell" if district else "service"
    if category:
        return "category"
    return "district" if district else "city"


def all_told(editions: Iterable[Mapping[str, Sequence[Mapping[str, Any]]]]) -> dict[tuple[str, ...], int | None]:
    """Every number of the whole city in all tables of all editions that count: kind, and month or last day.

    Raises ReissuedError where two editions differ.
    """
    found: dict[tuple[str, ...], int | None] = {}
    for tables in editions:
        spans = {row["month"]: (row["first_on"], row["last_on"]) for row in tables["months"]}
        told: list[tuple[tuple[str, ...], int | None]] = []
        for row in tables["asked"]:
            if not (row["service_type"] or row["category"] or row["district"]):
                told.append((("asked", *spans[row["month"]]), row["asked_count"]))
        for row in tables["ended"]:
            told.append((("ended", *spans[row["month"]]), row["ended_count"]))
            told.append((("done", *spans[row["month"]]), row["work_done_count"]))
        told += [(("waits", row["week_end"]), row["waiting_count"]) for row in tables["waiting"]]
        for key, value in told:
            if key in found and found[key] != value:
                raise ReissuedError(f"{key} was {found[key]} and is {value}")
            found[key] = value
    return found


def excluded_by_balance(told: Mapping[tuple[str, ...], int | None]) -> dict[tuple[str, ...], set[int]]:
    """For each hidden number of the whole city the values from 1 to 9 that it cannot have."""
    days = sorted({edge for key in told for edge in _edges(key)})
    place = {
        (kind, day): number for number, (kind, day) in enumerate((k, d) for k in ("in", "out", "work") for d in days)
    }
    start = len(place)  # the last unknown: what waited on the first day
    rows: list[tuple[dict[int, float], float, float]] = []
    for kind in ("in", "out", "work"):
        rows += [({place[kind, b]: 1, place[kind, a]: -1}, 0, np.inf) for a, b in pairwise(days)]
    for a, b in pairwise(days):  # no more work is done than is ended
        rows.append(({place["out", b]: 1, place["out", a]: -1, place["work", b]: -1, place["work", a]: 1}, 0, np.inf))
    for day in days:
        rows.append(({start: 1, place["in", day]: 1, place["out", day]: -1}, 0, np.inf))
    first = len(rows)
    for key, value in told.items():
        if value is None:
            rows.append((_number(key, place, start), 0 if key[0] == "waits" else 1, np.inf))
        else:
            low, high = (max(value - 5, 10), value + 5) if key[0] == "waits" else (value, value)
            rows.append((_number(key, place, start), low, high))
    matrix = lil_array((len(rows), start + 1))
    for number, (coefficients, _, _) in enumerate(rows):
        for where, factor in coefficients.items():
            matrix[number, where] = factor
    lows, highs = np.array([row[1] for row in rows], float), np.array([row[2] for row in rows], float)
    return _values_excluded(matrix.tocsr(), lows, highs, {key: first + at for at, key in enumerate(told)}, told)


def _values_excluded(
    matrix: csr_array,
    lows: np.ndarray,
    highs: np.ndarray,
    row_of: Mapping[tuple[str, ...], int],
    told: Mapping[tuple[str, ...], int | None],
) -> dict[tuple[str, ...], set[int]]:
    """The values from 1 to 9 that no whole, not negative running sums give a hidden number."""
    hidden = [key for key, value in told.items() if value is None]
    possible: dict[tuple[str, ...], set[int]] = {key: set() for key in hidden}
    for key in hidden:
        for value in VALUES:
            if value in possible[key]:
                continue
            low, high = lows.copy(), highs.copy()
            low[row_of[key]] = high[row_of[key]] = value
            count = matrix.shape[1]
            found = _solved(
                np.zeros(count), [LinearConstraint(matrix, low, high)], np.zeros(count), np.full(count, np.inf)
            )
            if found is not None:
                numbers = matrix @ np.rint(found)
                for other in hidden:
                    possible[other].add(round(numbers[row_of[other]]))
    return {key: missing for key in hidden if (missing := set(VALUES) - possible[key])}


def _edges(key: tuple[str, ...]) -> list[str]:
    """The first day of a span, and the day after its end."""
    after = (date.fromisoformat(key[-1]) + timedelta(days=1)).isoformat()
    return [after] if key[0] == "waits" else [key[1], after]


def _number(key: tuple[str, ...], place: Mapping[tuple[str, str], int], start: int) -> dict[int, float]:
    """A published number in running sums."""
    edges = _edges(key)
    if key[0] == "waits":
        return {start: 1, place["in", edges[0]]: 1, place["out", edges[0]]: -1}
    kind = {"asked": "in", "ended": "out", "done": "work"}[key[0]]
    return {place[kind, edges[1]]: 1, place[kind, edges[0]]: -1}
