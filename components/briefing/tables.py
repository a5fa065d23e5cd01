"""The tables of a briefing in words: who keeps least, what is overdue longest, of what people ask again, vacancies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time
from typing import Any

import pandas as pd

from components.briefing import wording
from components.cache import ask
from components.drawing import wording as codes
from components.overview import wording as why
from db.model.filters import RequestFilter, period
from db.queries.briefing.overdue import longest
from db.queries.compliance import rates
from db.queries.goals import in_force
from db.queries.overview import standing
from db.queries.repeats import calls
from db.rules.proportions import SMALL

LEAGUE_ROWS = 8
AGAIN_ROWS = 5


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as dicts, each value by the name of its column."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def league(filters: RequestFilter, as_of: datetime, work: Mapping[str, dict[str, Any]]) -> pd.DataFrame:
    """Who keeps least in the stretch: columns name, kept, change, overdue, why (text), department."""
    ranked = []
    for row in rows(ask(standing.by_department, filters, as_of=as_of)):
        if row["due_count"] < SMALL and row["overdue_count"] < SMALL:
            continue
        miss = work.get(str(row["department"]))
        row_with_miss = {**(miss or {}), **row}
        ranked.append(
            {
                "department": row["department"],
                "name": codes.department(row["department"]),
                "kept": f"{row['compliance']:.0%} of {row['due_count']:,}" if row["due_count"] else "nothing due",
                "change": why.against(row_with_miss, "previous") if row["due_count"] else "–",
                "overdue": why.overdue(row_with_miss),
                "why": why.why(miss) if miss else "nothing was due in 13 weeks",
            }
        )
    return pd.DataFrame(ranked[:LEAGUE_ROWS], columns=["department", "name", "kept", "change", "overdue", "why"])


def overdue(filters: RequestFilter, as_of: datetime) -> pd.DataFrame:
    """What is overdue longest: service_type, name, count, median, longest (text)."""
    longest_overdue = ask(longest, filters, as_of=as_of)
    names = told_apart(longest_overdue["name"], longest_overdue["department"].map(codes.department))
    by_type = [
        {
            "service_type": row["service_type"],
            "name": name,
            "count": f"{row['overdue_count']:,}",
            "median": wording.days(row["median_overdue_days"]),
            "longest": wording.days(row["longest_overdue_days"]),
        }
        for row, name in zip(rows(longest_overdue), names, strict=True)
    ]
    return pd.DataFrame(by_type, columns=["service_type", "name", "count", "median", "longest"])


def told_apart(names: pd.Series, departments: pd.Series) -> list[str]:
    """The names of types, with the department where two departments have one of the same name."""
    is_twice = names.duplicated(keep=False)
    return list(names.where(~is_twice, names + ", " + departments))


def again(filters: RequestFilter, as_of: datetime) -> pd.DataFrame:
    """The types of which people asked again most, of the calls closed in 13 weeks: name, again (text), service_type."""
    lately = replace(filters, period=period("last_13_weeks", as_of))
    frame = ask(calls.by, lately, as_of=as_of, by="service_type")
    frame = frame[(frame["repeat_means"] == "problem") & ~frame["is_small"]].head(AGAIN_ROWS)
    by_type = [{"service_type": row["key"], "name": row["name"], "again": wording.again(row)} for row in rows(frame)]
    return pd.DataFrame(by_type, columns=["service_type", "name", "again"])


def vacancies(work: Mapping[str, dict[str, Any]]) -> list[tuple[str, str]]:
    """What vacancies explain of each miss, and where the next hires help: department, sentence."""
    sentences = []
    for key, row in sorted(work.items(), key=lambda item: -_zero_if_missing(item[1].get("overdue_avoided_by_hire"))):
        if (
            not _zero_if_missing(row.get("vacancy_points")) >= 1
            and not _zero_if_missing(row.get("overdue_avoided_by_hire")) >= 1
        ):
            continue
        helps = _zero_if_missing(row.get("overdue_avoided_by_hire"))
        sentence = why.why(row)
        if helps >= 1:
            sentence += f"; one more hire: about {helps:,.0f} fewer overdue in 13 weeks"
        sentences.append((str(codes.department(key)), f"{sentence[:1].upper()}{sentence[1:]}."))
    return sentences


def _zero_if_missing(value: Any) -> float:
    return 0.0 if value is None or pd.isna(value) else float(value)


def caveats(name: str, filters: RequestFilter, as_of: datetime, work: Mapping[str, dict[str, Any]]) -> list[str]:
    """What is illustrative or no promise, and what is missing; `name`: what the briefing is of."""
    sentences = []
    if any(row.get("basis") == "illustrative" for row in work.values()):
        sentences.append("Staffing figures are illustrative.")
    if work and all(pd.isna(row.get("vacancy_rate")) for row in work.values()):
        sentences.append("There are no staffing figures: what vacancies explain cannot be told.")
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
        sentences.append(f"Goals of {len(goals)} types: {', '.join(parts)}; a budget average or a draft is no promise.")
    else:
        summary = ask(rates.summary, filters, as_of=as_of).iloc[0]
        sentences.append(
            f"Published goals only: {summary['with_goal_count']:,} of the {summary['eligible_count']:,} requests made "
            "then have a due date by one."
        )
    if filters.departments and not work:
        sentences.append(f"Nothing of {name} with a goal was due in 13 weeks.")
    return sentences
