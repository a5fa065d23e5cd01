"""What the data are: which city, how fresh, what was loaded, which rows count and what is not understood yet."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
from sqlalchemy import Connection

from db.filters import RequestFilter

WATERFALL_STEPS = (
    "raw",
    "not_a_service",
    "test",
    "cancelled",
    "duplicate",
    "acknowledged",
    "eligible",
    "proactive",
    "residents",
)
OPTION_KINDS = ("department", "service_type", "council_district", "neighborhood_council", "channel", "assigned_to")
UNKNOWN_KINDS = ("owner", "service_type", "resolution_code")


def city(connection: Connection) -> pd.DataFrame:
    """The city this database holds: one row with the columns of table `city`; no rows before the first load."""
    raise NotImplementedError


def default_as_of(connection: Connection, now: datetime) -> datetime:
    """The moment the figures describe unless the reader sets another.

    A file: the latest `created_at` not flagged `future_date`. The generated demo: `now`, within what was generated.
    A feed: the last successful contact. `now` where the database is empty.
    """
    raise NotImplementedError


def data_span(connection: Connection) -> pd.DataFrame:
    """How far the data reach, one row: request_count (int64), first_created_at, last_created_at (datetime64,
    without rows flagged `future_date`), last_closed_at, last_updated_at (datetime64). Empty case: 0 and NaT.
    """
    raise NotImplementedError


def loads(connection: Connection) -> pd.DataFrame:
    """Every load, newest first: the columns of table `load_runs`, and `seconds` (float64) from start to finish.

    In each row read = inserted + updated + unchanged + stale + repeated + rejected. No loads: no rows.
    """
    raise NotImplementedError


def rejects(connection: Connection, *, load_id: int | None = None, limit: int | None = 1000) -> pd.DataFrame:
    """Rows that could not be kept: load_id, line (int64), reason, raw, file (text); newest load first, then by line.

    `load_id` None means all loads, `limit` None all rows.
    """
    raise NotImplementedError


def flags(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """Oddities kept and flagged: flag (text), request_count, population_count (int64), share (float64),
    examples (text).

    A request can carry several flags. `population_count` is the number of requests of the filter, `share` its
    part with this flag; `examples` are the numbers of the three newest, by ", ". Most frequent first, then by
    flag. The filter's period means created.
    """
    raise NotImplementedError


def waterfall(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """From the raw rows to those that count, in the order of `WATERFALL_STEPS`, always nine rows.

    Columns: step (text), kind ("total" | "removed"), request_count (int64). raw = the removed steps before
    eligible + eligible; eligible = proactive + residents; exactly. An exclusion that a closing brought holds
    from that closing on. The filter's population is not used, its period means created in it. Definition:
    "which requests count".
    """
    raise NotImplementedError


def options(connection: Connection) -> pd.DataFrame:
    """What the filter bar can offer: kind (one of `OPTION_KINDS`), value, name (text, to show), request_count
    (int64, raw).

    Order: by kind as in `OPTION_KINDS`; departments and types by name, districts and the rest in natural order
    (2 before 10).
    """
    raise NotImplementedError


def unknowns(connection: Connection, *, limit: int = 100) -> pd.DataFrame:
    """The city's words that the profile does not know yet: kind (one of `UNKNOWN_KINDS`), value (text, the
    city's own word, null where there is none), request_count (int64), first_created_at, last_created_at
    (datetime64). By kind, most frequent first.

    owner: department "Unknown"; service_type: not among the city's service types; resolution_code: ended with
    outcome "unknown". At most `limit` rows a kind.
    """
    raise NotImplementedError
