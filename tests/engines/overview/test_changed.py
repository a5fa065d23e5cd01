"""What changed most in the last whole week: found where it was made, and silent where weeks only differ by chance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from db.model.filters import RequestFilter
from db.queries.overview import changed
from tests.builders import closed_request, open_request

AS_OF = datetime(2026, 7, 8, 12)  # a Wednesday: the last whole week is 29 June to 5 July
LAST_MONDAY = datetime(2026, 6, 29)
Fill = Callable[..., Callable[..., Any]]


def weeks(service_type: str, shares: list[float], counts: list[int], district: str = "1") -> list[dict[str, Any]]:
    """For each week, the oldest first, so many requests made and due in it, and of these the share kept."""
    rows = []
    for back, (share, count) in enumerate(zip(reversed(shares), reversed(counts), strict=True)):
        monday = LAST_MONDAY - timedelta(weeks=back)
        for number in range(count):
            given = {
                "service_type": service_type,
                "council_district": district,
                "sr_number": f"{service_type}-{back}-{number}",
                "due": monday + timedelta(days=4),
            }
            made = monday + timedelta(hours=8 + number % 9)
            is_kept = number < round(share * count)
            rows.append(
                closed_request(made, made + timedelta(days=2), **given) if is_kept else open_request(made, **given)
            )
    return rows


def found(both: Fill, rows: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    frame = both(rows)(changed.changed, RequestFilter(goals="working"), as_of=AS_OF)
    return list(zip(frame["by"], frame["key"], frame["what"], strict=True))


def test_a_type_that_fell_and_one_that_doubled_are_found_and_named(both: Fill) -> None:
    """A district is held against what others do with the same types: a type's fall is not its only district's."""
    steady = [41, 39, 40, 42, 40, 44, 38, 41, 42, 39, 40, 43, 41, 38, 42, 40, 41, 40]
    rows = [
        *weeks("Graffiti Removal", [0.8] * 17 + [0.3], steady, district="1"),
        *weeks("Pothole Repair", [0.8] * 18, [*steady[:17], 95], district="2"),
        *weeks("Dead Animal Removal", [0.9] * 18, steady, district="3"),
    ]
    assert set(found(both, rows)) == {
        ("service_type", "Graffiti Removal", "compliance"),
        ("service_type", "Pothole Repair", "inflow"),
        ("district", "2", "inflow"),
    }


@pytest.mark.parametrize("seed", range(3))
def test_weeks_that_differ_by_chance_alone_are_not_told(both: Fill, seed: int) -> None:
    chance = np.random.default_rng(seed)
    rows = []
    for number in range(8):
        counts = chance.poisson(40, 18).tolist()
        shares = [chance.binomial(count, 0.7) / max(count, 1) for count in counts]
        rows += weeks(f"Type {number}", shares, counts, district=str(number))
    assert found(both, rows) == []


def test_data_that_begin_too_late_and_no_data_say_nothing(both: Fill) -> None:
    rows = weeks("Graffiti Removal", [0.8] * 13 + [0.1], [40] * 14)
    assert found(both, rows) == []
    assert found(both, []) == []
