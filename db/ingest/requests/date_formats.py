"""The ways in which cities write a moment, for every layout, and which of them a file uses.

A layout may list formats of its own; whether the day or the month stands first is decided by the values.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache

import duckdb

from db.cities.layouts import MOMENTS
from db.cities.shapes import Layout
from db.rules.errors import DeskError
from db.storage.transfer import quoted

SAMPLE = 20_000  # rows of a file that are looked at, spread over the whole file
MOST_SHAPES = 500
MONTH_FIRST, DAY_FIRST = "month_first", "day_first"
_TIMES_OF_DAY = (
    " %H:%M:%S",
    " %H:%M",
    " %I:%M:%S %p",
    " %I:%M %p",
    "",
    " %I:%M:%S%p",
    " %I:%M%p",
    " %H:%M:%S.%f",
    "T%H:%M:%S",
    "T%H:%M:%S.%f",
    "T%H:%M",
    ", %I:%M:%S %p",
    ", %I:%M %p",
    ", %H:%M:%S",
    ", %H:%M",
    " %I:%M:%S.%f %p",
    " at %I:%M %p",
    " %H.%M",
    " %H.%M.%S",
)
_DAYS_BY_NAME = (
    "%b %d %Y",
    "%b %d, %Y",
    "%B %d %Y",
    "%B %d, %Y",
    "%d %b %Y",
    "%d %B %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%Y %b %d",
    "%a %b %d %Y",
    "%a, %d %b %Y",
    "%A, %B %d, %Y",
    "%a, %b %d, %Y",
)
_OTHER_FORMATS = (
    "%d-%b-%y %I.%M.%S.%f %p",
    "%d-%b-%y %I.%M.%S %p",
    "%a %b %d %H:%M:%S %Y",
    "%Y%m%d",
    "%Y%m%d%H%M%S",
    "%Y%m%d %H:%M:%S",
    "%Y%m%d %H:%M",
    "%Y%m%d%H%M",
)
_MONTH_AND_DAY = {MONTH_FIRST: "%m{0}%d{0}", DAY_FIRST: "%d{0}%m{0}"}
_NUMERIC_DAY = r"^\d{1,2}[/.-]\d{1,2}[/.-](\d{4}|\d{2})($|\D)"
# Each letter of a format -> the pattern that it reads, in a text with 9 for every digit and a for every letter.
_SHAPE_OF = {
    "m": "9{1,2}",
    "d": "9{1,2}",
    "H": "9{1,2}",
    "I": "9{1,2}",
    "M": "99",
    "S": "99",
    "Y": "9999",
    "y": "99",
    "f": "9{1,6}",
    "p": "aa",
    "b": "aaa",
    "B": "a{3,9}",
    "a": "aaa",
    "A": "a{6,9}",
}
_OFFSET_SHAPE = re.compile(r"\s*(a{1,3}|(aaa)?[+-]99(:?99)?)( \([^)]*\))?$")


@dataclass(frozen=True)
class Reading:
    """How one column of moments is read: by `formats`, then by `rest` (empty where every row was looked at).

    `zoned_are_days`: every moment with an offset is midnight in UTC, so the column holds days, not moments.
    `order`: how values such as 3/4/2024 are read; None where there are none.
    """

    formats: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()
    zoned_are_days: bool = False
    order: str | None = None


@dataclass(frozen=True)
class _ColumnShapes:
    """The values of a column: how many have each shape, and how many can only be read in one order."""

    shapes: Mapping[str, int]
    ordered: int  # values such as 3/4/2024
    month_first: int
    day_first: int


def readings(
    scratch: duckdb.DuckDBPyConnection, layout: Layout, titles: Mapping[str, str], order: str | None = None
) -> dict[str, Reading]:
    """How each column of `MOMENTS` in the table `raw` is read, by its values.

    `order`: the order of day and month that a person gave. The values decide first, then `order`, then the layout.
    Raises DeskError, which names the column as in `titles`, where both orders read every value and nothing decides.
    """
    rows = scratch.table("raw").count("*").fetchall()[0][0]
    step = max(rows // SAMPLE, 1)
    shapes_by_column = {column: _count_shapes(scratch, column, step) for column in MOMENTS}
    order_of_file = _order_by_values(shapes_by_column.values())
    reading_by_column = {}
    for column, column_shapes in shapes_by_column.items():
        if not column_shapes.shapes:
            reading_by_column[column] = Reading()
            continue
        order_of_column = (
            _order_by_values([column_shapes])
            or order_of_file
            or order
            or layout.date_order
            or _order_by_layout(column_shapes, layout)
        )
        if order_of_column is None and column_shapes.ordered:
            raise DeskError(_question_of_order(scratch, column, titles.get(column, column)))
        formats = _fitting_formats(column_shapes, layout, order_of_column or MONTH_FIRST)
        rest: tuple[str, ...] = ()
        if step > 1:
            rest = tuple(f for f in _all_formats(layout, order_of_column or MONTH_FIRST) if f not in formats)
        reading_by_column[column] = Reading(formats, rest, _zoned_are_days(scratch, column, step), order_of_column)
    return reading_by_column


@cache
def known_formats(order: str) -> tuple[str, ...]:
    """Every format that is tried for every layout, without those that carry an offset from UTC."""
    slashed = [
        _MONTH_AND_DAY[order].format(mark) + year + clock
        for mark in "/-."
        for year in ("%y", "%Y")
        for clock in _TIMES_OF_DAY
    ]
    iso = [f"%Y{mark}%m{mark}%d{clock}" for mark in "-/" for clock in _TIMES_OF_DAY]
    named = [day + clock for day in _DAYS_BY_NAME for clock in _TIMES_OF_DAY]
    return (*iso, *slashed, *named, *_OTHER_FORMATS)


def is_zoned(form: str) -> bool:
    """Whether a format reads an offset or a zone; such values are read for every layout without a format."""
    return "%z" in form or "%Z" in form or form.endswith("Z")


def _count_shapes(scratch: duckdb.DuckDBPyConnection, column: str, step: int) -> _ColumnShapes:
    rows = scratch.execute(
        f"""with sampled as (
                select {column} as value, regexp_matches({column}, {quoted(_NUMERIC_DAY)}) as is_ordered from raw
                where {column} is not null and rowid % {step} = 0),
            parts as (
                select *, case when is_ordered then regexp_extract(value, '^\\d+')::integer end as first,
                    case when is_ordered then regexp_extract(value, '^\\d+[/.-](\\d+)', 1)::integer end as second
                from sampled)
        select regexp_replace(regexp_replace(left(value, 80), '\\d', '9', 'g'), '[A-Za-z]', 'a', 'g') as shape,
            count(*) as n, count(*) filter (is_ordered), count(*) filter (first <= 12 and second > 12),
            count(*) filter (first > 12 and second <= 12)
        from parts group by shape order by n desc, shape limit {MOST_SHAPES}"""
    ).fetchall()
    counts = [sum(row[place] for row in rows) for place in (2, 3, 4)]
    return _ColumnShapes({row[0]: row[1] for row in rows}, *counts)


def _order_by_values(columns: Collection[_ColumnShapes]) -> str | None:
    """The order in which most of the values that fit only one order are read; None where there is none."""
    month_first = sum(column.month_first for column in columns)
    day_first = sum(column.day_first for column in columns)
    if month_first == day_first:
        return None
    return MONTH_FIRST if month_first > day_first else DAY_FIRST


def _order_by_layout(column_shapes: _ColumnShapes, layout: Layout) -> str | None:
    """The order in the layout's own formats: of the first that reads a value, else of the first that has an order."""
    listed = [form for form in layout.date_formats if order_in(form)]
    used = [form for form in listed if any(_fits(form, shape) for shape in column_shapes.shapes)]
    return next((order_in(form) for form in [*used, *listed]), None)


