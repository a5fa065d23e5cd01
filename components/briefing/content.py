"""The briefing as plain values, asked once: the page, the sheet, the mail and full screen all show these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any

import pandas as pd

from components import cache, records, state
from components.briefing import wording
from components.briefing.wording import Scope
from components.cache import ask
from components.drawing import wording as codes
from components.links import View, range_key
from components.overview import wording as why
from db.model.filters import Period, RequestFilter, period
from db.queries.briefing import coverage, findings, overdue, promises
from db.queries.compliance import rates
from db.queries.goals import in_force
from db.queries.overview import standing
from db.queries.overview.changed import WEEKS_BEFORE
from db.queries.repeats import calls
from db.queries.workload import why_missed
from db.records import promises as register
from db.records.promises import Promise
from db.rules.findings import Against, Measure
from db.rules.promises import PromiseState, state_of
from db.rules.proportions import SMALL
from db.rules.stretches import Stretch, newest, parse_month, parse_week

MOVED = 3
LEAGUE_ROWS = 8
AGAIN_ROWS = 5
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
    """The briefing of the view's requests, whatever its period; as things stood when the stretch was over."""
    chosen, options = stretch(view), state.options()
    as_of = min(chosen.ends_at, view.as_of)
    if options.first_day is not None and as_of.date() < options.first_day:
        as_of = view.as_of
    filters = replace(view.filters, period=Period(chosen.key, chosen.start, chosen.end))
    covered = _rows(ask(coverage.coverage, filters, as_of=as_of))[0]
    scope = Scope(_scope_name(filters), options.district_label, chosen)
    told = wording.uncovered(covered, scope, WEEKS_BEFORE)
    is_judged = covered["state"] == coverage.WHOLE and covered["weeks_before"] >= WEEKS_BEFORE
    usual = replace(filters, period=period("last_13_weeks", as_of))
    work = _work(usual, as_of)
    rows = _rows(ask(findings.findings, filters, as_of=as_of)) if is_judged else []
    made = _told(rows, scope, work, as_of)
    known, trouble = _promises(view)
    moved = sum(one.has_moved for one in made)
    return Briefing(
        scope=scope,
        as_of=as_of,
        uncovered=told,
        figures=_figures(filters, as_of, known),
        findings=made,
        few=wording.few(moved, str(covered["state"])) if is_judged else "",
        league=_league(filters, as_of, work),
        overdue=_overdue(filters, as_of),
        again=_again(filters, as_of),
        vacancies=_vacancies(work),
        promises=known,
        promises_trouble=trouble,
        questions=[one.question for one in made][:LAST_QUESTIONS],
        caveats=_caveats(filters, as_of, work),
        is_nothing=covered["state"] in (coverage.BEFORE, coverage.BEYOND),
    )


def _scope_name(filters: RequestFilter) -> str:
    if not filters.departments:
        return cache.city().name
    return ", ".join(str(codes.department(key)) for key in filters.departments)


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _work(filters: RequestFilter, as_of: datetime) -> dict[str, dict[str, Any]]:
    """What is known of each department's miss over 13 weeks, by its code."""
    frame = ask(why_missed.why_missed, filters, as_of=as_of)
    return {str(row["department"]): row for row in _rows(frame)}


def _told(
    rows: Sequence[dict[str, Any]], scope: Scope, work: Mapping[str, dict[str, Any]], as_of: datetime
) -> list[Told]:
    branches: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        branches.setdefault(int(row["branch"]), []).append(row)
    made = []
    for first, *others in branches.values():
        own = work.get(str(first["key"])) if first["by"] == "department" else None
        made.append(
            Told(
                sentence=wording.finding(first, scope),
                reason=wording.reason(first, scope, why.why(own) if own else ""),
                certainty=wording.certainty(first),
                also=wording.also(others, scope),
                question=wording.question(first, scope, own),
                is_worse=bool(first["is_worse"]),
                has_moved=first["against"] != Against.OTHERS,
                has_risen=first["change"] > 0,
                page=_page(first),
                link=_link(first, scope, as_of),
            )
        )
    return made


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


def _figures(filters: RequestFilter, as_of: datetime, known: Sequence[PromiseTold]) -> list[Figure]:
    frame = ask(coverage.figures, filters, as_of=as_of)
    made = []
    for row in _rows(frame):
        key = str(row["figure"])
        goal = _goal(key, filters, known)
        second = wording.figure_second(key, row, goal)
        made.append(Figure(key, wording.FIGURES[key], wording.figure(key, row["now"]), second, bool(goal)))
    return made


def _goal(key: str, filters: RequestFilter, known: Sequence[PromiseTold]) -> str:
    """The target that the register has for this figure of just these requests; the one due first."""
    department = filters.departments[0] if len(filters.departments) == 1 else ""
    for one in known:
        promise = one.promise
        is_same = (str(promise.figure), promise.department, promise.service_type) == (key, department, "")
        if is_same and len(filters.departments) <= 1 and not filters.service_types:
            target = wording.promise_value(promise.figure, promise.target_value)
            return f"target {target} by {promise.due_on.day} {promise.due_on:%b %Y}"
    return ""


