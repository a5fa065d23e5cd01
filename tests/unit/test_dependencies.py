"""What is installed is what is imported, each with its reason beside it, and pinned."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest

from tests.test_architecture import ROOT, SOURCES, imports

TEXT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PROJECT = tomllib.loads(TEXT)["project"]
NEVER_IMPORTED = {
    "tzdata",  # read by zoneinfo
    "duckdb-sqlalchemy",  # found by SQLAlchemy as its dialect
    "psycopg",  # likewise
    "babel",  # the kiosk's languages
    "segno",  # the kiosk's codes
    "uvloop",  # found by uvicorn as its event loop
}


def folded(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements: list[str]) -> set[str]:
    return {folded(re.split(r"[\[><=;]", line)[0]) for line in requirements}


DECLARED = names(PROJECT["dependencies"])
EVERY = DECLARED | names(PROJECT["optional-dependencies"]["test"])


def imported() -> set[str]:
    """The distributions that the desk imports, apart from itself and the standard library."""
    known = packages_distributions()
    tops = {module.split(".")[0] for path in SOURCES for module in imports(path)}
    strangers = tops - set(sys.stdlib_module_names) - {"app", "desk", "pages", "components", "db"}
    return {folded(known[top][0]) for top in strangers}


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    assert imported() | NEVER_IMPORTED == DECLARED | (imported() & NEVER_IMPORTED)


@pytest.mark.parametrize("name", sorted(EVERY))
def test_each_has_a_bound_a_reason_and_an_exact_version(name: str) -> None:
    (line,) = [line for line in TEXT.splitlines() if re.match(rf'    "{name}[\[><=]', line, re.IGNORECASE)]
    assert re.search(r""">=[\d.]+(,<[\d.]+)?(; sys_platform != '\w+')?",? # \S.{3}""", line), line
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert name in {folded(entry.partition("==")[0]) for entry in constraints}
