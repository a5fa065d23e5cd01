"""The two scripts that Streamlit starts from: what must stand in them, and where."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

from streamlit.web.server.app_discovery import discover_asgi_app

from tests.test_architecture import ROOT, attributes, tree


def test_streamlit_finds_the_application_in_the_source() -> None:
    found = discover_asgi_app(ROOT / "app.py")
    assert found.is_asgi_app
    assert found.import_string == "app:app"


def test_only_the_last_line_of_the_entry_reads_the_environment() -> None:
    module = tree(ROOT / "app.py")
    assert ast.unparse(module.body[-1]) == "app = st.App(**parts_for(os.environ))"
    assert [name for name in attributes(ROOT / "app.py", "os") if name in ("environ", "getenv")] == ["environ"]


def test_the_folder_of_the_script_hides_no_standard_module(tmp_path: Path) -> None:
    """Run as Streamlit runs it, with `components/` first in the path, where a folder is named like a module."""
    assert (ROOT / "components" / "queue").is_dir()
    done = subprocess.run(
        [sys.executable, str(ROOT / "components" / "frame.py")],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "DESK_DATA": str(tmp_path), "DATABASE_URL": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
