"""Looks after a page that is open: draws it anew when there are new data, or when the database answers again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import streamlit as st
from streamlit.runtime.scriptrunner import StopException

from components.run import AWAY, DatabaseAwayError, DatabaseUnusableError, Run, Source, clock
from db.storage.database import VersionId

WATCH_SECONDS = 5
SPREAD_SECONDS = 40  # within a minute: tabs that follow the clock are drawn anew spread over it, not all at once
A_MINUTE = timedelta(minutes=1)
# By how data come in. Only a generated city goes on with the clock; else the clock changes only how old the data are.
GOES_STALE = {"demo": A_MINUTE, "feed": timedelta(minutes=5), "file": timedelta(hours=1)}


def _random_spread() -> timedelta:
    return timedelta(seconds=random.uniform(0, SPREAD_SECONDS))


@dataclass
class Drawn:
    """What is on screen: of which version, and whether the database gave it (known when the run is over)."""

    source: Source
    version: VersionId
    at: datetime
    holds_list: bool
    stale_after: timedelta | None = None
    spread: timedelta = field(default_factory=_random_spread)
    is_over: bool = False
    was_answered: bool = True

    def follow_clock(self, source_kind: str) -> None:
        """Draw this page anew when the clock has moved on so far that it would say something else."""
        self.stale_after = GOES_STALE[source_kind]

    def is_stale(self, now: datetime) -> bool:
        """Whether the clock has moved on too far, or back, since the page was drawn; at a second of its own."""
        if self.stale_after is None:
            return False
        return not self.at <= now < self.at + self.stale_after + self.spread


@contextmanager
def page(run: Run, *, holds_list: bool) -> Iterator[Drawn]:
    """Watch over the page that is drawn within. `holds_list`: its list stays while it is read, whatever comes in."""
    drawn = Drawn(run.source, run.version, clock().replace(second=0, microsecond=0), holds_list)
    if holds_list:
        run.holds()
    _watch(drawn)
    is_whole = False
    try:
        yield drawn
        is_whole = True
    except StopException:  # a page that has nothing more to say
        is_whole = True
        raise
    except (DatabaseAwayError, DatabaseUnusableError):
        drawn.was_answered = False
        raise
    finally:
        drawn.is_over = True
        drawn.was_answered &= run.trouble is None
        run.end(is_whole=is_whole and drawn.was_answered)


@st.fragment(run_every=WATCH_SECONDS)
def _watch(drawn: Drawn) -> None:
    """Draw anew when there are new data or the clock has moved on; a list that is being read does not jump.

    A page that shows old figures, or none, is drawn anew as soon as the database answers.
    """
    if not drawn.is_over:
        return
    now = clock()
    try:
        newest = drawn.source.newest()
    except AWAY:
        # Drawn anew to say that the database is away, and after a minute to say how old the figures are by now.
        if drawn.was_answered or not drawn.at <= now < drawn.at + A_MINUTE:
            st.rerun()
        return
    is_new = newest != drawn.version and not drawn.holds_list
    if not drawn.was_answered or is_new or drawn.is_stale(now):
        st.rerun()
