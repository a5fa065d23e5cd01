"""Whatever a URL says, the kiosk shows a screen."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.kiosk.language import LANGUAGES
from components.kiosk.state import LEAST_SECONDS, MOST_SECONDS, SCREENS, Choice, parse

NAMES = st.sampled_from(["screen", "lang", "district", "page", "seconds", "department", "sr_number", "\x00"])
DISTRICTS = ("1", "2", "10")


QUERIES = st.dictionaries(NAMES, st.text(max_size=40))


@settings(max_examples=500, deadline=None)
@given(QUERIES)
def test_any_query_makes_a_choice_within_its_limits(said: dict[str, str]) -> None:
    check(said)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None)
@given(QUERIES)
def test_any_of_10_000_queries_does(said: dict[str, str]) -> None:
    check(said)


def check(said: dict[str, str]) -> None:
    found = parse(said, DISTRICTS)
    assert found.screen in SCREENS
    assert found.lang in LANGUAGES
    assert found.district in ("", *DISTRICTS)
    assert LEAST_SECONDS <= found.seconds <= MOST_SECONDS
    assert parse(found.query(), DISTRICTS) == found


def test_what_was_chosen_is_restored() -> None:
    chosen = Choice(screen="district", lang="ko", district="10", seconds=45)
    assert parse(chosen.query(), DISTRICTS) == chosen
    assert chosen.query() == {"screen": "district", "lang": "ko", "district": "10", "seconds": "45"}


def test_an_unknown_language_screen_or_number_counts_as_not_said() -> None:
    said = {"lang": "xx", "screen": "queue", "district": "99", "seconds": "²", "page": "-1"}
    assert parse(said, DISTRICTS) == Choice()


def test_screens_go_round() -> None:
    chosen = Choice()
    for _ in SCREENS:
        chosen = chosen.other_screen(1)
    assert chosen == Choice()
    assert chosen.other_screen(-1).screen == SCREENS[-1]
