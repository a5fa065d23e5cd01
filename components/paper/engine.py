"""A sheet to PDF: typst with the template of this folder, tagged for screen readers (PDF/UA-1), fonts embedded.

The data go in as JSON, so that nothing of them is read as markup. The same sheet gives the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import typst

from components.paper.blocks import Sheet, Table

FOLDER = Path(__file__).parent
FONTS = FOLDER / "fonts"
TEMPLATE = FOLDER / "template.typ"
FONT_NAMES = ("Noto Sans", "Noto Sans Hebrew", "Noto Sans Arabic")
PAPERS = {"letter": ("us-letter", 612, 792), "a4": ("a4", 595, 842)}  # typst's name, width and height in points
FIGURES_ACROSS = 5
REPLACEMENT = "�"  # for what no font of the sheet can draw
_LONG_WORD = re.compile(r"\S{28,}")
_LETTERS_BETWEEN_BREAKS = 14
_BREAK = "​"  # a zero-width space: a word that is too long may break there
_SVG_TEXT = re.compile(r">([^<]+)<")


class PaperError(RuntimeError):
    """A sheet could not be made; the message says what to do."""


def pdf(sheet: Sheet, *, paper: str = "letter", desk_url: str = "") -> bytes:
    """The sheet as PDF. `paper`: a key of `PAPERS`. `desk_url`: where the desk answers, for the link at the foot.

    Raises PaperError where a font is missing, KeyError for another paper.
    """
    _require_fonts()
    try:
        content = typst.compile(
            TEMPLATE,
            root=FOLDER,
            font_paths=[FONTS],
            ignore_system_fonts=True,
            sys_inputs={"sheet": json.dumps(_values(sheet, paper, desk_url), ensure_ascii=False)},
            pdf_standards=["ua-1"],
        )
    except typst.TypstError as error:
        raise PaperError(f"the sheet could not be set: {error.message}") from error
    return bytes(content)


def clean(text: str) -> str:
    """A text as it can be printed: control characters are spaces, what no font draws is `REPLACEMENT`, and a word too
    long for a line may break."""
    drawn = "".join(
        letter if letter in _covered() else " " if not letter.isprintable() else REPLACEMENT for letter in text
    )
    return _LONG_WORD.sub(_broken, " ".join(drawn.split()))


def _values(sheet: Sheet, paper: str, desk_url: str) -> dict[str, Any]:
    paper_name, width, height = PAPERS[paper]
    values = asdict(sheet)
    for block, original in zip(values["blocks"], sheet.blocks, strict=True):
        if isinstance(original, Table):
            block["has_room"] = any(column.is_blank for column in original.columns)
            block["rows"] = [_with_cells_to_fill_in(row, original) for row in block["rows"]]
    values = _cleaned(values)
    link = values["link"]
    return values | {
        "fonts": FONT_NAMES,
        "paper": paper_name,
        "page_height": width if sheet.is_landscape else height,
        "landscape": sheet.is_landscape,
        "across": FIGURES_ACROSS,
        "url": f"{desk_url.rstrip('/')}{sheet.link}" if desk_url and link else "",
    }


def _with_cells_to_fill_in(row: Sequence[Any], table: Table) -> list[Any]:
    """A row with a cell for each column: true for a box to tick, None for room to write."""
    cells = iter(row)
    return [True if column.is_tick else None if column.is_blank else next(cells) for column in table.columns]


def _cleaned(value: Any, name: str = "") -> Any:
    if name == "link":
        return str(value).replace("&", f"&{_BREAK}")  # an address breaks between its names only
    if isinstance(value, dict):
        return {key: _cleaned(item, key) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item, name) for item in value]
    if isinstance(value, str):
        return _SVG_TEXT.sub(lambda match: f">{clean_svg(match[1])}<", value) if name == "svg" else clean(value)
    return value


def clean_svg(text: str) -> str:
    """The words of a drawing; no word breaks in it, and its own escapes stay."""
    return "".join(letter if letter in _covered() or letter.isspace() else REPLACEMENT for letter in text)


def _broken(match: re.Match[str]) -> str:
    word = match[0]
    return _BREAK.join(
        word[first : first + _LETTERS_BETWEEN_BREAKS] for first in range(0, len(word), _LETTERS_BETWEEN_BREAKS)
    )


@cache
def _covered() -> frozenset[str]:
    """Every character that the fonts can draw, without those that only steer how others are drawn."""
    letters: set[str] = set()
    for line in (FONTS / "covered.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            first, _, last = line.partition("..")
            letters |= {chr(code) for code in range(int(first, 16), int(last or first, 16) + 1)}
    return frozenset(letter for letter in letters if letter.isprintable())


@cache
def _require_fonts() -> None:
    missing = [name for name in ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf") if not (FONTS / name).is_file()]
    if missing:
        raise PaperError(f"{', '.join(missing)} is missing in {FONTS}: install the desk again")
