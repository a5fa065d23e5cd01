"""How fast a load is: `python -m tests.bench.bench_load [ROWS] [FOLDER]` prints what each step costs.

Seconds on the wall depend on what else the machine does; those of the processor hardly do.

The file is made here, in the layout of the Los Angeles export of 2026, with as many different
addresses and points as a real year has for its size.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import duckdb

from db.ingest.requests.load import load_files
from db.ingest.requests.progress import Step
from db.settings import Settings
from db.storage.database import open_database

NOW = datetime(2026, 11, 1)

_ROWS = """
    select $first + i as "CaseNumber", strftime(created, '%m/%d/%Y %I:%M:%S %p') as "CreatedDate",
        strftime(created + interval 2 days, '%m/%d/%Y %I:%M:%S %p') as "UpdatedDate", 'SR Created' as "ActionTaken",
        ['LASAN', 'OCB - Normal Cases', 'LSD', 'BSS - SMD', 'BSL'][1 + i % 5] as "Owner",
        ['Item Pickups', 'Graffiti Removal', 'Illegal Dumping Item Pickup', 'Homeless Encampment'][1 + i % 4]
            as "RequestType",
        case when i % $open = 0 then 'New' else 'Closed' end as "Status",
        ['Call', 'Self Service', 'Mobile App'][1 + i % 3] as "RequestSource",
        'Self Service' as "CreatedByUserOrganization",
        'True' as "Anonymous", ['NC', 'EV', 'SLA', 'WV'][1 + i % 4] as "AssignTo", null as "ServiceDate",
        case when i % $open > 0 then strftime(created + interval 2 days, '%m/%d/%Y %I:%M:%S %p') end as "ClosedDate",
        null as "DateServiceRendered", null as "ReasonCode",
        case when i % $open > 0 then 'AR-Request Completed' end as "ResolutionCode",
        (100 + spot // 200) || ' W ' || (1 + spot % 200) || 'TH ST, LOS ANGELES, CA, 900' || (10 + spot % 90)
            as "Address",
        100 + spot // 200 as "HouseNumber", 'W' as "Direction", (1 + spot % 200) || 'TH' as "StreetName",
        'ST' as "Suffix", '900' || (10 + spot % 90) as "ZipCode", 33.75 + (spot % 5000) / 10000.0 as "Latitude",
        -118.6 + (spot // 5000) / 1000.0 as "Longitude", null as "Location", '594' as "TBMPage", 'C' as "TBMColumn",
        5 as "TBMRow", 'Central APC' as "APC", 1 + spot % 15 as "CD", 'A Member' as "CDMember", spot % 99 as "NC",
        'COUNCIL ' || (spot % 99) as "NCName", 11 as "PolicePrecinct"
    from (select range as i, timestamp '$year-01-01' + (range * 31) * interval 1 second as created,
        hash(range) % ($rows // 3) as spot from range($rows))"""


def make_file(path: Path, rows: int, *, year: int = 2026, one_open_in: int = 20) -> None:
    """A csv of `rows` requests made from the beginning of `year` on, the same every time; years share their places."""
    first = 1_000_000 + (2026 - year) * 10_000_000
    statement = _ROWS
    for name, value in {"rows": rows, "year": year, "first": first, "open": one_open_in}.items():
        statement = statement.replace(f"${name}", str(value))
    duckdb.sql(f"copy ({statement}) to '{path}' (header)")


class StepClock:
    """Seconds of the processor from the beginning of each step to that of the next."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._step, self._since = "stage", time.process_time()

    def begin(self, step: Step) -> None:
        now = time.process_time()
        self.seconds[self._step] = self.seconds.get(self._step, 0.0) + now - self._since
        self._step, self._since = step.name, now

    def __str__(self) -> str:
        return ", ".join(f"{step} {seconds:.2f} s" for step, seconds in self.seconds.items())


def main(rows: int, folder: Path) -> None:
    path = folder / "requests.csv"
    make_file(path, rows)
    database = open_database(Settings(folder / "data"))
    for name in ("first load", "the same file again"):
        started, clock = time.perf_counter(), StepClock()
        (report,) = load_files(database, [path], city="los_angeles", now=NOW, on_progress=clock.begin)
        clock.begin(Step(path.name, "end", 1.0))
        whole = time.perf_counter() - started
        steps = report.seconds
        stored = steps["read"] + steps["normalise"] + steps.get("store", 0.0)
        print(f"{name}: {rows:,} rows of {path.stat().st_size / 1e6:,.0f} MB in {whole:.1f} s")
        print("  " + ", ".join(f"{step} {seconds:.2f} s" for step, seconds in steps.items()))
        print(f"  processor: {clock}")
        print(f"  parsing and storing {rows / stored:,.0f} rows/s", end="")
        print(f", derived columns {rows / steps['derive']:,.0f} rows/s" if "derive" in steps else "")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    size = int(arguments[0]) if arguments else 1_000_000
    if len(arguments) > 1:
        main(size, Path(arguments[1]))
    else:
        with tempfile.TemporaryDirectory() as scratch:
            main(size, Path(scratch))
