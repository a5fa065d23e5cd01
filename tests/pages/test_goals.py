"""The goals page shows every type with its goal, tries another on history, and proposes what `goals import` reads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from components.drawing import taking
from components.drawing.theme import BADGES
from components.goals import proposal
from components.goals.table import BASIS_WORDS
from components.links import View
from db.cities import load
from db.ingest.reference import goals as ingest
from db.model import schema
from db.model.filters import RequestFilter
from db.queries.goals.what_if import Try
from db.rules.calendar import Calendar
from db.settings import Settings
from db.storage.database import open_database
from tests.builders import closed_request, open_request
from tests.pages.conftest import Open, figure, said

Fill = Callable[..., Path]
NOW = datetime(2026, 7, 10, 12)
GRAFFITI = {"service_type": "Graffiti Removal", "department": "OCB"}

# Graffiti made in May, closed after 1, 2, 3 and 4 days; the goal in force is two days. The data begin in March.
ROWS = [
    open_request("Mon 2026-03-02 09:00", service_type="Dead Animal Removal", department="LASAN"),
    *(
        closed_request("2026-05-11 09:00", f"2026-05-{11 + days} 08:00", due="2026-05-13 09:00", **GRAFFITI)
        for days in (1, 2, 3, 4)
    ),
    open_request("Fri 2026-07-10 12:00", service_type="Dead Animal Removal", department="LASAN"),
]
GOAL: dict[str, Any] = {
    **{"goal_id": 1, "service_type": "Graffiti Removal", "amount": 48.0, "unit": "hours", "calendar": "always"},
    **{"basis": "published", "adopted_by": "Steering committee", "adopted_on": date(2026, 1, 1)},
}


@pytest.fixture
def city(fill: Fill) -> Path:
    """A city with one published goal and the rows above."""
    folder = fill(ROWS)
    adopt(folder)
    return folder


def adopt(folder: Path) -> None:
    """Put the goal into the database, the due dates left as they are."""
    database = open_database(Settings(folder))
    with database.write(NOW) as connection:
        table = schema.goals
        connection.execute(table.insert(), [dict.fromkeys(table.c.keys()) | GOAL])
    database.close()


def types(desk: AppTest) -> pd.DataFrame:
    return desk.dataframe[0].value.set_index("service_type")


def test_every_type_has_its_goal_or_says_that_there_is_none(city: Path, visit: Open) -> None:
    desk = visit("goals", period="everything")
    graffiti = types(desk).loc["Graffiti Removal"]
    assert graffiti[["goal", "basis_words", "due_count", "compliance"]].tolist() == ["48 hours", ["published"], 4, 50.0]
    assert graffiti["since"] == "since ever, adopted by Steering committee on 2026-01-01"
    assert types(desk).loc["Dead Animal Removal", "basis_words"] == ["no published target"]
    assert "1 published" in said(desk)
    assert len(types(desk)) == len(load("los_angeles").service_types)


def test_time_to_close_that_is_not_reached_says_more_than(city: Path, visit: Open) -> None:
    found = types(visit("goals", period="everything"))
    assert found.loc["Dead Animal Removal", "median"] == "more than 130 days"
    assert found.loc["Graffiti Removal", "median"] == "2.0 days"


def test_a_goal_in_the_link_is_tried_on_history(city: Path, visit: Open) -> None:
    desk = visit("goals", **{"try": "Graffiti Removal", "amount": "3", "unit": "calendar_days"})
    assert figure(desk, "Would have kept it") == "75.0%"
    assert figure(desk, "More misses") == "-1"
    assert figure(desk, "Goal tried") == "3 calendar days"


def test_trying_the_goal_in_force_changes_nothing_where_the_city_set_other_due_dates(fill: Fill, visit: Open) -> None:
    others = [{"due": "2026-05-29 09:00"}, {}]
    adopt(fill([*ROWS, *(closed_request("2026-05-11 09:00", "2026-05-28 08:00", **GRAFFITI, **due) for due in others)]))
    desk = visit("goals", **{"try": "Graffiti Removal"})
    kept = next(metric for metric in desk.metric if metric.label == "Would have kept it")
    assert (kept.value, kept.delta) == ("33.3%", "0")
    assert figure(desk, "More misses") == "0"
    assert "reckoned anew" in said(desk)


@pytest.mark.parametrize("chosen", [{"rows": [1]}, {"cells": [(1, "goal")]}])
def test_a_row_is_chosen_by_its_box_or_by_any_cell(city: Path, visit: Open, chosen: dict[str, Any]) -> None:
    desk = visit("goals")
    selection = {"rows": [], "columns": [], "cells": []} | chosen
    desk.session_state[desk.dataframe[0].key] = {"selection": selection}
    desk.run()
    assert desk.query_params["try"] == desk.dataframe[0].value["service_type"].iloc[1]


def test_a_share_of_last_year_gives_the_goal(city: Path, visit: Open) -> None:
    desk = visit("goals", **{"try": "Graffiti Removal", "share": "75"})
    assert figure(desk, "Goal tried") == "3 business days"


def test_a_goal_longer_than_the_data_says_that_nothing_is_known(city: Path, visit: Open) -> None:
    desk = visit("goals", **{"try": "Graffiti Removal", "amount": "60", "unit": "calendar_days"})
    assert figure(desk, "Would have kept it") == "no data"
    assert figure(desk, "More misses") == "no data"
    assert "No month is whole yet" in said(desk)


def test_all_types_can_be_tried_at_once(city: Path, visit: Open) -> None:
    desk = visit("goals", **{"try": "all", "amount": "1", "unit": "calendar_days"})
    assert int(figure(desk, "Goals tried")) == len(load("los_angeles").service_types)
    tried = desk.dataframe[1].value.set_index("service_type")
    assert tried.loc["Graffiti Removal", ["due_count", "more_missed_count"]].tolist() == [4, 1]


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"try": "Nothing"}, 'try "Nothing" is not a service type'),
        ({"try": "Graffiti Removal", "amount": "soon"}, 'amount "soon" is not a number'),
        ({"try": "Graffiti Removal", "amount": "-2"}, "must be more than 0"),
        ({"try": "Graffiti Removal", "unit": "moons"}, 'unit "moons" is not one of'),
        ({"try": "Graffiti Removal", "share": "100"}, 'share "100" is not from 1 to 99'),
        ({"try": "Graffiti Removal", "share": "nan"}, 'share "nan" is not from 1 to 99'),
        ({"first": "tomorrow"}, 'first "tomorrow" is not a day'),
    ],
)
def test_a_broken_scenario_is_left_out_and_named(city: Path, visit: Open, broken: dict[str, str], words: str) -> None:
    assert words in said(visit("goals", **broken))


def test_a_department_without_types_says_what_emptied_the_page(city: Path, visit: Open) -> None:
    desk = visit("goals", type="Graffiti Removal")
    assert list(types(desk).index) == ["Graffiti Removal"]


def test_what_the_page_proposes_can_be_imported(city: Path) -> None:
    calendar = load("los_angeles").calendars["office"]
    tried = (
        Try("Graffiti Removal", 3.0, "business_days", calendar),
        Try("Other", 1.5, "hours", Calendar(name="always")),
    )
    view = View(RequestFilter(), NOW)
    judged = pd.DataFrame([{"service_type": "Graffiti Removal", "met_count": 3, "due_count": 4, "compliance": 0.75}])
    frame = proposal.proposal(tried, judged, view, date(2026, 8, 1))
    path = city / "goals_draft.csv"
    path.write_bytes(taking.csv_file(frame))
    database = open_database(Settings(city))
    with database.write(NOW) as connection:
        done = ingest.load(connection, path, load("los_angeles"), today=NOW.date(), adopted_by="Steering committee")
        stored = {(goal.service_type, goal.effective_on): goal for goal in ingest.stored_goals(connection)}
    database.close()
    assert done.adopted == 2
    draft = stored["Graffiti Removal", date(2026, 8, 1)]
    assert (draft.amount, draft.unit, draft.calendar, draft.basis) == (3.0, "business_days", "office", "draft")
    assert draft.citation == "tried on history as of 2026-07-10: 3 of 4 kept it"
    assert draft.adopted_by == "Steering committee"


def test_every_basis_has_a_badge() -> None:
    assert set(BASIS_WORDS.values()) == set(BADGES)
