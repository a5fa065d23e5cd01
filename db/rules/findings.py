"""Which changes of a week or a month are more than chance, and which of them come first. Pure: arrays in, values out.

A series is one figure of one branch (the city, a department, a type, a district) by whole weeks. Three things are tried
of it: against the 13 weeks before; the 13 weeks that end with the stretch against the same 13 weeks a year before; and
the level of a department or a district against all others. How much weeks differ by themselves is taken from blocks of
whole weeks: the comparison itself is made in every block of the weeks before that is shaped alike, so that slow waves
and seasons count (subsampling). It is never taken to be less than requests coming one by one would make.

Everything tried for one briefing is one family; what remains at 5% by Benjamini and Yekutieli is a finding.
Sources: Politis and Romano, "Large sample confidence regions based on subsamples", Annals of Statistics 22 (1994);
Benjamini and Yekutieli, "The control of the false discovery rate in multiple testing under dependency", Annals of
Statistics 29 (2001).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from db.rules.proportions import SMALL

Floats = NDArray[np.float64]

LEVEL = 0.05
BASE = 13  # weeks that are compared with
YEAR = 52
FEWEST_BLOCKS = 13
FEWEST = 10.0
"""Fewer requests expected in the stretch by the weeks before are not judged by their number."""
FEWEST_BEFORE = SMALL * BASE / 2
LEAST_GAP = 0.10
"""A department or a district is below the others from ten points on: less is a difference of what it does."""
PEERS = 8
"""So many types must be comparable with a year ago, for their spread to say what a year changes by itself."""
YEAR_DF = 38  # what the median of the spread in five quarters of 13 weeks is worth
DRIFTS = np.linspace(0, 1, 101)
HEAVY_TAILS = 4  # degrees of freedom of the changes of types: some really moved


class Measure(StrEnum):
    """What is followed by week."""

    COMPLIANCE = "compliance"  # of those due, the share met
    OVERDUE = "overdue"  # by how many the overdue ones grew
    INFLOW = "inflow"
    THROUGHPUT = "throughput"
    ASKED_AGAIN = "asked_again"  # of calls closed, the share asked again
    LEVEL = "level"  # the share met against all others


class Against(StrEnum):
    """What a stretch is compared with."""

    BEFORE = "before"
    YEAR_AGO = "year_ago"
    OTHERS = "others"


class Branch(StrEnum):
    CITY = "city"
    DEPARTMENT = "department"
    TYPE = "service_type"
    DISTRICT = "district"


SHARES = (Measure.COMPLIANCE, Measure.ASKED_AGAIN, Measure.LEVEL)
MORE_IS_WORSE: Mapping[Measure, bool] = {
    Measure.COMPLIANCE: False,
    Measure.OVERDUE: True,
    Measure.INFLOW: True,
    Measure.THROUGHPUT: False,
    Measure.ASKED_AGAIN: True,
    Measure.LEVEL: False,
}
CAN_ACT: Mapping[Measure, float] = {
    Measure.COMPLIANCE: 1.0,
    Measure.LEVEL: 1.0,
    Measure.OVERDUE: 0.8,
    Measure.ASKED_AGAIN: 0.8,
    Measure.THROUGHPUT: 0.6,
    Measure.INFLOW: 0.4,
}
"""How far a deputy mayor can act on it: a judgement, written down in docs/briefing.md. Improvements count half."""


@dataclass(frozen=True, eq=False)
class Series:
    """One figure of one branch by whole weeks, oldest first; NaN where a week is not known.

    A share is `part` of `whole`, both (weeks,). A count has no `whole`, and `noise` is its variance if requests came
    one by one; None: the count itself. `expected`: what `part` would be as all others do, where the series is about
    the difference to them. `parent`: the department of a type.
    """

    measure: Measure
    by: Branch
    key: str
    part: Floats
    whole: Floats | None = None
    expected: Floats | None = None
    noise: Floats | None = None
    parent: str = ""


@dataclass(frozen=True, eq=False)
class Move:
    """A comparison that was tried. `now`, `usual`: shares, or requests a week; `low`, `high`: 95% of `change`.

    `now_count`, `usual_count`: requests behind them. `blocks`: how many blocks of weeks told what chance makes.
    """

    series: Series
    against: Against
    now: float
    usual: float
    low: float
    high: float
    now_count: float
    usual_count: float
    blocks: int
    p_value: float
    p_adjusted: float = field(default=1.0)

    @property
    def change(self) -> float:
        return self.now - self.usual

    @property
    def is_worse(self) -> bool:
        return (self.change > 0) == MORE_IS_WORSE[self.series.measure]

    @property
    def near(self) -> float:
        """The change at the near end of its interval: what is left of it after chance, 0 or more."""
        return max(0.0, self.low if self.change > 0 else -self.high)

    @property
    def size(self) -> float:
        """Requests a week that moved, at least."""
        weekly = self.now_count if self.series.whole is not None else 1.0
        return self.near * weekly

    @property
    def score(self) -> float:
        """Size x certainty x what can be acted on."""
        return self.size * (1 - self.p_adjusted) * CAN_ACT[self.series.measure] * (1.0 if self.is_worse else 0.5)


def moves(series: Iterable[Series], weeks: int) -> list[Move]:
    """Everything that can be tried of these series for a stretch of so many weeks, with p of the whole family."""
    known = list(series)
    tried = [move for one in known if one.measure != Measure.LEVEL and (move := against_before(one, weeks))]
    tried += against_year(known, weeks)
    tried += [move for one in known if one.measure == Measure.LEVEL and (move := against_others(one))]
    return adjusted(tried)


def adjusted(tried: Sequence[Move]) -> list[Move]:
    """The same comparisons with their p values as one family.

    That departments stand far below others says nothing of what moved, so it may not make a change easier to find: a
    change must also remain among the changes alone.
    """
    whole = _controlled(tried)
    moved = [move for move in tried if move.against != Against.OTHERS]
    alone = dict(zip(map(id, moved), _controlled(moved), strict=True))
    return [replace(move, p_adjusted=max(p, alone.get(id(move), 0.0))) for move, p in zip(tried, whole, strict=True)]


def _controlled(tried: Sequence[Move]) -> list[float]:
    if not tried:
        return []
    return [float(p) for p in stats.false_discovery_control([move.p_value for move in tried], method="by")]


def found(tried: Iterable[Move]) -> list[Move]:
    """Those that remain beyond chance, the first first."""
    remain = [move for move in tried if move.p_adjusted <= LEVEL and move.near > 0]
    return sorted(
        remain, key=lambda move: (-round(move.score, 6), move.series.by, move.series.key, move.series.measure)
    )


def against_before(series: Series, weeks: int) -> Move | None:
    """The last `weeks` against the 13 before them; None where too little is there."""
    ends = np.arange(len(series.part), BASE + weeks - 1, -1)
    if not len(ends):
        return None
    return _compared(series, Against.BEFORE, ends, weeks, BASE, weeks + BASE)


def against_year(series: Iterable[Series], weeks: int) -> list[Move]:
    """The 13 weeks that end with the stretch against the same 13 a year before, for every series that reaches so far.

    How far a year moves a figure by itself (in proportion for counts, in points for shares) is told by the types of the
    same department, where enough can be compared, else by those of the department that drifts most.
    """
    made: list[Move] = []
    for one in series:
        if one.measure not in (Measure.LEVEL, Measure.OVERDUE) and len(one.part) >= YEAR + BASE:
            move = _compared(one, Against.YEAR_AGO, np.array([len(one.part)]), BASE, BASE, YEAR + BASE)
            made += [move] if move is not None else []
    peers: dict[tuple[Measure, str], list[Move]] = {}
    for move in made:
        if move.series.by == Branch.TYPE:
            for department in (move.series.parent, ""):
                peers.setdefault((move.series.measure, department), []).append(move)
    drift = {key: _drift(some) for key, some in peers.items() if len(some) >= PEERS}
    told = []
    for move in made:
        measure, own = move.series.measure, _department(move.series)
        others = [value for (figure, _), value in drift.items() if figure == measure]
        known = drift.get((measure, own), max(others, default=None))
        if known is not None and against_before(move.series, weeks) is not None:
            told.append(_widened(move, known))
    return told


def _department(series: Series) -> str:
    return series.key if series.by == Branch.DEPARTMENT else series.parent


def _drift(peers: Sequence[Move]) -> float:
    """The drift that makes the changes of the types likeliest; few that really moved do not count for much."""
    changes, errors, scales = (
        np.array(values)
        for values in zip(*((move.change, _error(move, YEAR_DF), _scale(move)) for move in peers), strict=True)
    )
    spread = np.hypot(errors, DRIFTS[:, None] * scales)
    likely = (stats.t.logpdf(changes / spread, HEAVY_TAILS) - np.log(spread)).sum(axis=1)
    return float(DRIFTS[int(np.argmax(likely))])


def _scale(move: Move) -> float:
    return move.usual if move.series.whole is None else 1.0


def against_others(series: Series) -> Move | None:
    """The share of the last 13 weeks against what all others would have made of it; None where it is no gap."""
    if len(series.part) < BASE or series.whole is None or series.expected is None:
        return None
    part, whole, expected = (one[-BASE:] for one in (series.part, series.whole, series.expected))
    known = np.isfinite(part)
    part, whole, expected = part[known], whole[known], expected[known]
    due = whole.sum()
    if due < FEWEST_BEFORE or len(part) < BASE // 2:
        return None
    now, usual = part.sum() / due, expected.sum() / due
    if usual - now < LEAST_GAP:
        return None
    rate = part.sum() / due
    residual = part - expected - (now - usual) * whole
    by_chance = max(rate * (1 - rate), 1 / due)
    spread = max(1.0, float((residual**2).sum() / (by_chance * due)) * len(part) / max(1, len(part) - 1))
    error = np.sqrt(by_chance * spread / due)
    return _move(series, Against.OTHERS, now, usual, float(error), BASE - 1, due / len(part), due, len(part))


def _compared(
    series: Series, against: Against, ends: NDArray[np.int64], length: int, base: int, reach: int
) -> Move | None:
    """The block that ends last, judged by all blocks shaped alike; `reach`: from a block's end to its base's start.

    Blocks that hold weeks of the stretch are left out of the judging, and those with an unknown week.
    """
    now = _sums(series, ends, length)
    then = _sums(series, ends - reach + base, base)
    values, usual, z, scale = _standardised(series, now, then)
    if not np.isfinite(z[0]) or _is_too_little(series, now, then):
        return None
    blocks = z[1:][ends[1:] <= ends[0] - length] if against == Against.BEFORE else np.zeros(0)
    blocks = blocks[np.isfinite(blocks)]
    quarters = range(int(ends[0]) - reach, int(ends[0]) - base + 1, base)
    spread = max(1.0, float(np.median([_within(series, start, base) for start in quarters])))
    if len(blocks) >= FEWEST_BLOCKS:
        spread = max(spread, float((blocks**2).mean()))
    df = max(BASE - 1, len(blocks) // length) if against == Against.BEFORE else YEAR_DF
    error = float(scale[0] * np.sqrt(spread))
    change = float(values[0] - usual[0])
    if series.whole is None:
        value, count, count_before = now.part[0] / length, now.part[0] / length, then.part[0]
    else:
        value, count, count_before = now.part[0] / now.whole[0], now.whole[0] / length, then.whole[0]
    return _move(
        *(series, against, float(value), float(value) - change, error, df),
        *(float(count), float(count_before), len(blocks)),
    )


@dataclass(frozen=True, eq=False)
class _Sums:
    """Sums over blocks of weeks, (blocks,); NaN where a week is unknown."""

    part: Floats
    whole: Floats
    expected: Floats
    noise: Floats
    length: int


def _sums(series: Series, ends: NDArray[np.int64], length: int) -> _Sums:
    def summed(values: Floats | None) -> Floats:
        if values is None:
            return np.zeros(len(ends))
        windows = np.lib.stride_tricks.sliding_window_view(values, length).sum(axis=1)
        return np.asarray(windows[ends - length])

    noise = series.part if series.noise is None else series.noise
    return _Sums(summed(series.part), summed(series.whole), summed(series.expected), summed(noise), length)


def _standardised(series: Series, now: _Sums, then: _Sums) -> tuple[Floats, Floats, Floats, Floats]:
    """Values now and then, their difference in units of what requests one by one would make, and that unit."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if series.whole is None:
            values, usual = (now.part - now.expected) / now.length, (then.part - then.expected) / then.length
            rate = np.maximum((now.noise + then.noise) / (now.length + then.length), 1e-9)
            scale = np.sqrt(rate * (1 / now.length + 1 / then.length))
            return values, usual, (values - usual) / scale, scale
        values, usual = (now.part - now.expected) / now.whole, (then.part - then.expected) / then.whole
        both = now.whole + then.whole
        rate = (now.part + then.part) / both
        scale = np.sqrt(np.maximum(rate * (1 - rate), 1 / both) * (1 / now.whole + 1 / then.whole))
        return values, usual, (values - usual) / scale, scale


