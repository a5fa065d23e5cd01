"""Whether a closing kept its due date: the rule in SQL and the rule on arrays say the same of every combination."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Connection, text

from db.model.expressions import CLOSED_ON_TIME
from db.rules import on_time
from tests.builders import open_request
from tests.conftest import Ask

BY_DAY = ("created_by_day", "closed_by_day", "due_by_day")
CREATED = datetime(2026, 7, 3, 12)  # a Friday
STEPS = [timedelta(days=days, seconds=seconds) for days in (-1, 0, 1) for seconds in (-1, 0, 1)]


def rows() -> list[dict[str, Any]]:
    """Every choice of moments known to the day with closings and due dates around one another."""
    found = []
    for known, closed, due in product(product((False, True), repeat=3), STEPS, STEPS):
        by_day = dict(zip(BY_DAY, known, strict=True))
        row = open_request(CREATED, due=CREATED + due, sr_number=str(len(found)), **by_day)
        found.append(row | {"status": "closed", "closed_at": CREATED + closed})
    return found


def told_by_sql(connection: Connection) -> list[bool | None]:
    answer = connection.execute(text(f"select {CLOSED_ON_TIME} from requests order by cast(sr_number as integer)"))
    return [None if told is None else bool(told) for (told,) in answer]


def test_both_rules_agree_on_both_engines(both: Callable[..., Ask]) -> None:
    made = rows()
    created, closed, due = (
        np.array([row[f"{name}_at"] for row in made], "datetime64[us]") for name in ("created", "closed", "due")
    )
    known = {name: [row[name] for row in made] for name in BY_DAY}
    usable = on_time.is_usable(
        created, closed, created_by_day=known["created_by_day"], closed_by_day=known["closed_by_day"]
    )
    met = on_time.is_met(closed, due, closed_by_day=known["closed_by_day"], due_by_day=known["due_by_day"])
    expected = [bool(kept) if can_be else None for kept, can_be in zip(met, usable, strict=True)]
    assert len(expected) == 2**3 * len(STEPS) ** 2
    assert {None, True, False} == set(expected)
    assert both(made)(told_by_sql) == expected


@pytest.mark.parametrize(
    ("by_day", "closed", "kept"),
    [
        ("", "2026-07-10 17:00", True),
        ("", "2026-07-10 17:01", False),
        ("due", "2026-07-10 23:59", True),
        ("due", "2026-07-11 00:00", False),
        ("closed", "2026-07-10 23:59", True),
        ("created", "2026-07-10 17:01", False),
        ("created", "2026-07-03 00:00", True),
        ("closed", "2026-07-02 23:59", None),
        ("", "2026-07-03 11:59", None),
    ],
)
def test_the_rule_as_a_calendar_reads(both: Callable[..., Ask], by_day: str, closed: str, kept: bool | None) -> None:
    """Made on Friday 3 July 2026 at 12:00, due on Friday 10 July at 17:00."""
    row = open_request(CREATED, due="Fri 2026-07-10 17:00", sr_number="1")
    row |= {f"{by_day}_by_day": True} if by_day else {}
    ask = both([row | {"status": "closed", "closed_at": datetime.fromisoformat(closed)}])
    assert ask(told_by_sql) == [kept]
