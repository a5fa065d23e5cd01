"""The committed figures behind the generated city: what the real files give, and nothing finer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from db.ingest.demo.plan import FIGURES, figures

TOOL = Path(__file__).resolve().parents[3] / "tools" / "derive_demo_figures.py"


@pytest.mark.real
def test_the_committed_figures_are_those_of_the_real_files(real_data: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, TOOL, real_data, tmp_path / "figures.json"], check=True)
    assert json.loads((tmp_path / "figures.json").read_text()) == json.loads(FIGURES.read_text())


def test_no_map_cell_holds_fewer_than_ten_requests() -> None:
    columns, cells = figures()["places"]["columns"], figures()["places"]["cells"]
    assert min(cell[columns.index("count")] for cell in cells) >= 10
    assert {cell[columns.index("cd")] for cell in cells} == set(range(1, 16))


def test_quantiles_ascend_for_every_measured_type() -> None:
    for hours in figures()["closing"]["hours_to_close"].values():
        assert hours == sorted(hours)
