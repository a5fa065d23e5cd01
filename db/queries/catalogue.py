"""Every question of `db.queries` that can be asked by name at the terminal: one entry of `QUESTIONS` each.

A question has ways: the one without `--by`, named "", and one for each value of `--by`. A way names a function of
`db.queries`. Which arguments it takes is read from the function's signature, so no entry repeats them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import pandas as pd
from sqlalchemy import Connection

from db.model.filters import RequestFilter
from db.queries import flow
from db.queries.briefing import coverage as briefing_coverage
from db.queries.briefing import findings, overdue
from db.queries.compliance import ranking, rates, time_to_close
from db.queries.compliance.rates import GROUPS
from db.queries.data import coverage, freshness, revisions
from db.queries.goals import in_force
from db.queries.map import cells, districts
from db.queries.overview import changed, standing
from db.queries.queue import backlog, learned, risk, status_enquiries, stops, today
from db.queries.repeats import calls, chronic
from db.queries.request import requests
from db.queries.workload import load, staffing, why_missed
from db.rules.errors import DeskError

PeriodUse = Literal["unused", "used", "needed"]


@dataclass(frozen=True)
class Way:
    """One function of `db.queries` with the arguments that this way fixes."""

    function: Callable[..., pd.DataFrame]
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def takes(self) -> frozenset[str]:
        """The names of the arguments that are still free."""
        free = inspect.signature(self.function).parameters.keys() - self.arguments.keys()
        return frozenset(free - {"connection"})


@dataclass(frozen=True)
class Question:
    """`line`: what it answers, in one sentence. `ways`: value of `--by` to way; the first one is the usual one."""

    name: str
    line: str
    ways: Mapping[str, Way]
    period: PeriodUse = "unused"

    def way(self, by: str | None) -> Way:
        """The way of `--by`, the usual one for None. Raises DeskError that names the possible ones."""
        if by is None:
            return next(iter(self.ways.values()))
        if not by or by not in self.ways:
            known = ", ".join(name for name in self.ways if name) or "left out: this question has no groups"
            raise DeskError(f'--by "{by}" is not known to {self.name}; expected {known}')
        return self.ways[by]

    def answer(
        self,
        connection: Connection,
        filters: RequestFilter,
        *,
        as_of: datetime,
        by: str | None = None,
        given: Mapping[str, Any],
    ) -> pd.DataFrame:
        """The answer, with the columns that the function's docstring names.

        `given`: arguments besides the filter and the moment, such as `limit`. Raises DeskError for one that the
        question does not take, and whatever the function raises.
        """
        way = self.way(by)
        takes = way.takes()
        if unknown := sorted(given.keys() - takes):
            raise DeskError(f"{self.name} takes no --{unknown[0].replace('_', '-')}")
        common = {"filters": filters, "as_of": as_of, "goals": filters.goals}
        taken = {name: value for name, value in common.items() if name in takes}
        return way.function(connection, **taken, **way.arguments, **given)


def find(name: str) -> Question:
    """The question of this name. Raises DeskError that names them all."""
    if name not in QUESTIONS:
        raise DeskError(f'question "{name}" is not known; expected one of {", ".join(QUESTIONS)}')
    return QUESTIONS[name]


def _question(name: str, call: Callable[..., pd.DataFrame], line: str, period: PeriodUse = "unused") -> Question:
    return Question(name, line, {"": Way(call)}, period)


def _ways_by(
    call: Callable[..., pd.DataFrame], argument: str, values: Iterable[str] | Mapping[str, str]
) -> dict[str, Way]:
    value_of = values if isinstance(values, Mapping) else {value: value for value in values}
    return {word: Way(call, {argument: value}) for word, value in value_of.items()}


_COLUMNS = {
    "department": "department",
    "service_type": "service_type",
    "district": "council_district",
    "neighborhood": "neighborhood_council",
    "yard": "assigned_to",
    "street": "street_name",
}
_ENTRIES = (
    _question(
        "totals",
        backlog.totals,
        "The headline figures: open, overdue, due in 24 hours, opened and closed today.",
    ),
    _question(
        "standing", standing.by_department, "How each department keeps its goals, and whether that changed.", "needed"
    ),
    _question("changed", changed.changed, "What types and districts did otherwise than before, a year ago or others."),
    _question(
        "findings", findings.findings, "What moved in the whole weeks of a period beyond chance, and why.", "needed"
    ),
    _question(
        "briefing", briefing_coverage.figures, "The five figures of a briefing beside usual and a year ago.", "needed"
    ),
    _question("overdue_longest", overdue.longest, "The types whose overdue requests have been overdue longest."),
    _question("departments", backlog.by_department, "The backlog of each department, most overdue first."),
    Question("groups", "The backlog by one column.", _ways_by(backlog.by_group, "column", _COLUMNS)),
    Question(
        "ageing",
        "The backlog by age, in multiples of the goal and in days; with --by in multiples only.",
        {"": Way(backlog.ageing)} | _ways_by(rates.ageing_multiples, "by", ("department", "service_type", "district")),
    ),
    _question(
        "open_requests",
        backlog.open_requests,
        "Open requests, most overdue first; --lane all, keepable or overdue.",
    ),
    Question(
        "flow",
        "What came in, what was closed, and what was left.",
        {"week": Way(flow.by_week), "day": Way(flow.by_day)},
        "used",
    ),
    _question(
        "queue",
        today.queue,
        "Open stops in the order to work them; --lane danger, can_be_kept, late or check_exists.",
    ),
    _question(
        "plan", today.plan, "Today's plan of a --department with room for --room stops, and what comes after it."
    ),
    _question("room", stops.rooms, "How many stops a day each department has shown that it ends."),
    _question("stale_ages", learned.ages, "From which age on a request of each type may no longer exist."),
    _question("risks", risk.of_open, "The breach risk of every open request."),
    _question("came_true", risk.came_true, "What the breach risks of a month ago came to, in ten bins."),
    _question(
        "silence",
        status_enquiries.status_enquiries,
        "Calls that only ask what became of a request, by department.",
        "used",
    ),
    _question(
        "requests",
        requests.list_requests,
        "Requests with any --columns, oldest first; a period is of creation.",
        "used",
    ),
    _question("request", requests.one, "All that is known of the request --sr-number."),
    _question("history", requests.history, "What changed of the request --sr-number between two loads."),
    _question("same_place", requests.same_place, "The other requests at the place of the request --sr-number."),
    _question("chain", requests.chain, "The requests that repeat one another with the request --sr-number."),
    Question(
        "compliance",
        "Of the requests due in the period, the share closed by the due date, and what it leaves out.",
        {"": Way(rates.summary)} | _ways_by(rates.by, "by", GROUPS),
        "needed",
    ),
    Question(
        "league",
        "Of the requests due in each week, the share closed by the due date.",
        _ways_by(ranking.weekly, "by", ("department", "service_type")),
        "needed",
    ),
    Question(
        "change",
        "What of the change of compliance was doing better, and what other work; by type.",
        _ways_by(rates.by_type_for_change, "against", ("previous", "year_before")),
        "needed",
    ),
    _question(
        "closing",
        time_to_close.time_to_close,
        "Median and 90th percentile of time to close by type.",
        "used",
    ),
    _question(
        "durations",
        time_to_close.durations,
        "How long requests took or have been open, in bins, by type.",
        "used",
    ),
    _question("outcomes", rates.outcomes, "What the closings of the period really were, by type.", "needed"),
    _question("goals", in_force.in_force, "Every service type with the goal in force."),
    _question("goal_versions", in_force.versions, "Every goal ever adopted."),
    _question("odd_due_dates", in_force.odd_due_dates, "Due dates not to be trusted as they stand."),
    _question("staff", staffing.current, "Posts authorised and filled as they count at the moment, by department."),
    _question("staffing", staffing.history, "Posts authorised and filled, as imported."),
    _question("workload", load.workload, "Load per person, capacity, and what vacancies and order explain.", "used"),
    _question("why_missed", why_missed.why_missed, "Who breaks its promise, why, and what would mend it.", "used"),
    _question("city", freshness.city, "Which city, and how its data come in."),
    _question("freshness", freshness.data_span, "How far the data reach."),
    _question("gaps", coverage.gaps, "Whole weeks without a request in the midst of the data."),
    _question("loads", freshness.loads, "Every load with its reconciliation, newest first."),
    _question("rejects", freshness.rejects, "Rows that could not be kept, with line and reason."),
    _question("flags", freshness.flags, "Oddities that were kept and flagged, with examples.", "used"),
    _question("waterfall", freshness.waterfall, "From the raw rows to those that count, step by step.", "used"),
    _question("revisions", revisions.by_week, "Each week as it was first published, and as it is known now."),
    _question(
        "lists", freshness.options, "The words that filters choose from: departments, types, districts and more."
    ),
    _question(
        "overlaps",
        revisions.overlaps,
        "Source systems that cover the same days, where a request may count twice.",
    ),
    _question("unknowns", freshness.unknowns, "The city's words that the profile does not know yet."),
    Question(
        "asked_again",
        "How often people asked again of what was closed.",
        {"": Way(calls.rate)} | _ways_by(calls.by, "by", calls.GROUPS),
        "needed",
    ),
    Question(
        "comes_back",
        "The share on time beside the share asked again: what is fast but comes back.",
        _ways_by(calls.fast_but_comes_back, "by", calls.GROUPS),
        "needed",
    ),
    _question(
        "closures_asked_again",
        calls.closures_asked_again,
        "Closed requests after which people asked again, newest first.",
        "needed",
    ),
    Question(
        "repeat_gaps",
        "How long after the first request a repeat follows.",
        {"": Way(calls.gaps)},
        "needed",
    ),
    _question("chronic_places", chronic.chronic, "Places where people chase and ask again and again, worst first."),
    Question("map", "The cells of the map.", _ways_by(cells.cells, "shows", cells.QUESTIONS), "needed"),
    Question(
        "map_districts", "The map by council district.", _ways_by(cells.districts, "shows", cells.QUESTIONS), "needed"
    ),
    Question(
        "map_located", "How many of them the map shows.", _ways_by(cells.located, "shows", cells.QUESTIONS), "needed"
    ),
    Question("map_points", "The requests of the map.", _ways_by(cells.points, "shows", cells.QUESTIONS), "needed"),
    Question(
        "speed_by_district",
        "The share closed within 7 days, as if every district had the city's mix of types.",
        _ways_by(districts.speed, "level", {"district": "council_district", "neighborhood": "neighborhood_council"}),
        "needed",
    ),
    Question(
        "district_agreement",
        "Whether the boundaries say what the city's file says.",
        _ways_by(
            districts.district_agreement,
            "level",
            {"district": "council_district", "neighborhood": "neighborhood_council"},
        ),
    ),
)
QUESTIONS: Mapping[str, Question] = {question.name: question for question in _ENTRIES}
