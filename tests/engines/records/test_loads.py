"""A load that was refused or warned of something stands until a later load of that file goes well, on both engines."""

from __future__ import annotations

from datetime import datetime

import pytest

from db.records.loads import note, standing
from tests.engines.records.conftest import Open

pytestmark = pytest.mark.postgres
DAYS = [datetime(2026, 7, day, 9) for day in (1, 2, 3, 4)]


def test_the_last_load_of_each_file_counts(open_again: Open) -> None:
    told = [
        ("/in/a.csv", True, "no rows", DAYS[0]),
        ("/in/b.csv", False, "exactly 1,000 rows", DAYS[1]),
        ("C:\\in\\a.csv", False, "", DAYS[2]),
        ("c.csv", False, "", DAYS[2]),
        ("b.csv", True, "cut off", DAYS[3]),
    ]
    for file, is_refused, words, now in told:
        with open_again().writing() as connection:
            note(connection, file, is_refused=is_refused, told=words, now=now)
    with open_again().reading() as connection:
        (attempt,) = standing(connection)
    assert attempt.sentence() == "b.csv was refused on 2026-07-04 09:00, nothing of it counts: cut off"
