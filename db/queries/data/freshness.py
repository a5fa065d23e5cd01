"""What the data are: which city, how fresh, what was loaded, which rows count and what is not understood yet."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Text,
    and_,
    case,
    column,
    func,
    literal,
    select,
    true,
    union_all,
    values,
)

from db.cities.words import fold_word
from db.model import expressions
from db.model.filters import RequestFilter
from db.model.schema import city as cities
from db.model.schema import departments, load_runs, offered, rejected_rows, requests, service_types
from db.model.stored_columns import OFFERED
from db.queries.examples import example, nothing, of_filters
from db.queries.periods import within
from db.queries.shares import divided
from db.rules.vocabulary import BITS, Flag
from db.storage.frames import bytes_order, fetch

WATERFALL_STEPS = ("raw", *expressions.EXCLUSIONS, "eligible", "proactive", "residents")
OPTION_KINDS = OFFERED
EXAMPLES = 3
MOST_WORDS = 5_000  # of a kind, that are looked at for words the profile does not know

_r = requests.c
_UNKNOWN: dict[str, tuple[Flag, ColumnElement[Any]]] = {  # kind -> the flag that loading gives, and the city's word
    "owner": (Flag.UNKNOWN_OWNER, _r.source_department),
    "service_type": (Flag.UNKNOWN_TYPE, _r.source_service_type),
    "resolution_code": (Flag.UNKNOWN_RESOLUTION, _r.resolution_code),
    "channel": (Flag.UNKNOWN_CHANNEL, _r.channel),
    "status": (Flag.UNKNOWN_STATUS, _r.source_status),
}
UNKNOWN_KINDS = tuple(_UNKNOWN)


@example(nothing)
def city(connection: Connection) -> pd.DataFrame:
    """The city this database holds: one row with the columns of table `city`; no rows before the first load."""
    return fetch(connection, select(cities))


@example(lambda connection, as_of: [{"now": as_of}])
def default_as_of(connection: Connection, now: datetime) -> datetime:
    """The moment the figures describe unless the reader sets another.

    A file: the latest `created_at` not flagged `future_date`. The generated demo: `now`, within what was generated.
    A feed: the last successful contact. `now` where the database is empty.
    """
    held = connection.execute(select(cities.c.source_kind, cities.c.demo_until, cities.c.last_contact_at)).first()
    if held is not None and held.source_kind == "demo":
        return min(now, held.demo_until) if held.demo_until is not None else now
    if held is not None and held.source_kind == "feed" and held.last_contact_at is not None:
        return held.last_contact_at
    newest = select(_r.created_at).where(_not_in_the_future()).order_by(_r.created_at.desc()).limit(1)
    latest: datetime | None = connection.scalar(newest)
    return latest if latest is not None else now


@example(nothing)
def first_created_at(connection: Connection) -> datetime | None:
    """When the data begin, see `expressions.first_created_at`; None without requests."""
    first: datetime | None = connection.scalar(expressions.first_created_at())
    return first


@example(lambda connection, as_of: ({}, {"until": as_of}))
def data_span(connection: Connection, *, until: datetime | None = None) -> pd.DataFrame:
    """How far the data reach, one row: request_count (int64), first_created_at, last_created_at (datetime64,
    without rows flagged `past_date` and `future_date`), last_closed_at, last_updated_at (datetime64). Empty case: 0
    and NaT.

    `until`: only what had come about by then; None: all that is stored, which in the generated demo lies ahead too.
    """
    closed_at, updated_at = _r.closed_at, _r.updated_at
    statement = select(
        func.count().label("request_count"),
        func.min(_r.created_at).filter(~expressions.has_flag(Flag.PAST_DATE)).label("first_created_at"),
        func.max(_r.created_at).filter(_not_in_the_future()).label("last_created_at"),
        func.max(closed_at).filter(closed_at <= until if until else true()).label("last_closed_at"),
        func.max(updated_at).filter(updated_at <= until if until else true()).label("last_updated_at"),
    )
    return fetch(connection, statement.where(*_known(until)))


@example(nothing)
def loads(connection: Connection) -> pd.DataFrame:
    """Every load, newest first: the columns of table `load_runs`, and `seconds` (float64) from start to finish.

    In each row read = inserted + updated + unchanged + stale + repeated + rejected. No loads: no rows.
    """
    frame = fetch(connection, select(load_runs).order_by(load_runs.c.load_id.desc(), bytes_order(load_runs.c.file)))
    frame["seconds"] = (frame["finished_at"] - frame["started_at"]).dt.total_seconds().astype("float64")
    return frame


@example(nothing)
def rejects(connection: Connection, *, load_id: int | None = None, limit: int | None = 1000) -> pd.DataFrame:
    """Rows that could not be kept: load_id, line (int64), reason, raw, file (text); newest load first, then by line.

    `load_id` None means all loads, `limit` None all rows.
    """
    files = (
        select(load_runs.c.load_id, func.max(load_runs.c.file).label("file")).group_by(load_runs.c.load_id).subquery()
    )
    rejected = rejected_rows.c
    statement = (
        select(rejected.load_id, rejected.line, rejected.reason, rejected.raw, files.c.file)
        .select_from(rejected_rows.outerjoin(files, files.c.load_id == rejected.load_id))
        .order_by(rejected.load_id.desc(), rejected.line, bytes_order(rejected.reason))
        .limit(limit)
    )
    return fetch(connection, statement if load_id is None else statement.where(rejected.load_id == load_id))


@example(of_filters)
def flags(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """Oddities kept and flagged: flag (text), request_count, population_count (int64), share (float64),
    examples (text).

    A request can carry several flags. `population_count` is the number of requests of the filter, `share` its
    part with this flag; `examples` are the numbers of the three newest, by ", ". Most frequent first, then by
    flag. The filter's period means created.
    """
    clauses = [*filters.clauses(as_of), *within(_r.created_at, filters.period)]
    names = values(column("flag", Text), column("bit", Integer), name="names").data([*BITS.items()])
    flagged = (
        select(names.c.flag, _r.sr_number, _r.created_at)
        .select_from(requests.join(names, _r.flags.bitwise_and(names.c.bit) != 0))
        .where(*clauses, _r.flags != 0)
        .subquery()
    )
    newest = func.row_number().over(
        partition_by=flagged.c.flag, order_by=[flagged.c.created_at.desc(), bytes_order(flagged.c.sr_number)]
    )
    ranked = select(
        flagged.c.flag,
        flagged.c.sr_number,
        newest.label("place"),
        func.count().over(partition_by=flagged.c.flag).label("n"),
    ).subquery()
    statement = (
        select(ranked.c.flag, ranked.c.sr_number, ranked.c.n)
        .where(ranked.c.place <= EXAMPLES)
        .order_by(ranked.c.n.desc(), bytes_order(ranked.c.flag), ranked.c.place)
    )
    found = fetch(connection, statement)
    frame = found.groupby(["flag", "n"], sort=False)["sr_number"].agg(", ".join).reset_index()
    frame = frame.rename(columns={"n": "request_count", "sr_number": "examples"}).astype({"request_count": "int64"})
    frame.insert(2, "population_count", int(connection.scalar(select(func.count()).where(*clauses)) or 0))
    frame.insert(3, "share", divided(frame["request_count"], frame["population_count"]))
    return frame


@example(of_filters)
def waterfall(connection: Connection, filters: RequestFilter, *, as_of: datetime) -> pd.DataFrame:
    """From the raw rows to those that count, in the order of `WATERFALL_STEPS`, always nine rows.

    Columns: step (text), kind ("total" | "removed"), request_count (int64). raw = the removed steps before
    eligible + eligible; eligible = proactive + residents; exactly. An exclusion that a closing brought holds
    from that closing on. The filter's population is not used, its period means created in it. Definition:
    "which requests count".
    """
    reason = case((expressions.is_excluded(as_of), _r.exclusion_reason), else_=None)
    kind = case((reason.is_not(None), reason), (_r.is_proactive, literal("proactive")), else_=literal("residents"))
    rows = (
        select(kind.label("step"))
        .where(expressions.exists(as_of), *filters.choices(), *within(_r.created_at, filters.period))
        .subquery()
    )
    counted = fetch(connection, select(rows.c.step, func.count().label("n")).group_by(rows.c.step))
    counts = dict(zip(counted["step"], counted["n"], strict=True))
    eligible = counts.get("proactive", 0) + counts.get("residents", 0)
    counts |= {"eligible": eligible, "raw": eligible + sum(counts.get(name, 0) for name in expressions.EXCLUSIONS)}
    totals = ("raw", "eligible", "residents")
    frame = pd.DataFrame({"step": list(WATERFALL_STEPS)}, dtype=object)
    frame["kind"] = ["total" if step in totals else "removed" for step in WATERFALL_STEPS]
    frame["request_count"] = pd.Series([counts.get(step, 0) for step in WATERFALL_STEPS], dtype="int64")
    return frame


@example(lambda connection, as_of: ({}, {"as_of": as_of}))
def options(connection: Connection, *, as_of: datetime | None = None) -> pd.DataFrame:
    """What the filter bar can offer: kind (one of `OPTION_KINDS`), value, name (text, to show), of requests made by
    `as_of`; None: of all, which in the generated demo lie ahead too.

    Order: by kind as in `OPTION_KINDS`; departments and types by name, districts and the rest in natural order
    (2 before 10).
    """
    called = union_all(
        select(literal("department").label("kind"), departments.c.department.label("key"), departments.c.name),
        select(literal("service_type"), service_types.c.service_type, service_types.c.public_name),
    ).subquery()
    made = true() if as_of is None else offered.c.first_created_at <= as_of
    statement = (
        select(offered.c.kind, offered.c.value, func.coalesce(called.c.name, offered.c.value).label("name"))
        .select_from(offered.outerjoin(called, and_(called.c.kind == offered.c.kind, called.c.key == offered.c.value)))
        .where(made)
    )
    frame = fetch(connection, statement)
    place = frame["kind"].map(OPTION_KINDS.index)
    order = sorted(range(len(frame)), key=lambda row: (place[row], _natural(frame["name"][row]), frame["value"][row]))
    return frame.iloc[order].reset_index(drop=True)


@example(lambda connection, as_of: ({}, {"until": as_of}))
def unknowns(connection: Connection, *, until: datetime | None = None, limit: int = 100) -> pd.DataFrame:
    """The city's words that the profile does not know yet, as the loading flagged them; of requests made by `until`.

    Columns: kind (one of `UNKNOWN_KINDS`), value (text, the city's own word), request_count (int64),
    first_created_at, last_created_at (datetime64). A word that differs by case and white space only is one, in its
    commonest form. By kind, most frequent first, then by value; at most `limit` rows a kind, of the `MOST_WORDS`
    commonest. Empty case: no rows, all columns.
    """
    words = (value.label(kind) for kind, (_, value) in _UNKNOWN.items())
    # Few rows are flagged so: they are picked out once for all kinds.
    flagged = (
        select(_r.flags, _r.created_at, *words)
        .where(expressions.has_flag(*(flag for flag, _ in _UNKNOWN.values())), *_known(until))
        .cte("flagged")
    )
    row, count = flagged.c, func.count().label("request_count")
    parts = [
        select(
            literal(kind).label("kind"),
            row[kind].label("value"),
            count,
            func.min(row.created_at).label("first_created_at"),
            func.max(row.created_at).label("last_created_at"),
        )
        .where(expressions.has_flag(flag, flags=row.flags))
        .group_by(row[kind])
        .order_by(count.desc(), bytes_order(row[kind]))
        .limit(MOST_WORDS)
        .subquery()
        for kind, (flag, _) in _UNKNOWN.items()
    ]
    frame = fetch(connection, union_all(*(select(part) for part in parts)))
    frame["place"] = frame["kind"].map(UNKNOWN_KINDS.index)
    frame["folded"] = frame["value"].fillna("").map(fold_word)
    # Now sorted, the first form of a word is its commonest.
    forms = _commonest_first(frame).groupby(["place", "folded"], as_index=False, sort=False)
    counted = forms.agg(
        kind=("kind", "first"),
        value=("value", "first"),
        request_count=("request_count", "sum"),
        first_created_at=("first_created_at", "min"),
        last_created_at=("last_created_at", "max"),
    )
    shown = _commonest_first(counted).groupby("place").head(limit).reset_index(drop=True)
    return shown[["kind", "value", "request_count", "first_created_at", "last_created_at"]]


def _commonest_first(words: pd.DataFrame) -> pd.DataFrame:
    return words.sort_values(["place", "request_count", "value"], ascending=[True, False, True], ignore_index=True)


def _known(until: datetime | None) -> list[ColumnElement[bool]]:
    return [] if until is None else [expressions.exists(until)]


def _not_in_the_future() -> ColumnElement[bool]:
    return ~expressions.has_flag(Flag.FUTURE_DATE)


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key under which 2 comes before 10 and letters' case does not matter."""
    parts = re.split(r"(\d+)", name.casefold())
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts if part)
