"""One run of the script, one state of the data: settings, version and moment are read once, and hold for all of it.

A run draws a page, or one fragment of it. Whatever is asked in it is answered from the version that was current when
it began. When the database cannot answer, the page is drawn anew as it was last drawn whole, with the answers and the
moment of then: old figures never stand beside new ones. What is kept lives in this module, where no message of a
browser reaches it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, NoReturn
from urllib.parse import parse_qsl
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

import streamlit as st
from sqlalchemy import Connection
from streamlit.runtime.scriptrunner import get_script_run_ctx

from components.answers import Answers, Key, Page
from db.rules.errors import DeskError
from db.settings import Settings, read
from db.storage.database import AWAY as SERVER_AWAY
from db.storage.database import (
    NO_VERSION,
    Database,
    VersionGoneError,
    VersionId,
    is_being_restored,
    open_database,
)

AWAY = (*SERVER_AWAY, OSError)
A_MINUTE, PATIENCE = timedelta(minutes=1), timedelta(seconds=20)


class DatabaseAwayError(RuntimeError):
    """The database cannot be reached and there is no earlier answer to show."""


class DatabaseUnusableError(RuntimeError):
    """The database is there and cannot be read as it is; the message names the command to run."""


class Source:
    """One database and what it answered, shared by all sessions."""

    def __init__(self, settings: Settings) -> None:
        self.database: Database = open_database(settings)
        self.answers = Answers()
        self.making: datetime | None = None  # the minute whose answers are being made ahead, see `ahead`

    def moment(self) -> datetime:
        """The minute that a run is of: the one before, as long as the answers of this one are being made."""
        now, this = clock(), minute()
        return this - A_MINUTE if self.making == this and now - this < PATIENCE else this

    def newest(self) -> VersionId:
        """The version that is current. Raises as the database does, and OSError where data that were there are gone."""
        version = self.database.version_id()
        if version == NO_VERSION and self.answers.has_pages():
            raise OSError("there are no data any more where they were")
        return version


@dataclass(eq=False)
class Run:
    """What holds for one run. `trouble` is why the database cannot be asked; then `page` is what there was before.

    `is_ahead`: of a minute that has not begun; nobody reads it yet.
    """

    source: Source
    moment: datetime
    version: VersionId = NO_VERSION
    trouble: Exception | None = None
    page: Page | None = None
    is_ahead: bool = False
    asked: dict[Key, Any] = field(default_factory=dict)
    _notes: list[dict[Key, Any]] = field(default_factory=list)

    def now(self, zone: str) -> datetime:
        """The city's clock on the wall, without zone, floored to the minute; of then, where old figures are shown."""
        return self.moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)

    def answer(self, key: Key, question: Callable[[Connection], Any], *, is_large: bool = False) -> Any:
        """The answer of this run's version. Raises DatabaseAwayError and DatabaseUnusableError."""
        if self.trouble is None:
            answer = self._new(key, question, is_large)
        elif self.page is not None and key in self.page.answers:
            answer = self.page.answers[key]
        else:
            self._stop(self.trouble)
        self.note({key: answer})
        return answer

    def note(self, answers: Mapping[Key, Any]) -> None:
        """These answers are on the page, whether asked for just now or for what is kept and made of them."""
        for noted in (self.asked, *self._notes):
            noted.update(answers)

    @contextmanager
    def noting(self) -> Iterator[dict[Key, Any]]:
        """All answers that are asked for within, however often they were asked for before in this run."""
        noted: dict[Key, Any] = {}
        self._notes.append(noted)
        try:
            yield noted
        finally:
            self._notes.remove(noted)

    def made(self, key: Key, make: Callable[[], Any]) -> Any:
        """What `make` makes of answers of this run's version, kept under `key` with the answers it asked for."""
        if self.trouble is not None:
            return make()
        kept, noted = self.source.answers.get(self.version, key, lambda: self._with_notes(make))
        self.note(noted)
        return kept

    def _with_notes(self, make: Callable[[], Any]) -> tuple[Any, dict[Key, Any]]:
        with self.noting() as noted:
            return make(), noted

    def end(self, *, is_whole: bool) -> None:
        """Let go of what was asked; where the page was drawn whole, keep it as its last good answers."""
        if is_whole and self.version != NO_VERSION and (place := _place()) is not None:
            self.source.answers.keep_page(place, Page(self.version, self.moment, self.asked))
        self.asked = {}

    def holds(self) -> None:
        """Say that this page shows a list of a moment that its reader chose, beside newer figures that renew."""
        if (context := _context()) is not None:
            _drawn[context.fragment_storage] = Drawn(self.version, self.trouble is not None, holds=True)

    def _new(self, key: Key, question: Callable[[Connection], Any], is_large: bool) -> Any:
        try:
            return self.source.answers.get(
                self.version, key, lambda: self._ask(question), is_large=is_large, is_ahead=self.is_ahead
            )
        except VersionGoneError:
            if self.asked:
                _draw_anew()
                raise
            self.version = self.source.newest()
            return self._new(key, question, is_large)
        except Exception as error:
            if not isinstance(error, (*AWAY, DatabaseUnusableError)) and not is_being_restored(error):
                raise
            self._give_up(error)

    def _ask(self, question: Callable[[Connection], Any]) -> Any:
        with ExitStack() as stack:
            try:
                connection = stack.enter_context(self.source.database.connect(self.version))
            except DeskError as error:
                raise DatabaseUnusableError(str(error)) from error
            return question(connection)

    def _give_up(self, error: Exception) -> NoReturn:
        """Show the page as it was, all of it: some of its answers are new already. Else say that there is nothing."""
        context = _context()
        if context is not None and (context.fragment_ids_this_run or self.source.answers.page(_place())):
            _hand_on(context, _Failure(error))
        self._stop(error)

    def _stop(self, error: Exception) -> NoReturn:
        """There is nothing to show. Only the frame can say so for a page that is half drawn: begin it again."""
        context = _context()
        if context is not None and (context.fragment_ids_this_run or self.page is not None):
            _hand_on(context, _Failure(error, has_earlier=False))
        if isinstance(error, DatabaseUnusableError):
            raise error
        raise DatabaseAwayError(f"the database is away: {first_line(error)}") from error