def _league(filters: RequestFilter, as_of: datetime, work: Mapping[str, dict[str, Any]]) -> pd.DataFrame:
    """Who keeps least in the stretch: columns name, kept, change, overdue, why (text), department."""
    rows = _rows(ask(standing.by_department, filters, as_of=as_of))
    made = []
    for row in rows:
        if row["due_count"] < SMALL and row["overdue_count"] < SMALL:
            continue
        both = {**work.get(str(row["department"]), {}), **row}
        own = work.get(str(row["department"]))
        made.append(
            {
                "department": row["department"],
                "name": codes.department(row["department"]),
                "kept": f"{row['compliance']:.0%} of {row['due_count']:,}" if row["due_count"] else "nothing due",
                "change": why.against(both, "previous") if row["due_count"] else "–",
                "overdue": why.overdue(both),
                "why": why.why(own) if own else "nothing was due in 13 weeks",
            }
        )
    return pd.DataFrame(made[:LEAGUE_ROWS], columns=["department", "name", "kept", "change", "overdue", "why"])


def _overdue(filters: RequestFilter, as_of: datetime) -> pd.DataFrame:
    """What is overdue longest: service_type, name, count, median, longest (text)."""
    rows = _rows(ask(overdue.longest, filters, as_of=as_of))
    made = [
        {
            "service_type": row["service_type"],
            "name": row["name"],
            "count": f"{row['overdue_count']:,}",
            "median": wording.days(row["median_overdue_days"]),
            "longest": wording.days(row["longest_overdue_days"]),
        }
        for row in rows
    ]
    return pd.DataFrame(made, columns=["service_type", "name", "count", "median", "longest"])


def _again(filters: RequestFilter, as_of: datetime) -> pd.DataFrame:
    """The types of which people asked again most, of the calls closed in 13 weeks: name, again (text), service_type."""
    lately = replace(filters, period=period("last_13_weeks", as_of))
    frame = ask(calls.by, lately, as_of=as_of, by="service_type")
    frame = frame[(frame["repeat_means"] == "problem") & ~frame["is_small"]].head(AGAIN_ROWS)
    rows = [{"service_type": r["key"], "name": r["name"], "again": wording.again(r)} for r in _rows(frame)]
    return pd.DataFrame(rows, columns=["service_type", "name", "again"])


def _vacancies(work: Mapping[str, dict[str, Any]]) -> list[tuple[str, str]]:
    """What vacancies explain of each miss, and where the next hires help: department, sentence."""
    made = []
    for key, row in sorted(work.items(), key=lambda item: -_number(item[1].get("overdue_avoided_by_hire"))):
        if not _number(row.get("vacancy_points")) >= 1 and not _number(row.get("overdue_avoided_by_hire")) >= 1:
            continue
        helps = _number(row.get("overdue_avoided_by_hire"))
        told = why.why(row)
        if helps >= 1:
            told += f"; one more hire: about {helps:,.0f} fewer overdue in 13 weeks"
        made.append((str(codes.department(key)), f"{told[:1].upper()}{told[1:]}."))
    return made


def _number(value: Any) -> float:
    return 0.0 if value is None or pd.isna(value) else float(value)


def _promises(view: View) -> tuple[list[PromiseTold], str]:
    """The register with each figure at the moment of the view, or at the end of the day it was due by."""
    nothing: list[Promise] = []
    known, trouble = records.read(register.listing, nothing)
    return [_promise(one, view) for one in known if _concerns(one, view.filters)], trouble


def _concerns(promise: Promise, filters: RequestFilter) -> bool:
    return not filters.departments or promise.department in filters.departments


def _promise(promise: Promise, view: View) -> PromiseTold:
    today = datetime.combine(view.as_of.date(), time.min)
    ended = datetime.combine(promise.due_on, time.max).replace(microsecond=0)
    as_of = min(today, ended)
    filters = RequestFilter(
        departments=tuple(filter(None, [promise.department])),
        service_types=tuple(filter(None, [promise.service_type])),
        goals=view.filters.goals,
    )
    frame = ask(promises.measured, filters, as_of=as_of, figure=str(promise.figure))
    value = float(frame["value"].iloc[0])
    found = state_of(value, promise.start_value, promise.target_value, promise.due_on, view.as_of.date())
    names = [str(codes.department(promise.department))] if promise.department else []
    where = ", ".join([*names, *filter(None, [promise.service_type])]) or "whole city"
    return PromiseTold(
        promise,
        wording.promise_line(promise.figure, where, promise.start_value, promise.target_value, promise.due_on),
        wording.promise_today(promise.figure, value, found, as_of),
        found,
    )


def _caveats(filters: RequestFilter, as_of: datetime, work: Mapping[str, dict[str, Any]]) -> list[str]:
    """What is illustrative or no promise, and what is missing."""
    told = []
    if any(row.get("basis") == "illustrative" for row in work.values()):
        told.append("Staffing figures are illustrative.")
    if work and all(pd.isna(row.get("vacancy_rate")) for row in work.values()):
        told.append("There are no staffing figures: what vacancies explain cannot be told.")
    goals = ask(in_force.in_force, as_of=datetime.combine(as_of.date(), time.max))
    counts = goals["basis"].value_counts()
    if filters.goals == "working" and len(goals):
        kinds = {
            "published": "published",
            "budget_average": "budget averages",
            "draft": "drafts of the desk",
            "none": "none",
        }
        parts = [f"{counts[key]} {words}" for key, words in kinds.items() if counts.get(key)]
        told.append(f"Goals of {len(goals)} types: {', '.join(parts)}; a budget average or a draft is no promise.")
    else:
        made = ask(rates.summary, filters, as_of=as_of).iloc[0]
        told.append(
            f"Published goals only: {made['with_goal_count']:,} of the {made['eligible_count']:,} requests made then "
            "have a due date by one."
        )
    if filters.departments and not work:
        told.append(f"Nothing of {_scope_name(filters)} with a goal was due in 13 weeks.")
    return told
