"""What every sheet has in common: its frame, a frame of data as a table, figures, and the sentences at its foot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import pandas as pd

from components import cache, state
from components.drawing import formats, wording
from components.drawing.notices import moment
from components.drawing.tiles import number, percent
from components.links import NAMES, View, written_out
from components.paper.blocks import MOST_ROWS, Align, Block, Cell, Column, Figure, Sheet, Table, Text, cut
from db.model.definitions import definition, definitions
from db.model.filters import GOALS_IN_WORDS

DEMO = "Generated data: this city is made up."
NARROW = 14  # letters: a column whose texts are no longer is as wide as they are
WIDEST = 45  # letters: no text counts as longer
WRITTEN: Mapping[str, Callable[[float], str]] = {
    "share": percent,
    "relative change": "{:+.0%}".format,
    "percentage points": lambda value: "0.0" if round(value, 1) == 0 else f"{value:+.1f}",
    "days": "{:,.1f} d".format,
    "multiples of the goal": "{:,.1f} ×".format,
}


def sheet(
    name: str,
    title: str,
    view: View,
    blocks: Sequence[Block | None],
    *,
    page: str,
    figures: Iterable[str] = (),
    foot: Sequence[str] = (),
    uses_period: bool = False,
    is_landscape: bool = False,
) -> Sheet:
    """A sheet about a view. `page`: the page it belongs to. `figures`: keys of definitions to print at the foot."""
    city, options = cache.city(), state.options()
    problems = state.page_params().problems
    return Sheet(
        name=name,
        title=title,
        city=city.name,
        moment=moment(view.as_of),
        filters=_filter_sentence(view, uses_period=uses_period),
        blocks=[block for block in blocks if block is not None],
        notes=[*([DEMO] if city.source_kind == "demo" else []), *view.problems, *problems],
        foot=[
            *foot,
            *_definition_lines(figures),
            f"The data end {moment(options.default_as_of)}." + ("" if view.is_live else " The moment was chosen."),
        ],
        link=link(page, view),
        is_landscape=is_landscape,
    )


def link(page: str, view: View) -> str:
    """The way back to the page as it was: its path, the view with its moment, and the page's own names."""
    page_values = {
        name: values for name, values in state.params().items() if name not in NAMES and name not in SHEET_NAMES
    }
    return f"/{page}?{urlencode({**written_out(view), **page_values}, doseq=True, safe=':,')}"


SHEET_NAMES = ("paper",)
"""Names in the address of a sheet that its page does not have."""


def table(
    frame: pd.DataFrame,
    labels: Mapping[str, str],
    *,
    weights: Mapping[str, float] | None = None,
    small: Mapping[str, str] | None = None,
    helps: Mapping[str, str] | None = None,
) -> list[Block]:
    """A frame as a table, the columns of `labels` in that order, at most `MOST_ROWS` rows, and a sentence where cut.

    Cells are written by the unit of their definition, as on screen; `helps` names it where it is not that of the
    column's own name. `weights`: the share of the width of a column, 0 for as wide as its cells. `small`: for a column,
    the other one whose text stands below it in small letters.
    """
    if frame.empty:
        return [Text("No rows.", is_quiet=True)]
    shown = frame.head(MOST_ROWS)
    small_texts = {name: texts(shown[other], other) for name, other in (small or {}).items()}
    columns, cells = [], []
    for name, label in labels.items():
        is_number = pd.api.types.is_numeric_dtype(shown[name].dtype)
        is_moment = pd.api.types.is_datetime64_any_dtype(shown[name].dtype)
        align: Align = "end" if is_number else "start"
        unit = formats.unit_of(name, helps or {}, {})
        column_texts = texts(shown[name], name, unit)
        weight = (weights or {}).get(name, 0 if is_number or is_moment else _weight(column_texts))
        columns.append(Column(label, align, weight))
        column_cells: Sequence[str | Cell] = column_texts
        if name in small_texts:
            column_cells = [
                Cell(text, small_text) for text, small_text in zip(column_texts, small_texts[name], strict=True)
            ]
        cells.append(column_cells)
    blocks: list[Block] = [Table(columns, list(zip(*cells, strict=True)))]
    return [*blocks, Text(cut(len(frame)), is_quiet=True)] if len(frame) > MOST_ROWS else blocks


def _weight(texts: Sequence[str]) -> float:
    """The share of the width that a column of texts needs: by nine in ten of them and by its longest word.

    0, as wide as its cells, where all are short.
    """
    lengths = sorted(map(len, texts))
    if lengths[-1] <= NARROW:
        return 0
    word = max(len(word) for text in texts for word in text.split())
    return min(max(lengths[int(0.9 * (len(lengths) - 1))], word), WIDEST) / NARROW


def texts(values: pd.Series, name: str, unit: str = "") -> list[str]:
    """The cells of one column as they are printed; a dash where nothing is."""
    if name.endswith("department"):
        values = values.map(wording.department)
    elif name in wording.CODES:
        values = values.map(wording.words)
    elif name == "address":
        values = wording.short_addresses(values)
    return ["–" if pd.isna(value) or value == "" else _cell_text(value, unit) for value in values]


def figure(key: str, value: float | str | None, second: str = "", *, name: str = "") -> Figure:
    """One figure, named by its definition or by `name`."""
    return Figure(name or definition(key).name, value if isinstance(value, str) else number(value), second)


def change(value: float, words: str) -> str:
    """A change with its sign, for the second line of a figure; empty where it is not known."""
    return "" if pd.isna(value) else f"{value:+,.0f} {words}"


def _cell_text(value: Any, unit: str) -> str:
    if isinstance(value, pd.Timestamp):
        return moment(value)
    if isinstance(value, bool | str) or not isinstance(value, int | float):
        return str(value)
    if unit in WRITTEN:
        return WRITTEN[unit](float(value))
    return number(value)


def _filter_sentence(view: View, *, uses_period: bool) -> str:
    filters = view.filters if uses_period else view.filters.without_period()
    words = wording.described(filters)
    return f"{words[0].upper()}{words[1:]}; {GOALS_IN_WORDS[view.filters.goals]}."


def _definition_lines(keys: Iterable[str]) -> list[str]:
    return [definition(key).line() for key in dict.fromkeys(keys) if key in definitions()]