@dataclass(frozen=True)
class Drawn:
    """What the page of a session is made of, for its fragments, which run by themselves later."""

    version: VersionId
    is_old: bool
    holds: bool = False

    def allows(self, run: Run) -> bool:
        """Whether what a fragment would draw in this run may stand on the page."""
        if run.trouble is not None or self.is_old:
            return run.trouble is not None and self.is_old
        return self.holds or self.version == run.version


@dataclass(frozen=True)
class _Failure:
    """What a run met, for the next run of its session, which draws the page as it was, or says that there is none."""

    error: Exception
    has_earlier: bool = True


_lock = Lock()
_sources: dict[str, Source] = {}
# Streamlit keeps one store of fragments for each session, and one coordinator for each run, of a page or a fragment;
# both go with what they stand for.
_failed: WeakKeyDictionary[Any, _Failure] = WeakKeyDictionary()
_drawn: WeakKeyDictionary[Any, Drawn] = WeakKeyDictionary()
_runs: WeakKeyDictionary[Any, Run] = WeakKeyDictionary()
_given: ContextVar[Run | None] = ContextVar("run", default=None)


def settings() -> Settings:
    """The settings of this process, from its environment."""
    return read(os.environ)


def source() -> Source:
    """The database that the settings name, one a process, with its answers."""
    chosen = settings()
    name = repr(vars(chosen))  # settings print without a password
    with _lock:
        if name not in _sources:
            _sources[name] = Source(chosen)
        return _sources[name]


def current() -> Run:
    """The run that is under way in this thread; outside of one, a run that ends with what is asked."""
    if (given := _given.get()) is not None:
        return given
    context = _context()
    if context is None:
        return begin()
    with _lock:
        run = _runs.get(context.parallel_coordinator)
    if run is None:
        run = begin()
        with _lock:
            run = _runs.setdefault(context.parallel_coordinator, run)
    return run


@contextmanager
def one() -> Iterator[Run]:
    """All that is asked within is one run: for what Streamlit calls outside of a run, as the making of a download."""
    run = current()
    token = _given.set(run)
    try:
        yield run
    finally:
        _given.reset(token)


def begin() -> Run:
    """Read version and moment. Where that fails, or failed in the run before, the run shows the page as it was.

    A fragment that would be of another version than its page, or newer than the old figures on it, has the whole page
    drawn anew.
    """
    found, context = source(), _context()
    run = Run(found, found.moment())
    failed = None if context is None else _failed.pop(context.fragment_storage, None)
    try:
        run.version = found.newest()
    except AWAY as error:
        failed = failed or _Failure(error)
    else:
        found.answers.drop_all_but(run.version)
    if failed is not None:
        run.trouble = failed.error
        run.page = found.answers.page(_place()) if failed.has_earlier else None
    if run.page is not None:
        run.version, run.moment = run.page.version, run.page.moment
    if context is not None:
        if not context.fragment_ids_this_run:
            _drawn[context.fragment_storage] = Drawn(run.version, run.trouble is not None)
        elif (drawn := _drawn.get(context.fragment_storage)) is not None and not drawn.allows(run):
            _draw_anew()
    return run


def minute() -> datetime:
    """The clock, floored to the minute so that answers can be cached."""
    return clock().replace(second=0, microsecond=0)


def clock() -> datetime:
    """The clock."""
    return datetime.now(UTC)


def first_line(error: BaseException) -> str:
    """What went wrong, in one line."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _context() -> Any:
    """What Streamlit knows of the run under way; None outside of one."""
    context = get_script_run_ctx(suppress_warning=True)
    return None if context is None or context.parallel_coordinator is None else context


def _place() -> Key:
    """Which page this is, with all that its URL chooses; None outside of a run."""
    context = _context()
    return None if context is None else (context.page_script_hash, tuple(sorted(parse_qsl(context.query_string))))


def _hand_on(context: Any, failure: _Failure) -> None:
    _failed[context.fragment_storage] = failure
    _draw_anew()


def _draw_anew() -> None:
    """Begin the whole page again; does nothing outside of a run, where there is no page."""
    if _context() is not None:
        st.rerun()
