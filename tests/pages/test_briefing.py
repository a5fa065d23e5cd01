"""The briefing opens on any data, says what it rests on, and keeps the register of promises."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from db.__main__ import main
from db.records import promises
from db.records.database import FileRecords
from db.records.promises import Promise
from db.rules.vocabulary import PromiseFigure
from tests.builders import closed_request, open_request
from tests.pages.conftest import said

Fill = Callable[..., Path]
Open = Callable[..., AppTest]
MONDAY = datetime(2026, 7, 6)
NASTY = "Kept #1 *x* [a](http://evil.test) <b> $x$"


def weeks(service_type: str, kept: list[int], department: str = "BSS") -> list[dict[str, Any]]:
    """Forty requests a week, of which so many are kept, in weeks up to that before Monday 6 July 2026."""
    rows = []
    for back, count in enumerate(reversed(kept), start=1):
        monday = MONDAY - timedelta(weeks=back)
        for number in range(40):
            made, due = monday + timedelta(days=number % 4, hours=9), monday + timedelta(days=4, hours=12)
            given = {"due": due, "service_type": service_type, "department": department}
            given["sr_number"] = f"{service_type}-{back}-{number}"
            rows.append(
                closed_request(made, made + timedelta(hours=4), **given)
                if number < count
                else open_request(made, **given)
            )
    return rows


STEADY = [31, 33, 32, 30, 34, 33, 31, 32, 32, 33, 31, 34, 30, 32, 33, 31, 32, 33, 32]
NEWEST = open_request("Fri 2026-07-10 12:00", sr_number="newest", department="BSS")
FELL = [*weeks("Pothole Repair", [*STEADY, 8]), *weeks("Graffiti Removal", [*STEADY, 32], "OCB"), NEWEST]


def test_what_fell_is_told_with_its_figures_a_question_and_a_link(fill: Fill, visit: Open) -> None:
    fill(FELL)
    desk = visit("briefing", goals="working")
    told = said(desk)
    assert desk.title[0].value.replace("\\", "") == "Los Angeles, week of 29 June to 5 July 2026"
    assert "Street Services kept 20% of 40 due that week, in the 13 weeks before 80%." in told
    assert "what changed, and by when is it back at 80%?" in told or "what happened to" in told
    links = [link.proto for link in desk.get("page_link") if link.proto.label == "Show what it is made of"]
    assert "period=2026-06-29..2026-07-05" in links[0].query_string.replace("%3A", ":")
    assert "department=BSS" in links[0].query_string


def test_weeks_that_go_on_as_before_are_told_as_nothing_moved(fill: Fill, visit: Open) -> None:
    fill([*weeks("Pothole Repair", [*STEADY, 32]), NEWEST])
    assert "Nothing moved by more than weeks differ by themselves." in said(visit("briefing", goals="working"))


LINKS: list[tuple[dict[str, str], str]] = [
    ({"week": "2026-W28"}, "The week is not over in the data, which reach to Fri 10 Jul 2026, 12:00"),
    ({"week": "2025-W40"}, "The week lies before the data."),
    ({"week": "2026-W40"}, "The week lies after the data"),
    ({"week": "2026-W10"}, "2 whole weeks of data lie before it"),
    ({"month": "2026-06"}, "June 2026"),
    ({"week": "2026-W99"}, 'week "2026-W99" is not a week like 2026-W46; it was left out'),
    ({"month": "June"}, 'month "June" is not a month like 2026-11; it was left out'),
    ({"department": "BSL"}, "Street Lighting, week of"),
    ({"view": "present", "slide": "99"}, 'slide "99" is not a screen from 1 to'),
]


def test_every_link_says_what_it_shows(fill: Fill, visit: Open) -> None:
    fill([*FELL, open_request("Wed 2026-07-01 09:00", department="BSL", sr_number="lonely")])
    for link, sentence in LINKS:
        assert sentence in said(visit("briefing", goals="working", **link)), link


def test_one_request_and_a_department_without_goals_or_staff_say_so(fill: Fill, visit: Open) -> None:
    fill([open_request("Wed 2026-07-01 09:00", department="BSL")])
    told = said(visit("briefing", department="BSL"))
    assert "The data begin within this week" in told or "not over in the data" in told
    assert "Nothing of Street Lighting with a goal was due in 13 weeks." in told


def test_a_week_half_loaded_is_not_judged(fill: Fill, visit: Open) -> None:
    gone = [row for row in FELL if not MONDAY - timedelta(days=6) <= row["created_at"] < MONDAY - timedelta(days=5)]
    fill(gone)
    told = said(visit("briefing", goals="working"))
    assert "The week looks half loaded" in told
    assert "What moved is not judged." in told
    assert "kept 20%" not in told


def test_full_screen_steps_from_one_finding_to_the_next_and_back(fill: Fill, visit: Open) -> None:
    fill(FELL)
    desk = visit("briefing", goals="working", view="present")
    desk.button(key="slide_right").click().run()
    assert desk.query_params["slide"] in ("2", ["2"])
    assert "Street Services kept 20% of 40" in said(desk)
    desk.button(key="slide_page_up").click().run()
    assert desk.query_params["slide"] in ("1", ["1"])
    desk.button(key="slide_back").click().run()
    assert "view" not in desk.query_params
    assert "Questions to ask" in [header.value for header in desk.header]


def known(folder: Path) -> list[promises.Promise]:
    with FileRecords(folder / "records.sqlite").reading() as connection:
        return promises.listing(connection)


def add(desk: AppTest, name: str, target: str = "60%", by: str = "Ana") -> AppTest:
    desk.text_input(key="promise_name").set_value(name)
    desk.text_input(key="promise_who").set_value("Director of Streets")
    desk.text_input(key="promise_to").set_value(target)
    desk.text_input(key="promise_by").set_value(by)
    desk.date_input(key="promise_until").set_value(date(2026, 12, 31))
    next(button for button in desk.button if button.label == "Put it on the register").click()
    desk.run()
    assert not desk.exception, desk.exception
    return desk


def test_a_promise_is_added_measured_shown_as_it_is_written_and_closed(fill: Fill, visit: Open) -> None:
    folder = fill(FELL, kind="demo")
    desk = add(visit("briefing", goals="working", department="BSS", as_of="2026-07-10T12:00"), NASTY)
    (held,) = known(folder)
    assert (held.name, held.promised_by, held.department, held.target_value) == (
        NASTY,
        "Director of Streets",
        "BSS",
        0.6,
    )
    told = said(desk)
    assert NASTY in told
    assert "to 60% by 31 December 2026" in told
    assert "running" in told
    next(button for button in desk.button if button.label == "Close").click().run()
    assert known(folder) == []


WRONG = [
    ("", "60%", "Ana", "the name of the promise is empty"),
    ("One", "60", "Ana", 'To what "60" is not a share like 60%'),
    ("One", "60%", " ", "your name is empty"),
    ("Known", "60%", "Ana", 'a promise of the name "Known" is on the register'),
]


def test_what_cannot_be_promised_is_told_and_nothing_is_lost(fill: Fill, visit: Open) -> None:
    folder = fill(FELL, kind="demo")
    desk = add(visit("briefing", goals="working", as_of="2026-07-10T12:00"), "Known")
    for name, target, by, sentence in WRONG:
        add(desk, name, target, by)
        assert sentence in said(desk)
        assert [one.name for one in known(folder)] == ["Known"]
        assert desk.text_input(key="promise_name").value == name


def test_a_target_on_the_register_stands_at_its_figure(fill: Fill, visit: Open) -> None:
    fill(FELL, kind="demo")
    desk = visit("briefing", goals="working", as_of="2026-07-10T12:00")
    assert "None of these has a target" in said(desk)
    add(desk, "City", "85%")
    assert "target 85% by 31 Dec 2026" in said(desk)


def test_a_promise_stands_the_same_for_every_reader_and_at_the_terminal(
    fill: Fill, visit: Open, capsys: pytest.CaptureFixture[str]
) -> None:
    """A figure of drafts beside one of published goals would keep a promise for one reader and break it for another."""
    drafts = [{**row, "goal_basis": "draft"} for row in weeks("Graffiti Removal", [*STEADY, 0], "OCB")]
    folder = fill([*weeks("Pothole Repair", [*STEADY, 32]), *drafts, NEWEST])
    city = Promise("City", "Bea", PromiseFigure.COMPLIANCE, 0.5, 0.85, date(2026, 12, 31))
    with FileRecords(folder / "records.sqlite").writing() as connection:
        promises.add(connection, promise=city, by="Ana", now=MONDAY)
    lines = [
        next(line.value for line in visit("briefing", goals=goals).markdown if line.value.startswith("**City**"))
        for goals in ("promises", "working")
    ]
    assert lines[0] == lines[1]
    assert main(["promises", "list"], {"DESK_DATA": str(folder)}) == 0
    share = re.search(r"; ([\d.]+)% as of 2026-07-10 00:00", capsys.readouterr().out)
    assert share is not None
    assert f"{float(share[1]):.0f}% on 10 Jul 2026: running" in lines[0].replace("\\", "")
