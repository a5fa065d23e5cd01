"""Every closed list of words stands once, and the schema holds each column to its list."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint

from db.model import schema
from db.rules import vocabulary
from db.rules.vocabulary import known

ROOT = Path(__file__).resolve().parent.parent.parent.parent
LISTS = [words for words in vars(vocabulary).values() if isinstance(words, type) and issubclass(words, StrEnum)]
LISTS = [words for words in LISTS if words is not StrEnum]
COLUMNS = {
    "requests.status": vocabulary.Status,
    "requests.outcome": vocabulary.Outcome,
    "requests.exclusion_reason": vocabulary.Exclusion,
    "requests.goal_basis": vocabulary.Basis,
    "requests.due_source": vocabulary.DueSource,
    "requests.repeat_kind": vocabulary.RepeatKind,
    "requests.location_quality": vocabulary.LocationQuality,
    "goals.unit": vocabulary.Unit,
    "goals.basis": vocabulary.Basis,
    "staffing.basis": vocabulary.StaffingBasis,
    "service_types.repeat_means": vocabulary.RepeatMeaning,
    "city.source_kind": vocabulary.SourceKind,
}


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_is_held_to_its_list(column: str) -> None:
    table, name = column.split(".")
    checks = [check for check in schema.metadata.tables[table].constraints if isinstance(check, CheckConstraint)]
    (listed,) = [str(check.sqltext) for check in checks if str(check.sqltext).startswith(f"{name} in ")]
    assert tuple(re.findall(r"'(\w+)'", listed)) == known(COLUMNS[column])


@pytest.mark.parametrize("words", LISTS, ids=lambda words: words.__name__)
def test_a_list_of_words_is_written_out_nowhere_else(words: type[StrEnum]) -> None:
    """As a tuple, list or set of all its words; a mapping of each word to what is said for it is no copy."""
    every = r"[(\[{]\s*{0}\s*,?\s*[)\]}]".replace("{0}", r"\s*,\s*".join(f'"{word}"' for word in words))
    files = [path for top in ("app.py", "desk.py", "pages", "components", "db") for path in _python(top)]
    copies = [path.name for path in files if re.search(every, path.read_text(encoding="utf-8"))]
    assert len(files) > 100
    assert copies == []


def _python(top: str) -> list[Path]:
    path = ROOT / top
    return [path] if path.is_file() else sorted(path.rglob("*.py"))
