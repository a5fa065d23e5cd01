"""A page's own names in the URL: what can be right becomes a value, what cannot is left out and named once."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from components import menu
from components.access import Role, roles
from components.links import Options, parse
from components.menu import MENU, OWN_NAMES
from components.page_params import PageParams
from tests.test_architecture import ROOT, those, tree

READERS = {"text", "read", "choice", "number", "whole", "day", "param"}


def own(text: str | None) -> PageParams:
    return PageParams({} if text is None else {"name": ["an older one", text]})


def lane(params: PageParams) -> Any:
    return params.choice("name", ["", "late", "due"], "late")


def amount(params: PageParams) -> Any:
    return params.number("name", None, least=0, most=5, expected="a number from 0 to 5")


def weeks(params: PageParams) -> Any:
    return params.whole("name", 1, least=0, most=13, expected="whole weeks")


def day(params: PageParams) -> Any:
    return params.day("name", date(2026, 8, 1))


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (lane, None, "late"),
        (lane, "", "late"),
        (lane, "due", "due"),
        (amount, None, None),
        (amount, "0", 0.0),
        (amount, "5", 5.0),
        (amount, " 2.5 ", 2.5),
        (weeks, "13", 13),
        (weeks, "4.0", 4),
        (day, None, date(2026, 8, 1)),
        (day, "2026-09-01", date(2026, 9, 1)),
    ],
)
def test_what_can_be_right_is_taken(read: Callable[[PageParams], Any], text: str | None, value: object) -> None:
    params = own(text)
    assert (read(params), params.problems) == (value, [])


@pytest.mark.parametrize(
    ("read", "text", "value", "reason"),
    [
        (lane, "nosuch", "late", "is not one of late, due"),
        (amount, "5.01", None, "is not a number from 0 to 5"),
        (amount, "-1", None, "is not a number from 0 to 5"),
        (amount, "nan", None, "is not a number from 0 to 5"),
        (weeks, "2.5", 1, "is not whole weeks"),
        (weeks, "inf", 1, "is not whole weeks"),
        (weeks, "nan", 1, "is not whole weeks"),
        (day, "2026-02-30", date(2026, 8, 1), "is not a day like 2026-08-01"),
    ],
)
def test_what_cannot_be_right_is_named_once(
    read: Callable[[PageParams], Any], text: str, value: object, reason: str
) -> None:
    params = own(text)
    assert [read(params), read(params)] == [value, value]
    assert params.problems == [f'name "{text}" {reason}; it was left out.']


def names_read() -> Iterator[str]:
    """Every name that a page or component reads from the URL, as it stands in the source."""
    for path in those("pages/", "components/"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READERS:
                is_url = ast.unparse(node.func.value) in ("own", "state", "state.page_params()")
                if is_url and node.args and isinstance(node.args[0], ast.Constant):
                    yield str(node.args[0].value)


def test_each_name_read_is_declared_in_the_menu_and_each_one_declared_is_read() -> None:
    # The frame reads "no_page" for the overview; "order" is of links of an earlier desk, there is one order now.
    assert {*names_read(), "no_page", "order"} == OWN_NAMES


# What links out in the world hold. A name may be added here; none may ever leave.
EVER_USED = {
    *("no_page", "sr", "system", "find", "lane", "page", "view", "group", "level", "question", "month", "by"),
    *("target", "try", "amount", "unit", "share", "first", "posts", "productive", "order", "stops"),
}


def test_a_link_of_an_earlier_desk_still_holds_only_known_names() -> None:
    assert EVER_USED <= OWN_NAMES
    assert parse({name: ["1"] for name in EVER_USED}, Options(), OWN_NAMES).problems == ()


def test_a_page_is_one_file_and_one_entry() -> None:
    files = {path.stem for path in (ROOT / "pages").glob("[!_]*.py")}
    assert [entry.name for entry in MENU] == list(dict.fromkeys(entry.name for entry in MENU))
    assert {entry.name for entry in MENU} == files


def test_a_page_is_there_only_for_whoever_has_its_role() -> None:
    for_analysts = {entry.name for entry in MENU if entry.role == Role.ANALYST}
    assert for_analysts
    assert set(menu.pages([Role.READER])) == {entry.name for entry in MENU} - for_analysts
    assert set(menu.pages(roles())) == {entry.name for entry in MENU}
