"""Looks after a page that is open: draws it anew when there are new data, or when the database answers again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import streamlit as st
from streamlit.runtime.scriptrunner import StopException

from components.run import AWAY, Run, Source, minute
from db.storage.database import VersionId

WATCH_SECONDS = 5


@dataclass
class Drawn:
    """What is on screen: of which version, and whether it is all that the page has to say (known when it is over)."""

    source: Source
    version: VersionId
    at: datetime
    follows_clock: bool
    holds_list: bool
    is_over: bool = False
    is_whole: bool = False


@contextmanager
def page(run: Run, *, follows_clock: bool, holds_list: bool) -> Iterator[None]:
    """Watch over the page that is drawn within.

    `follows_clock`: draw it anew with each minute. `holds_list`: its list stays while it is read, whatever comes in.
    """
    drawn = Drawn(run.source, run.version, minute(), follows_clock, holds_list)
    if holds_list:
        run.holds()
    _watch(drawn)
    try:
        yield
        drawn.is_whole = run.trouble is None
    except StopException:  # a page that has nothing more to say
        drawn.is_whole = run.trouble is None
        raise
    finally:
        drawn.is_over = True
        run.end(is_whole=drawn.is_whole)


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
        if drawn.is_whole or has_moved_on:  # to say so, and how old the figures are by now
            st.rerun()
        return
    is_new = newest != drawn.version and not drawn.holds_list
    if not drawn.is_whole or is_new or (has_moved_on and drawn.follows_clock):
        st.rerun()
