"""`python -m db check`: whether the database can be trusted; exits with 1 and the reasons where it cannot."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, select, text

from db.cities.of_database import City, stored_city
from db.cities.profile import Profile
from db.commands.context import Context
from db.ingest.requests.gone_wrong import MOST_REJECTED
from db.ingest.requests.report import COUNTS
from db.model import schema
from db.model.expressions import EXCLUSIONS, TURNING_POINTS
from db.model.filters import RequestFilter
from db.model.stored_columns import write_all, wrong_calls
from db.queries.data import freshness
from db.records import loads
from db.records.database import FileRecords, open_records
from db.records.errors import RecordsError
from db.records.history import newest
from db.records.tables import promises, rounds, saved_views
from db.settings import Settings
from db.storage.database import open_database

EXIT_PROBLEMS = 1
ATTEMPTS_TOLD, ATTEMPTS_FOR = 10, timedelta(days=31)
HOLIDAYS_AHEAD = timedelta(days=365)
OLDEST = {"feed": timedelta(minutes=30), "demo": timedelta(days=2), "file": timedelta(days=2)}
GOOD, WARNING, PROBLEM = "ok", "warning", "PROBLEM"
_CHANGED_BY_HAND = 'somebody wrote to the table, not the desk; run "python -m db check --mend"'


@dataclass(frozen=True)
class Finding:
    """The result of one check: `level` (`ok`, `warning` or `PROBLEM`) and a text that says what was seen."""

    level: str
    text: str


def register(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "check",
        help="verify schema, reconciliation, holidays ahead and freshness",
        description="Verify the schema version, the reconciliation of every load, that the waterfall adds up, that "
        "holidays are known a year ahead, and that the data are fresh. Exits with 0 where all is well, with 1 and the "
        "reasons where something is wrong; a file that is old is a warning only, a feed that is silent is not.",
    )
    parser.add_argument(
        "--mend", action="store_true", help="first write anew what is stored and follows from the requests"
    )
    parser.add_argument("--strict", action="store_true", help="warnings count as problems")
    parser.set_defaults(run=run)


def run(args: Namespace, context: Context) -> int:
    database = open_database(context.settings)
    try:
        if args.mend and not database.is_empty():
            with database.write(context.now) as connection:
                write_all(connection)
        with database.reader().connect() as connection:
            findings = [*examine(connection, context), *_recent_load_problems(context), _records(context.settings)]
    finally:
        database.close()
    for finding in findings:
        context.say(f"{finding.level:8} {finding.text}")
    bad = {PROBLEM, WARNING} if args.strict else {PROBLEM}
    return EXIT_PROBLEMS if any(finding.level in bad for finding in findings) else 0


def examine(connection: Connection, context: Context) -> Iterator[Finding]:
    """The findings about the data, in the order shown. The reader has checked the schema version already."""
    yield Finding(GOOD, f"schema version {schema.SCHEMA_VERSION}")
    if stored_city(connection) is None:
        yield Finding(PROBLEM, 'no request yet: run "python -m db load FILE"')
        return
    city = City.of(connection, context.settings)
    profile = city.profile
    if city.notice:
        yield Finding(WARNING, city.notice)
    now = context.now_in(profile.time_zone)
    yield from _loads(connection)
    yield _unique_numbers(connection)
    yield _turning_points(connection)
    yield _calls(connection)
    yield _waterfall(connection, freshness.default_as_of(connection, now))
    yield from _holidays(profile, now.date())
    yield _freshness(connection, city.source_kind, now)


def _recent_load_problems(context: Context) -> Iterator[Finding]:
    """Files whose last load was refused or gave a warning, within the last month (`ATTEMPTS_FOR`)."""
    records = open_records(context.settings)
    try:
        with records.reading() as connection:
            for attempt in loads.standing(connection)[:ATTEMPTS_TOLD]:
                if context.now - attempt.written_at < ATTEMPTS_FOR:
                    yield Finding(WARNING, attempt.sentence())
    except RecordsError:
        return
    finally:
        records.close()


def _records(settings: Settings) -> Finding:
    """Whether the desk's own records can be read, and on the embedded database whether their file is whole."""
    records = open_records(settings)
    try:
        if records.revision() is None:
            return Finding(GOOD, "no records of the desk's own yet")
        if isinstance(records, FileRecords) and (damage := records.damage()):
            return Finding(PROBLEM, f"records in {records.place}: {damage}; restore a backup")
        with records.reading() as connection:
            counts = [
                connection.scalar(select(func.count()).select_from(newest(table).subquery()))
                for table in (saved_views, rounds, promises)
            ]
    except RecordsError as error:
        return Finding(PROBLEM, str(error))
    finally:
        records.close()
    counted = f"{counts[0]:,} saved views, {counts[1]:,} rounds, {counts[2]:,} promises"
    return Finding(GOOD, f"the desk's own records: {counted}")


