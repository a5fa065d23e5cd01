"""Single requests: one with all that is known of it, its surroundings, and lists of any columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
from sqlalchemy import Connection

from db.filters import RequestFilter

COMPUTED = ("verdict", "age_days", "goal_multiple", "is_open", "is_overdue", "status_at", "outcome_at")
BRIEF = (
    "sr_number",
    "source_system",
    "department",
    "service_type",
    "address",
    "created_at",
    "closed_at",
    "status",
    "outcome",
)


def one(
    connection: Connection,
    sr_number: str,
    *,
    as_of: datetime,
    goals: str = "promises",
    source_system: str | None = None,
) -> pd.DataFrame:
    """All that is known of one request at `as_of`: a row for each source system that has this number.

    Columns: every column of `requests` as stored, the computed ones of `COMPUTED`, department_name, public_name
    (text), goal_amount (float64), goal_unit, goal_calendar, goal_citation (text), goal_effective_on
    (datetime64). `due_at` is the stored one whatever its basis; `verdict` follows `goals`. Order:
    source_system. Unknown number, or created after `as_of`: no rows.
    """
    raise NotImplementedError


def history(connection: Connection, sr_number: str, *, source_system: str | None = None) -> pd.DataFrame:
    """What changed between two loads, oldest first.

    Columns: source_system, load_id (int64), seen_at (datetime64), status_before, status_after, source_status_before,
    source_status_after (text), closed_at_before, closed_at_after (datetime64). No change: no rows.
    """
    raise NotImplementedError


def same_place(
    connection: Connection, sr_number: str, *, as_of: datetime, source_system: str | None = None, limit: int = 50
) -> pd.DataFrame:
    """Other requests at the same place (`place_id`) that exist at `as_of`, newest first, whatever their population.

    Columns: `BRIEF` with status and outcome as they stood at `as_of`, due_at (datetime64), is_open (bool),
    is_proactive (bool), repeat_kind (text). No usable place: no rows.
    """
    raise NotImplementedError


def chain(connection: Connection, sr_number: str, *, as_of: datetime) -> pd.DataFrame:
    """The requests linked with this one by `repeat_of`, up to the first of them and down again, oldest first,
    itself included.

    Columns: `BRIEF` with status and outcome as they stood at `as_of`, repeat_kind, repeat_of, call_id (text). A
    request without links: itself alone. Unknown number: no rows.
    """
    raise NotImplementedError


def search(connection: Connection, text: str, *, as_of: datetime, limit: int = 20) -> pd.DataFrame:
    """Requests whose number begins with `text`, or whose address holds it, case ignored.

    Columns: `BRIEF` with status and outcome as they stood at `as_of`, matched ("number" | "address"). Order:
    the exact number, other numbers, addresses; each newest first. Blank text: no rows. `%` and `_` are taken as
    written.
    """
    raise NotImplementedError


def list_requests(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    columns: Sequence[str],
    limit: int | None = None,
) -> pd.DataFrame:
    """Requests of the filter with the `columns` asked for, in that order; oldest first, then by number.

    `columns` names columns of `requests`, given as stored, or of `COMPUTED`, given as of `as_of` under the
    filter's goals. The filter's period means created in it. Empty case: no rows, all columns. Raises ValueError
    that names an unknown column and the known ones.
    """
    raise NotImplementedError
