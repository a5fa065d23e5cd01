"""Which changes of a week or a month are more than chance. Pure: arrays in, values out.

Three things are tried of a series: against the 13 weeks before; the 13 weeks that end with the stretch against the same
13 weeks a year before; and the level of a department or a district against all others. How much weeks differ by
themselves is taken from blocks of whole weeks: the comparison itself is made in every block of the weeks before that
is shaped alike, so that slow waves and seasons count (subsampling). It is never taken to be less than requests coming
one by one would make.

Everything tried for one briefing is one family; what remains at 5% by Benjamini and Yekutieli is a finding.
Sources: Politis and Romano, "Large sample confidence regions based on subsamples", Annals of Statistics 22 (1994);
Benjamini and Yekutieli, "The control of the false discovery rate in multiple testing under dependency", Annals of
Statistics 29 (2001).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from db.rules.vocabulary import Against, Branch, Measure
from db.rules.weekly_series import (
    BASE,
    FEWEST_BEFORE,
    YEAR,
    Series,
    is_too_little,
    spread_within,
    standardised,
    sums,
)

FEWEST_BLOCKS = 13
LEAST_GAP = 0.10
"""A department or district is below the others from ten points on: a smaller gap may come of what work it does."""
PEERS = 8
"""So many types must be comparable with a year ago, for their spread to say what a year changes by itself."""
YEAR_DF = 38  # degrees of freedom of the median spread of five quarters of 13 weeks
DRIFTS = np.linspace(0, 1, 101)
HEAVY_TAILS = 4  # degrees of freedom of the changes of types: some really moved
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
    """Every comparison of these series for a stretch of so many weeks, with p values adjusted over the whole family."""
    figures = list(series)
    tried = [move for figure in figures if figure.measure != Measure.LEVEL and (move := against_before(figure, weeks))]
    tried += against_year(figures, weeks)
    tried += [move for figure in figures if figure.measure == Measure.LEVEL and (move := against_others(figure))]
    return adjusted(tried)


def adjusted(tried: Sequence[Move]) -> list[Move]:
    """The same comparisons with their p values as one family.

    That departments stand far below others says nothing of what moved, so it may not make a change easier to find: a
    change must also remain among the changes alone.
    """
    in_all = _adjusted_p_values(tried)
    changes = [move for move in tried if move.against != Against.OTHERS]
    among_changes = dict(zip(map(id, changes), _adjusted_p_values(changes), strict=True))
    return [
        replace(move, p_adjusted=max(p, among_changes.get(id(move), 0.0)))
        for move, p in zip(tried, in_all, strict=True)
    ]


def _adjusted_p_values(tried: Sequence[Move]) -> list[float]:
    if not tried:
        return []
    return [float(p) for p in stats.false_discovery_control([move.p_value for move in tried], method="by")]


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
    year_moves: list[Move] = []
    for figure in series:
        if figure.measure not in (Measure.LEVEL, Measure.OVERDUE) and len(figure.part) >= YEAR + BASE:
            move = _compared(figure, Against.YEAR_AGO, np.array([len(figure.part)]), BASE, BASE, YEAR + BASE)
            year_moves += [move] if move is not None else []
    peers: dict[tuple[Measure, str], list[Move]] = {}
    for move in year_moves:
        if move.series.by == Branch.TYPE:
            for department in (move.series.parent, ""):
                peers.setdefault((move.series.measure, department), []).append(move)
    drifts = {key: _drift(types) for key, types in peers.items() if len(types) >= PEERS}
    widened = []
    for move in year_moves:
        measure, department = move.series.measure, _department(move.series)
        of_measure = [drift for (other, _), drift in drifts.items() if other == measure]
        own = drifts.get((measure, department), max(of_measure, default=None))
        if own is not None and against_before(move.series, weeks) is not None:
            widened.append(_widened(move, own))
    return widened


def _department(series: Series) -> str:
    return series.key if series.by == Branch.DEPARTMENT else series.parent


def _drift(peers: Sequence[Move]) -> float:
    """The drift under which the changes of the types are likeliest; the few that really moved count less."""
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
    part, whole, expected = (values[-BASE:] for values in (series.part, series.whole, series.expected))
    known = np.isfinite(part) & np.isfinite(expected)  # no other had anything due: there is nobody to stand beside
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
    now = sums(series, ends, length)
    then = sums(series, ends - reach + base, base)
    values, usual, z, scale = standardised(series, now, then)
    if not np.isfinite(z[0]) or is_too_little(series, now, then):
        return None
    blocks = z[1:][ends[1:] <= ends[0] - length] if against == Against.BEFORE else np.zeros(0)
    blocks = blocks[np.isfinite(blocks)]
    quarters = range(int(ends[0]) - reach, int(ends[0]) - base + 1, base)
    spreads = [spread for start in quarters if np.isfinite(spread := spread_within(series, start, base))]
    spread = max(1.0, float(np.median(spreads))) if spreads else 1.0
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
        series,
        against,
        float(value),
        float(value) - change,
        error,
        df,
        float(count),
        float(count_before),
        len(blocks),
    )


def _move(
    series: Series,
    against: Against,
    now: float,
    usual: float,
    error: float,
    df: int,
    now_count: float,
    usual_count: float,
    blocks: int,
) -> Move:
    change = now - usual
    half = float(stats.t.ppf(0.975, df)) * error
    p_value = float(2 * stats.t.sf(abs(change) / error, df))
    return Move(series, against, now, usual, change - half, change + half, now_count, usual_count, blocks, p_value)


def _error(move: Move, df: int) -> float:
    return (move.high - move.low) / 2 / float(stats.t.ppf(0.975, df))


def _widened(move: Move, drift: float) -> Move:
    error = float(np.hypot(_error(move, YEAR_DF), drift * _scale(move)))
    return _move(
        move.series,
        move.against,
        move.now,
        move.usual,
        error,
        YEAR_DF,
        move.now_count,
        move.usual_count,
        move.blocks,
    )
