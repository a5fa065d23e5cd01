"""Every open request of a filter as stops, in the order to work them: lanes, today's plan, and why.

Open requests of one type at one place are one stop. `ranking` orders all stops of a filter once; `in_lane`,
`lane_counts`, `left_out` and `changes` read from it, so that a screen asks the database for no more than the rows it
shows. The rules are those of `db/rules/triage/`; lanes use the working goals whatever the filter's switch says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, and_, case, func, select, true

from db.model import expressions
from db.model.filters import RequestFilter
from db.model.schema import requests, service_types
from db.queries.examples import example, given, of_filters, triage_rules, working_day
from db.queries.queue import risk, room, stale
from db.queries.queue.learned import Learned, learn
from db.rules.calendar import Calendar
from db.rules.clock import Moments
from db.rules.errors import DeskError
from db.rules.triage.moments import due_days
from db.rules.triage.plan import LANES, Plan, Stops, plan
from db.rules.triage.setting import TriageRules
from db.storage.frames import bytes_order, fetch

GOALS: str = "working"
REPEATS = ("chaser", "asked_again")
COLUMNS = (
    *("rank", "is_in_plan", "lane", "sr_number", "source_system", "department", "service_type", "council_district"),
    *("created_at", "reported_at", "due_at", "overdue_from", "is_overdue", "is_day_only", "usual_days", "stale_days"),
    *("breach_risk", "risk_level", "is_asked_again", "danger_grade", "request_count", "numbers"),
)

Key = tuple[str, str]
"""A request's number and source system."""

_r = requests.c
_DAY = np.timedelta64(1, "D")
_ROOM = ("department", "yard", "room")


@example(given(of_filters, calendar=working_day, rules=triage_rules))
def ranking(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    calendar: Calendar,
    rules: TriageRules | None = None,
    room: int | None = None,
    using: Learned | None = None,
) -> pd.DataFrame:
    """Every stop of the filter at `as_of`, in the order to work them: today's plan, then the rest, then what to check.

    Each department (each of its yards where the profile says that they have crews) has a plan of its own; whatever
    else the filter names picks rows out of these plans and does not make one. Columns: rank (int64, from 1, its place
    among all stops of these departments), is_in_plan (boolean), lane (text, of `LANES`), sr_number, source_system
    (text, of the request that the stop is named by: the next due that can still be kept, else the oldest), department,
    service_type, council_district (text), created_at (datetime64, of the oldest request), reported_at (of the newest),
    due_at, overdue_from (datetime64, by the working goals), is_overdue, is_day_only (boolean; only the day is
    promised), usual_days (float64, the goal in elapsed days, else the type's median time to close), stale_days
    (float64, NaN for none), breach_risk (float64, NaN where none is shown), risk_level (int64, see `risk.of_open`),
    is_asked_again (boolean: has a chaser, or is one, or is asked again), danger_grade (int64, 0 to 2), request_count
    (int64), numbers (a tuple of texts, source_system:sr_number of each request, oldest first).
    `room`: stops a day of each unit; what was shown where left out. `calendar`: of the working day. `using`: what the
    past says, made here where left out. Empty case: no rows, all columns.
    """
    rules, population = rules or TriageRules(), filters.population
    using = using or learn(connection, as_of=risk.curves_moment(as_of), population=population)
    of_units = RequestFilter(departments=filters.departments, population=population, goals=GOALS)
    found = _stops(_open(connection, of_units, as_of, filters.choices()), as_of, rules, using, calendar)
    rooms = _rooms(connection, of_units, as_of, calendar, rules) if room is None and len(found) else {}
    ordered = _planned(found, as_of, rules, rooms, room)
    return ordered[ordered["is_chosen"]][list(COLUMNS)].reset_index(drop=True)


@example(given(of_filters, calendar=working_day))
def rooms(connection: Connection, filters: RequestFilter, *, as_of: datetime, calendar: Calendar) -> pd.DataFrame:
    """`room.shown` of the departments of the filter."""
    return room.shown(connection, filters, as_of=as_of, calendar=calendar)


def in_lane(ranked: pd.DataFrame, lane: str) -> pd.DataFrame:
    """The rows of one lane, in order. Raises DeskError for an unknown lane."""
    if lane not in tuple(LANES):
        raise DeskError(f'lane "{lane}" is not one of {", ".join(LANES)}')
    return ranked[ranked["lane"] == lane].reset_index(drop=True)


def lane_counts(ranked: pd.DataFrame) -> dict[str, int]:
    """How many stops each lane has."""
    counts = ranked["lane"].value_counts()
    return {str(lane): int(counts.get(lane, 0)) for lane in LANES}


def left_out(ranked: pd.DataFrame, until: datetime) -> int:
    """How many stops are due by `until`, not yet overdue, and not in today's plan: they will be late even so."""
    due = ranked["overdue_from"].to_numpy("datetime64[us]") <= np.datetime64(until, "us")
    return int((due & ~ranked["is_overdue"].to_numpy(bool) & ~ranked["is_in_plan"].to_numpy(bool)).sum())


