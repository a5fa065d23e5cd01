"""What falls due today and in the next working days, and how much of it will probably be late; counted in requests."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from db.model.filters import RequestFilter
from db.queries.examples import example, given, of_filters, soon
from db.queries.queue import risk
from db.queries.queue.learned import Learned


@example(given(of_filters, until=soon))
def falling_due(
    connection: Connection,
    filters: RequestFilter,
    *,
    as_of: datetime,
    until: tuple[tuple[str, datetime], ...],
    using: Learned | None = None,
) -> pd.DataFrame:
    """What falls due from `as_of` on, and how much of it will probably be late.

    `until`: pairs of a horizon's name and its moment, see `db.rules.triage.moments.horizons`. Columns: horizon (text),
    until_at (datetime64), falling_due_count (int64: requests open, not yet overdue, due by then), expected_misses
    (float64: the sum of their risks), known_count (int64: those with a risk). In the order given. `using`: what the
    past says, made here where left out. Empty case: zeros.
    """
    found = risk.of_open(connection, filters, as_of=as_of, using=None if using is None else using.curves)
    overdue_from, chance = found["overdue_from"].to_numpy("datetime64[us]"), found["breach_risk"].to_numpy(float)
    ahead = overdue_from > np.datetime64(as_of, "us")  # NaT compares as false
    rows = []
    for horizon, moment in until:
        due = ahead & (overdue_from <= np.datetime64(moment, "us"))
        known = due & ~np.isnan(chance)
        rows.append((horizon, moment, int(due.sum()), float(chance[known].sum()), int(known.sum())))
    frame = pd.DataFrame(rows, columns=["horizon", "until_at", "falling_due_count", "expected_misses", "known_count"])
    return frame.astype({"until_at": "datetime64[us]", "falling_due_count": "int64", "known_count": "int64"})