def _within(series: Series, start: int, length: int) -> float:
    """How much more the weeks of one base differ among themselves than requests one by one would make them."""
    part = series.part[start : start + length]
    expected = np.zeros(length) if series.expected is None else series.expected[start : start + length]
    if series.whole is None:
        noise = (series.part if series.noise is None else series.noise)[start : start + length]
        return float((part - expected).var(ddof=1) / max(noise.mean(), 1e-9))
    whole = series.whole[start : start + length]
    rate = part.sum() / whole.sum()
    mean = (part - expected).sum() / whole.sum()
    residual = part - expected - mean * whole
    return float((residual**2).sum() / (max(rate * (1 - rate), 1 / whole.sum()) * whole.sum()) * length / (length - 1))


def _is_too_little(series: Series, now: _Sums, then: _Sums) -> bool:
    if series.whole is not None:
        return bool(now.whole[0] < SMALL or then.whole[0] < FEWEST_BEFORE)
    if series.noise is not None:
        return bool(then.noise[0] / then.length * now.length < FEWEST)
    return bool(then.part[0] / then.length * now.length < FEWEST)


def _move(
    series: Series,
    against: Against,
    now: float,
    usual: float,
    error: float,
    df: int,
    n: float,
    before: float,
    blocks: int,
) -> Move:
    change = now - usual
    half = float(stats.t.ppf(0.975, df)) * error
    p_value = float(2 * stats.t.sf(abs(change) / error, df))
    return Move(series, against, now, usual, change - half, change + half, n, before, blocks, p_value)


