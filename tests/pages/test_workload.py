"""The workload page opens on any staffing, guesses nothing, keeps its scenario in the link, and agrees with `ask`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from db.__main__ import main
from db.model import schema
from db.settings import Settings
from db.storage.database import open_database
from tests.builders import cancelled_request, closed_request, open_request
from tests.engines.workload.test_load import PLANTED, SIMULATED_AS_OF, posts, simulated
from tests.pages.conftest import Open, figure, said, write

Fill = Callable[..., Path]
Row = dict[str, Any]

# As of the newest request, Wednesday 8 July 2026 11:00. Three are open (one overdue, one of the city's own crew); of
# three due one was kept. Four posts authorised, two filled, half of them on requests: 3 requests a person, not 1.5.
ROWS = [
    open_request("Wed 2026-06-03 09:00", due="Mon 2026-07-06 00:00"),
    open_request("Tue 2026-07-07 09:00", due="Mon 2026-07-13 00:00"),
    open_request("Wed 2026-07-08 11:00", is_proactive=True),
    closed_request("Mon 2026-06-15 09:00", "Tue 2026-06-23 09:00", due="Mon 2026-06-22 09:00"),
    closed_request("Mon 2026-06-15 09:00", "Tue 2026-06-16 09:00", due="Mon 2026-06-22 09:00"),
    cancelled_request("Mon 2026-06-15 09:00", "Tue 2026-06-16 09:00", due="Mon 2026-06-22 09:00"),
]
POSTS = [posts("BSS", "2026-01-01", 4, 2, 0.5)]
# Forty open over eight people, half of their time on requests: 10 a person.
WAITING = [open_request("Tue 2026-07-07 09:00") for _ in range(37)]
ENOUGH_POSTS = [posts("BSS", "2026-01-01", 16, 8, 0.5)]


@pytest.fixture
def city(fill: Fill) -> Callable[..., Path]:
    """`city(rows, figures)` makes a city with these requests and staffing figures."""

    def make(rows: Sequence[Row], figures: Sequence[Row] = ()) -> Path:
        folder = fill(rows)
        if figures:
            staff(folder, figures)
        return folder

    return make


@pytest.fixture(scope="module")
def short_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Street Lighting, simulated to be short of staff: nine of ten posts filled."""
    folder = tmp_path_factory.mktemp("short")
    write(folder, simulated(PLANTED["staff-limited, short of hands even if all posts were filled"], "BSL"))
    staff(folder, [posts("BSL", "2024-07-01", 10, 9)])
    return folder


