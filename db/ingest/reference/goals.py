"""Goals from a CSV file: checked row by row, adopted whole or not at all, and never before their first day.

A goal is a version: it holds from its first day until the next one of its type begins, and nothing stored is
rewritten. Requests made before that day keep their due date and verdict; requests made since get new ones
(`db/ingest/requests/rederive.py`). Rules: "when a request is due" in docs/promises.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path

from sqlalchemy import Connection, func, insert, select

from db.cities.profile import Profile, service_type_lookup
from db.cities.words import fold_word
from db.ingest.reference.csv_rows import Problems
from db.ingest.reference.goals_file import Checks, NewGoal, read, twice
from db.ingest.requests.rederive import Rederived, rederive
from db.model import schema
from db.model.schema import GOAL_COLUMNS
from db.storage.frames import bytes_order

_g = schema.goals.c
_r = schema.requests.c


@dataclass(frozen=True)
class Imported:
    """The result of an import: how many goals were new or unchanged, what changed on the requests, and notices."""

    adopted: int
    unchanged: int
    requests: Rederived
    notices: tuple[str, ...]


def load(
    connection: Connection,
    path: Path,
    profile: Profile,
    *,
    today: date,
    adopted_by: str | None = None,
    in_the_past: bool = False,
) -> Imported:
    """Adopt the goals in `path`, inside the caller's transaction.

    A stored goal that the file repeats is left alone. `today`: the city's day, on which rows without
    `adopted_on` are adopted. `adopted_by` stands for rows that do not say who. A goal whose first day has passed
    is refused where requests were made since, unless `in_the_past`. Raises RowsRefusedError for wrong rows,
    DeskError for a file that is no file of goals.
    """
    problems = Problems(path.name, "adopted")
    rows = list(read(path, Checks(profile, today, _known_types(connection, profile)), problems))
    stored = {goal.key: goal for goal in stored_goals(connection)}
    twice(rows, problems)
    new = []
    for goal in rows:
        before = stored.get(goal.key)
        if before is not None and before.terms() == goal.terms():
            continue
        goal = replace(goal, adopted_by=goal.adopted_by or adopted_by, adopted_on=goal.adopted_on or today)
        problem = (
            _contradiction(goal, before)
            or _without_a_start(goal)
            or _why_not_in_the_past(connection, goal, today, in_the_past)
        )
        if problem:
            problems.add(goal.line, problem)
        new.append(goal)
    problems.refuse()
    return _adopt(connection, profile, new, unchanged=len(rows) - len(new))


def stored_goals(connection: Connection) -> Iterator[NewGoal]:
    """Every goal ever adopted that is not withdrawn, by service type and first day."""
    columns = [_g[name] for name in GOAL_COLUMNS]
    order = (bytes_order(_g.service_type), _g.effective_on.asc().nulls_first(), _g.goal_id)
    for row in connection.execute(select(*columns).where(_g.withdrawn_on.is_(None)).order_by(*order)):
        yield NewGoal(*row)


def _adopt(connection: Connection, profile: Profile, new: Sequence[NewGoal], unchanged: int) -> Imported:
    highest = connection.scalar(select(func.max(_g.goal_id))) or 0
    values = [
        {name: getattr(goal, name) for name in GOAL_COLUMNS} | {"goal_id": highest + number}
        for number, goal in enumerate(new, start=1)
    ]
    if not values:
        return Imported(0, unchanged, Rederived(), ())
    connection.execute(insert(schema.goals), values)
    first_days = {goal.service_type: goal.effective_on for goal in sorted(new, key=_latest_first)}
    requests = rederive(connection, profile.calendars, {name: day for name, day in first_days.items() if day})
    return Imported(len(new), unchanged, requests, tuple(_notices(new, profile, requests)))


def _latest_first(goal: NewGoal) -> int:
    return -(goal.effective_on or date.min).toordinal()


def _notices(new: Iterable[NewGoal], profile: Profile, requests: Rederived) -> Iterator[str]:
    for name, count in sorted(requests.beyond_table.items()):
        ends = profile.calendars[name].table_ends
        yield (
            f"{count:,} due dates lie after {ends}, where the holidays of the calendar {name} end: "
            "a holiday they fall on is not known. Add later holidays to the city's profile."
        )
    for goal in new:
        ends = profile.calendars[goal.calendar].table_ends
        if ends is not None and goal.effective_on is not None and goal.effective_on > ends and "business" in goal.unit:
            yield (
                f"{goal.service_type}: takes effect on {goal.effective_on}, after the last known holiday year of "
                f"the calendar {goal.calendar} ({ends}); due dates will not know holidays."
            )


def _known_types(connection: Connection, profile: Profile) -> dict[str, str]:
    """Every spelling of a service type, folded -> its name: those of the profile, and those that only requests have."""
    stored_types = connection.scalars(select(_r.service_type).distinct()).all()
    return {fold_word(word): word for word in stored_types} | service_type_lookup(profile)


def _contradiction(goal: NewGoal, before: NewGoal | None) -> str | None:
    if before is None:
        return None
    return f"{goal.service_type} is stored as {before.describe()}; a goal is never rewritten, take another first day"


def _without_a_start(goal: NewGoal) -> str | None:
    if goal.effective_on is None:
        return f"effective_on is empty; a new goal of {goal.service_type} needs its first day, YYYY-MM-DD"
    if not goal.adopted_by:
        return "adopted_by is empty; say who adopts it, in the row or with --by"
    return None


def _why_not_in_the_past(connection: Connection, goal: NewGoal, today: date, allowed: bool) -> str | None:
    """Why a goal may not begin on a past day: requests were made under another goal since. None where it may."""
    if allowed or goal.effective_on is None or goal.effective_on >= today:
        return None
    begins = datetime.combine(goal.effective_on, time.min)
    request_count = select(func.count()).select_from(schema.requests)
    due_computed_here = func.coalesce(_r.due_source, "computed") != "city"
    count = (
        connection.scalar(
            request_count.where(_r.service_type == goal.service_type, _r.created_at >= begins, due_computed_here)
        )
        or 0
    )
    if not count:
        return None
    return (
        f"effective_on {goal.effective_on} has passed and requests of {goal.service_type} were made since ({count:,}); "
        "take a later day, or judge them anew with --effective-in-the-past"
    )
