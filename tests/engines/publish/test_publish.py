"""Editions of the public tables: what is in them, what is not, and what somebody who keeps them all can learn."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from sqlalchemy import Connection, select

from db.cities.profile import load
from db.ingest.demo import make_demo
from db.model.schema import requests
from db.publish import asked, read, withdraw, write
from db.publish.grid import month_of, months_between
from db.publish.privacy import OutOfTimeError
from db.storage.database import EmbeddedDatabase
from db.storage.snapshots import SnapshotFolder
from tests.attacker import all_told, excluded, excluded_by_balance, gathered
from tests.builders import closed_request, open_request
from tests.conftest import DEMO_NOW
from tests.pages.conftest import write as fill

LOS_ANGELES = load("los_angeles")
LEVEL = "council_district"
NOW = datetime(2026, 3, 16, 10, 40)


def publish(connection: Connection, folder: Path, now: datetime = NOW, **changes: Any) -> write.Edition:
    given = {"level": LEVEL, "seconds": 120.0} | changes
    return write.publish(connection, SnapshotFolder(folder), LOS_ANGELES, now=now, **given)


def told(folder: Path) -> read.Snapshot:
    found = read.snapshot(SnapshotFolder(folder))
    assert found is not None
    return found


def some_rows() -> list[dict[str, Any]]:
    """Ten weeks up to the middle of March, two services, two districts; 40 potholes a week, few of the other."""
    rows = []
    for day in range(70):
        created = datetime(2026, 1, 5, 9) + timedelta(days=day)
        for number in range(6):
            where = {"council_district": str(1 + number % 2), "place_id": f"p{day}-{number}"}
            closed, due = created + timedelta(days=number + 1, hours=-3), created + timedelta(days=4)
            rows.append(closed_request(created, closed, due=due, **where))
        rows.append(open_request(created, service_type="Flooding", council_district="1", place_id=f"f{day}"))
    return rows


SERVICES = [
    {
        "service_type": name,
        "public_name": name,
        "category": "Streets",
        "calendar": "office",
        "safety_points": 0.0,
        "is_sensitive": False,
        "is_service": True,
        "is_contracted": False,
        "repeat_means": "problem",
    }
    for name in ("Pothole", "Flooding")
]
CITY = [{"key": "los_angeles", "name": "Los Angeles", "source_kind": "demo"}]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedDatabase]:
    """A city of ten weeks; never write to it."""
    folder = tmp_path_factory.mktemp("small")
    fill(folder, some_rows(), "demo")
    database = EmbeddedDatabase(folder)
    yield database
    database.close()


def test_a_month_is_made_of_whole_weeks_by_their_thursday_and_published_8_days_after_its_end() -> None:
    march = month_of(date(2026, 3, 1))  # a Sunday: of the week whose Thursday is 26 February
    assert (march.name, march.start, march.end) == ("2026-02", date(2026, 2, 2), date(2026, 3, 2))
    assert not march.is_settled(datetime(2026, 3, 9, 23, 59))
    assert march.is_settled(datetime(2026, 3, 10))
    several = list(months_between(date(2025, 1, 1), NOW))
    assert [month.end for month in several[:-1]] == [month.start for month in several[1:]]
    assert sum(month.weeks for month in several[-12:]) in (52, 53)


def test_both_engines_publish_the_same_figures(both: Callable[..., Any], tmp_path: Path) -> None:
    ask = both(some_rows(), service_types=SERVICES, city=CITY)

    def question(connection: Connection) -> dict[str, Any]:
        folder = tmp_path / connection.dialect.name
        publish(connection, folder)
        return {name: list(rows) for name, rows in told(folder).tables.items()}

    tables = ask(question)
    assert [row["month"] for row in tables["months"]] == ["2026-02"]  # January began before the first row had settled
    counts = {(row["service_type"], row["district"]): row["asked_count"] for row in tables["asked"]}
    assert counts["", ""] == 28 * 7
    assert (counts["", "1"], counts["", "2"], counts["Pothole", ""]) == (28 * 4, 28 * 3, 28 * 6)
    assert (
        "Flooding",
        "1",
    ) not in counts  # no finer table hides that none was asked in district 2
    promises = tables["promises"][0]
    assert (promises["due_count"], promises["kept_percent"]) == (28 * 6, 67)
    assert tables["ended"][0]["work_done_count"] == 28 * 6
    services = {row["service_type"]: (row["half_days"], row["most_days"]) for row in tables["services"]}
    assert services["Pothole"] == (3, 6)
    assert [row["district"] for row in tables["districts"]] == ["1", "2"]


def test_editions_never_reissue_a_number_and_no_hidden_one_can_be_narrowed_down(
    both: Callable[..., Any], tmp_path: Path
) -> None:
    chance = np.random.default_rng(7)
    kinds = ("Pothole", "Flooding", "Curb Issues", "Dead Animal Removal", "Obstructions")
    made = [
        open_request(datetime(2026, 1, 1, 8) + timedelta(hours=3 * hour), service_type=kind, council_district=place)
        for hour in range(8 * 100)
        for kind, place in [(kinds[min(chance.geometric(0.45), 5) - 1], str(chance.integers(1, 5)))]
    ]
    ask = both(
        made, service_types=[SERVICES[0] | {"service_type": kind, "public_name": kind} for kind in kinds], city=CITY
    )

    def question(connection: Connection) -> dict[str, int]:
        return exposed(connection, tmp_path / connection.dialect.name, datetime(2026, 3, 12), weeks=4, step=2)

    assert ask(question) == {}


@pytest.mark.slow
def test_26_weekly_editions_of_a_larger_city_give_nothing_away(tmp_path: Path) -> None:
    database = EmbeddedDatabase(tmp_path / "city")
    make_demo(database, now=DEMO_NOW, scale=0.03)
    with database.reader().connect() as connection:
        assert exposed(connection, tmp_path, DEMO_NOW - timedelta(weeks=26), weeks=26, step=1) == {}


def exposed(connection: Connection, folder: Path, start: datetime, *, weeks: int, step: int) -> dict[Any, Any]:
    """What the attacker can exclude after having kept every edition."""
    kept = []
    for week in range(0, weeks + 1, step):
        publish(connection, folder, start + timedelta(weeks=week))
        kept.append(told(folder).tables)
    numbers = gathered(tables["asked"] for tables in kept)
    assert any(value is None for value in numbers.values())
    assert len({key[0] for key in numbers if key[2]}) >= 2  # more than one month with more than the city's total
    return excluded(numbers) | excluded_by_balance(all_told(kept))


def small_town(seed: int, weeks: int, a_week: float) -> list[dict[str, Any]]:
    """Few requests a week, each closed after some days, some of them without work."""
    chance = np.random.default_rng(seed)
    rows = []
    for week in range(weeks):
        for number in range(chance.poisson(a_week)):
            created = datetime(2025, 9, 1, 9) + timedelta(days=7 * week + int(chance.integers(0, 7)))
            closed = created + timedelta(days=int(chance.geometric(0.1)))
            outcome = "work_done" if chance.random() < 0.7 else "administrative"
            rows.append(closed_request(created, closed, outcome=outcome, place_id=f"{week}-{number}"))
    return rows


def published_weekly(connection: Connection, folder: Path, start: datetime, weeks: int) -> list[Any]:
    kept = []
    for week in range(weeks):
        publish(connection, folder, start + timedelta(weeks=week))
        kept.append(told(folder).tables)
    return kept


@pytest.mark.parametrize(
    ("seed", "a_week", "weeks"),
    [
        (1, 2.0, 6),
        (8, 5.0, 6),
        *(pytest.param(seed, a_week, 26, marks=pytest.mark.slow) for seed in range(3, 9) for a_week in (2.5, 5.0, 8.0)),
    ],
)
def test_a_small_town_s_books_give_nothing_away(tmp_path: Path, seed: int, a_week: float, weeks: int) -> None:
    """What waited, was asked and was ended hang together, which tells on hidden numbers."""
    fill(tmp_path / "city", small_town(seed, 36, a_week), "demo")
    database = EmbeddedDatabase(tmp_path / "city")
    with database.reader().connect() as connection:
        kept = published_weekly(connection, tmp_path / "snapshot", datetime(2025, 10, 20, 10), weeks)
    database.close()
    numbers = all_told(kept)
    assert any(value is None for value in numbers.values())
    assert any(value for value in numbers.values())
    assert excluded_by_balance(numbers) == {}


def test_the_attacker_balances_the_books() -> None:
    """The test of the test: 20 more wait than before, 12 were ended; so 22 to 42 were asked."""
    month = ("2026-02-02", "2026-03-01")
    numbers = {("waits", "2026-02-01"): 30, ("waits", "2026-03-01"): 50, ("ended", *month): 12, ("done", *month): 12}
    assert excluded_by_balance(numbers | {("asked", *month): None}) == {("asked", *month): set(range(1, 10))}


def test_the_attacker_finds_what_is_given_away() -> None:
    """The test of the test: a total that leaves a hidden number no room is found."""
    numbers = {("m", "", "", ""): 60, ("m", "c", "a", ""): 55, ("m", "c", "b", ""): None}
    assert excluded(numbers) == {("m", "c", "b", ""): {1, 2, 3, 4, 6, 7, 8, 9}}


def test_no_address_number_place_or_name_is_in_the_file(demo: EmbeddedDatabase, tmp_path: Path) -> None:
    with demo.reader().connect() as connection:
        publish(connection, tmp_path, DEMO_NOW)
        r = requests.c
        private = connection.execute(
            select(r.sr_number, r.address, r.address_norm, r.place_id, r.street_name, r.assigned_to, r.latitude)
        ).all()
    content = SnapshotFolder(tmp_path).path(1).read_bytes()
    words = b"\n".join(set(re.findall(rb"[\x20-\x7e]{4,}", content)))
    told_in_words = words + repr(told(tmp_path)).encode()
    names = {str(value) for row in private for value in row if value is not None and len(str(value)) > 3}
    assert len(names) > 5_000
    assert not [name for name in names if name.encode() in told_in_words]


def test_a_snapshot_that_was_changed_is_not_believed(small: EmbeddedDatabase, tmp_path: Path) -> None:
    with small.reader().connect() as connection:
        publish(connection, tmp_path, NOW)
    path = SnapshotFolder(tmp_path).path(1)
    with duckdb.connect(str(path)) as changed:
        changed.execute("update promises set kept_percent = 99 where kept_percent is not null")
    with pytest.raises(ValueError, match="checksum"):
        read.snapshot(SnapshotFolder(tmp_path))
    path.write_bytes(b"torn" * 5_000)
    with pytest.raises(ValueError, match="cannot be read"):
        read.snapshot(SnapshotFolder(tmp_path))


def test_another_geography_or_city_is_refused_and_the_edition_stays(small: EmbeddedDatabase, tmp_path: Path) -> None:
    with small.reader().connect() as connection:
        publish(connection, tmp_path, NOW)
        with pytest.raises(ValueError, match="keep the first"):
            publish(connection, tmp_path, NOW, level="neighborhood_council")
        with pytest.raises(ValueError, match="KIOSK_DATA to another folder"):
            write.publish(connection, SnapshotFolder(tmp_path), load("boston"), now=NOW, level=LEVEL, seconds=60)
    assert told(tmp_path).number == 1


def test_past_its_time_nothing_is_published(small: EmbeddedDatabase, tmp_path: Path) -> None:
    with small.reader().connect() as connection, pytest.raises(OutOfTimeError):
        publish(connection, tmp_path, NOW, seconds=0)
    assert read.snapshot(SnapshotFolder(tmp_path)) is None


def test_an_edition_withdrawn_is_gone_whole_and_does_not_come_back(small: EmbeddedDatabase, tmp_path: Path) -> None:
    store = SnapshotFolder(tmp_path)
    with small.reader().connect() as connection:
        publish(connection, tmp_path, NOW)
        before = told(tmp_path).tables
        publish(connection, tmp_path, NOW + timedelta(weeks=1))
        weeks = {row["week_end"] for row in told(tmp_path).tables["waiting"] if row["edition"] == 1}
        assert withdraw.withdraw(store, "1", now=NOW) == ["2026-02"]
        gone = told(tmp_path).tables
        publish(connection, tmp_path, NOW + timedelta(weeks=1))
    for tables in (gone, told(tmp_path).tables):
        assert {row["month"] for name in ("asked", "promises", "ended") for row in tables[name]} == set()
        assert [row["withdrawn_on"] for row in tables["months"]] == [f"{NOW:%Y-%m-%d}"]
        assert weeks.isdisjoint(row["week_end"] for row in tables["waiting"])
        assert len(tables["waiting"]) == 1  # the second edition's own week stays
    assert not gone["districts"]
    assert {row["half_days"] for row in gone["services"]} == {None}
    assert withdraw.known(gone)["asked"] == list(before["asked"])  # for the program: others still know them
    with pytest.raises(ValueError, match="is not in the snapshot or was withdrawn"):
        withdraw.withdraw(store, "1", now=NOW)
    with pytest.raises(ValueError, match=r"the months they added: 2 \(no month\)"):
        withdraw.withdraw(store, "2026-02", now=NOW)


def test_a_city_without_requests_publishes_an_edition_without_figures(both: Callable[..., Any], tmp_path: Path) -> None:
    ask = both(city=CITY)

    def question(connection: Connection) -> int:
        folder = tmp_path / connection.dialect.name
        publish(connection, folder)
        return sum(len(rows) for name, rows in told(folder).tables.items() if name != "edition")

    assert ask(question) == 0


def test_a_city_of_few_requests_hides_all_but_what_is_large_enough(both: Callable[..., Any], tmp_path: Path) -> None:
    few = [open_request(datetime(2026, 1, 5, 9) + timedelta(days=3 * day), place_id=f"p{day}") for day in range(24)]
    ask = both(few, service_types=SERVICES, city=CITY)

    def question(connection: Connection) -> list[Any]:
        folder = tmp_path / connection.dialect.name
        publish(connection, folder)
        return [row["asked_count"] for row in told(folder).tables["asked"]]

    assert ask(question) == [None]


def test_a_table_that_takes_too_long_is_made_coarser(
    small: EmbeddedDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the coarsest may use all of the time; here the others have none."""
    with small.reader().connect() as connection:
        publish(connection, tmp_path / "in-time", NOW)
        monkeypatch.setattr(asked, "halfway_to", lambda deadline: deadline - 1e9)
        publish(connection, tmp_path / "late", NOW)
    assert [row["level"] for row in told(tmp_path / "in-time").tables["months"]] == ["service_by_district"]
    assert [row["level"] for row in told(tmp_path / "late").tables["months"]] == ["city"]
    assert [row["asked_count"] for row in told(tmp_path / "late").tables["asked"]] == [28 * 7]
