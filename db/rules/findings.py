"""Which changes come first, and which belong together: a type belongs to the finding of its department."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from db.rules.comparisons import Move
from db.rules.vocabulary import Against, Branch

LEVEL = 0.05  # of the adjusted p value


def found(tried: Iterable[Move]) -> list[Move]:
    """The comparisons that are beyond chance, the most important first."""
    remain = [move for move in tried if move.p_adjusted <= LEVEL and move.near > 0]
    return sorted(
        remain, key=lambda move: (-round(move.score, 6), move.series.by, move.series.key, move.series.measure)
    )


@dataclass(frozen=True, eq=False)
class Finding:
    """The main change of one branch; `also`: what else moved there, its types among them."""

    move: Move
    also: tuple[Move, ...] = ()


def by_branch(remaining: Sequence[Move]) -> list[Finding]:
    """One finding a branch, in the order of `remaining`.

    A type inside a department that has a finding is part of that finding. Inside a finding, what changed comes before
    what merely lies below the others. The city has a finding of its own only where no department makes up half of it.
    """
    departments = {move.series.key for move in remaining if move.series.by == Branch.DEPARTMENT}
    groups: dict[tuple[str, str], list[Move]] = {}
    for move in remaining:
        series = move.series
        if series.by == Branch.CITY and _is_mostly_of_one_department(move, remaining):
            continue
        branch = (str(series.by), series.key)
        if series.by == Branch.TYPE and series.parent in departments:
            branch = (str(Branch.DEPARTMENT), series.parent)
        groups.setdefault(branch, []).append(move)
    findings = []
    for (by, _), inside in groups.items():
        order = sorted(inside, key=lambda move: (move.series.by != by, move.against == Against.OTHERS))
        findings.append(Finding(order[0], tuple(order[1:])))
    return sorted(findings, key=lambda finding: remaining.index(finding.move))


def _is_mostly_of_one_department(move: Move, remaining: Sequence[Move]) -> bool:
    return any(
        (other.series.measure, other.against) == (move.series.measure, move.against)
        and other.series.by == Branch.DEPARTMENT
        and weekly(other) / weekly(move) >= 0.5
        for other in remaining
    )


def weekly(move: Move) -> float:
    """The change in requests a week, with its sign."""
    return move.change * (move.now_count if move.series.whole is not None else 1.0)
