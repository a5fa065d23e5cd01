"""Why a figure moved, as far as the data show it; never a guess. Pure: figures in, reasons out.

A reason must make up at least half of what moved, or be a change of its own beyond chance. Where there is none, the
answer is `Reason.NONE`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from db.rules.comparisons import MORE_IS_WORSE, Move
from db.rules.vocabulary import Branch, Measure, Reason

MOST = 0.5
"""A part that makes up so much of a change is its reason."""
POSTS_CHANGED = 0.10
DEMAND_CHANGED = 0.15
DEMAND_SURE = 2.5  # standard deviations of requests that come one by one, widened by how weeks differ


@dataclass(frozen=True)
class Part:
    """What one type or district did: `moved`, its part of the change in requests a week, and its own figures."""

    by: Branch
    key: str
    moved: float
    now: float
    usual: float
    now_count: float


@dataclass(frozen=True)
class Pace:
    """Requests a week lately and before, and how sure the difference is, in standard deviations."""

    now: float
    usual: float
    sure: float

    def rose(self) -> bool:
        return self.now >= self.usual * (1 + DEMAND_CHANGED) and self.sure >= DEMAND_SURE

    def fell(self) -> bool:
        return self.now <= self.usual * (1 - DEMAND_CHANGED) and self.sure <= -DEMAND_SURE


@dataclass(frozen=True)
class GoalChange:
    """A goal that took effect between the two stretches; `moved`: its type's part of the change, requests a week."""

    service_type: str
    effective_on: date
    moved: float
    before: str
    after: str


@dataclass(frozen=True)
class Evidence:
    """What is known beside a move. `moved`: requests a week; `other_work`: its part from another mix of types."""

    moved: float
    types: Sequence[Part] = ()
    districts: Sequence[Part] = ()
    goals: Sequence[GoalChange] = ()
    other_work: float = 0.0
    inflow: Pace | None = None
    throughput: Pace | None = None
    swept: tuple[float, float] = (0.0, 0.0)  # closings a week in sweeps, now and before
    posts: tuple[float, float] | None = None  # filled, now and before


@dataclass(frozen=True)
class Why:
    """One reason with its figures: `key` a type, a district or a day; `share` of the change that it makes up."""

    reason: Reason
    key: str = ""
    now: float = float("nan")
    usual: float = float("nan")
    count: float = float("nan")
    share: float = float("nan")
    words: tuple[str, ...] = field(default=())


def reasons(move: Move, evidence: Evidence) -> list[Why]:
    """At most two reasons, the strongest first; `Reason.NONE` where no single one stands out."""
    candidates = [
        *_goal_changed(evidence),
        *_mass_closure(move, evidence),
        *_posts(move, evidence),
        *_other_work(move, evidence),
        *_one_part(Reason.ONE_TYPE, evidence.types, evidence.moved),
        *_one_part(Reason.ONE_DISTRICT, evidence.districts, evidence.moved),
        *_pace(move, evidence),
    ]
    if not candidates and move.series.measure == Measure.INFLOW:
        candidates = _spread(evidence.types or evidence.districts, evidence.moved)
    return candidates[:2] or [Why(Reason.NONE)]


def across_types(parts: Sequence[Part]) -> Why:
    """How many of the types that can be compared stand below the others, for a district or a department."""
    below = sum(part.now < part.usual for part in parts)
    if len(parts) < 2 or below / len(parts) < 0.7:
        return Why(Reason.NONE)
    return Why(Reason.ACROSS_TYPES, now=float(below), count=float(len(parts)))


def _goal_changed(evidence: Evidence) -> list[Why]:
    goals = [goal for goal in evidence.goals if _share(goal.moved, evidence.moved) >= MOST]
    if not goals:
        return []
    largest = max(goals, key=lambda goal: _share(goal.moved, evidence.moved))
    day = f"{largest.effective_on.day} {largest.effective_on:%B %Y}"
    share = _share(largest.moved, evidence.moved)
    return [Why(Reason.GOAL_CHANGED, largest.service_type, share=share, words=(day, largest.before, largest.after))]


def _mass_closure(move: Move, evidence: Evidence) -> list[Why]:
    if move.series.measure not in (Measure.THROUGHPUT, Measure.OVERDUE, Measure.ASKED_AGAIN):
        return []
    now, usual = evidence.swept
    change = evidence.moved if move.series.measure == Measure.THROUGHPUT else -evidence.moved
    if move.series.measure == Measure.ASKED_AGAIN:
        return [Why(Reason.MASS_CLOSURE, now=now, usual=usual)] if now > usual else []
    share = _share(now - usual, change)
    return [Why(Reason.MASS_CLOSURE, now=now, usual=usual, share=share)] if share >= MOST else []


def _posts(move: Move, evidence: Evidence) -> list[Why]:
    if evidence.posts is None or move.series.measure == Measure.INFLOW or not evidence.posts[1] > 0:
        return []
    now, usual = evidence.posts
    change = now / usual - 1
    is_worse = (move.change > 0) == MORE_IS_WORSE[move.series.measure]
    if abs(change) < POSTS_CHANGED or (change < 0) != is_worse:
        return []
    return [Why(Reason.STAFFING, now=now, usual=usual)]


def _other_work(move: Move, evidence: Evidence) -> list[Why]:
    if move.series.measure != Measure.COMPLIANCE or move.series.by == Branch.TYPE:
        return []
    share = _share(evidence.other_work, evidence.moved)
    return [Why(Reason.OTHER_WORK, share=share)] if share >= MOST else []


def _one_part(reason: Reason, parts: Sequence[Part], moved: float) -> list[Why]:
    if len(parts) < 2:
        return []
    largest = max(parts, key=lambda part: (_share(part.moved, moved), part.key))
    share = _share(largest.moved, moved)
    if share < MOST:
        return []
    return [Why(reason, largest.key, largest.now, largest.usual, largest.now_count, share)]


def _spread(parts: Sequence[Part], moved: float) -> list[Why]:
    """The largest part of what came in more or less, where none makes half of it."""
    if len(parts) < 2 or not moved:
        return []
    largest = max(parts, key=lambda part: (_share(part.moved, moved), part.key))
    return [
        Why(Reason.SPREAD, largest.key, largest.now, largest.usual, largest.now_count, _share(largest.moved, moved))
    ]


def _pace(move: Move, evidence: Evidence) -> list[Why]:
    candidates = []
    if move.series.measure != Measure.INFLOW and evidence.inflow is not None:
        inflow = evidence.inflow
        if (inflow.rose() and _more_work_shows(move)) or (inflow.fell() and not _more_work_shows(move)):
            candidates.append(Why(Reason.DEMAND, now=inflow.now, usual=inflow.usual))
    if move.series.measure in (Measure.COMPLIANCE, Measure.OVERDUE) and evidence.throughput is not None:
        throughput = evidence.throughput
        if (throughput.fell() and move.is_worse) or (throughput.rose() and not move.is_worse):
            candidates.append(Why(Reason.THROUGHPUT, now=throughput.now, usual=throughput.usual))
    return candidates


def _more_work_shows(move: Move) -> bool:
    """Whether the move is one that more work coming in would make."""
    return move.change > 0 if move.series.measure == Measure.THROUGHPUT else move.is_worse


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
