"""Make an edition of the public tables from the request database, and hand it to the snapshot.

An edition holds everything that earlier ones published, as they published it, and adds the months that have settled
since. Nothing is counted anew: somebody who kept both editions would learn hidden numbers from the difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from sqlalchemy import Connection

from db.cities.profile import Profile
from db.model import definitions
from db.model.filters import Period, RequestFilter
from db.publish import asked, books, districts, read, times, withdraw
from db.publish.grid import WEEK, Month, last_settled_week, months_between
from db.publish.privacy import LEAST_SHOWN, CannotBeHiddenError, Views, about, deadline_in, hidden_views, share
from db.publish.schema import ALL, CHECKSUM, FORMAT, TIMES_EDITION, checksum
from db.queries import flow
from db.queries.compliance import rates
from db.queries.data import freshness
from db.rules.errors import DeskError
from db.rules.vocabulary import Unit
from db.storage.snapshots import SnapshotStore

MONTHS_BACK = 24
WEEKS_BACK = 13
USUAL_MONTHS_OF_A_PROMISE = 3  # how far before a month a promise that falls due in it may have been given
DAYS_OF_UNIT = {Unit.HOURS: 1 / 24, Unit.BUSINESS_HOURS: 7 / 40, Unit.CALENDAR_DAYS: 1, Unit.BUSINESS_DAYS: 7 / 5}
BUSY = 10  # requests in a usual week from which a week without any is a gap

Row = dict[str, Any]


@dataclass(frozen=True)
class Edition:
    """What was published: its number, the months added, and how finely the newest is published (one of `LEVELS`)."""

    number: int
    months: tuple[str, ...]
    level: str
    hidden_count: int
    shown_count: int


def publish(
    connection: Connection, store: SnapshotStore, profile: Profile, *, now: datetime, level: str, seconds: float
) -> Edition:
    """Add what has settled and make the next edition.

    `now`: the city's local time. `level`: council_district or neighborhood_council, the same in every edition.
    `seconds`: how long the hiding may take. Raises OutOfTimeError past it, and DeskError where the snapshot is of
    another city or geography, or cannot be read: nothing is published then.
    """
    deadline = deadline_in(seconds)
    as_of = freshness.default_as_of(connection, now)
    before = _published_rows(store, profile, level)
    number = store.edition() + 1
    rows: dict[str, list[Row]] = {name: [dict(row) for row in before[name]] for name in before}
    withdrawn_rows = withdraw.known(before)
    services = times.services(connection, as_of)
    filters = RequestFilter()
    published_districts = {row["district"] for row in (*rows["asked"], *withdrawn_rows["asked"])}
    places = districts.known(connection, filters, as_of, level, profile, published_districts)
    new_months = _new_months(connection, as_of, {row["month"] for row in rows["months"]})
    for month in new_months:
        finest = month == new_months[-1]
        rows_of_month = _month(connection, filters, month, as_of, level, services, places, deadline, finest=finest)
        for row in rows_of_month["months"]:
            row["edition"] = number
        for name, new_rows in rows_of_month.items():
            rows[name] += new_rows
    weeks = {row["week_end"] for row in (*rows["waiting"], *withdrawn_rows["waiting"])}
    rows["waiting"] += [row | {"edition": number} for row in _waiting(connection, filters, as_of, weeks)]
    if not books.hide_where_needed(rows, withdrawn_rows, number, deadline):
        _remove_figures(rows, {month.name for month in new_months})
    newest = _newest(rows["months"])
    values = {row["name"]: row["value"] for row in before["edition"]}
    times_edition = values.get(TIMES_EDITION, "")
    if new_months or not any(row["half_days"] for row in rows["services"]):
        rows["services"] = times.rows(connection, filters, as_of, newest, services, _hidden_services(rows))
        times_edition = str(number)
    _hide_promises(rows, {month.name for month in new_months})
    if newest:
        rows["districts"], height = districts.rows(connection, filters, as_of, level, newest, rows["asked"], services)
    else:
        rows["districts"], height = [], 0
    source_kind = str(freshness.city(connection)["source_kind"].iloc[0])
    rows["edition"] = _edition_rows(profile, source_kind, now, as_of, level, height)
    rows["edition"].append({"name": TIMES_EDITION, "value": times_edition})
    rows["edition"].append({"name": CHECKSUM, "value": checksum(rows)})
    store.write(read.TABLES, rows)
    counts = [row["asked_count"] for row in rows["asked"] if newest and row["month"] == newest.name]
    hidden = sum(count is None for count in counts)
    newest_level = next((row["level"] for row in rows["months"] if newest and row["month"] == newest.name), "")
    return Edition(
        store.edition(), tuple(month.name for month in new_months), newest_level, hidden, len(counts) - hidden
    )


def _remove_figures(rows: dict[str, list[Row]], months: set[str]) -> None:
    """Remove every figure of these months: each one would narrow down what is hidden."""
    for name in ("asked", "promises", "ended"):
        rows[name] = [row for row in rows[name] if row["month"] not in months]
    for row in rows["months"]:
        if row["month"] in months:
            row["level"] = ""


def _hide_promises(rows: dict[str, list[Row]], new: set[str]) -> None:
    """Hide the promises of a new month where the number of a promised service, or of the whole city, is hidden in that
    month or in those just before it: the promises that fell due were given there.
    """
    promised = {row["service_type"]: _most_days(row) for row in rows["services"] if row["promise_amount"] is not None}
    months_back = max(USUAL_MONTHS_OF_A_PROMISE, *(1 + ceil(days / 28) for days in promised.values()), 0)
    months_with_hidden = {
        row["month"]
        for row in rows["asked"]
        if row["asked_count"] is None and row["district"] == ALL and row["service_type"] in {*promised, ALL}
    }
    order = sorted(row["month"] for row in rows["months"])
    for row in rows["promises"]:
        if row["month"] in new:
            index = order.index(row["month"])
            if months_with_hidden & set(order[max(index - months_back, 0) : index + 1]):
                row |= {"due_count": None, "kept_percent": None, "bound": ""}


def _most_days(service: Mapping[str, Any]) -> float:
    """An upper bound of the days that a promise allows."""
    return float(service["promise_amount"] * DAYS_OF_UNIT[service["promise_unit"]])


def _hidden_services(rows: Mapping[str, Sequence[Row]]) -> set[tuple[str, Month]]:
    """Services whose own number in the whole city is hidden, with the month."""
    months = {row["month"]: Month.of(row) for row in rows["months"]}
    return {
        (row["service_type"], months[row["month"]])
        for row in rows["asked"]
        if row["asked_count"] is None and row["service_type"] != ALL and row["district"] == ALL
    }


def _published_rows(store: SnapshotStore, profile: Profile, level: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    if not store.edition():
        return {name: [] for name in read.TABLES.tables}
    rows = read.rows(store)
    values = {row["name"]: row["value"] for row in rows["edition"]}
    if values["city"] != profile.key:
        raise DeskError(
            f'the snapshot is of "{values["city"]}", not of "{profile.key}": set KIOSK_DATA to another folder'
        )
    if values["level"] != level:
        raise DeskError(
            f"the snapshot is by {values['level']}, KIOSK_PLACES says {level}: two geographies give away, by their "
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
    """The newest month that was not withdrawn; None where there is none."""
    standing = [row for row in months if row["withdrawn_on"] is None]
    return Month.of(max(standing, key=lambda row: str(row["month"]))) if standing else None


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
    """The rows of one month in every table that has months. Only the newest month of an edition is published finely."""
    of_month = replace(filters, period=month.period())
    counted = asked.count_cells(
        connection, of_month, as_of=as_of, level=level, services=services, known_districts=places
    )
    grid = asked.whole_grid(counted, services, places)
    level_published, cells = asked.publishable(counted, grid, deadline, coarsest=not finest)
    entry = {
        "month": month.name,
        "first_on": month.start.isoformat(),
        "last_on": (month.end - timedelta(days=1)).isoformat(),
        "weeks": month.weeks,
        "counted_on": f"{as_of:%Y-%m-%d}",
        "level": level_published,
        "withdrawn_on": None,
    }
    return {
        "months": [entry],
        "asked": [{"month": month.name, **_with_none(row)} for row in cells.to_dict("records")],
        "promises": [_promises(connection, of_month, month, as_of)],
        "ended": [_ended(connection, of_month, month, as_of, deadline)],
    }


def _promises(connection: Connection, filters: RequestFilter, month: Month, as_of: datetime) -> Row:
    """Of the published promises due in the month, the share kept; empty where the data begin too late to know it."""
    summary = rates.summary(connection, filters, as_of=as_of).iloc[0]
    due, met = int(summary["due_count"]), int(summary["met_count"])
    percent, bound = (None, "") if summary["incomplete_start"] else share(met, due)
    shown = None if 0 < due < LEAST_SHOWN or summary["incomplete_start"] else due
    return {"month": month.name, "due_count": shown, "kept_percent": percent, "bound": bound}


def _ended(connection: Connection, filters: RequestFilter, month: Month, as_of: datetime, deadline: float) -> Row:
    """Requests closed in the month, and those on which the work was done; the difference is protected as well."""
    outcomes = rates.outcomes(connection, filters, as_of=as_of)
    ended = int(outcomes["closed_count"].sum())
    done = int(outcomes.loc[outcomes["outcome"] == "work_done", "closed_count"].sum())
    cells = np.array([done, ended - done])
    matrix = csr_array(np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]))  # all, work done, closed otherwise
    shown = np.array([3.0, 1.0, 1.0])
    # No published number says that some were closed otherwise, so nobody knows that it is at least one.
    views = Views(cells, matrix, np.zeros(3, dtype=bool), shown, np.ones(3, dtype=bool), np.array([1, 1, 0]))
    try:
        hidden = hidden_views(views, deadline)
    except CannotBeHiddenError:
        hidden = np.ones(3, dtype=bool)
    return {
        "month": month.name,
        "ended_count": None if hidden[0] else ended,
        "work_done_count": None if hidden[1] else done,
    }


def _waiting(connection: Connection, filters: RequestFilter, as_of: datetime, published: set[str]) -> list[Row]:
    """How many requests were open at the end of each settled week that was never published, to the nearest ten."""
    until = last_settled_week(as_of)
    last = until - timedelta(days=1)
    first_day = date.fromisoformat(max(published)) + timedelta(days=1) if published else until - WEEKS_BACK * WEEK
    if first_day > last:
        return []
    period = Period("weeks", first_day, until)
    weekly = flow.by_week(connection, replace(filters, period=period), as_of=as_of)
    ends = (weekly["week_start"] + pd.Timedelta(days=6)).dt.strftime("%Y-%m-%d").tolist()
    counts = weekly["open_at_end"].astype(int).tolist()
    return [{"week_end": end, "waiting_count": about(count)} for end, count in zip(ends, counts, strict=True)]


def _edition_rows(
    profile: Profile, source_kind: str, now: datetime, as_of: datetime, level: str, height: int
) -> list[Row]:
    values = {
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
    return [{"name": name, "value": value} for name, value in values.items()]


def _with_none(row: Mapping[Any, Any]) -> Row:
    return {str(name): None if pd.isna(value) else value for name, value in row.items()}
