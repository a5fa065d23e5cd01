"""What stands out in a week or a month: findings with their size, certainty and reasons, one row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select

from db.model.filters import RequestFilter
from db.model.schema import departments, service_types
from db.queries.briefing import evidence, series
from db.queries.examples import example, of_last_week, one_week_before
from db.queries.periods import whole_weeks
from db.rules import comparisons
from db.rules.comparisons import Move
from db.rules.findings import Finding, by_branch, found
from db.rules.reasons import Why
from db.rules.vocabulary import Branch

REASONS = 2
COLUMNS = (
    *("branch", "is_first", "by", "key", "name", "department", "measure", "against", "now", "usual", "change", "low"),
    *(
        "high",
        "now_count",
        "usual_count",
        "blocks",
        "p_value",
        "p_adjusted",
        "is_worse",
        "size",
        "score",
        "tried_count",
    ),
    *(
        f"reason{number}{part}"
        for number in ("", "_2")
        for part in ("", "_key", "_name", "_now", "_usual", "_count", "_share", "_words")
    ),
)
_NUMBERS = (
    *("now", "usual", "change", "low", "high", "now_count", "usual_count", "p_value", "p_adjusted", "size", "score"),
    *(f"reason{number}_{part}" for number in ("", "_2") for part in ("now", "usual", "count", "share")),
)


@example(of_last_week)
def findings(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """What moved in the whole weeks of the filter's period, beyond chance, and why.

    One row a change; those of one branch stand together. Columns: branch (int64, from 1, the order of findings),
    is_first (bool, the finding itself; the others are what else moved there), by (city | department | service_type |
    district), key, name, department (text; of a type), measure (compliance | overdue | inflow | throughput |
    asked_again | level), against (before: the 13 weeks before | year_ago: the last 13 weeks against the same a year ago
    | others: the last 13 weeks against all other departments or districts), now, usual, change, low, high (float64:
    shares, or requests a week; low and high are 95% of the change; of a district `usual` is what the others did with
    its mix of types), now_count (float64, requests behind it a week), usual_count (float64, requests behind `usual`),
    blocks (int64, blocks of weeks that told what chance makes), p_value, p_adjusted (float64), is_worse (bool), size
    (float64, requests a week that moved at least), score (float64), tried_count (int64, comparisons of the family);
    reason, reason_key, reason_name, reason_words (text), reason_now, reason_usual, reason_count, reason_share
    (float64), and the same with reason_2: see `db.rules.reasons`. Order: branch, then is_first, then score. Empty case:
    no rows, all columns. Raises DeskError for a period without a whole week. Definition: docs/briefing.md.
    """
    stretch = whole_weeks(filters.period)
    last, weeks = stretch.end, stretch.days // 7
    filters = filters.without_period()
    tried, types, districts = tried_moves(connection, filters, as_of=as_of, last=last, weeks=weeks)
    standing_out = by_branch(found(tried))
    known = evidence.Known.read(connection, filters, types, districts, as_of=as_of, last=last, weeks=weeks)
    names = _names(connection)
    rows = [
        _row(move, number, move is finding.move, known.reasons(move), names, len(tried))
        for number, finding in enumerate(standing_out, start=1)
        for move in _in_order(finding)
    ]
    return _shaped(rows)


@example(one_week_before)
def tried_moves(
    connection: Connection, filters: RequestFilter, *, as_of: datetime, last: date, weeks: int
) -> tuple[list[Move], series.Weeks, series.Weeks]:
    """Every comparison of one briefing with its p value, and the weekly counts they were made of."""
    types, districts = (
        series.read(connection, filters, as_of=as_of, last=last, weeks=weeks, by_district=by) for by in (False, True)
    )
    everyone = types
    if filters.departments:  # a department stands beside all others also in a briefing of its own
        all_of = replace(filters, departments=())
        everyone = series.read(
            connection, all_of, as_of=as_of, last=last, weeks=weeks, by_district=False, with_repeats=False
        )
    below = [one for one in series.levels(everyone) if one.key in (filters.departments or (one.key,))]
    every = [*series.of_types(types), *below, *series.of_districts(districts, weeks)]
    return comparisons.moves(every, weeks), types, districts


def _in_order(finding: Finding) -> list[Move]:
    return [finding.move, *sorted(finding.also, key=lambda move: (-round(move.score, 6), move.series.key))]


def _row(
    move: Move, branch: int, is_first: bool, why: list[Why], names: Mapping[tuple[str, str], str], tried: int
) -> dict[str, Any]:
    one = move.series
    row: dict[str, Any] = {
        **{"branch": branch, "is_first": is_first, "by": str(one.by), "key": one.key, "department": one.parent},
        **{"measure": str(one.measure), "against": str(move.against), "change": move.change, "is_worse": move.is_worse},
        **{name: getattr(move, name) for name in ("now", "usual", "low", "high", "now_count", "usual_count", "blocks")},
        **{name: getattr(move, name) for name in ("p_value", "p_adjusted", "size", "score")},
        "name": names.get((str(one.by), one.key), one.key),
        "tried_count": tried,
    }
    for number, reason in zip(("", "_2"), [*why, None, None][:REASONS], strict=True):
        given = {} if reason is None else vars(reason)
        row[f"reason{number}"] = str(given.get("reason", ""))
        row[f"reason{number}_key"] = given.get("key", "")
        row[f"reason{number}_name"] = names.get(("service_type", given.get("key", "")), given.get("key", ""))
        row[f"reason{number}_words"] = "|".join(given.get("words", ()))
        row |= {f"reason{number}_{part}": given.get(part, np.nan) for part in ("now", "usual", "count", "share")}
    return row


def _names(connection: Connection) -> dict[tuple[str, str], str]:
    named = {
        str(Branch.DEPARTMENT): select(departments.c.department, departments.c.name),
        str(Branch.TYPE): select(service_types.c.service_type, service_types.c.public_name),
    }
    return {(by, row[0]): row[1] for by, query in named.items() for row in connection.execute(query)}


def _shaped(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    whole = dict.fromkeys(("branch", "blocks", "tried_count"), "int64")
    others = dict.fromkeys(("is_first", "is_worse"), "bool") | dict.fromkeys(_NUMBERS, "float64")
    return frame.astype(dict.fromkeys(COLUMNS, "object") | whole | others)
