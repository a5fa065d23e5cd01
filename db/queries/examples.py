"""What a question can be asked for an example: stored beside the question, so that who changes one sees the other.

`@example(of_filters)` above a question says that it is asked with the arguments that `of_filters(connection, as_of)`
gives. The tests ask every question its examples on both engines; one without any fails them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product
from typing import Any, TypeVar

from sqlalchemy import Connection, func, select

from db.cities.of_database import City
from db.model.filters import Period, RequestFilter
from db.model.schema import requests
from db.rules.calendar import Calendar
from db.rules.stretches import monday
from db.rules.triage.setting import TriageRules

Given = Mapping[str, Any]
Examples = Callable[[Connection, datetime], Iterable[Given]]
Question = TypeVar("Question", bound=Callable[..., Any])
QUARTER_DAYS = 91

_r = requests.c


@dataclass(frozen=True)
class Example:
    """The arguments, by name, that a question can be asked with; `in_order`: whether its rows come in an order."""

    arguments: Examples
    in_order: bool = True


EXAMPLES: dict[Callable[..., Any], Example] = {}


def example(arguments: Examples, *, in_order: bool = True) -> Callable[[Question], Question]:
    """Store examples with the question below."""

    def store(question: Question) -> Question:
        EXAMPLES[question] = Example(arguments, in_order)
        return question

    return store


def given(arguments: Examples, **more: Any) -> Examples:
    """The same examples with `more` arguments; one that can be called is called with the connection and `as_of`."""

    def examples(connection: Connection, as_of: datetime) -> list[Given]:
        found = {name: value(connection, as_of) if callable(value) else value for name, value in more.items()}
        return [{**one, **found} for one in arguments(connection, as_of)]

    return examples


def each(arguments: Examples, **choices: Iterable[Any]) -> Examples:
    """The same examples with each value of each of the `choices`."""
    rows = [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]
    return lambda connection, as_of: [{**one, **row} for one in arguments(connection, as_of) for row in rows]


def nothing(connection: Connection, as_of: datetime) -> list[Given]:
    """No argument at all."""
    return [{}]


def a_moment(connection: Connection, as_of: datetime) -> list[Given]:
    """The moment alone."""
    return [{"as_of": as_of}]


def of_filters(connection: Connection, as_of: datetime) -> list[Given]:
    """Promises of residents' requests, and all goals of every row, each in the last quarter."""
    end = as_of.date() + timedelta(days=1)
    quarter = Period("quarter", end - timedelta(days=QUARTER_DAYS), end)
    filters = RequestFilter(period=quarter), RequestFilter(population="raw", goals="working", period=quarter)
    return [{"filters": one, "as_of": as_of} for one in filters]


def of_one_type(connection: Connection, as_of: datetime) -> list[Given]:
    """`of_filters`, each of one service type."""
    types = (a_type(connection, as_of),)
    return [{**one, "filters": replace(one["filters"], service_types=types)} for one in of_filters(connection, as_of)]


def of_last_week(connection: Connection, as_of: datetime) -> list[Given]:
    """`of_filters`, each in the last week from Monday to Sunday that was over."""
    last = monday(as_of.date())
    week = Period("week", last - timedelta(days=7), last)
    return [{**one, "filters": replace(one["filters"], period=week)} for one in of_filters(connection, as_of)]


def between_mondays(connection: Connection, as_of: datetime) -> list[Given]:
    """`of_filters` without a period, and the Mondays that begin and end the last quarter."""
    last = monday(as_of.date())
    days = {"first": last - timedelta(days=QUARTER_DAYS), "last": last}
    return [{**one, "filters": one["filters"].without_period(), **days} for one in of_filters(connection, as_of)]


def one_week_before(connection: Connection, as_of: datetime) -> list[Given]:
    """`of_filters` without a period, one week, and the Monday that ended the last one."""
    examples = between_mondays(connection, as_of)
    return [{name: one[name] for name in ("filters", "as_of", "last")} | {"weeks": 1} for one in examples]


def soon(connection: Connection, as_of: datetime) -> tuple[tuple[str, datetime], ...]:
    """Two horizons with their moments."""
    return (("in a day", as_of + timedelta(days=1)), ("in a week", as_of + timedelta(weeks=1)))


def a_type(connection: Connection, as_of: datetime) -> str:
    """The service type of most requests; "none" where there are none."""
    statement = select(_r.service_type).group_by(_r.service_type).order_by(func.count().desc(), _r.service_type)
    return connection.scalar(statement.limit(1)) or "none"


def a_number(connection: Connection, as_of: datetime) -> str:
    """The number of a request that repeats another, where there is one."""
    in_line = (_r.repeat_of.is_(None), _r.created_at.desc(), _r.sr_number.collate("C"))
    return connection.scalar(select(_r.sr_number).where(_r.created_at <= as_of).order_by(*in_line).limit(1)) or "none"


def a_place(connection: Connection, as_of: datetime) -> str:
    """The place of the request that `a_number` names; "none" where it has none."""
    number = a_number(connection, as_of)
    return connection.scalar(select(_r.place_id).where(_r.sr_number == number).limit(1)) or "none"


def always(connection: Connection, as_of: datetime) -> Calendar:
    """A calendar in which every hour counts."""
    return Calendar(name="always")


def working_day(connection: Connection, as_of: datetime) -> Calendar:
    """The calendar of the city's working day."""
    profile = City.of(connection).profile
    return profile.calendars[profile.working_day_calendar]


def triage_rules(connection: Connection, as_of: datetime) -> TriageRules:
    """The city's own rules of what comes first."""
    return City.of(connection).profile.triage
