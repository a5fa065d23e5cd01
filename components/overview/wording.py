"""The first screen in words: who keeps the promise least, why it misses, and what would mend it. Draws nothing.

A row is one department: `standing.by_department` joined with `load.workload`. Every sentence names its figures; where
the data show no reason it says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from components.links import View
from db.model.filters import PERIODS
from db.rules.proportions import SMALL
from db.rules.vocabulary import Cause, Remedy
from db.rules.workload import causes as rules

Row = Mapping[str, Any]
NO_TARGET = "no published target"
REASONS = {
    Cause.NOTHING_DUE: "nothing was due",
    Cause.NOTHING_MISSED: "nothing was missed",
    Cause.CONTRACTORS: "contractors do most of this work: the city's vacancies say nothing of it",
    Cause.NO_FIGURES: "no staffing figures, so whether people are short cannot be told",
    Cause.NOT_STAFF: "not short of people ({vacant}): what is closed follows what comes in",
    Cause.NOT_VACANCIES: "people are the limit, but vacancies explain none of it ({vacant})",
    Cause.CANNOT_TELL: "{vacant}; whether people are the limit cannot be told",
}
REMEDIES: Mapping[Remedy, tuple[str, str, Mapping[str, str]]] = {  # words, the page that shows it, its place there
    Remedy.POSTS: ("fill {posts} posts: about {size} fewer overdue in 13 weeks", "workload", {}),
    Remedy.ORDER: ("another order of work: up to {size} more in 100 kept", "workload", {}),
    Remedy.CHECK_STALE: ("check {size} old records: perhaps long gone", "queue", {"lane": "check_exists"}),
    Remedy.GOAL: ("the goal itself: with all posts filled the best order keeps {share}", "goals", {}),
    Remedy.GOAL_OR_HANDS: ("the goal, or more people: today's keep {share} at best, in any order", "goals", {}),
    Remedy.ASK_PARTS: ("ask what waits for parts, permits or others: up to {size} in 100", "compliance", {}),
    Remedy.ASK_CONTRACTOR: ("ask the contractor for its weekly count", "compliance", {}),
    Remedy.ASK: ("ask for the reason: the data show none", "compliance", {}),
}


STRETCHES = {  # of a change: the stretch it is of, and what stands beside it
    "before": ("last week", "usually"),
    "year_ago": ("in 13 weeks", "a year ago"),
    "others": ("in 13 weeks", "others with its types"),
}


@dataclass(frozen=True)
class Mended:
    """A remedy in words with its size, the page that shows it, and where on that page."""

    text: str
    page: str
    link: Mapping[str, str]


def stretch(view: View) -> str:
    """The period looked at: "in the last 13 weeks", else its days."""
    named = _last(view)
    return f"in the {named}" if named else view.period.describe()


def before(view: View) -> str:
    """The period it is compared with: "the 13 weeks before"."""
    named = _last(view)
    return f"the {named.removeprefix('last ')} before" if named else "the time before"


def _last(view: View) -> str:
    named = PERIODS.get(view.period_key, "").lower()
    return named if named.startswith("last") else ""


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
    if len(rows) == 1:
        return _of_one(worst, period)
    if not worst["is_below_others"]:
        least, most = (f"{row['compliance']:.0%}" for row in (judged[0], judged[-1]))
        if least == most:
            return f"No department stands out: all kept {least} of what was due {period}."
        return f"No department stands out: all kept between {least} and {most} of what was due {period}."
    return (
        f"{worst['name']} keeps its {_what(promises)} least: {worst['compliance']:.0%} of {worst['due_count']:,} due "
        f"{period} were done in time. {_sentence(main_reason(worst))}."
    )


def _of_one(row: Row, period: str) -> str:
    if not row["has_goal"]:
        return f"{row['name']} has {NO_TARGET}."
    if not row["due_count"]:
        return f"Nothing of {row['name']} was due {period}."
    kept = f"{row['name']} kept {row['compliance']:.0%} of {row['due_count']:,} due {period}."
    return f"{kept} {_sentence(main_reason(row))}."


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
    """What is overdue, its change in a week, and how many of them perhaps no longer exist."""
    if not row["has_goal"]:
        return NO_TARGET
    told = f"{row['overdue_count']:,} overdue{_in_a_week(row['overdue_week_change'])}"
    stale = row.get("stale_overdue_count", 0)
    return f"{told}; {stale:,.0f} perhaps no longer there" if stale else told


def _in_a_week(change: float) -> str:
    if pd.isna(change):
        return ""
    if change == 0:
        return ", as many as a week ago"
    return f", {abs(change):,.0f} {'more' if change > 0 else 'fewer'} than a week ago"


def promised(row: Row, *, promises: bool) -> str:
    """How many of those due were promised, the others being due by averages and drafts; nothing where all were."""
    due, published = row["due_count"], row["published_due_count"]
    if promises or not due or published == due:
        return ""
    return f"{published / due:.0%} promised" if published else "none promised"


def why(row: Row) -> str:
    """Why a department misses what it misses, as far as the data show it."""
    found = rules.causes(row)
    told = [_reason(part, row) for part in found]
    if len(found) > 1 and found[0].points >= 0:  # "of the 98 in 100 missed" is said once
        told[1] = f"the order of work up to {round(found[1].points)}"
    return "; ".join(told)


def main_reason(row: Row) -> str:
    """The one reason that the sentence on top names."""
    found, code = rules.causes(row), rules.main_cause(row)
    return _reason(next((part for part in found if part.code == code), found[0]), row)


def _reason(part: rules.Part, row: Row) -> str:
    if part.code in (Cause.TOO_FEW, Cause.TOO_SHORT):
        return _over_13_weeks(row)
    if part.code == Cause.ORDER:
        return f"the order of work explains up to {round(part.points)} of {_missed(row['compliance'])}"
    if part.code == Cause.STAFF:
        if pd.isna(part.points):
            return f"short of people: {_vacant(row)}; what that explains cannot be told"
        return (
            f"short of people: {_vacant(row)}, which explains {_range(part.low, part.points)} of "
            f"{_missed(row['compliance'])}"
        )
    return REASONS[part.code].format(vacant=_vacant(row))


def _vacant(row: Row) -> str:
    rate = row.get("vacancy_rate")
    if rate is None or pd.isna(rate):
        return "no staffing figures"
    return "all posts filled" if round(100 * rate) == 0 else f"{rate:.0%} of posts vacant"


def _missed(compliance: float) -> str:
    return f"the {round(100 * (1 - compliance))} in 100 missed"


def _over_13_weeks(row: Row) -> str:
    is_few = row["miss_state"] == Cause.TOO_FEW
    short = "too few were due to tell why" if is_few else "this stretch is too short to tell why"
    if not row.get("usual_due_count"):
        return short
    most = row.get("usual_vacancy_points")
    if most is None or pd.isna(most) or round(most) == 0:
        return short
    points = _range(row["usual_vacancy_points_low"], most)
    return f"{short}; over the last 13 weeks vacancies explain {points} of {_missed(row['usual_compliance'])}"


def _range(low: float, high: float) -> str:
    """Points that are explained: a range where the least is more than nothing, else "up to"."""
    least, most = round(low), round(high)
    return f"{least} to {most}" if 0 < least < most else f"up to {most}"


def remedies(row: Row) -> list[Mended]:
    """What would mend it, the largest first; where nothing is shown to, what to ask."""
    return [_mended(remedy, row) for remedy in rules.remedies(row)]


def _mended(remedy: rules.Mending, row: Row) -> Mended:
    text, page, link = REMEDIES[remedy.code]
    posts = row.get("fte_authorised", 0.0) - row.get("fte_filled", 0.0)
    size = "" if pd.isna(remedy.size) else f"{remedy.size:,.0f}"
    share = "" if pd.isna(remedy.size) else f"{remedy.size:.0%}"
    return Mended(text.format(posts=f"{posts:,.0f}", size=size, share=share), page, dict(link))


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
    """One change of `changed.changed` in words, with what it is held against."""
    where = f"District {row['key']}" if row["by"] == "district" else str(row["name"])
    stretch, usual = STRETCHES[row["against"]]
    if row["what"] == "compliance":
        return f"{where}: {row['now']:.0%} of those due {stretch} kept, {usual} {row['usual']:.0%}"
    each = "" if row["against"] == "before" else " a week"
    return f"{where}: {row['now']:,.0f}{each} {stretch}, {usual} {row['usual']:,.0f}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
