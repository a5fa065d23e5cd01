"""What the screens need of a snapshot: plain values looked up in its rows; nothing is counted here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from db.publish.read import Snapshot

Row = Mapping[str, Any]
WEEKS_BEFORE = 4


@dataclass(frozen=True)
class Promises:
    """Of a month: promises due, the percent kept, and `bound` ('', at_least, at_most); None where hidden."""

    month: str
    due: int | None
    percent: int | None
    bound: str


@dataclass(frozen=True)
class Waiting:
    """Open requests at the end of a week, to the nearest ten, and four weeks before; None under ten."""

    on: date
    count: int | None
    before: int | None


@dataclass(frozen=True)
class Month:
    """Requests closed (`ended`) and with work done (`done`) a week; None where hidden."""

    name: str
    ended: float | None
    done: float | None


def moment(snapshot: Snapshot, name: str) -> datetime:
    """`published_at` or `counted_at`."""
    return datetime.fromisoformat(snapshot.said[name])


def promises(snapshot: Snapshot) -> list[Promises]:
    """By month, the newest first."""
    rows = sorted(snapshot.tables["promises"], key=lambda row: str(row["month"]), reverse=True)
    return [Promises(row["month"], row["due_count"], row["kept_percent"], row["bound"]) for row in rows]


def waiting(snapshot: Snapshot) -> Waiting | None:
    """The newest week; None before there is one."""
    rows = sorted(snapshot.tables["waiting"], key=lambda row: str(row["week_end"]))
    if not rows:
        return None
    before = rows[-1 - WEEKS_BEFORE]["waiting_count"] if len(rows) > WEEKS_BEFORE else None
    return Waiting(date.fromisoformat(rows[-1]["week_end"]), rows[-1]["waiting_count"], before)


def promised_services(snapshot: Snapshot) -> tuple[int, int]:
    """How many services have a published promise, and how many there are."""
    rows = snapshot.tables["services"]
    return sum(row["promise_amount"] is not None for row in rows), len(rows)


def months(snapshot: Snapshot) -> list[Month]:
    """Closed and work done a week by month, oldest first: months have four or five weeks."""
    weeks = {row["month"]: row["weeks"] for row in snapshot.tables["months"]}

    def weekly(row: Row, name: str) -> float | None:
        return None if row[name] is None else row[name] / weeks[row["month"]]

    rows = sorted(snapshot.tables["ended"], key=lambda row: str(row["month"]))
    return [Month(row["month"], weekly(row, "ended_count"), weekly(row, "work_done_count")) for row in rows]


def services(snapshot: Snapshot) -> list[Row]:
    """Every service, the most asked for first."""
    asked = {row["service_type"]: row["asked_count"] or 0 for row in _newest_asked(snapshot) if not row["district"]}
    rows = snapshot.tables["services"]
    return sorted(rows, key=lambda row: (-asked.get(row["service_type"], 0), str(row["name"])))


def districts(snapshot: Snapshot) -> Sequence[Row]:
    """Every district in natural order, as published."""
    return snapshot.tables["districts"]


def district_total(snapshot: Snapshot, district: str) -> int | None:
    """How many requests were made in a district in the newest month; None where hidden."""
    for row in _newest_asked(snapshot):
        if row["district"] == district and not row["service_type"] and not row["category"]:
            return int(row["asked_count"]) if row["asked_count"] is not None else None
    return None


def asked_most(snapshot: Snapshot, district: str, most: int) -> list[tuple[str, int]]:
    """What was asked for most in a district in the newest month: name and count, as finely as it is published."""
    names = {row["service_type"]: row["name"] for row in snapshot.tables["services"]}
    rows = [
        (str(names.get(row["service_type"], row["category"])), int(row["asked_count"]))
        for row in _newest_asked(snapshot)
        if row["district"] == district and row["category"] and row["asked_count"]
    ]
    return sorted(rows, key=lambda row: -row[1])[:most]


def newest_month(snapshot: Snapshot) -> str | None:
    """The newest month on show; None before there is one."""
    return max((row["month"] for row in snapshot.tables["months"] if row["withdrawn_on"] is None), default=None)


def _newest_asked(snapshot: Snapshot) -> list[Row]:
    newest = newest_month(snapshot)
    return [row for row in snapshot.tables["asked"] if row["month"] == newest]
