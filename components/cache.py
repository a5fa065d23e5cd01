"""The database and cached reads of it: the only `st.cache_*`.

`ask` answers a question of `db.queries`. A question is a function: pages and components name it, only this file calls
it. An answer is kept per question, arguments and version of the data, so that new data are seen with the next run.
When the database is away, `ask` gives the last good answer to the same question and notes it for the frame; it
recovers by itself with the first question that is answered again.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from threading import Lock
from typing import Any, Concatenate, ParamSpec, TypeVar

import pandas as pd
import streamlit as st
from sqlalchemy import Connection

from db.cities.of_database import NO_CITY, City, stored_city
from db.model.filters import RequestFilter
from db.queries.data import freshness
from db.rules.errors import DeskError
from db.settings import Settings, read
from db.storage.database import AWAY as SERVER_AWAY
from db.storage.database import Database, open_database

AWAY = (*SERVER_AWAY, OSError)
KEPT_ANSWERS = 256
P = ParamSpec("P")
R = TypeVar("R")
Question = Callable[Concatenate[Connection, P], R]
# Streamlit would take these apart field by field, which costs more than an answer. Settings print without a password;
# curves are a shared answer, so that they are the same while they are one object.
KEYS: dict[Any, Any] = {
    Settings: lambda chosen: repr(vars(chosen)),
    RequestFilter: repr,
    "db.queries.queue.risk.Curves": id,
}


class DatabaseAwayError(RuntimeError):
    """The database cannot be reached and there is no earlier answer to show."""


class DatabaseUnusableError(RuntimeError):
    """The database is there and cannot be read as it is; the message names the command to run."""


@dataclass
class LastGood:
    """The last good answers, shared by all sessions; `trouble` says why they are shown, empty when all is well."""

    answers: OrderedDict[Any, tuple[Any, datetime | None]] = field(default_factory=OrderedDict)
    trouble: str = ""
    shown_as_of: datetime | None = None
    lock: Lock = field(default_factory=Lock)

    def keep(self, key: Any, answer: Any, as_of: datetime | None) -> None:
        with self.lock:
            self.trouble, self.shown_as_of = "", None
            self.answers[key] = (answer, as_of)
            self.answers.move_to_end(key)
            while len(self.answers) > KEPT_ANSWERS:
                self.answers.popitem(last=False)

    def recall(self, key: Any, cause: BaseException) -> Any:
        """The last good answer. Raises DatabaseAwayError from the cause when there is none."""
        with self.lock:
            self.trouble = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
            if key not in self.answers:
                raise DatabaseAwayError(f"the database is away: {self.trouble}") from cause
            answer, as_of = self.answers[key]
            moments = [moment for moment in (self.shown_as_of, as_of) if moment is not None]
            self.shown_as_of = min(moments, default=None)
            return answer


def settings() -> Settings:
    """The settings of this process, from its environment."""
    return read(os.environ)


def database() -> Database:
    """The database that the settings name, one handle a process."""
    return _open(settings())


def version() -> int:
    """Which version of the data is current. Raises DatabaseAwayError when it cannot be told."""
    try:
        return database().version()
    except AWAY as error:
        raise DatabaseAwayError(f"the database is away: {error}") from error


def is_empty() -> bool:
    """Whether there is no city yet. Once anything was answered, a database that is gone is away, not empty.

    Raises DatabaseAwayError, and DatabaseUnusableError where the schema is of another version.
    """
    if _last_good(settings()).answers:
        return False
    try:
        return database().is_empty()
    except AWAY as error:
        raise DatabaseAwayError(f"the database is away: {error}") from error
    except DeskError as error:
        raise DatabaseUnusableError(str(error)) from error


def ask(question: Question[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The answer to a question of `db.queries`: `ask(backlog.totals, view.filters, as_of=view.as_of)`.

    Arguments must be hashable, but for `using`: another answer to the same arguments, which the question hands on. It
    may be of another version of the data, so that it is part of the key. Raises DatabaseAwayError when the database
    is away and this was never answered before.
    """
    return _or_last_good("ask", _answer, question, args, kwargs)


