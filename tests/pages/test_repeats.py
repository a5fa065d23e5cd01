"""The page "Asked again": its headline by hand, a place's story by link, and nothing to show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from components.repeats import figures
from tests.builders import closed_request, open_request
from tests.pages.conftest import Open, figure, said

Fill = Callable[..., Path]
PLACE = {"place_id": "1721 S KINGSLEY DR", "address": "1721 S KINGSLEY DR"}


def chain() -> list[dict[str, object]]:
    """Two calls closed in June, one of them asked again four times; the data end on 10 July 2026."""
    first = closed_request(
        "Mon 2026-06-01 09:00", "Wed 2026-06-03 09:00", sr_number="a", call_id="a", outcome="nothing_found", **PLACE
    )
    other = closed_request("Mon 2026-06-01 09:00", "Wed 2026-06-03 09:00", sr_number="x", call_id="x", place_id="1 ELM")
    later = [
        open_request(
            f"Mon 2026-06-08 {9 + n:02d}:00",
            sr_number=f"b{n}",
            call_id=f"b{n}",
            repeat_of="a",
            repeat_kind=kind,
            **PLACE,
        )
        for n, kind in enumerate(("asked_again", "chaser", "chaser", "chaser"))
    ]
    return [first, other, *later, open_request("Fri 2026-07-10 12:00", sr_number="newest", call_id="newest")]


def test_the_headline_is_one_of_two_calls_and_one_chronic_place(fill: Fill, visit: Open) -> None:
    fill(chain())
    desk = visit("repeats")
    assert figure(desk, "Asked again") == "50.0%"
    assert figure(desk, "Chasers") == "3"
    assert figure(desk, "Chronic places") == "1"
    assert "1 of 2 calls" in said(desk)
    assert ["1721 S KINGSLEY DR"] in [list(table.value.get("place_id", [])) for table in desk.dataframe]
    assert ["b0"] in [list(table.value.get("asked_again_by", [])) for table in desk.dataframe]


def test_a_link_to_a_place_tells_its_story_oldest_first(fill: Fill, visit: Open) -> None:
    fill(chain())
    desk = visit("repeats", place="1721 S KINGSLEY DR")
    rows = desk.dataframe[0].value
    assert list(rows["sr_number"]) == ["a", "b0", "b1", "b2", "b3"]
    assert list(rows["kind"])[:3] == ["First request", "Asked again", "Chaser"]
    assert len(desk.get("vega_lite_chart")) == 1


def test_a_place_nobody_knows_and_an_unknown_grouping_are_named(fill: Fill, visit: Open) -> None:
    fill(chain())
    assert "99 NOWHERE" in said(visit("repeats", place="99 NOWHERE"))
    assert 'by "moon"' in said(visit("repeats", by="moon"))


def test_without_any_closed_call_the_page_says_so_and_shows_no_rate(fill: Fill, visit: Open) -> None:
    fill([open_request("Fri 2026-07-10 12:00")])
    desk = visit("repeats")
    assert figure(desk, "Asked again") == "no data"
    assert "No place has four or more" in said(desk)


def test_of_names_that_would_run_into_each_other_the_worst_stands() -> None:
    shares = {"compliance": [0.5, 0.51, 0.9, 0.5], "asked_again_share": [0.06, 0.061, 0.06, 0.01]}
    frame = pd.DataFrame({"name": ["Streets", "Sanitation", "Water", "Parks"], **shares})
    assert figures.labels(frame) == ["", "Sanitation", "Water", "Parks"]
