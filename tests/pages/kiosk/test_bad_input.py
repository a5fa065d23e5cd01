"""What may be wrong with a snapshot, a city or a URL: the screen stays calm and says what is so."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
import time_machine

from components.kiosk import cache
from components.kiosk.state import SCREENS
from db.storage.snapshots import SnapshotFolder
from tests.pages.kiosk.conftest import NOW, Open, published, shown, ten_weeks

BROKEN = "The figures cannot be shown at the moment."


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


def test_an_unknown_language_is_english(kiosk: Open, snapshot: Path) -> None:
    assert "About these numbers" in shown(kiosk(snapshot, screen="about", lang="tlh"))


def test_a_file_of_no_bytes_is_not_shown(kiosk: Open, tmp_path: Path) -> None:
    SnapshotFolder(tmp_path).path(1).touch()
    assert BROKEN in shown(kiosk(tmp_path))


def test_an_edition_of_a_city_without_requests_has_screens_without_figures(kiosk: Open, tmp_path: Path) -> None:
    folder = published(tmp_path / "city", tmp_path / "snapshot", [])
    told = {screen: shown(kiosk(folder, screen=screen)) for screen in SCREENS}
    assert "No published promise fell due." in told["now"]
    assert "Too few requests to show." in told["district"]
    assert "Too few requests to show." in told["change"]
    assert "Counts under 10" in told["about"]


def test_a_city_of_fewer_than_10_requests_a_week_is_told_as_too_few(kiosk: Open, tmp_path: Path) -> None:
    rows = [row for row in ten_weeks() if row["created_at"].weekday() == 0][::3]  # two or three a week
    folder = published(tmp_path / "city", tmp_path / "snapshot", rows)
    told = {screen: shown(kiosk(folder, screen=screen)) for screen in SCREENS}
    assert "Too few promises fell due" in told["now"] or "No published promise fell due." in told["now"]
    assert "Fewer than 10 requests were waiting" in told["now"]
    assert "Too few requests to show." in told["change"]
    assert "Too few requests to show." in shown(kiosk(folder, screen="district", district="1"))
    assert "too few to say" in told["expect"]


@pytest.mark.parametrize(("districts", "names"), [(1, ["1"]), (0, [])])
def test_a_city_of_one_district_or_of_none(kiosk: Open, tmp_path: Path, districts: int, names: list[str]) -> None:
    folder = published(tmp_path / "city", tmp_path / "snapshot", ten_weeks(districts))
    app = kiosk(folder, screen="district")
    assert [str(button.key) for button in app.button if str(button.key).startswith("district_")] == [
        f"district_{name}" for name in names
    ]
    assert ("Touch your district." in shown(app)) is bool(names)
    assert "7 of 10 promises" in shown(kiosk(folder))
    for name in names:
        assert "Council district" in shown(kiosk(folder, screen="district", district=name))


def test_an_edition_past_its_age_says_so(kiosk: Open, snapshot: Path) -> None:
    late = "Newer ones should be here and are not."
    with time_machine.travel(NOW + timedelta(days=10), tick=True):
        assert late not in shown(kiosk(snapshot))
    with time_machine.travel(NOW + timedelta(days=16), tick=True):
        told = shown(kiosk(snapshot))
    assert late in told
    assert "March 16, 2026" in told


def test_an_older_edition_that_was_put_back_is_shown_with_its_day(
    kiosk: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody restores yesterday's folder under a running kiosk: it shows what is there."""
    folder = published(tmp_path / "city", tmp_path / "snapshot", ten_weeks())
    published(tmp_path / "city", folder, ten_weeks(), NOW + timedelta(days=2))
    app = kiosk(folder)
    assert "Figures of Wednesday, March 18, 2026" in shown(app)
    SnapshotFolder(folder).path(2).unlink()
    monkeypatch.setattr(cache, "LOOK_AGAIN_SECONDS", 0.0)
    app.run()
    assert not app.exception
    assert "Figures of Monday, March 16, 2026" in shown(app)
