"""What the desk has to say besides its figures: calm, specific, and never an error page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import streamlit as st

from components import state
from db.faults import sentence

MOST_PROBLEMS = 5
MOST_LETTERS = 60
_QUOTED = re.compile(r'"(.*)"', re.DOTALL)  # up to the last quotation mark: a value may hold some itself
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-!|<>$~:.])")


def plain(text: object) -> str:
    """Text of the data made safe for places that read Markdown: shown as it is, never as markup."""
    return _MARKDOWN.sub(r"\\\1", str(text))


def shortened(text: object) -> str:
    """A text cut to what fits into a sentence."""
    whole = str(text)
    return whole if len(whole) <= MOST_LETTERS else f"{whole[:MOST_LETTERS]}…"


def moment(value: datetime) -> str:
    """A moment on the city's clock: "Mon 3 Aug 2020, 14:05"."""
    return f"{value:%a} {value.day} {value:%b %Y, %H:%M}"


def length(span: timedelta) -> str:
    """A length of time in one unit, rounded down: "5 minutes", "23 months", "6 years".

    It is the largest unit that fits twice (an hour or a minute: once), so that 30 hours are not "1 day".
    """
    minutes = int(span.total_seconds() // 60)
    for unit, size in (("year", 525_960), ("month", 43_830), ("day", 1440), ("hour", 60), ("minute", 1)):
        count = minutes // size
        if count >= (1 if unit in ("hour", "minute") else 2):
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"


def problems(sentences: Sequence[str]) -> None:
    """Warn of what the link asked for and could not be used: the first few, long values cut, and how many more."""
    if not sentences:
        return
    lines = [_QUOTED.sub(lambda match: f'"{shortened(match[1])}"', sentence) for sentence in sentences[:MOST_PROBLEMS]]
    if len(sentences) > MOST_PROBLEMS:
        lines.append(f"and {len(sentences) - MOST_PROBLEMS:,} more.")
    st.warning("  \n".join(plain(line) for line in lines), icon=":material/link_off:")


def uncovered(words: str) -> None:
    """Warn of what the data do not cover of the view; draw nothing where they cover it all."""
    if words:
        st.warning(plain(words), icon=":material/event_busy:")


def no_data() -> None:
    """Nothing was loaded yet."""
    st.title("No requests yet")
    st.info(
        "Load a file with `python -m db load FILE`, or make the generated city with `python -m db demo`. "
        "This page shows them by itself within seconds.",
        icon=":material/database:",
    )


def cannot_open(reason: str) -> None:
    """The database is there and cannot be used as it is."""
    st.title("The data cannot be opened")
    st.error(plain(reason), icon=":material/database_off:")


def refused(reason: str) -> None:
    """Something that a person can put right, in the words of its `DeskError`."""
    st.error(plain(f"{reason[:1].upper()}{reason[1:]}."), icon=":material/error:")


def fault(number: int) -> None:
    """A fault of the desk: its number, by which the log has its cause."""
    st.error(
        f"This cannot be shown: {sentence(number)}. Nothing was changed. Tell whoever runs the desk this number; "
        "the log has the cause under it.",
        icon=":material/bug_report:",
    )


def away() -> None:
    """The database is away and there is nothing to show from before."""
    st.title("The database is away")
    st.error(
        "The desk cannot reach its data just now and has no earlier figures to show. It tries again by itself "
        "every few seconds.",
        icon=":material/cloud_off:",
    )


def old_figures(as_of: datetime, age: timedelta, reason: str = "") -> None:
    """Warn that the figures are the last good ones: the database is away, or cannot be read for this reason."""
    what, after = ("The database is away.", " The desk recovers by itself.")
    if reason:
        what, after = (f"The data cannot be opened: {plain(reason)}.", "")
    st.warning(
        f"{what} These are the last good figures, read {length(age)} ago; they describe {moment(as_of)}.{after}",
        icon=":material/cloud_off:",
    )


def nothing(view_words: str, names: Sequence[str]) -> None:
    """The empty case of a page: says which choice emptied it, and offers the way back."""
    chosen = f" Chosen: {'; '.join(names)}." if names else ""
    st.info(f"There are no {plain(view_words)}.{plain(chosen)}", icon=":material/filter_alt_off:")
    if names:
        st.button("Clear all filters", key="clear_from_empty", on_click=state.clear)
