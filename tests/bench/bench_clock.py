"""How long due dates and breach risks take: `python -m tests.bench.bench_clock [ROWS]`."""

from __future__ import annotations

import sys
from datetime import date, time
from time import perf_counter

import numpy as np

from db.rules.calendar import Calendar
from db.rules.clock import UNITS, due_at_many, elapsed_business_hours_many
from db.rules.survival import breach_risk, period_estimate

OFFICE = Calendar("office", frozenset(range(5)), time(8), time(17), frozenset({date(2026, 9, 7), date(2026, 12, 25)}))

OPEN_REQUESTS = 200_000


def main(rows: int) -> None:
    seconds = np.random.default_rng(311).integers(0, 5 * 365 * 86400, rows)
    created = np.datetime64("2022-01-01", "us") + seconds.astype("timedelta64[s]")
    for unit in UNITS:
        began = perf_counter()
        due = due_at_many(created, 2.5, unit, OFFICE)
        print(f"due_at_many {rows:,} {unit}: {perf_counter() - began:.2f} s")
    began = perf_counter()
    elapsed_business_hours_many(created, due, OFFICE)
    print(f"elapsed_business_hours_many {rows:,}: {perf_counter() - began:.2f} s")
    survival(rows)


def survival(rows: int) -> None:
    random = np.random.default_rng(311)
    hours = random.exponential(100, rows)
    began = perf_counter()
    curve = period_estimate(np.zeros(rows), hours, random.random(rows) < 0.9)
    print(f"period_estimate {rows:,}: {perf_counter() - began:.2f} s")
    began = perf_counter()
    breach_risk([curve], random.exponential(100, OPEN_REQUESTS), random.exponential(50, OPEN_REQUESTS))
    print(f"breach_risk {OPEN_REQUESTS:,}: {perf_counter() - began:.3f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
