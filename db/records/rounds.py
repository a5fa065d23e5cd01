"""Inspector's rounds: which requests somebody was sent to look at, and what was found there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Select, and_, func, insert, select

from db.records.errors import RecordsError
from db.records.history import append, clean_name, history, newest
from db.records.tables import LONGEST_NOTE, round_answers, round_stops, rounds
from db.rules.rounds import RoundAnswer

ANSWER_COLUMNS = ("answer", "answered_on", "note", "answer_revision", "answered_by")


@dataclass(frozen=True)
class Stop:
    """One request to look at, as it was when the round was drawn."""

    source_system: str
    sr_number: str
    service_type: str | None = None
    department: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class Answer:
    """What was found. `seen`: the revision of the answer that the writer saw, 0 where there was none."""

    source_system: str
    sr_number: str
    answer: RoundAnswer
    answered_on: date
    note: str = ""
    seen: int = 0


def begin(
    connection: Connection,
    *,
    title: str,
    stops: Sequence[Stop],
    link: str,
    drawn_as_of: datetime,
    by: str,
    now: datetime,
) -> str:
    """Record a round that was drawn; gives its id, the day and a number, such as `2026-11-30-1`.

    `stops` in the order to drive. Raises RecordsError for a round without stops or with a request twice.
    """
    if not stops:
        raise RecordsError("a round without a stop is none; nothing was written")
    if len({(stop.source_system, stop.sr_number) for stop in stops}) < len(stops):
        raise RecordsError("a request stands in the round twice; nothing was written")
    round_id = _next_id(connection, now.date())
    values = {
        "title": clean_name(title, "the title of the round"),
        "link": link,
        "drawn_as_of": drawn_as_of,
        "is_removed": False,
    }
    append(connection, rounds, {"round_id": round_id}, values, seen=0, by=by, now=now)
    rows = [
        {"round_id": round_id, "position": position, **asdict(stop)} for position, stop in enumerate(stops, start=1)
    ]
    connection.execute(insert(round_stops), rows)
    return round_id


def listing(connection: Connection) -> pd.DataFrame:
    """Every round, newest first, with its number of stops and of answers.

    Columns: round_id, title, link, drawn_as_of, revision, written_by, written_at, stop_count, answer_count.
    """
    stops = _count_by(round_stops.c.round_id, "stop_count")
    newest_answers = newest(round_answers).subquery()
    answers = _count_by(newest_answers.c.round_id, "answer_count")
    newest_rounds = newest(rounds).subquery()
    names = ("round_id", "title", "link", "drawn_as_of", "revision", "written_by", "written_at")
    rows = (
        select(
            *(newest_rounds.c[name] for name in names),
            func.coalesce(stops.c.stop_count, 0).label("stop_count"),
            func.coalesce(answers.c.answer_count, 0).label("answer_count"),
        )
        .outerjoin(stops, stops.c.round_id == newest_rounds.c.round_id)
        .outerjoin(answers, answers.c.round_id == newest_rounds.c.round_id)
        .order_by(newest_rounds.c.written_at.desc(), newest_rounds.c.round_id.desc())
    )
    return _frame(connection, rows)


def stops(connection: Connection, round_id: str) -> pd.DataFrame:
    """The stops of one round in the order to drive, each with the newest answer.

    Columns: position, source_system, sr_number, service_type, department, address, answer, answered_on, note,
    answered_by, answer_revision (0 where there is no answer: what `Answer.seen` wants). No rows for an unknown round.
    """
    newest_answers = _select_answers().subquery()
    is_of_stop = and_(
        newest_answers.c.round_id == round_stops.c.round_id,
        newest_answers.c.source_system == round_stops.c.source_system,
        newest_answers.c.sr_number == round_stops.c.sr_number,
    )
    rows = (
        select(
            *(column for column in round_stops.c if column.name != "round_id"),
            *(newest_answers.c[name] for name in ANSWER_COLUMNS if name != "answer_revision"),
            func.coalesce(newest_answers.c.answer_revision, 0).label("answer_revision"),
        )
        .outerjoin(newest_answers, is_of_stop)
        .where(round_stops.c.round_id == round_id)
        .order_by(round_stops.c.position)
    )
    return _frame(connection, rows)


def answer(connection: Connection, round_id: str, answers: Sequence[Answer], *, by: str, now: datetime) -> int:
    """Write what was found at stops of one round, all or nothing; gives how many are new or changed.

    An answer equal to the newest one is left alone, so that a file can be loaded twice. Raises RecordsError for an
    unknown round, a request that is not in it, and a day that has not come; ConflictError where somebody answered
    meanwhile.
    """
    stop_by_request = {(row.source_system, row.sr_number): row for row in stops(connection, round_id).itertuples()}
    if not stop_by_request:
        raise RecordsError(f'there is no round "{round_id}"; nothing was written')
    written = 0
    for item in answers:
        stop = stop_by_request.get((item.source_system, item.sr_number))
        if stop is None:
            raise RecordsError(f"request {item.sr_number} is not in round {round_id}; nothing was written")
        if item.answered_on > now.date():
            raise RecordsError(f"request {item.sr_number}: {item.answered_on} has not come yet; nothing was written")
        note = " ".join(item.note.split())[:LONGEST_NOTE]
        values = {"answer": str(item.answer), "answered_on": item.answered_on, "note": note}
        if stop.answer_revision and all(getattr(stop, name) == value for name, value in values.items()):
            continue
        key = {"round_id": round_id, "source_system": item.source_system, "sr_number": item.sr_number}
        append(connection, round_answers, key, values, seen=item.seen, by=by, now=now)
        written += 1
    return written


def answers(connection: Connection) -> pd.DataFrame:
    """The newest answer of every answered stop of every round, from which the share found gone is counted.

    Columns: round_id, drawn_as_of, source_system, sr_number, service_type, department, answer, answered_on, note,
    answer_revision, answered_by; by the day of the answer, then round and request. A request checked in two rounds
    stands in it twice.
    """
    newest_answers, newest_rounds = _select_answers().subquery(), newest(rounds).subquery()
    is_stop = and_(
        round_stops.c.round_id == newest_answers.c.round_id,
        round_stops.c.source_system == newest_answers.c.source_system,
        round_stops.c.sr_number == newest_answers.c.sr_number,
    )
    rows = (
        select(
            newest_answers.c.round_id,
            newest_rounds.c.drawn_as_of,
            *(round_stops.c[name] for name in ("source_system", "sr_number", "service_type", "department")),
            *(newest_answers.c[name] for name in ANSWER_COLUMNS),
        )
        .join(newest_rounds, newest_rounds.c.round_id == newest_answers.c.round_id)
        .join(round_stops, is_stop)
        .order_by(
            newest_answers.c.answered_on,
            newest_answers.c.round_id,
            newest_answers.c.source_system,
            newest_answers.c.sr_number,
        )
    )
    return _frame(connection, rows)


def remove(connection: Connection, round_id: str, *, seen: int, by: str, now: datetime) -> int:
    """Take a round off the list, with its answers out of every count; its history stays."""
    revisions = history(connection, rounds, {"round_id": round_id})
    if not revisions or revisions[-1]["is_removed"]:
        raise RecordsError(f'there is no round "{round_id}"; nothing was written')
    values = {name: revisions[-1][name] for name in ("title", "link", "drawn_as_of")} | {"is_removed": True}
    return append(connection, rounds, {"round_id": round_id}, values, seen=seen, by=by, now=now)


def _next_id(connection: Connection, day: date) -> str:
    taken_ids = set(connection.scalars(select(rounds.c.round_id).where(rounds.c.round_id.startswith(f"{day}-"))))
    number = 1
    while f"{day}-{number}" in taken_ids:
        number += 1
    return f"{day}-{number}"


def _select_answers() -> Select[Any]:
    newest_revisions = newest(round_answers).subquery()
    return select(
        *(
            newest_revisions.c[name]
            for name in ("round_id", "source_system", "sr_number", "answer", "answered_on", "note")
        ),
        newest_revisions.c.revision.label("answer_revision"),
        newest_revisions.c.written_by.label("answered_by"),
    )


def _count_by(column: Any, name: str) -> Any:
    return select(column, func.count().label(name)).group_by(column).subquery(name)


def _frame(connection: Connection, rows: Select[Any]) -> pd.DataFrame:
    result = connection.execute(rows)
    return pd.DataFrame(result.fetchall(), columns=list(result.keys()))
