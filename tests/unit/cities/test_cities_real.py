"""Every word of the cities' own files is known to their profile."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from db.cities.profile import Layout, Profile, department_lookup, fold, fold_word, load, service_type_lookup

pytestmark = pytest.mark.real

LEGACY = (
    "myla311_legacy/myla311_2017-12-27_to_31.csv.gz",
    "myla311_legacy/myla311_2018-01-01_to_04.csv.gz",
    "myla311_legacy/myla311_2020-01-01_to_03_iso_dates.csv.gz",
    "myla311_legacy/myla311_2022-09-19_to_23_api_fields.csv.gz",
)
FILES = {
    **dict.fromkeys(LEGACY[:3], ("los_angeles", "myla311_legacy")),
    LEGACY[3]: ("los_angeles", "hack_for_la_api"),
    "myla311_legacy/myla311_2016_type_source_hour_duration.csv.gz": ("los_angeles", "totals_by_hour"),
    "myla311_cases_2026/myla311_cases_2026_3_rows.csv": ("los_angeles", "myla311_cases"),
    "boston_311/boston_2011_jul_to_dec.csv.gz": ("boston", "boston_target_dt"),
    "boston_311/boston_2015_animal_and_pest_types.csv.gz": ("boston", "boston_sla_target_dt"),
    "boston_311/boston_2017_animal_and_pest_types.csv.gz": ("boston", "boston_sla_target_dt"),
    "boston_311/boston_2019_animal_and_pest_types.csv.gz": ("boston", "boston_sla_target_dt"),
    "boston_311/boston311-100.csv": ("boston", "boston_target_dt"),
    "boston_311/boston311-dmy-100.csv": ("boston", "boston_target_dt"),
    "nyc_311/nyc_2015-12_nypd_20000.csv.gz": ("new_york", "nyc_open_data"),
    "nyc_311/nyc_2022-05-01_41cols_924.csv.gz": ("new_york", "nyc_open_data"),
    "nyc_311/nyc_2026-06-27_to_28_10000.csv.gz": ("new_york", "nyc_open_data_without_status"),
    "san_antonio_311/san_antonio_311_rows.csv": ("san_antonio", "san_antonio"),
}


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a csv or csv.gz, by folded header."""
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8")
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [fold(name) for name in next(reader)]
    for row in reader:
        yield dict(zip(header, row, strict=True))


def words_in(path: Path, layout: Layout, column: str) -> Counter[str]:
    """How often each word of one of our columns stands in the file; blanks left out."""
    headers = layout.columns.get(column, ())
    found = (next((row[header] for header in headers if header in row), "") for row in rows_of(path))
    return Counter(word for word in found if word.strip())


def unknown(words: Iterable[str], known: Mapping[str, str]) -> set[str]:
    return {word for word in words if fold_word(word) not in known}


def fitting(profile: Profile, header: Iterable[str]) -> str:
    """The layout that recognises the header by the most names."""
    present = set(header)
    fits = [layout for layout in profile.layouts if set(layout.recognised_by) <= present]
    return max(fits, key=lambda layout: len(layout.recognised_by)).name


@pytest.fixture(scope="module")
def counts(real_data: Path) -> dict[str, Any]:
    """Counts over all rows of the cases of 2026."""
    found: dict[str, Any] = json.loads((real_data / "myla311_cases_2026/value_counts.json").read_text())
    return found


def test_every_word_counted_in_the_cases_of_2026_is_known(counts: dict[str, Any]) -> None:
    profile = load("los_angeles")
    owners = {*counts["Owner_top"], *(owner for by in counts["request_type_to_owner"].values() for owner in by)}
    types = {*counts["RequestType_top"], *counts["RequestType_tail"], *counts["request_type_to_owner"]}
    assert unknown(owners, department_lookup(profile)) == set()
    assert unknown(types, service_type_lookup(profile)) == set()
    assert unknown(counts["Status"], profile.statuses) == set()
    assert unknown(counts["RequestSource"], profile.channels) == set()
    assert unknown(counts["ResolutionCode_top"], profile.outcomes) == set()


