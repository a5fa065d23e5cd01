"""Every question, each with arguments that reach all of its columns, to compare engines on whole cities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import Connection, select

from db.cities import load
from db.model import schema
from db.model.filters import RequestFilter
from db.queries import flow
from db.queries.briefing import coverage, promises, weekly
from db.queries.catalogue import QUESTIONS
from db.queries.compliance import rates, time_to_close
from db.queries.data import freshness
from db.queries.goals import in_force, what_if
from db.queries.map import cells, districts
from db.queries.queue import (
    backlog,
    falling_due,
    learned,
    morning,
    risk,
    room,
    stale,
    status_enquiries,
    stops,
    today,
)
from db.queries.repeats import calls, chronic
from db.queries.request import requests
from db.queries.workload import staffing
from db.rules.calendar import Calendar
from db.rules.triage.plan import LANES
from db.rules.vocabulary import PromiseFigure

Question = Callable[[Connection, RequestFilter, datetime], Any]
ALWAYS = Calendar(name="always")
CITY = load("los_angeles")
OFFICE, RULES = CITY.calendars["office"], CITY.triage
UNORDERED = ("risks",)
KEY = ["sr_number", "source_system"]


def _number(connection: Connection, as_of: datetime) -> str:
    """The number of a request that repeats another, where there is one."""
    column = schema.requests.c
    statement = (
        select(column.sr_number)
        .where(column.created_at <= as_of)
        .order_by(column.repeat_of.is_(None), column.created_at.desc(), column.sr_number.collate("C"))
        .limit(1)
    )
    return connection.scalar(statement) or "none"


def _place(connection: Connection, as_of: datetime) -> str:
    """The place of the request that `_number` names, where there is one."""
    column = schema.requests.c
    found = select(column.place_id).where(column.sr_number == _number(connection, as_of), column.place_id.is_not(None))
    return connection.scalar(found) or "none"


def _of_map(filters: RequestFilter, shows: str) -> RequestFilter:
    """Medians are of one type of work."""
    return replace(filters, service_types=("Graffiti Removal",)) if shows == "how_long" else filters


EVERY: dict[str, Question] = {
    "queue.backlog.totals": lambda c, f, at: backlog.totals(c, f, as_of=at),
    "queue.backlog.by_department": lambda c, f, at: backlog.by_department(c, f, as_of=at),
    "queue.backlog.ageing": lambda c, f, at: backlog.ageing(c, f, as_of=at),
    "flow.by_day": lambda c, f, at: flow.by_day(c, f, as_of=at),
    "flow.by_week": lambda c, f, at: flow.by_week(c, f, as_of=at),
    "flow.in_and_out": lambda c, f, at: flow.in_and_out(c, f, as_of=at),
    "queue.backlog.due_ahead": lambda c, f, at: backlog.due_ahead(
        c, f, as_of=at, until=(("tonight", at + timedelta(hours=9)),)
    ),
    "request.requests.one": lambda c, f, at: requests.one(c, _number(c, at), as_of=at),
    "request.requests.history": lambda c, f, at: requests.history(c, _number(c, at), as_of=at),
    "request.requests.same_place": lambda c, f, at: requests.same_place(c, _number(c, at), as_of=at),
    "request.requests.chain": lambda c, f, at: requests.chain(c, _number(c, at), as_of=at),
    "request.requests.search": lambda c, f, at: requests.search(c, "1", as_of=at),
    "request.requests.list_requests": lambda c, f, at: requests.list_requests(
        c, f, as_of=at, columns=[*schema.requests.c.keys(), *requests.COMPUTED]
    ).drop(columns=["first_load", "last_load", "row_hash"]),
    "data.freshness.data_span": lambda c, f, at: freshness.data_span(c),
    "data.freshness.default_as_of": lambda c, f, at: freshness.default_as_of(c, at),
    "data.freshness.flags": lambda c, f, at: freshness.flags(c, f, as_of=at),
    "data.freshness.waterfall": lambda c, f, at: freshness.waterfall(c, f, as_of=at),
    "data.freshness.options": lambda c, f, at: freshness.options(c),
    "data.freshness.unknowns": lambda c, f, at: freshness.unknowns(c),
    "data.freshness.rejects": lambda c, f, at: freshness.rejects(c),
    "goals.in_force.in_force": lambda c, f, at: in_force.in_force(c, as_of=at),
    "goals.in_force.versions": lambda c, f, at: in_force.versions(c),
    "compliance.rates.summary": lambda c, f, at: rates.summary(c, f, as_of=at),
    "compliance.rates.by_type_for_change": lambda c, f, at: rates.by_type_for_change(c, f, as_of=at),
    "compliance.rates.outcomes": lambda c, f, at: rates.outcomes(c, f, as_of=at),
    "compliance.time_to_close.time_to_close": lambda c, f, at: time_to_close.time_to_close(c, f, as_of=at),
    "compliance.time_to_close.what_if_goal": lambda c, f, at: time_to_close.what_if_goal(
        c, f, as_of=at, service_type="Graffiti Removal", amount=3, unit="calendar_days", calendar=ALWAYS
    ),
    "compliance.time_to_close.quantile_goal": lambda c, f, at: time_to_close.quantile_goal(
        c, f, as_of=at, service_type="Graffiti Removal", share=0.8, unit="hours", calendar=ALWAYS
    ),
}
EVERY |= {
    f"backlog.by_group {column}": lambda c, f, at, column=column: backlog.by_group(c, f, as_of=at, column=column)
    for column in backlog.GROUPS
}
EVERY |= {
    f"backlog.open_requests {lane}": lambda c, f, at, lane=lane: backlog.open_requests(c, f, as_of=at, lane=lane)
    for lane in backlog.LANES
}
EVERY |= {
    f"queue.today.queue {lane}": lambda c, f, at, lane=lane: today.queue(
        c, f, as_of=at, calendar=OFFICE, rules=RULES, lane=lane, limit=None
    )
    for lane in (None, *map(str, LANES))
}
EVERY |= {
    "queue.risk.of_open": lambda c, f, at: risk.of_open(c, f, as_of=at).sort_values(["sr_number"], ignore_index=True),
    "queue.risk.came_true": lambda c, f, at: risk.came_true(c, f, as_of=at),
    "queue.morning.came_in": lambda c, f, at: morning.came_in(c, f, as_of=at, since=at - timedelta(days=1)),
    "queue.status_enquiries.status_enquiries": lambda c, f, at: status_enquiries.status_enquiries(
        c, f, as_of=at, words=("status provided",)
    ),
    "queue.stale.overdue_by_department": lambda c, f, at: stale.overdue_by_department(c, f, as_of=at),
    "queue.learned.ages": lambda c, f, at: learned.ages(c, as_of=at),
    "queue.stops.rooms": lambda c, f, at: stops.rooms(c, f, as_of=at, calendar=OFFICE),
    "requests.list_requests with lanes": lambda c, f, at: requests.list_requests(
        c, f, as_of=at, columns=["sr_number", "repeat_kind", "breach_risk", "lane", "rank"], calendar=OFFICE
    ),
}
EVERY |= {f"compliance.by {by}": lambda c, f, at, by=by: rates.by(c, f, as_of=at, by=by) for by in rates.GROUPS}
EVERY |= {
    f"compliance.ageing_multiples {by}": lambda c, f, at, by=by: rates.ageing_multiples(c, f, as_of=at, by=by)
    for by in ("department", "service_type", "district")
}


def _asked(name: str, by: str) -> Question:
    """A question of the terminal, with what its city and its command line would add."""

    def answer(connection: Connection, filters: RequestFilter, at: datetime) -> Any:
        question = QUESTIONS[name]
        takes = question.way(by or None).takes()
        usual = {
            "sr_number": _number(connection, at) if "sr_number" in takes else None,
            "columns": ("sr_number", "verdict"),
            "words": ("status provided",),
            "calendar": OFFICE,
            "rules": RULES,
        }
        given = {key: value for key, value in usual.items() if key in takes}
        found = question.answer(connection, filters, as_of=at, by=by or None, given=given)
        return found.sort_values(KEY, ignore_index=True) if question.name in UNORDERED else found

    return answer


EVERY |= {f"ask {name} {by}".strip(): _asked(name, by) for name, question in QUESTIONS.items() for by in question.ways}
EVERY |= {
    f"places.cells {shows}": lambda c, f, at, shows=shows: cells.cells(c, _of_map(f, shows), as_of=at, shows=shows)
    for shows in cells.QUESTIONS
}
EVERY |= {
    f"places.located {shows}": lambda c, f, at, shows=shows: cells.located(c, _of_map(f, shows), as_of=at, shows=shows)
    for shows in cells.QUESTIONS
}
EVERY |= {
    f"places.districts {shows} {level}": lambda c, f, at, shows=shows, level=level: cells.districts(
        c, _of_map(f, shows), as_of=at, shows=shows, level=level
    )
    for shows in cells.QUESTIONS
    for level in cells.LEVELS
}
EVERY |= {
    f"districts.{name} {level}": lambda c, f, at, ask=ask, level=level: ask(c, f, as_of=at, level=level)
    for name, ask in (("speed", districts.speed), ("district_agreement", districts.district_agreement))
    for level in cells.LEVELS
}
EVERY |= {
    f"repeats.{ask.__name__} {by}": lambda c, f, at, ask=ask, by=by: ask(c, f, as_of=at, by=by)
    for ask in (calls.by, calls.fast_but_comes_back)
    for by in ("department", "service_type")
}
EVERY |= {
    "map.cells.points": lambda c, f, at: cells.points(c, f, as_of=at),
    "map.districts.cell_districts": lambda c, f, at: districts.cell_districts(c),
    "repeats.calls.rate": lambda c, f, at: calls.rate(c, f, as_of=at),
    "repeats.calls.closures_asked_again": lambda c, f, at: calls.closures_asked_again(c, f, as_of=at),
    "repeats.chronic.chronic": lambda c, f, at: chronic.chronic(c, f, as_of=at),
    "repeats.chronic.story": lambda c, f, at: chronic.story(c, _place(c, at), as_of=at),
}
EVERY |= {
    f"briefing.promises.measured {figure}": lambda c, f, at, figure=figure: promises.measured(
        c, figure=str(figure), department="", service_type="", goals=f.goals, as_of=at
    )
    for figure in PromiseFigure
}


def _first_keys(connection: Connection, filters: RequestFilter, at: datetime) -> tuple[Any, ...]:
    """The keys of the first rows of the queue."""
    return stops.keys_of(stops.ranking(connection, filters, as_of=at, calendar=OFFICE).head(20))


def _in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of an answer that is in no order, by their first two columns."""
    return frame.sort_values([*frame.columns[:2]], ignore_index=True)


