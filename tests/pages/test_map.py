"""The map page: what is drawn adds up to what is printed, on any question, level and data."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h3
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from components.map.classes import GREY, LIGHT, classes
from components.map.wording import LEVELS, QUESTIONS, readable
from tests.builders import closed_request, open_request
from tests.pages.conftest import Open, said

Fill = Callable[..., Path]
HERE, THERE = (34.05, -118.25), (34.20, -118.50)


def at(where: tuple[float, float], district: str | None) -> dict[str, Any]:
    latitude, longitude = where
    cell = h3.str_to_int(h3.latlng_to_cell(latitude, longitude, 9))
    point = {"latitude": latitude, "longitude": longitude, "location_quality": "point", "h3_cell": cell}
    return {**point, "council_district": district, "council_district_by_file": district}


ROWS = [
    *(open_request("Mon 2026-07-06 12:00", due="Wed 2026-07-08 12:00", **at(HERE, "14")) for _ in range(3)),
    closed_request("Mon 2026-07-06 12:00", "Tue 2026-07-07 12:00", due="Wed 2026-07-08 12:00", **at(THERE, "6")),
    open_request("Mon 2026-07-06 12:00", location_quality="outside"),
    open_request("Fri 2026-07-10 12:00", location_quality="zero"),
]


def layers(desk: AppTest) -> dict[str, Any]:
    drawn = json.loads(desk.get("deck_gl_json_chart")[0].proto.json)
    return {layer["id"]: layer for layer in drawn["layers"]}


def test_every_hexagon_adds_up_to_the_printed_total(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("map")
    assert "6 requests: 4 on the map, 1 without coordinates, 1 outside the city." in said(desk)
    assert len(layers(desk)["cells"]["data"]) == 2
    assert desk.dataframe[0].value["value"].sum() == 4


def test_single_requests_are_drawn_within_a_chosen_place_only(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    assert "dots" not in layers(visit("map"))
    for place in ({"district": "14"}, {"cell": h3.latlng_to_cell(*HERE, 7)}):
        assert len(layers(visit("map", **place))["dots"]["data"]) == 3


def test_the_table_calls_a_cell_by_its_districts_and_its_index_comes_last(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    shown = visit("map").dataframe[0].value
    assert shown["place"].tolist() == ["District 14", "District 6"]
    assert shown.columns[-1] == "cell"


def test_street_pictures_are_asked_for_only_when_switched_on(
    fill: Fill, visit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(ROWS)
    monkeypatch.setenv("DESK_TILES", "1")
    desk = visit("map")
    assert "cartocdn" in json.loads(desk.get("deck_gl_json_chart")[0].proto.json)["mapStyle"]
    assert "OpenStreetMap contributors" in said(desk)


def test_no_picture_is_asked_of_anybody(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    drawn = visit("map").get("deck_gl_json_chart")[0].proto.json
    assert json.loads(drawn).get("mapProvider") is None
    assert "://" not in drawn


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_opens_on_every_level(fill: Fill, visit: Open, question: str, level: str) -> None:
    fill(ROWS)
    desk = visit("map", question=question, level=level, type="Graffiti Removal")
    assert said(desk)


def test_how_long_asks_for_one_type(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    assert "Choose one service type" in said(visit("map", question="how_long"))


def test_districts_without_boundaries_are_approximate_and_say_so(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    desk = visit("map", level="council_district")
    assert "approximate" in said(desk)
    assert {feature["properties"]["key"] for feature in layers(desk)["areas"]["data"]["features"]} == {"14", "6"}
    shown = desk.dataframe[0].value
    assert dict(zip(shown["place"], shown["value"], strict=True)) == {
        "District 14": 3,
        "District 6": 1,
        "Not assigned": 2,
    }
    assert shown["place"].iloc[-1] == "Not assigned"


def test_a_city_without_any_coordinates_draws_an_empty_map(fill: Fill, visit: Open) -> None:
    fill([open_request("Fri 2026-07-10 12:00", council_district="1")])
    desk = visit("map")
    assert "1 request: 0 on the map, 1 without coordinates, 0 outside the city." in said(desk)


def test_an_unknown_question_level_or_month_is_named_and_left_out(fill: Fill, visit: Open) -> None:
    fill(ROWS)
    words = said(visit("map", question="why", level="street", month="1999-01"))
    assert all(text in words for text in ('question "why"', 'level "street"', 'month "1999-01"'))


def test_a_month_narrows_the_period(fill: Fill, visit: Open) -> None:
    fill([open_request("Tue 2026-06-30 12:00", **at(HERE, "1")), *ROWS])
    assert "1 request: 1 on the map" in said(visit("map", month="2026-06"))


def figures(values: list[float | None], city: float, same: tuple[float, ...] = ()) -> pd.DataFrame:
    """The map's figures: those in `same` are about the same as the city's, None has too few."""
    frame = pd.DataFrame({"value": pd.Series(values, dtype="float64"), "city_value": city})
    return frame.assign(is_small=frame["value"].isna(), is_same=frame["value"].isin(same))


def test_one_place_far_out_stands_alone_and_those_within_chance_share_one_calm_tone() -> None:
    values = [0.47, 0.25, 0.25, 0.24, 0.22, 0.26, None]
    found = classes(figures(values, 0.25, same=(0.24, 0.25, 0.26)), "how_late", is_dark=False)
    assert found.of.tolist()[:-1] == [3, 0, 0, 0, -1, 0]
    assert found.texts == ("22%", "about 25%", "47%", "too few")
    colours = found.colour().tolist()
    assert colours.count(LIGHT[3]) == 4
    assert (colours[0], colours[-1]) == (LIGHT[-1], GREY)


def test_steps_are_equal_and_the_outermost_has_no_end() -> None:
    values = [*(float(value) for value in range(10, 110, 5) for _ in range(3)), 5000.0]
    found = classes(figures(values, 60.0), "how_many", is_dark=True)
    by_value = dict(zip(values, found.of, strict=True))
    assert [by_value[value] for value in (10, 35, 40, 45, 60, 65, 80, 85, 100, 105, 5000)] == [
        *(-3, -2, -1, -1, 0, 1, 1, 2, 2, 3, 3)
    ]
    assert found.texts[-1] == "105–5,000"


@pytest.mark.parametrize(
    ("question", "values", "city", "texts"),
    [
        ("how_many", [1.0, 1.0, 2.0, 2.0], 1.5, ("1", "about 2")),
        ("how_late", [0.241, 0.244, 0.31, None], 0.2, ("24%", "31%", "too few")),
        ("how_long", [1.51, 1.52, 40.0], float("nan"), ("alike",)),
        ("how_many", [], 0.0, ()),
    ],
)
def test_the_classes_of_the_legend_never_overlap(
    question: str, values: list[float | None], city: float, texts: tuple[str, ...]
) -> None:
    assert classes(figures(values, city), question, is_dark=False).texts == texts


def test_the_table_says_what_the_colours_say(fill: Fill, visit: Open) -> None:
    due = {"due": "Wed 2026-07-08 12:00"}
    rows = [
        (closed_request if number < kept else open_request)(
            *("Mon 2026-07-06 12:00", "Tue 2026-07-07 12:00")[: 2 if number < kept else 1],
            **due,
            **at(where, district),
            sr_number=f"{district}-{number}",
        )
        for where, district, kept in ((HERE, "14", 10), (THERE, "6", 35), ((34.1, -118.3), "1", 35))
        for number in range(40)
    ]
    fill([*rows, open_request("Fri 2026-07-10 12:00")])
    desk = visit("map", question="how_late", level="council_district", goals="working")
    shown = desk.dataframe[0].value
    assert dict(zip(shown["place"], shown["against"], strict=True)) == {
        **{"District 14": "higher", "District 6": "lower", "District 1": "lower"}
    }
    assert "about the same as the city's 33.3%" in said(desk)


def test_a_place_with_marks_in_its_name_is_told_as_it_is_written(fill: Fill, visit: Open) -> None:
    """The page itself makes a tooltip safe: made safe twice, an ampersand would be read as five letters."""
    fill([open_request("Fri 2026-07-10 12:00", **at(HERE, "Bel Air & <b>Sons</b>"))])
    (cell,) = layers(visit("map"))["cells"]["data"]
    assert cell["t"].startswith("Bel Air & <b>Sons</b>: 1 request")


def test_a_name_in_capitals_is_written_as_one_reads_it() -> None:
    assert readable("SILVER LAKE NC") == "Silver Lake NC"
    assert readable("COMMUNITY AND NEIGHBORS FOR NINTH DISTRICT UNITY") == (
        "Community and Neighbors for Ninth District Unity"
    )
    assert readable("Mid City West CC") == "Mid City West CC"
