"""Make an edition of the public tables from the request database, and hand it to the snapshot.

An edition holds everything that earlier ones published, as they published it, and adds the months that have settled
since. Nothing is counted anew: somebody who kept both editions would learn from the difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import ceil, floor
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from sqlalchemy import Connection, select, true

from db.cities.profile import Profile
from db.model import definitions
from db.model.filters import Period, RequestFilter
from db.model.schema import service_types
from db.publish import asked, districts, read
from db.publish.grid import WEEK, Month, last_settled_week, months_between
from db.publish.privacy import LEAST_FOR_SHARE, LEAST_SHOWN, Views, about, deadline_in, hidden_views, share
from db.publish.schema import CHECKSUM, FORMAT, OTHER, checksum
from db.queries import flow
from db.queries.compliance import rates, time_to_close
from db.queries.data import freshness
from db.queries.goals import in_force
from db.rules.errors import DeskError
from db.storage.snapshots import SnapshotStore

MONTHS_BACK = 24
WEEKS_BACK = 13
WEEKS_OF_TIMES = 52  # how far "what to expect" looks back
BUSY = 10  # requests in a usual week from which a week without any is a gap

Row = dict[str, Any]


@dataclass(frozen=True)
class Edition:
    """What was published: its number, the months added, and how finely the newest is told."""

    number: int
    months: tuple[str, ...]
    level: str
    hidden_count: int
    shown_count: int


def publish(
    connection: Connection, store: SnapshotStore, profile: Profile, *, now: datetime, level: str, seconds: float
) -> Edition:
    """Add what has settled and make the next edition.

    `now`: the city's clock. `level`: council_district or neighborhood_council, the same for ever. `seconds`: how long
    the hiding may take. Raises OutOfTimeError past it, and DeskError where the snapshot is of another city or
    geography, or cannot be read: nothing is published then.
    """
    deadline = deadline_in(seconds)
    as_of = freshness.default_as_of(connection, now)
    before = _before(store, profile, level)
    rows: dict[str, list[Row]] = {name: [dict(row) for row in before[name]] for name in before}
    added = _new_months(connection, as_of, {row["month"] for row in rows["months"]})
    services = _services(connection, as_of)
    filters = RequestFilter()
    places = districts.known(connection, filters, as_of, level, profile, {row["district"] for row in rows["asked"]})
    for month in added:
        finest = month == added[-1]
        told = _month(connection, filters, month, as_of, level, services, places, deadline, finest=finest)
        for name, more in told.items():
            rows[name] += more
    rows["waiting"] += _waiting(connection, filters, as_of, {row["week_end"] for row in rows["waiting"]})
    newest = _newest(rows["months"])
    if added or not rows["services"]:
        rows["services"] = _times(connection, filters, as_of, newest, services)
    if newest:
        rows["districts"], height = districts.rows(connection, filters, as_of, level, newest, rows["asked"], services)
    else:
        rows["districts"], height = [], 0
    source_kind = str(freshness.city(connection)["source_kind"].iloc[0])
    rows["edition"] = _edition(profile, source_kind, now, as_of, level, height)
    rows["edition"].append({"name": CHECKSUM, "value": checksum(rows)})
    store.write(read.TABLES, rows)
    counts = [row["asked_count"] for row in rows["asked"] if newest and row["month"] == newest.name]
    hidden = sum(count is None for count in counts)
    told_level = next((row["level"] for row in rows["months"] if newest and row["month"] == newest.name), "")
    return Edition(store.edition(), tuple(month.name for month in added), told_level, hidden, len(counts) - hidden)


def withdraw(store: SnapshotStore, month: str, *, now: datetime) -> None:
    """Take the figures of one month out of the snapshot for good. Raises DeskError where it holds no such month."""
    rows = {name: [dict(row) for row in held] for name, held in read.rows(store).items()}
    named = [row for row in rows["months"] if row["month"] == month]
    if not named:
        known = ", ".join(row["month"] for row in rows["months"]) or "none"
        raise DeskError(f'month "{month}" is not in the snapshot; published: {known}')
    named[0]["withdrawn_on"] = f"{now:%Y-%m-%d}"
    for name in ("asked", "promises", "ended", "districts"):
        rows[name] = [row for row in rows[name] if row["month"] != month]
    rows["edition"] = [row for row in rows["edition"] if row["name"] != CHECKSUM]
    rows["edition"].append({"name": CHECKSUM, "value": checksum(rows)})
    store.write(read.TABLES, rows)


def _before(store: SnapshotStore, profile: Profile, level: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    if not store.edition():
        return {name: [] for name in read.TABLES.tables}
    rows = read.rows(store)
    said = {row["name"]: row["value"] for row in rows["edition"]}
    if said["city"] != profile.key:
        raise DeskError(
            f'the snapshot is of "{said["city"]}", not of "{profile.key}": set KIOSK_DATA to another folder'
        )
    if said["level"] != level:
        raise DeskError(
            f"the snapshot is by {said['level']}, KIOSK_PLACES says {level}: two geographies give away, by their "
            "differences, what each of them hides; keep the first"
        )
    return rows


def _new_months(connection: Connection, as_of: datetime, published: set[str]) -> list[Month]:
    """The settled months without a gap that were never published, oldest first; none older than two years."""
    first = freshness.first_created_at(connection)
    if first is None:
        return []
    start = max(first.date(), as_of.date() - timedelta(days=31 * (MONTHS_BACK + 1)))
    settled = list(months_between(start, as_of))[-MONTHS_BACK:]
    newest = max(published, default="")
    wanted = [month for month in settled if month.name > newest]
    if not wanted:
        return []
    period = Period("settled", wanted[0].start, wanted[-1].end)
    weekly = flow.in_and_out(connection, RequestFilter(population="raw", period=period), as_of=as_of)
    if weekly["inflow"].median() < BUSY:
        return wanted
    empty = {week.date() for week in weekly.loc[weekly["inflow"] == 0, "week_start"]}
    return [month for month in wanted if not any(month.start <= week < month.end for week in empty)]


def _newest(months: Sequence[Row]) -> Month | None:
    """The newest month that was published with places and was not withdrawn."""
    told = [row for row in months if row["withdrawn_on"] is None]
    if not told:
        return None
    row = max(told, key=lambda each: str(each["month"]))
    return Month(row["month"], date.fromisoformat(row["first_on"]), date.fromisoformat(row["last_on"]) + WEEK / 7)


def _month(
    connection: Connection,
    filters: RequestFilter,
    month: Month,
    as_of: datetime,
    level: str,
    services: Mapping[str, asked.Service],
    places: Sequence[str],
    deadline: float,
    *,
    finest: bool,
) -> dict[str, list[Row]]:
    """The rows of one month in every table that has months. Only the newest month of an edition is told finely."""
    of_month = replace(filters, period=month.period())
    counted = asked.count_cells(
        connection, of_month, as_of=as_of, level=level, services=services, known_districts=places
    )
    grid = asked.whole_grid(counted, services, places)
    told, cells = asked.publishable(counted, grid, deadline, coarsest=not finest)
    entry = {
        "month": month.name,
        "first_on": month.start.isoformat(),
        "last_on": (month.end - timedelta(days=1)).isoformat(),
        "weeks": month.weeks,
        "counted_on": f"{as_of:%Y-%m-%d}",
        "level": told,
        "withdrawn_on": None,
    }
    return {
        "months": [entry],
        "asked": [{"month": month.name, **_plain(row)} for row in cells.to_dict("records")],
        "promises": [_promises(connection, of_month, month, as_of)],
        "ended": [_ended(connection, of_month, month, as_of, deadline)],
    }


def _promises(connection: Connection, filters: RequestFilter, month: Month, as_of: datetime) -> Row:
    """Of the published promises due in the month, the share kept; empty where the data begin too late to tell."""
    found = rates.summary(connection, filters, as_of=as_of).iloc[0]
    due, met = int(found["due_count"]), int(found["met_count"])
    percent, bound = (None, "") if found["incomplete_start"] else share(met, due)
    shown = None if 0 < due < LEAST_SHOWN or found["incomplete_start"] else due
    return {"month": month.name, "due_count": shown, "kept_percent": percent, "bound": bound}


def _ended(connection: Connection, filters: RequestFilter, month: Month, as_of: datetime, deadline: float) -> Row:
    """Requests closed in the month, and those on which the work was done; the difference is protected as well."""
    found = rates.outcomes(connection, filters, as_of=as_of)
    ended = int(found["closed_count"].sum())
    done = int(found.loc[found["outcome"] == "work_done", "closed_count"].sum())
    cells = np.array([done, ended - done])
    matrix = csr_array(np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]))  # all, work done, closed otherwise
    shown = np.array([3.0, 1.0, 1.0])
    views = Views(cells, matrix, np.zeros(3, dtype=bool), shown, np.ones(3, dtype=bool), np.ones(3, dtype="int64"))
    hidden = hidden_views(views, deadline)
    return {
        "month": month.name,
        "ended_count": None if hidden[0] else ended,
        "work_done_count": None if hidden[1] else done,
    }


def _waiting(connection: Connection, filters: RequestFilter, as_of: datetime, published: set[str]) -> list[Row]:
    """What was open at the end of each settled week that was never published, to the nearest ten."""
    until = last_settled_week(as_of)
    last = until - timedelta(days=1)
    newest = date.fromisoformat(max(published)) + timedelta(days=1) if published else until - WEEKS_BACK * WEEK
    if newest > last:
        return []
    period = Period("weeks", newest, until)
    weekly = flow.by_week(connection, replace(filters, period=period), as_of=as_of)
    ends = (weekly["week_start"] + pd.Timedelta(days=6)).dt.strftime("%Y-%m-%d").tolist()
    counts = weekly["open_at_end"].astype(int).tolist()
    return [{"week_end": end, "waiting_count": about(count)} for end, count in zip(ends, counts, strict=True)]


def _services(connection: Connection, as_of: datetime) -> dict[str, asked.Service]:
    found = in_force.in_force(connection, as_of=as_of)
    real = set(connection.scalars(select(service_types.c.service_type).where(service_types.c.is_service == true())))
    return {
        row["service_type"]: asked.Service(
            row["service_type"], row["public_name"], _text(row["category"]) or OTHER, bool(row["is_sensitive"])
        )
        for row in found.to_dict("records")
        if row["service_type"] in real
    }


def _times(
    connection: Connection,
    filters: RequestFilter,
    as_of: datetime,
    newest: Month | None,
    services: Mapping[str, asked.Service],
) -> list[Row]:
    """How long each service takes, over the 52 weeks up to the end of the newest month, and its published promise."""
    goals = {row["service_type"]: row for row in in_force.in_force(connection, as_of=as_of).to_dict("records")}
    end = newest.end if newest else as_of.date()
    period = Period("times", end - WEEKS_OF_TIMES * WEEK, end)
    found = time_to_close.time_to_close(connection, replace(filters, period=period), as_of=as_of)
    enough = found[found["request_count"] >= LEAST_FOR_SHARE]
    times = {row["service_type"]: row for row in enough.to_dict("records")}
    return [_expected(service, times.get(key), goals[key]) for key, service in services.items()]


def _expected(service: asked.Service, times: Mapping[Any, Any] | None, goal: Mapping[Any, Any]) -> Row:
    half = _days(times["median_days"], times["longest_days"]) if times else (None, 0)
    most = _days(times["p90_days"], times["longest_days"]) if times else (None, 0)
    is_published = goal["basis"] == "published"
    return {
        "service_type": service.service_type,
        "name": service.name,
        "category": service.category,
        "half_days": half[0],
        "half_is_over": half[1],
        "most_days": most[0],
        "most_is_over": most[1],
        "promise_amount": float(goal["amount"]) if is_published else None,
        "promise_unit": str(goal["unit"]) if is_published else None,
    }


def _days(days: float, longest: float) -> tuple[int, int]:
    """Whole days, and 1 where it takes more than so many, because the data do not reach far enough to tell."""
    return (floor(longest), 1) if np.isnan(days) else (max(1, ceil(days)), 0)


def _edition(profile: Profile, source_kind: str, now: datetime, as_of: datetime, level: str, height: int) -> list[Row]:
    said = {
        "source_kind": source_kind,
        "format": FORMAT,
        "city": profile.key,
        "city_name": profile.name,
        "time_zone": profile.time_zone,
        "level": level,
        "district_label": profile.district_label if level == "council_district" else "Neighborhood council",
        "published_at": f"{now:%Y-%m-%dT%H:%M}",
        "counted_at": f"{as_of:%Y-%m-%dT%H:%M}",
        "definitions": definitions.version(),
        "map_height": str(height),
    }
    return [{"name": name, "value": value} for name, value in said.items()]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _plain(row: Mapping[Any, Any]) -> Row:
    return {str(name): None if pd.isna(value) else value for name, value in row.items()}
