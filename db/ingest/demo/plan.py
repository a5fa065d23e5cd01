"""What the demo city is made of: the derived figures, one plan a request type, and the planted truths.

`figures.json` holds what was counted in the real files (`tools/derive_demo_figures.py` makes
it). What no file contains is assumed here; docs/demo.md names the assumptions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from db.cities.profile import Profile, ServiceType, department_lookup, fold_word, service_type_lookup

FIGURES = Path(__file__).with_name("figures.json")

DEFAULT_SCALE = 1 / 11
REQUESTS_A_YEAR = 1_400_000  # at scale 1.0
DAYS_BACK = 730
DAYS_AHEAD = 60

LATE_FROM_STAFF = "BSL"
LATE_FROM_WAITING = "BSS"
NEGLECTED_DISTRICT = 8
NEGLECT_FACTOR = 1.8
DOUBLED_TYPE = "Dead Animal Removal"
DOUBLED_FACTOR = 2.0
DOUBLED_DAYS = 182  # before the day the window is built around

INFORMATION = "Information-Only"
NOT_WORK = (INFORMATION, "Program Research", "Feedback")
# Types whose hours to close were measured: current name -> the legacy name in the figures.
MEASURED_AS = {
    "Item Pickups": "Bulky Items",
    "Illegal Dumping Item Pickup": "Illegal Dumping Pickup",
    "Graffiti Removal": "Graffiti Removal",
    "Homeless Encampment": "Homeless Encampment",
    "Dead Animal Removal": "Dead Animal Removal",
}
SAME_CALL_AS = {**MEASURED_AS, "Streetlight Repair Services": "Single Streetlight Issue"}
FALLBACK_GOAL_HOURS = 7 * 24.0
HOURS_A_UNIT = {"hours": 1.0, "business_hours": 168 / 50, "calendar_days": 24.0, "business_days": 24 * 7 / 5}
SERVED_BY_CENTRE = ("Containers", "Public Street Receptacles", "Dead Animal Removal")
# Words in a type's name that decide its owner where the published routing names none.
TREE_WORDS = ("Tree", "Landscape", "Bees", "Median")
RULE_WORDS = ("Illegal", "Obstruction", "News Rack", "Barricade")


@dataclass(frozen=True)
class Window:
    """The generated span: `start` (a midnight) to `until`; `basis` is the day it was built around."""

    start: datetime
    basis: datetime
    until: datetime

    @property
    def days(self) -> np.ndarray:
        """Every day of the window as datetime64[D]."""
        return np.arange(np.datetime64(self.start, "D"), np.datetime64(self.until, "D") + 1)


@dataclass(frozen=True)
class TypePlan:
    """How one request type arrives and is worked.

    `rule`: information | measured | queue | waiting | goal: where its closing times come from.
    `owners`: the city's words of its owners with their shares. `hours`: quantiles of hours to close.
    """

    name: str
    department: str
    share: float
    owners: tuple[tuple[str, float], ...]
    rule: str
    goal_hours: float
    hours: tuple[float, ...]
    same_call_share: float
    is_problem: bool


@cache
def figures() -> dict[str, Any]:
    """The derived figures, read once."""
    return json.loads(FIGURES.read_text(encoding="utf-8"))


def window(now: datetime, until: datetime | None) -> Window:
    """24 months back and 60 days ahead of now's day; `until` moves the whole window so that it ends there."""
    day = datetime(now.year, now.month, now.day)
    end = until or day + timedelta(days=DAYS_AHEAD, hours=24, seconds=-1)
    basis = end - timedelta(days=DAYS_AHEAD)
    basis = datetime(basis.year, basis.month, basis.day)
    return Window(basis - timedelta(days=DAYS_BACK), basis, end.replace(microsecond=0))


def doubled_from(span: Window) -> date:
    """The first day on which the doubled type comes twice as often."""
    return (span.basis - timedelta(days=DOUBLED_DAYS)).date()


def goal_hours(service_type: ServiceType | None) -> float:
    """The latest working goal in elapsed hours; a week where the type has none."""
    if service_type is None or not service_type.goals:
        return FALLBACK_GOAL_HOURS
    goal = service_type.goals[-1]
    return goal.amount * HOURS_A_UNIT[goal.unit]


