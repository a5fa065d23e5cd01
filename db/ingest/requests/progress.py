"""How much of a call that loads files is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path


@dataclass(frozen=True)
class Step:
    """A step of loading `file` that is about to begin. `done`: how much of the whole call is complete, from 0 to 1.

    A file counts by its bytes; all steps of a file count the same.
    """

    file: str
    name: str
    done: float


Progress = Callable[[Step], None]


@dataclass(frozen=True)
class Span:
    """A part of the whole call, which goes from 0 to 1."""

    start: float = 0.0
    length: float = 1.0

    def part(self, number: int, of: int) -> Span:
        """The part `number`, counted from 0, of `of` equal ones; numbers beyond the last mean the last."""
        return Span(self.start + self.length * min(number, of - 1) / of, self.length / of)


def spans(paths: Sequence[Path]) -> list[Span]:
    """The part of each file, by its size. A missing file has size 0; loading reports it later."""
    sizes = [path.stat().st_size if path.exists() else 0 for path in paths]
    before = accumulate([0, *sizes[:-1]])
    whole = max(sum(sizes), 1)
    return [Span(start / whole, size / whole) for start, size in zip(before, sizes, strict=False)]
