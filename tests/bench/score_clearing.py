"""Every verdict on whether an overdue backlog clears, scored by what came: the claims table of docs/workload.md.

`python -m tests.bench.score_clearing --simulated 200 --cities 20 [--scale S] [--data FOLDER]`. A verdict is asked for
at the end of each block of 8 weeks; the blocks are disjoint. It says that the overdue backlog falls or rises beyond
chance, or neither, and where it falls how many weeks until fewer than 30 are overdue. Scored against "nothing changes":

- the next 8 weeks: whether a backlog said to fall (rise) went on to, and by how much the count was missed when it is
  taken to move as in the last 8 weeks;
- the weeks: whether the first week with fewer than 30 overdue lies in the range that was given. A claim whose range is
  not over when the data end is unfinished, and counted apart.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, func, select

from db import settings
from db.ingest.demo import make_demo
from db.model import expressions
from db.model.filters import RequestFilter
from db.model.schema import requests
from db.queries.workload import staffing
from db.queries.workload.flows import everyones, read
from db.rules import workload as rules
from db.rules.workload.clearing import (
    ABOUT_THE_SAME,
    BLOCK_WEEKS,
    FALLING,
    FEW_OVERDUE,
    RISING,
    WEEKS_NEEDED,
    Clearing,
    Floats,
    clearing,
)
from db.storage.database import open_database
from db.storage.frames import fetch
from tests.bench.simulate_departments import WEEK, Plan, Shop, arrivals

GOALS = RequestFilter(goals="working")
LONG = 208  # weeks simulated
STEPS = (
    (9.0, 9.0, 11.0, 12.0),  # posts are filled: the backlog falls in the end
    (10.0, 10.0, 8.0, 8.0),
    (9.0,),
    (8.0, 11.0, 8.0, 11.0),
    (12.0, 8.0, 12.0, 12.0),
)
MORE_STEPS = (("oldest", (45.0,), (1.0,)), ("due", (10.0, 35.0, 60.0), (0.5, 0.3, 0.2)), ("newest", (45.0,), (1.0,)))


@dataclass(frozen=True)
class Claim:
    """One verdict, and what came. `came`: the change of the next 8 weeks, NaN where the data end before.

    `weeks`: weeks from the verdict until fewer than 30 were overdue, NaN where that never came; `followed`: weeks that
    are known.
    """

    verdict: Clearing
    overdue: float
    came: float
    weeks: float
    followed: float


def claims(overdue: Floats, verdicts: Iterable[tuple[int, Clearing]]) -> Iterator[Claim]:
    """Each verdict with what came. `overdue` (weeks + 1,): the count at each midnight between weeks."""
    for week, verdict in verdicts:
        ahead = overdue[week:]
        below = np.flatnonzero(ahead < FEW_OVERDUE)
        came = float(ahead[BLOCK_WEEKS] - ahead[0]) if len(ahead) > BLOCK_WEEKS else float("nan")
        weeks = float(below[0]) if len(below) else float("nan")
        yield Claim(verdict, float(ahead[0]), came, weeks, float(len(ahead) - 1))


def block_ends(weeks: int) -> range:
    """The weeks at whose end a verdict is asked for, so that the blocks are disjoint."""
    return range(WEEKS_NEEDED, weeks + 1, BLOCK_WEEKS)


def simulated(plan: Plan, seed: int) -> Iterator[Claim]:
    """The claims about one simulated department."""
    days = int(plan.end)
    fte = np.repeat(plan.filled, -(-days // len(plan.filled)))[:days]
    seen = Shop(plan, arrivals(plan, np.random.default_rng(seed)), fte, seed).run()
    due, closed = np.asarray(seen.due), np.nan_to_num(np.asarray(seen.closed), nan=np.inf)
    fell = _weekly(due[closed > due], plan.weeks)
    late = _weekly(closed[closed > due], plan.weeks)
    overdue = np.concatenate([[0.0], np.cumsum(fell - late)])
    told = ((week, clearing(overdue[week], fell[:week], late[:week])) for week in block_ends(plan.weeks))
    yield from claims(overdue, told)


def _weekly(moments: Floats, weeks: int) -> Floats:
    inside = moments[(moments >= 0) & (moments < weeks * WEEK)]
    return np.bincount((inside // WEEK).astype(int), minlength=weeks).astype(float)


def plans(count: int) -> Iterator[tuple[Plan, int]]:
    """Departments whose posts change in five ways, in three orders of work, with four sizes of demand."""
    for number in range(count):
        steps = STEPS[number % len(STEPS)]
        order, goals, mix = MORE_STEPS[number // len(STEPS) % len(MORE_STEPS)]
        per_week = (30.0, 60.0, 90.0, 120.0)[number // 15 % 4]
        yield (
            Plan(
                "claims",
                rules.YES,
                per_week=per_week,
                filled=steps,
                authorised=12,
                per_fte=6.5 * per_week / 60,
                goals=goals,
                mix=mix,
                order=order,
                warm_backlog=int(2 * per_week),
                weeks=LONG,
            ),
            number,
        )


def of_city(connection: Connection) -> Iterator[Claim]:
    """The claims about every department of a loaded city, as `ask workload` gives them at each moment."""
    first, last = connection.execute(select(func.min(requests.c.created_at), func.max(requests.c.created_at))).one()
    start = datetime.combine(last.date(), time.min)
    weeks = (start - datetime.combine(first.date(), time.min)).days // 7
    start -= timedelta(weeks=weeks)
    found: dict[str, list[tuple[int, Clearing]]] = {}
    for week in block_ends(weeks):
        as_of = start + timedelta(weeks=week)
        for name, flows in read(connection, GOALS, as_of=as_of, now=staffing.successors(connection, as_of)).items():
            verdict = clearing(float(flows.overdue_count.sum()), flows.fell_due, flows.was_late)
            found.setdefault(name, []).append((week, verdict))
    for name, verdicts in found.items():
        yield from claims(_overdue(connection, name, start, weeks), verdicts)


def _overdue(connection: Connection, department: str, start: datetime, weeks: int) -> Floats:
    """How many were overdue at each midnight between weeks, from the moments of each request."""
    moments = fetch(
        connection,
        select(requests.c.overdue_from, requests.c.open_until).where(
            requests.c.department == department,
            *everyones(GOALS, {}).clauses(start + timedelta(weeks=weeks)),
            expressions.has_due("working"),
            requests.c.open_until > requests.c.overdue_from,
        ),
    )
    days = (np.datetime64(start, "s") + np.arange(weeks + 1) * np.timedelta64(7 * 86400, "s"))[:, None]
    begins, ends = (moments[name].to_numpy("datetime64[s]")[None, :] for name in ("overdue_from", "open_until"))
    return np.asarray(((begins <= days) & (ends > days)).sum(axis=1), float)


def generated(seed: int, scale: float) -> Iterator[Claim]:
    """The claims about the generated city of a seed."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(settings.read({**os.environ, "DESK_DATA": folder}))
        now = datetime(2026, 11, 30, 12)
        make_demo(database, now=now, seed=seed, scale=scale)
        with database.reader().connect() as connection:
            yield from of_city(connection)
        database.close()


