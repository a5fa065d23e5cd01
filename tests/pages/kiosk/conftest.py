"""The public screens, opened on the snapshot of a small city made by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.kiosk import cache
from db.cities.profile import load
from db.publish import write
from db.storage.database import EmbeddedDatabase
from db.storage.snapshots import SnapshotFolder
from tests.builders import closed_request, open_request
from tests.pages.conftest import ROOT
from tests.pages.conftest import write as fill

NOW = datetime(2026, 3, 16, 10, 40)
Open = Callable[..., AppTest]


def published(city: Path, folder: Path, rows: Sequence[Mapping[str, Any]], now: datetime = NOW) -> Path:
    """`folder` with one more edition, of a city that has these requests."""
    fill(city, rows)
    database = EmbeddedDatabase(city)
    with database.reader().connect() as connection:
        profile = load("los_angeles")
        write.publish(connection, SnapshotFolder(folder), profile, now=now, level="council_district", seconds=60)
    database.close()
    return folder


def ten_weeks(districts: int = 2) -> list[dict[str, Any]]:
    """Six potholes a day in so many districts, 0 for none, and one flooded street."""
    rows = []
    for day in range(70):
        created = datetime(2026, 1, 5, 9) + timedelta(days=day)
        for number in range(6):
            closed, due = created + timedelta(days=number + 1, hours=-3), created + timedelta(days=4)
            where = {"council_district": str(1 + number % districts) if districts else None, "address": "1 SECRET WAY"}
            rows.append(closed_request(created, closed, due=due, service_type="Street Pavement Issues", **where))
        rows.append(open_request(created, service_type="Flooding", council_district="1" if districts else None))
    return rows


@pytest.fixture(scope="package")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The city of two districts; never write to it."""
    return published(tmp_path_factory.mktemp("city"), tmp_path_factory.mktemp("snapshot"), ten_weeks())


@pytest.fixture
def kiosk(monkeypatch: pytest.MonkeyPatch) -> Open:
    """`kiosk(folder, name=value, ...)` opens the kiosk on a snapshot folder with these names in the URL."""

    def opened(folder: Path, **query: str) -> AppTest:
        monkeypatch.setenv("KIOSK_DATA", str(folder))
        monkeypatch.delenv("KIOSK_DATABASE_URL", raising=False)
        monkeypatch.setattr(cache, "_last_good", cache.LastGood())
        app = AppTest.from_file(str(ROOT / "components" / "kiosk" / "frame.py"), default_timeout=60)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        return app

    return opened


def shown(app: AppTest) -> str:
    """Everything on the screen but its buttons."""
    return "\n".join(element.proto.body for element in app.get("html"))
