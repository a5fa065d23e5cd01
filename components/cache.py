"""Cached reads of the database: the one way from a page to a question of `db.queries`.

A question is a function: pages and components name it, only this file calls it. Its answer is kept for the version of
the data that the run is of (`components/run.py`), by the question and what it was asked with, and dropped with that
version (`components/answers.py`). Everybody gets a copy, so that a page may change what it was given.
"""

from __future__ import annotations

import copy
import pickle
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, time
from functools import wraps
from threading import Lock
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar, cast
from weakref import ref

import pandas as pd
import streamlit as st
from sqlalchemy import Connection, exists, select

from components import run, state
from components.answers import Key
from components.digest import digest
from components.run import AWAY, DatabaseAwayError, DatabaseUnusableError, one, settings
from db.cities.of_database import NO_CITY, City, stored_city
from db.model.filters import RequestFilter
from db.model.schema import requests
from db.queries.data import freshness
from db.rules.errors import DeskError
from db.storage.database import NO_VERSION, Database, VersionId

__all__ = [
    "AWAY",
    "DatabaseAwayError",
    "DatabaseUnusableError",
    "ask",
    "ask_without_copy",
    "cached",
    "cached_without_copy",
    "city",
    "database",
    "drawn",
    "is_empty",
    "made",
    "name_of",
    "one",
    "options",
    "sent",
    "settings",
    "warm",
]

P = ParamSpec("P")
R = TypeVar("R")
Question = Callable[Concatenate[Connection, P], R]
_UNCHANGEABLE = (str, int, float, bool, datetime, RequestFilter, type(None))
MOST_MADE = 500
MOST_DRAWN = 400


class Asked(NamedTuple):
    """The key of an answer: what was asked, with what, and of which answer (its version and key) it is made."""

    question: Callable[..., Any]
    args: tuple[Any, ...]
    named: tuple[tuple[str, Any], ...]
    made_of: tuple[VersionId, Any] | None


