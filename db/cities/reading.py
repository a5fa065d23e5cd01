"""Typed access to a TOML document, with errors that name file, key, value and what was expected."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

from db.rules.errors import DeskError


def shown(value: object) -> str:
    """A value as it is quoted in an error: short, text in double quotes."""
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else text[:77] + "..."


class Section:
    """One TOML table, its place in the file, and the keys read so far.

    A value that cannot be used is noted in `problems` as `KEY is VALUE; expected WHAT`, and the getter gives a harmless
    value in its place. So one reading finds every problem, and `raise_problems` raises them all. `done()` notes keys
    that no getter has read, so that a misspelled key is never ignored silently. `retired` has the keys of an earlier
    desk that have no effect any more, each with a sentence about it.
    """

    def __init__(
        self,
        file: str,
        path: str,
        values: Mapping[str, Any],
        problems: list[str] | None = None,
        retired: dict[str, str] | None = None,
    ) -> None:
        self.file = file
        self.path = path
        self.values = values
        self.problems = [] if problems is None else problems
        self.retired = {} if retired is None else retired
        self._keys_read: set[str] = set()

    def place(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def refuse(self, key: str, expected: str) -> None:
        """Note that the value at `key` cannot be used. Only the first problem of a key is noted."""
        if any(problem.startswith(f"{self.place(key)} ") for problem in self.problems):
            return
        actual = f"is {shown(self.values[key])}" if key in self.values else "is missing"
        self.fail(key, f"{actual}; expected {expected}")

    def fail(self, key: str, reason: str) -> None:
        """Note what is wrong at `key`, where no single value is at fault."""
        self.note(f"{self.place(key)} {reason}")

    def note(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

    def raise_problems(self) -> None:
        """Raise DeskError with every problem of the file, in the order in which they were met."""
        if len(self.problems) == 1:
            raise DeskError(f"{self.file}: {self.problems[0]}")
        if self.problems:
            lines = "".join(f"\n  {problem}" for problem in self.problems)
            raise DeskError(f"{self.file}: {len(self.problems)} problems, all of them:{lines}")

    def retire(self, key: str, instead: str) -> None:
        """Accept a key of an earlier desk that has no effect any more; `instead` says what to write now."""
        if self.has(key):
            self._keys_read.add(key)
            self.retired[key] = f"{key} has no effect any more; {instead}"

    def has(self, key: str) -> bool:
        return key in self.values

    def text(self, key: str, default: str | None = None) -> str:
        value = self._take(key, default)
        if not isinstance(value, str) or not (value.strip() or value == default):
            self.refuse(key, "text")
            return default or ""
        return value

    def optional_text(self, key: str) -> str | None:
        return self.text(key) if self.has(key) else None

    def choice(self, key: str, allowed: Collection[str], default: str | None = None) -> str:
        value = self._take(key, default)
        if isinstance(value, str) and value in allowed:
            return value
        if allowed:
            self.refuse(key, f"one of {', '.join(allowed)}")
        elif not isinstance(value, str):
            self.refuse(key, "text")
        return default or next(iter(allowed), "")

    def flag(self, key: str, default: bool) -> bool:
        value = self._take(key, default)
        if not isinstance(value, bool):
            self.refuse(key, "true or false")
            return default
        return value

    def number(self, key: str, low: float, high: float, default: float | None = None) -> float:
        """A number from `low` to `high`, both included."""
        value = self._take(key, default)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not low <= value <= high:
            self.refuse(key, f"a number from {low:g} to {high:g}")
            return low if default is None else default
        return float(value)

    def whole(self, key: str, low: int, high: int) -> int:
        value = self._take(key, None)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.refuse(key, f"a whole number from {low} to {high}")
            return low
        return value

    def day(self, key: str) -> date | None:
        """A date, or None where the key is absent."""
        value = self._take(key, None)
        if value is not None and not is_day(value):
            self.refuse(key, "a date such as 2026-07-04, without quotes")
            return None
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
            return default
        return time.fromisoformat(value)

    def words(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of texts, none empty, none twice."""
        value = self._take(key, default)
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item.strip() for item in value):
            self.refuse(key, "a list of texts")
            return default or ()
        self._refuse_duplicates(key, value)
        return tuple(value)

    def days(self, key: str) -> tuple[date, ...]:
        """A list of dates, none twice."""
        value = self._take(key, None)
        if not isinstance(value, list) or not all(is_day(item) for item in value):
            wrong = next((item for item in value if not is_day(item)), None) if isinstance(value, list) else value
            self.fail(key, f"has {shown(wrong)}; expected a list of dates such as 2026-07-04, without quotes")
            return ()
        self._refuse_duplicates(key, value)
        return tuple(value)

    def section(self, key: str, required: bool = False) -> Section:
        value = self._take(key, None if required else {})
        if not isinstance(value, Mapping):
            self.refuse(key, f"a table [{self.place(key)}]")
            value = {}
        return Section(self.file, self.place(key), value, self.problems, self.retired)

    def sections(self, key: str) -> list[Section]:
        """A list of tables, for instance `goals = [{...}, {...}]`; empty where the key is absent."""
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            self.refuse(key, "a list of tables")
            return []
        places = [f"{self.place(key)}[{index}]" for index in range(len(value))]
        return [
            Section(self.file, place, item, self.problems, self.retired)
            for place, item in zip(places, value, strict=True)
        ]

    def each(self) -> Iterator[tuple[str, Section]]:
        """The tables within this table, by key, in the order of the file."""
        for key in self.values:
            yield key, self.section(key)

    def done(self) -> None:
        for key in self.values:
            if key not in self._keys_read:
                self.fail(key, f"is not a known key; expected {', '.join(sorted(self._keys_read))}")

    def _take(self, key: str, default: Any) -> Any:
        self._keys_read.add(key)
        return self.values.get(key, default)

    def _refuse_duplicates(self, key: str, items: Collection[Any]) -> None:
        seen: set[Any] = set()
        for item in items:
            if item in seen:
                self.fail(key, f"lists {shown(str(item))} twice; expected each once")
            seen.add(item)


def is_day(value: object) -> bool:
    """Whether it is a date without a time of day. In Python a datetime is a date too, so it is ruled out."""
    return isinstance(value, date) and not isinstance(value, datetime)


def claim(owner: dict[str, str], word: str, mine: str, section: Section, key: str, fold: Callable[[str], str]) -> None:
    """Record in `owner` that the folded `word` belongs to `mine`; a problem where it already belongs to another."""
    folded = fold(word)
    if owner.setdefault(folded, mine) != mine:
        section.fail(key, f'has {shown(word)}, which already belongs to "{owner[folded]}"; expected each in one place')
