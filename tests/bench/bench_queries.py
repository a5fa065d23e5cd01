"""How long each question takes at scale; by hand: `python -m tests.bench.bench_queries [REQUESTS]`.

Makes that many requests (a million unless told otherwise) over two years by SQL in an embedded database of
its own, asks every question once cold and three times warm, and prints milliseconds; those of the processor, of
all threads together, say more where other work runs beside it.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import pandas as pd
from sqlalchemy import Connection, create_engine, text

from db.model import stored_columns
from db.model.filters import Period, RequestFilter
from db.model.schema import metadata
from db.queries import flow
from db.queries.compliance import rates, time_to_close
from db.queries.data import freshness
from db.queries.queue import backlog
from db.queries.request import requests
from db.rules.calendar import Calendar
from db.rules.vocabulary import BITS, Flag

AS_OF = datetime(2026, 7, 1, 11)
FIRST = datetime(2024, 7, 1)
Question = Callable[[Connection], Any]


def fill(connection: Connection, request_count: int) -> None:
    """One request in two hundred stays open, many take weeks to close; all spread evenly over 16 departments."""
    seconds = int((AS_OF - FIRST).total_seconds())
    made = text(f"""
        insert into requests by name
        with made as (
            select i, timestamp '{FIRST}' + to_seconds((i * {seconds}.0 / {request_count})::bigint) as created_at,
                hash(i) as h, hash(i + 7) as g, (hash(i + 3) % 10000 + 1) / 10001.0 as u
            from range({request_count}) t(i)
        ), closing as (
            select *, created_at + to_seconds((-ln(u) * 259200 * (1 + h % 9))::bigint) as done_at,
                created_at + to_days((1 + h % 68 // 5)::int) as due from made
        )
        select 'myla311' as source_system, '1-' || lpad(i::text, 9, '0') as sr_number, 'Open' as source_status,
            'D' || (h % 16) as department, 'Type ' || (h % 68) as service_type,
            case when done_at > timestamp '{AS_OF}' or g % 200 = 0 then 'open' when g % 30 = 0 then 'cancelled'
                else 'closed' end as status,
            case when done_at > timestamp '{AS_OF}' or g % 200 = 0 then null when g % 30 = 0 then 'cancelled'
                when g % 5 = 0 then 'unknown' else 'work_done' end as outcome,
            case when g % 30 = 0 and g % 200 <> 0 and done_at <= timestamp '{AS_OF}' then 'cancelled' end
                as exclusion_reason,
            case when done_at <= timestamp '{AS_OF}' and g % 200 <> 0 then done_at end as closed_at,
            done_at <= due and g % 200 <> 0 and done_at <= timestamp '{AS_OF}' as closed_on_time,
            case when h % 4 > 0 then due end as due_at, case when h % 4 > 0 then 'published' end as goal_basis,
            'call' as channel, g % 5 = 1 as is_proactive, 'Yard ' || (g % 40) as assigned_to,
            (g % 20000) || ' N MAIN ST' as address, 'MAIN ST' as street_name, 'P' || (g % 20000) as place_id,
            34.0 as latitude, -118.2 as longitude, 'point' as location_quality, (g % 15 + 1)::text as council_district,
            'NC ' || (g % 99) as neighborhood_council, created_at, created_at as updated_at,
            false as created_by_day, false as closed_by_day, false as due_by_day,
            case when g % 50 = 0 then {BITS[Flag.UNKNOWN_OWNER]} else 0 end as flags,
            1 as first_load, 1 as last_load, 0 as row_hash
        from closing
    """)
    connection.execute(made)
    stored_columns.write_all(connection)
    connection.commit()


def questions() -> dict[str, Question]:
    everyone = RequestFilter()
    quarter = RequestFilter(period=Period("quarter", date(2026, 4, 1), date(2026, 7, 1)))
    always = Calendar(name="always")
    now: dict[str, Any] = {"as_of": AS_OF}
    named: dict[str, Question] = {
        "queue.backlog.totals": lambda c: backlog.totals(c, everyone, **now),
        "queue.backlog.by_department": lambda c: backlog.by_department(c, everyone, **now),
        "backlog.by_group street": lambda c: backlog.by_group(c, everyone, column="street_name", **now),
        "queue.backlog.ageing": lambda c: backlog.ageing(c, everyone, **now),
        "queue.backlog.open_requests": lambda c: backlog.open_requests(c, everyone, **now),
        "flow.by_day": lambda c: flow.by_day(c, everyone, **now),
        "flow.by_week": lambda c: flow.by_week(c, everyone, **now),
        "request.requests.one": lambda c: requests.one(c, "1-000500000", **now),
        "request.requests.same_place": lambda c: requests.same_place(c, "1-000500000", **now),
        "request.requests.chain": lambda c: requests.chain(c, "1-000500000", **now),
        "request.requests.search": lambda c: requests.search(c, "123 N MAIN", **now),
        "request.requests.list_requests": lambda c: requests.list_requests(
            c, quarter, columns=["sr_number", "verdict"], limit=1000, **now
        ),
        "data.freshness.default_as_of": lambda c: freshness.default_as_of(c, AS_OF),
        "data.freshness.data_span": lambda c: freshness.data_span(c),
        "data.freshness.waterfall": lambda c: freshness.waterfall(c, everyone, **now),
        "data.freshness.flags": lambda c: freshness.flags(c, everyone, **now),
        "data.freshness.options": lambda c: freshness.options(c),
        "data.freshness.unknowns": lambda c: freshness.unknowns(c),
        "compliance.rates.summary": lambda c: rates.summary(c, quarter, **now),
        "compliance.rates.outcomes": lambda c: rates.outcomes(c, quarter, **now),
        "compliance.rates.ageing_multiples": lambda c: rates.ageing_multiples(c, quarter, **now),
        "compliance.rates.by_type_for_change": lambda c: rates.by_type_for_change(c, quarter, **now),
        "compliance.time_to_close.time_to_close": lambda c: time_to_close.time_to_close(c, quarter, **now),
        "compliance.time_to_close.what_if_goal": lambda c: time_to_close.what_if_goal(
            c, everyone, service_type="Type 3", amount=5, unit="calendar_days", calendar=always, **now
        ),
    }
    for by in rates.GROUPS:
        named[f"compliance.by {by}"] = lambda c, by=by: rates.by(c, quarter, by=by, **now)
    return named


def measured(connection: Connection, question: Question) -> tuple[float, float, float, int]:
    """Milliseconds cold, the best of three warm, the best of the processor's, and how many rows came back."""
    times, busy = [], []
    answer: Any = None
    for _ in range(4):
        begun, worked = perf_counter(), process_time()
        answer = question(connection)
        times.append(1000 * (perf_counter() - begun))
        busy.append(1000 * (process_time() - worked))
    return times[0], min(times[1:]), min(busy), len(answer) if isinstance(answer, pd.DataFrame) else 1


def main(request_count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"duckdb:///{Path(folder) / 'requests.duckdb'}")
        metadata.create_all(engine)
        with engine.connect() as connection:
            fill(connection, request_count)
            print(f"{request_count:,} requests\n{'question':32}{'cold ms':>9}{'warm ms':>9}{'cpu ms':>9}{'rows':>7}")
            for name, question in questions().items():
                cold, warm, busy, rows = measured(connection, question)
                print(f"{name:32}{cold:9.0f}{warm:9.0f}{busy:9.0f}{rows:7}")
        engine.dispose()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