def ask(question: Question[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The answer to a question of `db.queries`: `ask(backlog.totals, view.filters, as_of=view.as_of)`.

    Arguments must be hashable, but for `using`: an answer that `ask` gave, which the question would otherwise ask for
    again; it is taken as it was given, whatever was done to it since. Raises DatabaseAwayError when the database is
    away and the page was never drawn before, DatabaseUnusableError when it cannot be read.
    """
    answer, version, key = _answered(question, args, kwargs, is_large=False)
    answer = _copied(answer)
    _given.note(answer, version, key)
    return answer


def ask_without_copy(question: Question[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """As `ask`, for a large answer: the cached answer itself, the same object for everyone; nobody may change it."""
    answer, version, key = _answered(question, args, kwargs, is_large=True)
    _given.note(answer, version, key)
    return answer


def made(make: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What `make` makes of answers that it asks for itself, kept as these are: of a version, by function and arguments.

    Arguments must be hashable, and say all that the result depends on besides the data. The same object for everyone:
    nobody may change it.
    """
    return cast(R, run.current().made((make, args, tuple(sorted(kwargs.items()))), lambda: make(*args, **kwargs)))


def name_of(answer: object) -> bytes:
    """The name of an answer that `ask` gave: of its version and of what was asked. Raises TypeError for another."""
    version, key = _given.find(answer)
    return digest(version.number, version.identity, key)


def drawn(draw: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    """Draw a part of a page that holds no widget: it is kept as it was sent, and sent again without being drawn.

    For a version of the data, a view, a theme, the function and its arguments; frames among these are compared by what
    is in them. What the part asks for itself counts as asked, so that it is there again when the database is away.
    """
    now = run.current()
    part = (draw.__module__, draw.__qualname__, args, kwargs)
    name = digest(now.version.number, now.version.identity, state.drawn_for(), part)
    now.note(_sent(name.hex(), lambda: draw(*args, **kwargs)))


def sent(name: bytes, draw: Callable[[], object]) -> None:
    """Draw something that holds no widget, or send again what was sent under this name, which says all that it is."""
    _sent(name.hex(), draw)


@st.cache_resource(max_entries=MOST_DRAWN, show_spinner=False)
def _sent(name: str, _draw: Callable[[], object]) -> Mapping[Key, Any]:
    """Draw, and give what was asked for. Streamlit keeps by `name` what was sent, and sends that the next time."""
    with run.current().noting() as noted:
        _draw()
    return noted


def options(latest: datetime) -> pd.DataFrame:
    """`freshness.options` of requests made by the end of the day of `latest`: the same answer all day long."""
    return ask(freshness.options, as_of=datetime.combine(latest.date(), time.max))


def is_empty() -> bool:
    """Whether there is not one request yet. Raises DatabaseAwayError, and DatabaseUnusableError."""
    now = run.current()
    return (now.trouble is None and now.version == NO_VERSION) or not ask(_has_request)


def database() -> Database:
    """The database that the settings name, one handle a process."""
    return run.source().database


def warm(now: datetime) -> None:
    """Answer what every page asks and no choice changes, so that the first visitor does not wait for it."""
    ask(stored_city)
    ask(freshness.first_created_at)
    options(now)


def city() -> City:
    """The city on screen and its profile. Raises DeskError where its profile cannot be read."""
    stored = ask(stored_city)
    if stored is None:
        raise DeskError(NO_CITY)
    return City.from_stored(stored, settings())


def cached(make: Callable[P, R]) -> Callable[P, R]:
    """`make` with its results kept for equal arguments, each caller given a copy: for what is dear to make of a little.

    Frames among the arguments are compared by what is in them.
    """
    pickled = cached_without_copy(lambda *args, **kwargs: pickle.dumps(make(*args, **kwargs), pickle.HIGHEST_PROTOCOL))

    @wraps(make)
    def found(*args: P.args, **kwargs: P.kwargs) -> R:
        result: R = pickle.loads(pickled(*args, **kwargs))
        return result

    return found


def cached_without_copy(make: Callable[P, R]) -> Callable[P, R]:
    """As `cached`, the same object for every caller; nobody may change it."""
    made: OrderedDict[bytes, R] = OrderedDict()
    lock = Lock()

    @wraps(make)
    def found(*args: P.args, **kwargs: P.kwargs) -> R:
        key = digest(args, kwargs)
        with lock:
            if key in made:
                made.move_to_end(key)
                return made[key]
        result = make(*args, **kwargs)
        with lock:
            made[key] = result
            while len(made) > MOST_MADE:
                made.popitem(last=False)
        return result

    return found


class _Given:
    """Which answer an object is: a question may be handed one that was given before, and is then kept for that one."""

    def __init__(self) -> None:
        self._keys: dict[int, tuple[ref[Any], VersionId, Key]] = {}

    def note(self, answer: Any, version: VersionId, key: Key) -> None:
        number = id(answer)
        with suppress(TypeError):  # numbers, texts and moments cannot be watched, and are never handed on
            self._keys[number] = (ref(answer, lambda gone: self._forget(number, gone)), version, key)

    def find(self, answer: Any) -> tuple[VersionId, Key]:
        held, version, key = self._keys.get(id(answer), (None, NO_VERSION, None))
        if held is None or held() is not answer:
            raise TypeError("only an answer as `ask` gave it has a name and can be handed on, not one made of it")
        return version, key

    def _forget(self, number: int, gone: ref[Any]) -> None:
        # May be called within any other statement, so that a lock would not do.
        if (noted := self._keys.get(number)) is not None and noted[0] is gone:
            self._keys.pop(number, None)


_given = _Given()


def _answered(
    question: Callable[..., R], args: tuple[Any, ...], kwargs: Mapping[str, Any], *, is_large: bool
) -> tuple[R, VersionId, Key]:
    """The answer, the version it is of, and its key: what was asked, and of which answer it is made."""
    now, given = run.current(), dict(kwargs)
    made_of = None if (using := given.pop("using", None)) is None else _given.find(using)
    key = Asked(question, args, tuple(sorted(given.items())), made_of)
    if made_of is not None:
        version, name = made_of  # the answer itself, where it is of this run: a page may have changed its copy
        given["using"] = now.asked.get(name, using) if version == now.version else using
    answer = now.answer(key, lambda connection: question(connection, *args, **given), is_large=is_large)
    return answer, now.version, key


def _copied(answer: R) -> R:
    if isinstance(answer, _UNCHANGEABLE):
        return answer
    return answer.copy() if isinstance(answer, pd.DataFrame) else copy.deepcopy(answer)


def _has_request(connection: Connection) -> bool:
    return bool(connection.scalar(select(exists(select(requests.c.sr_number)))))
