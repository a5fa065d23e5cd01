"""Workload in words: a sentence a department, what its cells say, and what the figures cannot say. Draws nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from components.links import View
from db.queries.workload.load import CONTRACTED, NO_FIGURES
from db.rules.workload import CANNOT_TELL, NO_ONE, YES
from db.rules.workload.capacity import CLEARING, NOT_CLEARING, NOTHING_OVERDUE
from db.rules.workload.staffed import WEEKS_NEEDED

YEAR_WEEKS = 52
LONG_WEEKS = 104  # from here on years say it better
UNITS = {"requests": "requests", "effort_hours": "hours of work"}
VERDICT_WORDS = {"yes": "yes", "no": "no", CANNOT_TELL: "cannot be told"}
LABELS = {
    "name": "Department",
    "open_count": "Open",
    "overdue_count": "Overdue",
    "filled_of": "Posts filled",
    "vacant_share": "Vacant",
    "load_per_filled_fte": "Load per person",
    "vacancy_added_load": "of it by vacancies",
    "utilisation_share": "Utilisation",
    "clear_words": "Weeks to clear",
    "kept_share": "Kept",
    "due_count": "Due",
    "miss_words": "Points missed: all the same + vacancies + order",
    "limit_words": "Is staff the limit?",
    "hire_words": "Next hire avoids",
    "staff_reason": "Why",
}
HELPS = {
    "filled_of": "fte_filled",
    "vacant_share": "vacancy_rate",
    "utilisation_share": "utilisation",
    "clear_words": "weeks_to_clear",
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
    "What vacancies explain is “up to”: past days are played again, oldest request first, with all posts filled since "
    "26 weeks before the period. A single department can be off by 25 points; it is a size, not a measurement.",
    "Where the real order of work moves the result by more than 5 points, no share of vacancies is given.",
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
    if np.isnan(filled) or is_contracted(row):
        return ""
    carries = f"each person carries {amount(filled)} {UNITS[row['unit']]}"
    return carries if amount(filled) == amount(full) else f"{carries} instead of {amount(full)}"


def backlog_clause(row: Mapping[Any, Any]) -> str:
    """Whether the overdue backlog goes down, and how fast."""
    state = row["clear_state"]
    if state == NOT_CLEARING:
        return "the overdue backlog is not clearing"
    if state == CLEARING:
        bound = "at most" if is_lower_bound(row) else "about"
        return f"the overdue backlog would take {bound} {stretch(row['weeks_to_clear'])} to clear"
    if state == NOTHING_OVERDUE or not row["overdue_count"]:
        return "nothing is overdue"
    return f"{row['overdue_count']:,} overdue"


def miss_clause(row: Mapping[Any, Any]) -> str:
    """What vacancies explain of the points missed, always as "up to"."""
    if not row["due_count"]:
        return "nothing with a goal was due"
    points = missed_points(row)
    if points == 0:
        return "nothing that was due was missed"
    missed = "the one point missed" if points == 1 else f"the {points} points missed"
    if not np.isnan(row["vacancy_points"]):
        if row["staff_limited"] == YES:
            return f"vacancies explain up to {round(row['vacancy_points'])} of {missed}"
        return f"vacancies are not shown to explain any of {missed}"
    told = f"what vacancies explain of {missed} cannot be told"
    is_said = row["miss_reason"] in (CONTRACTED, NO_FIGURES, NO_ONE)
    return told if is_said else f"{told} ({row['miss_reason']})"


def missed_points(row: Mapping[Any, Any]) -> int:
    """Points of the due requests that were missed, rounded; 0 where nothing was due."""
    return 0 if np.isnan(row["compliance"]) else round(100 * (1 - row["compliance"]))


def miss_words(row: Mapping[Any, Any]) -> str:
    """The miss in its three parts: "98 = 29 + up to 71 - 2", or that it cannot be told."""
    if not row["due_count"]:
        return "nothing due"
    points = missed_points(row)
    if points == 0:
        return "0"
    if np.isnan(row["vacancy_points"]):
        return f"{points}, cannot be told"
    if row["staff_limited"] != YES:
        return f"{points} = {points} + 0"
    order, vacancies = round(row["order_points"]), round(row["vacancy_points"])
    parts = f"{points} = {points - vacancies - order} + up to {vacancies}"  # so that the rounded parts add up
    return f"{parts} {'-' if order < 0 else '+'} {abs(order)}"


def clear_words(row: Mapping[Any, Any]) -> str:
    """Weeks to clear as a cell: "12", "at most 5", "not clearing", "nothing overdue"."""
    state = row["clear_state"]
    if state == CLEARING:
        bound = "at most " if is_lower_bound(row) else ""
        return f"{bound}{max(1, round(row['weeks_to_clear']))}"
    known = {NOT_CLEARING: "not clearing", NOTHING_OVERDUE: "nothing overdue", NO_ONE: NO_ONE}
    return known.get(state, "not known")


def hire_words(row: Mapping[Any, Any]) -> str:
    """Overdue requests that one more post avoids, as a cell."""
    avoided = row["overdue_avoided_by_hire"]
    return "cannot be told" if np.isnan(avoided) else f"{avoided:,.0f}"


def ready(frame: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """`workload.workload` with a column for each of `LABELS`, and `sentence`, in the same order."""
    rows: list[dict[str, Any]] = [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]
    shown = [names.get(str(row["department"]), str(row["department"])) for row in rows]
    known = frame["fte_filled"].notna()
    filled = frame["fte_filled"].map("{:,.10g}".format) + " of " + frame["fte_authorised"].map("{:,.10g}".format)
    return frame.assign(
        name=shown,
        sentence=[sentence(row, name) for row, name in zip(rows, shown, strict=True)],
        filled_of=filled.where(known, "no figures"),
        vacant_share=frame["vacancy_rate"],
        utilisation_share=frame["utilisation"],
        kept_share=frame["compliance"],
        load_per_filled_fte=frame["load_per_filled_fte"].round(1),
        vacancy_added_load=frame["vacancy_added_load"].round(1),
        clear_words=[clear_words(row) for row in rows],
        miss_words=[miss_words(row) for row in rows],
        hire_words=[hire_words(row) for row in rows],
        limit_words=frame["staff_limited"].map(VERDICT_WORDS),
    )


def warnings(frame: pd.DataFrame, view: View, names: Mapping[str, str]) -> list[str]:
    """What must be known before any figure is read, one sentence each."""
    found = []
    without = frame[frame["fte_filled"].isna()]
    if len(without) == len(frame):
        found.append(
            "There are no staffing figures, so whatever needs posts stays empty: it is never guessed. Load them with "
            "python -m db staffing load FILE.csv"
        )
    elif len(without):
        found.append(f"No staffing figures for {listed(without, names)}: nothing per person is said there.")
    weeks = int(frame["weeks_of_data"].max())
    if not weeks:
        found.append("No request fits what is chosen, so there is no work to tell of.")
    elif weeks < WEEKS_NEEDED:
        found.append(f"Only {weeks} weeks of data: before {WEEKS_NEEDED} nothing can be told about staff.")
    if any(getattr(view.filters, name) for name in NARROWING):
        found.append(
            "The filters narrow the requests but not the posts, so load and capacity per person are of that part "
            "of the work only."
        )
    return found


def remarks(frame: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    """What limits the figures of some departments, one sentence each."""
    found = []
    contracted = frame[frame["staff_reason"] == CONTRACTED]
    if len(contracted):
        found.append(
            f"Contractors do most of the work of {listed(contracted, names)}: vacancies in the city are not what slows "
            "it, and a load per person says little."
        )
    for reason, rows in frame[frame["staff_limited"] == YES].groupby("staff_reason"):
        found.append(f"Staff is taken for the limit of {listed(rows, names)}: {reason}.")
    return found


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


def stretch(weeks: float) -> str:
    """A number of weeks in words: "a week", "12 weeks", "4 years"."""
    if weeks >= LONG_WEEKS:
        return f"{weeks / YEAR_WEEKS:.0f} years"
    whole = max(1, round(weeks))
    return "a week" if whole == 1 else f"{whole} weeks"
