"""`python -m db ask NAME`: the figures of the pages at the terminal, from the same code."""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter, _SubParsersAction
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from db.cities.of_database import City
from db.cities.profile import Profile, fold_word
from db.commands.context import Context
from db.export import to_csv, to_rows, to_table
from db.model.definitions import definitions
from db.model.filters import GOALS, POPULATIONS, Period, RequestFilter, period
from db.queries.catalogue import QUESTIONS, Question, find
from db.queries.data import coverage, freshness
from db.queries.queue import backlog
from db.rules.errors import DeskError
from db.rules.key import RequestKey, parse_key
from db.rules.triage.plan import LANES
from db.storage.database import open_database
from db.workbook import to_xlsx

FORMATS = ("table", "csv", "json", "xlsx")
USUAL_PERIOD = "last_13_weeks"
ROWS_OF_A_TABLE = 50
LISTS = {
    "department": "departments",
    "service_type": "service_types",
    "district": "districts",
    "neighborhood": "neighborhoods",
    "channel": "channels",
    "yard": "yards",
}
KINDS = dict(zip(LISTS, freshness.OPTION_KINDS, strict=True))
USUAL_COLUMNS = (
    "sr_number",
    "department",
    "service_type",
    "status",
    "created_at",
    "closed_at",
    "due_at",
    "due_source",
    "verdict",
    "address",
    "council_district",
)
MOMENTS = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")
_MOST_NAMED = 40


@dataclass(frozen=True)
class Setting:
    """What every question to one database needs: the profile, the values to filter by, the span of the data."""

    profile: Profile
    lists: pd.DataFrame  # freshness.options
    first: datetime
    newest: datetime  # the usual as_of
    latest: datetime  # no later as_of is accepted


def register(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "ask",
        help="answer a question with the figures of the pages; without NAME list them all",
        description=__doc__,
        epilog=_list_of_questions(),
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="?", metavar="NAME")
    for name in LISTS:
        parser.add_argument(f"--{name.replace('_', '-')}", action="append", default=[], metavar="WORD")
    parser.add_argument("--street", action="append", default=[], metavar="NAME")
    parser.add_argument("--population", help=", ".join(POPULATIONS))
    parser.add_argument("--goals", help=f"{', '.join(GOALS)}; the profile's own switch if left out")
    parser.add_argument("--as-of", metavar='"YYYY-MM-DD[ HH:MM]"', help="the moment described; a day is its midnight")
    parser.add_argument("--by", help="a way to group, see the list of questions")
    parser.add_argument("--from", dest="first", metavar="YYYY-MM-DD", help="first day of the period")
    parser.add_argument("--to", dest="last", metavar="YYYY-MM-DD", help="last day of it; that of --as-of if left out")
    parser.add_argument("--period", metavar="KEY", help=f"instead of --from and --to; {USUAL_PERIOD} if left out")
    parser.add_argument("--columns", help="for requests: any columns, with commas between them")
    parser.add_argument("--lane", help=f"for queue: {', '.join(LANES)}; for open_requests: {', '.join(backlog.LANES)}")
    parser.add_argument("--room", type=int, metavar="N", help="for plan: how many stops fit into the day")
    parser.add_argument(
        "--sr-number", metavar="NUMBER", help="for request and history; SYSTEM:NUMBER where two systems use it"
    )
    parser.add_argument("--limit", type=int, help=f"at most so many rows; {ROWS_OF_A_TABLE} in a table if left out")
    parser.add_argument("--format", default="table", help=", ".join(FORMATS))
    parser.add_argument("--about", action="store_true", help="csv: what the rows are, in # lines above the header")
    parser.add_argument("--bare", action="store_true", help="csv without such lines, as it is without --about")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the answer there; xlsx needs it")
    parser.set_defaults(run=run)


def run(args: Namespace, context: Context) -> int:
    if args.name is None:
        context.say(_list_of_questions())
        return 0
    question = find(args.name)
    one_of("--format", args.format, FORMATS)
    _refuse_conflicting_options(args)
    database = open_database(context.settings)
    try:
        with database.reader().connect() as connection:
            setting = setting_of(connection, context)
            as_of = moment_asked(args.as_of, setting)
            filters = _filters(args, question, setting, as_of)
            frame = question.answer(
                connection, filters, as_of=as_of, by=args.by, given=_further_arguments(args, question, setting)
            )
            gaps = coverage.gaps(connection)
            if note := coverage.note(gaps, as_of=as_of, newest=setting.newest, period=filters.period):
                frame = frame.assign(data_note=note)
    finally:
        database.close()
    if frame.empty and args.sr_number and question.name == "request" and args.format == "table":
        context.warn(f'no request "{args.sr_number}" as of {as_of:%Y-%m-%d %H:%M}: see --sr-number and --as-of')
    frame = frame if args.limit is None else frame.head(args.limit)
    if args.format == "xlsx":
        answer: str | bytes = to_xlsx(
            frame, [*_about_lines(args, question, filters, as_of, frame), f"Rows: {len(frame):,}"]
        )
    else:
        answer = _as_text(args, question, filters, as_of, frame)
    if args.out is not None:
        _write_file(args.out, answer)
        context.say(f"{len(frame):,} rows are in {args.out}.")
        return 0
    assert isinstance(answer, str)  # a workbook is always written to a file
    if args.format == "table":
        context.say(answer)
    else:
        context.write(answer)
    return 0


