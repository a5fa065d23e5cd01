"""How each department stands, counted by hand, and the same on both engines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from db.model.filters import Period, RequestFilter
from db.queries.overview import standing
from tests.builders import closed_request, open_request

AS_OF = datetime(2026, 7, 10, 12)
JUNE = Period(
    "june", date(2026, 6, 1), date(2026, 7, 1)
)  # before it: 2 to 31 May; a year before: 2 June to 1 July 2025
Fill = Callable[..., Callable[..., Any]]


def due(department: str, day: str, met: int, missed: int) -> list[dict[str, Any]]:
    """Requests due on this day at 17:00, some closed that morning, the others never."""
    given = {"department": department, "due": f"{day} 17:00"}
    kept = [closed_request("Mon 2025-01-06 09:00", f"{day} 09:00", **given) for _ in range(met)]
    rows = [*kept, *(open_request("Mon 2025-01-06 09:00", **given) for _ in range(missed))]
    return [row | {"sr_number": f"{department} {day} {number}"} for number, row in enumerate(rows)]


def asked(both: Fill, rows: list[dict[str, Any]], **filters: Any) -> Any:
    return both(rows)(standing.by_department, RequestFilter(goals="working", period=JUNE, **filters), as_of=AS_OF)


def test_who_keeps_least_comes_first_and_changes_are_told_beyond_chance_only(both: Fill) -> None:
    rows = [
        *due("BSL", "Mon 2026-06-08", 2, 38),
        *due("BSL", "Mon 2026-05-11", 3, 37),  # about the same
        *due("BSL", "Mon 2025-06-09", 30, 10),  # a year ago much better
        *due("LASAN", "Mon 2026-06-08", 90, 10),
        *due("LASAN", "Mon 2026-05-11", 10, 2),  # too few to compare
        *due("BSS", "Mon 2026-06-08", 1, 9),  # too few due to be ranked
    ]
    frame = asked(both, rows)
    assert list(frame["department"]) == ["BSL", "LASAN", "BSS"]
    first, second, third = frame.to_dict("records")
    assert (first["due_count"], first["met_count"], first["is_below_others"]) == (40, 2, True)
    assert (first["previous_is_same"], first["year_before_is_same"]) == (True, False)
    assert round(first["year_before_points"]) == -70
    assert (second["is_below_others"], second["previous_is_small"], second["previous_is_same"]) == (False, True, False)
    assert (third["is_small"], third["is_below_others"]) == (True, False)


def test_overdue_is_told_with_its_change_in_seven_days(both: Fill) -> None:
    rows = [
        *due("BSL", "Mon 2026-06-08", 0, 3),
        *due("BSL", "Mon 2026-07-06", 0, 2),
        *due("BSL", "Mon 2026-07-20", 0, 1),
    ]
    rows.append(
        closed_request("Mon 2026-06-01 09:00", "Wed 2026-07-08 09:00", due="Mon 2026-06-08 17:00", department="BSL")
    )
    (row,) = asked(both, rows).to_dict("records")
    # A week before, on 3 July: the three of June and the one that was closed on 8 July.
    assert (row["open_count"], row["overdue_count"], row["overdue_week_change"]) == (6, 5, 1)


def test_without_any_goal_a_department_says_so_and_data_of_a_few_days_have_no_week_before(both: Fill) -> None:
    (row,) = asked(both, [open_request("Mon 2026-07-06 09:00", department="BOE")]).to_dict("records")
    assert (row["has_goal"], row["due_count"], row["overdue_count"]) == (False, 0, 0)
    assert row["overdue_week_change"] != row["overdue_week_change"]


def test_no_rows_still_mean_all_columns(both: Fill) -> None:
    frame = asked(both, [], departments=("nobody",))
    assert frame.empty
    assert {"department", "is_below_others", "year_before_is_same", "has_goal"} <= set(frame.columns)
