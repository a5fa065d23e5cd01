"""Figures known from outside: the cities' own verdicts and due dates, and counts made from their files by hand.

The files go through the loader into databases of their own, once a test session. Each test names its population and
the moment it describes; docs/promises.md has the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import ColumnElement, Connection, Engine, and_, extract, func, select

from db.ingest.requests.load import load_files
from db.model import expressions
from db.model.expressions import has_flag
from db.model.filters import Period, RequestFilter
from db.model.schema import requests
from db.queries.compliance import rates
from db.rules.vocabulary import Flag
from db.settings import Settings
from db.storage.database import open_database

pytestmark = pytest.mark.real

LOADED_AT = datetime(2026, 11, 1)
TEN_MINUTES = 600
_r = requests.c

# file; closed requests with a due date and a verdict of the city; of these closed before they were made (our verdict is
# `unknown`); closed ones with a due date that the city gave no verdict (all closed late); open ones past due
BOSTON = [
    ("boston_2011_jul_to_dec.csv.gz", 43646, 0, 157, 3448),  # 18 more have a due date in 2059, which is no promise
    ("boston_2015_animal_and_pest_types.csv.gz", 4709, 3, 0, 1010),
    ("boston_2017_animal_and_pest_types.csv.gz", 4267, 2, 0, 456),
    ("boston_2019_animal_and_pest_types.csv.gz", 4602, 0, 0, 818),
    ("boston311-100.csv", 77, 0, 0, 12),
    ("boston311-dmy-100.csv", 77, 0, 0, 12),
]

# type, requests with a due date, least share that the rule of the profile reproduces; the rest had another target
RECOMPUTED = [
    ("Schedule a Bulk Item Pickup", 9394, 0.999),
    ("Missed Trash/Recycling/Yard Waste/Bulk Item", 2707, 0.999),
    ("Tree Emergencies", 1984, 0.999),
    ("Street Light Outages", 4895, 0.98),  # 15 more have a due date in 2059, which is no promise
    ("Graffiti Removal", 1943, 0.97),
    ("Unsatisfactory Living Conditions", 2258, 0.99),
]

# type, population, closed requests, share of them closed within three days
WITHIN_THREE_DAYS = [
    ("Graffiti Removal", "raw", 2493, 0.822),
    ("Graffiti Removal", "residents", 703, 0.505),
    ("Illegal Dumping Item Pickup", "raw", 884, 0.528),
    ("Illegal Dumping Item Pickup", "residents", 726, 0.431),
]

Loaded = Callable[..., Engine]


@pytest.fixture(scope="module")
def loaded(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """`loaded(path, recompute_due=False)` is the database of one real file, made when first asked for."""
    made: dict[tuple[str, bool], Engine] = {}

    def database_of(path: str, *, recompute_due: bool = False) -> Engine:
        if (path, recompute_due) not in made:
            database = open_database(Settings(tmp_path_factory.mktemp("oracle")))
            city = "boston" if path.startswith("boston") else "los_angeles"
            load_files(database, [real_data / path], city=city, now=LOADED_AT, recompute_due=recompute_due)
            made[path, recompute_due] = database.reader()
        return made[path, recompute_due]

    yield database_of
    for engine in made.values():
        engine.dispose()


def last_closing(connection: Connection) -> datetime:
    found = connection.scalar(select(func.max(_r.closed_at)))
    assert found is not None
    return found


def count(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    found = connection.scalar(select(func.count()).select_from(requests).where(*conditions))
    assert found is not None
    return int(found)


@pytest.mark.parametrize(("file", "judged", "odd", "unjudged", "overdue"), BOSTON)
def test_our_verdict_is_the_citys_wherever_the_city_gives_one(
    loaded: Loaded, file: str, judged: int, odd: int, unjudged: int, overdue: int
) -> None:
    """Population raw, as of the day of loading: ONTIME is exactly closed <= due, and open past due OVERDUE."""
    ours = expressions.verdict(LOADED_AT, "working")
    with loaded(f"boston_311/{file}").connect() as connection:
        closed = and_(_r.closed_at.is_not(None), _r.city_due_at.is_not(None))
        given, is_odd = _r.city_verdict.is_not(None), has_flag(Flag.CLOSED_BEFORE_CREATED)
        assert count(connection, closed, given) == judged
        assert count(connection, closed, given, ours == _r.city_verdict) == judged - odd
        assert count(connection, closed, given, is_odd, ours == "unknown") == odd
        assert count(connection, closed, ~given, ours == "missed") == count(connection, closed, ~given) == unjudged
        still_open = and_(_r.closed_at.is_(None), _r.city_due_at.is_not(None), given)
        assert count(connection, still_open, ours == "missed", _r.city_verdict == "missed") == overdue
        assert count(connection, still_open) == overdue
        no_due = and_(_r.city_due_at.is_(None), _r.city_verdict == "met", ours == "no_goal")
        assert count(connection, no_due) == count(connection, _r.city_due_at.is_(None))
        print(f"{file}: {judged} judged, {odd} odd, {unjudged} late without a verdict, {overdue} open past due")


def test_every_other_oddity_of_the_due_dates_is_flagged_and_counted(loaded: Loaded) -> None:
    """Population raw: three due before they were made, due dates over ten years away, all of them in 2059."""
    with loaded("boston_311/boston_2011_jul_to_dec.csv.gz").connect() as connection:
        assert count(connection, has_flag(Flag.DUE_BEFORE_CREATED)) == 3
        assert count(connection, has_flag(Flag.DUE_FAR_AWAY)) == 18
        assert count(connection, extract("year", _r.due_at) >= 2022) == 0  # a date that cannot be meant is no promise
        assert count(connection, _r.due_at.is_(None)) == 10981 + 18


@pytest.mark.parametrize(("service_type", "with_due_date", "least"), RECOMPUTED)
def test_the_profile_alone_gives_the_citys_due_dates(
    loaded: Loaded, service_type: str, with_due_date: int, least: float
) -> None:
    """Population raw, 2011, loaded with --recompute-due: within ten minutes of the due date that the city gave."""
    with loaded("boston_311/boston_2011_jul_to_dec.csv.gz", recompute_due=True).connect() as connection:
        of_type = and_(_r.service_type == service_type, _r.city_due_at.is_not(None))
        assert count(connection, of_type, _r.due_source == "computed") == with_due_date
        apart = func.abs(extract("epoch", _r.due_at - _r.city_due_at))
        share = count(connection, of_type, apart <= TEN_MINUTES) / with_due_date
    print(f"{service_type}: {share:.4%} of {with_due_date}")
    assert share >= least


@pytest.mark.parametrize(("service_type", "population", "closed", "share"), WITHIN_THREE_DAYS)
def test_crew_reports_flatter_how_fast_los_angeles_closes(
    loaded: Loaded, service_type: str, population: str, closed: int, share: float
) -> None:
    """Requests of 1 to 3 January 2020 with the city's status Closed, as of 2020-08-04: closed within three days."""
    as_of = datetime(2020, 8, 4)
    with loaded("myla311_legacy/myla311_2020-01-01_to_03_iso_dates.csv.gz").connect() as connection:
        of_type = [
            _r.service_type == service_type,
            _r.source_status == "Closed",
            expressions.in_population(population, as_of),
        ]
        assert count(connection, *of_type, expressions.is_closed(as_of)) == closed
        soon = count(connection, *of_type, expressions.elapsed_days(_r.created_at, _r.closed_at) <= 3)
    print(f"{service_type}, {population}: {soon / closed:.4%} of {closed}")
    assert round(soon / closed, 3) == share


def test_open_requests_hide_eleven_points_of_boston_2011(loaded: Loaded) -> None:
    """Population raw, due August to November, as of the last closing in the file; published goals."""
    autumn = Period("autumn", date(2011, 8, 1), date(2011, 12, 1))
    with loaded("boston_311/boston_2011_jul_to_dec.csv.gz").connect() as connection:
        as_of = last_closing(connection)
        found = rates.summary(connection, RequestFilter(population="raw", period=autumn), as_of=as_of).iloc[0]
        in_autumn = and_(_r.closed_at >= datetime(2011, 8, 1), _r.closed_at < datetime(2011, 12, 1))
        by_flag = count(connection, in_autumn, _r.city_verdict == "met") / count(connection, in_autumn)
    shares = [float(found["compliance"]), float(found["closed_only_share"]), by_flag]
    print(f"of {found['due_count']}:", *(f"{share:.4%}" for share in shares))
    assert found["due_count"] == 29996
    assert [round(share, 3) for share in shares] == [0.759, 0.866, 0.887]