def _refuse_conflicting_options(args: Namespace) -> None:
    """Refuse options that exclude each other, before the database is opened."""
    if args.format == "xlsx" and args.out is None:
        raise DeskError("--format xlsx needs --out FILE: a workbook is no text for a terminal")
    if args.about and (args.bare or args.format != "csv"):
        raise DeskError("--about is for --format csv, and not with --bare; a workbook always has it")
    if args.out is not None and not args.out.parent.is_dir():
        raise DeskError(f"--out {args.out}: there is no folder {args.out.parent}")


def _write_file(path: Path, answer: str | bytes) -> None:
    """Write the whole file, or none where writing fails."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_bytes(answer if isinstance(answer, bytes) else f"{answer}\n".encode())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _list_of_questions() -> str:
    width = max(map(len, QUESTIONS))
    lines = []
    for question in QUESTIONS.values():
        groups = "|".join(name for name in question.ways if name)
        lines.append(f"  {question.name:{width}}  {question.line}{f' --by {groups}' if groups else ''}")
    return "\n".join(["questions:", *lines])


def setting_of(connection: Connection, context: Context) -> Setting:
    """The setting of this database. Raises DeskError, which names the command to run, where it is empty."""
    profile = City.of(connection, context.settings).profile
    now = context.now_in(profile.time_zone)
    newest = freshness.default_as_of(connection, now)
    first = freshness.data_span(connection)["first_created_at"].iloc[0]
    return Setting(
        profile=profile,
        lists=freshness.options(connection, as_of=max(now, newest)),
        first=newest if pd.isna(first) else first.to_pydatetime(),
        newest=newest,
        latest=max(now, newest),
    )


def moment_asked(text: str | None, setting: Setting) -> datetime:
    """The moment of `--as-of`, the newest without it. Raises DeskError for one that the data do not reach."""
    if text is None:
        return setting.newest
    moment = _moment(text)
    if moment > setting.latest:
        raise DeskError(f'--as-of "{text}" lies in the future; the data reach to {setting.newest:%Y-%m-%d %H:%M}')
    if moment < setting.first:
        raise DeskError(f'--as-of "{text}" is before the first request, of {setting.first:%Y-%m-%d %H:%M}')
    return moment


def _moment(text: str) -> datetime:
    for date_format in MOMENTS:
        try:
            return datetime.strptime(text.strip(), date_format)
        except ValueError:
            continue
    raise DeskError(f'--as-of "{text}" is not a moment; write it as 2026-07-01 or "2026-07-01 09:00"')


def _filters(args: Namespace, question: Question, setting: Setting, as_of: datetime) -> RequestFilter:
    takes = question.way(args.by).takes()
    chosen = {name: getattr(args, name) for name in (*LISTS, "street", "population")}
    ignored = [name.replace("_", "-") for name, value in chosen.items() if value]
    if "filters" not in takes and ignored:
        raise DeskError(f"{question.name} takes no --{ignored[0]}: it is not about some requests")
    lists: dict[str, Any] = {
        list_name: values_meant(name, chosen[name], setting.lists) for name, list_name in LISTS.items()
    }
    return RequestFilter(
        **lists,
        streets=tuple(chosen["street"]),
        population=one_of("--population", args.population or POPULATIONS[0], POPULATIONS),
        goals=one_of("--goals", args.goals or setting.profile.default_goals, GOALS),
        period=_period(args, question, setting, as_of),
    )


def values_meant(name: str, words: Iterable[str], lists: pd.DataFrame) -> tuple[str, ...]:
    """The stored values that `words` name, by code or by name, case ignored. Raises DeskError for an unknown word."""
    known = lists[lists["kind"] == KINDS[name]]
    value_by_word = {fold_word(text): value for text, value in zip(known["name"], known["value"], strict=True)}
    value_by_word |= {fold_word(value): value for value in known["value"]}
    for word in words:
        if fold_word(word) not in value_by_word:
            shown = ", ".join(known["value"][:_MOST_NAMED]) + (", ..." if len(known) > _MOST_NAMED else "")
            raise DeskError(f'--{name.replace("_", "-")} "{word}" is not in these data; expected one of {shown}')
    return tuple(dict.fromkeys(value_by_word[fold_word(word)] for word in words))


def _period(args: Namespace, question: Question, setting: Setting, as_of: datetime) -> Period | None:
    options = [name for name, value in (("period", args.period), ("from", args.first), ("to", args.last)) if value]
    if question.period == "unused":
        if options:
            raise DeskError(f"{question.name} takes no --{options[0]}: it describes one moment, see --as-of")
        return None
    if args.period and len(options) > 1:
        raise DeskError("--period and --from or --to exclude each other")
    if args.last and not args.first:
        raise DeskError("--to needs --from")
    if not options and question.period == "used":
        return None
    key = f"{args.first}..{args.last or as_of.date()}" if args.first else args.period or USUAL_PERIOD
    return period(key, as_of, fiscal_year_starts=setting.profile.fiscal_year_starts, first=setting.first.date())


def _further_arguments(args: Namespace, question: Question, setting: Setting) -> dict[str, Any]:
    """The arguments of the question besides filter and moment. A limit that it does not take is applied afterwards."""
    if args.limit is not None and args.limit < 1:
        raise DeskError(f"--limit {args.limit} is under 1")
    takes = question.way(args.by).takes()
    of_city = {
        "rules": setting.profile.triage,
        "calendar": setting.profile.calendars[setting.profile.working_day_calendar],
        "words": setting.profile.status_enquiries,
    }
    arguments: dict[str, Any] = {name: value for name, value in of_city.items() if name in takes}
    arguments |= {name: getattr(args, name) for name in ("lane", "sr_number") if getattr(args, name)}
    arguments |= {"room": args.room} if args.room is not None else {}
    key = parse_key(arguments.get("sr_number", ""))
    if isinstance(key, RequestKey) and "source_system" in takes:
        arguments |= key._asdict()
    if "sr_number" in takes and "sr_number" not in arguments:
        raise DeskError(f"{question.name} needs --sr-number")
    if args.columns is not None:
        arguments["columns"] = tuple(name.strip() for name in args.columns.split(",") if name.strip())
    elif "columns" in takes:
        arguments["columns"] = USUAL_COLUMNS
    if "limit" in takes:
        # One row more than a table shows: so it is known whether there are more.
        arguments["limit"] = args.limit or (ROWS_OF_A_TABLE + 1 if args.format == "table" else None)
    return arguments


def _as_text(args: Namespace, question: Question, filters: RequestFilter, as_of: datetime, frame: pd.DataFrame) -> str:
    uses_filter = "filters" in question.way(args.by).takes()
    if args.format == "json":
        answer = {
            "question": question.name,
            "filters": _filters_for_json(filters) if uses_filter else {},
            "as_of": as_of.isoformat(timespec="seconds"),
            "rows": to_rows(frame),
        }
        return json.dumps(answer, ensure_ascii=False, allow_nan=False)
    if args.format == "csv":
        lines = _about_lines(args, question, filters, as_of, frame) if args.about else []
        return to_csv(frame, lines).rstrip("\n")
    shown = frame.head(args.limit or ROWS_OF_A_TABLE)
    text = to_table(shown) if len(frame) else f"{', '.join(frame.columns)}\nno rows"
    more_rows = "\n... there are more: see --limit, or --format csv for all" if len(frame) > len(shown) else ""
    described = f"{filters.describe()}; {filters.goals}; " if uses_filter else ""
    return f"{described}as of {as_of:%Y-%m-%d %H:%M}\n{text}{more_rows}"


def _about_lines(
    args: Namespace, question: Question, filters: RequestFilter, as_of: datetime, frame: pd.DataFrame
) -> list[str]:
    """What the rows are, one sentence each."""
    lines = [f"{question.name}: {question.line}", f"As of: {as_of:%Y-%m-%d %H:%M:%S}"]
    if "filters" in question.way(args.by).takes():
        chosen = "; ".join(f"{name}={value}" for name, value in filters.names().items())
        lines += [f"Which requests: {filters.describe()}", f"Filters: {chosen}"]
    return [*lines, *(definitions()[name].line() for name in frame.columns if name in definitions())]


def _filters_for_json(filters: RequestFilter) -> dict[str, Any]:
    """The filters that are set, for JSON: lists stay lists, a period becomes its first and last day."""
    values: dict[str, Any] = {}
    for entry in fields(filters):
        value = getattr(filters, entry.name)
        if isinstance(value, Period):
            values[entry.name] = f"{value.start}..{value.end - timedelta(days=1)}"
        elif isinstance(value, tuple):
            values |= {entry.name: list(value)} if value else {}
        elif value is not None:
            values[entry.name] = value
    return values


def one_of(name: str, value: str, known: Sequence[str]) -> Any:
    """`value`, which must be among `known`: DeskError that names the option and what it takes."""
    if value not in known:
        raise DeskError(f'{name} "{value}" is not one of {", ".join(known)}')
    return value