def loaded(folder: Path) -> Iterator[Claim]:
    """The claims about the city of a data folder."""
    database = open_database(settings.read({**os.environ, "DESK_DATA": str(folder)}))
    with database.reader().connect() as connection:
        yield from of_city(connection)
    database.close()


HEAD = (
    "what",
    "verdicts",
    "of them told: falls / rises / about the same",
    "too few overdue",
    "went on as told",
    "count in 8 weeks, mean error: as told",
    "nothing changes",
    "ranges of weeks",
    "held",
    "failed",
    "unfinished",
    "median width over the middle",
)


def row(name: str, found: Sequence[Claim]) -> str:
    """One line of the table."""
    by = {state: [one for one in found if one.verdict.state == state] for state in (FALLING, RISING, ABOUT_THE_SAME)}
    judged = sum(map(len, by.values()))
    moved = [one for one in (*by[FALLING], *by[RISING]) if np.isfinite(one.came)]
    as_told = [one for one in moved if np.sign(one.came) == np.sign(one.verdict.change)]
    told = np.array([abs(one.came - one.verdict.change) for one in moved])
    still = np.array([abs(one.came) for one in moved])
    ranges = [one for one in by[FALLING] if np.isfinite(one.verdict.weeks_low)]
    held, failed, unfinished = outcomes(ranges)
    widths = [
        (one.verdict.weeks_high - one.verdict.weeks_low) / ((one.verdict.weeks_high + one.verdict.weeks_low) / 2)
        for one in ranges
    ]
    cells = [
        name,
        f"{judged}",
        " / ".join(f"{len(part)} ({len(part) / judged:.0%})" if judged else "0" for part in by.values()),
        f"{len(found) - judged}",
        f"{len(as_told)} of {len(moved)} ({len(as_told) / len(moved):.0%})" if moved else "none to score",
        f"{told.mean():.1f}" if moved else "",
        f"{still.mean():.1f}" if moved else "",
        f"{len(ranges)}",
        f"{held} of {held + failed} ({held / (held + failed):.0%})" if held + failed else "none to score",
        f"{failed}",
        f"{unfinished}",
        f"{np.median(widths):.2f}" if widths else "",
    ]
    return "| " + " | ".join(cells) + " |"


def outcomes(ranges: Sequence[Claim]) -> tuple[int, int, int]:
    """How many ranges of weeks held, how many failed, and how many were not over when the data ended."""
    held = failed = unfinished = 0
    for one in ranges:
        low, high = one.verdict.weeks_low, one.verdict.weeks_high
        if np.isfinite(one.weeks):
            # the count is known at the end of each week: a range is right to the week
            is_in = np.floor(low) <= one.weeks <= np.ceil(high)
            held, failed = held + is_in, failed + (not is_in)
        elif one.followed > high:
            failed += 1
        else:
            unfinished += 1
    return int(held), int(failed), unfinished


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulated", type=int, default=0, help="how many simulated departments")
    parser.add_argument("--cities", type=int, default=0, help="how many seeds of the generated city")
    parser.add_argument("--scale", type=float, default=1 / 11)
    parser.add_argument("--data", type=Path, action="append", default=[], help="folder of a loaded city")
    args = parser.parse_args()
    print("| " + " | ".join(HEAD) + " |\n" + "|" + " --- |" * len(HEAD))
    if args.simulated:
        found = [claim for plan, seed in plans(args.simulated) for claim in simulated(plan, seed)]
        print(row(f"{args.simulated} simulated departments", found), flush=True)
    every: list[Claim] = []
    for seed in range(args.cities):
        found = list(generated(seed, args.scale))
        every += found
        print(row(f"generated city, seed {seed}", found), flush=True)
    if args.cities:
        print(row(f"generated city, {args.cities} seeds", every), flush=True)
    for folder in args.data:
        print(row(folder.name, list(loaded(folder))), flush=True)


if __name__ == "__main__":
    main()
