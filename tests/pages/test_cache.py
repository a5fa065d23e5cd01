"""What is kept of an answer, and for what."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from components import cache
from db.model.filters import Period, RequestFilter
from db.queries.repeats import calls
from tests.builders import closed_request
from tests.pages.conftest import write


def test_an_answer_made_of_another_is_kept_for_that_one_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two questions of one run a load may have brought another version of the data."""
    write(tmp_path, [closed_request("Mon 2026-06-01 09:00", "Wed 2026-06-03 09:00", place_id="1 ELM")])
    monkeypatch.setenv("DESK_DATA", str(tmp_path))
    asked = {"as_of": datetime(2026, 7, 10)}
    filters = RequestFilter(period=Period("june", date(2026, 6, 1), date(2026, 7, 1)))
    counts = cache.ask(calls.counts, filters, **asked)
    older = counts.assign(closed_count=counts["closed_count"] + 1)
    closed = [cache.ask(calls.rate, filters, using=one, **asked)["closed_count"].item() for one in (older, counts)]
    assert closed == [2, 1]
