"""How well breach risk is calibrated, by the rule it is held to; by hand:

`DESK_REAL_DATA=FOLDER python -m tests.bench.judge_risk`

Boston, October to December 2011 and the second halves of 2015, 2017 and 2019 (animal and pest types), and a generated
city. For each request one Monday is drawn among those between its creation and its due moment; where it is still open
at 9:00 of that day, the risk shown then is judged by what happened. The Monday is drawn without regard to how long the
request stayed open: drawn among the Mondays at which it was open, those that stay open would count for less each, and
a perfect prediction would look too high. Bins of 100 and more are judged, their intervals come from resampling weeks.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from db.__main__ import main as run_command
from db.cities import load
from db.ingest.demo import make_demo
from db.queries.queue import risk
from db.rules.proportions import brier_score
from db.settings import Settings
from db.storage.database import open_database
from db.storage.embedded import EmbeddedDatabase
from tests.bench.bench_risk import missed, open_at

FEWEST, POINTS, RESAMPLED = 100, 0.03, 2000
MOST_DUE = datetime(2020, 1, 1)  # a placeholder beyond it is no due moment
A_MONDAY = np.datetime64("2001-01-01T09:00", "us")
WEEK = np.timedelta64(7, "D")
Floats = NDArray[np.float64]


class Period(NamedTuple):
    """What is judged: files of one city and the days of the predictions."""

    name: str
    files: tuple[str, ...]
    start: datetime
    end: datetime


PESTS = "boston_311/boston_{}_animal_and_pest_types.csv.gz"
PERIODS = (
    Period(
        "Boston, October to December 2011",
        ("boston_311/boston_2011_jul_to_dec.csv.gz",),
        datetime(2011, 10, 1),
        datetime(2012, 1, 1),
    ),
    *(
        Period(
            f"Boston, animals and pests, July to December {year}",
            (PESTS.format(year),),
            datetime(year, 7, 1),
            datetime(year + 1, 1, 1),
        )
        for year in (2015, 2017, 2019)
    ),
)
GENERATED = Period("Generated city, January to September 2026", (), datetime(2026, 1, 1), datetime(2026, 10, 1))


@contextmanager
def opened(period: Period, folder: Path) -> Iterator[Connection]:
    with tempfile.TemporaryDirectory() as data:
        if period.files:
            files = [str(folder / name) for name in period.files]
            if run_command(["load", *files], {"DESK_DATA": data, "DESK_CITY": "boston"}) != 0:
                raise RuntimeError(f"{files} were not loaded")
            database = open_database(Settings(Path(data)))
        else:
            database = EmbeddedDatabase(Path(data))
            make_demo(database, now=datetime(2026, 11, 30), scale=0.3, seed=1)
        with database.reader().connect() as connection:
            yield connection
        database.close()


def predictions(connection: Connection, period: Period, *, in_calendar: bool) -> pd.DataFrame:
    """The risk shown of every request open on each Monday at 9:00, and what became of it."""
    profile = load("boston" if period.files else "los_angeles")
    calendar = profile.calendars[profile.working_day_calendar] if in_calendar else None
    moment, parts = period.start, []
    moment = (moment + timedelta(days=-moment.weekday() % 7)).replace(hour=9)
    while moment < period.end:
        curves = risk.curves(connection, as_of=risk.curves_moment(moment), calendar=calendar)
        frame = open_at(connection, moment)
        frame = frame[(frame["breach_at"] > moment) & (frame["breach_at"] < MOST_DUE.replace(year=moment.year + 2))]
        frame = frame.reset_index(drop=True)
        found = risk.risks(curves, frame, moment)
        parts.append(frame.assign(at=moment, chance=found.risk, level=found.level, missed=missed(frame)))
        moment += timedelta(days=7)
    return pd.concat(parts, ignore_index=True)


def one_monday(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Of each request the prediction of one Monday between creation and due moment, where it was still open then."""
    keys = ["source_system", "sr_number"]
    each = rows.drop_duplicates(keys)[[*keys, "created_at", "breach_at"]]
    created, breach = (each[name].to_numpy("datetime64[us]") for name in ("created_at", "breach_at"))
    first, last = np.ceil((created - A_MONDAY) / WEEK), np.ceil((breach - A_MONDAY) / WEEK) - 1
    drawn = first + np.floor(np.random.default_rng(seed).random(len(each)) * np.maximum(last - first + 1, 1))
    each["at"] = A_MONDAY + drawn.astype(np.int64) * WEEK
    return rows.merge(each[[*keys, "at"]].astype({"at": rows["at"].dtype}), on=[*keys, "at"])


def report(rows: pd.DataFrame, title: str) -> None:
    """One line of scores and one line a bin, as they stand in docs/risk.md."""
    known = rows[rows["chance"].notna()]
    chance, came = known["chance"].to_numpy(float), known["missed"].to_numpy(float)
    own = (known["level"] < risk.OWN_LEVELS).mean()
    print(
        f"\n{title}: {len(rows):,} judged, a risk for {len(known) / len(rows):.1%} (of its own type {own:.1%}); "
        f"Brier {brier_score(chance, came):.3f}, base rate {brier_score(came.mean(), came):.3f}"
    )
    week, count = np.unique(known["at"], return_inverse=True)
    draws = np.random.default_rng(0).multinomial(len(week), np.ones(len(week)) / len(week), size=RESAMPLED)
    bins = np.minimum((chance * 10).astype(int), 9)
    for number in range(10):
        mine = bins == number
        if mine.any():
            _line(number, chance[mine], came[mine], count[mine], draws)


def _line(number: int, chance: Floats, came: Floats, week: NDArray[np.int64], draws: NDArray[np.int64]) -> None:
    size = np.bincount(week, minlength=draws.shape[1])
    over = np.bincount(week, chance - came, minlength=draws.shape[1])
    low, high = np.percentile((draws @ over) / np.maximum(draws @ size, 1), [2.5, 97.5])
    verdict = "too few" if len(came) < FEWEST else "fails" if low > POINTS or high < -POINTS else "holds"
    print(
        f"| {number * 10} to {number * 10 + 10}% | {len(came):,} | {chance.mean():.1%} | {came.mean():.1%} | "
        f"{100 * (chance.mean() - came.mean()):+.1f} ({100 * low:+.1f} to {100 * high:+.1f}) | {verdict} |"
    )


def main(folder: Path) -> None:
    for period in (*PERIODS, GENERATED):
        with opened(period, folder) as connection:
            for in_calendar in (False, True):
                rows = predictions(connection, period, in_calendar=in_calendar)
                hours = "working hours" if in_calendar else "elapsed hours"
                for seed in (1, 2):
                    report(one_monday(rows, seed), f"{period.name}, {hours}, draw {seed}")


if __name__ == "__main__":
    if "DESK_REAL_DATA" not in os.environ:
        sys.exit("DESK_REAL_DATA names no folder of real city files")
    main(Path(os.environ["DESK_REAL_DATA"]))
