"""The map's questions, cell by cell and district by district: each figure counted by hand, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import h3
import pytest

from db.model.filters import Period, RequestFilter
from db.queries.map import cells as map_cells
from db.queries.map import districts
from tests.builders import closed_request, moment, open_request
from tests.conftest import Ask

AS_OF = moment("Fri 2026-07-31 12:00")
JULY = RequestFilter(period=Period("july", date(2026, 7, 1), date(2026, 8, 1)))
HERE, THERE = (34.05, -118.25), (34.20, -118.50)


def at(where: tuple[float, float], **more: Any) -> dict[str, Any]:
    latitude, longitude = where
    cell = h3.str_to_int(h3.latlng_to_cell(latitude, longitude, 9))
    return {"latitude": latitude, "longitude": longitude, "location_quality": "point", "h3_cell": cell, **more}


def test_cells_add_up_to_what_can_be_drawn_and_the_rest_is_told(both: Callable[..., Ask]) -> None:
    rows = [open_request("Fri 2026-07-03 09:00", **at(HERE)) for _ in range(3)]
    rows.append(open_request("Fri 2026-07-03 09:00", **at(THERE)))
    rows += [open_request("Fri 2026-07-03 09:00", location_quality=bad) for bad in ("none", "zero", "outside")]
    ask = both(rows)
    cells = ask(map_cells.cells, JULY, as_of=AS_OF)
    assert sorted(cells["request_count"]) == [1, 3]
    assert cells["resolution"].unique().tolist() == [9]
    told = ask(map_cells.located, JULY, as_of=AS_OF).iloc[0]
    counts = ["request_count", "point_count", "without_count", "outside_count"]
    assert told[counts].tolist() == [7, 4, 2, 1]
    assert told[["west", "south", "east", "north"]].tolist() == [-118.5, 34.05, -118.25, 34.2]
    assert cells["request_count"].sum() == told["point_count"]


def test_a_cell_is_called_by_what_most_of_its_requests_name(both: Callable[..., Ask]) -> None:
    named = [{"council_district": district} for district in ("13", "4", "4", None, None, None)]
    rows = [open_request("Fri 2026-07-03 09:00", **at(HERE, **name)) for name in named]
    rows.append(open_request("Fri 2026-07-03 09:00", **at(THERE, neighborhood_council="Reseda")))
    cells = both(rows)(map_cells.cells, JULY, as_of=AS_OF).set_index("request_count")
    assert cells.loc[6, ["council_district", "neighborhood_council"]].tolist() == ["4", None]
    assert cells.loc[1, ["council_district", "neighborhood_council"]].tolist() == [None, "Reseda"]


def test_cells_are_no_finer_than_asked_for(both: Callable[..., Ask]) -> None:
    ask = both([open_request("Fri 2026-07-03 09:00", **at(HERE))])
    assert ask(map_cells.cells, JULY, as_of=AS_OF, finest=7)["resolution"].tolist() == [7]


def test_within_a_chosen_cell_nothing_coarser_is_drawn(both: Callable[..., Ask]) -> None:
    ask = both([open_request("Fri 2026-07-03 09:00", due="Mon 2026-07-06 09:00", **at(HERE))])
    chosen = RequestFilter(period=JULY.period, cell=h3.str_to_int(h3.latlng_to_cell(*HERE, 8)))
    assert ask(map_cells.cells, JULY, as_of=AS_OF, shows="how_late")["resolution"].tolist() == [6]
    assert ask(map_cells.cells, chosen, as_of=AS_OF, shows="how_late")["resolution"].tolist() == [8]


def test_a_cell_of_the_map_leads_to_its_requests(both: Callable[..., Ask]) -> None:
    ask = both([open_request("Fri 2026-07-03 09:00", sr_number=n, **at(p)) for n, p in (("a", HERE), ("b", THERE))])
    cell = ask(map_cells.cells, JULY, as_of=AS_OF).iloc[0]["cell"]
    narrowed = RequestFilter(period=JULY.period, cell=int(cell, 16))
    assert len(ask(map_cells.points, narrowed, as_of=AS_OF)) == 1


def test_where_too_many_cells_are_filled_they_are_drawn_coarser(
    both: Callable[..., Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_cells, "MOST_CELLS", 2)
    spread = [(34.05 + step / 400, -118.25) for step in range(8)]
    cells = both([open_request("Fri 2026-07-03 09:00", **at(where)) for where in spread])(
        map_cells.cells, JULY, as_of=AS_OF
    )
    assert len(cells) <= 2
    assert cells["resolution"].iloc[0] < 9
    assert cells["request_count"].sum() == 8


def test_how_late_is_the_share_missed_of_those_due_and_small_numbers_are_marked(both: Callable[..., Ask]) -> None:
    due = {"due": "Mon 2026-07-06 09:00", **at(HERE)}
    rows = [
        closed_request("Fri 2026-07-03 09:00", "Mon 2026-07-06 08:00", **due),
        closed_request("Fri 2026-07-03 09:00", "Tue 2026-07-07 08:00", **due),
        open_request("Fri 2026-07-03 09:00", **due),
        open_request("Fri 2026-07-03 09:00", **at(HERE)),
    ]
    found = both(rows)(map_cells.cells, JULY, as_of=AS_OF, shows="how_late").iloc[0]
    assert found["request_count"] == 3
    assert found["value"] == pytest.approx(2 / 3)
    assert found["is_small"]


def test_what_was_closed_before_a_due_date_to_come_is_not_due_on_the_map_either(both: Callable[..., Ask]) -> None:
    rows = [
        closed_request("Fri 2026-07-03 09:00", "Mon 2026-07-06 08:00", due="Fri 2026-07-31 12:01", **at(HERE)),
        open_request("Fri 2026-07-03 09:00", due="Fri 2026-07-31 12:00", **at(HERE)),
    ]
    found = both(rows)(map_cells.cells, JULY, as_of=AS_OF, shows="how_late").iloc[0]
    assert (found["request_count"], found["value"]) == (1, 1.0)


def test_how_long_is_a_median_that_open_requests_take_part_in(both: Callable[..., Ask]) -> None:
    quick = closed_request("Wed 2026-07-01 09:00", "Fri 2026-07-03 09:20", **at(HERE))
    rows = [quick | {"sr_number": f"q{n}"} for n in range(16)]
    rows += [open_request("Wed 2026-07-01 09:00", **at(HERE)) for _ in range(14)]
    ask = both(rows)
    found = ask(map_cells.cells, JULY, as_of=AS_OF, shows="how_long").iloc[0]
    assert found["value"] == pytest.approx(48.5 / 24)
    rows += [open_request("Wed 2026-07-01 09:00", **at(HERE)) for _ in range(10)]
    never = both(rows)(map_cells.cells, JULY, as_of=AS_OF, shows="how_long")
    assert never["value"].isna().all()


def test_asked_again_counts_chronic_places(both: Callable[..., Ask]) -> None:
    repeat = {"repeat_kind": "asked_again", "place_id": "1 ELM ST", **at(HERE)}
    rows = [open_request(f"Fri 2026-07-03 {hour:02d}:00", **repeat) for hour in range(4)]
    rows += [open_request("Fri 2026-07-03 09:00", **(repeat | {"place_id": "2 ELM ST"}))]
    found = both(rows)(map_cells.cells, JULY, as_of=AS_OF, shows="asked_again").iloc[0]
    assert (found["request_count"], found["value"]) == (4, 1)


def test_districts_are_counted_per_1000_residents_where_their_number_is_known(both: Callable[..., Ask]) -> None:
    made = "Fri 2026-07-03 09:00"
    rows = [open_request(made, council_district=key) for key in ("10", "2", "2", None)]
    named = {"level": "council_district", "key": "2", "name": "CD 2", "population": 500}
    known = [named | {"geometry": "", "geometry_screen": ""}]
    found = both(rows, boundaries=known)(map_cells.districts, JULY, as_of=AS_OF)
    assert found["key"].tolist() == ["2", "10", None]
    assert found["request_count"].tolist() == [2, 1, 1]
    assert found["name"].tolist()[:2] == ["CD 2", "10"]
    assert found["per_1000"].tolist()[0] == 4.0


def test_a_city_without_any_coordinates_has_an_empty_map_and_full_districts(both: Callable[..., Ask]) -> None:
    ask = both([open_request("Fri 2026-07-03 09:00", council_district="1")])
    for question in map_cells.QUESTIONS:
        cells = ask(map_cells.cells, JULY, as_of=AS_OF, shows=question)
        assert cells.empty
        assert list(cells.columns) == [
            *("cell", "resolution", "request_count", "value", "is_small", "city_value", "is_same"),
            *("council_district", "neighborhood_council"),
        ]
    assert ask(map_cells.districts, JULY, as_of=AS_OF)["request_count"].tolist() == [1]
    assert ask(districts.cell_districts).empty


def test_speed_is_standardised_to_the_citys_mix_of_types(both: Callable[..., Ask]) -> None:
    """District 1 gets mostly quick work, district 2 mostly slow work; each type is as quick in both."""
    rows = []
    for key, quick, slow in (("1", 30, 10), ("2", 10, 30)):
        for kind, count, closed in (("Quick", quick, "Thu 2026-07-02 09:00"), ("Slow", slow, "Mon 2026-07-20 09:00")):
            row = closed_request("Wed 2026-07-01 09:00", closed, service_type=kind, council_district=key)
            rows += [row | {"sr_number": f"{key}{kind}{n}"} for n in range(count)]
    found = both(rows)(districts.speed, JULY, as_of=AS_OF).set_index("key")
    assert found["closed_within_share"].to_dict() == {"1": 0.75, "2": 0.25}
    assert found["standardised_share"].tolist() == [0.5, 0.5]
    assert found["city_share"].tolist() == [0.5, 0.5]


def test_agreement_compares_only_what_both_name(both: Callable[..., Ask]) -> None:
    pairs = [("1", "1"), ("1", "2"), (None, "2"), ("1", None)]
    rows = [
        open_request(council_district_by_file=by_file, council_district_by_boundary=by_boundary)
        for by_file, by_boundary in pairs
    ]
    found = both(rows)(districts.district_agreement, RequestFilter(population="raw"), as_of=AS_OF).iloc[0]
    assert found[["compared", "agree_count", "agree_share", "by_boundary_only"]].tolist() == [2, 1, 0.5, 1]


def test_each_cell_takes_the_district_that_most_of_its_requests_name(both: Callable[..., Ask]) -> None:
    rows = [open_request(council_district_by_file=key, **at(HERE)) for key in ("1", "2", "2", None)]
    assert both(rows)(districts.cell_districts)["key"].tolist() == ["2"]


def test_unknown_questions_and_levels_are_refused_by_name(both: Callable[..., Ask]) -> None:
    ask = both()
    with pytest.raises(ValueError, match='shows "why" is not one of how_many'):
        ask(map_cells.cells, JULY, as_of=AS_OF, shows="why")
    with pytest.raises(ValueError, match='level "street" is not one of council_district'):
        ask(map_cells.districts, JULY, as_of=AS_OF, level="street")


def test_a_place_is_about_the_same_as_the_city_within_chance_only(both: Callable[..., Ask]) -> None:
    """Of 100 due each: 47 missed in one district, 24 to 26 in three others; one has too few."""
    rows = []
    for district, missed, due in (("8", 47, 100), *((str(n), 23 + n, 100) for n in (1, 2, 3)), ("4", 5, 20)):
        for number in range(due):
            given = {"due": "Mon 2026-07-06 09:00", "council_district": district, "sr_number": f"{district}-{number}"}
            closed = "Tue 2026-07-07 08:00" if number < missed else "Sun 2026-07-05 08:00"
            rows.append(closed_request("Fri 2026-07-03 09:00", closed, **given))
    ask = both(rows)
    late = ask(map_cells.districts, JULY, as_of=AS_OF, shows="how_late").set_index("key")
    assert late["is_same"].to_dict() == {"1": True, "2": True, "3": True, "4": False, "8": False}
    assert late["city_value"].unique().tolist() == [pytest.approx(127 / 420)]
    many = ask(map_cells.districts, JULY, as_of=AS_OF).set_index("key")
    assert many["is_same"].to_dict() == {"1": True, "2": True, "3": True, "4": False, "8": True}
    assert many["city_value"].unique().tolist() == [84.0]


def test_a_median_is_about_the_same_where_as_many_are_still_open_by_the_citys(both: Callable[..., Ask]) -> None:
    rows = [
        closed_request(
            *("Wed 2026-07-01 09:00", f"2026-07-{2 + number % 10 + late:02d} 09:00"),
            council_district=district,
            sr_number=f"{district}-{number}",
        )
        for district, late in (("1", 0), ("2", 0), ("3", 8))
        for number in range(40)
    ]
    found = both(rows)(map_cells.districts, JULY, as_of=AS_OF, shows="how_long").set_index("key")
    assert found["is_same"].to_dict() == {"1": False, "2": False, "3": False}
    alike = [row for row in rows if row["council_district"] != "3"]
    found = both(alike)(map_cells.districts, JULY, as_of=AS_OF, shows="how_long")
    assert found["is_same"].all()
