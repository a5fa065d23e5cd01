"""The morning in one view: what came in since yesterday evening, what falls due today, what was asked again."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import Connection, case, func, select, true

from db.model import expressions
from db.model.filters import RequestFilter
from db.model.schema import requests
from db.queries.examples import example, given, of_filters
from db.queries.queue.stops import REPEATS
from db.storage.frames import fetch

SECTIONS = ("came_in", "due_today", "asked_again")

_r = requests.c


@example(given(of_filters, since=lambda connection, as_of: as_of - timedelta(days=1)))
def came_in(connection: Connection, filters: RequestFilter, *, as_of: datetime, since: datetime) -> pd.DataFrame:
    """What came in after `since` and up to `as_of`, always one row.

    Columns: came_in_count, closed_count (of those, gone again by `as_of`), asked_again_count (of those, chasers and
    asked-agains): int64. Empty case: zeros.
    """
    is_repeat = case((_r.repeat_kind.in_(REPEATS), True), else_=False) == true()
    is_gone = case((expressions.is_open(as_of), False), else_=True) == true()
    statement = select(
        func.count().label("came_in_count"),
        expressions.counted(is_gone).label("closed_count"),
        expressions.counted(is_repeat).label("asked_again_count"),
    ).where(*filters.clauses(as_of), _r.created_at > since)
    return fetch(connection, statement)


def sections(ranked: pd.DataFrame, *, since: datetime, until: datetime) -> dict[str, pd.DataFrame]:
    """The stops of a ranking (`stops.ranking`) that a morning is about, each section in the order of the ranking.

    came_in: with a request made after `since`; due_today: not yet overdue and due by `until`; asked_again: came in
    after `since` and asked again. A stop can be in several; all are open.
    """
    created = ranked["reported_at"].to_numpy("datetime64[us]") > np.datetime64(since, "us")
    due = ranked["overdue_from"].to_numpy("datetime64[us]") <= np.datetime64(until, "us")
    chosen = (created, due & ~ranked["is_overdue"].to_numpy(bool), created & ranked["is_asked_again"].to_numpy(bool))
    return {name: ranked[rows].reset_index(drop=True) for name, rows in zip(SECTIONS, chosen, strict=True)}
