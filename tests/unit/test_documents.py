"""What the documents say is there, and what is there is said."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from db.commands import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def test_the_readme_names_every_command() -> None:
    named = set(re.findall(r"`(\w+)", README.partition("## Commands")[2].partition("## Settings")[0]))
    assert set(COMMANDS) <= named


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_of_a_document_leads_to_a_file(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    assert not missing


def test_every_file_that_a_document_names_exists() -> None:
    """Paths in back quotes, such as `db/model/expressions.py`."""
    named = {
        (document.name, path)
        for document in DOCUMENTS
        for path in re.findall(
            r"`((?:db|components|pages|tests|docs|tools)/[\w./-]+\.\w+)`", document.read_text(encoding="utf-8")
        )
    }
    assert not [entry for entry in sorted(named) if "NAME" not in entry[1] and not (ROOT / entry[1]).exists()]


def test_the_check_runs_the_readmes_own_test_command() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    pattern = re.search(r"grep -m1 -E '([^']+)' README.md", script)
    assert pattern is not None
    found = subprocess.run(
        ["grep", "-m1", "-E", pattern[1], "README.md"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "pytest" in found.stdout
    assert found.stdout in README