def _loads(connection: Connection) -> Iterator[Finding]:
    runs = freshness.loads(connection)
    unbalanced = runs[runs["read"] != runs[list(COUNTS[1:])].sum(axis=1)]
    for row in unbalanced.itertuples():
        yield Finding(PROBLEM, f"load {row.load_id} of {row.file}: {row.read} rows read and not all accounted for")
    rows = connection.execute(
        select(schema.rejected_rows.c.load_id, func.count()).group_by(schema.rejected_rows.c.load_id)
    )
    rejects_by_load = {row[0]: row[1] for row in rows}
    for row in runs.itertuples():
        kept = rejects_by_load.get(row.load_id, 0)
        if kept != row.rejected:
            text = f"load {row.load_id}: {row.rejected} rows were rejected and {kept} are kept"
            yield Finding(PROBLEM, text)
    often_rejected = runs[runs["rejected"] > MOST_REJECTED * runs["read"]]
    for load in often_rejected.to_dict("records"):
        counts = f"{load['rejected']:,} of {load['read']:,} rows were rejected and do not count"
        level = PROBLEM if load["rejected"] == load["read"] else WARNING
        yield Finding(level, f"load {load['load_id']} of {load['file']}: {counts}")
    inserted = int(runs["inserted"].sum())
    stored_count = connection.scalar(select(func.count()).select_from(schema.requests))
    if inserted != stored_count:
        yield Finding(PROBLEM, f"{inserted:,} rows were inserted by all loads and {stored_count:,} are stored")
    elif unbalanced.empty:
        yield Finding(GOOD, f"{len(runs)} loads, {int(runs['read'].sum()):,} rows read, every one accounted for")


def _unique_numbers(connection: Connection) -> Finding:
    key = (schema.requests.c.source_system, schema.requests.c.sr_number)
    duplicates = select(*key).group_by(*key).having(func.count() > 1).subquery()
    count = connection.scalar(select(func.count()).select_from(duplicates))
    if count:
        return Finding(PROBLEM, f"{count:,} request numbers are stored more than once in one source system")
    return Finding(GOOD, "every request is stored once")


def _turning_points(connection: Connection) -> Finding:
    """Whether the moments stored with each request still follow from its other columns."""
    stale = " or ".join(f"{name} is distinct from {sql}" for name, sql in TURNING_POINTS.items())
    count = connection.scalar(select(func.count()).select_from(schema.requests).where(text(stale)))
    if count:
        words = f"{count:,} requests were changed without the moments that follow from them (db/model/expressions.py)"
        return Finding(PROBLEM, f"{words}: {_CHANGED_BY_HAND}")
    return Finding(GOOD, "what is open, closed, overdue and counted follows from every row")


def _calls(connection: Connection) -> Finding:
    """Whether the stored columns about calls (who asked again) still follow from the links."""
    if count := wrong_calls(connection):
        words = f"{count:,} requests were linked without noting who asked for them again (db/model/stored_columns.py)"
        return Finding(PROBLEM, f"{words}: {_CHANGED_BY_HAND}")
    return Finding(GOOD, "who asked again follows from the links")


def _waterfall(connection: Connection, as_of: datetime) -> Finding:
    steps = freshness.waterfall(connection, RequestFilter(), as_of=as_of)
    counts = dict(zip(steps["step"], steps["request_count"], strict=True))
    existing = connection.scalar(
        select(func.count()).select_from(schema.requests).where(schema.requests.c.created_at <= as_of)
    )
    remaining = counts["raw"] - sum(counts[step] for step in EXCLUSIONS)
    adds_up = counts["raw"] == existing and remaining == counts["eligible"] == counts["proactive"] + counts["residents"]
    words = f"raw {counts['raw']:,}, eligible {counts['eligible']:,}, residents {counts['residents']:,}"
    return Finding(GOOD if adds_up else PROBLEM, f"{words}: {'adds up' if adds_up else 'does not add up'}")


def _holidays(profile: Profile, today: date) -> Iterator[Finding]:
    for name, calendar in sorted(profile.calendars.items()):
        ends = calendar.table_ends
        if ends is None:
            continue
        if ends < today:
            yield Finding(PROBLEM, f"calendar {name}: holidays are known to {ends} only; add later ones to the profile")
        elif ends < today + HOLIDAYS_AHEAD:
            yield Finding(WARNING, f"calendar {name}: holidays are known to {ends} only, less than 12 months ahead")
        else:
            yield Finding(GOOD, f"calendar {name}: holidays are known to {ends}")


def _freshness(connection: Connection, kind: str, now: datetime) -> Finding:
    newest = freshness.default_as_of(connection, now)
    if now - newest <= OLDEST[kind]:
        return Finding(GOOD, f"the data describe {newest:%Y-%m-%d %H:%M}")
    words = f"the data end at {newest:%Y-%m-%d %H:%M}, {(now - newest).days} days ago"
    return Finding(PROBLEM, f"{words}: the feed is silent") if kind == "feed" else Finding(WARNING, words)
