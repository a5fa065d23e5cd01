"""Whatever stands in a profile, the answer is a profile or a line for each key that is wrong."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from db.cities.building import build
from db.cities.profile import load
from db.cities.reading import Section
from db.rules.errors import DeskError
from tests.engines.ingest.springfield import PROFILE
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
def test_any_value_in_any_place_is_either_taken_or_refused_by_its_key(odd: object) -> None:
    document = tomllib.loads(SMALL)
    refusals = {path: refusal(replaced(document, path, odd)) for path in places_in(document)}
    messages = {path: message for path, message in refusals.items() if message is not None}
    assert messages
    assert [message for message in messages.values() if not message.startswith("small.toml: ")] == []
    # The first problem told is that of the value itself; what rests on it may be told as well.
    keys = {path: next(str(step) for step in reversed(path) if isinstance(step, str)) for path in messages}
    assert [path for path, message in messages.items() if keys[path].rstrip("s") not in message] == []


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new.toml"
    path.write_text(
        '[calendars.office]\nweekdays = ["Monday", "Caturday"]\nopens = "8am"\n'
        '[layouts.export]\nsource_system = "new"\nrecognised_by = ["id"]\n'
        '[layouts.export.columns]\nsr_number = ["id"]\nsource_status = ["state"]\nname = "New"\ncolour = ["c"]\n'
    )
    with pytest.raises(DeskError) as refused:
        load(path)
    head, *problems = str(refused.value).splitlines()
    assert head == f"new.toml: {len(problems)} problems, all of them:"
    told = {problem.split()[0]: " ".join(problem.split()[1:]) for problem in problems}
    assert told["name"] == "is missing; expected text"
    assert told["time_zone"].startswith("is missing; expected")
    assert told["bounds"] == "is missing; expected a table [bounds]"
    assert told["calendars.office.weekdays"].startswith('has "Caturday"; expected Monday')
    assert told["calendars.office.opens"] == 'is "8am"; expected a time of day such as "08:30"'
    assert told["layouts.export.columns.name"] == (
        "stands below a table; it belongs above the first [table] of the file"
    )
    assert told["layouts.export.columns.colour"].startswith("is not a column; expected one of sr_number")
    assert told["layouts.export.columns.created_at"].startswith("is missing; expected the headers")
    assert {"departments", "service_types", "statuses", "district_label"} <= told.keys()


def test_a_profile_saved_by_notepad_is_read(tmp_path: Path) -> None:
    path = tmp_path / "springfield.toml"
    path.write_text(PROFILE, encoding="utf-8-sig")
    assert load(path).name == "Springfield"


def test_a_profile_nested_too_deep_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "deep.toml"
    path.write_text(f"a = {'[' * 20_000}{']' * 20_000}")
    with pytest.raises(DeskError, match=r"^deep\.toml: is not a profile: its lists are nested too deep$"):
        load(path)
