"""The projection against what came: a city's departments, 4 and 8 weeks ahead, against "nothing changes".

`DESK_DATA=FOLDER python -m tests.bench.backtest_projection` reads a loaded database and prints
the table of docs/workload.md. Nothing is known of that city's posts, so they count as constant
and each department's capacity is its own; the first 8 weeks are dropped, because requests made
before the data begin are missing from their closings.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Connection, func, select

from db import settings
from db.model.filters import RequestFilter
from db.model.schema import requests
from db.queries.workload.flows import Flows, read
from db.rules import workload as rules
from db.storage.database import open_database

DROPPED_WEEKS = 8
LEARNED_WEEKS = 6
AHEAD = (4, 8)
FUTURES = 200
FEW = 50  # requests open on average, under which a department says little
GOALS = RequestFilter(goals="working")


@dataclass(frozen=True)
class Guess:
    """Middle, low and high of open and overdue requests some weeks ahead."""

    open_count: np.ndarray
    overdue_count: np.ndarray


def guesses(flows: Flows, weeks: int) -> dict[str, Guess]:
    """What each way of looking ahead says of `weeks` from now; low, middle, high."""
    flows = replace(
        flows,
        inflow=flows.inflow[DROPPED_WEEKS:],
        throughput=flows.throughput[DROPPED_WEEKS:],
        swept=flows.swept[DROPPED_WEEKS:],
        backlog_at_start=flows.backlog_at_start[DROPPED_WEEKS:],
    )
    rng = np.random.default_rng(weeks)
    inflow = rules.draw_inflow(flows.inflow, weeks, FUTURES, rng)
    worked = (flows.throughput - flows.swept).sum(axis=1)
    own = rules.demonstrated_capacity(worked, np.ones(flows.weeks), flows.backlog_at_start)
    capacity = rules.draw_capacity(own.rates, np.ones(weeks), FUTURES, rng)
    factor = rules.draw_capacity(flows.exit_factors(), np.ones(weeks), FUTURES, rng)
    standing = flows.standing()
    found = {
        "staff is the limit": rules.project_staffed(standing, inflow, capacity),
        "each leaves at its rate": rules.project_unlimited(standing, inflow, factor),
    }
    guess = {name: Guess(one.open_count[:, -1], one.overdue_count[:, -1]) for name, one in found.items()}
    still = Guess(np.full(3, flows.open_count.sum()), np.full(3, flows.overdue_count.sum()))
    return {"nothing changes": still} | guess


def main() -> None:
    database = open_database(settings.read(os.environ))
    with database.reader().connect() as connection:
        _print(connection)
    database.close()


def _print(connection: Connection) -> None:
    first, last = connection.execute(select(func.min(requests.c.created_at), func.max(requests.c.created_at))).one()
    span = (last - first).days // 7
    moments = {
        week: datetime.combine((first + timedelta(weeks=week)).date(), datetime.min.time())
        for week in range(DROPPED_WEEKS + LEARNED_WEEKS, span + 1)
    }
    seen = {week: read(connection, GOALS, as_of=moment, now={}) for week, moment in moments.items()}
    head = ["department", "weeks ahead", "way of looking ahead", "cutoffs", "open: mean error", "of band held"]
    head += ["overdue: mean error"]
    print("| " + " | ".join(head) + " |\n" + "|" + " --- |" * len(head))
    for department in sorted(set().union(*seen.values())):
        for ahead in AHEAD:
            _print_department(department, ahead, seen)


def _print_department(department: str, ahead: int, seen: dict[int, dict[str, Flows]]) -> None:
    pairs = [
        (now[department], seen[week + ahead][department])
        for week, now in seen.items()
        if week + ahead in seen and department in now and department in seen[week + ahead]
    ]
    if not pairs or np.mean([then.open_count.sum() for _, then in pairs]) < FEW:
        return
    found = [(guesses(now, ahead), then.open_count.sum(), then.overdue_count.sum()) for now, then in pairs]
    for way in found[0][0]:
        errors = [abs(guess[way].open_count[1] - count) for guess, count, _ in found]
        late = [abs(guess[way].overdue_count[1] - count) for guess, _, count in found]
        held = np.mean([guess[way].open_count[0] <= count <= guess[way].open_count[2] for guess, count, _ in found])
        share = "" if way == "nothing changes" else f"{held:.0%}"
        print(
            f"| {department} | {ahead} | {way} | {len(found)} | {np.mean(errors):.0f} | {share} | {np.mean(late):.0f} |"
        )


if __name__ == "__main__":
    main()
