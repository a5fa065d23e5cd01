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


HOUSE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
SPOKEN_OF = set(re.findall(r"^\| `([\w./]+)`", HOUSE, re.MULTILINE))
KINDS = {".py", ".toml", ".json", ".css", ".svg", ".sql"}


def test_the_architecture_names_every_file_or_its_folder() -> None:
    files = [path.relative_to(ROOT) for top in ("components", "db") for path in (ROOT / top).rglob("*")]
    files = [path for path in files if path.suffix in KINDS and path.name != "__init__.py"]
    covered = {path for path in files for line in SPOKEN_OF if path.as_posix() == line or f"{path}".startswith(line)}
    assert len(files) > 100
    assert [path.as_posix() for path in sorted(set(files) - covered)] == []


def test_the_architecture_names_no_folder_as_a_whole_that_is_the_house_itself() -> None:
    assert not {"components/", "db/"} & SPOKEN_OF


@pytest.mark.parametrize("line", sorted(SPOKEN_OF))
def test_what_the_architecture_names_is_there(line: str) -> None:
    assert (ROOT / line).exists()
    assert (ROOT / line).is_dir() == line.endswith("/")


def test_decisions_are_numbered_without_a_gap_and_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    names = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    listed = re.findall(r"^\| (\d+) \| \[(.+)\]\((.+)\) \|$", (folder / "README.md").read_text("utf-8"), re.MULTILINE)
    titles = [(folder / name).read_text(encoding="utf-8").splitlines()[0] for name in names]
    assert [(f"# {number}. {title}", name) for number, title, name in listed] == list(zip(titles, names, strict=True))
