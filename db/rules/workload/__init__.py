"""Workload and vacancies: load, capacity, is it staff, the replay, and the weeks ahead.

Pure functions over numpy arrays; definitions and what simulations showed about them are in
docs/workload.md.
"""

from db.rules.workload.capacity import (
    Capacity,
    demonstrated_capacity,
    mass_closures,
    utilisation,
)
from db.rules.workload.clearing import BLOCK_WEEKS, Clearing, clearing
from db.rules.workload.posts import NO_ONE, Load, load, no_one, staff_factor, vacancy_against, vacancy_rate
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
from db.rules.workload.staffed import CANNOT_TELL, NO, POSTS_VARIED, YES, Verdict, is_it_staff

__all__ = [
    "BLOCK_WEEKS",
    "CANNOT_TELL",
    "NO",
    "NO_ONE",
    "POSTS_VARIED",
    "YES",
    "Capacity",
    "Clearing",
    "Load",
    "Projection",
    "Standing",
    "Verdict",
    "clearing",
    "demonstrated_capacity",
    "draw_capacity",
    "draw_inflow",
    "filled_path",
    "hire_helps",
    "is_it_staff",
    "load",
    "mass_closures",
    "no_one",
    "project_staffed",
    "project_unlimited",
    "staff_factor",
    "utilisation",
    "vacancy_against",
    "vacancy_rate",
    "what_if",
]
