"""The briefing as plain values, asked once: the page, the sheet, the mail and full screen all show these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pandas as pd

from components import cache, records, state
from components.briefing import tables, wording
from components.briefing.tables import rows
from components.briefing.wording import Scope
from components.cache import ask
from components.drawing import wording as codes
from components.links import View, range_key
from components.overview import wording as why
from db.model.filters import Period, RequestFilter, period
from db.queries.briefing import coverage, findings, promises
from db.queries.overview.changed import WEEKS_BEFORE
from db.queries.workload import why_missed
from db.records import promises as register
from db.records.promises import Promise
from db.rules.promises import measured_at, state_of
from db.rules.stretches import Stretch, newest, parse_month, parse_week
from db.rules.vocabulary import Against, Measure, PromiseState

MOVED = 3
LAST_QUESTIONS = 6
EXPECTED_WEEK, EXPECTED_MONTH = "a week like 2026-W46", "a month like 2026-11"


@dataclass(frozen=True)
class Figure:
    """One of the five figures: its key among the definitions, its name, value, and what it is held against."""

    key: str
    name: str
    value: str
    second: str
    has_target: bool


@dataclass(frozen=True)
class Told:
    """One finding in words, with what stands behind it, and the view that shows it."""

    sentence: str
    reason: str
    certainty: str
    also: str
    question: str
    is_worse: bool
    has_moved: bool
    has_risen: bool
    page: str
    link: Mapping[str, object]


@dataclass(frozen=True)
class PromiseTold:
    """A promise in words; `promise` for closing it."""

    promise: Promise
    what: str
    today: str
    state: PromiseState


@dataclass(frozen=True)
class Briefing:
    """Everything on the sheet, in words and small tables. `uncovered`: what the data do not cover of it."""

    scope: Scope
    as_of: datetime
    uncovered: Sequence[str]
    figures: Sequence[Figure]
    findings: Sequence[Told]
    few: str
    league: pd.DataFrame
    overdue: pd.DataFrame
    again: pd.DataFrame
    vacancies: Sequence[tuple[str, str]]
    promises: Sequence[PromiseTold]
    promises_trouble: str
    questions: Sequence[str]
    caveats: Sequence[str]
    is_nothing: bool

    @property
    def moved(self) -> Sequence[Told]:
        return [told for told in self.findings if told.has_moved]

    @property
    def standing(self) -> Sequence[Told]:
        return [told for told in self.findings if not told.has_moved]


def stretch(view: View) -> Stretch:
    """The week or month that the link asks for; the last complete week without one."""
    own, options = state.page_params(), state.options()
    usual = newest(view.as_of, options.first_day)
    if own.text("week") and own.text("month"):
        own.leave_out(f'month "{own.text("month")}" beside a week')
    if own.text("week"):
        return own.read("week", parse_week, usual, EXPECTED_WEEK)
    return own.read("month", parse_month, usual, EXPECTED_MONTH)


def build(view: View) -> Briefing:
    """The briefing of the view's requests, whatever the view's period, as things stood when the stretch was over."""
    chosen, options = stretch(view), state.options()
    as_of = min(chosen.ends_at, view.as_of)
    if options.first_day is not None and as_of.date() < options.first_day:
        as_of = view.as_of
    filters = replace(view.filters, period=Period(chosen.key, chosen.start, chosen.end))
    covered = rows(ask(coverage.coverage, filters, as_of=as_of))[0]
    scope = Scope(_scope_name(filters), options.district_label, chosen)
    uncovered = wording.uncovered(covered, scope, WEEKS_BEFORE)
    is_judged = covered["state"] == coverage.WHOLE and covered["weeks_before"] >= WEEKS_BEFORE
    over_13_weeks = replace(filters, period=period("last_13_weeks", as_of))
    misses = _misses_by_department(over_13_weeks, as_of)
    moves = rows(ask(findings.findings, filters, as_of=as_of)) if is_judged else []
    findings_told = _findings_in_words(moves, scope, misses, as_of)
    promises_told, trouble = _promises_in_words(view)
    moved_count = sum(finding.has_moved for finding in findings_told)
    return Briefing(
        scope=scope,
        as_of=as_of,
        uncovered=uncovered,
        figures=_figures(filters, as_of, promises_told),
        findings=findings_told,
        few=wording.few(moved_count, str(covered["state"])) if is_judged else "",
        league=tables.league(filters, as_of, misses),
        overdue=tables.overdue(filters, as_of),
        again=tables.again(filters, as_of),
        vacancies=tables.vacancies(misses),
        promises=promises_told,
        promises_trouble=trouble,
        questions=[finding.question for finding in findings_told][:LAST_QUESTIONS],
        caveats=tables.caveats(scope.name, filters, as_of, misses),
        is_nothing=covered["state"] in (coverage.BEFORE, coverage.BEYOND),
    )


def _scope_name(filters: RequestFilter) -> str:
    if not filters.departments:
        return cache.city().name
    return ", ".join(str(codes.department(key)) for key in filters.departments)


def _misses_by_department(filters: RequestFilter, as_of: datetime) -> dict[str, dict[str, Any]]:
    """Why each department misses, over the period of the filters: rows of `why_missed.why_missed` by department key."""
    frame = ask(why_missed.why_missed, filters, as_of=as_of)
    return {str(row["department"]): row for row in rows(frame)}


def _findings_in_words(
    moves: Sequence[dict[str, Any]], scope: Scope, misses: Mapping[str, dict[str, Any]], as_of: datetime
) -> list[Told]:
    branches: dict[int, list[dict[str, Any]]] = {}
    for row in moves:
        branches.setdefault(int(row["branch"]), []).append(row)
    findings_told = []
    for first, *others in branches.values():
        miss = misses.get(str(first["key"])) if first["by"] == "department" else None
        findings_told.append(
            Told(
                sentence=wording.finding(first, scope),
                reason=wording.reason(first, scope, why.why(miss) if miss else ""),
                certainty=wording.certainty(first),
                also=wording.also(others, scope),
                question=wording.question(first, scope, miss),
                is_worse=bool(first["is_worse"]),
                has_moved=first["against"] != Against.OTHERS,
                has_risen=first["change"] > 0,
                page=_page(first),
                link=_link(first, scope, as_of),
            )
        )
    return findings_told


def _page(row: Mapping[str, Any]) -> str:
    if row["measure"] == Measure.ASKED_AGAIN:
        return "repeats"
    if row["measure"] in (Measure.COMPLIANCE, Measure.LEVEL):
        return "compliance"
    return "overview" if row["measure"] in (Measure.INFLOW, Measure.THROUGHPUT) else "queue"


def _link(row: Mapping[str, Any], scope: Scope, as_of: datetime) -> dict[str, object]:
    """The view that shows a finding, as things stood then."""
    days = Period("", scope.stretch.start, scope.stretch.end)
    names = {"department": "department", "service_type": "type", "district": "district"}
    narrowed: dict[str, object] = {names[row["by"]]: [row["key"]]} if row["by"] in names else {}
    if row["by"] == "service_type" and row["department"]:
        narrowed["department"] = [row["department"]]
    span = range_key(days) if row["against"] == Against.BEFORE else "last_13_weeks"
    return {**narrowed, "period": span, "as_of": as_of}


def _figures(filters: RequestFilter, as_of: datetime, promises_told: Sequence[PromiseTold]) -> list[Figure]:
    frame = ask(coverage.figures, filters, as_of=as_of)
    figures = []
    for row in rows(frame):
        key = str(row["figure"])
        goal = _target(key, filters, promises_told)
        second = wording.figure_second(key, row, goal)
        figures.append(Figure(key, wording.FIGURES[key], wording.figure(key, row["now"]), second, bool(goal)))
    return figures


def _target(key: str, filters: RequestFilter, promises_told: Sequence[PromiseTold]) -> str:
    """The target of the first promise due that has this figure and exactly these requests; empty without one."""
    department = filters.departments[0] if len(filters.departments) == 1 else ""
    for told in promises_told:
        promise = told.promise
        is_same = (str(promise.figure), promise.department, promise.service_type) == (key, department, "")
        if is_same and len(filters.departments) <= 1 and not filters.service_types:
            target = wording.promise_value(promise.figure, promise.target_value)
            return f"target {target} by {promise.due_on.day} {promise.due_on:%b %Y}"
    return ""


def _promises_in_words(view: View) -> tuple[list[PromiseTold], str]:
    """The register with each figure at the moment of the view, or at the end of the day it was due by."""
    no_promises: list[Promise] = []
    registered, trouble = records.read(register.listing, no_promises)
    return [_promise_in_words(promise, view) for promise in registered if _concerns(promise, view.filters)], trouble


def _concerns(promise: Promise, filters: RequestFilter) -> bool:
    return not filters.departments or promise.department in filters.departments


def _promise_in_words(promise: Promise, view: View) -> PromiseTold:
    as_of = measured_at(promise.due_on, view.as_of)
    frame = ask(
        promises.measured,
        figure=str(promise.figure),
        department=promise.department,
        service_type=promise.service_type,
        goals=state.options().default_goals,
        as_of=as_of,
    )
    value = float(frame["value"].iloc[0])
    promise_state = state_of(value, promise.start_value, promise.target_value, promise.due_on, view.as_of.date())
    names = [str(codes.department(promise.department))] if promise.department else []
    where = ", ".join([*names, *filter(None, [promise.service_type])]) or "whole city"
    return PromiseTold(
        promise,
        wording.promise_line(promise.figure, where, promise.start_value, promise.target_value, promise.due_on),
        wording.promise_today(promise.figure, value, promise_state, as_of),
        promise_state,
    )
