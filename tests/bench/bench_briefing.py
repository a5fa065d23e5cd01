"""How often a briefing finds what was planted, and how often it finds what is not there.

`python -m tests.bench.bench_briefing false --cities 20 --weeks 20`, `... stories --cities 20 --strength 0.6` print the
tables of docs/briefing.md. Cities are generated ones of `--scale`; those without stories have every planted truth
taken out, their waves and storms left in.
"""

from __future__ import annotations

import sys
import tempfile
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pandas as pd
from scipy import stats
from sqlalchemy import Connection

from db.cities import load
from db.ingest.demo import closings, make_demo, plan
from db.ingest.reference import goals
from db.model.filters import Period, RequestFilter, period
from db.queries.briefing import findings
from db.queries.workload import why_missed
from db.rules.vocabulary import Against
from db.storage.embedded import EmbeddedDatabase

BASIS = datetime(2026, 11, 30, 9)
FILTERS = RequestFilter(goals="working")


def _no_rule_of_a_department(name: str, department: str) -> str:
    """Every department works off what comes in: neither posts nor parts hold it up."""
    return "information" if name == plan.INFORMATION else "measured" if name in plan.MEASURED_AS else "goal"


NO_STORIES: Mapping[tuple[Any, str], Any] = {
    (plan, "closing_rule"): _no_rule_of_a_department,
    (plan, "NEGLECT_FACTOR"): 1.0,
    (plan, "DOUBLED_DAYS"): -10_000,
    (closings, "QUEUE_NEGLECT_DAYS"): 0.0,
}


@contextmanager
def city(seed: int, scale: float, changed: Mapping[tuple[Any, str], Any]) -> Iterator[EmbeddedDatabase]:
    """A generated city with some constants of its plan changed."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        for (module, name), value in changed.items():
            stack.enter_context(mock.patch.object(module, name, value))
        database = EmbeddedDatabase(Path(folder))
        make_demo(database, now=BASIS, seed=seed, scale=scale)
        yield database
        database.close()


def ask(connection: Connection, last: date, weeks: int = 1) -> pd.DataFrame:
    stretch = Period("stretch", last - timedelta(weeks=weeks), last)
    return findings.findings(connection, replace(FILTERS, period=stretch), as_of=datetime.combine(last, time.min))


def false_findings(cities: int, weeks: int, scale: float, first_seed: int) -> None:
    """Briefings of cities without stories: any change that is told is false; levels of graffiti are as planned."""
    told, counted = Counter[str](), 0
    for seed in range(first_seed, first_seed + cities):
        with city(seed, scale, NO_STORIES) as database, database.reader().connect() as connection:
            for back in range(weeks):
                last = (BASIS - timedelta(days=BASIS.weekday())).date() - timedelta(weeks=2 * back)
                found = ask(connection, last)
                moved = found[found["is_first"] & (found["against"] != Against.OTHERS)]
                district = found[(found["against"] == Against.OTHERS) & (found["by"] == "district")]
                counted += 1
                told["with any"] += bool(len(moved) or len(district))
                for row in [*moved.itertuples(), *district.itertuples()]:
                    told[f"{row.measure} {row.against} {row.by}"] += 1
                    print(
                        seed,
                        last,
                        row.by,
                        row.key,
                        row.measure,
                        row.against,
                        f"{row.now:.3g} {row.usual:.3g}",
                        f"{row.p_value:.1e} {row.p_adjusted:.3f}",
                        row.blocks,
                        row.tried_count,
                        flush=True,
                    )
        bound = stats.beta.ppf(0.95, told["with any"] + 1, counted - told["with any"])
        print(f"seed {seed}: {told['with any']} of {counted}, upper 95% bound {bound:.1%}", flush=True)
    print(dict(told))


GOAL_TYPE, GOAL_HOURS = "Illegal Dumping Item Pickup", (72.0, 24.0)
STORIES = ("staff", "not staff", "district", "demand", "goal")


def weaker(strength: float) -> Mapping[tuple[Any, str], Any]:
    """The planted truths at a part of their size: 1 is as the generated city has them, 0 would be none."""
    return {
        (closings, "QUEUE_FULL_RATE"): 1.3 + 0.25 * (1 - strength),
        (closings, "WAITING_SHARE"): 0.55 * strength,
        (plan, "NEGLECT_FACTOR"): 1 + 0.8 * strength,
        (closings, "QUEUE_NEGLECT_DAYS"): 6.0 * strength,
        (plan, "DOUBLED_FACTOR"): 1 + strength,
    }


def change_goal(database: EmbeddedDatabase, last: date, strength: float) -> None:
    """Adopt a shorter goal of one type from three weeks before the end on; the weaker, the longer it is."""
    before, after = GOAL_HOURS
    hours = before - (before - after) * strength
    day = last - timedelta(weeks=3)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "goals.csv"
        path.write_text(
            "service_type,amount,unit,calendar,effective_on,basis,citation,adopted_by,adopted_on\n"
            f"{GOAL_TYPE},{hours:g},hours,always,{day},draft,a trial,bench,{day}\n",
            encoding="utf-8",
        )
        with database.write(BASIS) as connection:
            goals.load(connection, path, load("los_angeles"), today=BASIS.date(), in_the_past=True)


def found_stories(connection: Connection, last: date) -> set[str]:
    """Which of the planted truths the briefing of the week before `last` names, each with its cause."""
    rows = ask(connection, last)
    lately = replace(FILTERS, period=period("last_13_weeks", datetime.combine(last, time.min)))
    work = why_missed.why_missed(connection, lately, as_of=datetime.combine(last, time.min)).set_index("department")
    below = rows[rows["against"] == Against.OTHERS]
    found = set()
    for story, department, cause in (("staff", "BSL", "staff"), ("not staff", "BSS", "not_staff")):
        if department in set(below["key"]) and work["cause"].get(department) == cause:
            found.add(story)
    if str(plan.NEGLECTED_DISTRICT) in set(below.loc[below["by"] == "district", "key"]):
        found.add("district")
    if len(rows[(rows["key"] == plan.DOUBLED_TYPE) & (rows["measure"] == "inflow") & (rows["change"] > 0)]):
        found.add("demand")
    if GOAL_TYPE in set(rows.loc[rows["reason"] == "goal_changed", "reason_key"]):
        found.add("goal")
    return found


def stories(cities: int, strength: float, scale: float, first_seed: int) -> None:
    """In how many of so many cities each planted truth is found and named."""
    told = Counter[str]()
    last = (BASIS - timedelta(days=BASIS.weekday())).date()
    for number in range(cities):
        with city(first_seed + number, scale, weaker(strength)) as database:
            change_goal(database, last, strength)
            with database.reader().connect() as connection:
                found = found_stories(connection, last)
        told.update(found)
        counts = ", ".join(f"{story} {told[story]}" for story in STORIES)
        print(f"strength {strength:g}, seed {first_seed + number}: {number + 1} cities; {counts}", flush=True)


if __name__ == "__main__":
    parser = ArgumentParser()
    parser.add_argument("what", choices=("false", "stories"))
    parser.add_argument("--strength", type=float, default=1.0)
    parser.add_argument("--cities", type=int, default=20)
    parser.add_argument("--weeks", type=int, default=20)
    parser.add_argument("--scale", type=float, default=plan.DEFAULT_SCALE)
    parser.add_argument("--seed", type=int, default=1000)
    given = parser.parse_args(sys.argv[1:])
    if given.what == "stories":
        stories(given.cities, given.strength, given.scale, given.seed)
    else:
        false_findings(given.cities, given.weeks, given.scale, given.seed)
