"""Every sentence of the briefing, built by rules from figures: the same data give the same words. Draws nothing.

A row is one of `briefing.findings.findings`. No sentence says how much without the figure, and none says why where the
data show no reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from components.drawing.notices import moment
from db.queries.briefing import coverage
from db.rules.comparisons import SHARES
from db.rules.promises import SHARES as SHARE_PROMISES
from db.rules.stretches import Stretch
from db.rules.vocabulary import Against, Measure, PromiseFigure, PromiseState, Reason

Row = Mapping[str, Any]
NO_REASON = "No single reason stands out in the data."
FIGURES = {
    "compliance": "Kept, of those due",
    "overdue_count": "Overdue at the end",
    "inflow": "Came in, a week",
    "throughput": "Closed, a week",
    "asked_again_share": "Asked again",
}
PROMISE_FIGURES = {
    PromiseFigure.COMPLIANCE: "kept of those due in 13 weeks",
    PromiseFigure.OVERDUE_COUNT: "overdue",
    PromiseFigure.OPEN_COUNT: "open",
    PromiseFigure.ASKED_AGAIN_SHARE: "asked again of calls closed in 13 weeks",
}
STATES = {
    PromiseState.RUNNING: "running",
    PromiseState.KEPT: "kept",
    PromiseState.MISSED: "missed",
    PromiseState.UNTOLD: "no figure to tell by",
}


@dataclass(frozen=True)
class Scope:
    """What the briefing is about, for its sentences: the whole city or what was chosen; and which weeks."""

    name: str
    district_label: str
    stretch: Stretch


def title(scope: Scope) -> str:
    return f"{scope.name}, {scope.stretch.words()}"


def finding(row: Row, scope: Scope) -> str:
    """One change in one sentence, with its figures."""
    measure, against = Measure(row["measure"]), Against(row["against"])
    who, when, compared_with = name(row, scope), _when(row, scope), _compared_with(row)
    if measure == Measure.LEVEL:
        return (
            f"{who} kept {_percent(row['now'])} of {_due_count(row, scope):,} due in 13 weeks; {_kept_by_others(row)} "
            f"{_percent(row['usual'])}."
        )
    if measure == Measure.COMPLIANCE:
        share = f"{_percent(row['now'])} of {_due_count(row, scope):,} due"
        return f"{who} kept {share} {when}, {compared_with} {_percent(row['usual'])}."
    if measure == Measure.ASKED_AGAIN:
        share_of_calls = f"{_percent(row['now'])} of {_due_count(row, scope):,} closed calls"
        return f"{who}: of {share_of_calls} people asked again, {compared_with} {_percent(row['usual'])}."
    a_week = "" if scope.stretch.is_week and against == Against.BEFORE else " a week"
    if measure == Measure.OVERDUE:
        growth = f"{_growth(row['now'])}{a_week} {when}"
        return f"{who}: overdue requests {growth}, {compared_with} {_growth(row['usual'])} a week."
    verb = "came in" if measure == Measure.INFLOW else "were closed"
    return f"{who}: {_count(row['now'])} requests{a_week} {verb} {when}, {compared_with} {_count(row['usual'])} a week."


def certainty(row: Row) -> str:
    """The change with its interval, how many comparisons were tried, and how often chance would do so."""
    change, low, high = (_change(row, row[part]) for part in ("change", "low", "high"))
    tried = f"one of {row['tried_count']:,} comparisons, p {_p_value(row['p_adjusted'])} of all"
    return f"{change} (95%: {low} to {high}); {tried}."


def reason(row: Row, scope: Scope, department_reason: str = "") -> str:
    """Why, as far as the data show it. `department_reason`: what workload says of a department below the others."""
    if row["measure"] == Measure.LEVEL and row["by"] == "department" and department_reason:
        return f"{department_reason[:1].upper()}{department_reason[1:]}."
    reasons = [_reason(row, suffix, scope) for suffix in ("", "_2")]
    return " ".join(filter(None, reasons)) or NO_REASON


def _reason(row: Row, suffix: str, scope: Scope) -> str:
    kind = row[f"reason{suffix}"]
    if not kind or kind == Reason.NONE:
        return ""
    key, now, usual = row[f"reason{suffix}_name"], row[f"reason{suffix}_now"], row[f"reason{suffix}_usual"]
    share, count = row[f"reason{suffix}_share"], row[f"reason{suffix}_count"]
    words = str(row[f"reason{suffix}_words"]).split("|")
    is_share = row["measure"] in SHARES
    part = (
        f"{_percent(now)} now, {_percent(usual)} before"
        if is_share
        else f"{_count(now)} a week now, {_count(usual)} before"
    )
    if row["measure"] == Measure.OVERDUE:
        part = f"{_growth(now)} a week now, {_growth(usual)} before"
    if kind == Reason.GOAL_CHANGED:
        change = f"changed on {words[0]}, from {words[1]} to {words[2]}"
        return f"The goal of {key} {change}; {_share_of_it(share)} is that type."
    if kind == Reason.MASS_CLOSURE:
        return f"A mass closure: {_count(now)} closings a week were made in sweeps, {_count(usual)} before."
    if kind == Reason.STAFFING:
        return f"Posts filled went from {_count(usual)} to {_count(now)}."
    if kind == Reason.OTHER_WORK:
        return f"Other work fell due: {_share_of_it(share)} is a shift between types, not how each was kept."
    if kind == Reason.ONE_TYPE:
        return f"{_share_of_it(share, capital=True)} is {key}: {part}."
    if kind == Reason.ONE_DISTRICT:
        return f"{_share_of_it(share, capital=True)} is {scope.district_label} {key}: {part}."
    if kind == Reason.DEMAND:
        return f"{_count(now)} a week came in lately, {_count(usual)} in the 13 weeks before."
    if kind == Reason.THROUGHPUT:
        return f"{_count(now)} a week were closed lately, {_count(usual)} in the 13 weeks before."
    if kind == Reason.SPREAD:
        whose = "district" if key.isdigit() or row["by"] == "service_type" else "type"
        named = f"{scope.district_label} {key}" if whose == "district" else key
        return f"No {whose} makes half of it; the most, {share:.0%}, is {named}."
    return f"It is below the others in {now:.0f} of the {count:.0f} types with 30 or more due in both."


def also(rows: Sequence[Row], scope: Scope) -> str:
    """What else moved in the same branch: the first three in short, and how many more."""
    changes = [f"{name(row, scope)}: {_measure_in_words(row)} {_change(row, row['change'])}" for row in rows[:3]]
    rest = f", and {len(rows) - 3} more" if len(rows) > 3 else ""
    return f"With it: {'; '.join(changes)}{rest}." if changes else ""


def _measure_in_words(row: Row) -> str:
    words = {
        Measure.COMPLIANCE: "kept",
        Measure.OVERDUE: "overdue",
        Measure.INFLOW: "came in",
        Measure.THROUGHPUT: "closed",
        Measure.ASKED_AGAIN: "asked again",
        Measure.LEVEL: "kept, against the others,",
    }
    year = " against a year ago" if row["against"] == Against.YEAR_AGO else ""
    return f"{words[Measure(row['measure'])]}{year}"


def name(row: Row, scope: Scope) -> str:
    """What a change is of."""
    if row["by"] == "city":
        return scope.name
    if row["by"] == "district":
        return f"{scope.district_label} {row['key']}"
    return str(row["name"])


def few(count: int, state: str) -> str:
    """The sentence for fewer than three things that moved; empty for three or more."""
    if state != coverage.WHOLE or count >= 3:
        return ""
    if not count:
        return "Nothing moved by more than weeks differ by themselves."
    return f"Only {count} {'thing' if count == 1 else 'things'} moved by more than weeks differ by themselves."


def uncovered(row: Row, scope: Scope, weeks_needed: int) -> list[str]:
    """What the data do not cover of the stretch, and why what moved is not judged; empty where they cover it all."""
    sentences = []
    state, made_count = row["state"], int(row["made_count"])
    newest = row["newest_at"]
    if state == coverage.NOT_OVER:
        sentences.append(
            f"The {_week_or_month(scope)} is not over in the data, which reach to {moment(newest)}: its figures are "
            "partial."
        )
    elif state == coverage.HALF_LOADED:
        days = int(row["empty_day_count"])
        empty_days = f"; {days} {'day has' if days == 1 else 'days have'} none" if days else ""
        sentences.append(
            f"The {_week_or_month(scope)} looks half loaded: {made_count:,} requests were made, usually "
            f"{row['usual_count']:,.0f}{empty_days}."
        )
    elif state == coverage.BEGINS_WITHIN:
        sentences.append(f"The data begin within this {_week_or_month(scope)}: its figures are partial.")
    elif state == coverage.BEFORE:
        sentences.append(f"The {_week_or_month(scope)} lies before the data.")
    elif state == coverage.BEYOND:
        sentences.append(f"The {_week_or_month(scope)} lies after the data, which reach to {moment(newest)}.")
    elif state == coverage.NOTHING:
        sentences.append(f"No request of what is chosen was made in this {_week_or_month(scope)}.")
    if sentences:
        sentences.append("What moved is not judged.")
    elif row["weeks_before"] < weeks_needed:
        weeks = int(row["weeks_before"])
        sentences.append(
            f"{weeks} whole {'week of data lies' if weeks == 1 else 'weeks of data lie'} before it; what moved is "
            f"judged from {weeks_needed} on."
        )
    return sentences


def question(row: Row, scope: Scope, work: Row | None) -> str:
    """What to ask about a change."""
    who, measure = name(row, scope), row["measure"]
    now, usual = _value(row, row["now"]), _value(row, row["usual"])
    if measure == Measure.LEVEL and row["by"] == "department":
        return _question_to_department(who, row, work)
    if measure == Measure.LEVEL:
        points = round(100 * (row["usual"] - row["now"]))
        elsewhere = f"{who}: the same types are kept {points} points less often than elsewhere."
        return f"{elsewhere} Which crews serve it, and from where?"
    if row["reason"] == Reason.GOAL_CHANGED:
        return f"{who}: was the new goal of {row['reason_name']} tried on history before, and is it to stay?"
    if row["reason"] == Reason.MASS_CLOSURE:
        return f"{who}: how many of the {_count(row['reason_now'])} closings a week in sweeps were work done?"
    if measure == Measure.INFLOW:
        return f"{who}: what brings {now} where it was {usual}, and who is planned for it?"
    if measure == Measure.ASKED_AGAIN:
        return f"{who}: of the {_percent(row['now'])} asked again, how many had been closed without work?"
    if not row["is_worse"]:
        return f"{who}: what was done to get from {usual} to {now}, and can others do it?"
    if row["reason"] == Reason.ONE_TYPE:
        back = _value(row, row["reason_usual"])
        return f"{who}: what happened to {row['reason_name']}, and by when is it back at {back}?"
    return f"{who}: what changed, and by when is it back at {usual}?"


def _question_to_department(who: str, row: Row, work: Row | None) -> str:
    missed = round(100 * (1 - row["now"]))
    if work is None:
        return f"{who}: why are {missed} of 100 missed?"
    if work["cause"] == "staff":
        return (
            f"{who}: vacancies explain up to {work['vacancy_points']:.0f} of {missed} points. By when are the "
            f"{work['posts_vacant']:,.0f} vacant posts filled, and what goes first until then?"
        )
    if work["cause"] == "not_staff":
        vacant = _percent(work["vacancy_rate"])
        waits = f"what do the {missed} of 100 that are missed wait for: parts, permits, others?"
        return f"{who}: with {vacant} of posts vacant, {waits}"
    if work["cause"] == "order":
        points = f"{work['order_points']:.0f}"
        return f"{who}: another order of work would keep up to {points} points more. Who decides the order?"
    if work["cause"] == "contractors":
        return (
            f"{who}: contractors do most of this work. What does their weekly count say of the {missed} of 100 missed?"
        )
    return f"{who}: why are {missed} of 100 missed? The data show no cause."


def promise_line(figure: PromiseFigure, where: str, start: float, target: float, due_on: date) -> str:
    """What was promised, in words."""
    return (
        f"{PROMISE_FIGURES[figure]}, {where}: from {promise_value(figure, start)} to {promise_value(figure, target)} "
        f"by {due_on.day} {due_on:%B %Y}"
    )


def promise_value(figure: PromiseFigure, value: float) -> str:
    if pd.isna(value):
        return "no figure"
    return _percent(value) if figure in SHARE_PROMISES else _count(value)


def promise_today(figure: PromiseFigure, value: float, state: PromiseState, as_of: datetime) -> str:
    """The figure of a promise at its moment, and how it stands."""
    return f"{promise_value(figure, value)} on {as_of.day} {as_of:%b %Y}: {STATES[state]}"


def figure(key: str, value: float) -> str:
    """The value of one of the five figures."""
    if pd.isna(value):
        return "no data"
    return _percent(value) if key in ("compliance", "asked_again_share") else _count(value)


def figure_second(key: str, row: Row, goal: str) -> str:
    """What stands below a figure: its target, what was usual, and a year ago."""
    usual = "when it began" if key == "overdue_count" else "usual"
    parts = [goal] if goal else []
    if not pd.isna(row["usual"]):
        parts.append(f"{usual}: {figure(key, row['usual'])}")
    if not pd.isna(row["year_ago"]):
        parts.append(f"a year ago: {figure(key, row['year_ago'])}")
    return "; ".join(parts)


def days(value: float) -> str:
    """A length of time in whole days."""
    if value < 1:
        return "under a day"
    return f"{value:,.0f} days" if round(value) != 1 else "1 day"


def again(row: Row) -> str:
    return f"{_percent(row['asked_again_share'])} of {row['with_place_count']:,}"


def _week_or_month(scope: Scope) -> str:
    return "week" if scope.stretch.is_week else "month"


def _when(row: Row, scope: Scope) -> str:
    if row["against"] == Against.YEAR_AGO:
        return "over the last 13 weeks"
    return "that week" if scope.stretch.is_week else "that month"


def _compared_with(row: Row) -> str:
    if row["against"] == Against.YEAR_AGO:
        return "a year ago"
    return "going by the others" if row["by"] == "district" else "in the 13 weeks before"


def _kept_by_others(row: Row) -> str:
    if row["by"] == "district":
        return "elsewhere the same types were kept"
    return "all other departments kept"


def _due_count(row: Row, scope: Scope) -> int:
    weeks = scope.stretch.weeks if row["against"] == Against.BEFORE else 13
    return round(row["now_count"] * weeks)


def _value(row: Row, value: float) -> str:
    return _percent(value) if row["measure"] in SHARES else f"{_count(value)} a week"


def _growth(value: float) -> str:
    whole = round(value)
    if not whole:
        return "stayed level"
    return f"grew by {whole:,}" if whole > 0 else f"fell by {-whole:,}"


def _change(row: Row, value: float) -> str:
    if row["measure"] in SHARES:
        points = round(100 * value)
        return f"{points:+d} point{'' if abs(points) == 1 else 's'}"
    return f"{value:+,.0f} a week" if abs(value) >= 10 else f"{value:+,.1f} a week"


def _share_of_it(share: float, *, capital: bool = False) -> str:
    words = "all of it" if share >= 0.995 else f"{share:.0%} of it"
    return words[:1].upper() + words[1:] if capital else words


def _p_value(value: float) -> str:
    return "under 0.001" if value < 0.001 else f"{value:.3f}"


def _percent(value: float) -> str:
    return "no data" if pd.isna(value) else f"{value:.0%}"


def _count(value: float) -> str:
    return f"{value:,.1f}" if abs(value) < 10 and value != int(value) else f"{value:,.0f}"
