"""What a sheet is made of: plain values, never markup. `engine.pdf` makes a PDF of them.

Every text may be anything at all: it is printed as it is written. A `Sheet` is a title, blocks in their order, and what
stands at its foot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Align = Literal["start", "end"]
MOST_ROWS = 2000


@dataclass(frozen=True)
class Heading:
    """A heading of its own; it stays with what follows."""

    text: str
    kind: str = field(default="heading", init=False)


@dataclass(frozen=True)
class Text:
    """A paragraph; `is_quiet`: an explanation, in small grey letters."""

    text: str
    is_quiet: bool = False
    kind: str = field(default="text", init=False)


@dataclass(frozen=True)
class Figure:
    """One figure: its name, its value, and a second line such as its change."""

    name: str
    value: str
    second: str = ""


@dataclass(frozen=True)
class Figures:
    """Figures side by side, as the tiles of a page."""

    figures: Sequence[Figure]
    kind: str = field(default="figures", init=False)


@dataclass(frozen=True)
class Facts:
    """Names with their values, two columns."""

    facts: Sequence[tuple[str, str]]
    kind: str = field(default="facts", init=False)


@dataclass(frozen=True)
class Column:
    """One column of a table. `weight`: its share of the width that is left, 0 for just as wide as its longest cell.

    `is_tick`: an empty box in each row; `is_blank`: room to write by hand.
    """

    label: str
    align: Align = "start"
    weight: float = 0
    is_tick: bool = False
    is_blank: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell with a second line in small letters."""

    text: str
    small: str = ""


@dataclass(frozen=True)
class Table:
    """Rows below a head that repeats on each page; a row does not break.

    `columns` that are ticks or blank have no cell in `rows`.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[str | Cell]]
    kind: str = field(default="table", init=False)


@dataclass(frozen=True)
class Picture:
    """A drawing as SVG text, with the words that stand for it and a caption. `width`: share of the page's width."""

    svg: str
    alt: str
    caption: str = ""
    width: float = 1
    kind: str = field(default="picture", init=False)


@dataclass(frozen=True)
class PageBreak:
    """What follows begins on a new page: one truck's sheet after another's."""

    kind: str = field(default="break", init=False)


Block = Heading | Text | Figures | Facts | Table | Picture | PageBreak


@dataclass(frozen=True)
class Sheet:
    """A whole sheet.

    `name`: for the file; `title`, `moment` and `city` stand on every page. `filters`: which requests, a sentence.
    `notes`: what the link asked for and cannot be used. `foot`: definitions, and whatever a reader must know, one
    sentence each. `link`: the address of the view, its path and query; the desk's own host comes before it.
    """

    name: str
    title: str
    city: str
    moment: str
    filters: str
    blocks: Sequence[Block]
    foot: Sequence[str] = ()
    notes: Sequence[str] = ()
    link: str = ""
    is_landscape: bool = False


def cut(rows: int) -> str:
    """What stands below a table that was cut, empty where it was not."""
    if rows <= MOST_ROWS:
        return ""
    return f"The first {MOST_ROWS:,} of {rows:,} rows; take the rest away as a workbook or CSV from the page."
