"""What a kiosk's process holds: whoever takes it over finds no way to a request, and no code of the desk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
# Starts as the server does, then draws every screen, and says which modules there are.
DRAW = """
import sys
import app
from streamlit.testing.v1 import AppTest
for screen in ("now", "district", "expect", "change", "about"):
    script = AppTest.from_file("components/kiosk/frame.py", default_timeout=60)
    script.query_params["screen"] = screen
    assert not script.run().exception
print(*(name for name in sys.modules if name.split(".")[0] in ("app", "desk", "pages", "components", "db")))
"""
ALLOWED = (
    *("app", "components", "components.guard", "components.kiosk", "db", "db.publish", "db.publish.read"),
    *("db.publish.schema", "db.rules", "db.rules.errors", "db.settings", "db.storage", "db.storage.snapshots"),
)


def python(code: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("DESK_", "DATABASE_", "KIOSK_"))}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=bare | {"PYTHONPATH": str(ROOT), "DESK_MODE": "kiosk"} | environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_process_holds_no_code_that_knows_a_request(tmp_path: Path) -> None:
    done = python(DRAW, {"KIOSK_DATA": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    held = done.stdout.split()
    assert "components.kiosk.frame_parts" in held
    assert "db.publish.read" in held
    foreign = [
        name for name in held if name not in ALLOWED and not name.startswith(("components.kiosk.", "components.guard."))
    ]
    assert not foreign


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DATABASE_URL", "postgresql://u:secret@h/x", "DATABASE_URL is set"),
        ("DESK_RECORDS_URL", "postgresql://u:secret@h/x", "DESK_RECORDS_URL is set"),
        ("DESK_DATA", "{requests}", "which holds requests"),
        ("KIOSK_DATA", "{requests}", "give the snapshot a folder of its own"),
        ("DESK_MODE", "lobby", 'DESK_MODE is "lobby"; expected one of desk, kiosk'),
    ],
)
def test_it_does_not_start_where_requests_are_within_reach(tmp_path: Path, name: str, value: str, told: str) -> None:
    (tmp_path / "requests-000001.duckdb").touch()
    done = python("import app", {name: value.format(requests=tmp_path)})
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr
