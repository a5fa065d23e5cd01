"""Typed access to a TOML document, with errors that name file, key, value and what was expected."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime, time
from typing import Any, NoReturn

from db.rules.errors import DeskError


def shown(value: object) -> str:
    """A value as it is quoted in an error: short, text in double quotes."""
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else text[:77] + "..."


class Section:
    """One TOML table, its place in the file, and the keys read so far.

    Every getter raises DeskError `FILE: KEY is VALUE; expected WHAT`. `done()` refuses keys
    that nothing asked for, so that a misspelled key is never silently without effect.
    """

    def __init__(self, file: str, path: str, values: Mapping[str, Any]) -> None:
        self.file = file
        self.path = path
        self.values = values
        self._asked: set[str] = set()

    def place(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def refuse(self, key: str, expected: str) -> NoReturn:
        """Raise for the value at `key`."""
        if key not in self.values:
            raise DeskError(f"{self.file}: {self.place(key)} is missing; expected {expected}")
        raise DeskError(f"{self.file}: {self.place(key)} is {shown(self.values[key])}; expected {expected}")

    def fail(self, key: str, reason: str) -> NoReturn:
        """Raise for `key`, where no single value is at fault."""
        raise DeskError(f"{self.file}: {self.place(key)} {reason}")

    def has(self, key: str) -> bool:
        return key in self.values

    def text(self, key: str, default: str | None = None) -> str:
        value = self._take(key, default)
        if not isinstance(value, str) or not (value.strip() or value == default):
            self.refuse(key, "text")
        return value

    def optional_text(self, key: str) -> str | None:
        return self.text(key) if self.has(key) else None

    def choice(self, key: str, allowed: Collection[str], default: str | None = None) -> str:
        value = self._take(key, default)
        if not isinstance(value, str) or value not in allowed:
            self.refuse(key, f"one of {', '.join(allowed)}")
        return value

    def flag(self, key: str, default: bool) -> bool:
        value = self._take(key, default)
        if not isinstance(value, bool):
            self.refuse(key, "true or false")
        return value

    def number(self, key: str, low: float, high: float, default: float | None = None) -> float:
        """A number from `low` to `high`, both included."""
        value = self._take(key, default)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not low <= value <= high:
            self.refuse(key, f"a number from {low:g} to {high:g}")
        return float(value)

    def whole(self, key: str, low: int, high: int) -> int:
        value = self._take(key, None)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.refuse(key, f"a whole number from {low} to {high}")
        return value

    def day(self, key: str) -> date | None:
        """A date, or None where the key is absent."""
        value = self._take(key, None)
        if value is not None and not is_day(value):
            self.refuse(key, "a date such as 2026-07-04, without quotes")
        return value

    def clock(self, key: str, default: time | None = None) -> time | None:
        """A time of day written "HH:MM"; "24:00" is the end of the day."""
        value = self._take(key, None)
        if value is None:
            return default
        if value == "24:00":
            return time.max
        if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
            self.refuse(key, 'a time of day such as "08:30"')
        return time.fromisoformat(value)

    def words(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of texts, none empty, none twice."""
        value = self._take(key, default)
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item.strip() for item in value):
            self.refuse(key, "a list of texts")
        self._refuse_twice(key, value)
        return tuple(value)

    def days(self, key: str) -> tuple[date, ...]:
        """A list of dates, none twice."""
        value = self._take(key, None)
        if not isinstance(value, list) or not all(is_day(item) for item in value):
            wrong = next((item for item in value if not is_day(item)), None) if isinstance(value, list) else value
            self.fail(key, f"has {shown(wrong)}; expected a list of dates such as 2026-07-04, without quotes")
        self._refuse_twice(key, value)
        return tuple(value)

    def section(self, key: str, required: bool = False) -> Section:
        value = self._take(key, None if required else {})
        if not isinstance(value, Mapping):
            self.refuse(key, f"a table [{self.place(key)}]")
        return Section(self.file, self.place(key), value)

    def sections(self, key: str) -> list[Section]:
        """A list of tables, for instance `goals = [{...}, {...}]`; empty where the key is absent."""
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            self.refuse(key, "a list of tables")
        return [Section(self.file, f"{self.place(key)}[{index}]", item) for index, item in enumerate(value)]

    def each(self) -> Iterator[tuple[str, Section]]:
        """The tables within this table, by key, in the order of the file."""
        for key in self.values:
            yield key, self.section(key)

    def done(self) -> None:
        unknown = [key for key in self.values if key not in self._asked]
        if unknown:
            self.fail(unknown[0], f"is not a known key; expected {', '.join(sorted(self._asked))}")

    def _take(self, key: str, default: Any) -> Any:
        self._asked.add(key)
        return self.values.get(key, default)

    def _refuse_twice(self, key: str, items: Collection[Any]) -> None:
        seen: set[Any] = set()
        for item in items:
            if item in seen:
                self.fail(key, f"lists {shown(str(item))} twice; expected each once")
            seen.add(item)


def is_day(value: object) -> bool:
    """A date without a time of day; TOML dates with one are datetimes, which are dates too."""
    return isinstance(value, date) and not isinstance(value, datetime)


def claim(owner: dict[str, str], word: str, mine: str, section: Section, key: str, fold: Callable[[str], str]) -> None:
    """Note that the folded `word` belongs to `mine`; raise where it already belongs to another."""
    folded = fold(word)
    if owner.setdefault(folded, mine) != mine:
        section.fail(key, f'has {shown(word)}, which already belongs to "{owner[folded]}"; expected each in one place')