def order_in(form: str) -> str | None:
    """Which of day and month stands first in a format that has both as numbers before the year; else None."""
    month, day = form.find("%m"), form.find("%d")
    if form.startswith("%Y") or month < 0 or day < 0:
        return None
    return MONTH_FIRST if month < day else DAY_FIRST


def _all_formats(layout: Layout, order: str) -> list[str]:
    own = [form for form in layout.date_formats if not is_zoned(form) and order_in(form) in (None, order)]
    every = dict.fromkeys([*own, *known_formats(order)])
    # Formats with a two-digit year first: else 17 would be read as the year 17.
    return sorted(every, key=lambda form: "%y" not in form)


def _fitting_formats(column_shapes: _ColumnShapes, layout: Layout, order: str) -> tuple[str, ...]:
    """The formats that read any value, those that read most values first."""
    counts: dict[str, int] = {}
    for shape, count in column_shapes.shapes.items():
        without_offset = _OFFSET_SHAPE.sub("", shape)
        for form in _all_formats(layout, order):
            if _fits(form, shape):
                counts[form] = counts.get(form, 0) + count
            elif without_offset != shape and _fits(form, without_offset):
                counts.setdefault(form, 0)
    return tuple(sorted(counts, key=lambda form: ("%y" not in form, -counts[form])))


