"""A desk on a database of a few rows made by hand, opened through the frame as a reader would open it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from altair.utils import schemapi
from streamlit.testing.v1 import AppTest

from components.drawing import charts
from db.cities import load
from db.cities.profile import Profile
from db.faults import LOGGER
from db.model import schema, stored_columns
from db.settings import Settings
from db.storage.database import Database, open_database

ROOT = Path(__file__).resolve().parent.parent.parent
MADE_AT = datetime(2026, 7, 10)
Open = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def every_chart_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chart that a page draws is held against the schema, part by part and as a whole."""
    monkeypatch.setattr(charts, "CHECKED", True)
    monkeypatch.setattr(schemapi, "DEBUG_MODE", True)


@pytest.fixture(autouse=True)
def no_fault(caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest) -> Iterator[None]:
    """A fault of the desk is told in a sentence and logged, so a page that breaks would not fail by itself."""
    yield
    told = [
        record.getMessage()
        for when in ("setup", "call")
        for record in caplog.get_records(when)
        if record.name == LOGGER
    ]
    assert bool(told) == (request.node.get_closest_marker("faulty") is not None), "\n".join(told)


@pytest.fixture
def fill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """`fill(rows, kind="file")` makes a database of Los Angeles with these rows and lets the desk use it."""
    monkeypatch.setenv("DESK_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)

    def make(rows: Sequence[Mapping[str, Any]], kind: str = "file") -> Path:
        write(tmp_path / "data", rows, kind)
        return tmp_path / "data"

    return make


@pytest.fixture
def visit(fill: Callable[..., Path]) -> Open:
    """`visit("queue", department="BSS")` opens a page by a link and gives it as drawn."""

    def open_page(name: str = "overview", **params: str | list[str]) -> AppTest:
        desk = AppTest.from_file(str(ROOT / "components" / "frame.py"), default_timeout=30)
        desk.switch_page(str(ROOT / "pages" / f"{name}.py"))
        for key, value in params.items():
            desk.query_params[key] = value
        desk.run()
        assert not desk.exception, desk.exception
        return desk

    return open_page


def write(folder: Path, rows: Sequence[Mapping[str, Any]], kind: str = "file") -> None:
    """A new version of the database in `folder` with exactly these requests."""
    write_to(open_database(Settings(folder)), rows, kind)


def write_to(database: Database, rows: Sequence[Mapping[str, Any]], kind: str = "file") -> None:
    """A new version of the database with exactly these requests."""
    profile = load("los_angeles")
    with database.write(MADE_AT) as connection:
        for table, entries in (
            (schema.city, [{"key": profile.key, "name": profile.name, "source_kind": kind}]),
            (schema.departments, _departments(profile)),
            (schema.service_types, _service_types(profile)),
            (schema.requests, rows),
        ):
            connection.execute(table.delete())
            if entries:
                connection.execute(table.insert(), [dict.fromkeys(table.c.keys()) | dict(row) for row in entries])
        stored_columns.write_all(connection)


def _departments(profile: Profile) -> list[dict[str, Any]]:
    return [{"department": one.department, "name": one.name} for one in profile.departments]


def _service_types(profile: Profile) -> list[dict[str, Any]]:
    return [
        {
            "service_type": one.service_type,
            "public_name": one.public_name,
            "department": one.department,
            "calendar": one.calendar,
            "safety_points": 0.0,
            "is_sensitive": one.is_sensitive,
            "is_service": one.is_service,
            "is_contracted": one.is_contracted,
            "repeat_means": one.repeat_means,
        }
        for one in profile.service_types
    ]


def opened(desk: AppTest, key: str) -> AppTest:
    """The page after its reader opened the part with this key, which is sent only then."""
    desk.session_state[key] = True
    desk.run()
    assert not desk.exception, desk.exception
    return desk


def figure(desk: AppTest, name: str) -> str:
    """The value of the tile of this name."""
    found = [metric.value for metric in desk.metric if metric.label == name]
    assert len(found) == 1, f"{len(found)} tiles are named {name}"
    return str(found[0])


def said(desk: AppTest) -> str:
    """Everything the page says in words."""
    kinds = (desk.title, desk.caption, desk.markdown, desk.info, desk.warning, desk.error)
    return "\n".join(str(element.value) for kind in kinds for element in kind).replace("\\", "")