@pytest.fixture
def short(short_folder: Path, fill: Fill, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The desk on `short_folder`, which no test writes to."""
    monkeypatch.setenv("DESK_DATA", str(short_folder))
    return short_folder


def staff(folder: Path, figures: Sequence[Row]) -> None:
    """Staffing figures for the city in `folder`."""
    with open_database(Settings(folder)).write(datetime(2026, 7, 11)) as connection:
        connection.execute(schema.staffing.insert(), list(figures))


def table(desk: AppTest, column: str) -> Any:
    """The first table that has this column."""
    return next(found.value for found in desk.dataframe if column in found.value.columns)


def test_load_vacancies_and_compliance_are_those_counted_by_hand(city: Fill, visit: Open) -> None:
    city([*ROWS, *WAITING], ENOUGH_POSTS)
    desk = visit("workload", goals="promises")
    assert (figure(desk, "Open"), figure(desk, "Overdue")) == ("40", "1")
    assert (figure(desk, "Posts filled"), figure(desk, "Vacant")) == ("8", "50.0%")
    (row,) = table(desk, "filled_of").to_dict("records")
    assert (row["load_words"], row["added_words"]) == ("10.0", "5.0")
    assert row["kept_share"] == pytest.approx(100 / 3)
    assert "50% vacant; each person carries 10 requests instead of 5" in said(desk)
    assert "Only 5 weeks of data" in said(desk)


def test_crews_count_in_the_backlog_and_say_so_and_not_in_the_promise(city: Fill, visit: Open) -> None:
    city(ROWS, POSTS)
    desk = visit("workload", goals="promises", department="BSS")
    shown = {metric.label: metric.help.replace("\\", "") for metric in desk.metric}
    assert "**Which** requests, Street Services" in shown["Open"]
    assert "**Which** residents' requests, Street Services" in shown["Kept the promise"]
    assert figure(desk, "Kept the promise") == "33.3%"


def test_without_staffing_figures_nothing_per_person_is_shown(city: Fill, visit: Open) -> None:
    city(ROWS)
    desk = visit("workload")
    assert "never guessed" in said(desk)
    assert figure(desk, "Posts filled") == "no figures"
    assert "load_per_filled_fte" not in table(desk, "open_count").columns
    assert not visit("workload", department="BSS").exception


def test_a_department_without_figures_is_named_and_left_out_of_the_load(city: Fill, visit: Open) -> None:
    city([*ROWS, *WAITING, open_request("Tue 2026-07-07 09:00", department="BSL")], ENOUGH_POSTS)
    desk = visit("workload")
    assert "No staffing figures for" in said(desk)
    drawn = json.dumps([json.loads(chart.proto.spec) for chart in desk.get("vega_lite_chart")])
    assert "Street Lighting" not in drawn
    assert figure(visit("workload", department="BSL"), "Load per person") == "no figures"


def test_no_one_filling_the_posts_is_said(city: Fill, visit: Open) -> None:
    city(ROWS, [posts("BSS", "2026-01-01", 4, 0)])
    desk = visit("workload")
    assert "No one fills these posts; " in said(desk)
    assert "carries" not in said(desk)
    one = visit("workload", department="BSS")
    assert (figure(one, "Posts filled"), figure(one, "Load per person")) == ("0 of 4", "too few")
    assert figure(one, "Overdue, 8 weeks") == "Under 30"


def test_posts_without_a_single_request_open_too(city: Fill, visit: Open) -> None:
    city(ROWS, [*POSTS, posts("BSL", "2026-01-01", 4, 3)])
    desk = visit("workload")
    assert table(desk, "filled_of")["filled_of"].tolist() == ["2 of 4", "3 of 4"]
    assert [button.label for button in desk.button if "Street" in button.label] == ["Street Services"]
    assert "nothing to draw" in said(visit("workload", department="BSS", yard="Nowhere"))


def test_a_link_that_narrows_requests_but_not_posts_says_so(city: Fill, visit: Open) -> None:
    city([*ROWS, open_request("Tue 2026-07-07 10:00", council_district="4")], POSTS)
    desk = visit("workload", district="4")
    assert figure(desk, "Open") == "1"
    assert "but not the posts" in said(desk)


def test_a_department_opens_into_the_link_and_closes_out_of_it(city: Fill, visit: Open) -> None:
    city(ROWS, POSTS)
    desk = visit("workload")
    desk.button(key="open_BSS").click().run()
    assert desk.query_params["department"] == "BSS"
    assert figure(desk, "Load per person") == "too few"
    desk.query_params["posts"] = "3"
    desk.button(key="all_departments").click().run()
    assert not {"department", "posts"} & set(desk.query_params)
    assert figure(desk, "Overdue rising") == "0 of 0"


def test_without_any_data_the_desk_says_how_to_load_them(fill: Fill, visit: Open) -> None:
    assert "python -m db load" in said(visit("workload"))


def test_filters_that_leave_nothing_are_named(city: Fill, visit: Open) -> None:
    city(ROWS)
    assert "Nowhere" in said(visit("workload", yard="Nowhere"))


def test_a_scenario_in_the_link_is_answered(short: Path, visit: Open) -> None:
    desk = visit("workload", department="BSL", posts="12", productive="2", as_of=f"{SIMULATED_AS_OF:%Y-%m-%dT%H:%M}")
    assert desk.number_input(key="choose_posts").value == 12
    assert desk.number_input(key="choose_productive").value == 2
    assert "With 3 more posts filled, about" in said(desk)
    assert "fewer requests would be overdue after 13 weeks" in said(desk)


def test_a_number_that_is_changed_goes_into_the_link_and_back_out_of_it(short: Path, visit: Open) -> None:
    desk = visit("workload", department="BSL")
    assert "posts filled as now" in said(desk)
    desk.number_input(key="choose_posts").set_value(5.0).run()
    assert desk.query_params["posts"] == "5"
    assert "With 4 fewer posts filled" in said(desk)
    desk.button(key="reset_scenario").click().run()
    assert "posts" not in desk.query_params
    assert desk.number_input(key="choose_posts").value == 9


def test_a_broken_scenario_in_the_link_is_dropped_and_named(short: Path, visit: Open) -> None:
    desk = visit("workload", department="BSL", posts="lots", productive="-3")
    assert 'posts "lots" is not a number from 0 to 20' in said(desk)
    assert 'productive "-3" is not whole weeks' in said(desk)
    assert desk.number_input(key="choose_posts").value == 9


def test_where_staff_is_not_shown_to_be_the_limit_no_scenario_is_offered(city: Fill, visit: Open) -> None:
    city(ROWS, POSTS)
    desk = visit("workload", department="BSS", posts="3")
    assert not desk.number_input
    assert "More posts cannot be tried here" in said(desk)
    assert "The scenario in the link was left out" in said(desk)


def test_the_page_and_the_terminal_give_the_same_figures(
    short: Path, visit: Open, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "workload", "--format", "json"], {"DESK_DATA": str(short)}) == 0
    answer = json.loads(capsys.readouterr().out)
    (asked,) = answer["rows"] if isinstance(answer, dict) else answer
    (shown,) = table(visit("workload"), "filled_of").to_dict("records")
    assert (shown["open_count"], shown["overdue_count"]) == (asked["open_count"], asked["overdue_count"])
    assert shown["due_count"] == asked["due_count"]
    for column, key, scale in (
        ("vacant_share", "vacancy_rate", 100),
        ("utilisation_share", "utilisation", 100),
        ("kept_share", "compliance", 100),
        ("load_words", "load_per_filled_fte", 1),
    ):
        assert float(shown[column]) == pytest.approx(scale * asked[key], abs=0.05), column
    missed = 100 * (1 - asked["compliance"])
    assert shown["miss_words"].startswith(f"{round(missed)} = ")
    assert asked["staff_limited"] == "yes"


def test_the_first_department_is_the_one_a_hire_helps_most(short: Path, visit: Open) -> None:
    desk = visit("workload")
    assert "1. **Street Lighting**: about" in said(desk)
    assert "vacancies explain" in said(desk)
    assert "the order of work up to" in said(desk)
    assert "up to 0" not in said(desk)
    assert "a fixed supply of parts would look the same" in said(desk)
