"""The answers of the coming minute, made once before it begins; while they are being made, runs are of the one before.

A page that follows the clock asks at each minute what it asked the minute before, with another moment. Whoever came
first had to wait for all of it. What was asked within the last minutes is asked here for the next one instead. That
changes no answer: each is kept under its question with its moment, as if a reader had asked.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import anyio
import anyio.to_thread

from components import cache, run
from components.answers import Key
from components.cache import Asked
from components.run import A_MINUTE, AWAY, DatabaseAwayError, DatabaseUnusableError, Run, Source
from db import faults
from db.rules.errors import DeskError
from db.storage.database import VersionGoneError

A_DAY = timedelta(days=1)
BEGINS = 48  # the second of a minute at which the next one's answers are made
ASKED_WITHIN = 100  # seconds: a tab that follows the clock asks again within so many

log = logging.getLogger("desk")


async def keep() -> None:
    """Make the answers of each coming minute, until this is cancelled."""
    while True:
        now = run.clock()
        await anyio.sleep((BEGINS - now.second - now.microsecond / 1e6) % 60 or 60)
        await anyio.to_thread.run_sync(make_next)


def make_next() -> None:
    """Ask for the coming minute what was asked of this one. Whatever goes wrong is left to whoever asks next."""
    source, now = run.source(), run.minute()
    source.making = now + A_MINUTE
    try:
        with cache.one():
            zone = ZoneInfo(cache.city().profile.time_zone)
        _make(source, now, now.astimezone(zone).replace(tzinfo=None))
    except (*AWAY, DatabaseAwayError, DatabaseUnusableError, DeskError, VersionGoneError) as error:
        log.debug("the next minute was not made: %s", error)
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is logged with its traceback
        log.error("the next minute was not made: %s", faults.sentence(faults.report(fault, cache.settings())))
    finally:
        source.making = None


def _make(source: Source, now: datetime, local: datetime) -> None:
    """`local`: this minute on the city's clock."""
    coming = Run(source, now + A_MINUTE, source.newest(), is_ahead=True)
    asked = dict(source.answers.keys(coming.version, ASKED_WITHIN))
    for key, is_large in asked.items():
        if isinstance(key, Asked) and (shifted := _later(key, local)) != key:
            _answer(coming, shifted, is_large, {_later(one, local): large for one, large in asked.items()})


def _answer(coming: Run, key: Asked, is_large: bool, sizes: Mapping[Key, bool]) -> Any:
    """The answer of that run, after the one that it is made of."""
    given = dict(key.named)
    if key.made_of is not None:
        earlier = key.made_of[1]
        given["using"] = _answer(coming, earlier, sizes.get(earlier, False), sizes)
    return coming.answer(key, lambda connection: key.question(connection, *key.args, **given), is_large=is_large)


def _later(part: Any, local: datetime) -> Any:
    """The same a minute later: `local` itself, and what is whole days from it."""
    if type(part) is datetime:
        return part + A_MINUTE if (part - local) % A_DAY == timedelta(0) else part
    if isinstance(part, Asked):
        return Asked(*(_later(one, local) for one in part))
    if type(part) is tuple:
        return tuple(_later(one, local) for one in part)
    return part
