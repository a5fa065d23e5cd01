"""Lengths are said in the city's own unit."""

from __future__ import annotations

import pytest

from db.rules.lengths import KILOMETRES, MILES


def test_kilometres_become_miles() -> None:
    assert MILES.of(16.09344) == pytest.approx(10)
    assert (MILES.words(72.4), KILOMETRES.words(72.4)) == ("45 miles", "72 kilometres")


def test_one_is_one() -> None:
    assert (MILES.words(1.6), KILOMETRES.words(1.2)) == ("1 mile", "1 kilometre")
