"""Short builders of `requests` rows: a test states what its claim needs, the rest has sensible values.

Moments are written as a calendar reads, "Fri 2026-07-03 16:59"; a weekday that is wrong fails the test that
wrote it. Flags are written by name, with commas between.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import count
from typing import Any

import numpy as np

from db.model.schema import requests
from db.rules import on_time, vocabulary

_numbers = count(1)

_SHORT = {"created": "created_at", "closed": "closed_at", "updated": "updated_at", "due": "due_at"}


def moment(text: str | datetime) -> datetime:
    """The moment a text like "Fri 2026-07-03 16:59" or "2026-07-03" states; ValueError where the weekday is wrong."""
    if isinstance(text, datetime):
        return text
    weekday, _, rest = text.partition(" ") if text[:1].isalpha() else ("", "", text)
    found = datetime.fromisoformat(rest)
    if weekday and found.strftime("%a") != weekday:
        raise ValueError(f'"{text}": {rest} is a {found:%A}')
    return found


def open_request(created: str | datetime = "Fri 2026-07-03 16:59", **changes: Any) -> dict[str, Any]:
    """A residents' pothole request, open, without a goal unless `due` is given."""
    return _row({"created_at": created, "status": "open", "outcome": None}, changes)


def closed_request(
    created: str | datetime = "Fri 2026-07-03 16:59", closed: str | datetime = "Mon 2026-07-06 09:00", **changes: Any
) -> dict[str, Any]:
    """A residents' pothole request on which the work was done; `closed_on_time` follows from `due` and `closed`."""
    return _row({"created_at": created, "closed_at": closed, "status": "closed", "outcome": "work_done"}, changes)


def cancelled_request(
    created: str | datetime = "Fri 2026-07-03 16:59", closed: str | datetime = "Mon 2026-07-06 09:00", **changes: Any
) -> dict[str, Any]:
    """A request that left the count by its closing."""
    left = {"status": "cancelled", "outcome": "cancelled", "exclusion_reason": "cancelled"}
    return closed_request(created, closed, **(left | changes))


def _row(states: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    row = dict.fromkeys(requests.c.keys()) | _DEFAULTS | states
    row |= {_SHORT.get(name, name): value for name, value in changes.items()}
    unknown = row.keys() - set(requests.c.keys())
    if unknown:
        raise TypeError(f"requests has no column {', '.join(sorted(unknown))}")
    for name in ("created_at", "closed_at", "updated_at", "due_at", "city_due_at"):
        if row[name] is not None:
            row[name] = moment(row[name])
    row["flags"] = sum(vocabulary.BITS[vocabulary.Flag(flag)] for flag in row["flags"].split(",") if flag)
    if row["sr_number"] is None:
        row["sr_number"] = f"1-{next(_numbers):09d}"
    for system, number in _LINKS.items():
        if row[number] is not None and row[system] is None:
            row[system] = row["source_system"]
    if row["due_at"] is not None:
        row["goal_basis"] = row["goal_basis"] or "published"
        row["due_source"] = row["due_source"] or "computed"
        if row["closed_at"] is not None and "closed_on_time" not in changes:
            row["closed_on_time"] = _on_time(row)
    return row


def _on_time(row: Mapping[str, Any]) -> bool | None:
    """As the rule says, so that no test judges by a rule of its own."""
    moments = {name: np.array([row[f"{name}_at"]], "datetime64[us]") for name in ("created", "closed", "due")}
    usable = on_time.is_usable(
        moments["created"],
        moments["closed"],
        created_by_day=row["created_by_day"],
        closed_by_day=row["closed_by_day"],
    )
    if not usable.item():
        return None
    return bool(
        on_time.is_met(
            moments["closed"], moments["due"], closed_by_day=row["closed_by_day"], due_by_day=row["due_by_day"]
        ).item()
    )


# A link is within the same system unless a test says otherwise.
_LINKS = {"call_system": "call_id", "repeat_of_system": "repeat_of", "asked_again_by_system": "asked_again_by"}
_DEFAULTS = {
    "source_system": "myla311",
    "source_status": "Open",
    "department": "BSS",
    "service_type": "Pothole",
    "channel": "call",
    "is_proactive": False,
    "location_quality": "none",
    "created_by_day": False,
    "closed_by_day": False,
    "due_by_day": False,
    "flags": "",
    "first_load": 1,
    "last_load": 1,
    "row_hash": 0,
}
