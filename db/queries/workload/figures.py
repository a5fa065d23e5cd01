"""A department's figures at the moment: what waits, load a person, capacity, clearing, and what more posts would do."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from db.queries.workload.flows import Flows
from db.rules import workload as rules

CONTRACTED = "done largely by contractors: vacancies in the city are not its capacity"
SEED = 311
SMALL_FTE = 3.0
SMALL_OPEN = 30
SHOWN, BY_CONTRACTORS, TOO_SMALL, NO_POSTS = "shown", "contractors", "too_few", "no_figures"
NAN = float("nan")


@dataclass(frozen=True)
class Staffed:
    """A department's flows with its posts in each of their weeks (posts that work on requests, NaN if unknown)."""

    flows: Flows
    authorised: np.ndarray  # shape (weeks,)
    filled: np.ndarray  # shape (weeks,)
    authorised_now: float
    filled_now: float
    capacity: rules.Capacity
    verdict: rules.Verdict

    @property
    def load_state(self) -> str:
        """`SHOWN` where figures per person are shown, else why not: contractors, posts not known, too small."""
        if self.verdict.reason == CONTRACTED:
            return BY_CONTRACTORS
        if np.isnan(self.filled_now):
            return NO_POSTS
        if 0 < self.filled_now < SMALL_FTE or self.flows.open_count.sum() < SMALL_OPEN:
            return TOO_SMALL
        return SHOWN

    @property
    def is_varied(self) -> bool:
        """Whether the posts filled varied by 15% or more, so that staff can be told from a fixed supply of parts."""
        known = self.filled[np.isfinite(self.filled)]
        return bool(len(known) and known.max() > 0 and 1 - known.min() / known.max() >= rules.POSTS_VARIED)


def of_work(found: Staffed) -> dict[str, object]:
    """What waits and what moves, whatever the posts."""
    flows = found.flows
    throughput = flows.throughput.sum(axis=1)
    clearing = rules.clearing(float(flows.overdue_count.sum()), flows.fell_due, flows.was_late)
    return {
        "open_count": int(flows.open_count.sum()),
        "overdue_count": int(flows.overdue_count.sum()),
        "contracted_open_count": int(flows.open_count[flows.is_contracted].sum()),
        "unit": flows.unit,
        "inflow_per_week": float(flows.came_in[-8:].mean()) if flows.weeks else NAN,
        "throughput_per_week": float(throughput[-8:].mean()) if flows.weeks else NAN,
        "clear_state": clearing.state,
        "overdue_change": clearing.change,
        "overdue_change_by_chance": clearing.by_chance,
        "weeks_to_clear_low": clearing.weeks_low,
        "weeks_to_clear_high": clearing.weeks_high,
        "staff_limited": found.verdict.answer,
        "staff_reason": found.verdict.reason,
        "weeks_of_data": flows.weeks,
    }


def per_person(found: Staffed) -> dict[str, object]:
    """Load, capacity and utilisation, empty where `load_state` is not `SHOWN`."""
    state = found.load_state
    if state != SHOWN:
        return {"load_state": state}
    flows, capacity = found.flows, found.capacity
    load = rules.load(float((flows.open_count * flows.weight).sum()), found.authorised_now, found.filled_now)
    return {
        "load_state": state,
        "load_per_filled_fte": float(load.per_filled),
        "load_per_authorised_fte": float(load.per_authorised),
        "vacancy_added_load": float(load.added),
        "capacity_per_fte": capacity.per_fte,
        "capacity_is_lower_bound": capacity.is_lower_bound if np.isfinite(capacity.per_fte) else None,
        "utilisation": rules.utilisation(flows.inflow.sum(axis=1), capacity.per_fte, found.filled_now),
    }


def of_more_posts(found: Staffed) -> dict[str, object]:
    """What one more post, and all posts filled, would change of the overdue requests.

    Zero where staff is not the limit; NaN where that cannot be told, or where no figure per person is shown.
    """
    if found.load_state != SHOWN or found.verdict.answer == rules.CANNOT_TELL:
        return {"overdue_avoided_by_hire": NAN, "overdue_avoided_if_filled": NAN}
    if found.verdict.answer == rules.NO:
        return {"overdue_avoided_by_hire": 0.0, "overdue_avoided_if_filled": 0.0}
    flows = found.flows
    posts = (found.filled_now, found.filled_now + 1, max(found.authorised_now, found.filled_now))
    stay, hire, filled = (
        rules.what_if(
            flows.standing(),
            flows.inflow,
            found.capacity.rates,
            found.filled_now,
            fte,
            weeks_until_productive=0,
            rng=np.random.default_rng(SEED),
        ).overdue_mean
        for fte in posts
    )
    work_per_request = float(np.average(flows.weight, weights=np.maximum(flows.inflow.sum(axis=0), 1e-9)))
    overdue = float((flows.overdue_count * flows.weight).sum())
    return {
        "overdue_avoided_by_hire": float(stay[-1] - hire[-1]) / work_per_request,
        "overdue_avoided_if_filled": float(stay[-1] - filled[-1]) / work_per_request,
        "overdue_change_ahead": float(stay[rules.BLOCK_WEEKS - 1] - overdue) / work_per_request,
        "overdue_change_ahead_if_filled": float(filled[rules.BLOCK_WEEKS - 1] - overdue) / work_per_request,
    }


def of_posts(post: Mapping[Hashable, Any]) -> dict[str, object]:
    """The posts of a row of `staffing.standing`, and what of them is vacant."""
    authorised, filled = float(post["fte_authorised"]), float(post["fte_filled"])
    return {
        "fte_authorised": authorised,
        "fte_filled": filled,
        "vacancy_rate": float(rules.vacancy_rate(authorised, filled)),
        "vacancy_rate_baseline": float(rules.vacancy_against(float(post["baseline_authorised"]), filled)),
        "baseline_year": post["baseline_year"],
        "request_share": float(post["request_share"]),
        "staffing_as_of": post["as_of_on"],
        "basis": post["basis"],
    }
