"""A name for a link: saved from the page where that is allowed, opened from any page, and a reason where it is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.records import told_to
from db.records import views
from db.records.database import FileRecords
from tests.builders import open_request
from tests.pages.conftest import opened, said

Fill = Callable[..., Path]
Open = Callable[..., Any]
ROWS = [open_request("Wed 2026-07-01 09:00", department="BSS"), open_request("Wed 2026-07-08 09:00", department="BSL")]
NASTY = "Späte #1 *x* [a](http://evil.test) <b> $x$"


def held(folder: Path) -> list[tuple[str, str, str, str]]:
    with FileRecords(folder / "records.sqlite").reading() as connection:
        return [(view.name, view.page, view.link, view.written_by) for view in views.listing(connection)]


def save(desk: AppTest, name: str, by: str) -> AppTest:
    if not any(box.key == "saved_view_name" for box in desk.text_input):
        opened(desk, "saved_views")
    desk.text_input(key="saved_view_name").set_value(name)
    desk.text_input(key="record_by").set_value(by)
    next(button for button in desk.button if button.label == "Save this view").click()
    desk.run()
    assert not desk.exception, desk.exception
    return desk


def links(desk: AppTest) -> dict[str, str]:
    found = [link.proto for link in desk.get("page_link")]
    return {link.label.replace("\\", ""): link.query_string for link in found}


def test_a_view_is_saved_with_its_link_and_opens_it(fill: Fill, visit: Open) -> None:
    folder = fill(ROWS, kind="demo")
    desk = save(visit("queue", department="BSS", period="last_4_weeks"), NASTY, "Ana")
    assert held(folder) == [(NASTY, "queue", "department=BSS&period=last_4_weeks", "Ana")]
    assert links(desk)[NASTY] == "department=BSS&period=last_4_weeks"
    assert links(opened(visit("compliance"), "saved_views"))[NASTY] == "department=BSS&period=last_4_weeks"


def test_the_name_of_the_writer_is_remembered(fill: Fill, visit: Open) -> None:
    folder = fill(ROWS, kind="demo")
    desk = save(visit("queue"), "One", "Ana")
    assert desk.text_input(key="record_by").value == "Ana"
    assert desk.text_input(key="saved_view_name").value == ""
    save(desk, "Two", "Ana")
    assert [name for name, *_ in held(folder)] == ["One", "Two"]


@pytest.mark.parametrize(
    ("name", "by", "words"), [("", "Ana", "name of the view is empty"), ("X", " ", "your name is empty")]
)
def test_a_name_that_is_missing_is_told(fill: Fill, visit: Open, name: str, by: str, words: str) -> None:
    folder = fill(ROWS, kind="demo")
    assert words in said(save(visit("queue"), name, by))
    assert held(folder) == []


def test_the_second_of_two_writers_is_told(fill: Fill, visit: Open) -> None:
    folder = fill(ROWS, kind="demo")
    first, second = (opened(visit("queue", department=name), "saved_views") for name in ("BSS", "BSL"))
    save(first, "Same", "Ana")
    assert "Ana changed this" in said(save(second, "same", "Bob"))
    assert held(folder) == [("Same", "queue", "department=BSS", "Ana")]


def test_a_view_can_be_removed(fill: Fill, visit: Open) -> None:
    folder = fill(ROWS, kind="demo")
    desk = save(visit("queue"), "Mine", "Ana")
    desk.button(key="remove_view_0").click().run()
    assert held(folder) == []


def test_a_city_of_ones_own_is_written_only_where_the_setting_says_so(
    fill: Fill, visit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(ROWS)
    assert not [button for button in opened(visit("queue"), "saved_views").button if button.label == "Save this view"]
    monkeypatch.setenv("DESK_WRITERS", "local")
    assert [button for button in opened(visit("queue"), "saved_views").button if button.label == "Save this view"]


def test_the_generated_city_can_be_switched_off(fill: Fill, visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fill(ROWS, kind="demo")
    save(visit("queue"), "Mine", "Ana")
    monkeypatch.setenv("DESK_WRITERS", "off")
    desk = opened(visit("queue"), "saved_views")
    assert "DESK_WRITERS" in said(desk)
    assert "Mine" in links(desk)
    assert len(held(folder)) == 1


def test_damaged_records_leave_the_page_as_it_is(fill: Fill, visit: Open) -> None:
    folder = fill(ROWS, kind="demo")
    (folder / "records.sqlite").write_bytes(b"damaged" * 200)
    desk = opened(visit("queue"), "saved_views")
    assert "is damaged" in said(desk)
    assert desk.title


def test_a_view_of_a_page_that_is_gone_is_named_without_a_link(fill: Fill, visit: Open) -> None:
    folder = fill(ROWS, kind="demo")
    with FileRecords(folder / "records.sqlite").writing() as connection:
        now = datetime(2026, 7, 1)
        views.save(connection, name="Old", page="no_such_page", link="", seen=0, by="Ana", now=now)
    desk = opened(visit("queue"), "saved_views")
    assert "its page is no longer there" in said(desk)


@pytest.mark.parametrize(
    ("address", "headers", "words"),
    [
        ("127.0.0.1", {"Host": "127.0.0.1:8501"}, ""),
        ("127.0.0.1", {"Host": "localhost:8501"}, ""),
        ("::1", {"Host": "[::1]:8501"}, ""),
        ("localhost", {}, ""),
        ("0.0.0.0", {"Host": "127.0.0.1:8501"}, "listens on the network"),
        ("", {"Host": "127.0.0.1:8501"}, "listens on the network"),
        ("127.0.0.1", {"Host": "desk.example"}, "own computer"),
        ("127.0.0.1", {"Host": "127.0.0.1", "x-forwarded-for": "10.0.0.9"}, "own computer"),
    ],
)
def test_only_people_at_the_desks_own_computer_may_record(address: str, headers: dict[str, str], words: str) -> None:
    told = told_to(address, headers)
    assert (words in told) if words else not told
