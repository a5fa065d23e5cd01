"""What a city's profile says of triage: which types can hurt somebody tonight, and how a day is divided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from db.rules.triage.plan import KEPT_SHARE

GRADES = {"danger": 1, "grave": 2}


@dataclass(frozen=True)
class Danger:
    """A type that can hurt somebody tonight. `reason`: how, in a few words; `departments`: empty for all."""

    service_type: str
    grade: str  # of `GRADES`
    reason: str
    departments: tuple[str, ...] = ()


class Yard(NamedTuple):
    """Where the trucks of a unit start: of a department, or of one of its yards."""

    department: str
    yard: str  # empty: all of the department
    latitude: float
    longitude: float


@dataclass(frozen=True)
class TriageRules:
    """`kept_share`: of the room after the dangers, the part for what can still be kept. `yards_have_crews`: whether
    each yard makes a plan of its own. `shift_hours` and `stop_minutes`: of a tour, with `type_minutes` where a type
    takes another time.
    """

    dangers: tuple[Danger, ...] = ()
    kept_share: float = KEPT_SHARE
    yards_have_crews: bool = False
    shift_hours: float = 8.0
    stop_minutes: float = 20.0
    type_minutes: tuple[tuple[str, float], ...] = ()
    yards: tuple[Yard, ...] = ()

    def danger(self, service_type: str, department: str) -> Danger | None:
        """What makes a type a danger where this department does it, None where it is none."""
        for danger in self.dangers:
            if danger.service_type == service_type and (not danger.departments or department in danger.departments):
                return danger
        return None

    def grade(self, service_type: str, department: str) -> int:
        """0 for no danger, 1 for a danger, 2 for a grave one."""
        danger = self.danger(service_type, department)
        return GRADES[danger.grade] if danger else 0

    def minutes(self, service_type: str) -> float:
        """How long a stop of this type takes."""
        return dict(self.type_minutes).get(service_type, self.stop_minutes)
