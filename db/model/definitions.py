"""Every figure's definition, read from `definitions.toml`: shown by page, export, briefing and kiosk alike."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PATH = Path(__file__).with_name("definitions.toml")
FIELDS = ("name", "sentence", "unit", "denominator")


@dataclass(frozen=True)
class Definition:
    """What one figure means. `unit` is what it counts in; `denominator` is empty for a plain count."""

    key: str
    name: str
    sentence: str
    unit: str
    denominator: str

    def line(self) -> str:
        """The definition in one line, for the header of an export."""
        denominator = f" Denominator: {self.denominator}." if self.denominator else ""
        unit = "" if self.unit.casefold() == self.name.casefold() else f" ({self.unit})"
        return f"{self.name}{unit}: {self.sentence}{denominator}"


@cache
def definitions() -> Mapping[str, Definition]:
    """All definitions by key, in the order of the file.

    Raises ValueError that names the file, the key and the field that is missing, unknown or no text.
    """
    with PATH.open("rb") as file:
        tables = tomllib.load(file)
    return {key: _definition(key, fields) for key, fields in tables.items()}


@cache
def version() -> str:
    """Sixteen hexadecimal digits that change when, and only when, the file of definitions does."""
    return hashlib.sha256(PATH.read_bytes()).hexdigest()[:16]


def definition(key: str) -> Definition:
    """The definition of one figure. Raises KeyError that says where to add a missing one."""
    if key not in definitions():
        raise KeyError(f'figure "{key}" has no definition: add [{key}] to {PATH.name} before showing it')
    return definitions()[key]


def _definition(key: str, fields: Mapping[str, object]) -> Definition:
    wrong = sorted(set(FIELDS) ^ set(fields))
    if wrong:
        raise ValueError(
            f"{PATH.name} [{key}]: expected exactly {', '.join(FIELDS)}; missing or unknown: {', '.join(wrong)}"
        )
    for name, value in fields.items():
        if not isinstance(value, str) or (not value and name != "denominator"):
            raise ValueError(f'{PATH.name} [{key}] {name}: "{value}" is not a text')
    return Definition(key, **{name: str(fields[name]) for name in FIELDS})
