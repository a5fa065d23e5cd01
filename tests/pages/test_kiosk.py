"""The public screens in every language, from a snapshot of a small city; and without one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from components.kiosk import cache
from components.kiosk.language import LANGUAGES
from components.kiosk.state import SCREENS
from db.cities.profile import load
from db.publish import write
from db.storage.database import EmbeddedDatabase
from db.storage.snapshots import SnapshotFolder
from tests.builders import closed_request, open_request
from tests.pages.conftest import ROOT
from tests.pages.conftest import write as fill

NOW = datetime(2026, 3, 16, 10, 40)
Open = Callable[..., AppTest]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published city of ten weeks: six potholes a day in two districts, one flooded street."""
    city, folder = tmp_path_factory.mktemp("city"), tmp_path_factory.mktemp("snapshot")
    rows = []
    for day in range(70):
        created = datetime(2026, 1, 5, 9) + timedelta(days=day)
        for number in range(6):
            closed, due = created + timedelta(days=number + 1, hours=-3), created + timedelta(days=4)
            district = str(1 + number % 2)
            where = {"council_district": district, "address": "1 SECRET WAY"}
            rows.append(closed_request(created, closed, due=due, service_type="Street Pavement Issues", **where))
        rows.append(open_request(created, service_type="Flooding", council_district="1"))
    fill(city, rows)
    database = EmbeddedDatabase(city)
    with database.reader().connect() as connection:
        profile = load("los_angeles")
        write.publish(connection, SnapshotFolder(folder), profile, now=NOW, level="council_district", seconds=60)
    database.close()
    return folder


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
    return "\n".join(element.proto.body for element in app.get("html"))


@pytest.mark.parametrize("lang", list(LANGUAGES))
def test_every_screen_opens_in_every_language(kiosk: Open, snapshot: Path, lang: str) -> None:
    for screen in SCREENS:
        told = shown(kiosk(snapshot, screen=screen, lang=lang))
        assert "kiosk-headline" in told or "kiosk-table" in told or "kiosk-paragraphs" in told
        assert "SECRET" not in told
    assert "<h1>" in shown(kiosk(snapshot, screen="district", lang=lang, district="1"))


def test_the_first_screen_tells_of_ten_promises_how_many_were_kept(kiosk: Open, snapshot: Path) -> None:
    told = shown(kiosk(snapshot))
    assert "7 of 10 promises that fell due in February 2026 were kept." in told  # 4 of each 6 within 4 days
    assert "67% of 168 promises." in told
    assert "Figures of Monday, March 16, 2026 10:40" in told


def test_a_district_tells_what_was_asked_there(kiosk: Open, snapshot: Path) -> None:
    told = shown(kiosk(snapshot, screen="district", district="1"))
    assert "Council district 1" in told
    assert "112 requests in February 2026" in told  # three potholes and one flooded street on each of 28 days


def test_next_and_back_lead_round_and_the_url_says_where(kiosk: Open, snapshot: Path) -> None:
    app = kiosk(snapshot, lang="es")
    app.button(key="kiosk_next").click().run()
    assert app.query_params["screen"] == "district"
    assert app.query_params["lang"] == "es"
    app.button(key="district_2").click().run()
    assert app.query_params["district"] == "2"
    app.button(key="kiosk_back").click().run()
    assert "screen" not in app.query_params
    assert not app.exception


def test_unknown_names_in_the_url_show_the_first_screen(kiosk: Open, snapshot: Path) -> None:
    told = shown(kiosk(snapshot, screen="queue", lang="xx", district="99", seconds="a", page="-1", sr_number="1-2"))
    assert "<h1>How we are doing</h1>" in told


def test_before_the_first_edition_it_says_so_calmly(kiosk: Open, tmp_path: Path) -> None:
    assert "There are no figures yet." in shown(kiosk(tmp_path))


def test_a_damaged_snapshot_is_not_shown_and_an_earlier_one_stays(
    kiosk: Open, snapshot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SnapshotFolder(tmp_path)
    store.path(1).write_bytes(SnapshotFolder(snapshot).path(1).read_bytes())
    app = kiosk(tmp_path)
    store.path(2).write_bytes(b"torn" * 4_000)
    monkeypatch.setattr(cache, "LOOK_AGAIN_SECONDS", 0.0)
    app.run()
    assert not app.exception
    assert "7 of 10 promises" in shown(app)
    assert "Newer ones should be here and are not." in shown(app)
    assert "The figures cannot be shown at the moment." in shown(kiosk(broken(tmp_path / "other")))


def broken(folder: Path) -> Path:
    """A folder whose only edition was changed after it was written."""
    folder.mkdir()
    with duckdb.connect(str(folder / "snapshot-000001.duckdb")) as database:
        database.execute("create table edition (name text, value text)")
    return folder
