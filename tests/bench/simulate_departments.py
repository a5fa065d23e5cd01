"""Departments whose trouble is planted, to see whether the workload rules find it.

`python -m tests.bench.simulate_departments --seeds 20` prints the table of docs/workload.md:
planted cause, found cause, error of the vacancy share, how often it cannot be told. The truth is
the same department with the same arrivals and all posts filled from the day the replay starts.
"""

from __future__ import annotations

import argparse
import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import simpy

from db.rules import replay
from db.rules import workload as rules
from db.rules.replay.work import DAY

WEEK = 7.0
WEEKS = 104
REPLAY_FROM = WEEK * (WEEKS - 39)
JUDGED_FROM = WEEK * (WEEKS - 13)
END = WEEK * WEEKS


@dataclass(frozen=True)
class Plan:
    """A planted department; times in days, work in requests. `goals` and `mix` have one entry a type."""

    cause: str
    truth: str  # what is_it_staff ought to answer
    per_week: float = 60.0
    filled: tuple[float, ...] = (9.0,)  # spread evenly over the time
    authorised: int = 10
    per_fte: float = 6.5  # requests one person can do in a week
    goals: tuple[float, ...] = (45.0,)
    mix: tuple[float, ...] = (1.0,)
    order: str = "oldest"  # oldest | due | urgent (the first type before the next) | newest | mixed
    parts_delay: float = 0.0  # mean days a request waits for parts before anyone can work on it
    parts_per_week: float = 0.0  # parts supplied a week, whatever is asked; 0 for no limit
    warm_backlog: int = 120
    season: float = 0.25
    holidays: bool = False  # every sixth week has a day on which fewer ask and nobody works
    weeks: int = WEEKS

    @property
    def end(self) -> float:
        return WEEK * self.weeks


MIXED = {"goals": (10.0, 35.0, 60.0), "mix": (0.5, 0.3, 0.2)}
VARIED = (11.0, 9.0, 8.0, 9.0)
PARTS = {"per_fte": 13.0, "authorised": 12, "goals": (35.0,)}

PLANS = (
    Plan("staff-limited", rules.YES),
    Plan("staff-limited, short of hands even if all posts were filled", rules.YES, per_week=66.0, warm_backlog=0),
    Plan("staff-limited, posts filled varied", rules.YES, filled=VARIED),
    Plan("staff-limited, holidays", rules.YES, holidays=True),
    Plan("staff-limited, mixed goals, first due first", rules.YES, order="due", **MIXED),
    Plan(
        "staff-limited, urgent types never wait",
        rules.YES,
        order="urgent",
        goals=(5.0, 90.0),
        mix=(0.6, 0.4),
    ),
    Plan("staff-limited, mixed goals, oldest first", rules.YES, **MIXED),
    Plan("staff-limited, newest first", rules.YES, order="newest"),
    Plan("staff-limited, any order", rules.YES, order="mixed"),
    Plan("staff-limited, steady demand", rules.YES, season=0.0),
    Plan("demand-limited", rules.NO, per_fte=13.0, warm_backlog=0),
    Plan("demand-limited, holidays", rules.NO, per_fte=13.0, warm_backlog=0, holidays=True),
    Plan("waiting for parts, each its own time", rules.NO, parts_delay=28.0, warm_backlog=0, **PARTS),
    Plan("waiting for parts, fixed supply", rules.NO, parts_per_week=58.0, **PARTS),
    Plan("waiting for parts, fixed supply, posts varied", rules.NO, parts_per_week=58.0, filled=VARIED, **PARTS),
    Plan("at the edge of its capacity", rules.CANNOT_TELL, per_fte=7.2, warm_backlog=0),
)

FACTORS = (1.1, 1.25, 1.5, 2.0)
AUTHORISED = 10
ORDERS: dict[str, dict[str, Any]] = {
    "oldest first": {},
    "first due first": {"order": "due", **MIXED},
    "newest first": {"order": "newest"},
    "any order": {"order": "mixed"},
    "urgent types first": {"order": "urgent", "goals": (5.0, 90.0), "mix": (0.6, 0.4)},
    "fixed supply of parts": {"parts_per_week": 58.0, "goals": (35.0,)},
}


