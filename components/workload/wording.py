"""Workload in words: a sentence a department, what its cells say, and what the figures cannot say. Draws nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from components.cache import cached_without_copy
from components.links import View
from components.workload.miss import miss_clause, miss_words
from db.queries.workload.figures import CONTRACTED
from db.queries.workload.load import NO_REQUESTS
from db.rules.workload import CANNOT_TELL, NO_ONE, YES
from db.rules.workload.clearing import ABOUT_THE_SAME, FALLING, FEW, RISING, TOO_SHORT
from db.rules.workload.staffed import WEEKS_NEEDED

YEAR_WEEKS = 52
LONG_WEEKS = 104  # from here on years say it better
UNITS = {"requests": "requests", "effort_hours": "hours of work"}
CLEAR_WORDS = {
    FALLING: "falling",
    RISING: "rising",
    ABOUT_THE_SAME: "about the same",
    FEW: "under 30",
    TOO_SHORT: "too few weeks",
}
LOAD_WORDS = {"contractors": "contractors", "too_few": "too few", "no_figures": "no figures"}
VERDICT_WORDS = {"yes": "yes", "no": "no", CANNOT_TELL: "cannot be told"}
LABELS = {
    "name": "Department",
    "open_count": "Open",
    "overdue_count": "Overdue",
    "filled_of": "Posts filled",
    "vacant_share": "Vacant",
    "load_words": "Load per person",
    "added_words": "of it by vacancies",
    "utilisation_share": "Utilisation",
    "clear_words": "Overdue, 8 weeks",
    "kept_share": "Kept",
    "due_count": "Due",
    "miss_words": "Points missed, and why",
    "limit_words": "Is staff the limit?",
    "hire_words": "Next hire avoids",
    "staff_reason": "Why",
}
HELPS = {
    "filled_of": "fte_filled",
    "vacant_share": "vacancy_rate",
    "utilisation_share": "utilisation",
    "clear_words": "overdue_change",
    "load_words": "load_per_filled_fte",
    "added_words": "vacancy_added_load",
    "kept_share": "compliance",
    "miss_words": "missed_points",
    "limit_words": "staff_limited",
    "hire_words": "overdue_avoided_by_hire",
}
NARROWING = ("service_types", "districts", "neighborhoods", "channels", "yards", "streets", "place", "cell")
ASSUMPTIONS = (
    "Residents' requests and those of the city's own crews count together, for the same people do both; only the share "
    "kept is of the chosen requests.",
    "A request counts one whatever it takes (“unweighted”), unless every type of the department has an effort.",
    "Posts are multiplied by the share of them that works on requests. A figure holds until the next one.",
    "Crews within a department can help each other, and a new hire does as much as the others.",
    "Whether staff is the limit is read from weekly closings: where they do not follow what comes in, hands are taken "
    "for the limit. A fixed supply of parts looks the same unless the number of posts filled varied.",
    "What vacancies and the order of work explain is “up to”: the moments at which staff really closed something are "
    "given to other requests, each to one that existed by then, once with the hands of all posts filled since 26 weeks "
    "before the period, once in the plan's order. It is a size, not a measurement.",
    "Crews serve the types they really served; a new hire goes where work waits. With crews that could serve any type "
    "the order of work would bring more; that stands in the export.",
    "Work that waits for its own parts or permits cannot be served in another order: there “up to” may be nothing.",
    "In which order more hands would work is known only as far as it was seen. Where no order of work explains the "
    "closings, or two readings of it differ by more than 5 points, no share of vacancies is given.",
    "Where posts filled varied by less than 15%, vacancies may explain nothing: a fixed supply of parts would look the "
    "same.",
    "The weeks ahead are drawn from past weeks. The band shows how weeks differ, not that the model may be wrong.",
    "Overtime, weather and reorganisations are in the weeks as they were; they are not told apart.",
)


def sentence(row: Mapping[Any, Any], name: str) -> str:
    """One department in plain words, from a row of `workload.workload`: staffing, load, backlog, and the miss.

    "Street Lighting: 28% vacant; each person carries 61 requests instead of 44; the overdue backlog is not clearing;
    vacancies explain up to 9 of the 31 points missed."
    """
    clauses = [staffing_clause(row), load_clause(row), backlog_clause(row), miss_clause(row)]
    return f"{name}: {'; '.join(clause for clause in clauses if clause)}."


def after_name(text: str, name: str) -> str:
    """A sentence without the name it starts with, where the name stands above it."""
    rest = text.removeprefix(f"{name}: ")
    return rest[:1].upper() + rest[1:]


def staffing_clause(row: Mapping[Any, Any]) -> str:
    """How many posts are vacant, and whether that matters here at all."""
    if np.isnan(row["fte_filled"]):
        return "no staffing figures, so nothing is said per person"
    if row["fte_filled"] == 0 and row["fte_authorised"] > 0:
        return NO_ONE
    if np.isnan(row["vacancy_rate"]):
        return "no posts authorised"
    vacant = "all posts filled" if round(100 * row["vacancy_rate"]) == 0 else f"{row['vacancy_rate']:.0%} vacant"
    return f"{vacant}, but contractors do most of the work" if is_contracted(row) else vacant


def load_clause(row: Mapping[Any, Any]) -> str:
    """What each person carries, and would carry with all posts filled."""
    filled, full = row["load_per_filled_fte"], row["load_per_authorised_fte"]
    if np.isnan(filled):
        return ""
    carries = f"each person carries {amount(filled)} {UNITS[row['unit']]}"
    return carries if amount(filled) == amount(full) else f"{carries} instead of {amount(full)}"


def backlog_clause(row: Mapping[Any, Any]) -> str:
    """How many are overdue, and whether that goes down beyond chance."""
    overdue, state = row["overdue_count"], row["clear_state"]
    if not overdue:
        return "nothing is overdue"
    if state == ABOUT_THE_SAME:
        return f"{overdue:,} overdue, about the same as 8 weeks ago"
    if state == RISING:
        return f"{overdue:,} overdue, {row['overdue_change']:,.0f} more than 8 weeks ago"
    if state == FALLING:
        falls = f"{overdue:,} overdue, {-row['overdue_change']:,.0f} fewer than 8 weeks ago"
        return falls if np.isnan(row["weeks_to_clear_low"]) else f"{falls}; at this pace cleared in {_weeks(row)}"
    return f"{overdue:,} overdue"


def _weeks(row: Mapping[Any, Any]) -> str:
    """The range of weeks until few are overdue: "12 to 30 weeks", "2 to 4 years"."""
    low, high = row["weeks_to_clear_low"], row["weeks_to_clear_high"]
    if low >= LONG_WEEKS:
        return f"{low / YEAR_WEEKS:.0f} to {high / YEAR_WEEKS:.0f} years"
    first, last = max(1, round(low)), max(1, round(high))
    return f"{first} to {last} weeks" if first < last else "a week" if first == 1 else f"{first} weeks"


def ahead_words(row: Mapping[Any, Any]) -> str:
    """Where staff is the limit: how the overdue backlog would move as now, and with all posts filled."""
    now, filled = row["overdue_change_ahead"], row["overdue_change_ahead_if_filled"]
    if np.isnan(now) or np.isnan(filled):
        return ""
    return (
        f"In the model of the weeks ahead the overdue backlog moves by {now:+,.0f} in 8 weeks with the posts filled as "
        f"now, and by {filled:+,.0f} with all of them filled."
    )


def clear_words(row: Mapping[Any, Any]) -> str:
    """How the overdue backlog moves, as a cell: "falling, 12 to 30 weeks", "about the same", "too few"."""
    state = row["clear_state"]
    if state == FALLING and not np.isnan(row["weeks_to_clear_low"]):
        return f"falling, {_weeks(row)}"
    return CLEAR_WORDS[state]


def hire_words(row: Mapping[Any, Any]) -> str:
    """Overdue requests that one more post avoids, as a cell."""
    avoided = row["overdue_avoided_by_hire"]
    return "cannot be told" if np.isnan(avoided) else f"{avoided:,.0f}"


def _load_words(row: Mapping[Any, Any], name: str) -> str:
    return (
        "–"
        if np.isnan(row[name]) and row["load_state"] == "shown"
        else LOAD_WORDS.get(row["load_state"], f"{row[name]:,.1f}")
    )


@cached_without_copy
def ready(frame: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """`workload.workload` with a column for each of `LABELS`, and `sentence`, in the same order."""
    rows: list[dict[str, Any]] = [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]
    department_names = [names.get(str(row["department"]), str(row["department"])) for row in rows]
    has_posts = frame["fte_filled"].notna()
    filled = frame["fte_filled"].map("{:,.10g}".format) + " of " + frame["fte_authorised"].map("{:,.10g}".format)
    return frame.assign(
        name=department_names,
        sentence=[sentence(row, name) for row, name in zip(rows, department_names, strict=True)],
        filled_of=filled.where(has_posts, "no figures"),
        vacant_share=frame["vacancy_rate"],
        utilisation_share=frame["utilisation"],
        kept_share=frame["compliance"],
        load_words=[_load_words(row, "load_per_filled_fte") for row in rows],
        added_words=[_load_words(row, "vacancy_added_load") for row in rows],
        clear_words=[clear_words(row) for row in rows],
        miss_words=[miss_words(row) for row in rows],
        hire_words=[hire_words(row) for row in rows],
        limit_words=frame["staff_limited"].map(VERDICT_WORDS),
    )


def warnings(frame: pd.DataFrame, view: View, names: Mapping[str, str]) -> list[str]:
    """What must be known before any figure is read, one sentence each."""
    sentences = []
    without = frame[frame["fte_filled"].isna()]
    if len(without) == len(frame):
        sentences.append(
            "There are no staffing figures, so whatever needs posts stays empty: it is never guessed. Who keeps the "
            "desk's data can load them."
        )
    elif len(without):
        sentences.append(f"No staffing figures for {listed(without, names)}: nothing per person is said there.")
    weeks = int(frame["weeks_of_data"].max())
    if (frame["staff_reason"] == NO_REQUESTS).all():
        sentences.append("No request fits what is chosen, so there is no work to tell of.")
    elif weeks < WEEKS_NEEDED:
        sentences.append(f"Only {weeks} weeks of data: before {WEEKS_NEEDED} nothing can be told about staff.")
    if any(getattr(view.filters, name) for name in NARROWING):
        sentences.append(
            "The filters narrow the requests but not the posts, so load and capacity per person are of that part "
            "of the work only."
        )
    return sentences


def remarks(frame: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    """What limits the figures of some departments, one sentence each."""
    sentences = []
    contracted = frame[frame["staff_reason"] == CONTRACTED]
    if len(contracted):
        sentences.append(
            f"Contractors do most of the work of {listed(contracted, names)}: vacancies in the city are not what slows "
            "it, so no load per person is given."
        )
    for reason, rows in frame[frame["staff_limited"] == YES].groupby("staff_reason"):
        sentences.append(f"Staff is taken for the limit of {listed(rows, names)}: {reason}.")
    return sentences


def listed(frame: pd.DataFrame, names: Mapping[str, str]) -> str:
    """The departments of a frame by name: "A, B and C"."""
    texts: Sequence[str] = [names.get(key, key) for key in frame["department"]]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def is_contracted(row: Mapping[Any, Any]) -> bool:
    return bool(row["staff_reason"] == CONTRACTED)


def is_lower_bound(row: Mapping[Any, Any]) -> bool:
    """Whether capacity is "at least"; not where there is none."""
    bound = row["capacity_is_lower_bound"]
    return not pd.isna(bound) and bool(bound)


def amount(value: float) -> str:
    """Work a person: whole from ten on, else to the tenth."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}".removesuffix(".0")
