"""How often a briefing finds what was planted, and how often it finds what is not there.

`python -m tests.bench.bench_briefing false --cities 20 --weeks 20`, `... stories --cities 20` and `... power` print the
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

from db.ingest.demo import closings, make_demo, plan
from db.model.filters import Period, RequestFilter
from db.queries.briefing import findings
from db.rules.findings import Against
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


if __name__ == "__main__":
    parser = ArgumentParser()
    parser.add_argument("what", choices=("false", "stories", "power"))
    parser.add_argument("--cities", type=int, default=20)
    parser.add_argument("--weeks", type=int, default=20)
    parser.add_argument("--scale", type=float, default=plan.DEFAULT_SCALE)
    parser.add_argument("--seed", type=int, default=1000)
    given = parser.parse_args(sys.argv[1:])
    false_findings(given.cities, given.weeks, given.scale, given.seed)
