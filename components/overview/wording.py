"""The first screen in words: who keeps the promise least, why it misses, and what would mend it. Draws nothing.

A row is one department: `standing.by_department` joined with `load.workload`. Every sentence names its figures; where
the data show no reason it says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from db.queries.workload.figures import BY_CONTRACTORS, NO_POSTS
from db.queries.workload.missed import TOO_FEW, TOO_SHORT
from db.queries.workload.why_missed import BEST_UNDER, LEAST_POINTS
from db.rules.proportions import SMALL
from db.rules.workload import NO, YES

Row = Mapping[str, Any]
NO_TARGET = "no published target"


@dataclass(frozen=True)
class Remedy:
    """What would mend a miss, its size in words, and the page that shows it."""

    text: str
    page: str


def headline(rows: Sequence[Row], *, promises: bool, period: str, chosen: Sequence[str] = ()) -> str:
    """The one sentence on top: which department keeps least, of how many, and why; or that none stands out.

    Of one department that was chosen (its code) the sentence is about that one.
    """
    if own := [row for row in rows if [row["department"]] == list(chosen)]:
        return _of_one(own[0], period)
    judged = sorted((row for row in rows if row["due_count"] >= SMALL), key=lambda row: row["compliance"])
    if not judged:
        return f"Nothing can be said of who keeps its {_what(promises)}: fewer than {SMALL} requests were due {period}."
    worst = judged[0]
    if not worst["is_below_others"]:
        least, most = (f"{row['compliance']:.0%}" for row in (judged[0], judged[-1]))
        return f"No department stands out: all kept between {least} and {most} of what was due {period}."
    return (
        f"{worst['name']} keeps its {_what(promises)} least: {worst['compliance']:.0%} of {worst['due_count']:,} due "
        f"{period} were done in time; {why(worst)}."
    )


def _of_one(row: Row, period: str) -> str:
    if not row["has_goal"]:
        return f"{row['name']} has {NO_TARGET}."
    if not row["due_count"]:
        return f"Nothing of {row['name']} was due {period}."
    return f"{row['name']} kept {row['compliance']:.0%} of {row['due_count']:,} due {period}: {why(row)}."


def _what(promises: bool) -> str:
    return "promises" if promises else "goals"


def city(rows: Sequence[Row]) -> str:
    """The whole city in one line, and who makes most of its misses."""
    due = sum(row["due_count"] for row in rows)
    missed = {row["name"]: row["due_count"] - row["met_count"] for row in rows}
    if not due:
        return ""
    kept = f"{1 - sum(missed.values()) / due:.0%} of {due:,} due were done in time."
    most = sorted(missed.items(), key=lambda item: -item[1])[:3]
    share = sum(count for _, count in most) / max(sum(missed.values()), 1)
    if len(rows) <= len(most) or share < 0.5:
        return kept
    return f"{kept} {_listed([name for name, _ in most])} make {share:.0%} of the misses."


def against(row: Row, name: str) -> str:
    """The change of the share kept against an earlier stretch: "-4 points", "about the same", "too few"."""
    if row[f"{name}_is_small"]:
        return "too few to compare"
    if row[f"{name}_is_same"]:
        return "about the same"
    points = round(row[f"{name}_points"])
    return f"{points:+d} point{'' if abs(points) == 1 else 's'}"


def changes(row: Row, stretch: str) -> str:
    """Both comparisons of the share kept; said once where they agree."""
    before, year = against(row, "previous"), against(row, "year_before")
    if before == year:
        return f"{before}, {stretch} and a year ago" if "few" in before else f"{before} as {stretch} and a year ago"
    return f"{before} against {stretch}; a year ago {year}"


def overdue(row: Row) -> str:
    """What is overdue with its change in a week; never 0 where nothing could be overdue."""
    if not row["has_goal"]:
        return NO_TARGET
    change = row["overdue_week_change"]
    if pd.isna(change):
        return f"{row['overdue_count']:,} overdue"
    return f"{row['overdue_count']:,} overdue, {'as many as' if change == 0 else f'{change:+,.0f} against'} a week ago"


def why(row: Row) -> str:
    """Why a department misses what it misses, as far as the data show it."""
    if row.get("load_state") == BY_CONTRACTORS:
        return "contractors do most of this work, so posts say nothing"
    if row.get("miss_state") in (TOO_FEW, TOO_SHORT):
        return _over_13_weeks(row)
    missed = _missed_points(row)
    if missed == 0:
        return "nothing was missed"
    reasons = [_of_posts(row, missed), _of_order(row, missed)]
    told = "; ".join(reason for reason in reasons if reason)
    return told or "the cause cannot be told from these data"


def _of_posts(row: Row, missed: int) -> str:
    if row.get("load_state") == NO_POSTS or pd.isna(row.get("vacancy_rate")):
        return "no staffing figures"
    vacant = f"{row['vacancy_rate']:.0%} vacant"
    if row.get("staff_limited") == NO:
        return f"not short of hands ({vacant}): closings follow what comes in"
    if row.get("staff_limited") == YES and row.get("vacancy_points", 0) >= LEAST_POINTS:
        return (
            f"short of people: {vacant}, {_range(row['vacancy_points_low'], row['vacancy_points'])} of {missed} points"
        )
    if row.get("staff_limited") == YES:
        return f"{vacant}, but what vacancies explain cannot be told"
    return f"{vacant}; whether hands are the limit cannot be told"


def _of_order(row: Row, missed: int) -> str:
    order = row.get("order_points")
    if order is None or pd.isna(order) or order < LEAST_POINTS:
        return ""
    return f"order of work: up to {round(order)} of {missed} points"


def _over_13_weeks(row: Row) -> str:
    is_few = row["miss_state"] == TOO_FEW
    short = "too few were due to tell" if is_few else "this stretch is too short to tell"
    if not row.get("usual_due_count") or pd.isna(row.get("usual_vacancy_points")):
        return short
    missed = round(100 * (1 - row["usual_compliance"]))
    points = _range(row["usual_vacancy_points_low"], row["usual_vacancy_points"])
    return f"{short}; over 13 weeks vacancies are {points} of {missed} points"


def _range(low: float, high: float) -> str:
    """Points that vacancies explain: a range where the least is more than nothing, else "up to"."""
    least, most = round(low), round(high)
    return f"{least} to {most}" if 0 < least < most else f"up to {most}"


def remedies(row: Row) -> list[Remedy]:
    """What would mend it, the largest first; where nothing is shown to, what to ask."""
    if row.get("load_state") == BY_CONTRACTORS:
        return [Remedy("ask the contractor for its weekly count", "compliance")]
    found: list[tuple[float, Remedy]] = []
    filled = row.get("overdue_avoided_if_filled")
    if filled is not None and pd.notna(filled) and filled >= 1:
        posts = row["fte_authorised"] - row["fte_filled"]
        text = f"{posts:,.0f} posts filled: about {filled:,.0f} fewer overdue in 13 weeks"
        found.append((float(row.get("vacancy_points") or 0), Remedy(text, "workload")))
    order = row.get("order_points")
    if order is not None and pd.notna(order) and order >= LEAST_POINTS:
        found.append((float(order), Remedy(f"another order of work: up to {round(order)} points", "workload")))
    best = row.get("share_with_both")
    if best is not None and pd.notna(best) and best < BEST_UNDER:
        text = f"the goal: even the best order with all posts filled keeps {best:.0%}"
        found.append((100 * (1 - float(best)), Remedy(text, "goals")))
    if row.get("staff_limited") == NO:
        found.append((0.5, Remedy("ask what waits for parts, permits or others", "compliance")))
    if not found:
        return [Remedy("ask for the reason: the data show none", "compliance")] if _missed_points(row) else []
    return [remedy for _, remedy in sorted(found, key=lambda entry: -entry[0])]


def folded(rows: Sequence[Row]) -> str:
    """The departments that are not listed one by one, counted by what can be said of them."""
    without = [row for row in rows if not row["has_goal"]]
    few = [row for row in rows if row["has_goal"] and row["due_count"] < SMALL]
    judged = [row for row in rows if row["due_count"] >= SMALL]
    parts = []
    if judged:
        low, high = (f"{extreme(row['compliance'] for row in judged):.0%}" for extreme in (min, max))
        between = f"kept {low}" if low == high else f"are between {low} and {high}"
        parts.append(f"{len(judged)} more {between}")
    if few:
        parts.append(f"{len(few)} had fewer than {SMALL} due")
    if without:
        parts.append(f"{len(without)} with {NO_TARGET}")
    return ", ".join(parts)


def change_line(row: Row) -> str:
    """One change of the last whole week beside the 13 weeks before it."""
    where = f"District {row['key']}" if row["by"] == "district" else str(row["name"])
    if row["what"] == "compliance":
        return f"{where}: {row['now']:.0%} of {row['now_count']:,} due kept, usually {row['usual']:.0%}"
    return f"{where}: {row['now']:,.0f} came in, usually {row['usual']:,.0f}"


def _missed_points(row: Row) -> int:
    return 0 if pd.isna(row["compliance"]) else round(100 * (1 - row["compliance"]))


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