def _fits(form: str, shape: str) -> bool:
    return _pattern(form).fullmatch(shape) is not None


@cache
def _pattern(form: str) -> re.Pattern[str]:
    parts = re.split(r"%(.)", form)
    fixed = [re.sub("[A-Za-z]", "a", re.escape(part)).replace(r"\ ", " +") for part in parts[::2]]
    shapes = dict(_SHAPE_OF)
    if form.startswith("%Y%m%d"):  # nothing stands between the parts: with one digit in some, 13 digits would fit
        shapes |= dict.fromkeys("mdHI", "99")
    shaped = [shapes.get(letter, r"(?!)") for letter in parts[1::2]]
    return re.compile("".join(a + b for a, b in zip(fixed, [*shaped, ""], strict=True)))


def _question_of_order(scratch: duckdb.DuckDBPyConnection, column: str, title: str) -> str:
    row = scratch.execute(
        f"select min({column}) from raw where regexp_matches({column}, {quoted(_NUMERIC_DAY)})"
    ).fetchone()
    return (
        f'{title} has dates such as "{row[0] if row else ""}", and nothing says if day or month stands first; '
        "say it with --date-order month_first or --date-order day_first, or as date_order in the profile's layout"
    )


def _zoned_are_days(scratch: duckdb.DuckDBPyConnection, column: str, step: int) -> bool:
    row = scratch.execute(
        f"""select count(*), count(*) filter (regexp_matches({column}, '[T ]00:00(:00(\\.0+)?)?\\s*(Z|[+-]00:?00|UTC)$')
            or (regexp_full_match({column}, '-?\\d{{12,13}}') and try_cast({column} as bigint) % 86400000 = 0))
        from raw where rowid % {step} = 0 and (regexp_matches({column}, ':\\d\\d.*(Z|[+-]\\d\\d:?\\d\\d|UTC|GMT)$')
            or regexp_full_match({column}, '-?\\d{{12,13}}'))"""
    ).fetchone()
    return bool(row and row[0] > 1 and row[0] == row[1])


def told(found: Mapping[str, Reading], layout: Layout) -> tuple[str, ...]:
    """A sentence where day and month were read in another order than the layout's formats have; else empty."""
    orders = {reading.order for reading in found.values() if reading.order}
    usual = {order for form in layout.date_formats if (order := order_in(form))} or {MONTH_FIRST}
    if orders <= usual:
        return ()
    words = " and ".join(sorted(order.replace("_", " ") for order in orders))
    return (f"dates such as 3/4/2024 were read {words}",)
