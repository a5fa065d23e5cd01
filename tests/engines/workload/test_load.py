"""Workload by department on both engines: counted by hand, planted causes told apart, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache

import numpy as np
import pytest

from db.model.filters import Period, RequestFilter, period
from db.queries.data import coverage
from db.queries.flow import by_week
from db.queries.workload.load import COLUMNS, CONTRACTED, NO_FIGURES, staffed, workload
from db.queries.workload.projection import ahead, weeks
from db.queries.workload.why_missed import ADDED, why_missed
from db.rules import workload as rules
from tests.bench.simulate_departments import END, PLANS, Plan, Shop, arrivals
from tests.builders import cancelled_request, closed_request, moment, open_request

AS_OF = moment("Wed 2026-07-08 12:00")
ALL = RequestFilter()
START = datetime(2024, 7, 1)


def department(name: str, **changes) -> dict:
    return {"department": name, "name": name} | changes


def kind(name: str, **changes) -> dict:
    row = {
        "service_type": name,
        "public_name": name,
        "calendar": "office",
        "safety_points": 0.0,
        "repeat_means": "problem",
    }
    return row | {"is_sensitive": False, "is_service": True, "is_contracted": False} | changes


def posts(name: str, on: str, authorised: float, filled: float, share: float = 1.0) -> dict:
    return {
        "department": name,
        "as_of_on": date.fromisoformat(on),
        "fte_authorised": authorised,
        "fte_filled": filled,
        "request_share": share,
        "basis": "reported",
        "source": "budget",
    }


def small_city() -> list[dict]:
    """Three open (one overdue, one proactive), two closed (one late) and one cancelled of BSS."""
    return [
        open_request("Wed 2026-06-03 09:00", due="Mon 2026-07-06 00:00"),
        open_request("Tue 2026-07-07 09:00", due="Mon 2026-07-13 00:00"),
        open_request("Wed 2026-07-08 11:00", is_proactive=True),
        closed_request("Mon 2026-06-15 09:00", "Tue 2026-06-23 09:00", due="Mon 2026-06-22 09:00"),
        closed_request("Mon 2026-06-15 09:00", "Tue 2026-06-16 09:00", due="Mon 2026-06-22 09:00"),
        cancelled_request("Mon 2026-06-15 09:00", "Tue 2026-06-16 09:00", due="Mon 2026-06-22 09:00"),
    ]


def one(frame, name: str = "BSS") -> dict:
    (row,) = frame[frame["department"] == name].to_dict("records")
    return row


def test_an_empty_city_has_all_columns_and_no_rows(both):
    frame = both(departments=[department("BSS")])(workload, ALL, as_of=AS_OF)
    assert frame.columns.tolist() == list(COLUMNS)
    assert frame.empty


def test_counts_load_and_compliance_by_hand(both):
    figures = [posts("BSS", "2026-01-01", 4, 2, 0.5)]
    row = one(both(small_city(), departments=[department("BSS")], staffing=figures)(workload, ALL, as_of=AS_OF))
    assert (row["open_count"], row["overdue_count"]) == (3, 1)
    assert (row["load_state"], row["clear_state"]) == ("too_few", "few_overdue")
    assert np.isnan(row["load_per_filled_fte"])  # three open, one person: nothing is said per person
    assert (row["fte_authorised"], row["fte_filled"], row["vacancy_rate"]) == (4, 2, 0.5)
    assert (row["due_count"], row["compliance"]) == (3, pytest.approx(1 / 3))
    assert row["unit"] == "requests"
    assert row["staff_limited"] == rules.CANNOT_TELL
    assert "weeks of data" in row["staff_reason"]
    assert (row["miss_state"], np.isnan(row["vacancy_points"])) == ("too_few", True)


def test_load_per_person_by_hand(both):
    rows = [open_request("Tue 2026-07-07 09:00") for _ in range(40)]
    figures = [posts("BSS", "2026-01-01", 16, 8, 0.5)]
    row = one(both(rows, departments=[department("BSS")], staffing=figures)(workload, ALL, as_of=AS_OF))
    assert row["load_state"] == "shown"
    assert (row["load_per_filled_fte"], row["load_per_authorised_fte"], row["vacancy_added_load"]) == (10.0, 5.0, 5.0)


def test_without_staffing_figures_nothing_per_person_is_guessed(both):
    row = one(both(small_city(), departments=[department("BSS")])(workload, ALL, as_of=AS_OF))
    assert row["open_count"] == 3
    assert row["compliance"] == pytest.approx(1 / 3)
    empty = ("fte_filled", "load_per_filled_fte", "load_per_authorised_fte", "capacity_per_fte", "utilisation")
    assert all(np.isnan(row[name]) for name in empty)
    assert row["staff_reason"] == NO_FIGURES


def test_a_city_that_began_today_has_counts_and_no_weeks(both):
    figures = [posts("BSS", "2026-01-01", 4, 2)]
    ask = both([open_request("Wed 2026-07-08 09:00")], departments=[department("BSS")], staffing=figures)
    row = one(ask(workload, ALL, as_of=AS_OF))
    assert (row["open_count"], row["weeks_of_data"]) == (1, 0)
    assert row["staff_reason"] == "only 0 weeks of data; 26 are needed"
    assert np.isnan(row["capacity_per_fte"])


def test_figures_that_start_later_leave_the_time_before_unknown(both):
    figures = [posts("BSS", "2026-07-09", 4, 2)]
    row = one(both(small_city(), departments=[department("BSS")], staffing=figures)(workload, ALL, as_of=AS_OF))
    assert np.isnan(row["load_per_filled_fte"])


def test_no_one_filling_the_posts_is_said_and_not_divided(both):
    figures = [posts("BSS", "2026-01-01", 4, 0)]
    row = one(both(small_city(), departments=[department("BSS")], staffing=figures)(workload, ALL, as_of=AS_OF))
    assert np.isnan(row["load_per_filled_fte"])
    assert row["staff_reason"] == rules.NO_ONE


def test_posts_without_any_request_still_show(both):
    figures = [posts("BSL", "2026-01-01", 4, 3)]
    listed = [department("BSS"), department("BSL")]
    row = one(both(small_city(), departments=listed, staffing=figures)(workload, ALL, as_of=AS_OF), "BSL")
    assert (row["open_count"], row["fte_filled"], row["staff_limited"]) == (0, 3, rules.CANNOT_TELL)


def test_a_renamed_department_is_one_row_under_its_present_name(both):
    listed = [department("BSS", valid_to=date(2026, 6, 30), successor="STR"), department("STR")]
    figures = [posts("BSS", "2026-01-01", 4, 2)]
    ask = both(small_city(), departments=listed, staffing=figures)
    frame = ask(workload, ALL, as_of=AS_OF)
    assert frame["department"].tolist() == ["STR"]
    assert (frame["open_count"][0], frame["fte_filled"][0], frame["due_count"][0]) == (3, 2, 3)
    assert ask(workload, RequestFilter(departments=("STR",)), as_of=AS_OF)["open_count"].tolist() == [3]


def test_a_type_that_moves_counts_where_each_request_lies(both):
    rows = [open_request("Mon 2026-06-01 09:00"), open_request("Mon 2026-07-06 09:00", department="BSL")]
    frame = both(rows, departments=[department("BSS"), department("BSL")])(workload, ALL, as_of=AS_OF)
    assert frame.set_index("department")["open_count"].to_dict() == {"BSS": 1, "BSL": 1}


def test_effort_hours_count_where_every_type_has_them(both):
    ask = both(small_city(), departments=[department("BSS")], service_types=[kind("Pothole", effort_hours=2.5)])
    found = one(ask(workload, ALL, as_of=AS_OF))
    assert found["unit"] == "effort_hours"
    mixed = [*small_city(), open_request("Tue 2026-07-07 09:00", service_type="Sidewalk")]
    ask = both(mixed, departments=[department("BSS")], service_types=[kind("Pothole", effort_hours=2.5)])
    assert one(ask(workload, ALL, as_of=AS_OF))["unit"] == "requests"


@cache
def simulated(plan: Plan, name: str) -> tuple[dict, ...]:
    """A simulated department as rows of the database; its crews stop with the simulation."""
    filled = np.repeat(plan.filled, -(-int(END) // len(plan.filled)))[: int(END)]
    work = Shop(plan, arrivals(plan, np.random.default_rng(7)), filled, 7).run()
    rows = []
    for created, due, closed in zip(work.created, work.due, work.closed, strict=True):
        came, by = (START + timedelta(days=days) for days in (created, due))
        if np.isnan(closed):
            rows.append(open_request(came, due=by, department=name))
        else:
            rows.append(closed_request(came, START + timedelta(days=closed), due=by, department=name))
    return tuple(rows)


PLANTED = {plan.cause: plan for plan in PLANS}
SHORT, FINE = replace(PLANTED["staff-limited"], goals=(28.0,)), PLANTED["demand-limited"]
SIMULATED_AS_OF = START + timedelta(days=END)


def two_departments() -> dict:
    rows = [*simulated(SHORT, "BSL"), *simulated(FINE, "BSS")]
    figures = [posts("BSL", "2024-07-01", 10, 9), posts("BSS", "2024-07-01", 10, 9)]
    return {"rows": rows, "departments": [department("BSL"), department("BSS")], "staffing": figures}


def test_a_department_short_of_staff_and_one_that_is_not_are_told_apart(both):
    frame = both(**two_departments())(workload, RequestFilter(goals="working"), as_of=SIMULATED_AS_OF)
    assert frame["department"].tolist() == ["BSL", "BSS"]
    short, fine = frame.to_dict("records")
    assert (short["staff_limited"], fine["staff_limited"]) == (rules.YES, rules.NO)
    assert short["capacity_per_fte"] == pytest.approx(SHORT.per_fte, rel=0.1)
    assert (short["capacity_is_lower_bound"], fine["load_state"]) == (False, "too_few")
    assert fine["vacancy_points"] == 0
    assert (short["vacancy_points_low"], short["vacancy_points"] > 5) == (0, True)  # posts filled never varied
    assert short["overdue_avoided_by_hire"] > 0
    for row in (short, fine):
        parts = sum(row[f"{name}_points"] for name in ("remains", "vacancy", "order", "together", "untold"))
        assert parts == pytest.approx(100 * (1 - row["compliance"]))


def test_the_weeks_ahead_of_a_short_department_depend_on_its_posts(both):
    def views(connection, filters, *, as_of):
        found = staffed(connection, filters, as_of=as_of)["BSL"]
        return [weeks(found), ahead(found), ahead(found, posts=12.0, weeks_until_productive=4)]

    def check(connection, filters, *, as_of, part):
        return views(connection, filters, as_of=as_of)[part]

    ask = both(**two_departments())
    past, now, more = (ask(check, ALL, as_of=SIMULATED_AS_OF, part=part) for part in range(3))
    assert len(past) == 104
    assert past["capacity"].iloc[-1] == pytest.approx(9 * SHORT.per_fte, rel=0.1)
    assert now["week"].tolist() == list(range(1, 14))
    assert (more["open_middle"][:4] == now["open_middle"][:4]).all()
    assert (more["open_middle"][4:] < now["open_middle"][4:]).all()


def test_contractors_work_is_flagged_and_gives_no_vacancy_share(both):
    city = two_departments() | {"service_types": [kind("Pothole", is_contracted=True)]}
    frame = both(**city)(workload, ALL, as_of=SIMULATED_AS_OF)
    assert (frame["contracted_open_count"] == frame["open_count"]).all()
    assert frame["staff_reason"].tolist() == [CONTRACTED, CONTRACTED]
    assert frame["vacancy_points"].isna().all()


def test_the_period_of_the_filter_is_the_period_of_compliance(both):
    days = Period("days", date(2026, 6, 22), date(2026, 6, 23))
    ask = both(small_city(), departments=[department("BSS")])
    row = one(ask(workload, RequestFilter(period=days), as_of=AS_OF))
    assert (row["due_count"], row["compliance"]) == (2, 0.5)


def test_who_missed_why_and_what_would_mend_it(both):
    ask = both(**two_departments())
    frame = ask(why_missed, RequestFilter(goals="working"), as_of=SIMULATED_AS_OF)
    assert set(ADDED) < set(frame.columns)
    assert frame["kept_share"].is_monotonic_increasing
    short = one(frame, "BSL")
    assert (short["cause"], short["remedy"], short["posts_vacant"]) == ("staff", "posts", 1)
    assert short["met_count"] == round(short["due_count"] * short["kept_share"])
    assert short["low"] < short["kept_share"] < short["high"]
    assert short["best_possible_share"] >= short["kept_share"] + short["vacancy_points"] / 100 - 1e-9
    assert one(frame, "BSS")["cause"] in ("nothing_missed", "not_staff")


def test_nobody_is_blamed_for_what_contractors_missed_or_for_too_few(both):
    city = two_departments() | {"service_types": [kind("Pothole", is_contracted=True)]}
    row = one(both(**city)(why_missed, RequestFilter(goals="working"), as_of=SIMULATED_AS_OF), "BSL")
    assert (row["cause"], row["remedy"]) == ("contractors", "ask_contractor")
    few = one(both(small_city(), departments=[department("BSS")])(why_missed, ALL, as_of=AS_OF))
    assert (few["cause"], few["remedy"], few["due_count"]) == ("too_few", None, 3)


def test_inflow_counts_what_ended_at_an_unknown_time_as_flow_does(both):
    unknown = closed_request("Mon 2026-06-29 09:00", "Mon 2026-06-22 09:00")
    rows = [*small_city(), unknown]
    row = one(both(rows, departments=[department("BSS")])(workload, ALL, as_of=AS_OF))
    came_in = both(rows)(by_week, RequestFilter(population="eligible"), as_of=AS_OF)
    inside = came_in[came_in["week_start"] < "2026-07-06"]["inflow"].sum() + 1  # and one of 7 July
    assert row["inflow_per_week"] * row["weeks_of_data"] == inside


def test_a_period_shorter_than_the_usual_time_to_close_says_so_beside_the_last_13_weeks(both):
    week = period("last_7_days", SIMULATED_AS_OF)
    row = one(
        both(**two_departments())(workload, RequestFilter(goals="working", period=week), as_of=SIMULATED_AS_OF), "BSL"
    )
    assert row["miss_state"] == "too_short"
    assert np.isnan(row["vacancy_points"])
    assert (row["usual_due_count"] > row["due_count"], row["usual_vacancy_points"] > 0) == (True, True)


def test_beyond_the_data_nothing_is_said_of_what_comes_in(both):
    later = SIMULATED_AS_OF + timedelta(days=40)
    ask = both(**two_departments())
    row = one(ask(workload, RequestFilter(goals="working"), as_of=later), "BSL")
    assert all(np.isnan(row[name]) for name in ("inflow_per_week", "utilisation", "overdue_avoided_by_hire"))
    assert row["open_count"] > 0
    assert one(ask(workload, RequestFilter(goals="working"), as_of=SIMULATED_AS_OF), "BSL")["inflow_per_week"] > 0


def test_a_gap_between_two_files_is_found(both):
    weeks_of_rows = [moment("Mon 2025-06-02 09:00") + timedelta(weeks=week) for week in (0, 1, 5, 6)]
    rows = [open_request(came + timedelta(minutes=place)) for came in weeks_of_rows for place in range(40)]
    ask = both(rows)

    def answer(connection, filters, *, as_of):
        return coverage.gaps(connection)

    frame = ask(answer, ALL, as_of=AS_OF)
    assert frame.to_numpy("datetime64[D]").astype(str).tolist() == [["2025-06-16", "2025-07-06"]]
    assert "from 16 June 2025 to 6 July 2025" in coverage.note(
        frame, as_of=moment("Mon 2025-07-14 12:00"), newest=AS_OF, period=None
    )
