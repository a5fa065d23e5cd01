"""One replay of what staff really closed, with two knobs: how many hands, and in which order they work.

Pure functions over numpy arrays; the rules are in docs/workload.md.
"""

from db.rules.replay.miss import (
    CONTRACTORS,
    FEW,
    NO_RULE_FITS,
    TOO_FEW,
    TOO_SHORT,
    UNKNOWN_ORDER,
    Hands,
    Miss,
    explain,
    hands_gain,
)
from db.rules.replay.serve import ALIKE, BEST, DUE, KEEPABLE, NEWEST, OLDEST, PLAN, REAL, Knobs, served_at
from db.rules.replay.work import NEVER, Work

__all__ = [
    "ALIKE",
    "BEST",
    "CONTRACTORS",
    "DUE",
    "FEW",
    "KEEPABLE",
    "NEVER",
    "NEWEST",
    "NO_RULE_FITS",
    "OLDEST",
    "PLAN",
    "REAL",
    "TOO_FEW",
    "TOO_SHORT",
    "UNKNOWN_ORDER",
    "Hands",
    "Knobs",
    "Miss",
    "Work",
    "explain",
    "hands_gain",
    "served_at",
]
