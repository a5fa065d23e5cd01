"""Why a stop stands where it does, in at most 60 characters: what a manager would say, the most telling part first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from db.rules.calendar import ONE_DAY
from db.rules.triage.plan import CAN_BE_KEPT, CHECK_EXISTS, DANGER

WHY_MOST = 60
REASON_MOST = 28  # characters of the reason why a type is a danger, so that it fits beside the rest
NAN = float("nan")


@dataclass(frozen=True)
class Standing:
    """What `why` needs to know of one stop. `lane`: its place in `plan.LANES`; the rest as in `plan.Stops`.

    `danger`: why the type is a danger, in a few words. `stale_days`: the stale age of its type and department.
    `request_count`: how many open requests the stop has.
    """

    lane: int
    created: datetime
    reported: datetime
    due: datetime | None = None
    overdue_from: datetime | None = None
    is_day_only: bool = False
    usual_days: float = NAN
    breach_risk: float = NAN
    is_asked_again: bool = False
    danger: str = ""
    stale_days: float = NAN
    request_count: int = 1


def why(stop: Standing, as_of: datetime) -> str:
    """The reason in words, at most `WHY_MOST` characters; what does not fit is left out from the end."""
    repeats = [f"{stop.request_count} requests"] if stop.request_count > 1 else []
    repeats += ["asked again"] if stop.is_asked_again else []
    if stop.lane == DANGER:
        return _fitting([f"Danger: {stop.danger}", _reported(stop.reported, as_of), *repeats, *_overdue(stop, as_of)])
    if stop.lane == CAN_BE_KEPT:
        return _fitting([_due(stop, as_of), *_risk(stop.breach_risk), *repeats])
    age = (as_of - stop.created) / ONE_DAY
    if stop.lane == CHECK_EXISTS:
        return _fitting([f"Open {days(age)}", f"past {days(stop.stale_days)} few are ever closed"])
    return _fitting([*(_overdue(stop, as_of) or _without_goal(age, stop.usual_days)), *repeats])


def _fitting(parts: Iterable[str]) -> str:
    text = ""
    for part in parts:
        longer = f"{text}; {part}" if text else part
        if len(longer) <= WHY_MOST:
            text = longer
    return text


def _reported(moment: datetime, as_of: datetime) -> str:
    days_ago = (as_of.date() - moment.date()).days
    if days_ago <= 0:
        return f"reported today {moment:%H:%M}"
    return f"reported {'yesterday' if days_ago == 1 else f'{days_ago:,} days ago'}"


def _due(stop: Standing, as_of: datetime) -> str:
    due = stop.due or as_of
    days_left = (due.date() - as_of.date()).days
    if days_left in (0, 1):
        day = ("today", "tomorrow")[days_left]
    elif 1 < days_left < 7:
        day = f"{due:%a}"
    else:
        year = f" {due:%Y}" if due.year != as_of.year else ""
        day = f"{due:%a} {due.day} {due:%b}{year}"
    return f"Due {day}" if stop.is_day_only else f"Due {day} {due:%H:%M}"


def _risk(risk: float) -> list[str]:
    return [] if np.isnan(risk) else [f"{risk:.0%} of such are late"]


def _overdue(stop: Standing, as_of: datetime) -> list[str]:
    if stop.overdue_from is None or stop.overdue_from > as_of:
        return []
    late = days((as_of - (stop.due or stop.overdue_from)) / ONE_DAY)
    return [f"{late[:1].upper()}{late[1:]} late" if stop.lane != DANGER else f"{late} late"]


def _without_goal(age: float, usual: float) -> list[str]:
    parts = [f"No goal, open {days(age)}"]
    return parts if np.isnan(usual) else [*parts, f"half take under {days(usual)}"]


def days(number: float) -> str:
    """A stretch of days in words: "40 days", "5 hours", "under an hour"."""
    if number < 1:
        hours = int(max(timedelta(days=number), timedelta()) / timedelta(hours=1))
        return "under an hour" if hours == 0 else f"{hours} hour{'' if hours == 1 else 's'}"
    return f"{int(number):,} day{'' if int(number) == 1 else 's'}"
