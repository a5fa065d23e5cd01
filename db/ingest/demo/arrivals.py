"""When requests of the demo city come in, of which type, where and how.

A day's expected number of a type is its share of the year, shaped by weekday, month, holidays and
a slow wave of demand of its department. The number of requests is drawn around it, their hours as in the real city.
Frames of requests hold `created` (datetime64[s]), `type`, `place` (row numbers of the plans and of
the places), `origin` (arrival | chronic | same_call | chaser | asked_again) and `parent` (a row, or -1).
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from db.ingest.demo import plan
from db.ingest.demo.places import draw_places

HOLIDAY_FACTOR = 0.45
WAVE_SPREAD = {plan.LATE_FROM_STAFF: 0.22, plan.LATE_FROM_WAITING: 0.22}
USUAL_WAVE_SPREAD = 0.06
WAVE_MEMORY = 0.8  # of one week's wave left in the next
STORM_WEEKS_A_WINTER = 4
STORM_FACTOR = 1.6
WINTER = (12, 1, 2, 3)
CROSSING_SHARE = 0.3  # of requests about a street, in departments that keep streets
STREET_DEPARTMENTS = ("BSS", "BSL", "LADOT")
BASE_SHARE = 0.95  # of a year's work are first requests; the rest are repeats and chronic places
CHRONIC_PLACES_A_YEAR = 5e-4  # of a year's requests
CHRONIC_TYPES = ("Illegal Dumping Item Pickup", "Graffiti Removal", "Homeless Encampment", "Street Pavement Issues")


def day_factors(window: plan.Window, holidays: frozenset[date]) -> np.ndarray:
    """How busy each day of the window is against the mean day, all types alike, shape (days,)."""
    days = window.days
    clock = plan.figures()["clock"]
    by_weekday = np.array(clock["hours_by_weekday"]).sum(axis=1) * 7
    weekday = (days.astype(int) + 3) % 7
    month = days.astype("datetime64[M]").astype(int) % 12
    closed = np.isin(days, np.array(sorted(holidays), dtype="datetime64[D]"))
    return by_weekday[weekday] * np.array(clock["months"])[month] * np.where(closed, HOLIDAY_FACTOR, 1.0)


def wave(days: np.ndarray, spread: float, stormy: bool, generator: np.random.Generator) -> np.ndarray:
    """A department's slow ups and downs by week, mean about 1, shape (days,); storms in winter where `stormy`."""
    weeks = len(days) // 7 + 1
    steps = generator.normal(0, spread * np.sqrt(1 - WAVE_MEMORY**2), weeks)
    level = np.zeros(weeks)
    for week in range(1, weeks):
        level[week] = WAVE_MEMORY * level[week - 1] + steps[week]
    factor = np.exp(level)
    if stormy:
        month = days[::7].astype("datetime64[M]").astype(int) % 12 + 1
        chance = STORM_WEEKS_A_WINTER / 17
        storm = np.isin(month, WINTER) & (generator.random(len(month)) < chance)
        factor[: len(storm)] *= np.where(storm, STORM_FACTOR, 1.0)
    return np.repeat(factor, 7)[: len(days)]


def expected(scene: plan.Scene, generator: np.random.Generator) -> np.ndarray:
    """Expected arrivals by day and type, shape (days, types)."""
    days = scene.window.days
    waves = {
        name: wave(days, WAVE_SPREAD.get(name, USUAL_WAVE_SPREAD), name in STREET_DEPARTMENTS, generator)
        for name in sorted({item.department for item in scene.plans})
    }
    daily = day_factors(scene.window, scene.days_off.office) * scene.yearly / 365.25
    shares = [item.share * (1.0 if item.name in plan.NOT_WORK else BASE_SHARE) for item in scene.plans]
    columns = [daily * share * waves[item.department] for share, item in zip(shares, scene.plans, strict=True)]
    result = np.stack(columns, axis=1)
    doubled_column = [item.name for item in scene.plans].index(plan.DOUBLED_TYPE)
    result[days >= np.datetime64(plan.doubled_from(scene.window)), doubled_column] *= plan.DOUBLED_FACTOR
    return result


def clock_times(days: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """A moment on each day, hours as in the real city on that weekday, as datetime64[s]."""
    by_hour = np.cumsum(np.array(plan.figures()["clock"]["hours_by_weekday"]), axis=1)
    by_hour /= by_hour[:, -1:]
    weekday = (days.astype("datetime64[D]").astype(int) + 3) % 7
    hour = (generator.random(len(days))[:, None] > by_hour[weekday]).sum(axis=1)
    seconds = hour * 3600 + generator.integers(0, 3600, len(days))
    return days.astype("datetime64[s]") + seconds


def frame(created: np.ndarray, kind: np.ndarray, place: np.ndarray, origin: str, parent: np.ndarray) -> pd.DataFrame:
    """Requests of one origin; see the top of the file for the columns."""
    return pd.DataFrame({"created": created, "type": kind, "place": place, "origin": origin, "parent": parent})


def arrivals(scene: plan.Scene, places: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """The first requests, which follow no other; every type at least once, not sorted."""
    counts = generator.poisson(expected(scene, generator))
    missing = np.flatnonzero(counts.sum(axis=0) == 0)
    counts[generator.integers(0, len(counts), len(missing)), missing] = 1
    day, kind = np.nonzero(counts)
    number = counts[day, kind]
    day, kind = np.repeat(day, number), np.repeat(kind, number)
    streets = np.isin(scene.of_types("department", kind), STREET_DEPARTMENTS)
    on_street = streets & (generator.random(len(kind)) < CROSSING_SHARE)
    created = clock_times(scene.window.days[day], generator)
    return frame(created, kind, draw_places(places, on_street, generator), "arrival", np.full(len(kind), -1))


def chronic(scene: plan.Scene, places: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """Places that people ask for again and again: one problem each, every one to two weeks for months."""
    names, days = [item.name for item in scene.plans], scene.window.days
    count = max(3, int(scene.yearly * CHRONIC_PLACES_A_YEAR))
    place_rows = generator.choice(len(places), size=count, replace=False)
    kinds = np.array([names.index(name) for name in CHRONIC_TYPES])[generator.integers(0, len(CHRONIC_TYPES), count)]
    length = generator.integers(12, 40, count)
    gaps = generator.gamma(2.0, 4.5, (count, int(length.max())))
    moment = generator.uniform(0, len(days), count)[:, None] + np.cumsum(gaps, axis=1)
    alive = (np.arange(moment.shape[1]) < length[:, None]) & (moment < len(days))
    row, _ = np.nonzero(alive)
    created = clock_times(days[moment[alive].astype(int)], generator)
    return frame(created, kinds[row], place_rows[row], "chronic", np.full(len(row), -1))


def same_calls(scene: plan.Scene, calls: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """Further requests of the same call, for another sofa or lamp: same type and place, minutes apart."""
    share = scene.of_types("same_call_share", calls["type"].to_numpy())
    share = share / (1 + share)  # from a share of all requests to a share of the first requests
    extra_count = generator.geometric(1 - np.minimum(share, 0.5)) - 1
    parent = np.repeat(np.arange(len(calls)), np.minimum(extra_count, 8))
    nth = pd.Series(parent).groupby(parent).cumcount().to_numpy() + 1
    seconds = (nth * generator.gamma(2.0, 120.0, len(parent))).astype(int) + 20
    first_requests = calls.iloc[parent]
    created = first_requests["created"].to_numpy().astype("datetime64[s]") + np.minimum(seconds, 3500)
    return frame(created, first_requests["type"].to_numpy(), first_requests["place"].to_numpy(), "same_call", parent)
