"""The requests of one department as a replay takes them. Moments are seconds on the city's clock since 1970."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.int64]
Bools = NDArray[np.bool_]
Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]

DAY = 86400
NEVER = int(np.iinfo(np.int64).max)  # not closed by the moment described, or no goal


@dataclass(frozen=True, eq=False)
class Work:
    """One department's requests that were open at some moment since the replay starts, or are judged.

    Arrays of shape (requests,): `created`; `due`, the last second at which a closing keeps the promise, NEVER without
    a goal; `closed`, NEVER where that is not known at the moment described; `type_code` counts types from 0;
    `is_fixed`: keeps its own moment of closing whatever the order (the city's own reports, closings within an hour,
    sweeps, ends not by staff, contractors' work); `is_judged`: counts for the share kept; `is_met`: its verdict.
    Arrays of shape (types,): `usual_seconds`, the goal or else the usual time to close; `danger_grade`, 0 for none.
    """

    created: Seconds
    due: Seconds
    closed: Seconds
    type_code: Numbers
    is_fixed: Bools
    is_judged: Bools
    is_met: Bools
    usual_seconds: Floats
    danger_grade: Numbers

    def __len__(self) -> int:
        return len(self.created)

    def kept(self) -> float:
        """The share really kept of the judged requests, 0 to 1; NaN where none is judged."""
        return float(self.is_met[self.is_judged].mean()) if self.is_judged.any() else float("nan")

    def kept_if(self, served: Seconds) -> float:
        """The share kept where each request is served at `served` (-1: not touched by the replay)."""
        if not self.is_judged.any():
            return float("nan")
        return float(self.met_if(served)[self.is_judged].mean())

    def met_if(self, served: Seconds) -> Bools:
        """Which requests are closed in time where each is served at `served` (-1: as it really was)."""
        return np.where(served < 0, self.is_met, (self.due != NEVER) & (served <= self.due))
