"""The first screen of the generated city tells everything that was planted in it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from db.ingest.demo import make_demo, plan
from db.settings import Settings
from db.storage.database import open_database
from tests.pages.conftest import ROOT, said

NOW = datetime(2026, 11, 30, 19)


@pytest.mark.slow
def test_every_planted_truth_stands_on_the_first_screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A department short of people, one late for another reason, a district neglected, a type whose demand doubled."""
    make_demo(open_database(Settings(tmp_path / "city")), now=NOW, scale=plan.DEFAULT_SCALE)
    monkeypatch.setenv("DESK_DATA", str(tmp_path / "city"))
    desk = AppTest.from_file(str(ROOT / "components" / "frame.py"), default_timeout=300)
    desk.switch_page(str(ROOT / "pages" / "overview.py"))
    desk.query_params["as_of"], desk.query_params["goals"] = f"{NOW:%Y-%m-%dT%H:%M}", "working"
    desk.run()
    title = desk.title[0].value
    assert title.startswith("Street Lighting keeps its goals least")
    assert "Short of people" in title
    assert "Not short of people" in said(desk)  # Street Services, the second line
    links = [link.proto.label.replace("\\", "") for link in desk.get("page_link")]
    assert any(link.startswith(f"District {plan.NEGLECTED_DISTRICT}: ") for link in links)
    assert any("a year ago" in link and link.startswith("Dead animal") for link in links)
