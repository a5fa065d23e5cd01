"""A page's own names in the URL: how their texts become values, and one list of what could not be read.

Which names a page has stands in its entry in `components/menu.py`. Pure functions on plain values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

T = TypeVar("T")
D = TypeVar("D")  # the default, which may be None
Params = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class PageParams:
    """The names in the URL as one page reads them.

    A text that cannot be right is left out and named in `problems`, one sentence each; the default stands for it.
    """

    params: Params
    problems: list[str] = field(default_factory=list)

    def text(self, name: str, default: str = "") -> str:
        """The last text of a name, `default` where the URL does not have it."""
        values = self.params.get(name, ())
        return values[-1] if values else default

    def read(self, name: str, parse: Callable[[str], T], default: D, expected: str) -> T | D:
        """What `parse` makes of the text; `default` for no text, and for one of which it raises ValueError.

        `expected` completes the sentence 'NAME "TEXT" is not ...': "a day like 2026-07-01".
        """
        text = self.text(name)
        if not text:
            return default
        try:
            return parse(text)
        except ValueError:
            self.leave_out(f'{name} "{text}" is not {expected}')
            return default

    def choice(self, name: str, known: Iterable[str], default: str, expected: str = "") -> str:
        """One of `known`. `expected` where a list of them all would say nothing: "a service type here"."""
        values = list(known)

        def parse(text: str) -> str:
            return values[values.index(text)]  # raises ValueError where it is none of them

        return self.read(name, parse, default, expected or f"one of {', '.join(filter(None, values))}")

    def number(self, name: str, default: D, *, least: float, most: float, expected: str) -> float | D:
        """A number from `least` to `most`, both included."""

        def parse(text: str) -> float:
            value = float(text)
            if not least <= value <= most:  # also for "nan"
                raise ValueError(text)
            return value

        return self.read(name, parse, default, expected)

    def whole(self, name: str, default: D, *, least: int, most: int, expected: str) -> int | D:
        """A whole number from `least` to `most`, both included."""

        def parse(text: str) -> int:
            value = float(text)
            if not least <= value <= most or value != int(value):
                raise ValueError(text)
            return int(value)

        return self.read(name, parse, default, expected)

    def day(self, name: str, default: date) -> date:
        """A day written as 2026-07-01."""
        return self.read(name, date.fromisoformat, default, f"a day like {default}")

    def leave_out(self, reason: str) -> None:
        """Name in `problems` what the URL asks for and cannot be used; once, however often it is read."""
        sentence = f"{reason}; it was left out."
        if sentence not in self.problems:
            self.problems.append(sentence)