@dataclass
class Department:
    """What came in and what was closed, in days since the first morning; NaN where still open."""

    created: list[float] = field(default_factory=list)
    type_code: list[int] = field(default_factory=list)
    due: list[float] = field(default_factory=list)
    closed: list[float] = field(default_factory=list)
    delay: list[float] = field(default_factory=list)


def arrivals(plan: Plan, rng: np.random.Generator) -> Department:
    """Arrivals at random around a season and weeks that resemble their neighbours; work waits on the first day."""
    found = Department()
    drift = 0.0
    for day in range(-1, int(plan.end)):
        if day % 7 == 0:
            drift = 0.6 * drift + rng.normal(0, 0.12) * (plan.season > 0)
        rate = plan.per_week / 7 * max(0.2, 1 + plan.season * np.sin(2 * np.pi * day / 364) + drift)
        count = plan.warm_backlog if day < 0 else rng.poisson(rate * (0.2 if is_holiday(plan, day) else 1.0))
        for moment in np.sort(rng.uniform(max(day, 0), max(day, 0) + (day >= 0), count)):
            code = int(rng.choice(len(plan.mix), p=plan.mix))
            found.created.append(float(moment))
            found.type_code.append(code)
            found.due.append(float(moment) + plan.goals[code] - (rng.uniform(0, 14) if day < 0 else 0.0))
            found.closed.append(np.nan)
            found.delay.append(float(rng.gamma(2, plan.parts_delay / 2)) if plan.parts_delay else 0.0)
    return found


def is_holiday(plan: Plan, day: int) -> bool:
    """Whether this is a day off; only in plans with holidays."""
    return plan.holidays and day % 42 == 3


class Shop:
    """Crews that take the next request in the plan's order, each after the parts are there."""

    def __init__(self, plan: Plan, work: Department, fte_by_day: np.ndarray, seed: int) -> None:
        self.plan, self.work, self.fte = plan, work, fte_by_day
        self.env, self.rng = simpy.Environment(), np.random.default_rng(seed)
        self.waiting: list[tuple[float, int]] = []
        self.bell = self.env.event()
        self.parts = simpy.Container(self.env, init=0)

    def run(self) -> Department:
        self.env.process(self._arrive())
        for crew in range(int(self.fte.max())):
            self.env.process(self._crew(crew))
        if self.plan.parts_per_week:
            self.env.process(self._supply())
        self.env.run(until=self.plan.end)
        return self.work

    def _arrive(self) -> Iterator[simpy.Event]:
        for number in np.argsort(self.work.created, kind="stable"):
            yield self.env.timeout(max(0.0, self.work.created[number] - self.env.now))
            self.env.process(self._join(int(number)))

    def _join(self, number: int) -> Iterator[simpy.Event]:
        yield self.env.timeout(self.work.delay[number])
        key = {
            "oldest": self.work.created[number],
            "due": self.work.due[number],
            "urgent": self.work.type_code[number] * self.plan.end + self.work.created[number],
            "newest": -self.work.created[number],
            "mixed": self.rng.random(),
        }[self.plan.order]
        heapq.heappush(self.waiting, (key, number))
        self.bell.succeed()
        self.bell = self.env.event()

    def _supply(self) -> Iterator[simpy.Event]:
        while True:
            yield self.env.timeout(WEEK / self.plan.parts_per_week)
            yield self.parts.put(1)

    def _crew(self, crew: int) -> Iterator[simpy.Event]:
        while True:
            day = int(self.env.now)
            if crew >= self.fte[day] or is_holiday(self.plan, day):
                yield self.env.timeout(1.0)
            elif not self.waiting:
                yield self.bell
            else:
                _, number = heapq.heappop(self.waiting)
                if self.plan.parts_per_week:
                    yield self.parts.get(1)
                yield self.env.timeout(self.rng.gamma(4, WEEK / self.plan.per_fte / 4))
                self.work.closed[number] = self.env.now


