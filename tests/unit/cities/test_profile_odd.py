"""Whatever stands in a profile, the answer is a profile or one line that names the key."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from db.cities.building import build
from db.cities.reading import Section
from tests.unit.cities.test_profile import SMALL


def places_in(value: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """The path of every value in a document, tables and lists included."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield (*path, key)
        yield from places_in(value[key], *path, key)


def replaced(document: dict[str, Any], path: tuple[Any, ...], value: object) -> dict[str, Any]:
    """A copy of the document with another value at `path`."""
    changed = copy.deepcopy(document)
    table: Any = changed
    for step in path[:-1]:
        table = table[step]
    table[path[-1]] = value
    return changed


def refusal(document: dict[str, Any]) -> str | None:
    """Why the document is no profile, or None where it is one."""
    try:
        build("small", Section("small.toml", "", document))
    except ValueError as refused:
        return str(refused)
    return None


@pytest.mark.parametrize("odd", [None, 7, -1.5, "", "odd", True, [], [[]], {}, {"odd": {}}, date(2026, 7, 4)], ids=repr)
def test_any_value_in_any_place_is_either_taken_or_refused_in_one_line(odd: object) -> None:
    document = tomllib.loads(SMALL)
    refusals = [refusal(replaced(document, path, odd)) for path in places_in(document)]
    messages = [message for message in refusals if message is not None]
    assert messages
    assert [message for message in messages if not message.startswith("small.toml: ") or "\n" in message] == []
