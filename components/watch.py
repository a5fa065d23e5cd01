"""Looks after a page that is open: draws it anew when there are new data, or when the database answers again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import streamlit as st
from streamlit.runtime.scriptrunner import StopException

from components.run import AWAY, DatabaseAwayError, DatabaseUnusableError, Run, Source, minute
from db.storage.database import VersionId

WATCH_SECONDS = 5


@dataclass
class Drawn:
    """What is on screen: of which version, and whether the database gave it (known when the run is over)."""

    source: Source
    version: VersionId
    at: datetime
    follows_clock: bool
    holds_list: bool
    is_over: bool = False
    was_answered: bool = True


@contextmanager
def page(run: Run, *, follows_clock: bool, holds_list: bool) -> Iterator[None]:
    """Watch over the page that is drawn within.

    `follows_clock`: draw it anew with each minute. `holds_list`: its list stays while it is read, whatever comes in.
    """
    drawn = Drawn(run.source, run.version, minute(), follows_clock, holds_list)
    if holds_list:
        run.holds()
    _watch(drawn)
    is_whole = False
    try:
        yield
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
    has_moved_on = minute() != drawn.at
    try:
        newest = drawn.source.newest()
    except AWAY:
        if drawn.was_answered or has_moved_on:  # to say so, and how old the figures are by now
            st.rerun()
        return
    is_new = newest != drawn.version and not drawn.holds_list
    if not drawn.was_answered or is_new or (has_moved_on and drawn.follows_clock):
        st.rerun()
