"""Loading: files -> the request database, each file all or nothing, every row accounted for.

The steps are in `files`, `readers`, `normalise`, `derive` and `merge`; this module puts them in
order. The database is locked only from the merge on.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
from sqlalchemy import Connection, func, insert, select, text, update

from db.cities.of_database import City, StoredCity, stored_city
from db.cities.profile import Layout, Profile, available, load
from db.ingest.reference import city_tables
from db.ingest.reference.goals_in_force import city_sets_due, goals_of
from db.ingest.requests import date_formats, files, gone_wrong, leading_zeros, merge, stored_forms
from db.ingest.requests.derive import derive
from db.ingest.requests.districts import assign
from db.ingest.requests.documents import as_delimited
from db.ingest.requests.normalise import normalise
from db.ingest.requests.progress import Progress, Span, Step, spans
from db.ingest.requests.readers import read
from db.ingest.requests.recognition import Recognised, only_the_table, recognise
from db.ingest.requests.rejects import Misread, keep_known_columns, reject
from db.ingest.requests.report import LoadReport
from db.ingest.requests.unchanged import counts_if_known
from db.model import schema
from db.model.links import find_links, link
from db.model.overlap import overlaps, sentences
from db.model.stored_columns import note_offered
from db.rules.errors import DeskError
from db.rules.vocabulary import SourceKind, flags_in
from db.storage.database import Database
from db.storage.transfer import hand_over, quoted
from db.storage.workspace import workspace

DEFAULT_WAIT = 600.0
MEMORY = "4GB"  # of a scratch database: the desk itself may run on the same machine
# What a file or a full disk can bring DuckDB to say; a statement that it cannot read is our own fault.
OF_THE_FILE = (
    duckdb.DataError,
    duckdb.OperationalError,
    duckdb.IntegrityError,
    duckdb.FatalException,
    duckdb.InvalidInputException,
)
MOST_STEPS = 7  # of a file: see `_prepare` and `_merge`
NowIn = Callable[[str], datetime]  # the clock on the wall of a time zone


@dataclass(frozen=True)
class _Order:
    """What the caller of `load_files` asked for, for one file."""

    kind: str
    recompute_due: bool
    date_order: str | None
    most_rejected: float
    sheet: str | None
    replaces_demo: bool
    wait: float
    span: Span


@dataclass
class _Job:
    """One file on its way: its scratch database, what it is, and what has been counted so far."""

    staged: files.Staged
    recognised: Recognised
    scratch: duckdb.DuckDBPyConnection
    now: datetime
    on_progress: Progress | None
    span: Span
    steps_begun: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        if self.on_progress is not None:
            done = self.span.part(self.steps_begun, MOST_STEPS).start
            self.on_progress(Step(self.staged.name, name, done))
        self.steps_begun += 1
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started


def load_files(
    database: Database,
    paths: Iterable[Path],
    *,
    city: str | None,
    now: datetime | NowIn,
    kind: str = SourceKind.FILE.value,
    recompute_due: bool = False,
    date_order: str | None = None,
    most_rejected: float = gone_wrong.MOST_REJECTED,
    accept_rejects: bool = False,
    sheet: str | None = None,
    wait: float = DEFAULT_WAIT,
    on_progress: Progress | None = None,
    on_report: Callable[[LoadReport], None] | None = None,
    on_skip: Callable[[Path], None] | None = None,
    on_refusal: Callable[[Path, DeskError], None] | None = None,
) -> list[LoadReport]:
    """Load each file (a folder stands for its files), in the order given; one transaction a file.

    `city`: the key of a profile or the path of one; where it is None the database's own city
    counts, by the profile stored with it, and for an empty database the one whose layout fits. `now`: the city's wall
    clock, or what gives it for a time zone where the file has yet to tell the city; a date after it is in the future,
    not for `kind` "demo", whose future is meant. A generated city gives way to whatever is loaded.
    `recompute_due` ignores the due dates that the city gives. `date_order`: "month_first" or "day_first", for a
    file whose values do not tell. `sheet`: which sheet of a workbook, else its first.
    `on_progress` is told each step that begins, `on_report` each report as soon as its file is in, `on_skip` each file
    of a folder that is none of requests, `on_refusal` each file that is not published, with the reason.

    A file of which more than the share `most_rejected` is rejected, or all, is not published, unless `accept_rejects`.

    Raises TooManyRejectedError for such a file, and DeskError, with a message that fits on one line, for the files
    that cannot be loaded, whatever they or a full disk did, after all others were. Raises TimeoutError where another
    process keeps writing for `wait` seconds.
    """
    reports: list[LoadReport] = []
    problems: list[DeskError] = []
    most = 1.0 if accept_rejects or kind == "demo" else most_rejected
    found = files.expand((Path(path) for path in paths), on_skip)
    for path, span in zip(found, spans(found), strict=True):
        try:
            with workspace() as folder:
                members = files.stage(path, folder, on_skip)
                for number, staged in enumerate(members):
                    replaces_demo = kind == "demo" and not reports
                    part = span.part(number, len(members))
                    order = _Order(kind, recompute_due, date_order, most, sheet, replaces_demo, wait, part)
                    reports.append(_load_one(database, staged, city, now, order, on_progress))
                    if on_report is not None:
                        on_report(reports[-1])
        except TimeoutError:
            raise
        except (DeskError, OSError, *OF_THE_FILE) as error:
            told = error if isinstance(error, DeskError) else DeskError(_problem(path, error))
            problems.append(told)
            if on_refusal is not None:
                on_refusal(path, told)
    if problems:
        rejected = any(isinstance(error, gone_wrong.TooManyRejectedError) for error in problems)
        message = "; ".join(map(str, problems))
        raise gone_wrong.TooManyRejectedError(message) if rejected else DeskError(message)
    return reports


def _problem(path: Path, error: Exception) -> str:
    """Why a file cannot be loaded, in one line that names it."""
    if isinstance(error, OSError):
        return f"{path}: cannot be loaded: {error.strerror or error}"
    if isinstance(error, duckdb.Error):
        return f"{path}: cannot be loaded: {(str(error).splitlines() or [type(error).__name__])[0]}"
    return str(error)


def _load_one(
    database: Database,
    staged: files.Staged,
    city: str | None,
    now: datetime | NowIn,
    order: _Order,
    on_progress: Progress | None,
) -> LoadReport:
    staged = as_delimited(staged, order.sheet)
    recognised = _recognise(staged, city, _stored_city(database))
    staged = only_the_table(staged, recognised)
    try:
        return _run(database, staged, recognised, now, order, on_progress, carefully=False)
    except (duckdb.FatalException, Misread):
        # A torn file can break the strict reader, which takes its whole scratch database along, or lead it to rows
        # that are none; nothing was stored.
        return _run(database, staged, recognised, now, order, on_progress, carefully=True)


def _run(
    database: Database,
    staged: files.Staged,
    recognised: Recognised,
    now: datetime | NowIn,
    order: _Order,
    on_progress: Progress | None,
    *,
    carefully: bool,
) -> LoadReport:
    with duckdb.connect() as scratch:
        # In memory it is twice as fast; what does not fit goes to the folder of the copy.
        scratch.execute(f"set temp_directory = {quoted(str(staged.path.parent))}; set memory_limit = '{MEMORY}'")
        moment = now(recognised.profile.time_zone) if callable(now) else now
        job = _Job(staged, recognised, scratch, moment, on_progress, order.span)
        _prepare(job, order, carefully)
        return _store(job, database, order)


def _stored_city(database: Database) -> StoredCity | None:
    """The city that the database holds and keeps; a generated one is replaced by what is loaded."""
    if database.is_empty():
        return None
    with database.reader().connect() as connection:
        city = stored_city(connection)
    return None if city is None or city.source_kind == "demo" else city


def _profiles(city: str | None, held: StoredCity | None) -> list[Profile]:
    """The profiles that a file may fit: the one asked for, else that of the database, else all that there are."""
    if held is not None and city in (None, held.key):
        return [City.from_stored(held).profile]
    return [load(city)] if city else [load(key) for key in available()]


def _recognise(staged: files.Staged, city: str | None, in_database: StoredCity | None) -> Recognised:
    stored = in_database.key if in_database else None
    wanted = city or stored
    profiles = _profiles(city, in_database)
    try:
        recognised = recognise(staged, profiles, guess=city is not None)
        is_described = bool(recognised.layout.recognised_by)
    except DeskError:
        others = _cities_that_fit(staged) if wanted else []
        if not others or profiles[0].key in others:
            raise
    else:
        # A file that another city describes is that city's, though a profile without such a layout can read it.
        others = [] if is_described or not wanted else _cities_that_fit(staged, described=True)
    if others:
        held = "was asked for" if city else "is what this database holds: set DESK_DATA to another folder"
        raise DeskError(f"{staged.name}: looks like a file of {' or '.join(others)}, but {wanted} {held}") from None
    if stored is not None and recognised.profile.key != stored:
        raise DeskError(
            f'{staged.name}: this database holds "{stored}"; "{recognised.profile.key}" needs one of its own: '
            "set DESK_DATA to another folder"
        )
    return recognised


def _cities_that_fit(staged: files.Staged, *, described: bool = False) -> list[str]:
    """The shipped cities that a file may be of; `described`: only by a layout of theirs."""
    found = []
    for key in available():
        try:
            recognised = recognise(staged, [load(key)])
        except DeskError:
            continue
        if recognised.layout.recognised_by or not described:
            found.append(recognised.profile.key)
    return found


def _prepare(job: _Job, order: _Order, carefully: bool) -> None:
    """Everything that needs no database: `incoming` and `rejects` in the scratch database."""
    with job.step("read"):
        job.counts["read"] = read(job.scratch, job.staged, job.recognised, carefully=carefully)
    with job.step("normalise"):
        titles, layout = job.recognised.title_of(), job.recognised.layout
        reading = _readings(job, layout, titles, order.date_order)
        job.notes += date_formats.told(reading, layout)
        bad = normalise(
            job.scratch,
            job.recognised.profile,
            layout,
            latest=None if order.kind == "demo" else job.now,
            hash_salt="computed" if order.recompute_due else "",
            titles=titles,
            reading=reading,
        )
        reject(job.scratch, job.staged, job.recognised, bad)
        job.scratch.execute("drop table raw")  # its memory is for what follows
        job.counts["repeated"] = merge.drop_repeated(job.scratch)
    if job.staged.lines_skipped:
        job.scratch.execute("update rejects set line = line + ?", [job.staged.lines_skipped])
    keep_known_columns(job.scratch, job.recognised)
    job.counts["rejected"] = _scalar(job, "select count(*) from rejects")
    gone_wrong.refuse_if_wrong(job.scratch, job.staged.name, job.counts, order.most_rejected)
    job.notes += (*gone_wrong.reasons(job.scratch), *gone_wrong.cut_told(job.counts["read"]))


def _readings(
    job: _Job, layout: Layout, titles: Mapping[str, str], date_order: str | None
) -> dict[str, date_formats.Reading]:
    try:
        return date_formats.readings(job.scratch, layout, titles, date_order)
    except DeskError as error:
        raise DeskError(f"{job.staged.name}: {error}") from None


def _store(job: _Job, database: Database, order: _Order) -> LoadReport:
    profile = job.recognised.profile
    if order.kind != "demo" and _stored_city(database) is not None:
        # Before the transaction begins: it would not see what is changed in the scratch database after that.
        with database.reader().connect() as connection:
            job.notes += leading_zeros.match(connection, job.scratch)
            stored_forms.adopt(connection, job.scratch)
    known = None if order.kind == "demo" else counts_if_known(database, job.scratch, job.staged.sha256, profile)
    if known is not None:
        job.counts |= known
        return _report(job)
    with database.write(job.now, order.wait, job.scratch) as connection:
        if order.kind != "demo" or order.replaces_demo:
            city_tables.make_room(connection, order.kind)
        city_tables.prepare(connection, profile, order.kind, job.now)
        _merge(job, connection, order.recompute_due)
        if order.kind == "feed":
            connection.execute(update(schema.city).values(source_kind="feed", last_contact_at=job.now))
        # Raises where a row is unaccounted for, and so undoes the whole load.
        return _report(job)


def _merge(job: _Job, connection: Connection, recompute_due: bool) -> None:
    load_id = (connection.scalar(select(func.max(schema.load_runs.c.load_id))) or 0) + 1
    scratch = merge.working_session(connection, job.scratch)
    job.notes += gone_wrong.open_share_told(connection, job.scratch)
    # Written once with their links, rows take half the time that writing and then linking them takes.
    link_first = scratch is not job.scratch and merge.has_no_request(connection)
    with job.step("store"):
        planned = merge.plan(connection, scratch)
    job.counts |= {"inserted": planned["insert"], "updated": planned["update"]}
    job.counts |= {"unchanged": planned["unchanged"], "stale": planned["stale"]}
    with job.step("derive"):
        derive(
            scratch,
            goals_of(connection),
            job.recognised.profile.calendars,
            recompute_due=recompute_due,
            city_sets_due=city_sets_due(connection, job.recognised.layout.source_system),
            keep_locality=job.recognised.profile.street_names_repeat,
        )
    if link_first:
        with job.step("link"):
            merge.stage_arriving(scratch)
            find_links(connection, "arriving")
            merge.stage_call_columns(scratch)
    with job.step("store"):
        merge.write(connection, scratch, load_id, job.now, linked=link_first)
        merge.drop_plan(connection)
        _note_run(job, connection, scratch, load_id)
    if planned["insert"]:
        job.notes += sentences(overlaps(connection))
    with job.step("link"):
        assign(connection, since_load=load_id)
        if not link_first:
            link(connection, since_load=load_id if load_id > 1 else None)
        note_offered(connection)


def _note_run(job: _Job, connection: Connection, scratch: duckdb.DuckDBPyConnection, load_id: int) -> None:
    first, last = job.scratch.execute("select min(created_at), max(created_at) from incoming").fetchone() or (
        None,
        None,
    )
    run = {
        "load_id": load_id,
        "file": job.staged.name,
        "layout": job.recognised.layout.name,
        "file_bytes": job.staged.file_bytes,
        "file_hash": job.staged.sha256,
        "started_at": job.now,
        "finished_at": job.now + timedelta(seconds=sum(job.seconds.values())),
        "created_min": first,
        "created_max": last,
    }
    connection.execute(insert(schema.load_runs).values(run | job.counts))
    hand_over(
        connection,
        scratch,
        "incoming_reject",
        f"select {load_id} as load_id, line, reason, raw from rejects order by line",
        "load_id integer, line bigint, reason text, raw text",
    )
    columns = "load_id, line, reason, raw"
    connection.execute(text(f"insert into rejected_rows ({columns}) select {columns} from incoming_reject"))
    connection.execute(text("drop table incoming_reject"))


def _report(job: _Job) -> LoadReport:
    return LoadReport(
        file=job.staged.name,
        city=job.recognised.profile.key,
        layout=job.recognised.layout.name,
        flags=_flag_counts(job),
        notes=(*_notes(job.staged, job.recognised), *job.notes),
        seconds={name: round(value, 3) for name, value in job.seconds.items()},
        **job.counts,
    )


def _flag_counts(job: _Job) -> dict[str, int]:
    """How many rows of the file carry each flag, by its name."""
    counted: Counter[str] = Counter()
    rows = job.scratch.execute("select flags, count(*) from incoming where flags <> 0 group by flags").fetchall()
    for bits, count in rows:
        counted.update({flag.value: count for flag in flags_in(bits)})
    return dict(sorted(counted.items()))


def _notes(staged: files.Staged, recognised: Recognised) -> tuple[str, ...]:
    notes = [*staged.notes, *recognised.notes]
    if staged.lines_decoded:
        notes.append(f"{staged.lines_decoded:,} lines were not UTF-8 and were read as Windows-1252")
    if staged.nuls_removed:
        notes.append(f"{staged.nuls_removed:,} NUL bytes were left out")
    return tuple(notes)


def _scalar(job: _Job, query: str) -> int:
    found = job.scratch.execute(query).fetchone()
    return int(found[0]) if found else 0
