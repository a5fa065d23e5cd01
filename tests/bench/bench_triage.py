"""What the order of today's plan brings, replayed on the real moments of closing against other orders.

`DESK_REAL_DATA=FOLDER python -m tests.bench.bench_triage` prints the tables of docs/triage.md: Boston from September to
December 2011, five departments; its animal and pest types of 2015, 2017 and 2019, the second half of each year; and
generated cities. Every moment at which staff really closed something serves one request that exists by then: the next
one of the order. The plan is made each morning; a danger since comes first. `ONLY=boston`, `pests` or `generated` makes
one part; `SEEDS` says how many generated cities.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from db.__main__ import main as run_command
from db.cities import load
from db.cities.profile import Profile
from db.ingest.demo import make_demo
from db.model.filters import RequestFilter
from db.model.schema import requests
from db.queries.queue import learned, risk, room
from db.rules.triage.moments import due_days
from db.rules.triage.plan import Stops, plan
from db.settings import Settings
from db.storage.database import open_database
from db.storage.embedded import EmbeddedDatabase
from db.storage.frames import fetch
from tests.bench.bench_risk import BOSTON, loaded

DEPARTMENTS = ("PWD", "BTDT", "ISD", "PARK", "PROP")
START, END = datetime(2011, 9, 1), datetime(2012, 1, 1)
PESTS, PEST_YEARS = "boston_311/boston_{year}_animal_and_pest_types.csv.gz", (2015, 2017, 2019)
FEW_MOMENTS = 100  # a department that closed fewer is left out
ORDERS = ("plan", "oldest", "due", "points", "best")
ROOMS = (0.8, 1.0, 1.2)
STARVED_DAYS = 84.0  # 60 working days
GENERATED_SCALE, GENERATED_WEEKS = 0.01, 17
GENERATED_DEPARTMENTS = ("LASAN", "BSS", "BSL", "RAP", "LADOT")
DAY = 86400.0
Floats = NDArray[np.float64]
_r = requests.c


@dataclass(frozen=True)
class Work:
    """One department's requests, in seconds since START, inf for never; `moments`: when staff closed something.

    `stale`: when each becomes stale if it is still open then, by the stale ages of each month as they were known.
    """

    created: Floats
    due: Floats
    kind: NDArray[np.int64]
    grade: NDArray[np.int64]
    moments: Floats
    moment_kind: NDArray[np.int64]
    gone: Floats  # when a request left without staff, at its own moment
    stale: Floats


def read(connection: Connection, profile: Profile, department: str, start: datetime, end: datetime) -> Work:
    columns = [
        _r.service_type,
        _r.created_at,
        risk.left_at().label("left_at"),
        _r.overdue_from,
        _r.is_proactive,
        _r.outcome,
    ]
    statement = select(*columns).where(
        _r.department == department, _r.created_at < end, _r.open_until > start, _r.counts_until > datetime(1900, 1, 1)
    )
    rows = fetch(connection, statement.order_by(_r.created_at, _r.sr_number), {"overdue_from": "moment"})
    created, left, due = (_seconds(rows[name], start) for name in ("created_at", "left_at", "overdue_from"))
    own = (
        rows["is_proactive"].to_numpy(bool) | (left - created < 3600) | rows["outcome"].isin(["cancelled", "duplicate"])
    )
    served = ~np.asarray(own, bool) & (left < (end - start).total_seconds())
    kind = pd.factorize(rows["service_type"])[0].astype(np.int64)
    grade = np.array([profile.triage.grade(name, department) for name in rows["service_type"]], np.int64)
    order = np.argsort(left[served], kind="stable")
    gone = np.where(own, left, np.inf)
    stale = _stale(connection, rows["service_type"], created, department, start, end)
    return Work(created, due, kind, grade, left[served][order], kind[served][order], gone, stale)


def _stale(
    connection: Connection, types: pd.Series, created: Floats, department: str, start: datetime, end: datetime
) -> Floats:
    """When each request becomes stale, inf for never: in the first month whose stale age it reaches."""
    found, month = np.full(len(types), np.inf), start.replace(day=1)
    while month < end:
        after = (month + timedelta(days=32)).replace(day=1)
        ages = learned.ages(connection, as_of=month)
        of_type = ages[ages["department"] == department].set_index("service_type")["stale_days"]
        reached = created + types.map(of_type).to_numpy(float) * DAY
        first, last = ((moment - start).total_seconds() for moment in (month, after))
        found = np.where(np.isinf(found) & (reached < last), np.maximum(reached, first), found)  # nan compares as false
        month = after
    return found


def _seconds(moments: pd.Series, start: datetime) -> Floats:
    found = (moments.to_numpy("datetime64[us]") - np.datetime64(start, "us")) / np.timedelta64(1, "s")
    return np.where(np.isnan(found) | (found > 1e10), np.inf, found)


def replay(work: Work, order: str, start: datetime, size: int, share: float, tied: bool, profile: Profile) -> Floats:
    """When each request is served, inf for never. `share`: of the moments that are worked; over 1 some serve two."""
    served = np.where(np.isfinite(work.gone), work.gone, np.inf)
    waiting = ~np.isfinite(work.gone)
    count = np.floor(np.arange(1, len(work.moments) + 1) * share) - np.floor(np.arange(len(work.moments)) * share)
    day, ranks, fresh_from = -1, np.zeros(len(work.created)), 0.0
    for moment, kind, times in zip(work.moments.tolist(), work.moment_kind.tolist(), count.tolist(), strict=True):
        if int(moment // DAY) != day:
            day = int(moment // DAY)
            fresh_from = day * DAY
            ranks = _ranks(work, waiting & (work.created < fresh_from), order, start, fresh_from, size, profile)
        for _ in range(int(times)):
            can = waiting & (work.created <= moment)
            if tied:
                can &= work.kind == kind
            found = np.flatnonzero(can)
            if not len(found):
                continue
            if order == "best":
                due = np.where(work.due[found] >= moment, work.due[found], np.inf)
                one = found[np.argmin(due)]
            else:
                fresh = work.created[found] >= fresh_from
                first = fresh & (work.grade[found] > 0) if order in ("plan", "points") else np.zeros(len(found), bool)
                key = np.where(first, -work.grade[found], np.where(fresh, 1e9 + work.created[found], ranks[found]))
                one = found[np.argmin(key)]
            served[one], waiting[one] = moment, False
    return served


def _ranks(
    work: Work, which: NDArray[np.bool_], order: str, start: datetime, now: float, size: int, profile: Profile
) -> Floats:
    """The place of each waiting request in the order of this morning; shape (n,)."""
    rows, ranks = np.flatnonzero(which), np.full(len(work.created), np.inf)
    if order == "plan":
        made = plan(_stops(work, rows, start, now, profile), as_of=start + timedelta(seconds=now), room=size)
        rows = rows[made.order]
    else:
        rows = rows[np.argsort(_key(work, rows, order, now), kind="stable")]
    ranks[rows] = np.arange(1.0, len(rows) + 1)
    return ranks


def _key(work: Work, rows: NDArray[np.int64], order: str, now: float) -> Floats:
    if order == "oldest" or order == "best":
        return work.created[rows]
    if order == "due":
        return work.due[rows]
    # The points that the desk had before: 30 for safety, 40 for the clock, 15 for waiting (nobody's repeats are known).
    age, promised = now - work.created[rows], work.due[rows] - work.created[rows]
    times = np.maximum(np.where(np.isfinite(promised), age / np.maximum(promised, 1), 0), 0)
    clock = np.where(times > 1, 1 - 0.5 / np.maximum(times, 1), 0.5 * times)
    days = age / DAY
    return -(15 * work.grade[rows] + 40 * clock + 15 * days / (days + 30))


def _stops(work: Work, rows: NDArray[np.int64], start: datetime, now: float, profile: Profile) -> Stops:
    base = np.datetime64(start, "us")
    created = base + (work.created[rows] * 1e6).astype("timedelta64[us]")
    known = np.isfinite(work.due[rows])
    due = np.full(len(rows), np.datetime64("NaT", "us"))
    due[known] = base + (work.due[rows][known] * 1e6).astype("timedelta64[us]")
    days = due_days(due, profile.calendars[profile.working_day_calendar])
    usual = np.where(known, (work.due[rows] - work.created[rows]) / DAY, np.nan)
    no_risk, never_again = np.full(len(rows), np.nan), np.zeros(len(rows), bool)
    is_stale = work.stale[rows] <= now
    return Stops(created, created, due, due, days, usual, no_risk, never_again, work.grade[rows], is_stale)


def figures(work: Work, served: Floats, end: float) -> dict[str, float]:
    judged = (work.due >= 0) & (work.due < end) & ~np.isfinite(work.gone)
    dangers = (work.grade > 0) & (work.created >= 0) & ~np.isfinite(work.gone)
    hours = (served - work.created)[dangers] / 3600
    late = judged & (served > work.due) & (work.grade == 0)
    waits = (np.minimum(served, end) - work.due)[late] / DAY
    return {
        "judged": float(judged.sum()),
        "kept": float((served <= work.due)[judged].sum()),
        "danger_p50": _quantile(hours, 0.5),
        "danger_p90": _quantile(hours, 0.9),
        "longest": float(waits.max(initial=0.0)),
        "starved": float(_starved(work, served, end)),
        "starved_by_own": float(_starved(work, served, end, of_own_type=True)),
    }


def _quantile(values: Floats, share: float) -> float:
    """The least value that so large a share does not exceed; inf where it never happened to so many."""
    return float(np.sort(values)[int(np.ceil(share * len(values))) - 1]) if len(values) else float("nan")


def _starved(work: Work, served: Floats, end: float, *, of_own_type: bool = False) -> int:
    """Late requests that waited 60 working days, or became stale, after a later-due one of their lane was served.

    One counts as served in the lane of the late if it was overdue when its day began. `of_own_type`: only those count
    that the same hands served.
    """
    rows = np.flatnonzero((work.grade == 0) & np.isfinite(work.due) & ~np.isfinite(work.gone))
    left, due, kind = served[rows], work.due[rows], work.kind[rows]
    is_served = np.isfinite(left)
    from_late = is_served & (np.floor(np.where(is_served, left, 0) / DAY) * DAY >= due)
    late_from, stale = np.maximum(due, 0), work.stale[rows]
    until = np.minimum(np.minimum(left, end), stale)
    turned = stale == until
    found = 0
    for one in np.flatnonzero((until > late_from) & (turned | (until - late_from >= STARVED_DAYS * DAY))):
        others = from_late & (due > due[one]) & (left > late_from[one])
        if of_own_type:
            others &= kind == kind[one]
        first = left[others].min(initial=np.inf)
        found += (until[one] - first >= STARVED_DAYS * DAY) or (turned[one] and first < stale[one])
    return int(found)


def table(
    works: dict[str, Work], rooms: dict[str, int], profile: Profile, start: datetime, end: datetime, title: str
) -> list[Row]:
    """Every order with every number of hands, a line each, printed as it is made."""
    length, lines = (end - start).total_seconds(), []
    for tied in (True, False):
        for share in ROOMS:
            for order in ORDERS:
                found = []
                for name, work in works.items():
                    size = round(rooms.get(name, 1) * share)
                    found.append(figures(work, replay(work, order, start, size, share, tied, profile), length))
                lines.append(Row("tied" if tied else "shared", f"{share:.0%}", order, found))
                print(f"| {title} {lines[-1].words()}", flush=True)
    return lines


@dataclass(frozen=True)
class Row:
    """One line of a table: the figures of each department."""

    crews: str
    hands: str
    order: str
    found: list[dict[str, float]]

    def kept(self) -> float:
        return sum(one["kept"] for one in self.found) / sum(one["judged"] for one in self.found)

    def most(self, name: str) -> float:
        return max(one[name] for one in self.found)

    def total(self, name: str) -> float:
        return sum(one[name] for one in self.found)

    def words(self) -> str:
        kept = [f"{one['kept'] / one['judged']:.0%}" if one["judged"] else "none" for one in self.found]
        dangers = [f"{one['danger_p50']:.0f}/{one['danger_p90']:.0f}" for one in self.found]
        starved = f"{self.total('starved'):.0f} | {self.total('starved_by_own'):.0f}"
        return (
            f"| {self.crews} | {self.hands} | {self.order} | {self.kept():.1%} | {' '.join(kept)} | "
            f"{' '.join(dangers)} | {self.most('longest'):.0f} | {starved} |"
        )


def over_seeds(tables: list[list[Row]]) -> None:
    """The generated cities together: the median and the range over the seeds."""
    for place, row in enumerate(tables[0]):
        same = [lines[place] for lines in tables]
        kept = np.sort([one.kept() for one in same])
        starved = [one.total("starved") for one in same]
        own = [one.total("starved_by_own") for one in same]
        dangers = [d["danger_p50"] for one in same for d in one.found if not np.isnan(d["danger_p50"])]
        slow = [d["danger_p90"] for one in same for d in one.found if not np.isnan(d["danger_p90"])]
        longest = [one.most("longest") for one in same]
        print(
            f"| {row.crews} | {row.hands} | {row.order} | {np.median(kept):.1%} ({kept[0]:.1%} to {kept[-1]:.1%}) | "
            f"{np.median(dangers):.0f}/{np.median(slow):.0f} | {np.median(longest):.0f} | "
            f"{np.median(starved):.0f} ({min(starved):.0f} to {max(starved):.0f}) | {np.median(own):.0f} "
            f"({min(own):.0f} to {max(own):.0f}) |"
        )


def boston(folder: Path) -> None:
    profile = load("boston")
    with loaded(folder / BOSTON, "boston") as connection:
        works = {name: read(connection, profile, name, START, END) for name in DEPARTMENTS}
        rooms = _rooms(connection, profile, END)
        for name, work in works.items():
            print(name, len(work.created), "requests", len(work.moments), "moments, room", rooms.get(name))
    table(works, rooms, profile, START, END, "Boston 2011")


def _rooms(connection: Connection, profile: Profile, as_of: datetime) -> dict[str, int]:
    calendar = profile.calendars[profile.working_day_calendar]
    shown = room.shown(connection, RequestFilter(), as_of=as_of, calendar=calendar)
    return dict(zip(shown["department"], shown["room"].tolist(), strict=True))


def pests(folder: Path) -> None:
    """The file of animal and pest types, the second half of each year: it has a half year to learn from."""
    profile = load("boston")
    with tempfile.TemporaryDirectory() as data:
        files = [str(folder / PESTS.format(year=year)) for year in PEST_YEARS]
        if run_command(["load", *files], {"DESK_DATA": data, "DESK_CITY": "boston"}) != 0:
            raise RuntimeError("the files of animal and pest types were not loaded")
        database = open_database(Settings(Path(data)))
        with database.reader().connect() as connection:
            for year in PEST_YEARS:
                start, end = datetime(year, 7, 1), datetime(year + 1, 1, 1)
                names = connection.scalars(select(_r.department).where(_r.created_at >= start).distinct()).all()
                works = {name: read(connection, profile, name, start, end) for name in sorted(names)}
                works = {name: work for name, work in works.items() if len(work.moments) >= FEW_MOMENTS}
                rooms = _rooms(connection, profile, end)
                print(
                    year,
                    {name: (len(work.created), len(work.moments), rooms.get(name)) for name, work in works.items()},
                )
                table(works, rooms, profile, start, end, f"Boston {year}")
        database.close()


def generated(seed: int) -> list[Row]:
    profile, end = load("los_angeles"), datetime(2026, 11, 30)
    start = end - timedelta(weeks=GENERATED_WEEKS)
    with tempfile.TemporaryDirectory() as folder:
        database = EmbeddedDatabase(Path(folder))
        make_demo(database, now=end, scale=GENERATED_SCALE, seed=seed)
        with database.reader().connect() as connection:
            rooms = _rooms(connection, profile, end)
            works = {name: read(connection, profile, name, start, end) for name in GENERATED_DEPARTMENTS}
        database.close()
    return table(works, rooms, profile, start, end, f"generated, seed {seed}")


def main(folder: Path) -> None:
    only = os.environ.get("ONLY", "")
    if only in ("", "boston"):
        boston(folder)
    if only in ("", "pests"):
        pests(folder)
    if only in ("", "generated"):
        over_seeds([generated(seed) for seed in range(1, 1 + int(os.environ.get("SEEDS", "20")))])


if __name__ == "__main__":
    if "DESK_REAL_DATA" not in os.environ:
        sys.exit("DESK_REAL_DATA names no folder of real city files")
    main(Path(os.environ["DESK_REAL_DATA"]))
