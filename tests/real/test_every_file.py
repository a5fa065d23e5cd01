"""Every file of the real data folder, on both engines: the same counts, and one answer to every question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from db.ingest.requests.load import load_files
from db.ingest.requests.report import COUNTS, LoadReport
from db.queries.data import freshness
from db.storage.database import EmbeddedDatabase, ServerDatabase
from tests.engines.questions import assert_same_examples, every_question

pytestmark = [pytest.mark.real, pytest.mark.postgres]
NOW = datetime(2026, 7, 7)
FILES = {
    "los_angeles": {
        "myla311_legacy/myla311_2017-12-27_to_31.csv.gz": 9_999,
        "myla311_legacy/myla311_2018-01-01_to_04.csv.gz": 10_000,
        "myla311_legacy/myla311_2020-01-01_to_03_iso_dates.csv.gz": 10_000,
        "myla311_legacy/myla311_2022-09-19_to_23_api_fields.csv.gz": 20_000,
        "myla311_cases_2026/myla311_cases_2026_3_rows.csv": 3,
    },
    "boston": {
        "boston_311/boston_2011_jul_to_dec.csv.gz": 58_251,
        "boston_311/boston_2015_animal_and_pest_types.csv.gz": 8_887,
        "boston_311/boston_2017_animal_and_pest_types.csv.gz": 7_760,
        "boston_311/boston_2019_animal_and_pest_types.csv.gz": 8_928,
        "boston_311/boston311-100.csv": 100,
        "boston_311/boston311-dmy-100.csv": 100,
    },
    "new_york": {
        "nyc_311/nyc_2015-12_nypd_20000.csv.gz": 20_000,
        "nyc_311/nyc_2022-05-01_41cols_924.csv.gz": 924,
        "nyc_311/nyc_2026-06-27_to_28_10000.csv.gz": 10_000,
    },
    "san_antonio": {"san_antonio_311/san_antonio_311_rows.csv": 30},
}
LARGE = {
    "myla311_legacy/myla311_2017-12-27_to_31.csv.gz",
    "myla311_legacy/myla311_2018-01-01_to_04.csv.gz",
    "myla311_legacy/myla311_2022-09-19_to_23_api_fields.csv.gz",
    "boston_311/boston_2011_jul_to_dec.csv.gz",
    "boston_311/boston_2015_animal_and_pest_types.csv.gz",
    "boston_311/boston_2017_animal_and_pest_types.csv.gz",
    "nyc_311/nyc_2015-12_nypd_20000.csv.gz",
}
"""Left to the slow run; a file of each city stays, and each of them is loaded by another test too."""
SETS = [
    *(pytest.param((name, False), id=f"{name}-some") for name in FILES),
    *(pytest.param((name, True), id=f"{name}-all", marks=pytest.mark.slow) for name in FILES if name != "san_antonio"),
]
NO_REQUESTS = {
    "myla311_legacy/myla311_2016_type_source_hour_duration.csv.gz": "without request numbers, dates or places",
    "myla311_legacy/myla311_2020_open_requests.json.gz": "without any date",
    "open311/bloomington_requests.json": "Open311",
    "open311/bloomington_services.json": "lists the service types of an Open311 server",
    "open311/chicago_requests_2014.json": "Open311",
    "open311/san_francisco_requests.xml": "Open311",
}


@dataclass(frozen=True)
class Loaded:
    """Files of one city on both engines, and what each load reported."""

    city: str
    files: dict[str, int]
    engines: tuple[Engine, Engine]
    reports: tuple[list[LoadReport], list[LoadReport]]


@pytest.fixture(scope="module", params=SETS)
def city(
    request: pytest.FixtureRequest,
    real_data: Path,
    tmp_path_factory: pytest.TempPathFactory,
    server_database: Callable[[str], ServerDatabase],
) -> Iterator[Loaded]:
    name, with_large = request.param
    files = {file: rows for file, rows in FILES[name].items() if with_large or file not in LARGE}
    embedded = EmbeddedDatabase(tmp_path_factory.mktemp(name))
    server = server_database(f"real_{name}_{with_large}")
    paths = [real_data / file for file in files]
    reports = tuple(load_files(database, paths, city=None, now=NOW) for database in (embedded, server))
    yield Loaded(name, files, (embedded.reader(), server.reader()), reports)  # type: ignore[arg-type]
    server.close()
    embedded.close()


def test_every_file_is_recognised_and_every_row_accounted_for_alike(city: Loaded) -> None:
    counts = [[tuple(getattr(report, count) for count in COUNTS) for report in reports] for reports in city.reports]
    assert counts[0] == counts[1]
    assert [report.read for report in city.reports[0]] == list(city.files.values())
    assert {report.city for report in city.reports[0]} == {city.city}
    assert not any(report.rejected for report in city.reports[0])


def test_every_question_has_the_same_answer_on_both_engines(city: Loaded) -> None:
    with city.engines[0].connect() as connection:
        newest = freshness.default_as_of(connection, NOW)
    for as_of in (newest, newest - timedelta(days=2)):
        for question in every_question():
            assert_same_examples(question, city.engines, as_of)


@pytest.mark.parametrize("name", NO_REQUESTS)
def test_a_file_without_requests_is_recognised_and_refused_with_its_reason(
    name: str, real_data: Path, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=NO_REQUESTS[name]) as refused:
        load_files(EmbeddedDatabase(tmp_path), [real_data / name], city=None, now=NOW)
    assert len(str(refused.value).splitlines()) == 1
