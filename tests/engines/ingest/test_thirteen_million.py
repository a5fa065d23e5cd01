"""As many requests as Los Angeles had in thirteen years, year by year: minutes and gigabytes, so run by hand.

`python -m pytest -m slow -s tests/engines/ingest/test_thirteen_million.py`; what it printed when is in docs/loading.md.
"""

from __future__ import annotations

import resource
import time
from datetime import datetime, timedelta

import pytest

from db.ingest.requests.load import load_files
from db.model.filters import RequestFilter
from db.model.stored_columns import wrong_calls
from db.queries.queue import backlog
from db.queries.request import requests
from db.settings import Settings
from db.storage.database import open_database
from tests.bench.bench_load import make_file

YEARS = range(2014, 2027)
ROWS = 1_000_000
NOW = datetime(2027, 1, 1)
EVERYONE = RequestFilter(population="eligible")


@pytest.mark.slow
def test_thirteen_years_load_one_after_the_other_and_every_row_is_found(tmp_path):
    database = open_database(Settings(tmp_path / "data"))
    open_count = 0
    for year in YEARS:
        path = tmp_path / f"{year}.csv"
        one_open_in = 20 if year == YEARS[-1] else 1000
        make_file(path, ROWS, year=year, one_open_in=one_open_in)
        open_count += ROWS // one_open_in
        started = time.perf_counter()
        (report,) = load_files(database, [path], city="los_angeles", now=NOW)
        whole = time.perf_counter() - started
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        print(f"\n{year}: {whole:.0f} s, {report.seconds}, at most {most:.1f} GiB so far")
        assert (report.read, report.inserted, report.rejected) == (ROWS, ROWS, 0)
        path.unlink()
    with database.reader().connect() as connection:
        started = time.perf_counter()
        totals = backlog.totals(connection, EVERYONE, as_of=NOW)
        print(f"the headline figures: {time.perf_counter() - started:.2f} s")
        assert int(totals["open_count"].iloc[0]) == open_count
        found = requests.one(connection, "1000007", as_of=NOW)
        assert found["created_at"].iloc[0] == datetime(2026, 1, 1) + timedelta(seconds=7 * 31)
        assert wrong_calls(connection) == 0
