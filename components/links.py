"""A link is a view: the names in the URL, and how they become what the reader chose, and back.

Pure functions on plain values. A value that cannot be right is dropped and named, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import h3

from db.model.expressions import H3_STORED_RESOLUTION
from db.model.filters import GOALS, Period, RequestFilter, period
from db.rules.vocabulary import Population

DEFAULT_PERIOD = "last_13_weeks"
POPULATIONS = (Population.RESIDENTS.value, Population.ELIGIBLE.value)  # the screen does not offer raw rows
LISTS: Mapping[str, str] = {
    "department": "departments",
    "type": "service_types",
    "district": "districts",
    "neighborhood": "neighborhoods",
    "channel": "channels",
    "yard": "yards",
    "street": "streets",
}
NAMES = (*LISTS, "place", "cell", "population", "period", "goals", "as_of")
_CELL = re.compile("[0-9a-f]{15}")  # as a text, the length of every H3 index of a cell
NO_PAGE = "no_page"  # set by `desk.py` where somebody asked for a page that is not there
Params = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Options:
    """What can be chosen: for each list its values with the text to show for each; and the defaults of the switches."""

    lists: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    default_goals: str = "promises"
    fiscal_year_starts: int = 7
    district_label: str = "District"
    first_day: date | None = None
    default_as_of: datetime = datetime(2000, 1, 1)
    now: datetime = datetime(2000, 1, 1)


@dataclass(frozen=True)
class View:
    """What the reader looks at: which requests, in which period, as of which moment.

    `filters.period` is always set. `is_live`: `as_of` follows the data instead of being chosen.
    `problems`: what the link asked for and cannot be used, one sentence each.
    """

    filters: RequestFilter
    as_of: datetime
    is_live: bool = True
    period_key: str = DEFAULT_PERIOD
    problems: tuple[str, ...] = ()

    @property
    def period(self) -> Period:
        if self.filters.period is None:
            raise ValueError("a view always has a period; build it with links.parse")
        return self.filters.period


def parse(params: Params, options: Options, own_names: Collection[str] = ()) -> View:
    """The view that a link describes. Unknown names and values are left out and named in `problems`.

    `own_names`: the names that pages keep in the URL for themselves, see `components/menu.py`.
    """
    problems: list[str] = [
        f'The link names "{name}", which the desk does not know; it was left out.'
        for name in params
        if name not in NAMES and name not in own_names
    ]
    as_of = _as_of(params, options, problems)
    moment = as_of or options.default_as_of
    stretch = _period(params, options, moment, problems)
    list_filters: dict[str, Any] = {
        attribute: _values(name, params.get(name, ()), options, problems) for name, attribute in LISTS.items()
    }
    filters = RequestFilter(
        **list_filters,
        place=_first(params, "place"),
        cell=_cell(params, problems),
        population=_one_of(params, "population", POPULATIONS, POPULATIONS[0], problems),
        goals=_one_of(params, "goals", GOALS, options.default_goals, problems),
        period=stretch,
    )
    return View(filters, moment, as_of is None, stretch.key, tuple(problems))


def encode(view: View, options: Options) -> dict[str, list[str]]:
    """The names and values that lead back to this view; what stands at its default is left out."""
    defaults = {"population": POPULATIONS[0], "period": DEFAULT_PERIOD, "goals": options.default_goals}
    params = written_out(view)
    if view.is_live:
        del params["as_of"]
    return {name: values for name, values in params.items() if values != [defaults.get(name)]}


def written_out(view: View) -> dict[str, list[str]]:
    """All names and values of this view, also the defaults and its moment: they lead to it even after newer data came.

    A population that no link can ask for is left out.
    """
    filters = view.filters
    params = {name: list(getattr(filters, attribute)) for name, attribute in LISTS.items()}
    params["place"] = [filters.place] if filters.place else []
    params["cell"] = [f"{filters.cell:x}"] if filters.cell is not None else []
    params["population"] = [filters.population] if filters.population in POPULATIONS else []
    params |= {"period": [view.period_key], "goals": [filters.goals]}
    params["as_of"] = [view.as_of.isoformat(timespec="seconds" if view.as_of.second else "minutes")]
    return {name: values for name, values in params.items() if values}


def change(view: View, options: Options, **changes: object) -> dict[str, list[str]]:
    """The link of this view with some of `NAMES` set anew; an empty value clears the name."""
    params = encode(view, options)
    for name, value in changes.items():
        if name not in NAMES:
            raise KeyError(f'"{name}" is not a name in the link; known: {", ".join(NAMES)}')
        values = _texts(value)
        if values:
            params[name] = values
        else:
            params.pop(name, None)
    return params


def fiscal_years(options: Options) -> dict[str, str]:
    """Every fiscal year before the last whole one that the data touch, newest first: period key to its text."""
    if options.first_day is None:
        return {}
    start_of = options.fiscal_year_starts
    last = period("last_fiscal_year", options.default_as_of, fiscal_year_starts=start_of)
    years: dict[str, str] = {}
    year = last.start.year - 1
    while date(year + 1, start_of, 1) > options.first_day:
        stretch = Period("", date(year, start_of, 1), date(year + 1, start_of, 1))
        years[range_key(stretch)] = f"Fiscal year {year}-{(year + 1) % 100:02d}" if start_of > 1 else f"Year {year}"
        year -= 1
    return years


def range_key(stretch: Period) -> str:
    """A stretch of days as a period key: both days included."""
    return f"{stretch.start}..{date.fromordinal(stretch.end.toordinal() - 1)}"


def _values(name: str, values: Iterable[str], options: Options, problems: list[str]) -> tuple[str, ...]:
    known = options.lists.get(name)
    if known is None:
        return tuple(dict.fromkeys(values))
    for value in values:
        if value not in known:
            problems.append(f'{name} "{value}" is not in these data; it was left out.')
    return tuple(value for value in dict.fromkeys(values) if value in known)


def _as_of(params: Params, options: Options, problems: list[str]) -> datetime | None:
    text = _first(params, "as_of")
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        problems.append(f'as_of "{text}" is not a moment like 2026-07-01T09:00; the desk shows the newest data.')
        return None
    if moment > max(options.now, options.default_as_of):
        problems.append(f'as_of "{text}" lies in the future; the desk shows the newest data.')
        return None
    if options.first_day is not None and moment.date() < options.first_day:
        problems.append(f'as_of "{text}" is before the first request ({options.first_day}); the newest data are shown.')
        return None
    return moment


def _period(params: Params, options: Options, as_of: datetime, problems: list[str]) -> Period:
    key = _first(params, "period") or DEFAULT_PERIOD
    try:
        return period(key, as_of, fiscal_year_starts=options.fiscal_year_starts, first=options.first_day)
    except (ValueError, OverflowError) as error:
        problems.append(f"{error}; it was left out.")
        return period(DEFAULT_PERIOD, as_of, fiscal_year_starts=options.fiscal_year_starts, first=options.first_day)


def _cell(params: Params, problems: list[str]) -> int | None:
    text = _first(params, "cell")
    if text is None:
        return None
    if _CELL.fullmatch(text) and h3.is_valid_cell(text) and h3.get_resolution(text) <= H3_STORED_RESOLUTION:
        return h3.str_to_int(text)
    problems.append(f'cell "{text}" is not a map cell; it was left out.')
    return None


def _one_of(params: Params, name: str, known: Sequence[str], default: str, problems: list[str]) -> Any:
    value = _first(params, name)
    if value is None or value in known:
        return value or default
    problems.append(f'{name} "{value}" is not one of {", ".join(known)}; it was left out.')
    return default


def _first(params: Params, name: str) -> str | None:
    values = [value for value in params.get(name, ()) if value]
    return values[0] if values else None


def _texts(value: object) -> list[str]:
    if value is None or value == "":
        return []
    if isinstance(value, datetime):
        return [value.isoformat(timespec="minutes")]
    if isinstance(value, list | tuple | set):
        return [str(item) for item in value]
    return [str(value)]