def _error(move: Move, df: int) -> float:
    return (move.high - move.low) / 2 / float(stats.t.ppf(0.975, df))


def _widened(move: Move, drift: float) -> Move:
    error = float(np.hypot(_error(move, YEAR_DF), drift * _scale(move)))
    return _move(
        *(move.series, move.against, move.now, move.usual, error, YEAR_DF),
        *(move.now_count, move.usual_count, move.blocks),
    )


@dataclass(frozen=True, eq=False)
class Finding:
    """The first change of one branch; `also`: what else moved there, its types among them."""

    move: Move
    also: tuple[Move, ...] = ()


def by_branch(remaining: Sequence[Move]) -> list[Finding]:
    """One finding a branch, in the order of `remaining`.

    A type inside a department that has a finding is part of that one. What stands below the others comes behind what
    moved. The city has a finding of its own only where no department makes half of it.
    """
    departments = {move.series.key for move in remaining if move.series.by == Branch.DEPARTMENT}
    groups: dict[tuple[str, str], list[Move]] = {}
    for move in remaining:
        one = move.series
        if one.by == Branch.CITY and _is_of_one(move, remaining):
            continue
        branch = (str(one.by), one.key)
        if one.by == Branch.TYPE and one.parent in departments:
            branch = (str(Branch.DEPARTMENT), one.parent)
        groups.setdefault(branch, []).append(move)
    made = []
    for (by, _), inside in groups.items():
        order = sorted(inside, key=lambda move: (move.series.by != by, move.against == Against.OTHERS))
        made.append(Finding(order[0], tuple(order[1:])))
    return sorted(made, key=lambda finding: remaining.index(finding.move))


def _is_of_one(move: Move, remaining: Sequence[Move]) -> bool:
    return any(
        (other.series.measure, other.against) == (move.series.measure, move.against)
        and other.series.by == Branch.DEPARTMENT
        and weekly(other) / weekly(move) >= 0.5
        for other in remaining
    )


def weekly(move: Move) -> float:
    """The change in requests a week, with its sign."""
    return move.change * (move.now_count if move.series.whole is not None else 1.0)
