"""What stands out by service type and district, in the last whole week and beside a year ago and all others.

By the rule of the briefing's findings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import Connection, select

from db.model.filters import RequestFilter
from db.model.schema import service_types
from db.queries.briefing import series
from db.queries.examples import example, of_filters
from db.rules import comparisons, findings
from db.rules.comparisons import Move
from db.rules.stretches import monday
from db.rules.vocabulary import Branch, Measure
from db.rules.weekly_series import BASE, Series

WEEKS_BEFORE = BASE + series.SETTLING
"""So many whole weeks of data must lie before the week that is judged."""
MEASURES = (Measure.COMPLIANCE, Measure.INFLOW)
BY = {Branch.TYPE: "service_type", Branch.DISTRICT: "district"}
COLUMNS = (
    "by",
    "key",
    "name",
    "what",
    "against",
    "week_start",
    "now",
    "usual",
    "change",
    "now_count",
    "p_value",
    "is_worse",
)


@example(of_filters)
def changed(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """What types and districts did otherwise: in the last whole week (Monday to Sunday) before `as_of` than in the 13
    before it; a type in 13 weeks than in the same a year ago; a district in 13 weeks than all others.

    Columns: by ("service_type" | "district"), key, name (text); what ("compliance": of those due, the share met |
    "inflow": requests made); against ("before" | "year_ago" | "others"); week_start (datetime64, of the last week);
    now, usual (float64: a share, or requests a week; of a district `usual` is what the other districts lead to expect
    of it), change (float64, now - usual), now_count (int64, due or made a week), p_value (float64, chance of so large a
    change if weeks go on as before), is_worse (bool, fewer kept, or more came in).
    By how much weeks and years differ by themselves, and which changes remain when all that were tried are one family,
    is the rule of `db.rules.comparisons`. As the week stood when it ended, whatever the time of `as_of`. Order: most
    requests moved first, then by, key, what, against. Empty case: no rows, all columns.
    """
    last = monday(as_of.date())
    at = datetime.combine(last, time.min)
    types, districts = (
        series.read(connection, filters, as_of=at, last=last, weeks=1, by_district=by, with_repeats=False)
        for by in (False, True)
    )
    of_types = series.of_types(types, measures=MEASURES)
    every = [one for one in (*of_types, *series.of_districts(districts, 1)) if one.by in BY]
    tried = [
        move
        for one in every
        if (move := comparisons.against_before(one, 1) if one.measure in MEASURES else comparisons.against_others(one))
    ]
    tried += comparisons.against_year([one for one in every if one.by == Branch.TYPE], 1)
    known = select(service_types.c.service_type, service_types.c.public_name)
    names = {row[0]: row[1] for row in connection.execute(known)}
    week = pd.Timestamp(last - timedelta(days=7))
    return _shaped([_row(move, names, week) for move in findings.found(comparisons.adjusted(tried))])


def _row(move: Move, names: Mapping[str, str], week: pd.Timestamp) -> dict[str, Any]:
    one = move.series
    return {
        **{"by": BY[one.by], "key": one.key, "name": names.get(one.key) or one.key, "what": _what(one)},
        "against": str(move.against),
        **{"week_start": week, "now": move.now, "usual": move.usual, "change": move.change},
        **{"now_count": round(move.now_count), "p_value": move.p_value, "is_worse": move.is_worse},
    }


def _what(one: Series) -> str:
    """How much is kept is told alike, beside what it was and beside all others."""
    return str(Measure.COMPLIANCE if one.measure == Measure.LEVEL else one.measure)


def _shaped(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    numbers = dict.fromkeys(("now", "usual", "change", "p_value"), "float64")
    frame = frame.astype({**numbers, "week_start": "datetime64[us]", "now_count": "int64", "is_worse": "bool"})
    # A share moves as many requests as were due; inflow as many as came more or fewer.
    moved = frame["change"].abs() * frame["now_count"].where(frame["what"] == "compliance", 1)
    order = frame.assign(moved=-moved.round(6)).sort_values(["moved", "by", "key", "what", "against"])
    return order.drop(columns="moved").reset_index(drop=True)
