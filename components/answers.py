"""The answers of one database, by version and question: what every session reads, and no message of a browser clears.

Streamlit's own cache is not used for them: any visitor can clear it with two bytes, it makes a key of every part of
every argument (up to a quarter of a page's time), and it cannot drop what belongs to a version that is gone.
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
    is_read: bool  # not only made ahead


@dataclass
class _Shelf:
    """What is kept of one version; the one used longest ago comes first."""

    answers: OrderedDict[Key, _Entry] = field(default_factory=OrderedDict)
    large: OrderedDict[Key, _Entry] = field(default_factory=OrderedDict)


class Answers:
    """All answers of one database that are kept. May be used by any number of threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._shelves: dict[VersionId, _Shelf] = {}
        self._running: dict[tuple[VersionId, Key], Future[Any]] = {}
        self._pages: OrderedDict[Key, Page] = OrderedDict()

    def get(
        self, version: VersionId, key: Key, make: Callable[[], Any], *, is_large: bool = False, is_ahead: bool = False
    ) -> Any:
        """The answer that is kept, else the one that `make` gives, called once however many ask at the same time.

        `is_ahead`: nobody reads it yet, so that it does not count as asked. Raises what `make` raises, to everyone who
        waited for it.
        """
        with self._lock:
            if (entry := self._kept(version, key, is_large, is_ahead)) is not None:
                return entry.answer
            running = self._running.get((version, key))
            if running is None:
                mine = self._running[version, key] = Future()
        if running is not None:
            return running.result()
        try:
            answer = make()
        except BaseException as error:
            self._end(version, key)
            mine.set_exception(error)
            raise
        self._end(version, key, (answer, is_large, not is_ahead))
        mine.set_result(answer)
        return answer

    def drop_all_but(self, *versions: VersionId) -> None:
        """Forget the answers of every other version, but for those of pages that were last drawn with it."""
        with self._lock:
            self._shelves = {version: shelf for version, shelf in self._shelves.items() if version in versions}

    def keep_page(self, key: Key, page: Page) -> None:
        """Keep what is on a page that was drawn whole, in the place of what was there before."""
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
        """What readers asked of a version in the last seconds, and whether its answer is large; the newest use last."""
        since = monotonic() - used_within
        with self._lock:
            shelf = self._shelves.get(version, _Shelf())
            both = ((shelf.large, True), (shelf.answers, False))
            return [
                (key, large)
                for kept, large in both
                for key, entry in kept.items()
                if entry.is_read and entry.used_at >= since
            ]

    def count(self) -> dict[VersionId, int]:
        """How many answers are kept of each version."""
        with self._lock:
            return {version: len(shelf.answers) + len(shelf.large) for version, shelf in self._shelves.items()}

    def _kept(self, version: VersionId, key: Key, is_large: bool, is_ahead: bool) -> _Entry | None:
        shelf = self._shelves.setdefault(version, _Shelf())
        kept = shelf.large if is_large else shelf.answers
        entry = kept.get(key)
        if entry is not None and not is_ahead:
            entry.is_read = True
            entry.used_at = monotonic()
            kept.move_to_end(key)
        return entry

    def _end(self, version: VersionId, key: Key, found: tuple[Any, bool, bool] | None = None) -> None:
        with self._lock:
            del self._running[version, key]
            shelf = self._shelves.get(version)
            if found is None or shelf is None:  # dropped meanwhile: whoever waits still gets the answer
                return
            answer, is_large, is_read = found
            kept, most = (shelf.large, MOST_LARGE) if is_large else (shelf.answers, MOST_ANSWERS)
            now = monotonic()
            kept[key] = _Entry(answer, now, is_read)
            while len(kept) > most or next(iter(kept.values())).used_at < now - IDLE_SECONDS:
                kept.popitem(last=False)
