"""The one door from pages to the desk's own records: whether they may be written here, and why not in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, TypeVar, cast

import streamlit as st
from sqlalchemy import Connection

from components import cache, state
from components.guard.hosts import LOOPBACK
from db.records.database import Records, open_records
from db.records.errors import RecordsError

WRITER = "record_by"  # the widget that asks for a name; the session remembers it
FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "X-Real-Ip")
T = TypeVar("T")

_lock = Lock()
_opened: dict[str, Records] = {}
# By place of the records and question: their state when it was asked, and the answer.
_answers: dict[tuple[str, Any], tuple[Any, Any]] = {}


def read(question: Callable[[Connection], T], default: T) -> tuple[T, str]:
    """What is recorded, and an empty text; where it cannot be read, `default` and why.

    Asked again only where something may have been written since. All callers get the same object: do not change it.
    """
    try:
        records = _records()
        state_then, key = records.state(), (records.place, question)
        if (cached := _answers.get(key)) is not None and cached[0] == state_then:
            return cast(T, cached[1]), ""
        with records.reading() as connection:
            answer = question(connection)
        _answers[key] = (state_then, answer)
        return answer, ""
    except RecordsError as error:
        return default, str(error)


def write(change: Callable[..., Any], **values: Any) -> str:
    """Record something with the name of the writer and the city's clock; gives why that failed, else an empty text."""
    if reason := why_not():
        return reason
    now = state.now(cache.city().profile.time_zone)
    try:
        with _records().writing() as connection:
            change(connection, **values, by=writer(), now=now)
        _answers.clear()
    except RecordsError as error:
        return str(error)
    return ""


def writer() -> str:
    """The name that was given in this session."""
    return str(state.value(WRITER) or "")


def why_not() -> str:
    """Why nothing may be recorded from this page, in a sentence; empty where it may."""
    writers = cache.settings().writers
    if writers == "off" or (writers is None and cache.city().source_kind != "demo"):
        return "Nothing is recorded from pages here: see DESK_WRITERS in docs/records.md."
    return told_to(str(st.get_option("server.address") or ""), dict(st.context.headers))


def told_to(address: str, headers: Mapping[str, str]) -> str:
    """Why a desk that listens at `address` records nothing for whoever sent `headers`; empty where it does."""
    if address not in LOOPBACK:
        return "Nothing is recorded from pages: the desk listens on the network, and there is no sign-in yet."
    values = {name.lower(): value for name, value in headers.items()}
    host = values.get("host", "localhost").rpartition(":")[0] or values.get("host", "localhost")
    if host.strip("[]") not in LOOPBACK or any(name.lower() in values for name in FORWARDED):
        return "Only people at the desk's own computer may record something; there is no sign-in yet."
    return ""


def _records() -> Records:
    settings = cache.settings()
    key = repr(vars(settings))
    with _lock:
        if key not in _opened:
            _opened[key] = open_records(settings)
        return _opened[key]
