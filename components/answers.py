"""The cache of answers of one database, by version and question. All sessions share it; no browser can clear it.

Streamlit's own cache is not used for them: any visitor can clear it with two bytes, it hashes every argument in full
(up to a quarter of a page's time), and it cannot drop the answers of one old version alone.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import Any

from db.storage.database import VersionId

Key = Hashable
MOST_ANSWERS = 2000
MOST_LARGE = 24  # one can hold every open request of a city
MOST_PAGES = 64
IDLE_SECONDS = 900


@dataclass(frozen=True, eq=False)
class Page:
    """A page as it was last drawn whole: all answers on it are of one version, asked at one moment."""

    version: VersionId
    moment: datetime
    answers: Mapping[Key, Any]


@dataclass
class _Entry:
    answer: Any
    used_at: float


@dataclass
class _Shelf:
    """The answers kept of one version, in order of their last use: the newest use comes last."""

    answers: OrderedDict[Key, _Entry] = field(default_factory=OrderedDict)
    large: OrderedDict[Key, _Entry] = field(default_factory=OrderedDict)


class Answers:
    """All answers of one database that are kept. May be used by any number of threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._shelves: dict[VersionId, _Shelf] = {}
        self._running: dict[tuple[VersionId, Key], Future[Any]] = {}
        self._pages: OrderedDict[Key, Page] = OrderedDict()

    def get(self, version: VersionId, key: Key, make: Callable[[], Any], *, is_large: bool = False) -> Any:
        """The answer that is kept, else the one that `make` gives, called once however many ask at the same time.

        Raises what `make` raises, to everyone who waited for it.
        """
        with self._lock:
            if (entry := self._used_entry(version, key, is_large)) is not None:
                return entry.answer
            running = self._running.get((version, key))
            if running is None:
                future = self._running[version, key] = Future()
        if running is not None:
            return running.result()
        try:
            answer = make()
        except BaseException as error:
            self._finish(version, key)
            future.set_exception(error)
            raise
        self._finish(version, key, (answer, is_large))
        future.set_result(answer)
        return answer

    def drop_all_but(self, *versions: VersionId) -> None:
        """Forget the answers of every other version. Pages that were drawn with one keep their own answers."""
        with self._lock:
            self._shelves = {version: shelf for version, shelf in self._shelves.items() if version in versions}

    def keep_page(self, key: Key, page: Page) -> None:
        """Keep the answers of a page that was drawn whole; they join those of the same version and moment."""
        with self._lock:
            before = self._pages.get(key)
            if before is not None and (before.version, before.moment) == (page.version, page.moment):
                page = Page(page.version, page.moment, {**before.answers, **page.answers})
            self._pages[key] = page
            self._pages.move_to_end(key)
            while len(self._pages) > MOST_PAGES:
                self._pages.popitem(last=False)

    def page(self, key: Key) -> Page | None:
        """The page as it was last drawn whole."""
        with self._lock:
            return self._pages.get(key)

    def has_pages(self) -> bool:
        """Whether any page was ever drawn."""
        with self._lock:
            return bool(self._pages)

    def keys(self, version: VersionId, used_within: float) -> list[tuple[Key, bool]]:
        """What was asked of a version in the last seconds, and whether its answer is large; the newest use last."""
        since = monotonic() - used_within
        with self._lock:
            shelf = self._shelves.get(version, _Shelf())
            large = [(key, True) for key, entry in shelf.large.items() if entry.used_at >= since]
            small = [(key, False) for key, entry in shelf.answers.items() if entry.used_at >= since]
            return large + small

    def count(self) -> dict[VersionId, int]:
        """How many answers are kept of each version."""
        with self._lock:
            return {version: len(shelf.answers) + len(shelf.large) for version, shelf in self._shelves.items()}

    def _used_entry(self, version: VersionId, key: Key, is_large: bool) -> _Entry | None:
        """The entry of this question, None where there is none; its last use is now. The lock must be held."""
        shelf = self._shelves.setdefault(version, _Shelf())
        entries = shelf.large if is_large else shelf.answers
        entry = entries.get(key)
        if entry is not None:
            entry.used_at = monotonic()
            entries.move_to_end(key)
        return entry

    def _finish(self, version: VersionId, key: Key, result: tuple[Any, bool] | None = None) -> None:
        """End the run of a question and keep its answer. `result`: the answer and whether it is large; None: failed."""
        with self._lock:
            del self._running[version, key]
            shelf = self._shelves.get(version)
            if result is None or shelf is None:  # without a shelf the version was dropped: only those waiting get it
                return
            answer, is_large = result
            entries, most = (shelf.large, MOST_LARGE) if is_large else (shelf.answers, MOST_ANSWERS)
            now = monotonic()
            entries[key] = _Entry(answer, now)
            while len(entries) > most or next(iter(entries.values())).used_at < now - IDLE_SECONDS:
                entries.popitem(last=False)