class Changes(NamedTuple):
    """Between two rankings: requests that are in the second only, and in the first only."""

    new_count: int
    gone_count: int


def changes(before: pd.DataFrame, after: pd.DataFrame) -> Changes:
    """What came and what went between two rankings of one filter, whichever of them is the later."""
    first, second = (set(chain.from_iterable(frame["numbers"])) for frame in (before, after))
    return Changes(len(second - first), len(first - second))


def each_request(ranked: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """One row a request of every stop, with sr_number, source_system and these columns of its stop, as they stand."""
    found = ranked[list(columns)].loc[ranked.index.repeat(ranked["request_count"])].reset_index(drop=True)
    named = list(chain.from_iterable(ranked["numbers"]))
    systems, numbers = ([text.partition(":")[place] for text in named] for place in (0, 2))
    return found.assign(source_system=systems, sr_number=numbers)


def keys_of(rows: pd.DataFrame) -> tuple[Key, ...]:
    """The keys of the requests that the rows of a ranking are named by."""
    return tuple(zip(rows["sr_number"], rows["source_system"], strict=True))


def _open(
    connection: Connection, filters: RequestFilter, as_of: datetime, choices: Iterable[ColumnElement[bool]]
) -> pd.DataFrame:
    """Every open request, by creation, number and system, with what makes its stop."""
    chased, is_new_need = stale.chased_at(as_of), service_types.c.repeat_means == "new_need"
    joined = requests.outerjoin(service_types, service_types.c.service_type == _r.service_type).outerjoin(
        chased, and_(chased.c.place_id == _r.place_id, chased.c.service_type == _r.service_type)
    )
    statement = (
        select(
            _r.sr_number,
            _r.source_system,
            *risk.risk_inputs(GOALS),
            _r.place_id,
            func.coalesce(_r.assigned_to, "").label("yard"),
            _r.due_by_day.label("is_day_only"),
            case((is_new_need, False), (_r.repeat_kind.in_(REPEATS), True), else_=False).label("asks_again"),
            case((is_new_need, None), else_=chased.c.chased_at).label("chased_at"),
            case((and_(true(), *choices), True), else_=False).label("is_chosen"),
        )
        .select_from(joined)
        .where(*filters.clauses(as_of), expressions.is_open(as_of))
        .order_by(_r.created_at, bytes_order(_r.sr_number), bytes_order(_r.source_system))
    )
    return fetch(connection, statement, dict.fromkeys(("due_at", "breach_at", "chased_at"), "moment"))


def _stops(
    frame: pd.DataFrame, as_of: datetime, rules: TriageRules, using: Learned, calendar: Calendar
) -> pd.DataFrame:
    """One row a stop, by creation of its oldest request, with the columns of a ranking but for the order."""
    frame = _with_ages(frame, as_of, rules, using)
    stop = _stop_numbers(frame)
    can_be_kept = frame["overdue_from"].to_numpy("datetime64[us]") > np.datetime64(as_of, "us")
    far = np.datetime64("9999-12-31", "us")
    soonest = np.where(can_be_kept, frame["overdue_from"].to_numpy("datetime64[us]"), far)
    leads = np.lexsort((np.arange(len(frame)), soonest, ~can_be_kept, stop))
    starts = np.flatnonzero(np.diff(stop[leads], prepend=-1))
    found = frame.take(leads[starts]).reset_index(drop=True)
    of_stop = frame.groupby(stop, sort=True)
    found["created_at"] = of_stop["created_at"].min().to_numpy()
    found["reported_at"] = of_stop["created_at"].max().to_numpy()
    for name, how in (("is_asked_again", "any"), ("is_chosen", "any"), ("is_stale", "all")):
        found[name] = getattr(of_stop[name], how)().to_numpy(bool)
    found["request_count"] = of_stop.size().to_numpy("int64")
    found["numbers"] = _numbers(frame, stop)
    found["is_overdue"] = ~can_be_kept[leads[starts]] & found["due_at"].notna().to_numpy()
    shown = risk.risks(using.curves, frame.take(leads[starts]).reset_index(drop=True), as_of)
    found["breach_risk"], found["risk_level"] = shown.risk, shown.level.astype("int64")
    found["due_day"] = due_days(found["overdue_from"].to_numpy("datetime64[us]"), calendar)
    return found


def _with_ages(frame: pd.DataFrame, as_of: datetime, rules: TriageRules, using: Learned) -> pd.DataFrame:
    """Requests with what is usual for them, whether they are stale, dangers and asked again."""
    created: Moments = frame["created_at"].to_numpy("datetime64[us]")
    due: Moments = frame["due_at"].to_numpy("datetime64[us]")
    frame["overdue_from"] = frame["breach_at"]
    keys = ["service_type", "department"]
    known = frame[keys].merge(using.ages, on=keys, how="left")
    promised: NDArray[np.float64] = (due - created) / _DAY
    frame["usual_days"] = np.where(np.isnan(promised), known["usual_days"].to_numpy(float), promised)
    frame["stale_days"] = known["stale_days"].to_numpy(float)
    frame["is_asked_again"] = stale.has_chaser(frame) | frame["asks_again"].to_numpy(bool)
    frame["is_stale"] = stale.is_stale(frame, frame["stale_days"].to_numpy(float), as_of)
    grades = {pair: rules.grade(*pair) for pair in set(zip(frame["service_type"], frame["department"], strict=True))}
    pairs = zip(frame["service_type"], frame["department"], strict=True)
    frame["danger_grade"] = np.fromiter((grades[pair] for pair in pairs), np.int64, len(frame))
    return frame


def _stop_numbers(frame: pd.DataFrame) -> NDArray[np.int64]:
    """A number of the stop of each request, by its oldest request; one without a place is a stop of its own."""
    alone = frame["place_id"].isna().to_numpy()
    place = pd.factorize(frame["place_id"])[0]
    place = np.where(alone, place.max(initial=0) + 1 + np.arange(len(frame)), place)
    parts = pd.DataFrame({"place": place, "type": frame["service_type"], "department": frame["department"]})
    return np.asarray(parts.groupby(["place", "type", "department"], sort=False).ngroup(), np.int64)


def _numbers(frame: pd.DataFrame, stop: NDArray[np.int64]) -> pd.Series:
    named = frame["source_system"].str.cat(frame["sr_number"], sep=":")
    order = np.argsort(stop, kind="stable")
    starts = np.flatnonzero(np.diff(stop[order], prepend=-1))
    parts = np.split(named.to_numpy(object)[order], starts[1:]) if len(order) else []
    return pd.Series([tuple(part) for part in parts], dtype=object)


def _rooms(
    connection: Connection, filters: RequestFilter, as_of: datetime, calendar: Calendar, rules: TriageRules
) -> dict[tuple[str, str], int]:
    shown = room.shown(connection, filters, as_of=as_of, calendar=calendar, by_yard=rules.yards_have_crews)
    return {(unit, yard): int(size) for unit, yard, size in zip(*(shown[name].tolist() for name in _ROOM), strict=True)}


def _planned(
    found: pd.DataFrame,
    as_of: datetime,
    rules: TriageRules,
    rooms: Mapping[tuple[str, str], int],
    size: int | None,
) -> pd.DataFrame:
    """The stops in order: each unit's plan says what is today's; of several units the days are mixed in one order."""
    is_today, order = np.zeros(len(found), bool), np.zeros(0, np.int64)
    units = _units(found, rules)
    for unit, rows in units.items():
        made = _plan(found.take(rows), as_of, rules, rooms.get(unit, 0) if size is None else size)
        is_today[rows[made.order[: made.today_count]]] = True
        order = rows[made.order]
    overall = _plan(found, as_of, rules, 0)
    if len(units) > 1:
        today = np.flatnonzero(is_today)
        first = today[_plan(found.take(today), as_of, rules, None).order]
        order = np.concatenate([first, overall.order[~is_today[overall.order]]])
    found["is_in_plan"] = is_today
    found["lane"] = np.array([str(lane) for lane in LANES], object)[overall.lane]
    ordered = found.take(order).reset_index(drop=True)
    ordered["rank"] = np.arange(1, len(ordered) + 1, dtype="int64")
    return ordered


def _units(found: pd.DataFrame, rules: TriageRules) -> dict[tuple[str, str], NDArray[np.int64]]:
    """The row numbers of each unit with hands of its own: its department, and its yard where yards have crews."""
    yard = found["yard"] if rules.yards_have_crews else pd.Series("", index=found.index)
    groups: Any = found.groupby([found["department"], yard], sort=True).indices
    return {(str(department), str(name)): rows for (department, name), rows in groups.items()}


def _plan(found: pd.DataFrame, as_of: datetime, rules: TriageRules, size: int | None) -> Plan:
    return plan(_as_stops(found), as_of=as_of, room=size, kept_share=rules.kept_share, seed=as_of.toordinal() // 7)


def _as_stops(found: pd.DataFrame) -> Stops:
    moments = {"created": "created_at", "reported": "reported_at", "due": "due_at", "overdue_from": "overdue_from"}
    return Stops(
        **{name: found[column].to_numpy("datetime64[us]") for name, column in moments.items()},
        due_day=found["due_day"].to_numpy("datetime64[D]"),
        usual_days=found["usual_days"].to_numpy(float),
        breach_risk=found["breach_risk"].to_numpy(float),
        is_asked_again=found["is_asked_again"].to_numpy(bool),
        danger_grade=found["danger_grade"].to_numpy("int64"),
        is_stale=found["is_stale"].to_numpy(bool),
    )
