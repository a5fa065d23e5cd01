"""The ways in which cities write a moment, for every layout, and which of them a file uses.

A layout may list formats of its own; whether the day or the month stands first is decided by the values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import duckdb

from db.cities.layouts import MOMENTS
from db.cities.shapes import Layout
from db.rules.errors import DeskError
from db.storage.transfer import quoted

SAMPLE = 20_000  # rows of a file that are looked at, from its whole length
MOST_SHAPES = 500
MONTH_FIRST, DAY_FIRST = "month_first", "day_first"
_CLOCKS = (
    *(" %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", "", " %I:%M:%S%p", " %I:%M%p", " %H:%M:%S.%f"),
    *("T%H:%M:%S", "T%H:%M:%S.%f", "T%H:%M", ", %I:%M:%S %p", ", %I:%M %p", ", %H:%M:%S", ", %H:%M"),
    *(" %I:%M:%S.%f %p", " at %I:%M %p", " %H.%M", " %H.%M.%S"),
)
_BY_NAME = (
    *("%b %d %Y", "%b %d, %Y", "%B %d %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y"),
    *("%Y %b %d", "%a %b %d %Y", "%a, %d %b %Y", "%A, %B %d, %Y", "%a, %b %d, %Y"),
)
_OTHERS = (
    *("%d-%b-%y %I.%M.%S.%f %p", "%d-%b-%y %I.%M.%S %p", "%a %b %d %H:%M:%S %Y"),
    *("%Y%m%d", "%Y%m%d%H%M%S", "%Y%m%d %H:%M:%S", "%Y%m%d %H:%M", "%Y%m%d%H%M"),
)
_DAYS = {MONTH_FIRST: "%m{0}%d{0}", DAY_FIRST: "%d{0}%m{0}"}
_ORDER_SHOWN = r"^\d{1,2}[/.-]\d{1,2}[/.-](\d{4}|\d{2})($|\D)"
_SHAPE_OF = {  # of a part of a format, in a text whose digits are written 9 and whose letters a
    **dict.fromkeys("mdHI", "9{1,2}"),
    **{"M": "99", "S": "99", "Y": "9999", "y": "99", "f": "9{1,6}", "p": "aa", "b": "aaa", "B": "a{3,9}"},
    **{"a": "aaa", "A": "a{6,9}"},
}
_OFFSET_SHAPE = re.compile(r"\s*(a{1,3}|(aaa)?[+-]99(:?99)?)( \([^)]*\))?$")


@dataclass(frozen=True)
class Reading:
    """How one column of moments is read: by `formats`, then, where only a part of the file was looked at, by `rest`.

    `zoned_are_days`: every moment with an offset is midnight in UTC, so what is written are days, not moments.
    `order`: what was decided for values such as 3/4/2024; None where there are none.
    """

    formats: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()
    zoned_are_days: bool = False
    order: str | None = None


@dataclass(frozen=True)
class _Seen:
    """What a column looks like: how many values of each shape, and how many can only be read in one order."""

    shapes: Mapping[str, int]
    ordered: int  # values such as 3/4/2024
    month_first: int
    day_first: int


def readings(
    scratch: duckdb.DuckDBPyConnection, layout: Layout, titles: Mapping[str, str], order: str | None = None
) -> dict[str, Reading]:
    """How each column of `MOMENTS` in the table `raw` is read, by its values.

    `order`: what somebody said of day and month; else the values decide, then the formats of the layout. Raises
    ValueError where both orders read every value and nothing says which is meant, naming the column as in `titles`.
    """
    rows = scratch.table("raw").count("*").fetchall()[0][0]
    step = max(rows // SAMPLE, 1)
    seen = {column: _look(scratch, column, step) for column in MOMENTS}
    whole = _decided(seen.values())
    found = {}
    for column, looks in seen.items():
        if not looks.shapes:
            found[column] = Reading()
            continue
        chosen = _decided([looks]) or whole or order or layout.date_order or _order_of(looks, layout)
        if chosen is None and looks.ordered:
            raise DeskError(_ask(scratch, column, titles.get(column, column)))
        formats = _formats(looks, layout, chosen or MONTH_FIRST)
        rest = () if step == 1 else tuple(f for f in _every(layout, chosen or MONTH_FIRST) if f not in formats)
        found[column] = Reading(formats, rest, _zoned_are_days(scratch, column, step), chosen)
    return found


@cache
def known_formats(order: str) -> tuple[str, ...]:
    """Every format that needs no profile, without those that carry an offset from UTC."""
    slashed = [_DAYS[order].format(mark) + year + clock for mark in "/-." for year in ("%y", "%Y") for clock in _CLOCKS]
    iso = [f"%Y{mark}%m{mark}%d{clock}" for mark in "-/" for clock in _CLOCKS]
    named = [day + clock for day in _BY_NAME for clock in _CLOCKS]
    return (*iso, *slashed, *named, *_OTHERS)


def is_zoned(form: str) -> bool:
    """Whether a format reads an offset or a zone, which every layout knows without it."""
    return "%z" in form or "%Z" in form or form.endswith("Z")


def _look(scratch: duckdb.DuckDBPyConnection, column: str, step: int) -> _Seen:
    rows = scratch.execute(
        f"""with sampled as (
                select {column} as value, regexp_matches({column}, {quoted(_ORDER_SHOWN)}) as is_ordered from raw
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
    return _Seen({row[0]: row[1] for row in rows}, *counts)


def _decided(seen: Iterable[_Seen]) -> str | None:
    looks = list(seen)
    month_first, day_first = sum(look.month_first for look in looks), sum(look.day_first for look in looks)
    if month_first == day_first:
        return None
    return MONTH_FIRST if month_first > day_first else DAY_FIRST


def _order_of(looks: _Seen, layout: Layout) -> str | None:
    """The order that the layout's own formats mean: of those that read the values, else of any that says one."""
    listed = [form for form in layout.date_formats if order_in(form)]
    used = [form for form in listed if any(_reads(form, shape) for shape in looks.shapes)]
    return next((order_in(form) for form in [*used, *listed]), None)


def order_in(form: str) -> str | None:
    """Which of day and month stands first in a format that has both as numbers before the year."""
    month, day = form.find("%m"), form.find("%d")
    if form.startswith("%Y") or month < 0 or day < 0:
        return None
    return MONTH_FIRST if month < day else DAY_FIRST


def _every(layout: Layout, order: str) -> list[str]:
    own = [form for form in layout.date_formats if not is_zoned(form) and order_in(form) in (None, order)]
    every = dict.fromkeys([*own, *known_formats(order)])
    return sorted(every, key=lambda form: "%y" not in form)  # else 17 would be read as the year 17


def _formats(looks: _Seen, layout: Layout, order: str) -> tuple[str, ...]:
    """The formats that read any value, those of the most values first."""
    counts: dict[str, int] = {}
    for shape, count in looks.shapes.items():
        wall = _OFFSET_SHAPE.sub("", shape)
        for form in _every(layout, order):
            if _reads(form, shape):
                counts[form] = counts.get(form, 0) + count
            elif wall != shape and _reads(form, wall):
                counts.setdefault(form, 0)
    return tuple(sorted(counts, key=lambda form: ("%y" not in form, -counts[form])))


def _reads(form: str, shape: str) -> bool:
    return _pattern(form).fullmatch(shape) is not None


@cache
def _pattern(form: str) -> re.Pattern[str]:
    parts = re.split(r"%(.)", form)
    fixed = [re.sub("[A-Za-z]", "a", re.escape(part)).replace(r"\ ", " +") for part in parts[::2]]
    shapes = _SHAPE_OF | (dict.fromkeys("mdHI", "99") if form.startswith("%Y%m%d") else {})  # else 13 digits fit
    shaped = [shapes.get(letter, r"(?!)") for letter in parts[1::2]]
    return re.compile("".join(a + b for a, b in zip(fixed, [*shaped, ""], strict=True)))


def _ask(scratch: duckdb.DuckDBPyConnection, column: str, title: str) -> str:
    row = scratch.execute(
        f"select min({column}) from raw where regexp_matches({column}, {quoted(_ORDER_SHOWN)})"
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
    """A sentence where the values decided for another order of day and month than the layout's formats say."""
    orders = {reading.order for reading in found.values() if reading.order}
    usual = {order for form in layout.date_formats if (order := order_in(form))} or {MONTH_FIRST}
    if orders <= usual:
        return ()
    words = " and ".join(sorted(order.replace("_", " ") for order in orders))
    return (f"dates such as 3/4/2024 were read {words}",)
