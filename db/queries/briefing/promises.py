"""What a promise is measured by, at a moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import product

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from db.model.filters import RequestFilter, period
from db.queries.compliance import rates
from db.queries.examples import Given, a_type, example
from db.queries.queue import backlog
from db.queries.repeats import calls
from db.rules.vocabulary import GoalChoice, PromiseFigure

STRETCH = "last_13_weeks"


def _of_every_figure(connection: Connection, as_of: datetime) -> list[Given]:
    """Each figure of the whole city, and of the type that most requests are of."""
    types = ("", a_type(connection, as_of))
    return [
        {"figure": str(figure), "department": "", "service_type": name, "goals": goals, "as_of": as_of}
        for figure, name, goals in product(PromiseFigure, types, GoalChoice)
    ]


@example(_of_every_figure)
def measured(
    connection: Connection, *, figure: str, department: str, service_type: str, goals: str, as_of: datetime
) -> pd.DataFrame:
    """The figure of a promise at `as_of`, always one row: value (float64, NaN of nothing), behind_count (int64).

    `department`, `service_type`: empty for all. `goals`: the city's own choice, so that a promise stands the same
    whatever a reader looks at. Shares are of the 13 weeks up to `as_of`; counts are of the moment. Raises ValueError
    for another figure than those of `PromiseFigure`.
    """
    asked = PromiseFigure(figure)
    filters = RequestFilter(
        departments=(department,) if department else (),
        service_types=(service_type,) if service_type else (),
        goals=goals,
    )
    lately = replace(filters, period=period(STRETCH, as_of))
    value: float
    if asked == PromiseFigure.COMPLIANCE:
        row = rates.summary(connection, lately, as_of=as_of).iloc[0]
        value, behind = float(row["compliance"]), int(row["due_count"])
    elif asked == PromiseFigure.ASKED_AGAIN_SHARE:
        row = calls.rate(connection, lately, as_of=as_of).iloc[0]
        value, behind = float(row["asked_again_share"]), int(row["with_place_count"])
    else:
        row = backlog.totals(connection, filters, as_of=as_of).iloc[0]
        behind = int(row["open_count"])
        value = float(row[str(asked)])
    return pd.DataFrame({"value": np.array([value], np.float64), "behind_count": np.array([behind], np.int64)})
