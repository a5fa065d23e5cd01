"""`python -m db rounds`: draw an inspector's round of very old requests, bring its answers back, list them."""

from __future__ import annotations

import csv
import io
from argparse import ArgumentParser, Namespace, _SubParsersAction
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection

from db.commands import ask
from db.commands.context import Context
from db.ingest.reference.csv_rows import Problems, TableRow, read_rows
from db.model.filters import RequestFilter
from db.queries.queue import today
from db.records import rounds
from db.records.database import open_records
from db.records.rounds import Answer, Stop
from db.rules.errors import DeskError
from db.rules.key import RequestKey
from db.rules.rounds import RoundAnswer, round_answer, share_gone
from db.rules.route import driving_order
from db.rules.triage.plan import Lane
from db.storage.database import open_database

DRAWN = 30
REQUIRED = ("round", "source_system", "sr_number", "answer")
OPTIONAL = ("answered_on", "note")
COLUMNS = (
    "round",
    "stop",
    "source_system",
    "sr_number",
    "service_type",
    "address",
    "why",
    "answer",
    "answered_on",
    "note",
)


def register(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    parser = subparsers.add_parser("rounds", help="check whether very old requests still exist", description=__doc__)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    draw = actions.add_parser(
        "draw", help=f"draw {DRAWN} requests that may no longer exist, stale dangers first, in driving order"
    )
    draw.add_argument("--department", required=True, metavar="WORD", help="by code or name")
    draw.add_argument("--count", type=int, default=DRAWN, help=f"how many stops ({DRAWN})")
    draw.add_argument("--as-of", metavar='"YYYY-MM-DD[ HH:MM]"', help="the moment described; a day is its midnight")
    draw.add_argument("--by", required=True, metavar="NAME", help="who draws it")
    draw.add_argument("--out", type=Path, metavar="FILE.csv", help="where the list goes; the terminal if left out")
    draw.set_defaults(run=run_draw)
    load = actions.add_parser(
        "load",
        help="bring the answers of a round back",
        description="Bring the answers of a round back: the file of `rounds draw` with its column answer filled in: "
        f"{', '.join(RoundAnswer)}. Rows without an answer are left alone; a file with a wrong row changes nothing.",
    )
    load.add_argument("file", type=Path, metavar="FILE.csv")
    load.add_argument("--by", required=True, metavar="NAME", help="who brings them")
    load.set_defaults(run=run_load)
    actions.add_parser("list", help="every round, and the share found gone").set_defaults(run=run_list)


def run_draw(args: Namespace, context: Context) -> int:
    if args.count < 1:
        raise DeskError(f"--count {args.count} is under 1")
    database = open_database(context.settings)
    try:
        with database.reader().connect() as connection:
            setting = ask.setting_of(connection, context)
            as_of = ask.moment_asked(args.as_of, setting)
            departments = ask.values_meant("department", [args.department], setting.lists)
            requests = _requests_to_check(
                connection, RequestFilter(departments=departments), setting, as_of, args.count
            )
            now = context.now_in(setting.profile.time_zone)
    finally:
        database.close()
    if requests.empty:
        context.say("No open request there is so old that it may no longer exist; nothing was drawn.")
        return 0
    stops = [
        Stop(row["source_system"], row["sr_number"], row["service_type"], row["department"], row["address"])
        for row in requests.to_dict("records")
    ]
    records = open_records(context.settings)
    with records.writing() as connection:
        title = f"Still there? {departments[0]}, {as_of:%Y-%m-%d}"
        link = f"department={departments[0]}&lane={Lane.CHECK_EXISTS}&as_of={as_of:%Y-%m-%dT%H:%M}"
        name = rounds.begin(connection, title=title, stops=stops, link=link, drawn_as_of=as_of, by=args.by, now=now)
    text = _as_csv(name, requests)
    if args.out is None:
        context.write(text.rstrip("\n"))
    else:
        args.out.write_text(text, encoding="utf-8-sig", newline="")
        context.say(f"{args.out}: round {name}, {len(requests)} stops")
    return 0


def run_load(args: Namespace, context: Context) -> int:
    rows = [row for row in read_rows(args.file, REQUIRED, OPTIONAL) if row.cells["answer"]]
    database = open_database(context.settings)
    try:
        with database.reader().connect() as connection:
            now = context.now_in(ask.setting_of(connection, context).profile.time_zone)
    finally:
        database.close()
    problems = Problems(args.file.name, "loaded")
    answers: dict[str, dict[RequestKey, Answer]] = {}
    for row in rows:
        with problems.of_line(row.line):
            key = RequestKey(row.cells["source_system"], row.cells["sr_number"])
            of_round = answers.setdefault(row.cells["round"], {})
            if key in of_round:
                raise DeskError(f"request {key.text()} stands in the file twice")
            of_round[key] = _answer(row, key, now.date())
    problems.refuse()
    records = open_records(context.settings)
    written = 0
    with records.writing() as connection:
        for name, answers_of_round in answers.items():
            seen = _answer_revisions(rounds.stops(connection, name))
            to_write = [replace(answer, seen=seen.get(key, 0)) for key, answer in answers_of_round.items()]
            written += rounds.answer(connection, name, to_write, by=args.by, now=now)
    context.say(f"{args.file}: {len(rows)} answers, {written} new or changed")
    return 0


def run_list(args: Namespace, context: Context) -> int:
    records = open_records(context.settings)
    with records.reading() as connection:
        listed, answers = rounds.listing(connection), rounds.answers(connection)
    if listed.empty:
        context.say("no round was drawn yet")
        return 0
    lines = [
        f"{row.round_id}  {row.title}  {row.answer_count} of {row.stop_count} answered" for row in listed.itertuples()
    ]
    for department, group in answers.groupby("department", sort=True):
        lines.append(f"{department}: {share_gone(group['answer'].tolist()).words()}")
    context.say("\n".join(lines))
    return 0


def _requests_to_check(
    connection: Connection, filters: RequestFilter, setting: ask.Setting, as_of: datetime, count: int
) -> pd.DataFrame:
    """The first `count` requests of the lane, in driving order.

    The lane itself is in random order, with stale dangers first.
    """
    calendar = setting.profile.calendars[setting.profile.working_day_calendar]
    requests = today.queue(
        connection,
        filters,
        as_of=as_of,
        calendar=calendar,
        rules=setting.profile.triage,
        lane=str(Lane.CHECK_EXISTS),
        limit=count,
    )
    return requests.take(driving_order(requests["latitude"], requests["longitude"])).reset_index(drop=True)


def _as_csv(name: str, requests: pd.DataFrame) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", restval="")
    writer.writeheader()
    for number, row in enumerate(requests.to_dict("records"), start=1):
        cells = {str(key): value for key, value in row.items()}
        writer.writerow(cells | {"round": name, "stop": number, "address": row["address"] or ""})
    return text.getvalue()


def _answer(row: TableRow, key: RequestKey, day: date) -> Answer:
    return Answer(*key, round_answer(row.cells["answer"]), row.day("answered_on") or day, row.cells["note"])


def _answer_revisions(stops: pd.DataFrame) -> dict[RequestKey, int]:
    keys = map(RequestKey, stops["source_system"], stops["sr_number"])
    return dict(zip(keys, stops["answer_revision"].astype(int), strict=True))
