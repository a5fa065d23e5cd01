"""How well breach risk predicts, and how long it takes; by hand:

`DESK_REAL_DATA=FOLDER python -m tests.bench.bench_risk`

Boston 2011: curves trained on the first part of the file, judged on every request that was open and not yet overdue at
the Monday mornings after it. Los Angeles, September 2022: closed within 24 and 48 hours. Then 200,000 open requests.
Prints the reliability tables in ten bins and the mean squared error (Brier score) against the base rate and against
the share of the promised time that is gone.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection, create_engine, select, text

from db.__main__ import main as run_command
from db.cities import load
from db.model import expressions, stored_columns
from db.model.filters import RequestFilter
from db.model.schema import metadata, requests
from db.queries.queue import learned, risk, stops, today
from db.rules.proportions import brier_score, reliability
from db.settings import Settings
from db.storage.database import open_database
from db.storage.frames import fetch
from tests.bench import bench_queries

BOSTON = "boston_311/boston_2011_jul_to_dec.csv.gz"
ANGELES = "myla311_legacy/myla311_2022-09-19_to_23_api_fields.csv.gz"
TRAINED_UNTIL = datetime(2011, 10, 1)
BOSTON_ENDS = datetime(2012, 1, 1)
CITY_EVERYONE = RequestFilter(goals="working")
MOST_DUE = datetime(2019, 1, 1)  # the file was written then: what was due later has no outcome

Floats = NDArray[np.float64]


@contextmanager
def loaded(file: Path, city: str) -> Iterator[Connection]:
    """A connection to a database of this file alone."""
    with tempfile.TemporaryDirectory() as folder:
        if run_command(["load", str(file)], {"DESK_DATA": folder, "DESK_CITY": city}) != 0:
            raise RuntimeError(f"{file} was not loaded")
        database = open_database(Settings(Path(folder)))
        with database.reader().connect() as connection:
            yield connection
        database.close()


def open_at(connection: Connection, moment: datetime) -> pd.DataFrame:
    """Open requests of `moment` with what `risk.risks` needs, and left_at."""
    named = (requests.c.sr_number, requests.c.source_system)
    statement = select(*named, *risk.risk_inputs("working"), risk.left_at().label("left_at")).where(
        *CITY_EVERYONE.ever_clauses(moment),
        expressions.is_open(moment),
        ~expressions.is_unknown_closing(),
    )
    return fetch(connection, statement, {"due_at": "moment", "breach_at": "moment"})


def missed(frame: pd.DataFrame) -> NDArray[np.bool_]:
    return ~(frame["left_at"] <= frame["breach_at"]).to_numpy(bool)


def share_gone(frame: pd.DataFrame, moment: datetime) -> Floats:
    """How much of the promised time is gone, 0 to 1."""
    promised = (frame["breach_at"] - frame["created_at"]).dt.total_seconds().to_numpy()
    gone = (moment - frame["created_at"]).dt.total_seconds().to_numpy()
    return np.clip(gone / promised, 0, 1)


def report(title: str, chance: Floats, outcome: NDArray[np.bool_], gone: Floats, base: float) -> None:
    """One table and its scores, over the requests that have a risk."""
    has = ~np.isnan(chance)
    print(f"\n{title}: {len(chance):,} predictions, {has.mean():.1%} with a risk")
    chance, outcome, gone = chance[has], outcome[has], gone[has]
    scores = {
        "breach risk": brier_score(chance, outcome),
        f"base rate {base:.1%}": brier_score(base, outcome),
        f"their own overall share {outcome.mean():.1%}": brier_score(outcome.mean(), outcome),
        "age over goal": brier_score(gone, outcome),
    }
    print("  mean squared error: " + ", ".join(f"{name} {score:.4f}" for name, score in scores.items()))
    table = reliability(chance, outcome)
    print(f"  {'risk shown':>12}{'requests':>10}{'mean risk':>11}{'missed':>9}")
    for low, high, shown, happened, count in zip(*table, strict=True):
        if count:
            print(f"  {low:5.0%} to {high:4.0%}{count:10,}{shown:11.1%}{happened:9.1%}")


def judge_boston(connection: Connection, *, in_calendar: bool, renewed: bool) -> None:
    """Every Monday at 9:00 after the training; curves of its end, or `renewed` each Monday as the desk does daily."""
    calendar = load("boston").calendars["business"] if in_calendar else None
    curves = risk.curves(connection, as_of=TRAINED_UNTIL, calendar=calendar)
    parts = []
    moment = datetime(2011, 10, 3, 9)
    while moment < BOSTON_ENDS:
        if renewed:
            curves = risk.curves(connection, as_of=moment, calendar=calendar)
        frame = open_at(connection, moment)
        frame = frame[(frame["breach_at"] > moment) & (frame["breach_at"] < MOST_DUE)].reset_index(drop=True)
        parts.append((risk.risks(curves, frame, moment).risk, missed(frame), share_gone(frame, moment)))
        moment += timedelta(days=7)
    chance, outcome, gone = (np.concatenate(part) for part in zip(*parts, strict=True))
    title = (
        f"Boston, {'working' if in_calendar else 'elapsed'} hours, curves {'renewed' if renewed else 'of 1 October'}"
    )
    report(title, chance, outcome, gone, base_rate(connection))


def base_rate(connection: Connection) -> float:
    """The share missed of what was due within the training."""
    statement = select(risk.left_at().label("left_at"), expressions.overdue_from("working").label("breach_at")).where(
        *CITY_EVERYONE.ever_clauses(TRAINED_UNTIL), expressions.overdue_from("working") <= TRAINED_UNTIL
    )
    return float(missed(fetch(connection, statement, {"breach_at": "moment"})).mean())


def judge_los_angeles(connection: Connection, hours: int) -> None:
    """Closed within so many hours: told on Wednesday noon, judged by the end of the extract on Friday evening."""
    told, ends = datetime(2022, 9, 21, 12), datetime(2022, 9, 23, 19)
    frame = open_at(connection, told)
    frame["breach_at"] = frame["created_at"] + timedelta(hours=hours)
    frame = frame[(frame["breach_at"] > told) & (frame["breach_at"] <= ends)].reset_index(drop=True)
    chance = risk.risks(risk.curves(connection, as_of=told), frame, told).risk
    outcome = missed(frame)
    report(f"Los Angeles, {hours} hours", chance, outcome, share_gone(frame, told), float(outcome.mean()))


def time_it() -> None:
    """Seconds for a city of a million requests, 200,000 of them open."""
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"duckdb:///{Path(folder) / 'requests.duckdb'}")
        metadata.create_all(engine)
        with engine.connect() as connection:
            bench_queries.fill(connection, 1_000_000)
            connection.execute(text(_OPEN_A_FIFTH))
            stored_columns.set_turning_points(connection)
            connection.commit()
            filters, now = replace(CITY_EVERYONE, population="eligible"), bench_queries.AS_OF
            curves = risk.curves(connection, as_of=now, population="eligible")
            rules, calendar = load("los_angeles").triage, load("los_angeles").calendars["office"]
            past = learned.learn(connection, as_of=now, population="eligible")
            given = {"as_of": now, "calendar": calendar, "rules": rules, "using": past}
            steps: dict[str, Callable[[], object]] = {}
            steps["curves, once a day"] = lambda: risk.curves(connection, as_of=now, population="eligible")
            steps["breach risk of all open"] = lambda: risk.of_open(connection, filters, as_of=now, using=curves)
            steps["curves and ages, once a day"] = lambda: learned.learn(connection, as_of=now, population="eligible")
            steps["stops of all open, in order"] = lambda: stops.ranking(connection, filters, **given)
            ranked = stops.ranking(connection, filters, **given)
            steps["a page of 100 with why"] = lambda: today.detailed(
                page := ranked.iloc[1000:1100].reset_index(drop=True),
                today.details(connection, stops.keys_of(page), as_of=now),
                rules,
                now,
            )
            steps["what came and went"] = lambda: stops.changes(ranked, ranked.iloc[100:])
            steps["came true, 30 days"] = lambda: risk.came_true(connection, filters, as_of=now)
            print(f"\n{int(ranked['request_count'].sum()):,} open requests, seconds, best of three")
            for name, step in steps.items():
                print(f"  {name:26}{min(_seconds(step) for _ in range(3)):7.2f}")
        engine.dispose()


_OPEN_A_FIFTH = """
    update requests
    set status = 'open', closed_at = null, outcome = null, exclusion_reason = null, closed_on_time = null
    where hash(sr_number) % 5 = 0"""


def _seconds(step: Callable[[], object]) -> float:
    begun = perf_counter()
    step()
    return perf_counter() - begun


def main(folder: Path) -> None:
    with loaded(folder / BOSTON, "boston") as connection:
        for in_calendar in (False, True):
            for renewed in (False, True):
                judge_boston(connection, in_calendar=in_calendar, renewed=renewed)
    with loaded(folder / ANGELES, "los_angeles") as connection:
        for hours in (24, 48):
            judge_los_angeles(connection, hours)
    time_it()


if __name__ == "__main__":
    if "DESK_REAL_DATA" not in os.environ:
        sys.exit("DESK_REAL_DATA names no folder of real city files")
    main(Path(os.environ["DESK_REAL_DATA"]))