def weekly(moments: np.ndarray) -> np.ndarray:
    """Count of moments (days, NaN ignored) in each week, shape (weeks,)."""
    return np.bincount((moments[~np.isnan(moments)] // WEEK).astype(int), minlength=WEEKS)[:WEEKS].astype(float)


def work_of(work: Department, plan: Plan) -> replay.Work:
    """The department as the replay wants it: seconds, judged by what was due in the last 13 weeks."""
    created, due, closed = (np.asarray(values) for values in (work.created, work.due, work.closed))
    seconds = np.where(np.isnan(closed), 0, closed * DAY).astype(np.int64)
    types = len(plan.mix)
    return replay.Work(
        created=(created * DAY).astype(np.int64),
        due=(due * DAY).astype(np.int64),
        closed=np.where(np.isnan(closed), replay.NEVER, seconds),
        type_code=np.asarray(work.type_code, np.int64),
        is_fixed=np.zeros(len(created), bool),
        is_judged=(due >= JUDGED_FROM) & (due < END),
        is_met=closed <= due,
        usual_seconds=np.array(plan.goals) * DAY,
        danger_grade=np.zeros(types, np.int64),
    )


@dataclass(frozen=True)
class Finding:
    """What was found in one simulated department, and the truth beside it; shares 0 to 1."""

    answer: str
    slope: float
    compliance: float
    true_vacancy: float
    miss: replay.Miss
    capacity_error: float

    @property
    def is_told(self) -> bool:
        return bool(np.isfinite(self.miss.vacancy))

    @property
    def error(self) -> float:
        """How far the truth lies outside the range that is told; below zero where less is told than is true."""
        low, high = self.miss.vacancy_low, self.miss.vacancy
        return min(high - self.true_vacancy, 0.0) + max(low - self.true_vacancy, 0.0)


def study(plan: Plan, seed: int) -> Finding:
    """Simulate one department twice (as filled, and with all posts filled) and ask the rules about it."""
    fte = np.repeat(plan.filled, -(-int(END) // len(plan.filled)))[: int(END)]
    full = np.where(np.arange(int(END)) >= REPLAY_FROM, float(plan.authorised), fte)
    seen = Shop(plan, arrivals(plan, np.random.default_rng(seed)), fte, seed).run()
    ideal = Shop(plan, arrivals(plan, np.random.default_rng(seed)), full, seed).run()
    created, closed = np.asarray(seen.created), np.asarray(seen.closed)
    inflow, throughput, filled = weekly(created), weekly(closed), fte[:: int(WEEK)][:WEEKS]
    inflow[0] -= plan.warm_backlog
    lags = np.bincount(((closed - created)[~np.isnan(closed)] // WEEK).astype(int)).astype(float)
    verdict = rules.is_it_staff(inflow, throughput, filled, lags)
    backlog = plan.warm_backlog + np.cumsum(inflow) - np.cumsum(throughput) - inflow + throughput
    capacity = rules.demonstrated_capacity(throughput, filled, backlog)
    days = fte[int(REPLAY_FROM) :]
    miss = replay.explain(
        work_of(seen, plan),
        start=int(REPLAY_FROM) * DAY,
        factor=rules.staff_factor(np.full(len(days), float(plan.authorised)), days),
        staff_limited=verdict.answer,
        reason=verdict.reason,
        is_varied=bool(1 - fte.min() / fte.max() >= rules.POSTS_VARIED),
    )
    truth = work_of(ideal, plan).kept() - miss.kept
    return Finding(verdict.answer, verdict.slope, miss.kept, truth, miss, capacity.per_fte / plan.per_fte - 1)


def knobs(seeds: int, *, is_varied: bool) -> Iterator[str]:
    """The table of the hands' knob: five orders of work, A / F from 1.1 to 2, all posts filled since its start.

    `is_varied`: posts filled moved around their mean as in `VARIED`, so that the least told need not be nothing.
    """
    head = ["authorised over filled", "order of work", "kept", "true points", "told", "least told", "most told"]
    head += ["most told less the truth, mean", "truth outside the range, mean (worst)", "within 10 of the range"]
    yield "| " + " | ".join(head) + " |\n" + "|" + " --- |" * len(head)
    every: list[Finding] = []
    for times in FACTORS:
        for order, changes in ORDERS.items():
            filled = max(1.0, round(AUTHORISED / times))
            posts = tuple(float(round(filled * part / 9)) for part in VARIED) if is_varied else (filled,)
            authorised, mean = max(AUTHORISED, int(max(posts))), float(np.mean(posts))
            plan = Plan(order, rules.YES, filled=posts, per_fte=58.5 / mean, authorised=authorised)
            found = [study(replace(plan, **changes), seed) for seed in range(seeds)]
            every += found
            yield knob_row(f"{authorised / mean:.2f}", order, found)
    yield knob_row("all", "all", every)


def knob_row(times: str, order: str, findings: list[Finding]) -> str:
    """One line of that table."""
    told = [one for one in findings if one.is_told]
    off = np.array([100 * one.error for one in told])
    cells = [
        times,
        order,
        f"{100 * np.mean([one.compliance for one in findings]):.0f}%",
        f"{100 * np.mean([one.true_vacancy for one in findings]):.0f}",
        f"{len(told)} of {len(findings)}",
        *(_ranges(told) if told else ("none told", "", "")),
        f"{off.mean():+.1f} ({off.min():+.0f} to {off.max():+.0f})" if told else "",
        f"{np.mean(np.abs(off) <= 10):.0%}" if told else "",
    ]
    return "| " + " | ".join(cells) + " |"


def _ranges(told: list[Finding]) -> tuple[str, str, str]:
    low, high = (100 * np.mean([getattr(one.miss, name) for one in told]) for name in ("vacancy_low", "vacancy"))
    readings = 100 * np.mean([one.miss.vacancy - one.true_vacancy for one in told])
    return f"{low:.0f}", f"{high:.0f}", f"{readings:+.1f}"


def row(plan: Plan, findings: list[Finding]) -> str:
    """One line of the table in docs/workload.md."""
    answers = Counter(finding.answer for finding in findings)
    told = [finding for finding in findings if finding.is_told]
    points = "none given"
    if told:
        errors = [100 * (finding.miss.vacancy - finding.true_vacancy) for finding in told]
        points = f"{np.mean(errors):+.1f} ({min(errors):+.0f} to {max(errors):+.0f})"
    truth = 100 * np.mean([finding.true_vacancy for finding in findings])
    compliance = 100 * np.mean([finding.compliance for finding in findings])
    capacity = 100 * np.mean([finding.capacity_error for finding in findings])
    cells = [
        plan.cause,
        f"{answers[rules.YES]} / {answers[rules.NO]} / {answers[rules.CANNOT_TELL]}",
        f"{np.nanmean([finding.slope for finding in findings]):.2f}"
        if any(np.isfinite(finding.slope) for finding in findings)
        else "",
        f"{compliance:.0f}%",
        f"{truth:.0f}",
        points,
        str(len(findings) - len(told)),
        f"{capacity:+.0f}%" if plan.truth == rules.YES else "",
    ]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--knobs", action="store_true", help="the table of the hands' knob instead")
    parser.add_argument("--varied", action="store_true", help="that table with posts filled that vary")
    args = parser.parse_args()
    seeds = range(args.seeds)
    if args.knobs or args.varied:
        for line in knobs(args.seeds, is_varied=args.varied):
            print(line, flush=True)
        return
    head = ["planted cause", "found staff: yes / no / cannot tell", "mean slope", "compliance", "true vacancy points"]
    head += ["error of vacancy points, mean (range)", "no vacancy share given", "error of capacity"]
    print("| " + " | ".join(head) + " |\n" + "|" + " --- |" * len(head))
    for plan in PLANS:
        print(row(plan, [study(plan, seed) for seed in seeds]), flush=True)


if __name__ == "__main__":
    main()
