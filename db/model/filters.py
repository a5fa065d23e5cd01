"""What the reader chose to look at: one frozen value that is the cache key, the SQL and the sentence.

`RequestFilter.clauses()` gives the conditions on `requests`, `describe()` the same in plain
words. The period is kept apart from the conditions, because each question applies it to
another moment (created, closed or due).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement

from db.model import expressions
from db.model.schema import requests
from db.rules.errors import DeskError
from db.rules.vocabulary import GoalChoice, Population, known

# However long a period within these years is, the equal stretch before it still starts at a date Python knows.
EARLIEST_YEAR, LATEST_YEAR = 1900, 2200
POPULATIONS: tuple[str, ...] = known(Population)
GOALS: tuple[str, ...] = known(GoalChoice)
GOALS_IN_WORDS = {"promises": "published goals only", "working": "all working goals, drafts included"}


@dataclass(frozen=True)
class Period:
    """A stretch of whole days: `start` included, `end` excluded; `key` is its name in the URL."""

    key: str
    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    def previous(self) -> Period:
        """The stretch of equal length just before."""
        return Period("previous", self.start - timedelta(days=self.days), self.start)

    def year_before(self) -> Period:
        """The same stretch 52 weeks earlier, so that weekdays match."""
        shift = timedelta(days=364)
        return Period("year_before", self.start - shift, self.end - shift)

    def describe(self) -> str:
        last = self.end - timedelta(days=1)
        return f"{_day(self.start)} to {_day(last)}" if last != self.start else _day(self.start)


PERIODS: Mapping[str, str] = {
    "last_7_days": "Last 7 days",
    "last_4_weeks": "Last 4 weeks",
    "last_13_weeks": "Last 13 weeks",
    "last_12_months": "Last 12 months",
    "this_fiscal_year": "This fiscal year",
    "last_fiscal_year": "Last fiscal year",
    "everything": "Everything",
}


def period(key: str, as_of: datetime, *, fiscal_year_starts: int = 7, first: date | None = None) -> Period:
    """The named period as it stands at `as_of`; rolling periods end with the day of `as_of`, included.

    `key` is one of `PERIODS` or two ISO days joined by `..` (last day included). `first` is the
    earliest day of the data, used by `everything`. Raises DeskError that names the key.
    """
    today = as_of.date()
    tomorrow = today + timedelta(days=1)
    lengths = {"last_7_days": 7, "last_4_weeks": 28, "last_13_weeks": 91, "last_12_months": 364}
    if key in lengths:
        return Period(key, tomorrow - timedelta(days=lengths[key]), tomorrow)
    fiscal = date(today.year if today.month >= fiscal_year_starts else today.year - 1, fiscal_year_starts, 1)
    if key == "this_fiscal_year":
        return Period(key, fiscal, tomorrow)
    if key == "last_fiscal_year":
        return Period(key, fiscal.replace(year=fiscal.year - 1), fiscal)
    if key == "everything":
        return Period(key, first or date(2000, 1, 1), tomorrow)
    start_text, dots, end_text = key.partition("..")
    try:
        start, last = date.fromisoformat(start_text), date.fromisoformat(end_text)
    except ValueError:
        raise DeskError(f'period "{key}" is not one of {", ".join(PERIODS)} nor YYYY-MM-DD..YYYY-MM-DD') from None
    if not dots or last < start:
        raise DeskError(f'period "{key}" ends before it starts')
    if start.year < EARLIEST_YEAR or last.year > LATEST_YEAR:
        raise DeskError(f'period "{key}" leaves the years {EARLIEST_YEAR} to {LATEST_YEAR}')
    return Period(key, start, last + timedelta(days=1))


@dataclass(frozen=True)
class RequestFilter:
    """Which requests: an empty tuple means all. Equal filters hash alike, so it can key a cache."""

    departments: tuple[str, ...] = ()
    service_types: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    neighborhoods: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    yards: tuple[str, ...] = ()
    streets: tuple[str, ...] = ()
    place: str | None = None  # requests.place_id
    cell: int | None = None  # an H3 cell of any resolution up to 9
    population: str = Population.RESIDENTS.value
    goals: str = GoalChoice.PROMISES.value
    period: Period | None = field(default=None)

    def clauses(self, as_of: datetime) -> list[ColumnElement[bool]]:
        """Conditions on `requests` as they stand at `as_of`, the period left out; AND them together."""
        return [expressions.exists(as_of), expressions.in_population(self.population, as_of), *self.choices()]

    def ever_clauses(self, as_of: datetime) -> list[ColumnElement[bool]]:
        """As `clauses`, but with the requests that have left the population since: past backlogs count them."""
        return [expressions.exists(as_of), expressions.ever_in_population(self.population), *self.choices()]

    def choices(self) -> list[ColumnElement[bool]]:
        """What was chosen by name or place, whatever the moment and the population; AND them together."""
        columns = {
            requests.c.department: self.departments,
            requests.c.service_type: self.service_types,
            requests.c.council_district: self.districts,
            requests.c.neighborhood_council: self.neighborhoods,
            requests.c.channel: self.channels,
            requests.c.assigned_to: self.yards,
            requests.c.street_name: self.streets,
        }
        conditions: list[ColumnElement[bool]] = [column.in_(values) for column, values in columns.items() if values]
        if self.place is not None:
            conditions.append(requests.c.place_id == self.place)
        if self.cell is not None:
            conditions.append(expressions.in_cell(self.cell))
        return conditions

    def describe(self, subject: str = "requests") -> str:
        """The filter as one sentence without its full stop: "open requests, BSS, districts 4 and 10"."""
        parts = [
            {"residents": f"residents' {subject}", "eligible": subject, "raw": f"all {subject}, raw"}[self.population]
        ]
        for values, singular, plural in (
            (self.departments, "", ""),
            (self.service_types, "", ""),
            (self.districts, "district ", "districts "),
            (self.neighborhoods, "neighborhood council ", "neighborhood councils "),
            (self.channels, "by ", "by "),
            (self.yards, "yard ", "yards "),
            (self.streets, "on ", "on "),
        ):
            if values:
                parts.append((singular if len(values) == 1 else plural) + _list(values))
        if self.place is not None:
            parts.append(f"at {self.place}")
        if self.cell is not None:
            parts.append(f"in map cell {self.cell:x}")
        if self.period is not None:
            parts.append(self.period.describe())
        return ", ".join(parts)

    def without_period(self) -> RequestFilter:
        return replace(self, period=None)

    def names(self) -> dict[str, str]:
        """What was chosen, for the header of an export: field name to text, without the fields that are empty."""
        chosen: dict[str, str] = {}
        for entry in fields(self):
            value = getattr(self, entry.name)
            if isinstance(value, Period):
                chosen[entry.name] = f"{value.start}..{value.end - timedelta(days=1)}"
            elif isinstance(value, tuple):
                if value:
                    chosen[entry.name] = ", ".join(value)
            elif value is not None:
                chosen[entry.name] = str(value)
        return chosen


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _list(values: tuple[str, ...]) -> str:
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} and {values[-1]}"
