"""How the requests of the demo city end, and when.

Four mechanisms decide the moment of work: hours as measured in the real city, a share of the type's
goal, a queue that only filled posts work off (the department short of staff), and a wait for parts
or permits that no crew can shorten (the department late for another reason).
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from db.ingest.demo import plan
from db.ingest.demo.staffing import month_starts, vacancy
from db.ingest.demo.words import CREW_TYPES, NOT_OUT_TYPES, REPORT_ONLY_SHARE, is_crew

WORK_ENDINGS = ("work", "nothing_found", "administrative")
# Shares of all requests that are work, from the published statuses and resolution codes of 2026. A part of the
# duplicates comes from chasers, see city.py.
CANCELLED, REFERRED, DUPLICATE = 0.047, 0.006, 0.035
POTENTIAL, CONFIRMED = 0.0027, 0.0005
ADMINISTRATIVE, FORGOTTEN = 0.015, 0.003
NOT_OUT, NOTHING_FOUND = 0.26, 0.04
OFFICE_HOURS_MEAN = 30.0  # elapsed hours until a request is cancelled, referred or found to be a duplicate
WAITING_SHARE = 0.55
WAITING_GOALS = 1.35  # the shortest wait, as a multiple of the goal
WAITING_SPREAD = 0.35
QUEUE_FULL_RATE = 1.3  # work done with all posts filled, against the mean inflow
QUEUE_READY_DAYS = 1.5
QUEUE_NEGLECT_DAYS = 6.0
REPORTED_LOG_HOURS = (1.5, 1.0)  # lognormal: until a report-only request is acknowledged
SNAP_FROM_HOURS = 6.0
ROUND_THE_CLOCK_GOAL = 24.0
HOUR = 3600
DAY = 86_400


def endings(scene: plan.Scene, calls: pd.DataFrame, generator: np.random.Generator) -> np.ndarray:
    """What each request ends as, shape (n,): information, work, nothing_found, administrative, acknowledged, cancelled,
    referred, duplicate, potential_duplicate, confirmed_duplicate or forgotten (never closed)."""
    count, names = len(calls), scene.names(calls["type"].to_numpy())
    not_out = np.where(np.isin(names, NOT_OUT_TYPES), NOT_OUT, NOTHING_FOUND)
    shares = {
        "cancelled": CANCELLED,
        "referred": REFERRED,
        "duplicate": DUPLICATE,
        "potential_duplicate": POTENTIAL,
        "confirmed_duplicate": CONFIRMED,
        "administrative": ADMINISTRATIVE,
        "forgotten": FORGOTTEN,
    }
    edges = np.cumsum(list(shares.values()))
    drawn = generator.random(count)
    words = np.array([*shares, "work"], dtype=object)
    result = words[np.searchsorted(edges, drawn, side="right")]
    result[(drawn >= edges[-1]) & (drawn < edges[-1] + not_out)] = "nothing_found"
    report_only = pd.Series(names).map(REPORT_ONLY_SHARE).fillna(0.0).to_numpy()
    result[generator.random(count) < report_only] = "acknowledged"
    result[is_crew(calls["channel"].to_numpy())] = "work"
    result[np.isin(names, plan.NOT_WORK)] = "information"
    return result


def drawn_hours(plans: list[plan.TypePlan], kind: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Elapsed hours that the work takes, drawn from each type's quantiles, interpolated on a log scale; shape (n,)."""
    quantiles = np.array(plan.figures()["closing"]["quantiles"])
    drawn = np.clip(generator.random(len(kind)), quantiles[0] / 2, 1 - (1 - quantiles[-1]) / 4)
    hours = np.empty(len(kind))
    for number, item in enumerate(plans):
        of_type = kind == number
        low, high = item.hours[0] / 3, item.hours[-1] * 1.3
        log_hours = np.log(np.maximum([low, *item.hours, high], 0.01))
        hours[of_type] = np.exp(np.interp(drawn[of_type], [0, *quantiles, 1], log_hours))
        if item.rule == "waiting":
            hours[of_type] = waiting_hours(hours[of_type], item.goal_hours, generator)
    return hours