def owner_words(name: str, department: str) -> tuple[tuple[str, float], ...]:
    """The owners a type's requests carry: as published, else the unit of the department that fits its name."""
    routing = figures()["words"]["owners_by_type"].get(name)
    if routing:
        total = sum(routing.values())
        return tuple((word, count / total) for word, count in routing.items())
    if name == "Dockless Mobility Enforcement":
        return (("LADOT - Dockless Mobility Enforcement", 1.0),)
    if department == "LASAN" and name in SERVED_BY_CENTRE:
        return (("LASAN", 0.4), ("LASAN - CCD Staff", 0.6))
    if name.startswith("recycLA"):
        return (("recycLA", 1.0),)
    if department == "BSS":
        if any(word in name for word in TREE_WORDS):
            return (("BSS - UFD", 0.85), ("BSS - UTA", 0.15))
        return (("BSS - IED", 1.0),) if any(word in name for word in RULE_WORDS) else (("BSS - SMD", 1.0),)
    units = {"LADOT": "LADOT - District Operations", "OCB": "OCB - Normal Cases"}
    return ((units.get(department, department), 1.0),)


def closing_rule(name: str, department: str) -> str:
    """Which mechanism decides when a request of this type is closed."""
    if name == INFORMATION:
        return "information"
    if name in MEASURED_AS:
        return "measured"
    return {LATE_FROM_STAFF: "queue", LATE_FROM_WAITING: "waiting"}.get(department, "goal")


def hours_to_close(name: str, rule: str, goal: float) -> tuple[float, ...]:
    """Hours at `closing.quantiles`: as measured, else the same shape for all, mostly inside the type's goal."""
    if rule == "measured":
        return tuple(figures()["closing"]["hours_to_close"][MEASURED_AS[name]])
    return tuple(part * goal for part in (0.03, 0.08, 0.12, 0.24, 0.42, 0.65, 0.88, 1.1, 2.5))


def type_plans(profile: Profile) -> list[TypePlan]:
    """One plan for each type of the derived figures, in their order; shares add to 1."""
    counts = figures()["words"]["types"]
    total = sum(counts.values())
    name_by_word = service_type_lookup(profile)
    type_by_name = {item.service_type: item for item in profile.service_types}
    plans = []
    for name, count in counts.items():
        service_type = type_by_name.get(name_by_word.get(fold_word(name), ""))
        department = service_type.department if service_type else "LASAN"
        rule, goal = closing_rule(name, department), goal_hours(service_type)
        same_call = figures()["same_call"].get(SAME_CALL_AS.get(name, ""), 0.01)
        plans.append(
            TypePlan(
                name=name,
                department=department,
                share=count / total,
                owners=owner_words(name, department),
                rule=rule,
                goal_hours=goal,
                hours=hours_to_close(name, rule, goal),
                same_call_share=same_call,
                is_problem=service_type is None or service_type.repeat_means == "problem",
            )
        )
    return plans


def owner_department(word: str, profile: Profile) -> str:
    """The department that an owner's word stands for; the one for unknown owners where it has none."""
    return department_lookup(profile).get(fold_word(word), profile.type_from_owner_unknown)


@dataclass(frozen=True)
class DaysOff:
    """Days without work: of the offices, and of the collection routes, which slip for fewer holidays."""

    office: frozenset[date]
    routes: frozenset[date]


@dataclass(frozen=True)
class Scene:
    """What every step of the generation needs: the types, the window, the days off, and a year's number of requests."""

    plans: list[TypePlan]
    window: Window
    days_off: DaysOff
    yearly: float
    department_shares: Mapping[str, float]  # department -> its share of all requests, counting only those that are work

    def of_types(self, attribute: str, kind: np.ndarray) -> np.ndarray:
        """The named attribute of each request's type, shape (n,); `kind` holds row numbers of `plans`."""
        return np.array([getattr(item, attribute) for item in self.plans])[kind]

    def names(self, kind: np.ndarray) -> np.ndarray:
        """The name of each request's type, shape (n,), object."""
        return np.array([item.name for item in self.plans], dtype=object)[kind]


def days_off(profile: Profile) -> DaysOff:
    """The profile's holidays; `routes` are those of the calendar of Item Pickups, the commonest pickup."""
    type_by_name = {item.service_type: item for item in profile.service_types}
    routes = type_by_name["Item Pickups"].calendar
    return DaysOff(
        office=profile.calendars[profile.working_day_calendar].holidays, routes=profile.calendars[routes].holidays
    )


def department_shares(plans: list[TypePlan], profile: Profile) -> dict[str, float]:
    """The share of all requests that each department has to work, by its code; types of `NOT_WORK` do not count."""
    shares: dict[str, float] = {}
    for item in plans:
        for word, part in item.owners if item.name not in NOT_WORK else ():
            department = owner_department(word, profile)
            shares[department] = shares.get(department, 0.0) + item.share * part
    return shares


def scene(now: datetime, until: datetime | None, scale: float, profile: Profile) -> Scene:
    """Everything that the generation needs; `now` and `until` as in `window`, `scale` 1.0 for the whole city."""
    plans = type_plans(profile)
    return Scene(
        plans=plans,
        window=window(now, until),
        days_off=days_off(profile),
        yearly=REQUESTS_A_YEAR * scale,
        department_shares=department_shares(plans, profile),
    )