def test_a_status_that_never_has_a_closing_date_is_no_closing(counts: dict[str, Any]) -> None:
    profile = load("los_angeles")
    never = {word for word, (_, note) in counts["Status"].items() if note.startswith("never")}
    assert {profile.statuses[fold_word(word)] for word in never} == {"open", "duplicate"}


def test_the_68_forms_are_listed_with_their_owner_and_category(real_data: Path) -> None:
    profile = load("los_angeles")
    listed = {entry.service_type: (entry.department, entry.category) for entry in profile.service_types}
    with (real_data / "la_service_types/la_service_types_68.csv").open(newline="") as file:
        forms = {row["service_type"]: (row["owner"], row["category"]) for row in csv.DictReader(file)}
    assert len(forms) == 68
    assert {name: listed.get(name) for name in forms} == forms
    assert set(listed) - set(forms) == {"Public Right-of-Way Cleanup", "Information-Only", "Program Research"}


def test_a_form_with_a_published_or_budget_figure_has_it_as_its_goal(real_data: Path) -> None:
    goals = {entry.service_type: entry.goals[-1] for entry in load("los_angeles").service_types if entry.goals}
    with (real_data / "la_service_types/la_service_types_68.csv").open(newline="") as file:
        figures = [row for row in csv.DictReader(file) if row["target_amount"]]
    assert len(figures) == 7
    for row in figures:
        goal = goals[row["service_type"]]
        hours = {"hours": 1, "calendar_days": 24, "business_days": 24}
        assert goal.amount * hours[goal.unit] == float(row["target_amount"]) * hours[row["target_unit"]]
        assert row["target_source"] in goal.citation


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_file_is_recognised_by_its_header(real_data: Path, name: str) -> None:
    city, layout = FILES[name]
    assert fitting(load(city), next(rows_of(real_data / name))) == layout


def test_the_list_of_open_requests_is_recognised_and_refused(real_data: Path) -> None:
    with gzip.open(real_data / "myla311_legacy/myla311_2020_open_requests.json.gz", "rt") as file:
        first = json.load(file)[0]
    profile = load("los_angeles")
    name = fitting(profile, (fold(key) for key in first))
    assert name == "open_requests_list"
    assert next(layout.refuse for layout in profile.layouts if layout.name == name)


def test_the_api_names_of_the_cases_carry_the_same_columns_as_the_export(real_data: Path) -> None:
    by_name = {layout.name: layout for layout in load("los_angeles").layouts}
    export, api = by_name["myla311_cases"], by_name["myla311_cases_api"]
    with (real_data / "myla311_cases_2026/columns.csv").open(newline="") as file:
        pairs = {fold(row["csv_header"]): fold(row["api_field"]) for row in csv.DictReader(file)}
    expected = {column: tuple(pairs[header] for header in headers) for column, headers in export.columns.items()}
    assert api.columns == expected


@pytest.mark.parametrize("name", sorted(name for name, (_, layout) in FILES.items() if layout != "totals_by_hour"))
def test_every_type_owner_status_and_channel_of_a_file_is_known(real_data: Path, name: str) -> None:
    city, layout_name = FILES[name]
    profile = load(city)
    layout = next(layout for layout in profile.layouts if layout.name == layout_name)
    known = {
        "source_service_type": service_type_lookup(profile),
        "source_department": department_lookup(profile),
        "source_status": profile.statuses,
        "channel": profile.channels,
        "city_verdict": profile.sla_verdicts,
    }
    missing = {column: unknown(words_in(real_data / name, layout, column), words) for column, words in known.items()}
    assert {column: words for column, words in missing.items() if words} == {}


def test_the_words_of_the_year_2016_are_known_although_its_totals_are_refused(real_data: Path) -> None:
    profile = load("los_angeles")
    types, channels = set(), set()
    for row in rows_of(real_data / "myla311_legacy/myla311_2016_type_source_hour_duration.csv.gz"):
        types.add(row["requesttype"])
        channels.add(row["requestsource"])
    assert len(types) == 12
    assert unknown(types, service_type_lookup(profile)) == set()
    assert unknown(channels, profile.channels) == set()