_WEEKS = (date(2026, 3, 2), date(2026, 6, 29))
_TRIES = (what_if.Try("Graffiti Removal", 3, "calendar_days", ALWAYS, None),)
EVERY |= {
    "compliance.rates.counts": lambda c, f, at: rates.counts(c, f, as_of=at),
    "compliance.time_to_close.city_dates": lambda c, f, at: time_to_close.city_dates(
        c, f, as_of=at, service_type="Graffiti Removal", goal=(3, "calendar_days"), calendar=ALWAYS
    ),
    "data.freshness.first_created_at": lambda c, f, at: freshness.first_created_at(c),
    "goals.what_if.tried": lambda c, f, at: what_if.tried(c, f, as_of=at, tries=_TRIES),
    "goals.what_if.dates_differ": lambda c, f, at: what_if.dates_differ(c, f, as_of=at, tries=_TRIES),
    "goals.what_if.quantile_goals": lambda c, f, at: what_if.quantile_goals(
        c, f, as_of=at, share=0.8, unit="hours", calendars=(("Graffiti Removal", ALWAYS),)
    ),
    "map.districts.outlines": lambda c, f, at: districts.outlines(c),
    "map.districts.speed_counts": lambda c, f, at: _in_order(districts.speed_counts(c, f, as_of=at)),
    "queue.falling_due.falling_due": lambda c, f, at: falling_due.falling_due(
        c, f, as_of=at, until=(("soon", at + timedelta(days=3)),)
    ),
    "queue.room.shown": lambda c, f, at: room.shown(c, f, as_of=at, calendar=OFFICE),
    "queue.stops.ranking": lambda c, f, at: stops.ranking(c, f, as_of=at, calendar=OFFICE, rules=RULES),
    "queue.today.details": lambda c, f, at: today.details(c, _first_keys(c, f, at), as_of=at).sort_values(
        KEY, ignore_index=True
    ),
    "repeats.calls.counts": lambda c, f, at: calls.counts(c, f, as_of=at).sort_values(
        ["department", "service_type"], ignore_index=True
    ),
    "briefing.coverage": lambda c, f, at: coverage.coverage(c, f, as_of=at),
    "briefing.weekly.by_type": lambda c, f, at: weekly.by_type(c, f, as_of=at, first=_WEEKS[0], last=_WEEKS[1]),
    "briefing.weekly.by_district": lambda c, f, at: weekly.by_district(c, f, as_of=at, first=_WEEKS[0], last=_WEEKS[1]),
    "briefing.weekly.by_day": lambda c, f, at: weekly.by_day(c, f, as_of=at, first=_WEEKS[0], last=_WEEKS[1]),
    "briefing.weekly.closed_count": lambda c, f, at: weekly.closed_count(
        c, f, as_of=at, first=_WEEKS[0], last=_WEEKS[1]
    ),
    "repeats.calls.by_week": lambda c, f, at: calls.by_week(c, f, as_of=at),
    "workload.staffing.successors": lambda c, f, at: staffing.successors(c, at),
}

# What a question is made of and no frame by itself: the example of that question runs through it.
PARTS = {
    **dict.fromkeys(("findings.tried_moves", "series.read"), "ask findings"),
    "risk.curves": "ask risks",
    "learned.learn": "ask risks",
    "coverage.is_beyond": "ask workload",
    "values.answered": "places.cells how_late",
    **dict.fromkeys(
        (
            *("flows.read", "load.staffed", "missed.kept", "missed.of_departments", "replay.misses"),
            *(f"counts.{name}" for name in ("closings", "fell_due", "goals", "inflow", "lags", "waiting")),
        ),
        "ask workload",
    ),
}
