"""In which environments the kiosk starts, and what it answers with."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.kiosk import serving
from db.rules.errors import DeskError


def test_it_starts_without_the_request_database_and_refuses_with_it(tmp_path: Path) -> None:
    serving.check({"KIOSK_DATA": str(tmp_path)})
    with pytest.raises(DeskError, match="DATABASE_URL is set"):
        serving.check({"DATABASE_URL": "postgresql://u:secret@h/x"})
    with pytest.raises(DeskError, match="DESK_RECORDS_URL is set"):
        serving.check({"DESK_RECORDS_URL": "postgresql://u:secret@h/x"})
    (tmp_path / "requests-000001.duckdb").touch()
    with pytest.raises(DeskError, match="holds requests"):
        serving.check({"DESK_DATA": str(tmp_path)})
    with pytest.raises(DeskError, match="folder of its own"):
        serving.check({"KIOSK_DATA": str(tmp_path)})


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/", None),
        ("/queue", "/"),
        ("/pages/kiosk/now.py", "/"),
        ("/media/x.csv", "/"),
        ("/print/morning", "/"),
        ("/_stcore/stream", None),
        ("/kiosk.js", None),
        ("/static/js/index.js", None),
    ],
)
def test_any_path_that_is_no_part_of_the_page_leads_to_it(path: str, leads_to: str | None) -> None:
    assert serving.page_meant(path) == leads_to


def test_the_document_says_its_language_and_holds_the_script() -> None:
    told = serving.spoken_document("ko")
    assert '<html lang="ko">' in told
    assert '<script src="./kiosk.js" defer></script>' in told
    assert 'name="kiosk-pause" content="일시정지"' in told
