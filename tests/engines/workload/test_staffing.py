"""Who was there on each day, on both engines: carried forward, merged, renamed."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from db.model.filters import RequestFilter
from db.queries.workload import staffing
from tests.builders import moment

AS_OF = moment("Wed 2026-07-08 12:00")
ALL = RequestFilter()
DEPARTMENTS = [
    {"department": "BSL", "name": "Street Lighting"},
    {"department": "LASAN", "name": "Sanitation"},
    {"department": "LSD", "name": "Lots", "valid_to": date(2026, 3, 31), "successor": "LASAN"},
    {"department": "OLD", "name": "Old", "valid_to": date(2025, 12, 31), "successor": "LSD"},
]


def figure(
    department: str, on: str, authorised: float, filled: float, share: float = 1.0, basis: str = "reported"
) -> dict:
    return {
        "department": department,
        "as_of_on": date.fromisoformat(on),
        "fte_authorised": authorised,
        "fte_filled": filled,
        "request_share": share,
        "basis": basis,
        "source": "budget",
    }


def filled(connection, filters, *, as_of, department: str, first: str, days: int):
    frame = staffing.history(connection, filters, as_of=as_of)
    return staffing.posts_by_day(frame, department, date.fromisoformat(first), days)[1].tolist()


def test_no_figures_still_have_all_columns(both):
    ask = both(departments=DEPARTMENTS)
    assert ask(staffing.history, ALL, as_of=AS_OF).columns.tolist()[-2:] == ["counts_until", "current"]
    assert ask(staffing.current, ALL, as_of=AS_OF).empty


def test_the_latest_figure_by_the_day_holds_and_the_future_is_unknown(both):
    figures = [
        figure("BSL", "2026-01-01", 10, 9),
        figure("BSL", "2026-05-01", 10, 7),
        figure("BSL", "2026-09-01", 9, 9),
    ]
    now = both(departments=DEPARTMENTS, staffing=figures)(staffing.current, ALL, as_of=AS_OF)
    assert now[["department", "fte_authorised", "fte_filled"]].values.tolist() == [["BSL", 10, 7]]
    assert now["as_of_on"][0] == moment("2026-05-01")


def test_posts_are_carried_forward_and_unknown_before_the_first_figure(both):
    figures = [figure("BSL", "2026-01-02", 10, 9, 0.5), figure("BSL", "2026-01-04", 10, 6, 0.5)]
    ask = both(departments=DEPARTMENTS, staffing=figures)
    found = ask(staffing.history, ALL, as_of=AS_OF)
    days = staffing.posts_by_day(found, "BSL", date(2026, 1, 1), 5)[1]
    assert np.isnan(days[0])
    assert days[1:].tolist() == [4.5, 4.5, 3.0, 3.0]


def test_a_merged_department_counts_with_its_successor_until_that_has_a_figure_of_its_own(both):
    figures = [
        figure("LASAN", "2026-01-01", 100, 80),
        figure("LSD", "2026-01-01", 10, 5),
        figure("LASAN", "2026-04-03", 112, 90),
    ]
    ask = both(departments=DEPARTMENTS, staffing=figures)
    assert ask(filled, ALL, as_of=AS_OF, department="LASAN", first="2026-03-30", days=6) == [85, 85, 85, 85, 90, 90]
    assert ask(staffing.current, ALL, as_of=AS_OF)["department"].tolist() == ["LASAN"]


def test_before_the_merger_both_departments_stand_for_themselves(both):
    figures = [figure("LASAN", "2026-01-01", 100, 80), figure("LSD", "2026-01-01", 10, 5)]
    found = both(departments=DEPARTMENTS, staffing=figures)(staffing.current, ALL, as_of=moment("2026-03-31 12:00"))
    assert found["fte_filled"].tolist() == [80, 5]


def test_a_department_renamed_twice_is_found_under_its_last_name(both):
    ask = both(departments=DEPARTMENTS, staffing=[figure("OLD", "2025-01-01", 10, 5)])
    assert ask(staffing.successors, AS_OF) == {"LSD": "LASAN", "OLD": "LASAN"}
    assert ask(staffing.current, ALL, as_of=AS_OF)["department"].tolist() == ["LASAN"]


def test_one_illustrative_figure_makes_the_sum_illustrative(both):
    figures = [figure("LASAN", "2026-01-01", 100, 80), figure("LSD", "2026-01-01", 10, 5, basis="illustrative")]
    found = both(departments=DEPARTMENTS, staffing=figures)(staffing.current, ALL, as_of=AS_OF)
    assert found[["fte_authorised", "fte_filled", "basis"]].values.tolist() == [[110, 85, "illustrative"]]


def test_the_baseline_is_what_was_authorised_at_the_end_of_the_first_year(both):
    figures = [
        figure("BSL", "2024-02-01", 12, 9),
        figure("BSL", "2024-11-01", 11, 9),
        figure("BSL", "2026-01-01", 9, 9),
    ]
    found = both(departments=DEPARTMENTS, staffing=figures)(staffing.current, ALL, as_of=AS_OF)
    assert (found["baseline_authorised"][0], found["baseline_year"][0]) == (11, 2024)
    assert 1 - found["fte_filled"][0] / found["baseline_authorised"][0] == pytest.approx(2 / 11)


def test_a_filter_on_departments_keeps_only_their_figures(both):
    figures = [figure("BSL", "2026-01-01", 10, 9), figure("LASAN", "2026-01-01", 100, 80)]
    found = both(departments=DEPARTMENTS, staffing=figures)(
        staffing.current, RequestFilter(departments=("BSL",)), as_of=AS_OF
    )
    assert found["department"].tolist() == ["BSL"]
