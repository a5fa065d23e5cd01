"""Tables and places of every sheet: how wide a column is, and where a stop without an address is."""

from __future__ import annotations

import pandas as pd
import pytest

from components.drawing import wording
from components.paper import parts
from components.paper.blocks import Table

NOWHERE = float("nan")


def test_a_stop_without_an_address_is_named_by_its_coordinates() -> None:
    stops = pd.DataFrame(
        {
            "address": ["12 MAIN ST", None, ""],
            "latitude": [34.0, 34.123456, NOWHERE],
            "longitude": [-118.0, -118.5, NOWHERE],
        }
    )
    assert wording.places(stops) == ["12 MAIN ST", "no address; 34.12346, -118.50000", "no address"]


def weights(*texts: str) -> float:
    table = parts.table(pd.DataFrame({"note": texts}), {"note": "Note"})[0]
    assert isinstance(table, Table)
    return table.columns[0].weight


def test_a_column_of_short_texts_is_as_wide_as_they_are() -> None:
    assert weights("open", "administrative") == 0


def test_a_column_is_wider_the_longer_its_texts_and_never_narrower_than_a_word() -> None:
    assert weights(*["a street light that is out"] * 10) > weights(*["a street light"] * 10, "a lamp that is out") > 0
    assert weights(*["a b"] * 20, "responsibilities") == pytest.approx(16 / parts.NARROW)


@pytest.mark.parametrize(("change", "text"), [(-0.04, "0.0"), (0.0, "0.0"), (-0.06, "-0.1"), (12.34, "+12.3")])
def test_a_change_that_rounds_to_nothing_has_no_sign(change: float, text: str) -> None:
    assert parts.WRITTEN["percentage points"](change) == text
