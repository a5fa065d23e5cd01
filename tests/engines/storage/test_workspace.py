"""What a killed load left on disk is cleared away, and nothing that is in use."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from db.storage.workspace import workspace

_HOLDING = """
import sys
from db.storage.workspace import workspace
with workspace() as folder:
    (folder / "copy.csv").write_text("somebody's words")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A process that is in a workspace of its own in `tmp_path`, and that folder."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDING],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())
        process.kill()


def test_the_folder_is_private_and_gone_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with workspace() as folder, workspace() as other:
        assert folder != other
        assert folder.stat().st_mode & 0o077 == 0 or sys.platform == "win32"
    with pytest.raises(ValueError, match="in between"), workspace() as folder:
        raise ValueError("in between")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_cleared_away(held, tmp_path: Path) -> None:
    process, left = held
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert (left / "copy.csv").exists()
    with workspace():
        assert not left.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use_stays(held) -> None:
    _, used = held
    with workspace():
        pass
    assert (used / "copy.csv").exists()


def test_where_no_folder_can_be_made_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "no folder").touch()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "no folder"))
    with pytest.raises(OSError, match="no folder"), workspace():
        pass
