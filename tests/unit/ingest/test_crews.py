"""A surname in capitals looks like a code: only what the profile lists, and numbers, are crews."""

from __future__ import annotations

import pytest

from db.cities.profile import department_lookup, load
from db.ingest.requests.source_words import crews

NAMES = (
    *("SMITH", "GARCIA", "LEE", "WU", "KIM-PARK", "ANA/LUIS", "MARIE-LOU", "mgarcia2", "LEE2", "luis_garcia"),
    *("O'Neil, Pat (3)", "213-555-0142 Ana Lopez", "F-LOPEZ", "BSS - LOPEZ", "NC LOPEZ", "\uff2c\uff25\uff25"),
)


def kept(city: str, words: tuple[str, ...]) -> list[str]:
    profile = load(city)
    return [str(word) for word, crew in crews(words, department_lookup(profile), profile) if crew == word]


def test_yards_crews_and_contractors_of_los_angeles_are_kept() -> None:
    words = ("NC", "BSS - SMD", "NEGB_ELA", "F-SEV", "NORTH", "12", "D4", "3-7B", "LASAN", "101, IED")
    assert kept("los_angeles", words) == list(words)


def test_queues_of_boston_are_kept() -> None:
    words = ("PWDx_District 03: North Dorchester", "INFO05_Alert Boston", "ISD_Housing (INTERNAL)")
    assert kept("boston", words) == list(words)


@pytest.mark.parametrize("city", ["los_angeles", "boston", "new_york", "san_antonio"])
def test_a_staff_name_never_passes_for_a_crew(city: str) -> None:
    assert kept(city, NAMES) == []