def share(question: Question[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """As `ask`, for a large answer: the cached answer itself, not a copy of it; nobody may change it."""
    return _or_last_good("share", _shared, question, args, kwargs)


def options(latest: datetime) -> pd.DataFrame:
    """`freshness.options` of requests made by the end of the day of `latest`: the same answer all day long."""
    return ask(freshness.options, as_of=datetime.combine(latest.date(), time.max))


def warm(now: datetime) -> None:
    """Answer what every page asks and no choice changes, so that the first visitor does not wait for it."""
    ask(stored_city)
    ask(freshness.first_created_at)
    options(now)


def trouble() -> tuple[str, datetime | None]:
    """Why old figures are shown and the oldest moment they describe; an empty reason when all is well."""
    last_good = _last_good(settings())
    return last_good.trouble, last_good.shown_as_of


def kept(make: Callable[..., Any]) -> Callable[..., Any]:
    """`make` with its results kept for equal arguments: for what follows from them alone and costs to make."""
    return st.cache_data(ttl="15m", max_entries=200, show_spinner=False)(make)


def city() -> City:
    """The city on screen and its profile. Raises DeskError where its profile cannot be read."""
    stored = ask(stored_city)
    if stored is None:
        raise DeskError(NO_CITY)
    return City.from_stored(stored, settings())


def _without_moment(kwargs: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted((name, value) for name, value in kwargs.items() if name != "as_of"))


def _or_last_good(
    way: str,
    answer: Callable[..., R],
    question: Callable[..., R],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> R:
    """The answer, or the last good one to the same question, arguments and filters at whatever moment.

    What an answer is cached by is handed over part by part, each by its name: those given by place Streamlit looks up
    one by one.
    """
    chosen, given = settings(), dict(kwargs)
    using, name = given.pop("using", None), f"{question.__module__}.{question.__qualname__}"
    last_good = _last_good(chosen)
    key = (way, name, args, _without_moment(given))
    try:
        found = answer(
            _question=question,
            question=name,
            chosen=chosen,
            version=_open(chosen).version(),
            args=args,
            kwargs=tuple(sorted(given.items())),
            using=using,
        )
    except AWAY as error:
        recalled: R = last_good.recall(key, error)
        return recalled
    last_good.keep(key, found, given.get("as_of"))
    return found


@st.cache_resource(show_spinner=False, hash_funcs=KEYS)
def _open(chosen: Settings) -> Database:
    return open_database(chosen)


@st.cache_resource(show_spinner=False, hash_funcs=KEYS)
def _last_good(chosen: Settings) -> LastGood:
    """One memory for each database: the argument is the key."""
    return LastGood()


# No background refresh: the version and the minute are part of the key, so an entry never grows old.
@st.cache_data(ttl="15m", max_entries=2000, show_spinner=False, hash_funcs=KEYS)
def _answer(
    _question: Callable[..., Any],
    question: str,
    chosen: Settings,
    version: int,
    args: tuple[Any, ...],
    kwargs: tuple[tuple[str, Any], ...],
    using: Any,
) -> Any:
    return _computed(_question, chosen, args, kwargs, using)


# Few entries: one can hold every open request of a city.
@st.cache_resource(ttl="15m", max_entries=24, show_spinner=False, hash_funcs=KEYS)
def _shared(
    _question: Callable[..., Any],
    question: str,
    chosen: Settings,
    version: int,
    args: tuple[Any, ...],
    kwargs: tuple[tuple[str, Any], ...],
    using: Any,
) -> Any:
    return _computed(_question, chosen, args, kwargs, using)


def _computed(
    question: Callable[..., Any],
    chosen: Settings,
    args: tuple[Any, ...],
    kwargs: tuple[tuple[str, Any], ...],
    using: Any,
) -> Any:
    given = dict(kwargs) if using is None else {**dict(kwargs), "using": using}
    with _open(chosen).reader().connect() as connection:
        return question(connection, *args, **given)
