"""The desk on a city whose profile does not come with it, without any setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.menu import MENU
from db.__main__ import main
from tests.engines.cities.own_profile import PROFILE, write_profile, write_rows
from tests.pages.conftest import Open, said


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    path = write_profile(tmp_path / "profiles")
    assert main(["load", "--city", str(path), str(write_rows(tmp_path))], {"DESK_DATA": str(tmp_path / "data")}) == 0
    return path


def test_every_page_opens(fill: object, profile: Path, visit: Open) -> None:
    for entry in MENU:
        assert "**Fairview** · as of Tue 2 Jun 2026, 09:00" in said(visit(entry.name))


def test_the_data_page_says_where_the_profile_was_changed(fill: object, profile: Path, visit: Open) -> None:
    assert "The city's profile" not in said(visit("data"))
    profile.write_text(PROFILE + "\n# a remark\n", encoding="utf-8")
    assert "was changed since it was read; the profile stored with the database serves" in said(visit("data"))
