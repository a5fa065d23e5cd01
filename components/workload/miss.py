"""What was missed and why, in plain words: never "up to 0", and parts that add up. Draws nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from db.queries.workload.figures import CONTRACTED
from db.queries.workload.load import NO_FIGURES
from db.rules.workload import NO_ONE, YES

SHORT_WORDS = {
    "too_few": "too few to tell why",
    "too_short": "too short to tell why: what falls due now was decided before it",
}
PARTS = ("remains", "vacancy", "order", "together", "untold")
PART_WORDS = {
    "remains": "all the same",
    "vacancies": "vacancies",
    "either": "vacancies or order",
    "order": "order",
    "both": "only both",
    "untold": "cannot be told",
}


def miss_clause(row: Mapping[Any, Any]) -> str:
    """What vacancies and the order of work explain of the points missed, always as "up to"."""
    points = missed_points(row)
    if not row["due_count"]:
        return "nothing with a goal was due"
    if row["miss_state"] in SHORT_WORDS:
        return f"{row['due_count']:,} due, {SHORT_WORDS[row['miss_state']]}{_usual_clause(row)}"
    if points == 0:
        return "nothing that was due was missed"
    missed = "the one point missed" if points == 1 else f"the {points} points missed"
    by_order = "" if np.isnan(row["order_points"]) else f"; {order_clause(row)}"
    return f"{vacancies_clause(row, missed)}{by_order}"


def vacancies_clause(row: Mapping[Any, Any], missed: str) -> str:
    """What all posts filled would have kept: never "up to 0"."""
    if np.isnan(row["vacancy_points"]):
        clause = f"what vacancies explain of {missed} cannot be told"
        return clause if row["miss_reason"] in (CONTRACTED, NO_FIGURES, NO_ONE) else f"{clause} ({row['miss_reason']})"
    if row["staff_limited"] != YES:
        return f"vacancies are not shown to explain any of {missed}"
    most, least = round(row["vacancy_points"]), round(row["vacancy_points_low"])
    if most == 0:
        return f"vacancies explain none of {missed}"
    return f"vacancies explain {f'{least} to {most}' if 0 < least < most else f'up to {most}'} of {missed}"


def order_clause(row: Mapping[Any, Any]) -> str:
    """What the plan's order would have kept with the same hands."""
    points = round(row["order_points"])
    if points == 0:
        return "another order of work would not have helped"
    if row["staff_limited"] == "no":
        return f"the order of work up to {points}, where requests do not wait for their own parts or permits"
    return f"the order of work up to {points}"


def _usual_clause(row: Mapping[Any, Any]) -> str:
    """The last 13 weeks beside a period of which nothing can be told."""
    if not row["usual_due_count"]:
        return ""
    missed = round(100 * (1 - row["usual_compliance"]))
    causes = [
        f"{cause} up to {round(points)}"
        for cause, points in (
            ("vacancies", row["usual_vacancy_points"]),
            ("the order of work", row["usual_order_points"]),
        )
        if not np.isnan(points) and round(points)
    ]
    return f"; over the last 13 weeks {' and '.join(causes) or 'nothing known'} of {missed} points missed"


def since_words(row: Mapping[Any, Any]) -> str:
    """The second figure: what vacancies cost since the first staffing figure, as a sentence with a space before it."""
    if pd.isna(row["since_on"]) or not round(row["vacancy_points_since"]):
        return ""
    return (
        f" The backlog at the start was made by vacancies too: had all posts been filled since "
        f"{row['since_on']:%b %Y}, they would explain up to {round(row['vacancy_points_since'])} points."
    )


def best_words(row: Mapping[Any, Any]) -> str:
    """The most that could have been kept, whatever the order."""
    if np.isnan(row["best_share"]):
        return ""
    most = f"No order of work could have kept more than {row['best_share']:.0%} with these hands, each at its own types"
    shared = round(100 * row["best_share_shared"]) > round(100 * row["best_share"])
    return f"{most}; {row['best_share_shared']:.0%} with crews tied to none." if shared else f"{most}."


def missed_points(row: Mapping[Any, Any]) -> int:
    """Points of the due requests that were missed, rounded; 0 where nothing was due."""
    return 0 if np.isnan(row["compliance"]) else round(100 * (1 - row["compliance"]))


def parts(row: Mapping[Any, Any]) -> dict[str, float]:
    """The points missed in the parts that are drawn; they add up. Empty where nothing can be told.

    What vacancies and order would each have kept alone counts once, as `either`.
    """
    if row["miss_state"] not in ("told", "cannot_tell") or missed_points(row) == 0:
        return {}
    known = {name: 0.0 if np.isnan(row[f"{name}_points"]) else float(row[f"{name}_points"]) for name in PARTS}
    either = max(0.0, -known["together"])
    return {
        "remains": known["remains"],
        "vacancies": known["vacancy"] - either,
        "either": either,
        "order": known["order"] - either,
        "both": max(0.0, known["together"]),
        "untold": known["untold"],
    }


def whole(points: Mapping[str, float]) -> dict[str, int]:
    """Parts as whole points that still add up to their rounded sum: those rounded down most are rounded up first."""
    down = {name: int(np.floor(value)) for name, value in points.items()}
    points_left = round(sum(points.values())) - sum(down.values())
    by_remainder = sorted(points, key=lambda name: (down[name] - points[name], name))
    return {name: down[name] + (name in by_remainder[: max(points_left, 0)]) for name in points}


def miss_words(row: Mapping[Any, Any]) -> str:
    """The miss in its parts: "98 = 6 all the same + 29 vacancies + 13 either + 50 order", or that it cannot be told."""
    if not row["due_count"]:
        return "nothing due"
    if row["miss_state"] in SHORT_WORDS:
        return SHORT_WORDS[row["miss_state"]].split(":")[0]
    points_by_part = {name: points for name, points in whole(parts(row)).items() if points}
    if not points_by_part:
        return "0"
    if list(points_by_part) == ["untold"]:
        return f"{points_by_part['untold']}, cannot be told"
    return f"{sum(points_by_part.values())} = " + " + ".join(
        f"{points} {PART_WORDS[name]}" for name, points in points_by_part.items()
    )
