"""Workload and vacancies: load, capacity, is it staff, the replay, and the weeks ahead.

Pure functions over numpy arrays; definitions and what simulations showed about them are in
docs/workload.md.
"""

from db.rules.workload.capacity import (
    Capacity,
    Clearing,
    demonstrated_capacity,
    mass_closures,
    utilisation,
    weeks_to_clear,
)
from db.rules.workload.days import NEVER, Miss, Queue, Replay, explain_miss, no_one, replay, staff_factor
from db.rules.workload.posts import NO_ONE, Load, load, vacancy_against, vacancy_rate
from db.rules.workload.projection import (
    Projection,
    Standing,
    draw_capacity,
    draw_inflow,
    filled_path,
    hire_helps,
    project_staffed,
    project_unlimited,
    what_if,
)
from db.rules.workload.staffed import CANNOT_TELL, NO, YES, Verdict, is_it_staff

__all__ = [
    "CANNOT_TELL",
    "NEVER",
    "NO",
    "NO_ONE",
    "YES",
    "Capacity",
    "Clearing",
    "Load",
    "Miss",
    "Projection",
    "Queue",
    "Replay",
    "Standing",
    "Verdict",
    "demonstrated_capacity",
    "draw_capacity",
    "draw_inflow",
    "explain_miss",
    "filled_path",
    "hire_helps",
    "is_it_staff",
    "load",
    "mass_closures",
    "no_one",
    "project_staffed",
    "project_unlimited",
    "replay",
    "staff_factor",
    "utilisation",
    "vacancy_against",
    "vacancy_rate",
    "weeks_to_clear",
    "what_if",
]