def waiting_hours(hours: np.ndarray, goal: float, generator: np.random.Generator) -> np.ndarray:
    """`hours`, but longer for those requests that wait for parts or permits (`WAITING_SHARE` of them, at any load)."""
    waits = generator.random(len(hours)) < WAITING_SHARE
    wait = goal * WAITING_GOALS * np.exp(np.abs(generator.normal(0, WAITING_SPREAD, len(hours))))
    return np.where(waits, wait, hours)


def open_days(window: plan.Window, holidays: frozenset[date], saturdays: bool) -> np.ndarray:
    """For every day from the window's first to two years beyond its end: the next one that is worked, shape (days,)."""
    days = np.arange(window.days[0], window.days[-1] + 730)
    last = 6 if saturdays else 5
    worked = ((days.astype(int) + 3) % 7 < last) & ~np.isin(days, np.array(sorted(holidays), dtype="datetime64[D]"))
    position = np.where(worked, np.arange(len(days)), len(days))
    following = np.minimum.accumulate(position[::-1])[::-1]
    return days[np.minimum(following, len(days) - 1)]


def working_moments(days: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """A moment on each day at the hours in which the real city closes requests, datetime64[s]."""
    by_hour = np.cumsum(plan.figures()["closing"]["closing_hours"])
    hour = np.searchsorted(by_hour / by_hour[-1], generator.random(len(days)))
    return days.astype("datetime64[s]") + hour * HOUR + generator.integers(0, HOUR, len(days))


def to_working_time(
    created: np.ndarray, hours: np.ndarray, next_open: np.ndarray, first: np.datetime64, generator: np.random.Generator
) -> np.ndarray:
    """The closing moment: created plus hours, moved to a worked day and its usual hours where longer than a shift.

    Half of the closings that fall on a day off are moved to the day before it; otherwise days off would
    lengthen the measured times. `next_open` as from `open_days`, whose first entry stands for the day `first`.
    """
    target = created + (hours * HOUR).astype("timedelta64[s]")
    index = np.minimum((target.astype("datetime64[D]") - first).astype(int), len(next_open) - 1)
    is_off = next_open[index] != first + index
    sooner = is_off & (index > 0) & (generator.random(len(index)) < 0.5)
    moved = working_moments(next_open[index - sooner], generator)
    late_enough = (hours >= SNAP_FROM_HOURS) & (moved > created + np.timedelta64(HOUR, "s"))
    return np.where(late_enough, moved, target)


def queue_closings(
    created: np.ndarray, ready: np.ndarray, scene: plan.Scene, generator: np.random.Generator
) -> np.ndarray:
    """When a first-in-first-out queue closes each request, in the order of `ready`; datetime64[s].

    Each office day serves as many as the filled posts can work. What is not served by the window's end is NaT.
    """
    days = scene.window.days
    order = np.argsort(ready, kind="stable")
    due_day = (ready[order].astype("datetime64[D]") - days[0]).astype(int)
    served_on = serve(due_day, queue_capacity(len(created), scene, generator))
    closed = np.empty(len(created), dtype="datetime64[s]")
    closed[order] = working_moments(days[np.maximum(served_on, 0)], generator)
    closed[order[served_on < 0]] = np.datetime64("NaT")
    return np.where(closed <= created, created + HOUR, closed)


def queue_capacity(count: int, scene: plan.Scene, generator: np.random.Generator) -> np.ndarray:
    """Requests that the filled posts can work on each day of the window, shape (days,); `count` come in over it."""
    months, days = month_starts(scene.window), scene.window.days
    worked = open_days(scene.window, scene.days_off.office, saturdays=False)[: len(days)] == days
    filled = 1 - vacancy(plan.LATE_FROM_STAFF, len(months))
    month = np.searchsorted(months, days, side="right") - 1
    a_day = count / max(int(worked.sum()), 1) * QUEUE_FULL_RATE
    return worked * a_day * filled[month] * generator.uniform(0.85, 1.15, len(days))


def serve(due_day: np.ndarray, capacity: np.ndarray) -> np.ndarray:
    """The day number on which each request is served, in order; -1 for never. `due_day` ascends.

    Capacity that a day does not use is lost, but for at most one request's worth.
    """
    in_line = np.searchsorted(due_day, np.arange(len(capacity)), side="right")
    served_on = np.full(len(due_day), -1)
    served, credit = 0, 0.0
    for day, new_capacity in enumerate(capacity):
        credit = min(credit, 1.0) + new_capacity
        count = min(int(credit), int(in_line[day]) - served)
        served_on[served : served + count] = day
        served, credit = served + count, credit - count
    return served_on


def closing_times(
    scene: plan.Scene, calls: pd.DataFrame, district: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """When each request is closed, as datetime64[s], NaT for those that never are. `calls` has its `ending`."""
    created = calls["created"].to_numpy().astype("datetime64[s]")
    kind, ending = calls["type"].to_numpy(), calls["ending"].to_numpy()
    neglected = district == plan.NEGLECTED_DISTRICT
    closed = _on_worked_days(scene, created, kind, _elapsed_hours(scene, kind, ending, neglected, generator), generator)
    queued = (scene.of_types("rule", kind) == "queue") & np.isin(ending, WORK_ENDINGS)
    ready = created + ((QUEUE_READY_DAYS + neglected * QUEUE_NEGLECT_DAYS) * DAY).astype("timedelta64[s]")
    closed[queued] = queue_closings(created[queued], ready[queued], scene, generator)
    crew = is_crew(calls["channel"].to_numpy())
    closed[crew] = created[crew] + crew_seconds(int(crew.sum()), generator)
    is_information = ending == "information"
    closed[is_information] = created[is_information] + generator.integers(0, 50, int(is_information.sum()))
    closed[np.isin(ending, ("forgotten", "potential_duplicate", "confirmed_duplicate"))] = np.datetime64("NaT")
    return closed


def _elapsed_hours(
    scene: plan.Scene, kind: np.ndarray, ending: np.ndarray, neglected: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """Elapsed hours from created to closed, shape (n,).

    Cancelled, referred and duplicate requests are decided in an office: their hours depend on no type or district.
    """
    count = len(kind)
    hours = drawn_hours(scene.plans, kind, generator) * np.where(neglected, plan.NEGLECT_FACTOR, 1.0)
    at_desk = np.isin(ending, ("cancelled", "referred", "duplicate"))
    hours = np.where(at_desk, generator.exponential(OFFICE_HOURS_MEAN, count) + 0.2, hours)
    return np.where(ending == "acknowledged", generator.lognormal(*REPORTED_LOG_HOURS, count), hours)


def _on_worked_days(
    scene: plan.Scene, created: np.ndarray, kind: np.ndarray, hours: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """Closing moments on the days that each type's crews work: every day, Monday to Saturday, or office days."""
    closed = created + (hours * HOUR).astype("timedelta64[s]")
    always = scene.of_types("goal_hours", kind) <= ROUND_THE_CLOCK_GOAL
    routes = (scene.of_types("department", kind) == "LASAN") | np.isin(scene.names(kind), CREW_TYPES)
    calendars = (
        (routes & ~always, open_days(scene.window, scene.days_off.routes, saturdays=True)),
        (~routes & ~always, open_days(scene.window, scene.days_off.office, saturdays=False)),
    )
    for where, next_open in calendars:
        closed[where] = to_working_time(created[where], hours[where], next_open, scene.window.days[0], generator)
    return closed


def crew_seconds(count: int, generator: np.random.Generator) -> np.ndarray:
    """Seconds from a crew's own report to its closing: most at once, the rest within the shift."""
    at_once = generator.random(count) < plan.figures()["crew"]["closed_within_a_minute"]
    return np.where(at_once, generator.integers(0, 3, count), generator.integers(HOUR // 4, 9 * HOUR, count))
